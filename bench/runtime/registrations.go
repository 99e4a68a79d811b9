package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A registration is a function to register. A # in its code stands for its number.
type registration struct{ name, code string }

var registrations = []registration{
	{"two simple arguments", `
var F# = dispatch.Register(f#)

func f#(context.Context, string, int) error { return nil }
`},
	{"a struct of its own each", `
var F# = dispatch.Register(f#)

type t# struct {
	ID     string
	At     time.Time
	Tags   []string
	Counts map[string]int
}

func f#(context.Context, string, t#) error { return nil }
`},
}

const functionsHead = `package functions

import (
	"context"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var began = time.Now()

var Took time.Duration

func init() { Took = time.Since(began) }
`

const registerMain = `package main

import (
	"fmt"

	"github.com/cloud-functions-dispatch/go/bench/runtime/programs/registrations/functions"
)

func main() { fmt.Print(functions.Took) }
`

// build builds a program that registers n such functions and prints how long that took.
// The program has the name of r. Its source is an overlay: it exists only for the build.
func (r *registration) build(dir string, n int) error {
	const folder = "programs/registrations"
	code := []string{functionsHead}
	for i := range n {
		code = append(code, strings.ReplaceAll(r.code, "#", fmt.Sprint(i)))
	}
	replace := make(map[string]string)
	for name, text := range map[string]string{"functions/functions.go": strings.Join(code, ""), "main.go": registerMain} {
		path, err := filepath.Abs(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		replace[path] = filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(replace[path], []byte(text), 0o666); err != nil {
			return err
		}
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, data, 0o666); err != nil {
		return err
	}
	return build(nil, "-overlay="+overlay, "-o", filepath.Join(dir, r.name), "./"+folder)
}
