package dispatch_test

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// TestOptions_types: the compiler refuses options of calls in Register, and options of
// functions in With.
func TestOptions_types(t *testing.T) {
	t.Parallel()
	const ofFunctions, ofCalls = "dispatch.Name, dispatch.Alias, dispatch.Timeout, dispatch.Concurrency", "dispatch.ID, dispatch.OrderingKey, dispatch.Delay, dispatch.At, dispatch.Expire"
	arg := map[string]string{"dispatch.Timeout": "1", "dispatch.Concurrency": "1", "dispatch.Delay": "1", "dispatch.At": "time.Time{}", "dispatch.Expire": "1"}
	var lines []string
	var want int
	for _, options := range []string{ofFunctions, ofCalls, "dispatch.Queue"} {
		for name := range strings.SplitSeq(options, ", ") {
			option := fmt.Sprintf("%s(%s)", name, cmp.Or(arg[name], `"x"`))
			lines = append(lines,
				fmt.Sprintf("dispatch.Register(f, %s) // %v", option, options != ofCalls),
				fmt.Sprintf("new(dispatch.Func[func()]).With(%s) // %v", option, options != ofFunctions))
			if options != "dispatch.Queue" {
				want++
			}
		}
	}
	program := "package p\n\nimport (\n\"context\"\n\"time\"\n\"github.com/cloud-functions-dispatch/go/dispatch\"\n)\n\nvar _ time.Time\n\nfunc f(context.Context) error { return nil }\n\nfunc g() {\n" + strings.Join(lines, "\n") + "\n}\n"
	file, err := filepath.Abs("testdata/options/options.go")
	if err != nil {
		t.Fatal(err)
	}
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax, Overlay: map[string][]byte{file: []byte(program)}}, file)
	if err != nil {
		t.Fatal(err)
	}
	refused := make(map[string]bool)
	for _, e := range pkgs[0].Errors {
		if e.Kind != packages.TypeError {
			continue // of the go command, which repeats it
		}
		line := lineOf(program, e.Pos)
		refused[line] = true
		if !strings.HasSuffix(line, "// false") || !strings.Contains(e.Msg, "does not implement") {
			t.Errorf("%s: %s", line, e.Msg)
		}
	}
	if len(refused) != want {
		t.Errorf("the compiler refused %d lines, want %d: %v\n%s", len(refused), want, refused, program)
	}
}

// lineOf returns the line of text at pos, which is file:line:column.
func lineOf(text, pos string) string {
	var line, column int
	if _, err := fmt.Sscanf(pos[strings.LastIndex(pos[:strings.LastIndex(pos, ":")], ":"):], ":%d:%d", &line, &column); err != nil {
		return err.Error()
	}
	return strings.Split(text, "\n")[line-1]
}
