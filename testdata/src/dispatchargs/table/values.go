package table

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"mime/multipart"
	"net/netip"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/structpb"

	"example.com/fixtures/src/pb/hybridpb"
	"example.com/fixtures/src/pb/opaquepb"
	"example.com/fixtures/src/pb/openpb"
)

type (
	patch struct {
		Bio    *string   `json:"bio,omitempty"`
		Tags   *[]string `json:"tags,omitempty"`
		Age    *int      `json:"age,omitempty"`
		Active *bool     `json:"active,omitempty"`
	}
	// A nullable is not set, set to null or set to a value, by its length and key.
	nullable[T any] map[bool]T
	update          struct {
		Name nullable[string] `json:"name,omitempty"`
		Age  nullable[int]    `json:"age,omitempty"`
	}
	volume struct {
		EmptyDir *emptyDir `json:"emptyDir,omitempty"`
		Selector *selector `json:"selector,omitempty"`
		Global   *struct{} `json:"global,omitempty"`
	}
	emptyDir struct {
		Medium string `json:"medium,omitempty"`
	}
	selector struct {
		Labels map[string]string `json:"labels,omitempty"`
	}

	holdsOpen struct {
		ID string
		O  *openpb.Order
	}
	holdsHybrid struct {
		ID string
		O  *hybridpb.Order `json:"o,omitempty"`
	}
	holdsOpaque struct {
		ID   string
		O    *opaquepb.Order
		More []*opaquepb.Order
		By   map[string]*opaquepb.Line
	}
	holdsByValue struct {
		O openpb.Line
	}
	embedsOrder struct {
		*openpb.Order
		Note string
	}
	embedsOrderNamed struct {
		*opaquepb.Order `json:"order"`
		Note            string
	}
	embedsOrderDeep struct {
		embedsOrder
		More int
	}
	embedsAsMembers struct {
		O *openpb.Order `json:",embed"`
	}

	valueText   string
	valueJSON   struct{ Cents int }
	valueMap    map[string]int
	valueTexts  []string
	valueSingle struct{}

	enum      int
	checked   struct{ Kind string }
	prefixed  struct{ P netip.Prefix }
	stamp     time.Time
	timestamp struct{ time.Time }
	dated     struct{ At time.Time }
	datedBy   map[time.Time]string
	precise   struct{ F *big.Float }
	webhook   struct {
		ID   string
		Body json.RawMessage
	}
	webhooks struct {
		All   []json.RawMessage
		Named map[string]jsontext.Value
		Ptr   *json.RawMessage
		Own   document
	}
	// A document is raw JSON with methods of its own.
	document json.RawMessage

	invoice struct {
		ID    string
		total int
	}
	cachedIn struct {
		ID    string
		cache map[string]int
	}
	pending struct {
		ID  string
		ids []string
	}
	dueAt struct {
		ID  string
		due time.Time
	}
	handles struct {
		ID   string
		next *handles
		any  any
		run  func()
		done chan int
		fns  []func()
		mu   lockedBy
		_    int
	}
	lockedBy struct{ n *int }
	// A plainPair is carried by its methods.
	plainPair struct{ id string }
	dropped   struct {
		ID    string
		total int `json:"-"`
	}

	// These have one method of a pair.
	keeps    struct{ A, B string }
	hides    struct{ A, B string }
	labels   struct{ A, B string }
	replaces struct {
		A  string
		At time.Time
	}
	restores struct{ A, B string }
	copies   struct{ A, B string }
	relaxes  struct {
		A string
		B bool
	}
	expects struct{ A, B string }
	// A keepsPlain has its type without methods beside it.
	keepsPlain struct{ A, B string }
	plainKeeps keepsPlain
	scrubs     struct{ A, B string }
	branches   struct{ A, B string }
	edits      struct{ A, B string }
	checks     struct{ A, B string }
	messenger  struct{ L *opaquepb.Line }
	hashed     struct{ Sum [4]byte }
	points     struct{ A, B string }
)

func (n nullable[T]) MarshalJSON() ([]byte, error) {
	if v, ok := n[true]; ok {
		return json.Marshal(v)
	}
	return []byte("null"), nil
}

func (n *nullable[T]) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = nullable[T]{false: *new(T)}
		return nil
	}
	var v T
	err := json.Unmarshal(b, &v)
	*n = nullable[T]{true: v}
	return err
}

func (v valueText) MarshalText() ([]byte, error)   { return []byte(v), nil }
func (v valueText) UnmarshalText(b []byte) error   { v = valueText(b); return nil }
func (v valueJSON) MarshalJSON() ([]byte, error)   { return json.Marshal(v.Cents) }
func (v valueJSON) UnmarshalJSON(b []byte) error   { return json.Unmarshal(b, &v.Cents) }
func (v valueMap) MarshalJSON() ([]byte, error)    { return json.Marshal(map[string]int(v)) }
func (v valueMap) UnmarshalJSON(b []byte) error    { m := map[string]int(v); return json.Unmarshal(b, &m) }
func (v valueTexts) UnmarshalJSON(b []byte) error  { s := []string(v); return json.Unmarshal(b, &s) }
func (v valueSingle) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }
func (v valueSingle) UnmarshalJSON(b []byte) error { return nil }
func (e enum) MarshalText() ([]byte, error)        { return fmt.Appendf(nil, "enum(%d)", int(e)), nil }
func (e *enum) UnmarshalText(b []byte) (err error) {
	if _, err = fmt.Sscanf(string(b), "enum(%d)", (*int)(e)); err == nil && *e == 0 {
		err = errors.New("0 is not an enum")
	}
	return err
}

func (c *checked) UnmarshalJSON(b []byte) error {
	type plain checked
	if err := json.Unmarshal(b, (*plain)(c)); err != nil {
		return err
	}
	if c.Kind == "" {
		return errors.New("no kind")
	}
	return nil
}

func (s stamp) MarshalJSON() ([]byte, error)      { return time.Time(s).MarshalJSON() }
func (s *stamp) UnmarshalJSON(b []byte) error     { return (*time.Time)(s).UnmarshalJSON(b) }
func (s stamp) Equal(u stamp) bool                { return time.Time(s).Equal(time.Time(u)) }
func (t *timestamp) UnmarshalJSON(b []byte) error { return t.Time.UnmarshalJSON(b) }
func (t timestamp) Equal(u timestamp) bool        { return t.Time.Equal(u.Time) }
func (d document) MarshalJSON() ([]byte, error)   { return json.RawMessage(d).MarshalJSON() }
func (d *document) UnmarshalJSON(b []byte) error  { return (*json.RawMessage)(d).UnmarshalJSON(b) }
func (p plainPair) MarshalText() ([]byte, error)  { return []byte(p.id), nil }
func (p *plainPair) UnmarshalText(b []byte) error { p.id = string(b); return nil }

func (v keeps) MarshalJSON() ([]byte, error) {
	type plain keeps
	return json.Marshal(plain(v))
}

func (v hides) MarshalJSON() ([]byte, error) {
	type plain hides
	p := plain(v)
	p.B = "***"
	return json.Marshal(p)
}

func (v labels) MarshalJSON() ([]byte, error) {
	type plain labels
	return json.Marshal(struct {
		plain
		Kind string `json:"kind"`
	}{plain(v), v.kind()})
}

func (v labels) kind() string { return "label" }

func (v *replaces) MarshalJSON() ([]byte, error) {
	type plain replaces
	return json.Marshal(&struct {
		*plain
		At int64
	}{(*plain)(v), v.At.Unix()})
}

func (v *restores) UnmarshalJSON(b []byte) error {
	type plain restores
	return json.Unmarshal(b, (*plain)(v))
}

func (v *copies) UnmarshalJSON(b []byte) error {
	type plain copies
	var p plain
	if err := json.NewDecoder(bytes.NewReader(b)).Decode(&p); err != nil {
		return err
	}
	*v = copies(p)
	return nil
}

func (v *relaxes) UnmarshalJSON(b []byte) error {
	type plain relaxes
	p := &struct {
		*plain
		B any
	}{plain: (*plain)(v)}
	err := json.Unmarshal(b, p)
	v.B = p.B == true || p.B == "true"
	return err
}

func (v *expects) UnmarshalJSON(b []byte) error {
	list := []any{&v.A, &v.B}
	return json.Unmarshal(b, &list)
}

func (v scrubs) MarshalJSON() ([]byte, error) {
	type plain scrubs
	p := plain(v)
	scrub(&p.B)
	return json.Marshal(p)
}

func scrub(s *string) { *s = "" }

func (v branches) MarshalJSON() ([]byte, error) {
	type plain branches
	if v.A != "" {
		return []byte("{}"), nil
	}
	return json.Marshal(plain(v))
}

func (v edits) MarshalJSON() ([]byte, error) {
	type plain edits
	b, err := json.Marshal(plain(v))
	if err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(b, []byte(v.A), nil), nil
}

func (v messenger) MarshalJSON() ([]byte, error) {
	type plain messenger
	return json.Marshal(plain(v))
}

func (v *hashed) UnmarshalJSON(b []byte) error {
	type plain hashed
	return json.Unmarshal(b, (*plain)(v))
}

func (v checks) MarshalJSON() ([]byte, error) {
	type plain checks
	b, err := json.Marshal((*plain)(&v))
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return b, nil
}

func (v *points) UnmarshalJSON(b []byte) error {
	type plain points
	var p *plain = (*plain)(v)
	return json.Unmarshal(b, p)
}

func (v *keepsPlain) MarshalJSON() ([]byte, error) { return json.Marshal((*plainKeeps)(v)) }

var zurich = must(time.LoadLocation("Europe/Zurich"))

// seconds is midnight in a zone whose offset has seconds.
var seconds = time.Date(1850, 1, 1, 0, 0, 0, 5, zurich)

func init() {
	empty, none, zero, no := "", []string{}, 0, false
	row("omitempty of a patch", patch{&empty, &none, &zero, &no})
	row("omitempty of a nullable", update{Name: nullable[string]{true: ""}}, update{Name: nullable[string]{false: ""}, Age: nullable[int]{true: 0}}, update{})
	row("omitempty of pointers to empty structs", volume{&emptyDir{}, &selector{}, &struct{}{}}, volume{}, volume{Selector: &selector{Labels: map[string]string{"a": "b"}}})

	open := &openpb.Order{Id: proto.String("a"), Total: proto.Int64(1 << 60), Body: []byte{0, 255}, Lines: []*openpb.Line{{Name: proto.String("é")}, {}}, How: &openpb.Order_Note{Note: ""}, State: openpb.State_STATE_PAID.Enum(), Maybe: proto.String("")}
	opaque := opaquepb.Order_builder{Id: proto.String(""), Total: proto.Int64(7), Named: map[string]*opaquepb.Line{"k": {}}, Gift: opaquepb.Line_builder{Count: proto.Int32(3)}.Build()}.Build()
	hybrid := hybridpb.Order_builder{Id: proto.String("h"), Note: proto.String("")}.Build()
	row("message, opaque", opaque)
	row("message, hybrid", hybrid, &hybridpb.Order{})
	row("message, open", open)
	row("message in a struct, open", holdsOpen{"a", open}, holdsOpen{O: &openpb.Order{}}, holdsOpen{})
	row("message in a struct, hybrid", holdsHybrid{"a", hybrid}, holdsHybrid{O: &hybridpb.Order{}})
	row("message in a struct, opaque", holdsOpaque{"a", opaque, []*opaquepb.Order{opaque, nil, {}}, map[string]*opaquepb.Line{"k": {}}})
	row("message in a struct, by value", holdsByValue{openpb.Line{Name: proto.String("")}})
	row("message in a map", map[string]*opaquepb.Order{"a": opaque})
	row("message in a pointer in a generic struct", &box[**opaquepb.Order]{ptr(opaque)})
	row("message in a struct, any value", box[*structpb.Value]{structpb.NewBoolValue(false)})
	row("message in a struct in a slice, lists of any value", []box[[]*structpb.Value]{{[]*structpb.Value{structpb.NewNullValue()}}})
	policy("message in a struct, null", "Call refuses the value null in a struct: null is nil there", box[*structpb.Value]{structpb.NewNullValue()})
	row("message, embedded", embedsOrder{open, "n"})
	row("message, embedded, pointer to", &embedsOrder{open, "n"})
	row("message, embedded deeper", embedsOrderDeep{embedsOrder{open, "n"}, 1})
	row("message, embedded under a name", embedsOrderNamed{opaque, "n"}, embedsOrderNamed{})
	row("message, embedded by an option", embedsAsMembers{open})
	row("message's enum", descriptorpb.FieldDescriptorProto_TYPE_BOOL, descriptorpb.FieldDescriptorProto_Type(99))

	row[valueText]("value receiver, text")
	row[valueJSON]("value receiver, JSON")
	row[[]valueJSON]("value receiver, in a slice")
	row[valueMap]("value receiver, map")
	row[valueTexts]("value receiver, slice that only decodes")
	row[valueSingle]("value receiver, without data")

	row("enum that refuses zero", enum(3), enum(0), enum(-1))
	row("enum that refuses zero, in a struct", box[enum]{3}, box[enum]{0})
	row("enum that refuses zero, as keys", map[enum]int{3: 4}, map[enum]int{0: 1})
	row("struct that refuses zero", checked{"a"}, checked{})
	row("prefix that is not valid", prefixed{netip.MustParsePrefix("10.0.0.0/8")}, prefixed{netip.PrefixFrom(netip.MustParseAddr("10.0.0.1"), 99)})

	row("time with seconds in its offset", seconds)
	row("time with seconds in its offset, in a struct", dated{seconds})
	row("time with seconds in its offset, as a key", datedBy{seconds.UTC(): "utc"})
	row("time with seconds in its offset, as a type", stamp(seconds.UTC()), stamp(seconds))
	row("time with seconds in its offset, embedded", timestamp{seconds.UTC()}, timestamp{seconds})
	row("float of 53 bits", *big.NewFloat(0.1), *big.NewFloat(-1e300))
	row("float of 64 bits", precise{new(big.Float).SetPrec(64).SetMantExp(big.NewFloat(1.0/3), -70)})
	policy("float of 256 bits", "Call refuses a float of more than 64 bits", precise{new(big.Float).SetPrec(256).Quo(big.NewFloat(1), big.NewFloat(3))})

	body := json.RawMessage("{ \"a\": \"\\u003c\",\n\t\"b\" : [ 1.0, 1e3 ] }")
	row("raw JSON", body, json.RawMessage(" 1\n"), nil)
	row("raw JSON in a struct", webhook{"a", body}, webhook{"b", json.RawMessage("1")}, webhook{})
	row("raw JSON elsewhere", webhooks{[]json.RawMessage{body, body, json.RawMessage("1")}, map[string]jsontext.Value{"a": jsontext.Value(body), "b": jsontext.Value("{ }")}, &body, document(body)})
	policy("raw JSON in a struct, with white space around it", "Call refuses it", webhook{"a", json.RawMessage("1\n")})

	row("hidden data", invoice{"a", 1})
	row("hidden data, map", cachedIn{"a", map[string]int{}})
	row("hidden data, slice", pending{"a", []string{"b"}})
	row("hidden data, time", dueAt{"a", time.Unix(1, 0)})
	row("hidden data, pointer to", &invoice{"a", 1})
	row("hidden data, declared", dropped{"a", 1})
	row("hidden data, carried by methods", plainPair{"a"})
	row("hidden handles", handles{ID: "a", next: &handles{}, any: 1, run: func() {}, done: make(chan int), fns: []func(){nil}, mu: lockedBy{new(int)}})
	row("hidden data of a file", uploaded())
	record := slog.NewRecord(time.Unix(1, 0), slog.LevelInfo, "a", 0)
	record.Add("key", 1)
	row("hidden data of a log record", record)

	row[keeps]("encoder that keeps the shape")
	row[hides]("encoder that hides a field")
	row[labels]("encoder that adds a field")
	row[replaces]("encoder that replaces a field")
	row[restores]("decoder that keeps the shape")
	row[copies]("decoder that keeps the shape, by a copy")
	row[relaxes]("decoder that accepts more")
	row[expects]("decoder that expects another shape")
	row[scrubs]("encoder that passes a field on")
	row[branches]("encoder that returns something else")
	row("encoder that edits the JSON", edits{"x", "y"})
	row("encoder of a message by encoding/json", messenger{opaquepb.Line_builder{Name: proto.String("a")}.Build()})
	row[hashed]("decoder of an array of bytes by encoding/json")
	row[checks]("encoder that returns errors")
	row[points]("decoder that converts a pointer in a declaration")
	row[keepsPlain]("encoder that keeps the shape, by a type beside it")
}

func ptr[T any](v T) *T { return &v }

// uploaded returns a file of a form, whose content is in an unexported field.
func uploaded() multipart.FileHeader {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	must(must(w.CreateFormFile("f", "a.txt")).Write([]byte("content")))
	w.Close()
	return *must(multipart.NewReader(&b, w.Boundary()).ReadForm(1 << 20)).File["f"][0]
}
