// Package forms has functions that the compiler may treat specially.
package forms

import "context"

// Tiny is small enough to inline.
func Tiny(_ context.Context, n int) error { return nil }

// Use calls Tiny, which is inlined.
func Use() error { return Tiny(nil, 1) }

//go:noinline
func Whole(context.Context) error { return nil }

func unexported(context.Context) error { return nil }

// Unexported makes unexported available to other packages.
var Unexported = unexported

// Größe has a name that is not plain ASCII.
func Größe(context.Context) error { return nil }

func X_1(context.Context) error { return nil }
