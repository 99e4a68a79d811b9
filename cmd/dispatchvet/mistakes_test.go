package main

// variants are other ways to write a correct program.
var variants = [][]edit{
	{{"tasks/victim.go", "var Victim = dispatch.Register(victim)", "var Victim = register(victim)"}},
	{{"tasks/victim.go", "var Victim = dispatch.Register(victim)", "var Victim *dispatch.Func[func(context.Context, int, string) error]\n\nfunc init() { setUp() }\n\nfunc setUp() { Victim = dispatch.Register(victim) }"}},
	{{"tasks/victim.go", "package tasks", "//go:build go1.20\n\npackage tasks"}},
	{{"tasks/victim.go", "var Victim = ", "var _ = []any{dispatch.Register(hidden, dispatch.Name(\"hidden\"))}\n\nfunc hidden(ctx context.Context, notes any) error { return nil }\n\nvar Victim = "}},
	{
		{"platform/platform.go", "", "package platform\n\nimport (\n\t\"net/http\"\n\n\t\"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push\"\n)\n\nfunc Handler() http.Handler { return push.NewHandler() }\n"},
		{"callee/main.go", `"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"`, `"example.com/app/platform"`},
		{"callee/main.go", "push.NewHandler()", "platform.Handler()"},
	},
	{
		{"callee/main.go", "func main() {", "//dispatch:serves ./tasks/... example.com/app/more\n\nfunc main() {"},
		{"second/main.go", "", "package main\n\nimport (\n\t\"net/http\"\n\n\t_ \"example.com/app/more\"\n\n\t\"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push\"\n)\n\n//dispatch:serves ./more\n\nfunc main() { http.Handle(\"/\", push.NewHandler()) }\n"},
	},
	{
		{"all/all.go", "", "package all\n\nimport (\n\t_ \"example.com/app/more\"\n\t_ \"example.com/app/tasks\"\n)\n"},
		{"callee/main.go", "\t_ \"example.com/app/more\"\n\t_ \"example.com/app/tasks\"\n", "\t_ \"example.com/app/all\"\n"},
	},
	{{"caller/main.go", "\trun(ctx)\n", "\tif err := dispatch.Batch(ctx, func(ctx context.Context) error { run(ctx); return nil }); err != nil {\n\t\tlog.Fatal(err)\n\t}\n"}},
	{{"caller/main.go", "// more calls\n", "kept := ctx\n\tif err := dispatch.Batch(ctx, func(ctx context.Context) error { kept = ctx; return nil }); err != nil {\n\t\tlog.Fatal(err)\n\t}\n\tkept = ctx\n\treport.Called(more.Do.Call(kept), \"do\", []string{})\n\t// more calls\n"}},
	{{"caller/main.go", "// more calls\n", "_ = more.Do.Call // only named\n\treport.Called(more.Do.With().Call(ctx, \"with\"), \"do\", []string{\"with\"})\n\t// more calls\n"}},
	{{"more/more.go", "func do(ctx context.Context, words ...string) error {", "// Later is for others.\nfunc Later(ctx context.Context) error { return Do.Call(ctx, \"later\") }\n\nfunc do(ctx context.Context, words ...string) error {"}},
	{
		{"config/config.go", "", "package config\n\nvar Bucket, Region string\n"},
		{"more/more.go", "\"example.com/app/report\"\n", "\"example.com/app/config\"\n\t\"example.com/app/report\"\n"},
		{"more/more.go", "\treport.Ran(\"do\", words)\n", "\treport.Ran(\"do\", words)\n\tif config.Bucket != \"b\" || config.Region != \"r\" {\n\t\tpanic(\"not set\")\n\t}\n"},
		{"more/more.go", "func do(", "func init() {\n\tdispatch.OnStart(func(context.Context) error { config.Region = \"r\"; return nil })\n}\n\nfunc do("},
		{"callee/main.go", "\"github.com/cloud-functions-dispatch/go/dispatch/transport\"\n", "\"github.com/cloud-functions-dispatch/go/dispatch/transport\"\n\t\"example.com/app/config\"\n"},
		{"callee/main.go", ")\n\nfunc main() {\n", ")\n\nfunc main() {\n\tconfig.Bucket = \"b\"\n"},
		{"caller/main.go", "\"example.com/app/more\"\n", "\"example.com/app/config\"\n\t\"example.com/app/more\"\n"},
		{"caller/main.go", "func main() {\n", "func main() {\n\tconfig.Bucket, config.Region = \"b\", \"r\"\n"},
	},
	{{"tasks/tasks.go", "", "var Defaults = dispatch.Register(defaults)\n\nfunc defaults(ctx context.Context, p *Point) error {\n\tif p.X == 0 {\n\t\tp.X = 1\n\t}\n\treport.Ran(\"defaults\", p.X)\n\treturn nil\n}\n"}, {"caller/main.go", "// more calls\n", "report.Called(tasks.Defaults.Call(ctx, &tasks.Point{}), \"defaults\", 1)\n\t// more calls\n"}},
	{
		{"caller/main.go", "// more calls\n", "more.Seen = 1\n\tlog.SetFlags(0)\n\t// more calls\n"},
		{"more/more.go", "func do(", "// Seen is the caller's alone.\nvar Seen int\n\nfunc do("},
	},
}

// mistakes are all kinds of mistakes that a program may have.
var mistakes = []mistake{
	{kind: "missing import", edits: []edit{{"callee/main.go", "\t_ \"example.com/app/more\"\n", ""}}},
	{kind: "in main", edits: []edit{{"caller/main.go", "", "var own = dispatch.Register(mine)\n\nfunc mine(context.Context) error { return nil }\n"}}},
	{kind: "literal", edits: []edit{{"more/more.go", "dispatch.Register(do)", "dispatch.Register(func(ctx context.Context, words ...string) error { return do(ctx, words...) })"}}},
	{kind: "method", edits: []edit{{"more/more.go", "dispatch.Register(do)", "dispatch.Register(worker{}.do)\n\ntype worker struct{}\n\nfunc (worker) do(ctx context.Context, words ...string) error { return do(ctx, words...) }"}}},
	{kind: "instance", edits: []edit{{"more/more.go", "dispatch.Register(do)", "dispatch.Register(generic[string])\n\nfunc generic[T any](ctx context.Context, words ...T) error { return nil }"}}},
	{kind: "form", edits: []edit{{"more/more.go", "", "var Form = dispatch.Register(form)\n\nfunc form(s string) error { return nil }\n"}}},
	{kind: "taken", edits: []edit{{"more/more.go", "", "var Again = dispatch.Register(again, dispatch.Name(\"example.com/app/more.do\"))\n\nfunc again(context.Context) error { return nil }\n"}}},
	{kind: "taken elsewhere", several: true, edits: []edit{{"more/more.go", "dispatch.Register(do)", "dispatch.Register(do, dispatch.Alias(\"example.com/app/tasks.victim\"))"}}},
	{kind: "channel", edits: []edit{{"more/more.go", "", "var Chan = dispatch.Register(channel)\n\nfunc channel(ctx context.Context, c chan int) error { return nil }\n"}}},
	{kind: "hidden", edits: []edit{
		{"more/more.go", "", "var Hide = dispatch.Register(hide)\n\ntype Hidden struct{ x int }\n\nfunc hide(ctx context.Context, h map[string]Hidden) error { return nil }\n"},
		{"caller/main.go", "// more calls\n", "report.Called(more.Hide.Call(ctx, map[string]more.Hidden{\"a\": {}}), \"hide\")\n\t// more calls\n"},
	}},
	{kind: "lossy", edits: []edit{
		{"tasks/tasks.go", "", "var Due = dispatch.Register(due)\n\ntype When struct {\n\ttime.Time\n\tZone string\n}\n\nfunc due(ctx context.Context, w When) error { report.Ran(\"due\", w.Zone); return nil }\n"},
		{"caller/main.go", "// more calls\n", "report.Called(tasks.Due.Call(ctx, tasks.When{Zone: \"CET\"}), \"due\", \"CET\")\n\t// more calls\n"},
	}},
	{kind: "int as any", edits: []edit{
		{"tasks/tasks.go", "", "var Loose = dispatch.Register(loose)\n\nfunc loose(ctx context.Context, v any) error { report.Ran(\"loose\", v); return nil }\n"},
		{"caller/main.go", "// more calls\n", "report.Called(tasks.Loose.Call(ctx, 3), \"loose\", 3)\n\t// more calls\n"},
	}},
	{kind: "condition", edits: []edit{{"more/more.go", "var Do = dispatch.Register(do)", "var Do *dispatch.Func[func(context.Context, ...string) error]\n\nfunc init() {\n\tif os.Getenv(\"CALLER\") != \"\" {\n\t\tDo = dispatch.Register(do)\n\t}\n}"}, {"more/more.go", "\"context\"\n", "\"context\"\n\t\"os\"\n"}}},
	{kind: "condition in a helper", edits: []edit{{"more/more.go", "dispatch.Register(do)", "maybe(do)\n\nfunc maybe[F any](fn F) *dispatch.Func[F] {\n\tif os.Getenv(\"CALLER\") == \"\" {\n\t\treturn nil\n\t}\n\treturn dispatch.Register(fn)\n}"}, {"more/more.go", "\"context\"\n", "\"context\"\n\t\"os\"\n"}}},
	{kind: "after init", edits: []edit{
		{"more/more.go", "var Do = dispatch.Register(do)", "var Do *dispatch.Func[func(context.Context, ...string) error]\n\n// SetUp is for main.\nfunc SetUp() { Do = dispatch.Register(do) }"},
		{"caller/main.go", "func main() {", "func main() {\n\tmore.SetUp()"},
	}},
	{kind: "twice", edits: []edit{{"more/more.go", "", "func init() {\n\tagain()\n\tagain()\n}\n\nfunc again() { dispatch.Register(another) }\n\nfunc another(context.Context) error { return nil }\n"}}},
	{kind: "build constraint", edits: []edit{
		{"more/caller.go", "", "//go:build !callee\n\npackage more\n\nimport \"github.com/cloud-functions-dispatch/go/dispatch\"\n\nfunc init() { Do = dispatch.Register(do) }\n"},
		{"more/more.go", "var Do = dispatch.Register(do)", "var Do *dispatch.Func[func(context.Context, ...string) error]"},
	}},
	{kind: "computed name", edits: []edit{{"more/more.go", "dispatch.Register(do)", "dispatch.Register(do, dispatch.Name(\"more\"+os.Getenv(\"CALLER\")))"}, {"more/more.go", "\"context\"\n", "\"context\"\n\t\"os\"\n"}}},
	{kind: "loop", policy: "the model does not follow values through slices", edits: []edit{{"more/more.go", "", "func init() {\n\tfor _, fn := range []func(context.Context) error{another} {\n\t\tdispatch.Register(fn)\n\t}\n}\n\nfunc another(context.Context) error { return nil }\n"}}},
	{kind: "interface", policy: "the model does not follow calls through interfaces", edits: []edit{{"more/more.go", "", "type registry struct{}\n\nfunc (registry) Add(fn func(context.Context) error) { dispatch.Register(fn) }\n\nfunc init() {\n\tvar r interface{ Add(func(context.Context) error) } = registry{}\n\tr.Add(another)\n}\n\nfunc another(context.Context) error { return nil }\n"}}},
	{kind: "dropped", edits: []edit{
		{"tasks/tasks.go", "", "var Measure = dispatch.Register(measure)\n\nfunc measure(ctx context.Context, x float64) error { report.Ran(\"measure\"); return nil }\n"},
		{"caller/main.go", "// more calls\n", "zero := 0.0\n\ttasks.Measure.Call(ctx, 1/zero)\n\treport.Called(nil, \"measure\")\n\t// more calls\n"},
	}},
	{kind: "before main", edits: []edit{{"caller/main.go", "", "var early = more.Do.Call(context.Background(), \"early\")\n\nfunc init() { report.Called(early, \"do\") }\n"}}},
	{kind: "before main, deep", edits: []edit{{"caller/main.go", "", "func init() { warm() }\n\nfunc warm() { report.Called(more.Do.Call(context.Background(), \"early\"), \"do\") }\n"}}},
	{kind: "ended batch", edits: []edit{{"caller/main.go", "// more calls\n", "var old context.Context\n\tif err := dispatch.Batch(ctx, func(ctx context.Context) error { old = ctx; return nil }); err != nil {\n\t\tlog.Fatal(err)\n\t}\n\treport.Called(more.Do.Call(old), \"do\", []string{})\n\t// more calls\n"}}},
	{kind: "unserved", several: true, edits: []edit{{"callee/main.go", "\t_ \"example.com/app/more\"\n\t_ \"example.com/app/tasks\"\n", "\t_ \"example.com/app/tasks\"\n"}, {"callee/main.go", "func main() {", "//dispatch:serves ./tasks/...\n\nfunc main() {"}}},
	{kind: "pattern", policy: "a pattern that matches nothing was meant to match something", edits: []edit{{"callee/main.go", "func main() {", "//dispatch:serves ./tasks/... ./more/... ./mroe/...\n\nfunc main() {"}}},
	{kind: "result", edits: []edit{
		{"more/more.go", "", "var Fill = dispatch.Register(fill)\n\nfunc fill(ctx context.Context, out *int) error {\n\t*out = 7\n\treturn nil\n}\n"},
		{"caller/main.go", "// more calls\n", "var n int\n\tif err := more.Fill.Call(ctx, &n); err != nil {\n\t\tlog.Fatal(err)\n\t}\n\tif n != 7 {\n\t\tlog.Fatal(\"no result\")\n\t}\n\t// more calls\n"},
	}},
	{kind: "variable", several: true, edits: []edit{
		{"more/more.go", "", "var bucket string\n\n// SetBucket is for main.\nfunc SetBucket(b string) { bucket = b }\n\nvar Put = dispatch.Register(put)\n\nfunc put(ctx context.Context) error { report.Ran(\"put\", target()); return nil }\n\nfunc target() string { return bucket }\n"},
		{"caller/main.go", "// more calls\n", "more.SetBucket(\"b\")\n\treport.Called(more.Put.Call(ctx), \"put\", \"b\")\n\t// more calls\n"},
	}},
	{kind: "no transport", edits: []edit{
		{"caller/main.go", "\tdispatch.Use(dispatch.New(q))\n", ""},
		{"caller/main.go", "\tq := mem.New(mem.Concurrency(1))\n", ""},
		{"caller/main.go", "\tq.Handle(func(_ context.Context, d *transport.Delivery) error {\n\t\tline, err := json.Marshal(d.Message)\n\t\tfmt.Printf(\"message %s\\n\", line)\n\t\treturn err\n\t})\n", ""},
		{"caller/main.go", "\tif err := q.Wait(ctx); err != nil {\n\t\tlog.Fatal(err)\n\t}\n", ""},
		{"caller/main.go", "\t\"github.com/cloud-functions-dispatch/go/dispatch/transport\"\n\t\"github.com/cloud-functions-dispatch/go/dispatch/transport/mem\"\n", ""},
		{"caller/main.go", "\t\"encoding/json\"\n\t\"fmt\"\n", ""},
		{"caller/main.go", "var _ time.Time\n", "var _ time.Time\nvar _ = log.Fatal\nvar _ dispatch.RegisterOption\n"},
	}},
	{kind: "no transport in the callee", several: true, edits: []edit{{"more/more.go", "\treport.Ran(\"do\", words)\n", "\treport.Ran(\"do\", words)\n\tif len(words) > 0 {\n\t\treturn again(ctx)\n\t}\n"}, {"more/more.go", "", "func init() { other = dispatch.Register(another) }\n\nvar other *dispatch.Func[func(context.Context) error]\n\nfunc again(ctx context.Context) error { return other.Call(ctx) }\n\nfunc another(ctx context.Context) error { return nil }\n"}}},
	{kind: "unmade", several: true, edits: []edit{{"more/more.go", "var Do = dispatch.Register(do)", "var Do = new(dispatch.Func[func(context.Context, ...string) error])"}}},
	{kind: "changed", edits: []edit{{"caller/main.go", "// more calls\n", "more.Do.Call = func(context.Context, ...string) error { return nil }\n\treport.Called(more.Do.Call(ctx, \"lost\"), \"do\", []string{\"lost\"})\n\t// more calls\n"}}},
}
