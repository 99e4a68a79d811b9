package codec

import (
	"fmt"
	"reflect"
)

// Limits are how much the arguments of a call may be. A small message can become
// large: three bytes, {}, in an array, are an element of any size.
type Limits struct {
	Memory int64 // bytes that they may need when they are decoded, by estimate
	Depth  int   // of the JSON's arrays and objects, that of the arguments included
}

// Default is the limit of callers.
var Default = Limits{Memory: 32 << 20, Depth: maxDepth}

// Check returns an error if the arguments in data exceed the limit of callers. It does
// not report other mistakes in data, which Decode does.
func (s *Signature) Check(data []byte) error {
	_, err := s.Measure(data, Default, Default.Memory)
	return err
}

// Measure returns an error if the arguments in data exceed l, and otherwise an estimate
// of the memory that they need, in bytes. If the estimate by their length alone is at
// most enough, it is returned.
func (s *Signature) Measure(data []byte, l Limits, enough int64) (total int64, err error) {
	if bound := s.Bound(len(data)); bound <= min(enough, l.Memory) && l.Depth >= maxDepth && (len(data) <= maxDigits || !s.digits) && !s.exponents {
		return bound, nil // the decoder has that depth
	}
	i := 0
	_ = split(data, func(elem []byte) error {
		if i == len(s.params) {
			return nil
		}
		p := &s.params[i]
		m := MeasureOf(elem)
		total += p.cost.of(m, len(elem))
		if p.cost.exponents {
			total += exponents(elem)
		}
		switch {
		case m.Depth >= l.Depth: // with the array of the arguments, one more
			err = fmt.Errorf("argument %d (%v) is nested more than %d deep (send it flatter)", p.index, p.typ, l.Depth)
		case p.cost.digits && hasDigits(elem, maxDigits), p.proto && hasNumber(elem, maxDigits):
			err = fmt.Errorf("argument %d (%v) has more than %d digits in a row (send such a number as []byte)", p.index, p.typ, maxDigits)
		case total > l.Memory:
			err = fmt.Errorf("argument %d (%v) takes the arguments over %d bytes of memory (store the data and send where it is)", p.index, p.typ, l.Memory)
		}
		i++
		return err
	})
	return total, err
}

// Bound returns how many bytes of memory the arguments in n bytes of JSON need at
// most, by estimate.
func (s *Signature) Bound(n int) int64 {
	var size, ratio, level int64
	for i := range s.params {
		c := &s.params[i].cost
		size += c.size
		// Two elements take three bytes, [] and a comma; an object as many, {} and
		// a comma; a member five, "":0 and a comma.
		ratio = max(ratio, c.text+2*c.element/3+c.object/3+c.member/5)
		level = max(level, c.level)
	}
	return size + int64(n)*(ratio+1) + min(int64(n)/2, maxDepth)*level // which takes two bytes, [ and ]
}

// A cost is how much memory the values of a type need, in bytes, besides the text
// of strings, by what they are made of.
type cost struct {
	size    int64 // of itself
	element int64 // of each element of an array
	object  int64 // of each object
	member  int64 // of each member of an object
	text    int64 // of each byte of JSON
	level   int64 // of each level of nesting, on the stack; 0 if the type has few
	digits  bool  // it has numbers whose decoding takes the square of their digits

	exponents bool // it has numbers that take as many bytes as their exponents say
}

func (c *cost) of(m Measure, n int) int64 {
	return c.size + int64(n)*c.text + int64(m.Depth)*c.level + int64(m.Elements)*c.element + int64(m.Objects)*c.object + int64(m.Members)*c.member
}

const (
	nameCost       = 64      // of a member's name, which the decoder keeps to find it twice
	mapCost        = 56      // of a map's header and of the control word of its first group
	groupSlots     = 8       // entries for which a map makes room at once
	boxCost        = 24      // of what an interface holds, besides objects and elements
	messageCost    = 512     // of a message, whose fields may be hidden
	levelCost      = 1 << 10 // of a level, on the stack of the decoder; measured, 840 bytes
	levelOfMessage = 4 << 10 // and on that of protojson; measured, 3.4 KB
	pathCost       = 24      // of each byte of a field mask, whose paths are a comma apart
)

// costOf returns the costs of t.
func costOf(t reflect.Type, message bool) cost {
	w := walker{seen: make(map[reflect.Type]bool)}
	w.walk(t)
	c := cost{size: int64(t.Size()), text: 1}
	if w.deep {
		c.level = levelCost
	}
	if message {
		w.pointee, c.level = max(w.pointee, messageCost), levelOfMessage
	}
	if w.paths {
		c.text = pathCost
	}
	c.digits, c.exponents = w.digits, w.exponents
	c.element, c.object, c.member = w.element+w.pointee, w.object, nameCost+2*w.entry+w.pointee
	return c
}

// A walker collects the largest of what a type is made of.
type walker struct {
	seen                            map[reflect.Type]bool
	element, entry, object, pointee int64
	deep                            bool // it holds itself, or anything
	paths                           bool // it holds a field mask
	digits                          bool // it holds a number of math/big
	exponents                       bool // it holds a big.Rat
}

func (w *walker) walk(t reflect.Type) {
	if w.seen[t] {
		w.deep = w.deep || t.Kind() == reflect.Struct // or it is there twice
		return
	}
	w.seen[t] = true
	switch t.Kind() {
	case reflect.Slice:
		w.element = max(w.element, int64(t.Elem().Size()))
		w.walk(t.Elem())
	case reflect.Array:
		w.walk(t.Elem())
	case reflect.Pointer:
		w.pointee = max(w.pointee, int64(t.Elem().Size()))
		w.walk(t.Elem())
	case reflect.Map:
		entry := int64(t.Key().Size() + t.Elem().Size())
		w.entry = max(w.entry, entry)
		w.object = max(w.object, mapCost+groupSlots*entry)
		w.walk(t.Elem())
	case reflect.Interface: // an any, or what a decoder makes of it
		w.deep = true
		w.pointee = max(w.pointee, boxCost)
		w.walk(reflect.TypeFor[map[string]any]())
		w.walk(reflect.TypeFor[[]any]())
	case reflect.Struct:
		w.digits = w.digits || t.PkgPath() == "math/big"
		w.exponents = w.exponents || t.PkgPath() == "math/big" && t.Name() == "Rat"
		w.paths = w.paths || t.PkgPath() == "google.golang.org/protobuf/types/known/fieldmaskpb"
		for i := range t.NumField() {
			w.walk(t.Field(i).Type)
		}
	}
}
