package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// noMistake is the kind of a program without a mistake.
const noMistake = "correct"

// A program is a module with a caller, a callee and the packages that they share.
type program struct {
	*rand.Rand
	files   map[string]string
	mistake mistake
}

// An edit replaces the first old text in a file. If old is empty, new is added at
// the end.
type edit struct{ file, old, new string }

// A mistake makes a correct program wrong.
type mistake struct {
	kind    string
	edits   []edit
	policy  string // why it is reported although the program works
	several bool   // it is reported in more than one place
}

// newProgram makes a random program. The number n determines its mistake.
func newProgram(r *rand.Rand, n int) *program {
	p := &program{Rand: r, mistake: mistake{kind: noMistake}}
	p.files = map[string]string{
		"report/report.go": reporting,
		"tasks/tasks.go":   tasks,
		"tasks/victim.go":  victim,
		"more/more.go":     more,
		"caller/main.go":   caller,
		"callee/main.go":   callee,
	}
	if all := allMistakes(); n < len(all) || n%2 == 0 && n > len(all)+3 {
		p.mistake = all[n%len(all)]
		if !p.apply(p.mistake.edits) {
			panic("the mistake does not fit: " + p.mistake.kind)
		}
	}
	for _, v := range variants {
		if r.IntN(3) == 0 {
			p.apply(v)
		}
	}
	// A few of the jobs that are right: the number determines the first.
	right := jobs(false)
	for i, j := range right {
		chosen := i == n%len(right) || r.IntN(len(right)) < 2
		if chosen && (j.not == "" || !strings.Contains(p.mistake.kind, j.not)) {
			p.apply(j.program())
		}
	}
	for i := range 1 + r.IntN(4) {
		p.function(fmt.Sprintf("extra%d", i))
	}
	return p
}

// apply applies all edits. If a text to replace is missing, because another variant
// has replaced it, apply changes nothing and returns false.
func (p *program) apply(edits []edit) bool {
	for _, e := range edits {
		if !strings.Contains(p.files[e.file], e.old) {
			return false
		}
	}
	for _, e := range edits {
		if e.old == "" {
			switch text := p.files[e.file]; {
			case text == "":
				p.files[e.file] = e.new
			case !strings.Contains(text, e.new): // else two jobs share it
				p.files[e.file] += "\n" + e.new
			}
			continue
		}
		p.files[e.file] = strings.Replace(p.files[e.file], e.old, e.new, 1)
	}
	return true
}

// function adds a function with random parameters, and a call of it.
func (p *program) function(name string) {
	params := []struct{ typ, value string }{
		{"int", "7"}, {"string", `"a.jpg"`}, {"[]int", "[]int{1, 2}"}, {"map[string]int", `map[string]int{"a": 1}`},
		{"time.Duration", "3*time.Second"}, {"time.Time", "time.Unix(1, 5).UTC()"}, {"Point", "tasks.Point{X: 1, Tags: []string{\"t\"}}"},
		{"any", `"text"`}, {"any", "0.5"}, {"[]byte", `[]byte("hi")`}, {"float64", "0.25"}, {"*Point", "&tasks.Point{X: 2}"}, {"[2]bool", "[2]bool{true}"},
	}
	var decl, names, values string
	for i := range p.IntN(4) {
		param := params[p.IntN(len(params))]
		decl += fmt.Sprintf(", p%d %s", i, param.typ)
		names += fmt.Sprintf(", p%d", i)
		values += ", " + param.value
	}
	exported := strings.ToUpper(name[:1]) + name[1:]
	reg := []string{
		"var %[1]s = dispatch.Register(%[2]s)\n",
		"var %[1]s = dispatch.Register(%[2]s, dispatch.Name(\"pinned.%[2]s\"), dispatch.Alias(\"old.%[2]s\"))\n",
		"var %[1]s = register(%[2]s)\n",
		"var %[1]s = create%[1]s()\n\nfunc create%[1]s() *dispatch.Func[func(_ context.Context" + decl + ") error] { return dispatch.Register(%[2]s) }\n",
	}
	src := fmt.Sprintf(reg[p.IntN(len(reg))], exported, name) +
		fmt.Sprintf("\nfunc %[1]s(ctx context.Context%[2]s) error { report.Ran(%[1]q%[3]s); return nil }\n", name, decl, names)
	p.apply([]edit{
		{"tasks/tasks.go", "", src},
		{"caller/main.go", "	// more calls\n", fmt.Sprintf("	report.Called(tasks.%s.Call(ctx%s), %q%s)\n	// more calls\n", exported, values, name, values)},
	})
}

const (
	reporting = `// Package report tells what is called, and what runs.
package report

import (
	"encoding/json"
	"fmt"
	"log"
	"reflect"
)

func Called(err error, name string, args ...any) {
	if err != nil {
		log.Fatalf("call %s: %v", name, err)
	}
	say("called", name, args)
}

func Ran(name string, args ...any) { say("ran", name, args) }

func say(what, name string, args []any) {
	for i, a := range args {
		text, err := json.Marshal(a)
		if err != nil {
			panic(err)
		}
		args[i] = fmt.Sprintf("%s %s %+v", reflect.TypeOf(a), text, reflect.Indirect(reflect.ValueOf(a)))
	}
	fmt.Println(what, name, args)
}
`
	tasks = `// Package tasks has functions to dispatch.
package tasks

import (
	"context"
	"time"

	"example.com/app/report"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var _ time.Time

type Point struct {
	X    int
	Tags []string
}

// register registers a function of package tasks.
func register[F any](fn F, opts ...dispatch.RegisterOption) *dispatch.Func[F] {
	return dispatch.Register(fn, append(opts, dispatch.Queue(""))...)
}

var _ = report.Ran
var _ context.Context
`
	victim = `package tasks

import (
	"context"

	"example.com/app/report"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Victim = dispatch.Register(victim)

var _ dispatch.RegisterOption

func victim(ctx context.Context, n int, s string) error {
	report.Ran("victim", n, s)
	return nil
}
`
	more = `// Package more has one more function to dispatch.
package more

import (
	"context"

	"example.com/app/report"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Do = dispatch.Register(do)

func do(ctx context.Context, words ...string) error {
	report.Ran("do", words)
	return nil
}
`
	caller = `// Caller prints what it publishes.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"time"

	"example.com/app/more"
	"example.com/app/report"
	"example.com/app/tasks"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

var _ time.Time

func main() {
	ctx := context.Background()
	q := mem.New(mem.Concurrency(1))
	dispatch.Use(dispatch.New(q))
	q.Handle(func(_ context.Context, d *transport.Delivery) error {
		line, err := json.Marshal(d.Message)
		fmt.Printf("message %s\n", line)
		return err
	})
	run(ctx)
	if err := q.Wait(ctx); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) {
	report.Called(tasks.Victim.Call(ctx, 7, "a"), "victim", 7, "a")
	report.Called(more.Do.Call(ctx, "x", "y"), "do", []string{"x", "y"})
	// more calls
}
`
	callee = `// Callee runs what the caller has published.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"log"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"

	_ "example.com/app/more"
	_ "example.com/app/tasks"
)

func main() {
	h := push.NewHandler()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		text, ok := strings.CutPrefix(lines.Text(), "message ")
		if !ok {
			continue
		}
		var m transport.Message
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			log.Fatal(err)
		}
		r := httptest.NewRequest("POST", "/", bytes.NewReader(m.Data))
		r.Header.Set("Content-Type", "application/json")
		for k, v := range m.Attributes {
			r.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code >= 300 {
			log.Fatalf("status %d: %s", w.Code, w.Body)
		}
	}
}
`
)
