package table

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

type (
	pair   struct{ n int }
	hiding struct {
		done chan int
		n    int
	}
	ptrPair   struct{ n int }
	textPair  struct{ n int }
	textKey   string
	textInt   int
	appendInt int
	toPair    struct{ n int }
	chanPair  chan int
	funcPair  func()

	onlyMarshal       struct{ A int }
	onlyMarshalText   int
	onlyMarshalString string
	onlyUnmarshal     struct{ A int }
	onlyUnmarshalText string
	onlyUnmarshalInt  int
	onlyUnmarshalChan struct{ C chan int }
	jsonThenText      struct{ n int }
	textThenJSON      int
	redacted          string
	wrongSignature    struct{ A int }

	ownMarshal struct {
		time.Time
		Zone string
	}
	ownUnmarshal struct {
		time.Time
		Zone string
	}
	ownBoth struct {
		time.Time
		Zone string
	}
	promotesHalf struct {
		onlyMarshal
		B int
	}
	embedsPair   struct{ pair }
	embedsHalves struct {
		Writes
		reads
	}
	Writes       struct{ A int }
	reads        struct{ seen string }
	embedsHiding struct{ *hiding }

	// A lister's fields have methods on their pointers.
	lister struct {
		Slice   []ptrPair
		Map     map[string]ptrPair
		Value   ptrPair
		Pointer *ptrPair
	}
	marshalerField struct{ M json.Marshaler }
	byText         map[textKey]int
	byTextInt      map[textInt]string
	byAppend       map[appendInt]string
	byPair         map[pair]int
	byHalf         map[onlyMarshalString]int
)

func (p pair) MarshalJSON() ([]byte, error)        { return strconv.AppendInt(nil, int64(p.n), 10), nil }
func (p *pair) UnmarshalJSON(b []byte) (err error) { p.n, err = strconv.Atoi(string(b)); return err }
func (p pair) Equal(q pair) bool                   { return p == q }

func (h hiding) MarshalJSON() ([]byte, error)        { return strconv.AppendInt(nil, int64(h.n), 10), nil }
func (h *hiding) UnmarshalJSON(b []byte) (err error) { h.n, err = strconv.Atoi(string(b)); return err }
func (h hiding) Equal(i hiding) bool                 { return h.n == i.n }

func (p *ptrPair) MarshalJSON() ([]byte, error)       { return strconv.AppendInt(nil, int64(p.n), 10), nil }
func (p *ptrPair) UnmarshalJSON(b []byte) (err error) { p.n, err = strconv.Atoi(string(b)); return err }
func (p ptrPair) Equal(q ptrPair) bool                { return p == q }

func (p textPair) MarshalText() ([]byte, error) { return strconv.AppendInt(nil, int64(p.n), 10), nil }
func (p *textPair) UnmarshalText(b []byte) (err error) {
	p.n, err = strconv.Atoi(string(b))
	return err
}
func (p textPair) Equal(q textPair) bool { return p == q }

func (k textKey) MarshalText() ([]byte, error)  { return []byte("k:" + k), nil }
func (k *textKey) UnmarshalText(b []byte) error { *k = textKey(b[2:]); return nil }

func (i textInt) MarshalText() ([]byte, error) { return strconv.AppendInt(nil, int64(i), 2), nil }
func (i *textInt) UnmarshalText(b []byte) error {
	n, err := strconv.ParseInt(string(b), 2, 64)
	*i = textInt(n)
	return err
}

func (i appendInt) AppendText(b []byte) ([]byte, error) {
	return strconv.AppendInt(b, int64(i), 2), nil
}
func (i *appendInt) UnmarshalText(b []byte) error { return (*textInt)(i).UnmarshalText(b) }

func (p toPair) MarshalJSONTo(e *jsontext.Encoder) error {
	return e.WriteToken(jsontext.Int(int64(p.n)))
}
func (p *toPair) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	v, err := d.ReadValue()
	if err == nil {
		p.n, err = strconv.Atoi(string(v))
	}
	return err
}
func (p toPair) Equal(q toPair) bool { return p == q }

func (chanPair) MarshalJSON() ([]byte, error)    { return []byte("0"), nil }
func (c *chanPair) UnmarshalJSON(b []byte) error { *c = make(chanPair); return nil }
func (c chanPair) Equal(chanPair) bool           { return true }

func (funcPair) MarshalText() ([]byte, error)  { return nil, nil }
func (*funcPair) UnmarshalText(b []byte) error { return nil }
func (funcPair) Equal(funcPair) bool           { return true }

func (onlyMarshal) MarshalJSON() ([]byte, error)            { return []byte(`"x"`), nil }
func (onlyMarshalText) MarshalText() ([]byte, error)        { return []byte("low"), nil }
func (onlyMarshalString) MarshalText() ([]byte, error)      { return []byte("***"), nil }
func (u *onlyUnmarshal) UnmarshalJSON(b []byte) error       { return json.Unmarshal(b, (*one)(u)) }
func (u *onlyUnmarshalText) UnmarshalText(b []byte) error   { *u = onlyUnmarshalText(b); return nil }
func (u *onlyUnmarshalInt) UnmarshalText(b []byte) error    { return (*textInt)(u).UnmarshalText(b) }
func (u *onlyUnmarshalChan) UnmarshalJSON(b []byte) error   { return nil }
func (jsonThenText) MarshalJSON() ([]byte, error)           { return []byte("{}"), nil }
func (*jsonThenText) UnmarshalText([]byte) error            { return nil }
func (textThenJSON) MarshalText() ([]byte, error)           { return []byte("low"), nil }
func (*textThenJSON) UnmarshalJSON(b []byte) error          { return errors.New("not a number") }
func (redacted) MarshalJSON() ([]byte, error)               { return []byte(`"***"`), nil }
func (r *redacted) UnmarshalJSON(b []byte) error            { return json.Unmarshal(b, (*string)(r)) }
func (wrongSignature) MarshalJSON() string                  { return "" }
func (wrongSignature) UnmarshalJSON(string) error           { return nil }
func (wrongSignature) MarshalText(b []byte) ([]byte, error) { return b, nil }

func (o ownMarshal) MarshalJSON() ([]byte, error) { return json.Marshal([]any{o.Time, o.Zone}) }
func (o *ownUnmarshal) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&o.Time, &o.Zone})
}
func (o ownBoth) MarshalJSON() ([]byte, error)  { return json.Marshal([]any{o.Time, o.Zone}) }
func (o *ownBoth) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &[]any{&o.Time, &o.Zone}) }
func (o ownBoth) Equal(p ownBoth) bool          { return o.Zone == p.Zone && o.Time.Equal(p.Time) }

func (w Writes) MarshalJSON() ([]byte, error) { return json.Marshal(w.A) }
func (r *reads) UnmarshalJSON(b []byte) error { r.seen = string(b); return nil }

func init() {
	row("methods", pair{7})
	row("methods, slice of", []pair{{7}})
	row("methods, map of", map[string]pair{"a": {7}})
	row("methods, pointer to", &pair{7})
	row("methods that hide a chan", hiding{make(chan int), 7})
	row("methods that hide a chan, in a struct", struct{ H hiding }{hiding{make(chan int), 7}})
	row("methods of the pointer", ptrPair{7})
	row("methods of the pointer, wherever it stands", lister{[]ptrPair{{1}}, map[string]ptrPair{"a": {2}}, ptrPair{3}, &ptrPair{4}})
	row("methods for text", textPair{7})
	row[textInt]("methods for text on int")
	row[appendInt]("methods to append text")
	row("methods with encoder and decoder", toPair{7})
	row("methods on a chan", make(chanPair))
	row[funcPair]("methods on a func")
	row[wrongSignature]("methods with other signatures")
	row[onlyMarshal]("only MarshalJSON")
	row[*onlyMarshal]("only MarshalJSON, pointer to")
	row[onlyMarshalText]("only MarshalText on int")
	row[onlyMarshalString]("only MarshalText on string")
	row[onlyUnmarshal]("only UnmarshalJSON")
	row[onlyUnmarshalText]("only UnmarshalText on string")
	row[onlyUnmarshalInt]("only UnmarshalText on int")
	row[onlyUnmarshalChan]("only UnmarshalJSON on a struct with chan")
	row("MarshalJSON and UnmarshalText", jsonThenText{7})
	row[textThenJSON]("MarshalText and UnmarshalJSON")
	row[ownMarshal]("own MarshalJSON, UnmarshalJSON of what it embeds")
	row[ownUnmarshal]("MarshalJSON of what it embeds, own UnmarshalJSON")
	row[ownBoth]("own methods beside those of what it embeds", ownBoth{time.Now().UTC(), "UTC"})
	row[promotesHalf]("MarshalJSON of what it embeds, without UnmarshalJSON")
	row("MarshalJSON and UnmarshalJSON of different fields", embedsHalves{Writes: Writes{7}})
	row("methods of what it embeds", embedsPair{pair{7}})
	row("methods of a pointer that it embeds", embedsHiding{&hiding{n: 7}})
	row("interface that encodes", marshalerField{json.RawMessage("1")})
	row[byText]("map by text")
	row[byTextInt]("map by int with methods for text")
	row[byAppend]("map by int with a method to append text")
	row("map by what encodes itself as a number", byPair{pair{7}: 1})
	row[byHalf]("map by what has only MarshalText")
}
