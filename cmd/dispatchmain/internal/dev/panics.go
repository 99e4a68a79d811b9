package dev

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cloud-functions-dispatch/go/internal/funcname"
)

// recordMark begins a line of the callee that is a record for dispatchmain.
const recordMark = "\x1e"

// recordFile is a file of the callee. Its option logs failed deliveries for dispatchmain,
// wherever the application sends its own log.
const (
	recordFile   = "dispatch_record.go"
	recordOption = "recordFailures()"
	recordSource = `package ` + Folder + `

import (
	"log/slog"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
)

func recordFailures() entrypoint.Option {
	return entrypoint.Logger(slog.New(slog.NewJSONHandler(records{}, nil)))
}

type records struct{}

func (records) Write(b []byte) (int, error) {
	_, err := os.Stderr.WriteString("\x1e" + string(b))
	return len(b), err
}
`
)

// panics prints each panic once: a call fails several times in the same way.
type panics struct {
	modules []string // that the user works on
	seen    map[string]bool
}

// record returns the lines to print for a record. The line of the call has the reason of
// a failure, so only a panic has more to say.
func (p *panics) record(line string) string {
	var r struct{ Msg, ID, Function, Error, Stack string }
	switch err := json.Unmarshal([]byte(line), &r); {
	case err != nil:
		return line
	case r.Stack != "":
		_, text, _ := strings.Cut(r.Error, "panic: ")
		head := fmt.Sprintf("panic in %s: %s\n", funcname.Short(r.Function), text)
		return p.once(head, "", frames(r.Stack))
	case r.ID == "": // a request by hand
		return r.Msg + ": " + r.Error + "\n"
	}
	return ""
}

// crash returns the lines to print for the last output of a callee that has crashed.
func (p *panics) crash(text string) string {
	head, stacks, _ := strings.Cut(text, "\n\n")
	for block := range strings.SplitSeq(stacks, "\n\n") {
		if title, stack, ok := strings.Cut(block, "\n"); ok && strings.HasPrefix(title, "goroutine ") {
			return p.once(head+"\n", "same panic again\n", frames(stack))
		}
	}
	return text
}

// once returns head and the frames of the user's code in a stack, or again if it did so
// before.
func (p *panics) once(head, again string, stack []frame) string {
	var b strings.Builder
	for i, f := range p.own(stack) {
		if i == maxFrames {
			fmt.Fprint(&b, "\t…\n")
			break
		}
		fmt.Fprintf(&b, "\t%s\n\t\t%s\n", f.function, relative(f.position))
	}
	if p.seen[b.String()] {
		return again
	}
	if p.seen == nil {
		p.seen = make(map[string]bool)
	}
	p.seen[b.String()] = true
	return head + b.String()
}

// maxFrames is the number of frames that are printed. A recursion has millions.
const maxFrames = 12

// own returns the frames of functions in the user's modules. If there are none, it
// returns all that lead to the panic.
func (p *panics) own(stack []frame) []frame {
	stack = slices.DeleteFunc(stack, func(f frame) bool {
		return strings.HasPrefix(f.function, "runtime.") || f.function == "panic" || isRuntime(f.function)
	})
	own := slices.DeleteFunc(slices.Clone(stack), func(f frame) bool {
		return !slices.ContainsFunc(p.modules, func(m string) bool {
			rest, ok := strings.CutPrefix(strings.TrimPrefix(f.function, "created by "), m)
			return ok && strings.ContainsAny(rest[:min(1, len(rest))], "./")
		})
	})
	if len(own) == 0 {
		return stack
	}
	return own
}

// isRuntime reports whether a function is part of dispatch itself.
func isRuntime(function string) bool {
	return strings.HasPrefix(strings.TrimPrefix(function, "created by "), "github.com/cloud-functions-dispatch/go/dispatch")
}

// A frame is one call in a stack.
type frame struct{ function, position string }

// frames parses a stack, innermost first: lines with a function, each before a line with
// its position.
func frames(stack string) []frame {
	var out []frame
	function := ""
	for line := range strings.Lines(stack) {
		line = strings.TrimRight(line, "\n")
		position, ok := strings.CutPrefix(line, "\t")
		if !ok {
			function, _, _ = strings.Cut(line, " in goroutine ")
			if i := strings.LastIndexByte(function, '('); i > 0 && strings.HasSuffix(function, ")") {
				function = function[:i] // without the arguments
			}
			continue
		}
		position, _, _ = strings.Cut(position, " +0x")
		out = append(out, frame{function, position})
	}
	return out
}

// relative returns a position relative to the working folder, if it is inside.
func relative(position string) string {
	wd, err := os.Getwd()
	if err != nil {
		return position
	}
	if rel, err := filepath.Rel(wd, position); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return position
}
