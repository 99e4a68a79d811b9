package codec_test

import (
	"context"
	"math/big"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/structpb"
)

// TestCheck_digits: the digits of a number of math/big are limited, in every way to
// write it. Other text is not limited, unless it has as many digits in a row.
func TestCheck_digits(t *testing.T) {
	t.Parallel()
	type hidden struct{ value *big.Int } // as in a decimal type
	type record struct {
		N    *big.Int
		Text string
	}
	const limit = 64 << 10
	fns := map[string]any{
		"pointer":  func(context.Context, *big.Int) error { return nil },
		"value":    func(context.Context, big.Int) error { return nil },
		"rational": func(context.Context, *big.Rat) error { return nil },
		"float":    func(context.Context, *big.Float) error { return nil },
		"record":   func(context.Context, record) error { return nil },
		"slice":    func(context.Context, []*big.Int) error { return nil },
		"map":      func(context.Context, map[string]big.Int) error { return nil },
		"variadic": func(context.Context, ...*big.Int) error { return nil },
		"hidden":   func(context.Context, *hidden) error { _ = hidden{}.value; return nil },
	}
	digits := func(n int) string { return strings.Repeat("7", n) }
	for name, fn := range fns {
		s := signatureOf(t, fn)
		for form, c := range map[string]struct {
			args string
			ok   bool
		}{
			"at the limit":     {"[" + digits(limit) + "]", true},
			"over it":          {"[" + digits(limit+1) + "]", false},
			"negative":         {"[-" + digits(limit+1) + "]", false},
			"in a string":      {`["` + digits(limit+1) + `"]`, false},
			"with a point":     {`["` + digits(limit/2) + "." + digits(limit/2+1) + `"]`, false},
			"with underscores": {`["` + strings.Repeat("7_", limit+1) + `"]`, false},
			"escaped":          {`["` + strings.Repeat(`\u0037`, limit+1) + `"]`, false},
			"nested":           {`[{"a":[1,` + digits(limit+1) + "]}]", false},
			"others beside it": {`[{"Text":"` + strings.Repeat("text 123 ", limit) + `","N":12}]`, true},
			"many small ones":  {"[[" + strings.Repeat("123,", 10_000) + "1]]", true},
		} {
			err := s.Check([]byte(c.args))
			if (err == nil) != c.ok || err != nil && !strings.Contains(err.Error(), "has more than 65536 digits in a row (send such a number as []byte)") {
				t.Errorf("%s, %s: Check = %v, want it to pass: %v", name, form, err, c.ok)
			}
		}
	}
	message := signatureOf(t, func(context.Context, *structpb.Struct) error { return nil })
	for args, ok := range map[string]bool{
		`[{"a":` + digits(limit) + "}]":       true,
		`[{"a":` + digits(limit+1) + "}]":     false,
		`[{"a":[1,-` + digits(limit) + "]}]":  false,
		`[{"a":1e` + digits(limit) + "}]":     false,
		`[{"a":"\"` + digits(limit+1) + `"}]`: true, // a text there
		`[{"` + digits(limit+1) + `":1.5}]`:   true,
	} {
		if err := message.Check([]byte(args)); (err == nil) != ok {
			t.Errorf("a message, %.20s…: Check = %v, want it to pass: %v", args, err, ok)
		}
	}
	if err := signatureOf(t, func(context.Context, string) error { return nil }).Check([]byte(`["` + digits(1<<20) + `"]`)); err != nil {
		t.Errorf("digits of a text: %v, want them to pass", err)
	}
}

// TestCheck_exponents: the memory of a rational number grows with its exponent.
func TestCheck_exponents(t *testing.T) {
	t.Parallel()
	rationals := signatureOf(t, func(context.Context, []*big.Rat) error { return nil })
	floats := signatureOf(t, func(context.Context, []*big.Float) error { return nil })
	for text, ok := range map[string]bool{
		`"1e999999"`: false, `"1E+999999"`: false, `"1e-999999"`: false, `"1.5p999999"`: false, `"1e9_9_9_9_9_9"`: false, `1e999999`: false, `"7.e1000001"`: false,
		`"1e9"`: true, `"1/3"`: true, `"12345678901234567890"`: true, `"1e+99"`: true,
	} {
		args := []byte(list(text, 1000))
		if err := rationals.Check(args); (err == nil) != ok {
			t.Errorf("1000 rationals %s: Check = %v, want it to pass: %v", text, err, ok)
		}
		if err := floats.Check(args); err != nil {
			t.Errorf("1000 floats %s: Check = %v, want them to pass", text, err)
		}
	}
	if err := rationals.Check([]byte(list(`"1e999999"`, 10))); err != nil {
		t.Errorf("ten rationals of a million digits: Check = %v, want them to pass", err)
	}
}
