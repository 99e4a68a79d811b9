package main

// sharedOptions is a package with options that registrations share.
var sharedOptions = []edit{{"options/options.go", "", `package options

import "github.com/cloud-functions-dispatch/go/dispatch"

var Queue = dispatch.Queue("")

var Defaults = []dispatch.RegisterOption{Queue, dispatch.Concurrency(2)}

func Named(name string) dispatch.RegisterOption { return dispatch.Name("options." + name) }

func For(name string) []dispatch.RegisterOption {
	return append(Defaults[:len(Defaults):len(Defaults)], dispatch.Alias("old."+name))
}
`}}

// registered returns a package with a function that is registered with the given options.
func registered(options string) string {
	return `
var Put = dispatch.Register(put, ` + options + `)

func put(ctx context.Context) error {
	report.Ran("put")
	return nil
}
`
}

const called = `report.Called(job.Put.Call(ctx), "put")`

// optionJobs share options between registrations.
var optionJobs = []job{
	{
		kind: "option that depends on the process", wrong: true, caller: called,
		tasks: registered("named()") + `
func named() dispatch.RegisterOption { return dispatch.Name("put" + os.Getenv("CALLER")) }
`,
	},
	{
		kind: "option with a condition", wrong: true, caller: called,
		tasks: registered("options()...") + `
func options() []dispatch.RegisterOption {
	opts := []dispatch.RegisterOption{dispatch.Timeout(time.Minute)}
	if os.Getenv("CALLER") != "" {
		opts = append(opts, dispatch.Name("put.first"))
	}
	return opts
}
`,
	},
	{
		kind: "shared name", wrong: true, caller: called,
		tasks: registered("pinned...") + `
var pinned = []dispatch.RegisterOption{dispatch.Name("shared.put")}

var Other = dispatch.Register(other, pinned...)

func other(ctx context.Context) error { return nil }
`,
	},
	{
		kind: "shared name of another package", wrong: true, caller: called, edits: sharedOptions,
		tasks: registered(`options.Named("one")`) + `
var Other = dispatch.Register(other, options.Queue, options.Named("one"))

func other(ctx context.Context) error { return nil }
`,
	},
	{
		kind: "option that the caller changes", wrong: true, caller: called,
		tasks:       registered("choices.Queue"),
		callerDecls: "import _ \"example.com/app/changes\"\n",
		edits:       append([]edit{{"changes/changes.go", "", goFile("changes", "", "\nfunc init() { choices.Queue = choices.Changed }\n")}}, optionToChange...),
	},
	{
		kind: "shared variable", caller: called, edits: sharedOptions,
		tasks: registered("quick, options.Queue") + `
var quick = dispatch.Timeout(time.Second)

var Other = dispatch.Register(other, quick)

func other(ctx context.Context) error { return nil }
`,
	},
	{
		kind: "shared function", caller: called, edits: sharedOptions,
		tasks: registered(`slow(), options.Named("sharedfunction")`) + `
func slow() dispatch.RegisterOption { return dispatch.Timeout(time.Minute) }
`,
	},
	{
		kind: "shared list", caller: called, edits: sharedOptions,
		tasks: registered("options.Defaults...") + `
var Other = dispatch.Register(other, append(slices.Clone(options.Defaults), dispatch.Alias("shared.list"))...)

func other(ctx context.Context) error { return nil }
`,
	},
	{
		kind: "shared list of a function", caller: called, edits: sharedOptions,
		tasks: registered(`options.For("listofafunction")...`),
	},
}

// optionToChange is a package with an option that another package changes.
var optionToChange = []edit{{"choices/choices.go", "", `package choices

import "github.com/cloud-functions-dispatch/go/dispatch"

var Queue, Changed dispatch.RegisterOption = dispatch.Name("before"), dispatch.Name("after")
`}}
