package main

// objectJobs use a configuration with methods, or a logger.
var objectJobs = []job{
	{
		kind: "method that writes", wrong: true,
		tasks: `
type Config struct{ Bucket string }

func (c *Config) Load() { c.Bucket = "b" }

func (c *Config) Validate() error {
	if c == nil {
		return errors.New("no config")
	}
	return nil
}

var Conf Config

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", Conf.Bucket)
	return nil
}
`,
		caller: `job.Conf.Load()
	report.Called(job.Put.Call(ctx), "put", "b")`,
		callee: `if err := job.Conf.Validate(); err != nil {
		log.Fatal(err)
	}`,
	},
	{
		kind: "method of an embedded type", wrong: true,
		tasks: `
type base struct{ names []string }

func (b *base) Add(name string) { b.names = append(b.names, name) }

func (b *base) Len() int { return len(b.names) }

type registry struct{ base }

var Names registry

var First = dispatch.Register(first)

func first(ctx context.Context) error {
	report.Ran("first", Names.names[0])
	return nil
}
`,
		caller: `job.Names.Add("a")
	report.Called(job.First.Call(ctx), "first", "a")`,
		callee: `log.Print(job.Names.Len())`,
	},
	{
		kind: "method that writes in both",
		tasks: `
type Config struct{ Bucket string }

func (c *Config) Load() { c.Bucket = "b" }

var Conf Config

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", Conf.Bucket)
	return nil
}
`,
		caller: `job.Conf.Load()
	report.Called(job.Put.Call(ctx), "put", "b")`,
		callee: `job.Conf.Load()`,
	},
	{
		kind: "method that never writes",
		tasks: `
type Config struct {
	Bucket string
	Tries  int
}

func (c *Config) Validate() error {
	if c.Tries < 0 {
		return errors.New("negative")
	}
	return nil
}

var Conf Config

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", "b", Conf.Tries)
	return nil
}
`,
		caller: `if err := job.Conf.Validate(); err != nil {
		log.Fatal(err)
	}
	report.Called(job.Put.Call(ctx), "put", "b", 0)`,
	},
	{
		kind: "nil slog logger", wrong: true,
		tasks: `
var Log *slog.Logger

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	Log.InfoContext(ctx, "put")
	report.Ran("put")
	return nil
}
`,
		caller: `job.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	report.Called(job.Put.Call(ctx), "put")`,
	},
	{
		kind: "nil logger", wrong: true,
		tasks: `
var logger *log.Logger

func SetLogger(l *log.Logger) { logger = l }

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	defer logger.Println("done")
	report.Ran("put")
	return nil
}
`,
		caller: `job.SetLogger(log.Default())
	report.Called(job.Put.Call(ctx), "put")`,
	},
	{
		kind: "default logger",
		tasks: `
var Log = slog.Default()

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	Log.InfoContext(ctx, "put")
	report.Ran("put")
	return nil
}
`,
		caller: `job.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	report.Called(job.Put.Call(ctx), "put")`,
	},
	{
		kind: "logger or the default one",
		tasks: `
var custom *slog.Logger

func SetLogger(l *slog.Logger) { custom = l }

func logger() *slog.Logger {
	if custom == nil {
		return slog.Default()
	}
	return custom
}

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	logger().Info("put")
	report.Ran("put")
	return nil
}
`,
		caller: `job.SetLogger(slog.Default())
	report.Called(job.Put.Call(ctx), "put")`,
	},
}
