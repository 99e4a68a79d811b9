package argtype

import (
	"fmt"
	"reflect"
	"strings"
)

// page is where the documentation shows how a callee opens its handles.
const page = "docs/services.md"

// open is the remedy for a handle, which %s describes.
const open = "open %s in the callee, in dispatch.OnStart, and keep it in a package variable: " + page

// foreignRemedy returns the remedy for t, a type that the user cannot change, in which
// something does not survive.
func foreignRemedy(t Type) string {
	remedy, ok := remedies[t.PkgPath()+"."+t.Name()]
	if !ok {
		remedy, ok = remedies[t.Name()]
	}
	const data = "send a struct of your own with the fields that the callee needs"
	switch {
	case isSync(t):
		return lockRemedy
	case ok:
		return remedy
	case t.Kind() == reflect.Interface:
		return interfaceRemedy(t)
	case t.Kind() == reflect.Func || t.Kind() == reflect.Chan || t.Kind() == reflect.UnsafePointer:
		return processRemedy
	case isOldMessage(t):
		return fmt.Sprintf("%v is a message of an old generator: generate it with google.golang.org/protobuf, or send its encoding as []byte", t)
	case !isHandle(t):
		return fmt.Sprintf("the type %v is of package %s: %s", t, t.PkgPath(), data)
	case t.Kind() == reflect.Struct && isMostlyData(t):
		return fmt.Sprintf("%s; if it is a handle, "+open, data, "it")
	case t.Kind() == reflect.Struct && hasExported(t):
		return fmt.Sprintf(open+"; if you need only its data, %s", "the "+t.String(), data)
	default:
		return fmt.Sprintf(open, "the "+t.String())
	}
}

const (
	lockRemedy    = `it is for the goroutines of one process: tag it json:"-", or keep it in a package variable of the callee: ` + page
	processRemedy = "it is valid in this process only: send the data that it represents, or make it in the callee, in dispatch.OnStart, and keep it in a package variable: " + page
)

// Remedies for types of libraries that live too short for dispatch.OnStart, or are only
// data, by their full names or by names that many libraries use.
const (
	requestRemedy = "it ends with the request that it belongs to: send the data that the callee needs"
	bytesRemedy   = "send its bytes, or the name of a file or object that the callee can read"
	cursorRemedy  = "it ends in this process: open the database in the callee, in dispatch.OnStart, and keep it in a package variable: " + page
	timerRemedy   = "send the time or the duration"
)

var remedies = map[string]string{
	"context.Context": "leave it out: the function gets a context of its own",
	"Context":         requestRemedy, "Ctx": requestRemedy, "Request": requestRemedy, "Response": requestRemedy, "ResponseWriter": requestRemedy,
	"io.Reader": bytesRemedy, "io.ReadCloser": bytesRemedy, "io.ReadSeeker": bytesRemedy, "io.ReaderAt": bytesRemedy, "bufio.Reader": bytesRemedy,
	"bytes.Reader": bytesRemedy, "strings.Reader": bytesRemedy, "os.File": bytesRemedy, "io/fs.File": bytesRemedy,
	"bytes.Buffer": bytesRemedy, "strings.Builder": bytesRemedy, "mime/multipart.File": bytesRemedy, "mime/multipart.FileHeader": bytesRemedy,
	"Tx": cursorRemedy, "Rows": cursorRemedy, "Row": cursorRemedy, "Stmt": cursorRemedy,
	"time.Timer": timerRemedy, "time.Ticker": timerRemedy,
}

// interfaceRemedy returns the remedy for an interface with methods.
func interfaceRemedy(t Type) string {
	const concrete = "use a concrete type"
	switch name := t.PkgPath() + "." + t.Name(); {
	case name == ".error":
		return "send its text, or " + concrete
	case name == "google.golang.org/protobuf/reflect/protoreflect.ProtoMessage":
		return "use a generated message"
	case name == "fmt.Stringer" || strings.HasPrefix(t.PkgPath(), "encoding"):
		return concrete
	default:
		return fmt.Sprintf(open+"; if it is data, "+concrete, "it")
	}
}

// ownRemedy returns the remedy for t, a struct type of the user's, of which data is the
// remedy if its values are data.
func ownRemedy(t Type, data string) string {
	if isHandle(t) {
		return fmt.Sprintf(open+"; if it is data, %s", "the "+t.String(), data)
	}
	return data
}

// isHandle reports whether a value of t may stand for something in its process, such as a
// connection: it has a part that no callee can get.
func isHandle(t Type) bool { return leadsToHandle(t, make(map[Type]bool)) }

// leadsToHandle is isHandle. Seen has the types that were searched.
func leadsToHandle(t Type, seen map[Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return true
	case reflect.Interface:
		return t.NumMethod() > 0 && t.PkgPath() != ""
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return leadsToHandle(t.Elem(), seen)
	case reflect.Struct:
		if _, known := verdict(t); known || isTime(t) || Encodes(t) {
			return false
		}
		if isSync(t) {
			return true
		}
		for i := range t.NumField() {
			if leadsToHandle(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}

// isSync reports whether t is a lock, an atomic or another type for goroutines.
func isSync(t Type) bool {
	switch t.PkgPath() {
	case "sync", "internal/sync", "sync/atomic":
		return true
	}
	return false
}

// isMostlyData reports whether most exported fields of the struct t hold data, as those of
// a request with a body do.
func isMostlyData(t Type) bool {
	data, handles := 0, 0
	for i := range t.NumField() {
		switch f := t.Field(i); {
		case !f.Exported:
		case isHandle(f.Type):
			handles++
		default:
			data++
		}
	}
	return data > handles
}

// isOldMessage reports whether t is a message that gogo/protobuf or an old protoc-gen-go
// generated. Its oneofs are interfaces.
func isOldMessage(t Type) bool {
	return t.Kind() == reflect.Struct && t.Has(ProtoMessage) && !t.Has(ProtoReflect)
}

// isForeign reports whether t is defined in a package that is not in the repository of
// pkg, as far as their import paths tell.
func isForeign(t Type, pkg string) bool {
	path := t.PkgPath()
	if path == "" || t.Name() == "" {
		return false
	}
	if pkg == "" {
		return !strings.Contains(repository(path), ".")
	}
	return repository(path) != repository(pkg)
}

// repository returns the first elements of an import path, those that a host gives to one
// owner and a name. Of other hosts, and of a module that has no host, it returns fewer.
func repository(path string) string {
	elems := strings.Split(path, "/")
	n := 2
	switch {
	case !strings.Contains(elems[0], "."):
		n = 1
	case elems[0] == "github.com" || elems[0] == "gitlab.com" || elems[0] == "bitbucket.org" || elems[0] == "codeberg.org":
		n = 3
	}
	return strings.Join(elems[:min(n, len(elems))], "/")
}

// withRemedy returns the text of a problem with another remedy.
func withRemedy(text, remedy string) string {
	return text[:strings.LastIndex(text, " (")] + " (" + remedy + ")"
}

// withMethods returns the problem of an interface with methods.
func withMethods(t Type) string {
	return fmt.Sprintf("has type %v, an interface with methods: it cannot be decoded, since its dynamic type is not sent (%s)", t, interfaceRemedy(t))
}

// unencodable returns the problem of a type that has no encoding at all.
func unencodable(t Type) string {
	remedy := processRemedy
	if k := t.Kind(); k == reflect.Complex64 || k == reflect.Complex128 {
		remedy = "JSON cannot represent it: send its parts"
	}
	return fmt.Sprintf("has type %v, which cannot be encoded (%s)", t, remedy)
}

// Results returns the remedy for the results of a function, or "" if they are one error.
// There are n results; hasError reports that one has type error, and implements that one
// has a concrete type that implements error.
func Results(n int, hasError, implements bool) string {
	switch {
	case n == 1 && hasError:
		return ""
	case n == 0:
		return "return an error: nil if the call is done, any other to have it retried"
	case n == 1 && implements:
		return "return the type error, which can be nil"
	case hasError:
		return "return only the error: store the rest, pass it on in another call, or drop it"
	default:
		return "return only an error: store the result, pass it on in another call, or drop it"
	}
}
