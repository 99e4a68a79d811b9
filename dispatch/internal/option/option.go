// Package option has the rules that all options of this module follow: nil options are
// ignored, and values out of range are errors.
package option

import (
	"fmt"
	"reflect"
)

// Each applies opts in their order. It leaves out those that are nil, and returns the
// first error.
func Each[O any](opts []O, apply func(O) error) error {
	for _, o := range opts {
		if reflect.ValueOf(&o).Elem().IsNil() {
			continue
		}
		if err := apply(o); err != nil {
			return err
		}
	}
	return nil
}

// Positive sets dst to v, the value of the named option, which has to be more than 0.
func Positive[N ~int | ~int64](dst *N, name string, v N) error {
	if v <= 0 {
		return fmt.Errorf("the option %s is %v, want more than 0 (or leave it out)", name, v)
	}
	*dst = v
	return nil
}

// Given sets dst to v, the value of the named option, which has to be something.
func Given[T any](dst *T, name string, v T) error {
	if value := reflect.ValueOf(&v).Elem(); value.IsNil() {
		return fmt.Errorf("the option %s is nil (leave it out)", name)
	}
	*dst = v
	return nil
}
