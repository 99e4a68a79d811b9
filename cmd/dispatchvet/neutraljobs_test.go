package main

// neutralJobs read a variable whose zero value may be meant.
var neutralJobs = []job{
	{
		kind: "dry run", wrong: true,
		tasks: `
var DryRun bool

var Delete = dispatch.Register(remove)

func remove(ctx context.Context, id int) error {
	if DryRun {
		report.Ran("planned", id)
		return nil
	}
	report.Ran("deleted", id)
	return nil
}
`,
		caller: `job.DryRun = true
	report.Called(job.Delete.Call(ctx, 1), "planned", 1)`,
	},
	{
		kind: "enabled", wrong: true,
		tasks: `
var enabled = false

func Enable() { enabled = true }

var Send = dispatch.Register(send)

func send(ctx context.Context, to string) error {
	if !enabled {
		return nil
	}
	report.Ran("send", to)
	return nil
}
`,
		caller: `job.Enable()
	report.Called(job.Send.Call(ctx, "x"), "send", "x")`,
	},
	{
		kind: "false and then set", wrong: true,
		tasks: `
var Ready, Strict = false, false

var Check = dispatch.Register(check)

func check(ctx context.Context) error {
	if !Ready {
		return errors.New("not ready")
	}
	report.Ran("check")
	return nil
}
`,
		caller: `job.Ready = true
	report.Called(job.Check.Call(ctx), "check")`,
	},
	{
		kind: "empty and then set", wrong: true,
		tasks: `
var (
	Bucket = ""
	Limit  = 0
)

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", Bucket)
	return nil
}
`,
		caller: `job.Bucket = "b"
	report.Called(job.Put.Call(ctx), "put", "b")`,
	},
	{
		kind: "set by range", wrong: true,
		tasks: `
var Bucket string

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", Bucket)
	return nil
}
`,
		caller: `for _, job.Bucket = range []string{"a", "b"} {
		log.Print(job.Bucket)
	}
	report.Called(job.Put.Call(ctx), "put", "b")`,
	},
	{
		kind: "set by range over a map", wrong: true,
		tasks: `
var Region string

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	if Region == "" {
		return errors.New("no region")
	}
	report.Ran("put", Region)
	return nil
}
`,
		caller: `for job.Region = range map[string]bool{"eu": true} {
		break
	}
	report.Called(job.Put.Call(ctx), "put", "eu")`,
	},
	{
		kind: "set by range in both",
		tasks: `
var Bucket string

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", Bucket)
	return nil
}
`,
		caller: `for _, job.Bucket = range []string{"a", "b"} {
		log.Print(job.Bucket)
	}
	report.Called(job.Put.Call(ctx), "put", "b")`,
		callee: `for _, job.Bucket = range []string{"a", "b"} {
		log.Print(job.Bucket)
	}`,
	},
	{
		kind: "set by range of a list that is used",
		tasks: `
var Last string

var Put = dispatch.Register(put)

func put(ctx context.Context, names []string) error {
	for _, Last = range names {
		report.Ran("put", Last)
	}
	return nil
}
`,
		caller: `for _, job.Last = range []string{"a"} {
		report.Called(job.Put.Call(ctx, []string{job.Last}), "put", "a")
	}`,
	},
	{
		kind: "verbose",
		tasks: `
var Verbose bool

var Delete = dispatch.Register(remove)

func remove(ctx context.Context, id int) error {
	if Verbose {
		log.Printf("delete %d", id)
	}
	report.Ran("deleted", id)
	return nil
}
`,
		caller: `job.Verbose = true
	report.Called(job.Delete.Call(ctx, 1), "deleted", 1)`,
	},
	{
		kind: "verbose in a helper",
		tasks: `
var debug = false

func SetDebug(on bool) { debug = on }

func debugf(format string, args ...any) {
	if !debug {
		return
	}
	log.Printf(format, args...)
}

var Delete = dispatch.Register(remove)

func remove(ctx context.Context, id int) error {
	debugf("delete %d", id)
	report.Ran("deleted", id)
	return nil
}
`,
		caller: `job.SetDebug(true)
	report.Called(job.Delete.Call(ctx, 1), "deleted", 1)`,
	},
	{
		kind: "dry run in both",
		tasks: `
var DryRun = false

var Delete = dispatch.Register(remove)

func remove(ctx context.Context, id int) error {
	if DryRun {
		report.Ran("planned", id)
		return nil
	}
	report.Ran("deleted", id)
	return nil
}
`,
		caller: `job.DryRun = true
	report.Called(job.Delete.Call(ctx, 1), "planned", 1)`,
		callee: `job.DryRun = true`,
	},
}
