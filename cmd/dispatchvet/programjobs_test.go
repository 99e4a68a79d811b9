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

// inMain adds the beginning of the callee's main.
func inMain(code string) []edit {
	return []edit{{"callee/main.go", "func main() {\n", "func main() {\n\t" + code + "\n"}}
}

// calling returns a function of the callee that calls the function of setting.
func calling(name string) string {
	return `
func ` + name + `() {
	dispatch.Use(dispatch.New(mem.New()))
	job.Bucket = "b"
	report.Called(job.Put.Call(context.Background()), "put", "b")
}
`
}

// programJobs are about the programs in which functions are called and run.
var programJobs = []job{
	{
		kind: "one binary", wrong: true, tasks: setting, caller: set, calleeDecls: calling("callOnce"),
		edits: inMain(`if os.Getenv("CALLEE") == "" {
		callOnce()
		return
	}`),
	},
	{
		kind: "one binary with a switch", wrong: true, tasks: setting, caller: set, calleeDecls: calling("publish"),
		edits: inMain(`switch os.Getenv("CALLEE") {
	case "":
		publish()
		os.Exit(0)
	case "1":
	default:
		log.Fatal("unknown role")
	}`),
	},
	{
		kind: "one binary that sets first", not: "no transport", tasks: setting, caller: set, calleeDecls: calling("callLater"),
		callee: `job.Bucket = "b"`,
		edits: inMain(`if os.Getenv("CALLEE") == "" {
		callLater()
		return
	}`),
	},
	{
		kind: "one binary that sets in both branches", not: "no transport", tasks: setting, caller: set,
		calleeDecls: calling("callOrServe") + `
func prepare() { job.Bucket = "b" }
`,
		edits: inMain(`if os.Getenv("CALLEE") == "" {
		callOrServe()
		return
	} else {
		prepare()
	}`),
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
	{kind: "client in a helper that nobody calls", wrong: true, edits: []edit{
		{"caller/main.go", "\tdispatch.Use(dispatch.New(q))\n", ""},
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
