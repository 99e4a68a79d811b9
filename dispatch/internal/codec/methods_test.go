package codec_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	v2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"google.golang.org/protobuf/types/known/durationpb"
)

// A node has itself behind a pointer, which its methods do not follow.
type node struct {
	At   time.Time
	Peer *node
}

func (n *node) MarshalJSON() ([]byte, error) { return json.Marshal(n.At) }
func (n *node) UnmarshalJSON(b []byte) error {
	n.Peer = &node{Peer: n}
	return errors.Join(json.Unmarshal(b, &n.At), json.Unmarshal(b, &n.Peer.At))
}

// An email is decoded in lower case.
type email string

func (e *email) UnmarshalText(b []byte) error { *e = email(strings.ToLower(string(b))); return nil }

// An account hides its password.
type account struct{ Name, Password string }

func (a account) MarshalJSON() ([]byte, error) {
	type plain account
	p := plain(a)
	p.Password = "***"
	return json.Marshal(p)
}

// A set is encoded in any order.
type set map[string]bool

func (s set) MarshalJSON() ([]byte, error) { return json.Marshal(slices.Collect(maps.Keys(s))) }
func (s *set) UnmarshalJSON(b []byte) error {
	var list []string
	err := json.Unmarshal(b, &list)
	*s = make(set)
	for _, e := range list {
		(*s)[e] = true
	}
	return err
}

// A price is zero without an amount.
type price struct {
	Amount   int
	Currency string
}

func (p price) IsZero() bool { return p.Amount == 0 }

// A touchy value cannot be compared.
type touchy string

func (t *touchy) UnmarshalText(b []byte) error { *t = touchy(b); return nil }
func (t touchy) Equal(touchy) bool             { panic("hunter2") }

// An option is null if it is not set.
type option struct{ V *int }

func (o option) MarshalJSON() ([]byte, error)  { return json.Marshal(o.V) }
func (o *option) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &o.V) }

// A sealed value is encoded with a nonce.
type sealed struct{ N int }

var nonce atomic.Int64

func (s sealed) MarshalJSON() ([]byte, error) {
	return json.Marshal([]int64{int64(s.N), nonce.Add(1)})
}

func (s *sealed) UnmarshalJSON(b []byte) error {
	var list []int
	err := json.Unmarshal(b, &list)
	s.N = list[0]
	return err
}

// A day is encoded without a time.
type day time.Time

func (d day) MarshalText() ([]byte, error) { return []byte(time.Time(d).Format(time.DateOnly)), nil }
func (d *day) UnmarshalText(b []byte) error {
	t, err := time.ParseInLocation(time.DateOnly, string(b), zurich)
	*d = day(t)
	return err
}

// Verify compares values, not their JSON, where a type shows them.
func TestSignature_Verify_values(t *testing.T) {
	t.Parallel()
	a, b := &node{At: when}, &node{At: when}
	a.Peer, b.Peer = b, a
	type priced struct {
		P price `json:",omitzero"`
	}
	const changed = "does not restore this value (send a value that it restores, or a type of your own)"
	for _, tt := range []struct {
		fn   any
		arg  any
		want string // the end of the error; empty if the value arrives
	}{
		{func(ctx, *node) error { return nil }, a, ""},
		{func(ctx, *node) error { return nil }, &node{}, changed},
		{func(ctx, sealed) error { return nil }, sealed{7}, ""},
		{func(ctx, []day) error { return nil }, []day{day(time.Date(1850, 1, 1, 0, 0, 0, 0, zurich))}, ""},
		{func(ctx, day) error { return nil }, day(when), changed},
		{func(ctx, email) error { return nil }, email("a@b.c"), ""},
		{func(ctx, email) error { return nil }, email("A@b.c"), changed},
		{func(ctx, account) error { return nil }, account{"a", "b"}, changed},
		{func(ctx, account) error { return nil }, account{"a", "***"}, ""},
		{func(ctx, set) error { return nil }, set{"a": true, "b": true, "c": true, "d": true}, ""},
		{func(ctx, priced) error { return nil }, priced{price{1, "EUR"}}, ""},
		{func(ctx, priced) error { return nil }, priced{price{0, "EUR"}}, changed},
		{func(ctx, struct{ O *option }) error { return nil }, struct{ O *option }{&option{}}, changed},
		{func(ctx, touchy) error { return nil }, touchy("a"), "one of its methods panics with a string (return an error instead)"},
		{func(ctx, struct{ O *option }) error { return nil }, struct{ O *option }{&option{new(1)}}, ""},
	} {
		s, args := of(t, tt.fn), values(tt.fn, []any{tt.arg})
		data, err := s.Encode(args)
		if err != nil {
			t.Fatal(err)
		}
		err = s.Verify(args, data)
		if (err == nil) != (tt.want == "") || err != nil && !strings.HasSuffix(err.Error(), tt.want) {
			t.Errorf("Verify(%s) = %v, want %q", data, err, tt.want)
		}
	}
}

// The error of Verify wraps the error of the type's own decoder.
func TestSignature_Verify_cause(t *testing.T) {
	t.Parallel()
	fn := func(ctx, quota) error { return nil }
	s, args := of(t, fn), values(fn, []any{quota(0)})
	data, err := s.Encode(args)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(args, data); !errors.Is(err, errQuota) {
		t.Errorf("Verify = %v, want an error that wraps %v", err, errQuota)
	}
}

var errQuota = errors.New("no quota hunter2")

type quota int

func (q *quota) UnmarshalJSON(b []byte) error { return errQuota }

// A nested value encodes raw JSON with another encoder that has the same options; bad
// ones panic.
type nestedRaw struct {
	Raw   json.RawMessage
	Panic bool
}

func (n nestedRaw) MarshalJSONTo(enc *jsontext.Encoder) error {
	if n.Panic {
		panic("hunter2")
	}
	b, err := v2.Marshal(struct{ R json.RawMessage }{n.Raw}, enc.Options())
	if err != nil {
		return err
	}
	return enc.WriteValue(b)
}
func (n *nestedRaw) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	var v struct{ R json.RawMessage }
	err := v2.UnmarshalDecode(dec, &v)
	n.Raw = v.R
	return err
}

// Encoders of raw JSON are safe for concurrent use, after panics, and beside encoders
// that a method makes with their options.
func TestSignature_Encode_rawMethods(t *testing.T) {
	t.Parallel()
	type both struct {
		N nestedRaw
		R json.RawMessage
	}
	s := of(t, func(ctx, both) error { return nil })
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 50 {
				raw := json.RawMessage(`[ "` + strconv.Itoa(i) + `" ]`)
				v := both{nestedRaw{raw, j%5 == 0}, raw}
				data, err := s.Encode([]reflect.Value{reflect.ValueOf(v)})
				want := `[{"N":{"R":["` + strconv.Itoa(i) + `"]},"R":` + string(raw) + `}]`
				if (err != nil) != v.N.Panic || err == nil && string(data) != want {
					t.Errorf("Encode = %s, %v, want %s, or an error after a panic", data, err, want)
				}
			}
		})
	}
	all.Wait()
}

// A message in an any is encoded alike, whatever stands beside it.
func TestSignature_Encode_messageInAny(t *testing.T) {
	t.Parallel()
	for _, s := range []any{struct{ V any }{durationpb.New(time.Second)}, struct {
		V any
		T time.Time `json:",omitzero"`
	}{V: durationpb.New(time.Second)}} {
		fn := reflect.FuncOf([]reflect.Type{reflect.TypeFor[context.Context](), reflect.TypeOf(s)}, []reflect.Type{reflect.TypeFor[error]()}, false)
		data, err := of(t, reflect.Zero(fn).Interface()).Encode([]reflect.Value{reflect.ValueOf(s)})
		if want := `[{"V":"1s"}]`; err != nil || string(data) != want {
			t.Errorf("Encode = %s, %v, want %s", data, err, want)
		}
	}
}
