package registration_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
)

// A generator writes packages that register functions in every legal form.
type generator struct {
	*rand.Rand
	helpers []helper
	names   []string // every name that may be registered
	n       int      // the number of functions
}

// A helper is a function of an earlier package, or of this one.
type helper struct {
	pkg  string // import path
	call string // with %[1]s for the qualifier, %[2]s for the function, %[3]s for a name and %[4]s for further options
	name string // the name that it sets, with %s for its argument; empty if it sets none
	opts bool   // whether it takes further options
}

const generated = "example.com/fixtures/src/registration/generated"

// A source is one package.
type source struct {
	*generator
	path, name   string
	d            string // the qualifier of dispatch, with its dot
	imports      map[string]bool
	decls, inits strings.Builder
	constants    int
}

// pkg returns a package with n registered functions. Its name need not be the last
// element of its path.
func (g *generator) pkg(pkgPath, name string, n int) string {
	s := &source{generator: g, path: pkgPath, name: name, imports: make(map[string]bool)}
	importName := pick(g, "", "d", ".")
	s.d = map[string]string{"": "dispatch.", "d": "d.", ".": ""}[importName]
	s.ownHelpers()
	for range n {
		s.register(s.function())
	}
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n\nimport (\n\"context\"\n%s \"github.com/cloud-functions-dispatch/go/dispatch\"\n%q\n", name, importName, generated+"/ran")
	for _, imp := range slices.Sorted(maps.Keys(s.imports)) {
		fmt.Fprintf(&b, "%s %q\n", alias(imp), imp)
	}
	fmt.Fprintf(&b, ")\n\nvar _ %sRegisterOption\n\n%s\nfunc init() {\n%s}\n", s.d, &s.decls, &s.inits)
	return b.String()
}

// pick returns a random element of from.
func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

// alias returns the name under which the packages import imp.
func alias(imp string) string {
	return "p" + strings.NewReplacer(".", "", "-", "", "/", "").Replace(strings.TrimPrefix(imp, generated))
}

// function declares a function that records its name when it runs.
func (s *source) function() string {
	s.n++
	f := fmt.Sprintf(pick(s.generator, "f%d", "F%d", "größe%d", "_x%d", "init%d"), s.n)
	fmt.Fprintf(&s.decls, "func %s(context.Context) error { ran.Last = %q; return nil }\n", f, s.path+" "+f)
	s.names = append(s.names, s.path+"."+f)
	return f
}

// text returns Go code of a constant with this value.
func (s *source) text(value string) string {
	switch s.IntN(4) {
	case 0:
		s.constants++
		fmt.Fprintf(&s.decls, "const c%d = %q\n", s.constants, value)
		return fmt.Sprintf("c%d", s.constants)
	case 1:
		return fmt.Sprintf("%q + %q", value[:1], value[1:])
	case 2:
		return "(`" + value + "`)"
	}
	return fmt.Sprintf("%q", value)
}

// options returns Go code of random options. If named, they may include a name.
func (s *source) options(named bool) []string {
	var opts []string
	add := func(kind, value string) {
		s.names = append(s.names, value)
		opts = append(opts, s.d+kind+"("+s.text(value)+")")
	}
	if named && s.IntN(3) == 0 {
		add("Name", fmt.Sprintf("pinned.%d", s.n))
	}
	for i := range s.IntN(3) {
		add("Alias", fmt.Sprintf("old.%d.%d", s.n, i))
	}
	if s.IntN(4) == 0 {
		opts = append(opts, s.d+"Queue("+s.text("slow")+")")
	}
	s.Shuffle(len(opts), func(i, j int) { opts[i], opts[j] = opts[j], opts[i] })
	return opts
}

// passed returns Go code that passes the options to a variadic function.
func (s *source) passed(opts []string) string {
	list := strings.Join(opts, ", ")
	if list == "" {
		return ""
	}
	s.constants++
	v := fmt.Sprintf("v%d", s.constants)
	switch s.IntN(5) {
	case 0:
		fmt.Fprintf(&s.decls, "var %s = []%sRegisterOption{%s}\n", v, s.d, list)
		return ", " + v + "..."
	case 1:
		fmt.Fprintf(&s.decls, "var %s = %s\n", v, opts[0])
		return ", " + strings.Join(append([]string{v}, opts[1:]...), ", ")
	case 2:
		return fmt.Sprintf(", append([]%sRegisterOption{%s}, %s)...", s.d, opts[0], strings.Join(opts[1:], ", "))
	case 3:
		return fmt.Sprintf(", []%sRegisterOption{%s}...", s.d, list)
	}
	return ", " + list
}

// register registers f in a random way.
func (s *source) register(f string) {
	expr := s.expr(f)
	v := fmt.Sprintf("V%d", s.n)
	switch s.IntN(10) {
	case 0:
		fmt.Fprintf(&s.inits, "%s\n", expr)
	case 1:
		fmt.Fprintf(&s.inits, "{\nx := %s\n_ = x\n}\n", expr)
	case 2:
		fmt.Fprintf(&s.decls, "var %s = struct{ F any }{F: %s}\n", v, expr)
	case 3:
		fmt.Fprintf(&s.decls, "var %s = []any{1, %s}\n", v, expr)
	case 4:
		fmt.Fprintf(&s.decls, "var %s = map[string]any{%q: %s}\n", v, f, expr)
	case 5:
		fmt.Fprintf(&s.decls, "func setup%[1]s() { %[2]s }\n", v, expr)
		fmt.Fprintf(&s.inits, "setup%s()\n", v)
	case 6:
		fmt.Fprintf(&s.decls, "func deep%[1]s() any { return outer%[1]s() }\nfunc outer%[1]s() any { return %[2]s }\nvar %[1]s = deep%[1]s()\n", v, expr)
	case 7:
		fmt.Fprintf(&s.inits, "func() {\n%s\n}()\n", expr)
	case 8:
		fmt.Fprintf(&s.inits, "if x := (%s); x == nil {\npanic(\"no Func\")\n}\n", expr)
	default:
		fmt.Fprintf(&s.decls, "var %s = %s\n", v, expr)
	}
}

// expr returns Go code of a registration of f.
func (s *source) expr(f string) string {
	const typ = "func(context.Context) error"
	arg := pick(s.generator, f, f, "("+f+")", "("+typ+")("+f+")")
	if s.IntN(3) > 0 || len(s.helpers) == 0 {
		return s.d + pick(s.generator, "Register", "Register["+typ+"]") + "(" + arg + s.passed(s.options(true)) + ")"
	}
	h := s.helpers[s.IntN(len(s.helpers))]
	qualifier := ""
	if h.pkg != s.path {
		s.imports[h.pkg] = true
		qualifier = alias(h.pkg) + "."
	}
	opts := ""
	if h.opts {
		opts = s.passed(s.options(h.name == ""))
	}
	name := fmt.Sprintf("given.%d", s.n)
	if h.name != "" {
		s.names = append(s.names, fmt.Sprintf(h.name, name))
	}
	return fmt.Sprintf(h.call, qualifier, arg, s.text(name), opts)
}

// ownHelpers declares random helpers. One may call a helper of an earlier package.
func (s *source) ownHelpers() {
	const typ = "func(context.Context) error"
	id := path.Base(alias(s.path))
	add := func(decl, call, name string, opts bool) {
		s.decls.WriteString(strings.NewReplacer("ID", id, "D.", s.d, "TYP", typ).Replace(decl) + "\n")
		s.helpers = append(s.helpers, helper{s.path, strings.ReplaceAll(call, "ID", id), name, opts})
	}
	if s.IntN(2) == 0 {
		add("func HID[F any](fn F, opts ...D.RegisterOption) *D.Func[F] { return D.Register(fn, opts...) }", "%[1]sHID(%[2]s%[4]s)%.0[3]s", "", true)
	}
	if s.IntN(2) == 0 {
		add("func QID(fn TYP, opts ...D.RegisterOption) any {\nopts = append(opts, D.Queue(\"q\"))\nreturn D.Register(fn, opts...)\n}", "%[1]sQID(%[2]s%[4]s)%.0[3]s", "", true)
	}
	if s.IntN(2) == 0 {
		add("func NID[F any](name string, fn F, opts ...D.RegisterOption) any { return D.Register(fn, append(opts, D.Name(\"ID.\"+name+\".x\"))...) }", "%[1]sNID(%[3]s, %[2]s%[4]s)", id+".%s.x", true)
	}
	if s.IntN(2) == 0 {
		add("type TID struct{}\nfunc (TID) Add(fn TYP, name string) any { return D.Register(fn, D.Name(name+\".m\")) }", "%[1]sTID{}.Add(%[2]s, %[3]s)%.0[4]s", "%s.m", false)
	}
	if s.IntN(2) == 0 {
		add("type PID struct{ n int }\nfunc (p *PID) Add(fn TYP) any { p.n++; return D.Register(fn) }", "(*%[1]sPID).Add(new(%[1]sPID), %[2]s)%.0[3]s%.0[4]s", "", false)
	}
	if s.IntN(2) == 0 {
		add("type FID TYP\nfunc CID(fn FID) any { return D.Register(fn) }", "%[1]sCID(%[2]s)%.0[3]s%.0[4]s", "", false)
	}
	if len(s.helpers) == 0 {
		return
	}
	h := s.helpers[s.IntN(len(s.helpers))]
	if h.opts && h.name != "" && h.pkg != s.path {
		s.imports[h.pkg] = true
		add("func DID[F any](fn F, name string) any { return "+fmt.Sprintf(h.call, alias(h.pkg)+".", "fn", "name", "")+" }", "%[1]sDID(%[2]s, %[3]s)%.0[4]s", h.name, false)
	}
}
