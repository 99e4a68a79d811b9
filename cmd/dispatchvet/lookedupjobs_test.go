package main

// lookedUpJobs look something up in a map, or choose by a switch.
var lookedUpJobs = []job{
	{
		kind: "map that main fills", wrong: true,
		tasks: `
var Formats = map[string]string{}

var Convert = dispatch.Register(convert)

func convert(ctx context.Context, ext string) error {
	format, ok := Formats[ext]
	if !ok {
		return fmt.Errorf("unknown format %q", ext)
	}
	report.Ran("convert", format)
	return nil
}
`,
		caller: `job.Formats["jpg"] = "JPEG"
	report.Called(job.Convert.Call(ctx, "jpg"), "convert", "JPEG")`,
	},
	{
		kind: "handlers that main adds", wrong: true,
		tasks: `
var handlers map[string]func(string) error

func Handle(kind string, fn func(string) error) {
	if handlers == nil {
		handlers = make(map[string]func(string) error)
	}
	handlers[kind] = fn
}

var Do = dispatch.Register(do)

func do(ctx context.Context, kind, id string) error {
	if fn, ok := handlers[kind]; ok {
		return fn(id)
	}
	return dispatch.Permanent(errors.New("no handler for " + kind))
}
`,
		caller: `job.Handle("order", func(id string) error { report.Ran("order", id); return nil })
	report.Called(job.Do.Call(ctx, "order", "1"), "order", "1")`,
	},
	{
		kind: "map that init fills",
		tasks: `
var Formats = map[string]string{}

func init() { Formats["jpg"] = "JPEG" }

var Convert = dispatch.Register(convert)

func convert(ctx context.Context, ext string) error {
	format, ok := Formats[ext]
	if !ok {
		return fmt.Errorf("unknown format %q", ext)
	}
	report.Ran("convert", format)
	return nil
}
`,
		caller: `job.Formats["gif"] = "GIF"
	report.Called(job.Convert.Call(ctx, "jpg"), "convert", "JPEG")`,
	},
	{
		kind: "map that is a cache",
		tasks: `
var (
	mu    sync.Mutex
	sizes = map[string]int{}
)

func Size(name string) int {
	mu.Lock()
	defer mu.Unlock()
	if n, ok := sizes[name]; ok {
		return n
	}
	sizes[name] = len(name)
	return sizes[name]
}

var Measure = dispatch.Register(measure)

func measure(ctx context.Context, name string) error {
	report.Ran("measure", Size(name))
	return nil
}
`,
		caller: `report.Called(job.Measure.Call(ctx, "abc"), "measure", job.Size("abc"))`,
	},
	{
		kind: "switch with an error", wrong: true,
		tasks: `
var Store string

var Save = dispatch.Register(save)

func save(ctx context.Context, id int) error {
	switch Store {
	case "disk", "bucket":
		report.Ran("save", Store, id)
	default:
		return fmt.Errorf("unknown store %q", Store)
	}
	return nil
}
`,
		caller: `job.Store = "disk"
	report.Called(job.Save.Call(ctx, 1), "save", "disk", 1)`,
	},
	{
		kind: "switch over constants", wrong: true,
		tasks: `
type Mode int

const (
	Unknown Mode = iota
	Fast
	Careful
)

var mode Mode

func SetMode(m Mode) { mode = m }

var Scan = dispatch.Register(scan)

func scan(ctx context.Context) error {
	switch mode {
	case Fast:
		report.Ran("fast")
		return nil
	case Careful:
		report.Ran("careful")
		return nil
	}
	panic(fmt.Sprintf("mode %d", mode))
}
`,
		caller: `job.SetMode(job.Careful)
	report.Called(job.Scan.Call(ctx), "careful")`,
	},
	{
		kind: "switch with a default",
		tasks: `
var Store string

var Save = dispatch.Register(save)

func save(ctx context.Context, id int) error {
	store := "disk"
	switch Store {
	case "":
	case "disk", "bucket":
		store = Store
	default:
		return fmt.Errorf("unknown store %q", Store)
	}
	report.Ran("save", store, id)
	return nil
}
`,
		caller: `job.Store = "disk"
	report.Called(job.Save.Call(ctx, 1), "save", "disk", 1)`,
	},
	{
		kind: "switch that logs",
		tasks: `
var Level string

var Scan = dispatch.Register(scan)

func scan(ctx context.Context) error {
	switch Level {
	case "debug":
		log.Print("scan")
	case "trace":
		log.Printf("scan under %v", ctx)
	default:
	}
	report.Ran("scan")
	return nil
}
`,
		caller: `job.Level = "debug"
	report.Called(job.Scan.Call(ctx), "scan")`,
	},
}
