// Package option implements the rules for all options of this module: a nil option is
// ignored, and a value out of range is an error.
package option

import (
	"fmt"
	"reflect"
)

// Each applies opts in their order. It skips nil options, and returns the first error.
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

// Must panics if err is not nil. The text begins with pkg, the name of the package.
// Must is for constructors that return no error.
func Must(pkg string, err error) {
	if err != nil {
		panic(fmt.Errorf("%s: %w", pkg, err))
	}
}

// Positive sets dst to v, the value of the named option, which must be more than 0.
func Positive[N ~int | ~int64](dst *N, name string, v N) error {
	if v <= 0 {
		return fmt.Errorf("the option %s is %v, want more than 0 (or leave it out)", name, v)
	}
	*dst = v
	return nil
}

// Between sets dst to v, the value of the named option. It must be 1 to most.
func Between(dst *int, name string, v, most int) error {
	if v < 1 || v > most {
		return fmt.Errorf("the option %s is %d, want 1 to %d (or leave it out)", name, v, most)
	}
	*dst = v
	return nil
}

// AtLeast sets dst to v, the value of the named option, which must be at least least.
func AtLeast[N ~int | ~int64](dst *N, name string, v, least N) error {
	if v < least {
		return fmt.Errorf("the option %s is %v, want at least %v (or leave it out)", name, v, least)
	}
	*dst = v
	return nil
}

// NotEmpty sets dst to v, the value of the named option, which must not be empty.
func NotEmpty(dst *string, name, v string) error {
	if v == "" {
		return fmt.Errorf("the option %s is empty (leave it out)", name)
	}
	*dst = v
	return nil
}

// Set sets dst to v, the value of the named option, which must not be nil.
func Set[T any](dst *T, name string, v T) error {
	if err := notNil(name, v); err != nil {
		return err
	}
	*dst = v
	return nil
}

// Append appends to dst the values of the named option. No value may be nil.
func Append[T any](dst *[]T, name string, values ...T) error {
	if err := notNil(name, values...); err != nil {
		return err
	}
	*dst = append(*dst, values...)
	return nil
}

// notNil returns an error if one of the values of the named option is nil.
func notNil[T any](name string, values ...T) error {
	for i := range values {
		if reflect.ValueOf(&values[i]).Elem().IsNil() {
			return fmt.Errorf("the option %s is nil (leave it out)", name)
		}
	}
	return nil
}
