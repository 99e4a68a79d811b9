package main

// checkedJobs check a variable before they use it.
var checkedJobs = []job{
	{
		kind: "guard with an error", wrong: true,
		tasks: `
var Bucket string

var Put = dispatch.Register(put)

func put(ctx context.Context, name string) error {
	if Bucket == "" {
		return errors.New("no bucket")
	}
	report.Ran("put", Bucket+name)
	return nil
}
`,
		caller: `job.Bucket = "b/"
	report.Called(job.Put.Call(ctx, "a"), "put", "b/a")`,
	},
	{
		kind: "guard in a helper", wrong: true,
		tasks: `
type Client struct{ Host string }

var client *Client

func SetClient(c *Client) { client = c }

func connected() (*Client, error) {
	if client == nil {
		return nil, errors.New("not connected")
	}
	return client, nil
}

var Ping = dispatch.Register(ping)

func ping(ctx context.Context) error {
	c, err := connected()
	if err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	report.Ran("ping", c.Host)
	return nil
}
`,
		caller: `job.SetClient(&job.Client{Host: "h"})
	report.Called(job.Ping.Call(ctx), "ping", "h")`,
	},
	{
		kind: "guard that sets a default",
		tasks: `
var Bucket string

var Put = dispatch.Register(put)

func put(ctx context.Context, name string) error {
	if Bucket == "" {
		Bucket = "b/"
	}
	report.Ran("put", Bucket+name)
	return nil
}
`,
		caller: `job.Bucket = "b/"
	report.Called(job.Put.Call(ctx, "a"), "put", "b/a")`,
	},
	{
		kind: "guard that opens",
		tasks: `
type Client struct{ Host string }

var client *Client

func Connect() (*Client, error) {
	if client == nil {
		client = &Client{Host: "h"}
	}
	if client.Host == "" {
		return nil, errors.New("no host")
	}
	return client, nil
}

var Ping = dispatch.Register(ping)

func ping(ctx context.Context) error {
	c, err := Connect()
	if err != nil {
		return err
	}
	report.Ran("ping", c.Host)
	return nil
}
`,
		caller: `if _, err := job.Connect(); err != nil {
		log.Fatal(err)
	}
	report.Called(job.Ping.Call(ctx), "ping", "h")`,
	},
	{
		kind: "guard of an optional hook",
		tasks: `
var Notify func(string)

var Put = dispatch.Register(put)

func put(ctx context.Context, name string) error {
	if Notify != nil {
		Notify(name)
	}
	report.Ran("put", name)
	return nil
}
`,
		caller: `job.Notify = func(name string) { log.Print(name) }
	report.Called(job.Put.Call(ctx, "a"), "put", "a")`,
	},
}
