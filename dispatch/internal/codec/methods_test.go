package codec_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
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
func (n *node) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &n.At) }

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

// Verify accepts a value whose methods it cannot compare, follows no pointers that the
// methods hide, and accepts a time whose seconds do not matter.
func TestSignature_Verify_accepts(t *testing.T) {
	t.Parallel()
	a, b := &node{At: when}, &node{At: when}
	a.Peer, b.Peer = b, a
	for _, tt := range []struct {
		fn  any
		arg any
	}{
		{func(ctx, *node) error { return nil }, a},
		{func(ctx, sealed) error { return nil }, sealed{7}},
		{func(ctx, []day) error { return nil }, []day{day(time.Date(1850, 1, 1, 0, 0, 0, 0, zurich))}},
	} {
		s, args := of(t, tt.fn), values(tt.fn, []any{tt.arg})
		data, err := s.Encode(nil, args)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(args, data); err != nil {
			t.Errorf("Verify(%s) = %v, want nil", data, err)
		}
	}
}

// The error of Verify wraps the error of the type's own decoder.
func TestSignature_Verify_cause(t *testing.T) {
	t.Parallel()
	fn := func(ctx, quota) error { return nil }
	s, args := of(t, fn), values(fn, []any{quota(0)})
	data, err := s.Encode(nil, args)
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
				data, err := s.Encode(nil, []reflect.Value{reflect.ValueOf(v)})
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
		data, err := of(t, reflect.Zero(fn).Interface()).Encode(nil, []reflect.Value{reflect.ValueOf(s)})
		if want := `[{"V":"1s"}]`; err != nil || string(data) != want {
			t.Errorf("Encode = %s, %v, want %s", data, err, want)
		}
	}
}
