package main

// argumentJobs write through their arguments.
var argumentJobs = []job{
	{
		kind: "result in a struct", wrong: true,
		tasks: `
type Job struct {
	Name   string
	Result *int
}

var Measure = dispatch.Register(measure)

func measure(ctx context.Context, j Job) error {
	*j.Result = len(j.Name)
	return nil
}
`,
		caller: `j := job.Job{Name: "abc", Result: new(int)}
	if err := job.Measure.Call(ctx, j); err != nil {
		log.Fatal(err)
	}
	if *j.Result != 3 {
		log.Fatal("no result")
	}`,
	},
	{
		kind: "field written while another is read", wrong: true,
		tasks: `
type Job struct {
	Name string
	Size int
}

var Measure = dispatch.Register(measure)

func measure(ctx context.Context, j *Job) error {
	j.Size = len(j.Name)
	return nil
}
`,
		caller: `j := &job.Job{Name: "abc"}
	if err := job.Measure.Call(ctx, j); err != nil {
		log.Fatal(err)
	}
	if j.Size != 3 {
		log.Fatal("no size")
	}`,
	},
	{
		kind: "result in a map of a struct", wrong: true,
		tasks: `
type Job struct {
	Names []string
	Sizes map[string]int
}

var Measure = dispatch.Register(measure)

func measure(ctx context.Context, j Job) error {
	for _, name := range j.Names {
		j.add(name)
	}
	return nil
}

func (j Job) add(name string) { j.Sizes[name] = len(name) }
`,
		caller: `j := job.Job{Names: []string{"abc"}, Sizes: map[string]int{}}
	if err := job.Measure.Call(ctx, j); err != nil {
		log.Fatal(err)
	}
	if j.Sizes["abc"] != 3 {
		log.Fatal("no size")
	}`,
	},
	{
		kind: "result in a list of a struct", wrong: true,
		tasks: `
type Job struct {
	Names []string
	Sizes []int
}

var Measure = dispatch.Register(measure)

func measure(ctx context.Context, j *Job) error {
	for i, name := range j.Names {
		j.Sizes[i] = len(name)
	}
	return nil
}
`,
		caller: `j := &job.Job{Names: []string{"abc"}, Sizes: make([]int, 1)}
	if err := job.Measure.Call(ctx, j); err != nil {
		log.Fatal(err)
	}
	if j.Sizes[0] != 3 {
		log.Fatal("no size")
	}`,
	},
	{
		kind: "result nobody needs", wrong: true, policy: "the caller may read the result later",
		tasks: `
type Status struct{ Code int }

var Run = dispatch.Register(run)

func run(ctx context.Context, s *Status) error {
	report.Ran("run")
	s.Code = 200
	return nil
}
`,
		caller: `report.Called(job.Run.Call(ctx, &job.Status{}), "run")`,
	},
	{
		kind: "defaults in a struct",
		tasks: `
type Options struct {
	Width *int
	Tags  map[string]string
}

func (o *Options) fill() {
	if o.Width == nil {
		o.Width = new(int)
		*o.Width = 7
	}
	if o.Tags == nil {
		o.Tags = make(map[string]string)
	}
	o.Tags["a"] = "b"
}

var Scale = dispatch.Register(scale)

func scale(ctx context.Context, o Options) error {
	o.fill()
	report.Ran("scale", *o.Width, o.Tags)
	return nil
}
`,
		caller: `report.Called(job.Scale.Call(ctx, job.Options{}), "scale", 7, map[string]string{"a": "b"})`,
	},
	{
		kind: "field written and read",
		tasks: `
type Job struct {
	Name string
	Size int
}

var Measure = dispatch.Register(measure)

func measure(ctx context.Context, j *Job) error {
	j.Size = len(j.Name)
	return save(j)
}

func save(j *Job) error {
	report.Ran("measure", j.Size)
	return nil
}
`,
		caller: `report.Called(job.Measure.Call(ctx, &job.Job{Name: "abc"}), "measure", 3)`,
	},
	{
		kind: "list sorted in place",
		tasks: `
var Order = dispatch.Register(order)

func order(ctx context.Context, names []string) error {
	slices.Sort(names)
	for i := range names {
		names[i] = strings.ToUpper(names[i])
	}
	report.Ran("order", strings.Join(names, " "))
	return nil
}
`,
		caller: `report.Called(job.Order.Call(ctx, []string{"b", "a"}), "order", "A B")`,
	},
}
