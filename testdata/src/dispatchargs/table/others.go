package table

import (
	"bytes"
	"container/list"
	"database/sql"
	"encoding/json"
	"image"
	"image/color"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

type (
	box[T any]     struct{ Value T }
	both[K, V any] struct {
		K K
		V V
	}
	phantom[T any] struct{ ID string }
	node[T any]    struct {
		Value T
		Next  *node[T]
	}
	option[T any]     struct{ v *T }
	set[K comparable] map[K]struct{}

	messageField struct {
		At   *timestamppb.Timestamp
		Took *durationpb.Duration
	}
	oneofField    struct{ V *structpb.Value }
	embedsMessage struct {
		*timestamppb.Timestamp
		Extra int
	}
)

func (o option[T]) MarshalJSON() ([]byte, error)  { return json.Marshal(o.v) }
func (o *option[T]) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &o.v) }
func (o option[T]) Equal(p option[T]) bool        { return reflect.DeepEqual(o, p) }

func init() {
	row[time.Time]("time.Time")
	row[*time.Time]("*time.Time")
	row[time.Month]("time.Month")
	row[time.Location]("time.Location")
	row[*time.Location]("*time.Location", time.UTC)
	row[time.Timer]("time.Timer")
	row[big.Int]("big.Int")
	row[*big.Int]("*big.Int")
	row[big.Float]("big.Float")
	row[big.Rat]("big.Rat")
	row[decimal.Decimal]("decimal.Decimal")
	row[decimal.NullDecimal]("decimal.NullDecimal", decimal.NewNullDecimal(decimal.New(15, -1)))
	row[[]decimal.Decimal]("[]decimal.Decimal")
	row[uuid.UUID]("uuid.UUID")
	row[uuid.NullUUID]("uuid.NullUUID", uuid.NullUUID{UUID: uuid.MustParse("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), Valid: true})
	row[netip.Addr]("netip.Addr")
	row[netip.Prefix]("netip.Prefix")
	row[net.IP]("net.IP")
	row[net.IPNet]("net.IPNet", net.IPNet{IP: net.IPv4(10, 0, 0, 0).To16(), Mask: net.CIDRMask(8, 32)})
	row[net.HardwareAddr]("net.HardwareAddr")
	row[url.URL]("url.URL")
	policy("url.URL with userinfo", "Call refuses a URL with userinfo", url.URL{Scheme: "https", User: url.User("ann")})
	row[url.Values]("url.Values")
	row[http.Header]("http.Header")
	row[http.Cookie]("http.Cookie")
	row[http.Request]("http.Request", http.Request{Method: "GET", Body: http.NoBody})
	row[mail.Address]("mail.Address")
	row[json.RawMessage]("json.RawMessage")
	row[json.Number]("json.Number")
	row[jsontext.Value]("jsontext.Value")
	row[sql.NullString]("sql.NullString")
	row[sql.NullTime]("sql.NullTime")
	row[sql.Null[int]]("sql.Null[int]")
	row[sql.Null[chan int]]("sql.Null[chan int]")
	row[image.Rectangle]("image.Rectangle")
	row[color.RGBA]("color.RGBA")
	row[slog.Level]("slog.Level")
	row[os.FileMode]("os.FileMode")
	row("regexp.Regexp", *regexp.MustCompile("a+"))
	row[bytes.Buffer]("bytes.Buffer")
	row[strings.Builder]("strings.Builder")
	row[sync.Mutex]("sync.Mutex")
	row[sync.Map]("sync.Map")
	row[atomic.Int64]("atomic.Int64")
	row[list.List]("list.List")
	row[reflect.Value]("reflect.Value", reflect.ValueOf(1))
	row[reflect.Type]("reflect.Type", reflect.TypeFor[int]())
}

func init() {
	at := timestamppb.New(time.Unix(1, 5))
	row("message", at)
	policy("message, with oneof", "a nil Value is refused: null stands for structpb.NewNullValue()", structpb.NewStringValue("é"), structpb.NewNullValue())
	row("message, dynamic", must(structpb.NewStruct(map[string]any{"a": []any{1.5, "b"}})))
	row("message, wrapped", wrapperspb.Int64(1<<53+1))
	row("message, of any", must(anypb.New(at)))
	row("message, of descriptors", &descriptorpb.FieldDescriptorProto{Name: proto.String("a"), Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()})
	row[proto.Message]("message, as an interface", at)
	row("messages in a slice", []*timestamppb.Timestamp{at})
	row("messages in a struct", messageField{at, durationpb.New(time.Second)})
	row("messages with oneof in a slice", []*structpb.Value{structpb.NewBoolValue(true)})
	row("messages with oneof in a struct", oneofField{structpb.NewBoolValue(true)})
	row("pointer to pointer to message", &at)
	row("pointer to what embeds a message", &embedsMessage{at, 1})

	row[box[int]]("generic")
	row[box[chan int]]("generic of chan")
	row[box[box[[]string]]]("generic of generic")
	row[both[string, *box[time.Time]]]("generic of two")
	row[both[string, func()]]("generic of two, with func")
	row[phantom[chan int]]("phantom type parameter")
	row[node[string]]("generic list")
	row[node[chan int]]("generic list of chan")
	row("generic with methods", option[int]{new(int)})
	row("generic with methods that hide a chan", option[chan int]{})
	row[set[string]]("generic map")
	row[set[bool]]("generic map by bool")
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
