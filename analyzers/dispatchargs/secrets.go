package dispatchargs

import (
	"cmp"
	"fmt"
	"go/types"
	"reflect"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/registration"
	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// SecretsFlag is the name of the flag that reports arguments which may be secrets.
const SecretsFlag = "secrets"

var secrets bool

func init() {
	Analyzer.Flags.BoolVar(&secrets, SecretsFlag, false, "also report arguments that are named or tagged like secrets")
}

// checkSecrets reports each text in an argument that is named or tagged like a secret.
func checkSecrets(pass *analysis.Pass, u *universe, r *registration.Registration) {
	for i, v := range r.Arguments() {
		what := fmt.Sprintf("argument %d of %s", i+1, r.Describe())
		s := search{u: u, seen: make(map[types.Type]bool)}
		if isText(v.Type(), 0) && (isSecret(v.Name()) || isSecret(nameOf(v.Type()))) {
			s.found = append(s.found, argtype.Path(cmp.Or(strings.Trim(v.Name(), "_"), nameOf(v.Type()))))
		}
		s.walk(v.Type(), "")
		for _, path := range s.found {
			pass.ReportRangef(r.Arg, "%s: %s may be a secret, which the queue stores as it is (send its name and let the callee look it up, or encrypt calls with secure.Seal: docs/security.md)", what, path)
		}
	}
}

// A search finds the fields of a type that may be secrets.
type search struct {
	u     *universe
	seen  map[types.Type]bool
	found []argtype.Path
}

func (s *search) walk(t types.Type, path argtype.Path) {
	t = types.Unalias(t)
	if s.seen[t] {
		return
	}
	s.seen[t] = true
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		s.walk(u.Elem(), path)
	case *types.Slice:
		s.walk(u.Elem(), path.Element())
	case *types.Array:
		s.walk(u.Elem(), path.Element())
	case *types.Map:
		s.walk(u.Elem(), path.Element())
	case *types.Struct:
		if !argtype.Encodes(s.u.of(t)) { // its methods may leave out or encrypt a field
			s.fields(t, u, path)
		}
	}
}

func (s *search) fields(t types.Type, fields *types.Struct, path argtype.Path) {
	for i := range fields.NumFields() {
		f, tag := fields.Field(i), reflect.StructTag(fields.Tag(i))
		if !f.Exported() && !f.Embedded() || tag.Get("json") == "-" {
			continue // it does not travel
		}
		at := path.Field(s.u.of(t), f.Name())
		if isText(f.Type(), 0) && (isSecret(f.Name()) || isSecret(jsonName(tag)) || isSecret(nameOf(f.Type())) || isTagged(tag)) {
			s.found = append(s.found, at)
			continue
		}
		s.walk(f.Type(), at)
	}
}

// isText reports whether t is a string, bytes, or a pointer to such a type or a list or
// map of it. Depth is the depth of t in the type where the search began.
func isText(t types.Type, depth int) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsString != 0
	case *types.Slice:
		return types.Identical(u.Elem(), types.Typ[types.Byte]) || depth < 5 && isText(u.Elem(), depth+1)
	case *types.Array:
		return types.Identical(u.Elem(), types.Typ[types.Byte]) || depth < 5 && isText(u.Elem(), depth+1)
	case *types.Map:
		return depth < 5 && isText(u.Elem(), depth+1)
	case *types.Pointer:
		return depth < 5 && isText(u.Elem(), depth+1)
	}
	return false
}

// nameOf returns the name of a defined type or an alias, or of the elements of a list, or
// "".
func nameOf(t types.Type) string {
	for {
		switch u := t.(type) {
		case interface{ Obj() *types.TypeName }:
			return u.Obj().Name()
		case interface{ Elem() types.Type }:
			t = u.Elem()
		default:
			return ""
		}
	}
}
