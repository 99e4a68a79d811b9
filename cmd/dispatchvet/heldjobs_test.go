package main

// heldJobs keep what they need in a holder.
var heldJobs = []job{
	{
		kind: "atomic pointer", wrong: true,
		tasks: `
type Config struct{ Bucket string }

var Current atomic.Pointer[Config]

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", Current.Load().Bucket)
	return nil
}
`,
		caller: `job.Current.Store(&job.Config{Bucket: "b"})
	report.Called(job.Put.Call(ctx), "put", "b")`,
	},
	{
		kind: "sync map", wrong: true,
		tasks: `
var tenants sync.Map

func AddTenant(id, bucket string) { tenants.Store(id, bucket) }

var Put = dispatch.Register(put)

func put(ctx context.Context, id string) error {
	bucket, ok := tenants.Load(id)
	if !ok {
		return fmt.Errorf("unknown tenant %s", id)
	}
	report.Ran("put", bucket)
	return nil
}
`,
		caller: `job.AddTenant("t", "b")
	report.Called(job.Put.Call(ctx, "t"), "put", "b")`,
	},
	{
		kind: "struct holder", wrong: true,
		tasks: `
type Database struct{ rows map[int]string }

func (d *Database) Row(id int) string { return d.rows[id] }

func Open() *Database { return &Database{rows: map[int]string{1: "one"}} }

var App struct {
	DB   *Database
	Name string
}

var Show = dispatch.Register(show)

func show(ctx context.Context, id int) error {
	report.Ran("show", App.DB.Row(id))
	return nil
}
`,
		caller: `job.App.DB = job.Open()
	report.Called(job.Show.Call(ctx, 1), "show", "one")`,
	},
	{
		kind: "atomic value in a holder", wrong: true,
		tasks: `
type holder struct {
	mu    sync.RWMutex
	value string
}

func (h *holder) Set(v string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.value = v
}

func (h *holder) Get() string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.value
}

var Region = new(holder)

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", Region.Get()+"/b")
	return nil
}
`,
		caller: `job.Region.Set("eu")
	report.Called(job.Put.Call(ctx), "put", "eu/b")`,
	},
	{
		kind: "interface that main implements", wrong: true,
		tasks: `
type Store interface{ Save(id int) error }

var store Store

func Use(s Store) { store = s }

var Save = dispatch.Register(save)

func save(ctx context.Context, id int) error { return store.Save(id) }
`,
		callerDecls: `
type disk struct{}

func (disk) Save(id int) error { report.Ran("save", id); return nil }
`,
		caller: `job.Use(disk{})
	report.Called(job.Save.Call(ctx, 1), "save", 1)`,
	},
	{
		kind: "atomic pointer in both",
		tasks: `
type Config struct{ Bucket string }

var Current atomic.Pointer[Config]

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", Current.Load().Bucket)
	return nil
}
`,
		caller: `job.Current.Store(&job.Config{Bucket: "b"})
	report.Called(job.Put.Call(ctx), "put", "b")`,
		calleeDecls: `
var loaded = job.Config{Bucket: "b"}
`,
		callee: `job.Current.Store(&loaded)`,
	},
	{
		kind: "atomic pointer that may be nil",
		tasks: `
type Config struct{ Bucket string }

var current atomic.Pointer[Config]

func Set(c *Config) { current.Store(c) }

func config() *Config {
	if c := current.Load(); c != nil {
		return c
	}
	return &Config{Bucket: "b"}
}

var Put = dispatch.Register(put)

func put(ctx context.Context) error {
	report.Ran("put", config().Bucket)
	return nil
}
`,
		caller: `job.Set(&job.Config{Bucket: "b"})
	report.Called(job.Put.Call(ctx), "put", "b")`,
	},
	{
		kind: "sync map that is a cache",
		tasks: `
var sizes sync.Map

func Size(name string) int {
	n, _ := sizes.LoadOrStore(name, len(name))
	return n.(int)
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
		kind: "struct holder opened at start",
		tasks: `
type Database struct{ rows map[int]string }

var app struct {
	once sync.Once
	db   *Database
}

func DB() *Database {
	app.once.Do(func() { app.db = &Database{rows: map[int]string{1: "one"}} })
	return app.db
}

func init() {
	dispatch.OnStart(func(context.Context) error { DB(); return nil })
}

var Show = dispatch.Register(show)

func show(ctx context.Context, id int) error {
	report.Ran("show", DB().rows[id])
	return nil
}
`,
		caller: `job.DB()
	report.Called(job.Show.Call(ctx, 1), "show", "one")`,
	},
}
