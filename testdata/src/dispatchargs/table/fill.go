package table

import (
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"time"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/proto"

	"example.com/fixtures/src/pb/hybridpb"
	"example.com/fixtures/src/pb/opaquepb"
	"example.com/fixtures/src/pb/openpb"
)

// samples are values of types that cannot be filled by their kinds.
var samples = make(map[reflect.Type]any)

func sample[T any](v T) T {
	samples[reflect.TypeFor[T]()] = v
	return v
}

// Variables, so that every init can use them.
var (
	sampleError  = sample(errors.New("a sample"))
	sampleReader = sample[io.Reader](strings.NewReader("a sample"))
	_            = sample(time.Date(2024, 2, 29, 12, 30, 0, 123456789, time.FixedZone("", 3600)))
	_            = sample(*big.NewInt(1<<62 + 1))
	_            = sample(*big.NewFloat(1.5))
	_            = sample(*big.NewRat(1, 3))
	_            = sample(url.URL{Scheme: "https", Host: "example.com", Path: "/a b"})
	_            = sample(&openpb.Order{Id: proto.String(""), Total: proto.Int64(1 << 60), Lines: []*openpb.Line{{}}, State: openpb.State_STATE_PAID.Enum()})
	_            = sample(hybridpb.Order_builder{Note: proto.String("")}.Build())
	_            = sample(opaquepb.Order_builder{Body: []byte{0, 255}, Gift: &opaquepb.Line{}}.Build())
	_            = sample(opaquepb.Line_builder{Name: proto.String("")}.Build())
	_            = sample(&openpb.Line{Count: proto.Int32(0)})
	_            = sample(netip.MustParseAddr("2001:db8::1"))
	_            = sample(netip.MustParsePrefix("10.0.0.0/8"))
	_            = sample(net.IPv4(10, 0, 0, 1))
	_            = sample(json.RawMessage(`{"a":[1]}`))
	_            = sample(json.Number("12"))
	_            = sample(jsontext.Value(`{"a":[1]}`))
	_            = sample(uuid.MustParse("6ba7b810-9dad-11d1-80b4-00c04fd430c8"))
	_            = sample(decimal.RequireFromString("1.23456789012345678901"))
)

const depth = 8 // maximum depth of values that contain their own type

// A choice reports whether a field of a struct is filled.
type choice func(reflect.StructField) bool

// everything chooses all fields of types of the test, and elsewhere numbers, structs and the fields
// that an encoder may see.
func everything(f reflect.StructField) bool {
	return seen(f) || f.PkgPath == "main" || f.PkgPath == reflect.TypeFor[Row]().PkgPath() || f.Type.Kind() <= reflect.Uint64 || f.Type.Kind() == reflect.Struct
}

// named chooses the fields that an encoder may see, except embedded fields.
func named(f reflect.StructField) bool { return seen(f) && !f.Anonymous }

// some chooses three of four fields at random.
func some(r *rand.Rand) choice {
	return func(f reflect.StructField) bool { return everything(f) && r.IntN(4) > 0 }
}

// fill sets v to a value that is not zero. Of the structs in it, it sets the chosen
// fields.
func fill(v reflect.Value, level int, chosen choice) {
	if s, ok := samples[v.Type()]; ok {
		v.Set(reflect.ValueOf(s))
		return
	}
	if v.Kind() == reflect.Interface && v.NumMethod() == 0 {
		v.Set(reflect.ValueOf("text")) // at any depth: a key must be a string
		return
	}
	if level > depth || isLock(v.Type()) {
		return
	}
	level++
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer:
		if level > depth-3 { // a struct in it could not be filled, and a decoder may refuse that
			return
		}
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(-7)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(7)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Complex64, reflect.Complex128:
		v.SetComplex(1 + 2i)
	case reflect.String:
		v.SetString("é<&>")
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), level, chosen)
		if v.Type().Elem().Kind() != reflect.Pointer { // a decoder may refuse the zero value
			fill(v.Index(1), level, chosen)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), level, chosen)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, level, chosen)
		fill(elem, level, chosen)
		v.SetMapIndex(key, elem)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), level, chosen)
		if isNil(v.Elem()) {
			v.SetZero() // by policy, a pointer to nil arrives as nil
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if chosen(v.Type().Field(i)) {
				fill(settable(v.Field(i)), level, chosen)
			}
		}
	case reflect.Chan:
		v.Set(reflect.MakeChan(reflect.ChanOf(reflect.BothDir, v.Type().Elem()), 0).Convert(v.Type()))
	case reflect.Func:
		v.Set(reflect.MakeFunc(v.Type(), func([]reflect.Value) []reflect.Value { panic("called") }))
	case reflect.UnsafePointer:
		v.SetPointer(unsafe.Pointer(new(int)))
	}
}

// seen reports whether an encoder may see a field.
func seen(f reflect.StructField) bool {
	return f.Tag.Get("json") != "-" && (f.IsExported() || f.Anonymous)
}

// settable returns v as a value that can be set, even if its field is unexported.
func settable(v reflect.Value) reflect.Value {
	return reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
}

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer, reflect.Interface:
		return v.IsNil()
	}
	return false
}
