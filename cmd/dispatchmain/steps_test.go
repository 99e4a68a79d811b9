package main

import (
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// stepsCommand is the script command
//
//	steps
//
// It runs the commands that generate has just printed, as a reader would paste them, in
// the working folder. Programs are compiled instead of run.
func stepsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: steps")
	}
	_, next, ok := strings.Cut(ts.ReadFile("stdout"), "\nnext:\n")
	if !ok {
		ts.Fatalf("generate has printed no steps for this folder")
	}
	run := 0
	for line := range strings.Lines(next) {
		step, indented := strings.CutPrefix(strings.TrimRight(line, "\n"), "  ")
		step, _, _ = strings.Cut(step, "   #")
		if !indented || !strings.Contains(step, "go ") && !strings.Contains(step, "dispatchvet") {
			continue
		}
		step = strings.Replace(step, "go tool dispatchvet", "dispatchvet", 1)
		step = strings.Replace(step, "dispatchvet", "$VETTOOL", 1)
		step = strings.Replace(step, " run ", " build -o /dev/null ", 1)
		if err := ts.Exec("sh", "-c", step); err != nil {
			ts.Fatalf("the printed step %s: %v", step, err)
		}
		ts.Logf("[steps] %s", step)
		run++
	}
	if run < 2 {
		ts.Fatalf("generate has printed only %d commands", run)
	}
}
