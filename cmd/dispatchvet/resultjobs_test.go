package main

// resultJobs write variables that somebody may read afterwards.
var resultJobs = []job{
	{
		kind: "counter that only the caller reads", wrong: true,
		tasks: `
var Done int

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	Done++
	report.Ran("put")
	return nil
}
`,
		caller: `report.Called(job.Put.Call(ctx), "put")
	if job.Done != 1 {
		log.Fatal("not done")
	}`,
	},
	{
		kind: "list that only the caller reads", wrong: true,
		tasks: `
var (
	mu      sync.Mutex
	results []string
)

func Results() []string {
	mu.Lock()
	defer mu.Unlock()
	return slices.Clone(results)
}

var Convert = dispatch.Register(convert)

func convert(ctx context.Context, name string) error {
	mu.Lock()
	defer mu.Unlock()
	results = append(results, name+".jpg")
	return nil
}
`,
		caller: `if err := job.Convert.Call(ctx, "a"); err != nil {
		log.Fatal(err)
	}
	for i, name := range job.Results() {
		log.Print(i, name)
	}
	if len(job.Results()) == 0 {
		log.Fatal("no results")
	}`,
	},
	{
		kind: "counter that the function reads",
		tasks: `
var runs atomic.Int64

func Runs() int64 { return runs.Load() }

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	if runs.Add(1) > 1000 {
		return errors.New("too many")
	}
	log.Print(runs.Load())
	report.Ran("put")
	return nil
}
`,
		caller: `report.Called(job.Put.Call(ctx), "put")
	log.Print(job.Runs())`,
	},
	{
		kind: "list that a function flushes",
		tasks: `
var pending []string

func Flush() {
	log.Print(pending)
	pending = nil
}

var Put = dispatch.Register(put)

func put(ctx context.Context, name string) error {
	pending = append(pending, name)
	if len(pending) > 0 {
		Flush()
	}
	report.Ran("put", name)
	return nil
}
`,
		caller: `report.Called(job.Put.Call(ctx, "a"), "put", "a")
	job.Flush()`,
	},
}
