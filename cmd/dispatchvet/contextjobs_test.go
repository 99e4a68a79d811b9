package main

// contextJobs read a value of their context, or an environment variable.
var contextJobs = []job{
	{
		kind: "context value", wrong: true,
		tasks: `
type tenantKey struct{}

func WithTenant(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, tenantKey{}, id)
}

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", ctx.Value(tenantKey{}).(string))
	return nil
}
`,
		caller: `report.Called(job.Put.Call(job.WithTenant(ctx, "t")), "put", "t")`,
	},
	{
		kind: "context value that is checked", wrong: true,
		tasks: `
type key int

const User key = 1

func user(ctx context.Context) (string, error) {
	name, ok := ctx.Value(User).(string)
	if !ok {
		return "", errors.New("not logged in")
	}
	return name, nil
}

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	name, err := user(ctx)
	if err != nil {
		return err
	}
	report.Ran("put", name)
	return nil
}
`,
		caller: `ctx = context.WithValue(ctx, job.User, "u")
	report.Called(job.Put.Call(ctx), "put", "u")`,
	},
	{
		kind: "context value with a default",
		tasks: `
type key int

const Language key = 1

func language(ctx context.Context) string {
	if l, ok := ctx.Value(Language).(string); ok {
		return l
	}
	return "en"
}

var Greet = dispatch.Register(greet)

func greet(ctx context.Context) error {
	report.Ran("greet", language(ctx))
	return nil
}
`,
		caller: `report.Called(job.Greet.Call(context.WithValue(ctx, job.Language, "en")), "greet", "en")`,
	},
	{
		kind: "context value that the function puts",
		tasks: `
type tenantKey struct{}

func WithTenant(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, tenantKey{}, id)
}

var Put = dispatch.Register(put)

func put(ctx context.Context, id string) error {
	return store(WithTenant(ctx, id))
}

func store(ctx context.Context) error {
	report.Ran("put", ctx.Value(tenantKey{}).(string))
	return nil
}
`,
		caller: `report.Called(job.Put.Call(job.WithTenant(ctx, "t"), "t"), "put", "t")`,
	},
	{
		kind: "context value that is logged",
		tasks: `
type traceKey struct{}

func WithTrace(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, traceKey{}, id)
}

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	log.Print(ctx.Value(traceKey{}))
	report.Ran("put")
	return nil
}
`,
		caller: `report.Called(job.Put.Call(job.WithTrace(ctx, "t")), "put")`,
	},
	{
		kind: "environment variable", wrong: true,
		tasks: `
var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", os.Getenv("JOB_BUCKET"))
	return nil
}
`,
		caller: `os.Setenv("JOB_BUCKET", "b")
	report.Called(job.Put.Call(ctx), "put", "b")`,
	},
	{
		kind: "environment variable by a constant", wrong: true,
		tasks: `
const RegionVariable = "JOB_REGION"

func lookup(name string) (string, error) {
	v, ok := os.LookupEnv(name)
	if !ok {
		return "", fmt.Errorf("%s is not set", name)
	}
	return v, nil
}

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	region, err := lookup(RegionVariable)
	if err != nil {
		return err
	}
	report.Ran("put", region)
	return nil
}
`,
		caller: `if err := os.Setenv(job.RegionVariable, "eu"); err != nil {
		log.Fatal(err)
	}
	report.Called(job.Put.Call(ctx), "put", "eu")`,
	},
	{
		kind: "environment variable in both",
		tasks: `
var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", os.Getenv("JOB_SHARED"))
	return nil
}
`,
		caller: `os.Setenv("JOB_SHARED", "b")
	report.Called(job.Put.Call(ctx), "put", "b")`,
		callee: `os.Setenv("JOB_SHARED", "b")`,
	},
	{
		kind: "environment variable with a default",
		tasks: `
func region() string {
	if r := os.Getenv("JOB_ZONE"); r != "" {
		return r
	}
	return "eu"
}

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", cmp.Or(os.Getenv("JOB_ZONE"), "eu"), region())
	return nil
}
`,
		caller: `os.Setenv("JOB_ZONE", "eu")
	report.Called(job.Put.Call(ctx), "put", "eu", "eu")`,
	},
}
