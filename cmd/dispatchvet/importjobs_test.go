package main

// picture has a function that decodes a PNG picture.
const picture = `
var Measure = dispatch.Register(measure)

func measure(ctx context.Context, data []byte) error {
	c, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return err
	}
	report.Ran("measure", format, c.Width)
	return nil
}
`

// drawing makes a PNG picture and calls the function of picture.
const drawing = `var data bytes.Buffer
	if err := png.Encode(&data, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		log.Fatal(err)
	}
	report.Called(job.Measure.Call(ctx, data.Bytes()), "measure", "png", 3)`

// driverRegistry is a package in which drivers register.
var driverRegistry = []edit{
	{"drivers/drivers.go", "", `package drivers

import "fmt"

var drivers = make(map[string]func(string) string)

func Register(name string, get func(string) string) { drivers[name] = get }

func Get(driver, key string) (string, error) {
	get, ok := drivers[driver]
	if !ok {
		return "", fmt.Errorf("unknown driver %q (forgotten import?)", driver)
	}
	return get(key), nil
}
`},
	{"drivers/local/local.go", "", `package local

import "example.com/app/drivers"

func init() { drivers.Register("local", func(key string) string { return "local " + key }) }
`},
}

const fetching = `
var Fetch = dispatch.Register(fetch)

func fetch(ctx context.Context, key string) error {
	v, err := drivers.Get("local", key)
	if err != nil {
		return err
	}
	report.Ran("fetch", v)
	return nil
}
`

const fetched = `report.Called(job.Fetch.Call(ctx, "k"), "fetch", "local k")`

// importJobs need a package that is imported for its effect.
var importJobs = []job{
	{kind: "picture format of the caller", wrong: true, tasks: picture, caller: drawing},
	{kind: "picture format of both", not: "picture", tasks: picture, caller: drawing, calleeDecls: "import _ \"image/png\"\n"},
	{kind: "picture format of the function", not: "picture", tasks: "import _ \"image/png\"\n" + picture, caller: drawing},
	{
		kind: "picture that the caller decodes", wrong: true,
		tasks: `
func Size(data []byte) (int, error) {
	m, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return 0, err
	}
	return m.Bounds().Dx(), nil
}

var Scale = dispatch.Register(scale)

func scale(ctx context.Context, data []byte) error {
	n, err := Size(data)
	if err != nil {
		return err
	}
	report.Ran("scale", n)
	return nil
}
`,
		caller: `var data bytes.Buffer
	if err := png.Encode(&data, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		log.Fatal(err)
	}
	n, err := job.Size(data.Bytes())
	if err != nil {
		log.Fatal(err)
	}
	report.Called(job.Scale.Call(ctx, data.Bytes()), "scale", n)`,
	},
	{kind: "driver of the caller", wrong: true, tasks: fetching, caller: fetched, callerDecls: "import _ \"example.com/app/drivers/local\"\n", edits: driverRegistry},
	{kind: "driver of both", not: "driver", tasks: fetching, caller: fetched, callerDecls: "import _ \"example.com/app/drivers/local\"\n", calleeDecls: "import _ \"example.com/app/drivers/local\"\n", edits: driverRegistry},
	{
		kind: "driver that a package of the caller imports", wrong: true, tasks: fetching, caller: fetched,
		callerDecls: "import _ \"example.com/app/plugins\"\n",
		edits:       append([]edit{{"plugins/plugins.go", "", "package plugins\n\nimport _ \"example.com/app/drivers/local\"\n"}}, driverRegistry...),
	},
	{
		kind: "another driver of the caller", not: "driver",
		tasks: `import _ "example.com/app/drivers/local"
` + fetching,
		caller: fetched, callerDecls: "import _ \"example.com/app/drivers/remote\"\n",
		edits: append([]edit{{"drivers/remote/remote.go", "", `package remote

import "example.com/app/drivers"

func init() { drivers.Register("remote", func(key string) string { return "remote " + key }) }
`}}, driverRegistry...),
	},
}
