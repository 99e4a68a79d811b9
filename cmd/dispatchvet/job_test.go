package main

import (
	"regexp"
	"slices"
	"strings"
)

// A job is a package below tasks with a registered function, the code of the caller that
// calls it, and the preparation in the callee. The code of caller and callee names the
// package job. Imports that the code names are added.
type job struct {
	kind   string
	wrong  bool   // it is a mistake; else it is a variant of a correct program
	policy string // see mistake
	tasks  string // declarations

	caller, callee           string // statements
	callerDecls, calleeDecls string // further declarations

	edits []edit // further changes
	not   string // the job would cure mistakes whose kind contains this word
}

// jobs returns the wrong jobs, or the right ones.
func jobs(wrong bool) []job {
	all := slices.Concat(checkedJobs, lookedUpJobs, heldJobs, neutralJobs, startJobs, objectJobs,
		contextJobs, importJobs, resultJobs, argumentJobs, callJobs, optionJobs, programJobs)
	return slices.DeleteFunc(all, func(j job) bool { return j.wrong != wrong })
}

// allMistakes returns the mistakes, those in jobs last.
func allMistakes() []mistake {
	all := slices.Clone(mistakes)
	for _, j := range jobs(true) {
		all = append(all, mistake{kind: j.kind, edits: j.program(), policy: j.policy})
	}
	return all
}

// program returns the edits that add the job to a program.
func (j job) program() []edit {
	name := strings.ReplaceAll(j.kind, " ", "")
	edits := slices.Clone(j.edits)
	if j.tasks == "" {
		return edits
	}
	callee := "import _ \"example.com/app/tasks/" + name + "\"\n" + j.calleeDecls
	if j.callee != "" {
		edits = append(edits, edit{"callee/main.go", "func main() {\n", "func main() {\n\t" + name + "()\n"})
		callee += "\nfunc " + name + "() {\n\t" + j.callee + "\n}\n"
	}
	return append(edits,
		edit{"tasks/" + name + "/" + name + ".go", "", goFile(name, name, j.tasks)},
		edit{"callee/" + name + ".go", "", goFile("main", name, callee)},
		edit{"caller/" + name + ".go", "", goFile("main", name, j.callerDecls+"\nfunc "+name+"(ctx context.Context) {\n\t"+j.caller+"\n}\n")},
		edit{"caller/main.go", "\t// more calls\n", "\t" + name + "(ctx)\n\t// more calls\n"},
	)
}

var qualifier = regexp.MustCompile(`\b([a-z]+)\.[A-Z]`)

// goFile returns a file of a package with its code, and the imports that the code names.
// In a package main, job is the package of the job with the given name.
func goFile(pkg, name, code string) string {
	paths := map[string]string{
		"atomic": "sync/atomic", "slog": "log/slog", "png": "image/png", "http": "net/http",
		"report": "example.com/app/report", "drivers": "example.com/app/drivers", "platform": "example.com/app/platform", "options": "example.com/app/options", "choices": "example.com/app/choices",
		"dispatch": "github.com/cloud-functions-dispatch/go/dispatch", "mem": "github.com/cloud-functions-dispatch/go/dispatch/transport/mem",
	}
	for _, std := range []string{"bytes", "cmp", "context", "errors", "flag", "fmt", "image", "io", "log", "maps", "os", "slices", "strings", "sync", "time"} {
		paths[std] = std
	}
	out := "package " + pkg + "\n\n"
	if pkg == "main" && strings.Contains(code, "job.") {
		out += "import job \"example.com/app/tasks/" + name + "\"\n"
	}
	var added []string
	for _, m := range qualifier.FindAllStringSubmatch(code, -1) {
		if path := paths[m[1]]; path != "" && !slices.Contains(added, path) {
			added = append(added, path)
			out += "import \"" + path + "\"\n"
		}
	}
	return out + code
}
