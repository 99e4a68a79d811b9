package main

// A platform that runs entrypoints as servers.
var platformServers = edit{"platform/server.go", "", `package platform

import (
	"net/http"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
)

type Server interface{ Handler() http.Handler }

type Push struct{ Prefix string }

func (p *Push) Handler() http.Handler {
	if p.Prefix == "" {
		return push.NewHandler()
	}
	return http.StripPrefix(p.Prefix, push.NewHandler())
}

func New() Server { return &Push{} }

func Build(s Server) http.Handler { return s.Handler() }
`}

// serving returns the edits of a callee that serves a handler of package platform.
func serving(handler string, more ...edit) []edit {
	return append([]edit{
		platformServers,
		{"callee/main.go", `"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"`, `"example.com/app/platform"`},
		{"callee/main.go", "push.NewHandler()", handler},
	}, more...)
}

// withoutMore removes an import of the callee.
var withoutMore = edit{"callee/main.go", "\t_ \"example.com/app/more\"\n", ""}

// setting is a function that reads a variable.
const setting = `
var Bucket string

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", Bucket)
	return nil
}
`

const set = `job.Bucket = "b"
	report.Called(job.Put.Call(ctx), "put", "b")`

// both makes the callee a program that calls, too.
const both = `if os.Getenv("CALLEE") == "" {
		call()
		os.Exit(0)
	}`

// programJobs are about the programs in which functions are called and run.
var programJobs = []job{
	{
		kind: "one binary", wrong: true, tasks: setting, caller: set, callee: both,
		calleeDecls: `
func call() {
	ctx := context.Background()
	dispatch.Use(dispatch.New(mem.New()))
	job.Bucket = "b"
	report.Called(job.Put.Call(ctx), "put", "b")
}
`,
	},
	{
		kind: "one binary with a switch", wrong: true, tasks: setting, caller: set,
		calleeDecls: `
type command struct{ run func(context.Context) error }

func publish(ctx context.Context) error {
	dispatch.Use(dispatch.New(mem.New()))
	job.Bucket = "b"
	return job.Put.Call(ctx)
}
`,
		callee: `switch os.Getenv("CALLEE") {
	case "":
		if err := (command{publish}).run(context.Background()); err != nil {
			log.Fatal(err)
		}
		return
	case "1":
	default:
		log.Fatal("unknown role")
	}`,
	},
	{
		kind: "one binary that sets first", not: "no transport", tasks: setting, caller: set, callee: `job.Bucket = "b"
	` + both,
		calleeDecls: `
func call() {
	dispatch.Use(dispatch.New(mem.New()))
	report.Called(job.Put.Call(context.Background()), "put", "b")
}
`,
	},
	{
		kind: "one binary that sets in both branches", not: "no transport", tasks: setting, caller: set,
		callee: `if os.Getenv("CALLEE") == "" {
		publish()
		return
	} else {
		job.Bucket = "b"
	}`,
		calleeDecls: `
func publish() {
	job.Bucket = "b"
	dispatch.Use(dispatch.New(mem.New()))
	report.Called(job.Put.Call(context.Background()), "put", "b")
}
`,
	},
	{kind: "server through an interface", wrong: true, edits: serving("platform.New().Handler()", withoutMore)},
	{kind: "server as an argument", wrong: true, edits: serving("platform.Build(&platform.Push{})", withoutMore)},
	{
		kind: "server in a table", wrong: true,
		edits: serving(`servers["push"].Handler()`, withoutMore,
			edit{"callee/main.go", "", "var servers = map[string]platform.Server{\"push\": new(platform.Push)}\n"}),
	},
	{kind: "server through an interface with all imports", edits: serving("platform.New().Handler()")},
	{kind: "server as an argument with all imports", edits: serving("platform.Build(&platform.Push{})")},
	{
		kind: "server that another program runs",
		edits: []edit{platformServers, {"tools/main.go", "", `// Tools serves nothing: it prints the type of a server.
package main

import (
	"fmt"

	"example.com/app/platform"
)

func main() { fmt.Println(platform.Push{Prefix: "/tools"}.Prefix) }
`}},
	},
	{kind: "client that is made", wrong: true, edits: []edit{
		{"caller/main.go", "\tdispatch.Use(dispatch.New(q))\n", "\tclient := dispatch.New(q)\n\tdefer client.Close()\n"},
	}},
	{kind: "client that is only mentioned", wrong: true, edits: []edit{
		{"caller/main.go", "\tdispatch.Use(dispatch.New(q))\n", "\t_ = use\n"},
		{"caller/main.go", "", "func use(q transport.Transport) { dispatch.Use(dispatch.New(q)) }\n"},
	}},
	{kind: "client that a helper sets", edits: []edit{
		{"caller/main.go", "\tdispatch.Use(dispatch.New(q))\n", "\tuse(q)\n"},
		{"caller/main.go", "", "func use(q transport.Transport) { dispatch.Use(dispatch.New(q)) }\n"},
	}},
	{kind: "client in the context", edits: []edit{
		{"caller/main.go", "\tdispatch.Use(dispatch.New(q))\n", "\tctx = dispatch.WithClient(ctx, dispatch.New(q))\n"},
	}},
}
