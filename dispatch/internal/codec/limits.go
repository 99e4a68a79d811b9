package codec

import (
	"fmt"
	"reflect"
)

// Limits are the limits for the arguments of a call. A small message can need much
// memory: {} and a comma in an array, three bytes, become an element of any size.
type Limits struct {
	Memory int64 // bytes of the decoded arguments, by estimate
	Depth  int   // of arrays and objects, including the array of the arguments
}

// MaxDepth limits the nesting of JSON. It is the limit of jsontext and of protojson.
const MaxDepth = 10_000

// TooDeep is the error for JSON that is nested more deeply than MaxDepth.
var TooDeep = fmt.Sprintf("it is nested more than %d deep, or has a cycle (flatten it)", MaxDepth)

// Default holds the limits of callers.
var Default = Limits{Memory: 32 << 20, Depth: MaxDepth}

// Check returns an error if the arguments in data exceed the limits of callers. Decode
// reports other mistakes in data.
func (s *Signature) Check(data []byte) error {
	_, err := s.Measure(data, Default, Default.Memory)
	return err
}

// Measure returns an error if the arguments in data exceed l, and otherwise an estimate
// of the memory that they need, in bytes. If the estimate by length alone is at most
// enough, Measure returns that, because it is faster.
func (s *Signature) Measure(data []byte, l Limits, enough int64) (total int64, err error) {
	s.prepare()
	if bound := s.Bound(len(data)); bound <= min(enough, l.Memory) && l.Depth >= MaxDepth && (len(data) <= maxDigits || !s.digits) && !s.exponents {
		return bound, nil // the decoder enforces the depth
	}
	var few [8][]byte
	if elems, ok := splitInto(few[:0], data, len(s.params)); ok {
		for i, elem := range elems {
			if err = s.params[i].measure(elem, l, &total); err != nil {
				break
			}
		}
		return total, err
	}
	i := 0
	_ = split(data, func(elem []byte) error {
		if i == len(s.params) {
			return nil
		}
		i++
		err = s.params[i-1].measure(elem, l, &total)
		return err
	})
	return total, err
}

// measure adds the memory that elem needs to total. It returns an error if elem, or the
// total, exceeds l.
func (p *param) measure(elem []byte, l Limits, total *int64) error {
	m := MeasureOf(elem)
	*total += p.cost.of(m, len(elem))
	if p.cost.exponents {
		*total += exponents(elem)
	}
	switch {
	case m.Depth >= l.Depth: // plus one for the array of the arguments
		return fmt.Errorf("argument %d (%v) is nested more than %d deep (flatten it)", p.index, p.typ, l.Depth)
	case p.cost.digits && hasDigits(elem, maxDigits), p.needs.message && hasNumber(elem, maxDigits):
		return fmt.Errorf("argument %d (%v) has more than %d digits in a row (send such a number as []byte)", p.index, p.typ, maxDigits)
	case *total > l.Memory:
		return fmt.Errorf("argument %d (%v) makes the arguments need more than %d bytes of memory (store the data and pass a reference)", p.index, p.typ, l.Memory)
	}
	return nil
}

// Bound returns an estimate of the most memory that the arguments in n bytes of JSON
// need, in bytes.
func (s *Signature) Bound(n int) int64 {
	s.prepare()
	var size, ratio, level int64
	for i := range s.params {
		c := &s.params[i].cost
		size += c.size
		// Two elements take at least three bytes of JSON, [] and a comma. An object
		// takes three, {} and a comma. A member takes five, "":0 and a comma.
		ratio = max(ratio, c.text+2*c.element/3+c.object/3+c.member/5)
		level = max(level, c.level)
	}
	return size + int64(n)*(ratio+1) + min(int64(n)/2, MaxDepth)*level // a level takes two bytes, [ and ]
}

// A cost estimates the memory that the values of a type need, in bytes, for each part
// of their JSON.
type cost struct {
	size    int64 // of the value itself
	element int64 // of each element of an array
	object  int64 // of each object
	member  int64 // of each member of an object
	text    int64 // of each byte of JSON
	level   int64 // of each level of nesting, on the stack; 0 if the type limits the levels
	digits  bool  // there are numbers whose decoding time is quadratic in their digits

	exponents bool // there are numbers that take one byte for each unit of their exponent
}

// of returns the memory for n bytes of JSON with the parts m.
func (c *cost) of(m Measure, n int) int64 {
	return c.size + int64(n)*c.text + int64(m.Depth)*c.level + int64(m.Elements)*c.element + int64(m.Objects)*c.object + int64(m.Members)*c.member
}

const (
	nameCost       = 64      // of a member's name, which the decoder keeps to detect duplicates
	mapCost        = 56      // of a map's header and of the control word of its first group
	groupSlots     = 8       // entries that a map allocates at a time
	boxCost        = 24      // of the value in an interface, besides objects and elements
	messageCost    = 512     // of a message, whose fields may be hidden
	levelCost      = 1 << 10 // of a level, on the stack of the decoder; 840 bytes were measured
	levelOfMessage = 4 << 10 // of a level, on the stack of protojson; 3.4 KB were measured
	zoneCost       = 144     // of the zone of a time
	pathCost       = 24      // of each byte of a field mask, whose paths are a comma apart
)

// costOf returns the cost of t. Message reports whether it reaches a protobuf message.
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

// A walker collects the largest size of each kind of part of a type.
type walker struct {
	seen                            map[reflect.Type]bool
	element, entry, object, pointee int64
	deep                            bool // it contains itself or an interface
	paths                           bool // it contains a field mask
	digits                          bool // it contains a number of math/big
	exponents                       bool // it contains a big.Rat
}

// walk adds t and the types in it.
func (w *walker) walk(t reflect.Type) {
	if w.seen[t] {
		w.deep = w.deep || t.Kind() == reflect.Struct // either it contains itself, or it occurs twice
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
	case reflect.Interface: // decoded like an any
		w.deep = true
		w.pointee = max(w.pointee, boxCost)
		w.walk(reflect.TypeFor[map[string]any]())
		w.walk(reflect.TypeFor[[]any]())
	case reflect.Struct:
		if t == timeType {
			w.pointee = max(w.pointee, zoneCost)
			return
		}
		w.digits = w.digits || t.PkgPath() == "math/big"
		w.exponents = w.exponents || t.PkgPath() == "math/big" && t.Name() == "Rat"
		w.paths = w.paths || t.PkgPath() == "google.golang.org/protobuf/types/known/fieldmaskpb"
		for i := range t.NumField() {
			w.walk(t.Field(i).Type)
		}
	}
}
