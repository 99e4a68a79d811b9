package main

// ping is a function to call.
const ping = `
var Ping = dispatch.Register(ping)

func ping(ctx context.Context, n int) error {
	report.Ran("ping", n)
	return nil
}
`

// warming calls the function Warm before main starts.
const warming = `
var Warm = dispatch.Register(warm)

func warm(ctx context.Context) error {
	report.Ran("warm")
	return nil
}

func init() {
	must(func() error {
		if err := Warm.Call(context.Background()); err != nil {
			return fmt.Errorf("warm up: %w", err)
		}
		return nil
	})
}
`

const running = `
func must(fn func() error) {
	if err := fn(); err != nil {
		log.Fatal(err)
	}
}
`

// callJobs are called too early or too late.
var callJobs = []job{
	{kind: "must in init", wrong: true, tasks: warming + running, caller: `report.Called(job.Warm.Call(ctx), "warm")`},
	{
		kind: "must in another package", wrong: true,
		tasks: `import "example.com/app/start"

var Warm = dispatch.Register(warm)

func warm(ctx context.Context) error {
	report.Ran("warm")
	return nil
}

func init() { start.Must(again) }

func again() error { return Warm.Call(context.Background()) }
`,
		caller: `report.Called(job.Warm.Call(ctx), "warm")`,
		edits: []edit{{"start/start.go", "", goFile("start", "", `
func Must(fn func() error) {
	if err := fn(); err != nil {
		log.Fatal(err)
	}
}
`)}},
	},
	{
		kind: "must in init without a call",
		tasks: `
var Warm = dispatch.Register(warm)

func warm(ctx context.Context) error {
	report.Ran("warm")
	return nil
}

var name string

func init() {
	must(func() (err error) { name, err = os.Hostname(); return err })
}
` + running,
		caller: `report.Called(job.Warm.Call(ctx), "warm")`,
	},
	{
		kind: "call that init keeps for main",
		tasks: `
var Warm = dispatch.Register(warm)

func warm(ctx context.Context) error {
	report.Ran("warm")
	return nil
}

var steps []func(context.Context) error

func init() {
	steps = append(steps, func(ctx context.Context) error {
		err := Warm.Call(ctx)
		report.Called(err, "warm")
		return err
	})
}

func Start(ctx context.Context) {
	for _, step := range steps {
		must(func() error { return step(ctx) })
	}
}
` + running,
		caller: `job.Start(ctx)`,
	},
	{
		kind: "named batch with a goroutine", wrong: true, tasks: ping,
		callerDecls: `
var (
	pending sync.WaitGroup
	ended   = make(chan struct{})
)

func pingLater(ctx context.Context) error {
	pending.Add(1)
	go func() {
		defer pending.Done()
		<-ended
		report.Called(job.Ping.Call(ctx, 1), "ping", 1)
	}()
	return nil
}
`,
		caller: `if err := dispatch.Batch(ctx, pingLater); err != nil {
		log.Fatal(err)
	}
	close(ended)
	pending.Wait()`,
	},
	{
		kind: "method batch with a goroutine", wrong: true, tasks: ping,
		callerDecls: `
type pinger struct {
	ended chan struct{}
	done  chan error
}

func (p *pinger) send(ctx context.Context) error {
	go p.ping(ctx)
	return nil
}

func (p *pinger) ping(ctx context.Context) {
	<-p.ended
	p.done <- job.Ping.Call(ctx, 1)
}
`,
		caller: `p := &pinger{ended: make(chan struct{}), done: make(chan error)}
	if err := dispatch.Batch(ctx, p.send); err != nil {
		log.Fatal(err)
	}
	close(p.ended)
	report.Called(<-p.done, "ping", 1)`,
	},
	{
		kind: "named batch that waits", tasks: ping,
		callerDecls: `
func pingAll(ctx context.Context) error {
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() { report.Called(job.Ping.Call(ctx, i), "ping", i) })
	}
	all.Wait()
	return nil
}
`,
		caller: `if err := dispatch.Batch(ctx, pingAll); err != nil {
		log.Fatal(err)
	}`,
	},
	{
		kind: "method batch that waits", tasks: ping,
		callerDecls: `
type sender struct{ errs chan error }

func (s sender) send(ctx context.Context) error {
	go func() { s.errs <- job.Ping.Call(ctx, 1) }()
	return <-s.errs
}
`,
		caller: `s := sender{make(chan error)}
	report.Called(dispatch.Batch(ctx, s.send), "ping", 1)`,
	},
	{
		kind: "batch with a goroutine of its own context", tasks: ping,
		callerDecls: `
var apart sync.WaitGroup

func pingApart(ctx context.Context) func(context.Context) error {
	return func(context.Context) error {
		apart.Go(func() { report.Called(job.Ping.Call(ctx, 1), "ping", 1) })
		return nil
	}
}
`,
		caller: `if err := dispatch.Batch(ctx, pingApart(context.WithoutCancel(context.Background()))); err != nil {
		log.Fatal(err)
	}
	apart.Wait()`,
	},
}
