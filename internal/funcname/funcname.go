// Package funcname holds the one rule for the names of dispatched functions.
//
// A function is named by the import path of its package, a dot and its own
// name: example.com/app/thumbs.makeThumb. Only a top-level function that is
// not generic has such a name. Closures, methods and instances do not: the
// compiler's name for them changes with the code around them.
//
// The package works on strings only. The runtime knows a function by its symbol
// and the analyzers know it by its type information, and both use this code to
// find its name.
package funcname

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLen is the maximum length of a name in bytes. It is Pub/Sub's limit for the
// value of an attribute, and an attribute carries the name on the wire.
const MaxLen = 1024

// The reasons why a function has no name that both sides agree on. Each describes
// the function and, in parentheses, the remedy.
var (
	ErrMain        = errors.New("it is in package main, which the callee cannot import (move it to a package of its own)")
	ErrClosure     = errors.New("it is a function literal, whose name changes with the code around it (give it a name at the top level of a package)")
	ErrMethod      = errors.New("it is a method, which has no name of its own (register a top-level function that calls it)")
	ErrMethodValue = errors.New("it is a method value, whose receiver is not sent with a call (register a top-level function that calls it on a value that dispatch.OnStart opens in the callee: docs/services.md)")
	ErrGeneric     = errors.New("it is an instance of a generic function, whose name does not include its type arguments (register a top-level function that calls it)")
	ErrReflect     = errors.New("it was made by package reflect and has no name (register a top-level function)")
	ErrSymbol      = errors.New("its symbol does not name a top-level function (register a top-level function)")
)

// Join returns the name of the top-level function fn of the package with the
// import path pkg.
func Join(pkg, fn string) string { return pkg + "." + fn }

// Split is the inverse of [Join]. It reports false for a name that Join cannot
// have produced, such as a name set with dispatch.Name.
func Split(name string) (pkg, fn string, ok bool) {
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 || dot < strings.LastIndexByte(name, '/') || !isIdent(name[dot+1:]) {
		return "", "", false
	}
	return name[:dot], name[dot+1:], true
}

// Short returns the last element of the name, as it is written in Go code:
// thumbs.makeThumb for example.com/app/thumbs.makeThumb.
func Short(name string) string {
	return name[strings.LastIndexByte(name, '/')+1:]
}

// FromSymbol returns the name of the function with the given symbol, as returned
// by [runtime.Func.Name], or one of the errors above.
//
// In an import path, the linker writes as %xx each dot in the last element and
// each byte that is not plain ASCII (cmd/internal/objabi.PathToPrefix). So the
// first dot after the last slash ends the import path.
func FromSymbol(symbol string) (string, error) {
	pkg, fn := split(symbol)
	if pkg == "" {
		return "", ErrSymbol
	}
	if err := checkFunc(pkg, fn); err != nil {
		return "", err
	}
	return Join(pkg, fn), nil
}

// PackageOf returns the import path in the symbol of a function, which need not have a
// name, or "".
func PackageOf(symbol string) string {
	pkg, _ := split(symbol)
	return pkg
}

// split returns the import path in a symbol and the rest, or "" if it has none.
func split(symbol string) (pkg, fn string) {
	slash := strings.LastIndexByte(symbolPath(symbol), '/') + 1
	last, fn, ok := strings.Cut(symbol[slash:], ".")
	if !ok {
		return "", ""
	}
	pkg, err := unescape(symbol[:slash] + last)
	if err != nil {
		return "", ""
	}
	return pkg, fn
}

// symbolPath returns the symbol up to its type arguments, or to the receiver of a
// method. Both may contain slashes that do not belong to the import path.
func symbolPath(symbol string) string {
	if i := strings.IndexAny(symbol, "[("); i >= 0 {
		return symbol[:i]
	}
	return symbol
}

// checkFunc returns the reason why fn, the rest of a symbol after the import
// path, is not a top-level function, or nil.
func checkFunc(pkg, fn string) error {
	switch {
	case pkg == "reflect" && (fn == "makeFuncStub" || fn == "methodValueCall"):
		return ErrReflect
	case strings.HasSuffix(fn, "-fm"):
		return ErrMethodValue
	case strings.Contains(fn, "["):
		return ErrGeneric
	case strings.HasPrefix(fn, "("):
		return ErrMethod
	case isClosure(fn):
		return ErrClosure
	case strings.Contains(fn, "."):
		return ErrMethod
	case !isIdent(fn):
		return ErrSymbol
	case pkg == "main":
		return ErrMain
	}
	return nil
}

// isClosure reports whether an element after the first is the compiler's name of
// a function literal: func1, or only a number for a literal inside another one.
func isClosure(fn string) bool {
	_, rest, ok := strings.Cut(fn, ".")
	if !ok {
		return false
	}
	for elem := range strings.SplitSeq(rest, ".") {
		n := strings.TrimPrefix(strings.TrimPrefix(elem, "gowrap"), "func")
		if n != elem && n != "" && strings.Trim(n, "0123456789") == "" || strings.Contains(elem, "-range") {
			return true
		}
	}
	return false
}

// unescape undoes the linker's %xx.
func unescape(s string) (string, error) {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(s, "%")
		b.WriteString(before)
		if !ok {
			return b.String(), nil
		}
		if len(after) < 2 {
			return "", ErrSymbol
		}
		c, err := strconv.ParseUint(after[:2], 16, 8)
		if err != nil {
			return "", ErrSymbol
		}
		b.WriteByte(byte(c))
		s = after[2:]
	}
}

// Check returns an error if name is not valid as the name of a function on the
// wire. It is the rule for names that users choose. Names returned by [FromSymbol]
// are valid unless they are too long.
func Check(name string) error {
	switch {
	case name == "":
		return errors.New("the name is empty (use a name such as example.com/app/mail.send)")
	case len(name) <= MaxLen && isGraphicASCII(name):
		return nil // nearly every name
	case len(name) > MaxLen:
		return fmt.Errorf("the name has %d bytes: Pub/Sub attributes hold %d (set a shorter name with dispatch.Name)", len(name), MaxLen)
	case !utf8.ValidString(name):
		return errors.New("the name is not valid UTF-8 (use letters, digits and punctuation)")
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }):
		return errors.New("the name contains a space or a character that does not print (remove it)")
	}
	return nil
}

// isGraphicASCII reports whether s has only ASCII that prints, without spaces.
func isGraphicASCII(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// isIdent reports whether s is a Go identifier (go/token.IsIdentifier, without
// the go/* packages that must not reach a deployed function).
func isIdent(s string) bool {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return s != ""
}
