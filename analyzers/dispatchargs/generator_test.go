package dispatchargs_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A generator declares random Go types: T0, t1, … The test compares the verdicts
// on them with the result of encoding and decoding their values.
type generator struct {
	*rand.Rand
	declared []declared
	source   strings.Builder
}

// A declared type may be used by later types.
type declared struct {
	name       string
	comparable bool
	embeddable bool // by value and by pointer
}

// types declares n types and returns their source and their names.
func (g *generator) types(n int) (source string, names []string) {
	for i := range n {
		name := fmt.Sprintf("%s%d", pick(g, "T", "T", "t"), i)
		names = append(names, name)
		switch g.IntN(12) {
		case 0, 1:
			g.leaf(name)
		case 2:
			g.half(name)
		case 3:
			g.enum(name)
		case 4:
			expr, comparable := g.expr(3)
			embeddable := !strings.HasPrefix(expr, "*") && !isInterface(expr)
			for _, d := range g.declared {
				embeddable = embeddable && (d.name != expr || d.embeddable)
			}
			fmt.Fprintf(&g.source, "type %s %s\n\n", name, expr)
			// A named pointer or interface type has no methods, and cannot be
			// embedded everywhere.
			g.declared = append(g.declared, declared{name, comparable, embeddable})
		default:
			expr, comparable := g.strct(name, 2)
			fmt.Fprintf(&g.source, "type %s %s\n\n", name, expr)
			g.declared = append(g.declared, declared{name, comparable, true})
		}
	}
	return g.source.String(), names
}

// pick returns a random element.
func pick(g *generator, from ...string) string { return from[g.IntN(len(from))] }

func isInterface(expr string) bool {
	return expr == "any" || expr == "error" || strings.HasPrefix(expr, "interface") || expr == "fmt.Stringer"
}

var (
	comparables = []string{"bool", "string", "string", "int", "int", "int64", "uint8", "float64", "complex128", "chan int", "time.Time", "time.Duration", "netip.Addr", "uuid.UUID", "any", "error", "[4]byte", "uintptr"}
	others      = []string{"func()", "[]byte", "big.Int", "*big.Int", "json.RawMessage", "url.URL", "*url.URL", "*time.Time", "[]any", "map[string]any", "sql.NullString", "sync.Mutex", "[0]func()", "*big.Float", "big.Float", "*openpb.Order", "*hybridpb.Order", "*opaquepb.Order", "[]*opaquepb.Line", "map[string]*openpb.Line"}
)

// expr returns a random type, and whether it is comparable, as a map's key must be.
func (g *generator) expr(depth int) (expr string, comparable bool) {
	if depth == 0 || g.IntN(3) == 0 {
		if g.IntN(4) == 0 {
			return pick(g, others...), false
		}
		return pick(g, comparables...), true
	}
	if len(g.declared) > 0 && g.IntN(2) == 0 {
		d := g.declared[g.IntN(len(g.declared))]
		return d.name, d.comparable
	}
	switch g.IntN(6) {
	case 0, 1:
		elem, _ := g.expr(depth - 1)
		return "[]" + elem, false
	case 2:
		elem, comparable := g.expr(depth - 1)
		return fmt.Sprintf("[%d]%s", g.IntN(3), elem), comparable
	case 3:
		key, comparable := g.expr(1)
		for !comparable {
			key, comparable = g.expr(1)
		}
		elem, _ := g.expr(depth - 1)
		return "map[" + key + "]" + elem, false
	case 4:
		elem, _ := g.expr(depth - 1)
		return "*" + elem, true
	default:
		return g.strct("", depth-1)
	}
}

// strct returns a random struct type. Self is its name, or empty.
func (g *generator) strct(self string, depth int) (expr string, comparable bool) {
	var b strings.Builder
	b.WriteString("struct {\n")
	comparable = true
	taken := make(map[string]bool)
	for range g.IntN(5) {
		if len(g.declared) > 0 && g.IntN(4) == 0 {
			d := g.declared[g.IntN(len(g.declared))]
			if g.IntN(12) == 0 && !taken["Order"] { // a message
				taken["Order"] = true
				fmt.Fprintf(&b, "*%s.Order%s\n", pick(g, "openpb", "opaquepb"), pick(g, "", "`json:\"order\"`"))
				continue
			}
			if d.embeddable && !taken[d.name] {
				taken[d.name] = true
				star := pick(g, "", "", "*")
				comparable = comparable && (d.comparable || star != "")
				fmt.Fprintf(&b, "%s%s%s\n", star, d.name, g.tag())
			}
			continue
		}
		name := pick(g, "A", "B", "C", "D", "E", "a", "b", "_")
		if taken[name] && name != "_" {
			continue
		}
		taken[name] = true
		field, ok := g.expr(depth)
		if self != "" && g.IntN(8) == 0 {
			field, ok = pick(g, "*", "[]", "map[string]", "map[string]*")+self, false
		}
		comparable = comparable && ok
		if name == "_" { // always zero, so a tag has no effect
			fmt.Fprintf(&b, "_ %s\n", field)
			continue
		}
		fmt.Fprintf(&b, "%s %s%s\n", name, field, g.tag())
	}
	b.WriteString("}")
	return b.String(), comparable
}

// tag returns the tag of a field, "" for most.
func (g *generator) tag() string {
	switch n := g.IntN(20); {
	case n < 12:
		return ""
	case n < 17:
		return " `" + pick(g, `json:"a"`, `json:"A"`, `json:"b"`, `json:"B,omitzero"`, `json:",omitzero"`, `json:"-"`, `json:"-,"`, `json:",string"`, `json:",inline"`, `json:",case:ignore"`, `json:",omitempty"`, `json:"b,omitempty"`, `yaml:"a"`) + "`"
	default:
		return " `" + pick(g, `json:",embed"`, `json:",embed"`, `json:"a,string"`, `json:"a,embed"`, `json:"x,format:RFC3339"`, `json:"a,"`, `json:"it's"`, `json:"a,omitEmpty"`, `json:"a b"`) + "`"
	}
}

// leaf declares a type with its own methods to encode and decode all of it.
func (g *generator) leaf(name string) {
	fmt.Fprintf(&g.source, "type %s struct{ S string }\n\n", name)
	w, r := pick(g, "", "*"), pick(g, "", "*", "*", "*", "*", "*", "*", "*")
	writes := map[string]string{
		"MarshalJSON": "func (v %[2]s%[1]s) MarshalJSON() ([]byte, error) { return json.Marshal(v.S) }\n",
		"MarshalText": "func (v %[2]s%[1]s) MarshalText() ([]byte, error) { return []byte(v.S), nil }\n",
		"AppendText":  "func (v %[2]s%[1]s) AppendText(b []byte) ([]byte, error) { return append(b, v.S...), nil }\n",
		"To":          "func (v %[2]s%[1]s) MarshalJSONTo(e *jsontext.Encoder) error { return e.WriteToken(jsontext.String(v.S)) }\n",
		"IsZero":      "func (v %[2]s%[1]s) IsZero() bool { return v.S == \"\" }\n",
	}
	reads := map[string]string{
		"UnmarshalJSON": "func (v %[2]s%[1]s) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &v.S) }\n",
		"UnmarshalText": "func (v %[2]s%[1]s) UnmarshalText(b []byte) error { v.S = string(b); return nil }\n",
		"From":          "func (v %[2]s%[1]s) UnmarshalJSONFrom(d *jsontext.Decoder) error { t, err := d.ReadToken(); v.S = t.String(); return err }\n",
	}
	sets := [][]string{{"MarshalJSON", "UnmarshalJSON"}, {"MarshalJSON", "UnmarshalJSON"}, {"MarshalText", "UnmarshalText"}, {"AppendText", "UnmarshalText"}, {"To", "From"}, {"MarshalText", "UnmarshalJSON"}, {"MarshalJSON", "UnmarshalText"}, {"MarshalJSON"}, {"UnmarshalText"}, {"IsZero"}, {"MarshalText", "UnmarshalText", "MarshalJSON", "UnmarshalJSON"}}
	for _, m := range sets[g.IntN(len(sets))] {
		if f := writes[m]; f != "" {
			fmt.Fprintf(&g.source, f, name, w)
		} else {
			fmt.Fprintf(&g.source, reads[m], name, r)
		}
	}
	g.source.WriteString("\n")
	g.declared = append(g.declared, declared{name, true, true})
}

// half declares a type with one method of a pair, which keeps the shape of the type or
// does not.
func (g *generator) half(name string) {
	const encoder, decoder = "func (v %[1]s) MarshalJSON() ([]byte, error) { type plain %[1]s; ", "func (v *%[1]s) UnmarshalJSON(b []byte) error { type plain %[1]s; "
	body := pick(g,
		encoder+"return json.Marshal(plain(v)) }\n",
		encoder+"return json.Marshal((*plain)(&v)) }\n",
		encoder+"p := plain(v); return json.Marshal(&p) }\n",
		encoder+"p := plain(v); p.S = \"***\"; return json.Marshal(p) }\n",
		encoder+"return json.Marshal(struct { Kind string; plain }{\"k\", plain(v)}) }\n",
		encoder+"return json.Marshal(struct { S int; plain }{1, plain(v)}) }\n",
		encoder+"return json.Marshal([]any{plain(v)}) }\n",
		encoder+"return json.Marshal(v.S) }\n",
		decoder+"return json.Unmarshal(b, (*plain)(v)) }\n",
		decoder+"var p plain; if err := json.Unmarshal(b, &p); err != nil { return err }; *v = %[1]s(p); return nil }\n",
		decoder+"p := struct { *plain; N any }{plain: (*plain)(v)}; return json.Unmarshal(b, &p) }\n",
		decoder+"var p plain; return json.Unmarshal(b, &p) }\n",
		decoder+"return json.Unmarshal(b, &[]any{(*plain)(v)}) }\n",
		decoder+"return json.Unmarshal(b, &v.S) }\n",
	)
	fmt.Fprintf(&g.source, "type %s struct{ S string }\n\n"+body+"\n", name)
	g.declared = append(g.declared, declared{name, true, true})
}

// enum declares a type whose decoder refuses the zero value, with or without an encoder.
func (g *generator) enum(name string) {
	kind := pick(g, "int", "string")
	fmt.Fprintf(&g.source, "type %s %s\n\n", name, kind)
	if g.IntN(2) == 0 {
		fmt.Fprintf(&g.source, "func (v %s) MarshalJSON() ([]byte, error) { return json.Marshal(%s(v)) }\n", name, kind)
	}
	fmt.Fprintf(&g.source, "func (v *%[1]s) UnmarshalJSON(b []byte) error { if err := json.Unmarshal(b, (*%[2]s)(v)); err != nil { return err }; if *v == *new(%[1]s) { return errors.New(\"zero\") }; return nil }\n\n", name, kind)
	g.declared = append(g.declared, declared{name, true, false})
}
