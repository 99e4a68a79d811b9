// Package funcname holds the one rule for the names of dispatched functions.
//
// A function is named by the import path of its package, a dot and its own
// name: example.com/app/thumbs.makeThumb. Only a top-level function that is
// not generic has such a name; closures, methods and instances do not, since
// the name that the compiler gives them changes with the code around them.
//
// The package works on strings alone, so that the runtime, which knows a
// function by its symbol, and the analyzers, which know it by its type
// information, come to the same name by the same code.
package funcname

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLen is the longest name in bytes: Pub/Sub's limit for the value of an
// attribute, which carries the name over the wire.
const MaxLen = 1024

// The reasons for which a function has no name that both sides agree on. Each
// says what the function is and, in parentheses, the cure.
var (
	ErrMain        = errors.New("it is in package main, which the callee cannot import (move it to a package of its own)")
	ErrClosure     = errors.New("it is a function literal, whose name changes with the code around it (give it a name at the top level of a package)")
	ErrMethod      = errors.New("it is a method, which has no name of its own (register a top-level function that calls it)")
	ErrMethodValue = errors.New("it is a method value, which carries a receiver that does not travel (register a top-level function that calls it)")
	ErrGeneric     = errors.New("it is an instance of a generic function, whose name does not tell its type arguments (register a top-level function that calls it)")
	ErrReflect     = errors.New("it was made by package reflect and has no name (register a top-level function)")
	ErrSymbol      = errors.New("its symbol is not that of a top-level function (register a top-level function)")
)

// Join returns the name of the top-level function fn of the package with the
// import path pkg.
func Join(pkg, fn string) string { return pkg + "." + fn }

// Split is the inverse of [Join]. It reports false for a name that Join cannot
// have made, such as one given by dispatch.Name.
func Split(name string) (pkg, fn string, ok bool) {
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 || dot < strings.LastIndexByte(name, '/') || !isIdent(name[dot+1:]) {
		return "", "", false
	}
	return name[:dot], name[dot+1:], true
}

// Short returns the last element of the name, as Go code would write it:
// thumbs.makeThumb for example.com/app/thumbs.makeThumb.
func Short(name string) string {
	return name[strings.LastIndexByte(name, '/')+1:]
}

// FromSymbol returns the name of the function with the given symbol, as
// [runtime.Func.Name] has it, or one of the errors above.
//
// The linker writes the dots in the last element of an import path, and in all
// of it every byte that is not plain ASCII, as %xx
// (cmd/internal/objabi.PathToPrefix), so the first dot after the last slash
// ends the import path.
func FromSymbol(symbol string) (string, error) {
	slash := strings.LastIndexByte(symbolPath(symbol), '/') + 1
	last, fn, ok := strings.Cut(symbol[slash:], ".")
	if !ok {
		return "", ErrSymbol
	}
	pkg, err := unescape(symbol[:slash] + last)
	if err != nil || pkg == "" {
		return "", ErrSymbol
	}
	if err := checkFunc(pkg, fn); err != nil {
		return "", err
	}
	return Join(pkg, fn), nil
}

// symbolPath cuts off what may hold slashes of its own: type arguments, and
// the receiver of a method of a generic type.
func symbolPath(symbol string) string {
	if i := strings.IndexAny(symbol, "[("); i >= 0 {
		return symbol[:i]
	}
	return symbol
}

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

// isClosure reports whether one of the elements that follow the first is what
// the compiler calls a function literal: func1, or a number inside another.
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

// Check reports why name cannot travel as the name of a function, or nil. It
// is the rule for names given by hand; those of [FromSymbol] meet it unless
// they are too long.
func Check(name string) error {
	switch {
	case name == "":
		return errors.New("the name is empty (give one, such as example.com/app/mail.send)")
	case len(name) > MaxLen:
		return fmt.Errorf("the name has %d bytes; Pub/Sub's attributes hold %d (pin a shorter one with dispatch.Name)", len(name), MaxLen)
	case !utf8.ValidString(name):
		return errors.New("the name is not valid UTF-8 (use letters, digits and punctuation)")
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }):
		return errors.New("the name holds a space or a character that does not print (leave it out)")
	}
	return nil
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
