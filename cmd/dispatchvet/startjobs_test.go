package main

// startJobs need what is prepared when a process starts.
var startJobs = []job{
	{
		kind: "flag that only the caller parses", wrong: true,
		tasks: `
var bucket string

func init() { flag.StringVar(&bucket, "parsed-bucket", "", "where to put") }

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", bucket)
	return nil
}
`,
		caller: `os.Args = append(os.Args, "-parsed-bucket=b")
	flag.Parse()
	report.Called(job.Put.Call(ctx), "put", "b")`,
	},
	{
		kind: "pointer to a flag", wrong: true,
		tasks: `
var bucket = flag.String("pointed-bucket", "", "where to put")

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	if *bucket == "" {
		return errors.New("no bucket")
	}
	report.Ran("put", *bucket)
	return nil
}
`,
		caller: `os.Args = append(os.Args, "-pointed-bucket=b")
	flag.Parse()
	report.Called(job.Put.Call(ctx), "put", "b")`,
	},
	{
		kind: "flag with a default",
		tasks: `
var bucket string

func init() { flag.StringVar(&bucket, "default-bucket", "b", "where to put") }

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", bucket)
	return nil
}
`,
		caller: `flag.Parse()
	report.Called(job.Put.Call(ctx), "put", "b")`,
	},
	{
		kind: "flag that both parse", not: "flag",
		tasks: `
var Bucket = flag.String("both-bucket", "", "where to put")

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", *Bucket)
	return nil
}
`,
		caller: `os.Args = append(os.Args, "-both-bucket=b")
	flag.Parse()
	report.Called(job.Put.Call(ctx), "put", "b")`,
		callee: `os.Args = append(os.Args, "-both-bucket=b")
	flag.Parse()`,
	},
	{
		kind: "start that reads what main sets", wrong: true,
		tasks: `
var (
	Address string
	client  string
)

func init() {
	dispatch.OnStart(func(context.Context) error {
		if Address == "" {
			return errors.New("no address")
		}
		client = "client of " + Address
		return nil
	})
}

var Ping = dispatch.Register(ping)

func ping(ctx context.Context) error {
	report.Ran("ping", client)
	return nil
}
`,
		caller: `job.Address = "h"
	report.Called(job.Ping.Call(ctx), "ping", "client of h")`,
	},
	{
		kind: "start that uses what main makes", wrong: true,
		tasks: `
type Config struct{ Address string }

var Settings *Config

func init() { dispatch.OnStart(open) }

func open(context.Context) error {
	log.Print("open " + Settings.Address)
	return nil
}

var Ping = dispatch.Register(ping)

func ping(ctx context.Context) error {
	report.Ran("ping")
	return nil
}
`,
		caller: `job.Settings = &job.Config{Address: "h"}
	report.Called(job.Ping.Call(ctx), "ping")`,
	},
	{
		kind: "start that sets",
		tasks: `
var Address, client string

func init() {
	dispatch.OnStart(func(context.Context) error { Address = "h"; return nil })
	dispatch.OnStart(func(context.Context) error { client = "client of " + Address; return nil })
}

var Ping = dispatch.Register(ping)

func ping(ctx context.Context) error {
	report.Ran("ping", client)
	return nil
}
`,
		caller: `job.Address = "h"
	report.Called(job.Ping.Call(ctx), "ping", "client of h")`,
	},
	{
		kind: "start that reads what init sets",
		tasks: `
var addresses map[string]string

func init() { addresses = map[string]string{"a": "h"} }

func init() {
	dispatch.OnStart(func(context.Context) error {
		if len(addresses) == 0 {
			return errors.New("no addresses")
		}
		return nil
	})
}

func Add(name, address string) { addresses[name] = address }

var Ping = dispatch.Register(ping)

func ping(ctx context.Context, name string) error {
	report.Ran("ping", addresses[name])
	return nil
}
`,
		caller: `job.Add("b", "i")
	report.Called(job.Ping.Call(ctx, "a"), "ping", "h")`,
	},
}
