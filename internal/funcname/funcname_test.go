package funcname_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/internal/funcname"
)

func TestFromSymbol(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		symbol, want string
		err          error
	}{
		{"example.com/app/thumbs.makeThumb", "example.com/app/thumbs.makeThumb", nil},
		{"thumbs.Make", "thumbs.Make", nil},
		{"example.com/app/x%2ev3.F", "example.com/app/x.v3.F", nil},
		{"example%2ecom.F", "example.com.F", nil},
		{"example.com/app/v2.F", "example.com/app/v2.F", nil},
		{"example.com/a%2eb%2Ec.F", "example.com/a.b.c.F", nil},
		{"example.com/app/100%25.F", "example.com/app/100%.F", nil},
		{"example.com/%c3%a9/%c3%a9.F", "example.com/é/é.F", nil},
		{"example.com/app.Größe", "example.com/app.Größe", nil},
		{"example.com/app.x_1", "example.com/app.x_1", nil},
		{"example.com/app._", "example.com/app._", nil},
		{"example.com/main.F", "example.com/main.F", nil},
		{"example.com/reflect.makeFuncStub", "example.com/reflect.makeFuncStub", nil},
		{"example.com/app.func1", "example.com/app.func1", nil}, // a valid name at the top level
		{"example.com/app/" + strings.Repeat("x", 2000) + ".F", "example.com/app/" + strings.Repeat("x", 2000) + ".F", nil},

		{"main.F", "", funcname.ErrMain},

		{"example.com/app.F.func1", "", funcname.ErrClosure},
		{"example.com/app.F.func1.2", "", funcname.ErrClosure},
		{"example.com/app.F.func1.G.func2.3", "", funcname.ErrClosure},
		{"example.com/app.init.func1", "", funcname.ErrClosure},
		{"example.com/app.init.0.func1", "", funcname.ErrClosure},
		{"example.com/app.glob..func1", "", funcname.ErrClosure},
		{"example.com/app.F.gowrap1", "", funcname.ErrClosure},
		{"example.com/app.F-range1", "", funcname.ErrSymbol},
		{"example.com/app.F.G-range1", "", funcname.ErrClosure},
		{"main.main.func1", "", funcname.ErrClosure},

		{"example.com/app.T.M", "", funcname.ErrMethod},
		{"example.com/app.(*T).M", "", funcname.ErrMethod},
		{"main.(*T).M", "", funcname.ErrMethod},

		{"example.com/app.T.M-fm", "", funcname.ErrMethodValue},
		{"example.com/app.(*T).M-fm", "", funcname.ErrMethodValue},
		{"example.com/app.G[...].M-fm", "", funcname.ErrMethodValue},

		{"example.com/app.F[...]", "", funcname.ErrGeneric},
		{"example.com/app.F[go.shape.int]", "", funcname.ErrGeneric},
		{"example.com/app.F[example.com/b/c.T]", "", funcname.ErrGeneric},
		{"example.com/app.G[...].M", "", funcname.ErrGeneric},
		{"example.com/app.F[...].func1", "", funcname.ErrGeneric},

		{"reflect.makeFuncStub", "", funcname.ErrReflect},
		{"reflect.methodValueCall", "", funcname.ErrReflect},

		{"", "", funcname.ErrSymbol},
		{"F", "", funcname.ErrSymbol},
		{".F", "", funcname.ErrSymbol},
		{"example.com/app", "", funcname.ErrSymbol},
		{"example.com/app.", "", funcname.ErrSymbol},
		{"example.com/app.1F", "", funcname.ErrSymbol},
		{"example.com/app.a-b", "", funcname.ErrSymbol},
		{"example.com/app.a b", "", funcname.ErrSymbol},
		{"example.com/app.\xff", "", funcname.ErrSymbol},
		{"example.com/app%2.F", "", funcname.ErrSymbol},
		{"example.com/app%.F", "", funcname.ErrSymbol},
		{"example.com/app%zz.F", "", funcname.ErrSymbol},
		{"example%zz.com/app.F", "", funcname.ErrSymbol},
		{"example.com/app%+f.F", "", funcname.ErrSymbol},
	} {
		got, err := funcname.FromSymbol(tt.symbol)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("FromSymbol(%q) = %q, %v, want %q, %v", tt.symbol, got, err, tt.want, tt.err)
		}
	}
}

// The reason is part of the messages of Register and dispatchvet: one line, the
// fact, then the remedy in parentheses.
func TestReasons(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		funcname.ErrMain, funcname.ErrClosure, funcname.ErrMethod, funcname.ErrMethodValue,
		funcname.ErrGeneric, funcname.ErrReflect, funcname.ErrSymbol,
		funcname.Check(""), funcname.Check("a b"), funcname.Check("\xff"), funcname.Check(strings.Repeat("x", 1025)),
	} {
		text := err.Error()
		if strings.Contains(text, "\n") || !strings.HasSuffix(text, ")") || !strings.Contains(text, " (") {
			t.Errorf("reason %q, want one line that ends in a remedy in parentheses", text)
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, pkg, fn string
		ok            bool
	}{
		{"example.com/app/thumbs.makeThumb", "example.com/app/thumbs", "makeThumb", true},
		{"thumbs.Make", "thumbs", "Make", true},
		{"example.com/x.v3.F", "example.com/x.v3", "F", true},
		{"example.com.F", "example.com", "F", true},
		{"example.com/app.Größe", "example.com/app", "Größe", true},
		{"", "", "", false},
		{"F", "", "", false},
		{".F", "", "", false},
		{"app.", "", "", false},
		{"example.com/app", "", "", false}, // its only dot is in the path
		{"example.com/app.a-b", "", "", false},
		{"example.com/app.1", "", "", false},
	} {
		pkg, fn, ok := funcname.Split(tt.name)
		if pkg != tt.pkg || fn != tt.fn || ok != tt.ok {
			t.Errorf("Split(%q) = %q, %q, %v, want %q, %q, %v", tt.name, pkg, fn, ok, tt.pkg, tt.fn, tt.ok)
		}
		if ok && funcname.Join(pkg, fn) != tt.name {
			t.Errorf("Join(Split(%q)) = %q, want the name again", tt.name, funcname.Join(pkg, fn))
		}
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"example.com/app/thumbs.makeThumb": "thumbs.makeThumb",
		"thumbs.makeThumb":                 "thumbs.makeThumb",
		"example.com/x.v3.F":               "x.v3.F",
		"pinned":                           "pinned",
		"":                                 "",
	} {
		if got := funcname.Short(name); got != want {
			t.Errorf("Short(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		want string // in the error; empty for none
	}{
		{"example.com/app.F", ""},
		{"anything-else/that:prints", ""},
		{"größe", ""},
		{strings.Repeat("x", funcname.MaxLen), ""},
		{strings.Repeat("x", funcname.MaxLen+1), "the name has 1025 bytes: Pub/Sub attributes hold 1024"},
		{strings.Repeat("é", funcname.MaxLen/2+1), "the name has 1026 bytes"}, // bytes count, not letters
		{"", "the name is empty"},
		{"a b", "a space or a character that does not print"},
		{"a\u00a0b", "a space or a character that does not print"},
		{"a\nb", "a space or a character that does not print"},
		{"a\x00b", "a space or a character that does not print"},
		{"a\u0085b", "a space or a character that does not print"},
		{"a\u200bb", "a space or a character that does not print"},
		{"a\u202eb", "a space or a character that does not print"},
		{"a\xffb", "not valid UTF-8"},
	} {
		err := funcname.Check(tt.name)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("Check(%.40q) = %v, want an error with %q", tt.name, err, tt.want)
		}
	}
}
