package argtype

import (
	"maps"
	"slices"
	"strings"
)

// known holds verdicts on types whose fields and methods do not show what becomes of
// their values: how values are lost and the remedy, or "" if they arrive unchanged. Call
// refuses a url.URL with userinfo. A constant of an SDK that is "" arrives as the
// constant, and an oauth2.Token without its extra fields. The names are without the major
// versions of modules; * stands for all types of a package. A test in the nested module
// dispatch/internal/codec/known tries values of each type.
var known = map[string]string{
	"encoding/json.RawMessage":                                              "",
	"encoding/json/jsontext.Value":                                          "",
	"github.com/anthropics/anthropic-sdk-go/shared/constant.*":              "",
	"github.com/aws/aws-lambda-go/events.ECSContainerInstanceEventResource": "",
	"github.com/go-json-experiment/json/jsontext.Value":                     "",
	"github.com/gofrs/uuid.UUID":                                            "",
	"github.com/google/go-github/github.CustomPropertyValue":                "",
	"github.com/google/go-github/github.TreeEntry":                          "",
	"github.com/google/uuid.UUID":                                           "",
	"github.com/oklog/ulid.ULID":                                            "",
	"github.com/openai/openai-go/shared/constant.*":                         "",
	"github.com/shopspring/decimal.Decimal":                                 "",
	"go.mongodb.org/mongo-driver/bson.ObjectID":                             "",
	"golang.org/x/oauth2.Token":                                             "",
	"google.golang.org/protobuf/types/dynamicpb.Message":                    "whose message type is not sent: the callee cannot decode it (take a generated message)",
	"k8s.io/apimachinery/pkg/api/resource.Quantity":                         "",
	"log/slog.Level": "",
	"math/big.Float": "",
	"math/big.Int":   "",
	"math/big.Rat":   "",
	"net.IP":         "",
	"net/netip.Addr": "",
	"net/url.URL":    "",
}

// Known returns the verdicts on known types by their full names.
func Known() map[string]string { return maps.Clone(known) }

// verdict returns the verdict on t, if t is a known type.
func verdict(t Type) (loss string, ok bool) {
	if t.Name() == "" || t.PkgPath() == "" {
		return "", false
	}
	if loss, ok = known[FullName(t.PkgPath(), t.Name())]; !ok {
		loss, ok = known[FullName(t.PkgPath(), "*")]
	}
	return loss, ok
}

// FullName returns the name of a type as it is in [Known].
func FullName(pkgPath, name string) string {
	elems := strings.Split(pkgPath, "/")
	elems = slices.DeleteFunc(elems, isMajor)
	return strings.Join(elems, "/") + "." + name
}

// isMajor reports whether an element of a path is a major version, such as v2.
func isMajor(elem string) bool {
	n, ok := strings.CutPrefix(elem, "v")
	return ok && n != "" && strings.Trim(n, "0123456789") == ""
}

// Loss returns how values of the known type t are lost and the remedy, or "".
func Loss(t Type) string {
	loss, _ := verdict(t)
	return loss
}

// IsFaithful reports whether values of t are known to arrive unchanged, so that they
// need not be tried.
func IsFaithful(t Type) bool {
	loss, ok := verdict(t)
	return ok && loss == ""
}
