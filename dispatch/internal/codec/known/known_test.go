// Package known tries values of types of libraries as arguments.
package known

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"math/big"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	anthropic "github.com/anthropics/anthropic-sdk-go/shared/constant"
	"github.com/aws/aws-lambda-go/events"
	"github.com/go-json-experiment/json/jsontext"
	gofrs "github.com/gofrs/uuid/v5"
	"github.com/google/go-github/v82/github"
	"github.com/google/uuid"
	"github.com/oklog/ulid/v2"
	"github.com/openai/openai-go/v3/shared/constant"
	"github.com/shopspring/decimal"
	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/oauth2"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/durationpb"
	"k8s.io/apimachinery/pkg/api/resource"

	"example.com/fixtures/src/dispatchargs/table"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// A maker returns a random value of a known type.
type maker func(r *rand.Rand) any

// makers has one entry for each known type.
var makers = []maker{
	func(r *rand.Rand) any { return pick(r, nil, json.RawMessage(document(r))) },
	func(r *rand.Rand) any { return pick(r, nil, jsontext.Value(document(r))) },
	func(r *rand.Rand) any {
		return pick(r, events.ECSContainerInstanceEventResource{}, events.ECSContainerInstanceEventResource{Name: text(r), Type: text(r), IntegerValue: r.IntN(9), StringSetValue: pick(r, nil, []*string{}, []*string{new(string)})})
	},
	func(r *rand.Rand) any { return gofrs.UUID(bytes16(r)) },
	func(r *rand.Rand) any { return uuid.UUID(bytes16(r)) },
	func(r *rand.Rand) any { return ulid.ULID(bytes16(r)) },
	func(r *rand.Rand) any {
		return github.CustomPropertyValue{PropertyName: text(r), Value: pick[any](r, nil, text(r), []string{text(r)})}
	},
	func(r *rand.Rand) any { // without both SHA and Content, an entry that deletes has no size
		return github.TreeEntry{SHA: new(text(r)), Path: new(text(r)), Mode: pick(r, nil, new(text(r))), Size: new(r.IntN(9)), Content: pick(r, nil, new(text(r)))}
	},
	func(r *rand.Rand) any { return constant.Assistant("assistant") }, // not "", which is sent as this
	func(r *rand.Rand) any { return anthropic.Text("text") },
	func(r *rand.Rand) any { return decimal.New(r.Int64()-r.Int64(), int32(r.IntN(40)-20)) },
	func(r *rand.Rand) any { id := bytes16(r); return bson.ObjectID(id[:12]) },
	func(r *rand.Rand) any {
		return oauth2.Token{AccessToken: text(r), TokenType: text(r), RefreshToken: text(r), Expiry: pick(r, time.Time{}, instant(r)), ExpiresIn: int64(r.IntN(9))}
	},
	func(r *rand.Rand) any {
		return pick(r, resource.Quantity{}, *resource.NewQuantity(r.Int64(), resource.BinarySI), *resource.NewMilliQuantity(int64(r.Int32()), resource.DecimalSI))
	},
	func(r *rand.Rand) any { return slog.Level(r.IntN(100) - 50) },
	func(r *rand.Rand) any { return *float(r) },
	func(r *rand.Rand) any { return *integer(r) },
	func(r *rand.Rand) any {
		return *new(big.Rat).SetFrac(integer(r), new(big.Int).Add(new(big.Int).Abs(integer(r)), big.NewInt(1)))
	},
	func(r *rand.Rand) any { return pick(r, nil, net.IP(addr(r).AsSlice())) },
	func(r *rand.Rand) any { return addr(r) },
	func(r *rand.Rand) any {
		return url.URL{Scheme: text(r), Host: text(r), Path: "/" + text(r), RawQuery: text(r), Fragment: text(r), ForceQuery: r.IntN(2) == 0}
	},
}

// lossy has values of the known types that do not arrive.
var lossy = []any{*dynamicpb.NewMessage(new(durationpb.Duration).ProtoReflect().Descriptor())}

// Each known type arrives with each of many values, or is known to lose something.
func TestKnown(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	left, tried := argtype.Known(), 0
	for _, make := range makers {
		name := nameOf(make(r))
		if _, ok := left[name]; !ok {
			name = name[:strings.LastIndex(name, ".")] + ".*"
		}
		if loss, ok := left[name]; !ok || loss != "" {
			t.Errorf("%s is not known as a type that arrives", name)
		}
		delete(left, name)
		for range 2000 {
			v := make(r)
			tried++
			if err := trip(v); err != nil {
				t.Errorf("%s: %+v: %v", name, v, err)
				break
			}
		}
	}
	for _, v := range lossy {
		name := nameOf(v)
		if left[name] == "" || trip(v) == nil {
			t.Errorf("%s arrives, or is not known to lose something", name)
		}
		delete(left, name)
	}
	for name := range left {
		// Go 1.27 has this type, under both names.
		if name != "encoding/json/jsontext.Value" {
			t.Errorf("%s is known, but not tried here", name)
		}
	}
	t.Logf("%d types, %d values", len(makers)+len(lossy), tried)
}

// trip returns an error if v does not arrive unchanged, as an argument and in a struct.
func trip(v any) error {
	typ := reflect.TypeOf(v)
	arg := reflect.New(typ)
	arg.Elem().Set(reflect.ValueOf(v))
	in := []reflect.Type{reflect.TypeFor[context.Context](), arg.Type()}
	s, err := codec.Of(reflect.FuncOf(in, []reflect.Type{reflect.TypeFor[error]()}, false))
	if err != nil {
		return err
	}
	data, err := s.Encode([]reflect.Value{arg})
	if err != nil {
		return err
	}
	got, err := s.Decode(data)
	if err != nil {
		return err
	}
	arrived := reflect.New(typ)
	if !got[0].IsNil() { // null is a nil pointer, or a nil value
		arrived = got[0]
	}
	if !table.Equal(arg.Elem(), arrived.Elem()) {
		return fmt.Errorf("arrives as %+v", arrived.Elem())
	}
	return nil
}

func nameOf(v any) string {
	t := reflect.TypeOf(v)
	return argtype.FullName(t.PkgPath(), t.Name())
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func text(r *rand.Rand) string { return pick(r, "", "a", "é<&>", "a b/c?d#e", "\u2028\"\\") }

func document(r *rand.Rand) string {
	return pick(r, "1", `"\u003c"`, "[ 1.0,\n1e3 ]", `{"b": {"a" :null}}`, "[]", "true")
}

func bytes16(r *rand.Rand) (b [16]byte) {
	for i := range b {
		b[i] = byte(r.Uint32() & uint32(pick(r, 0, 0xff)))
	}
	return b
}

func instant(r *rand.Rand) time.Time {
	return time.Unix(int64(r.Int32()), int64(r.IntN(1e9))).In(time.FixedZone("", r.IntN(20*3600)-10*3600))
}

func integer(r *rand.Rand) *big.Int {
	return new(big.Int).Lsh(big.NewInt(r.Int64()-r.Int64()), uint(r.IntN(200)))
}

func float(r *rand.Rand) *big.Float {
	f := big.NewFloat((r.Float64() - 0.5) * math.Pow(2, float64(r.IntN(200)-100)))
	return f.SetPrec(pick[uint](r, 0, 53, 64))
}

func addr(r *rand.Rand) netip.Addr {
	b := bytes16(r)
	return pick(r, netip.AddrFrom16(b), netip.AddrFrom4([4]byte(b[:4])), netip.AddrFrom16(b).Unmap())
}
