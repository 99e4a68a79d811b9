//go:build goexperiment.jsonv2 && !go1.27

package codec

// With GOEXPERIMENT=jsonv2, Go before 1.27 has an older encoding/json/v2 in the
// standard library, and github.com/go-json-experiment/json becomes an alias of it. It
// encodes some types differently, so a caller and a callee that are built differently
// would not understand each other. Therefore the build must fail.
var _ = dispatch_does_not_build_with_GOEXPERIMENT_jsonv2_before_go1_27__unset_it
