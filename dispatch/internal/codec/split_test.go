package codec

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"reflect"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/corpus"
)

// elements returns the elements of the JSON array in data, as jsontext reads them.
func elements(data []byte) (elems [][]byte, ok bool) {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '[' {
		return nil, false
	}
	for d.PeekKind() != ']' {
		v, err := d.ReadValue()
		if err != nil {
			return nil, false
		}
		elems = append(elems, bytes.Clone(v))
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, false
	}
	_, err := d.ReadToken()
	return elems, err == io.EOF
}

// If jsontext accepts data as an array, split finds the same elements. Otherwise split
// or the decoder of an element refuses it. Neither panics.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{
		`[]`, ` [ ] `, `[1]`, `[1,2]`, `[[1,2],{"a":[3]}]`, `["],[",1]`, `["\"]",1]`, `["\\",1]`, `[1,]`, `[,1]`, `[,]`, `[1]]`, `[1][2]`, `[1 2]`,
		`[{]}]`, `[[1,2}]`, `["a]`, `["a\"]`, `[`, `]`, ``, `null`, "[1]\v", "[\u00a01]", "[\"\xff\"]", `[{"a":1,"a":2}]`, `[\"]`, `["",""]`, `[01]`, `[1e]`,
	} {
		f.Add([]byte(s))
	}
	raw, err := Of(reflect.TypeFor[func(context.Context, ...jsontext.Value) error]())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got [][]byte
		valid := true
		err := split(data, func(elem []byte) error {
			got = append(got, trim(elem))
			valid = valid && jsontext.Value(elem).IsValid()
			return nil
		})
		want, ok := elements(data)
		if ok != (err == nil && valid) || ok && !reflect.DeepEqual(got, want) {
			t.Errorf("split(%q) = %q, %v, all valid: %v, want %q, %v", data, got, err, valid, want, ok)
		}
		args, err := raw.Decode(append(append([]byte("["), data...), ']'))
		if ok = ok || len(trim(data)) == 0; ok != (err == nil) { // no argument, which is an empty variadic one
			t.Errorf("Decode([%q]) = %v, %v, want success: %v", data, args, err, ok)
		}
	})
}

// Any data is decoded or refused, and decoded arguments can be encoded again.
func FuzzDecode(f *testing.F) {
	corpus.Add(f)
	type rec struct {
		A int
		B []rec
		C map[string]any
		D *float32
		E []byte
	}
	for _, s := range []string{
		`[{},"",[]]`, `[{"A":1,"B":[{"C":{"x":[1,null]}}],"D":1.5,"E":"AA=="},"é",["a",{}]]`, `[null,null,[null]]`, `[{"A":1,"A":2},"",[]]`, `[{},"\ud800",[]]`, `[{"D":1e39},"",[]]`,
	} {
		f.Add([]byte(s))
	}
	sig, err := Of(reflect.TypeFor[func(context.Context, rec, string, ...any) error]())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		args, err := sig.Decode(data)
		if err != nil {
			return
		}
		if !json.Valid(data) {
			t.Errorf("Decode(%q) accepted invalid JSON", data)
		}
		again, err := sig.Encode(args)
		if err != nil {
			t.Fatalf("Encode of the result of Decode(%q) = %v, want nil", data, err)
		}
		twice, err := sig.Decode(again)
		if err != nil {
			t.Fatalf("Decode(%q), which Encode wrote = %v, want nil", again, err)
		}
		third, err := sig.Encode(twice)
		if err != nil || !bytes.Equal(again, third) {
			t.Errorf("encoded twice: %q, %v, want %q", third, err, again)
		}
		if err := jsonv2.Unmarshal(again, new([]any)); err != nil {
			t.Errorf("Encode wrote %q: %v", again, err)
		}
	})
}
