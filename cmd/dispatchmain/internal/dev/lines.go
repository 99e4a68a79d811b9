package dev

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// A lineWriter prints the lines that a program writes, each with a prefix.
type lineWriter struct {
	console *console
	to      *stream
	prefix  string
	panics  *panics // nil if the program is not the callee

	// The console's mutex protects these.
	partial []byte // the last line, without its end
	held    []string
	fresh   bool // something was written since the last tick
}

// maxPartial is the size of a line that is printed before it ends.
const maxPartial = 64 << 10

// crashStart matches the first line that the Go runtime prints when a program crashes.
var crashStart = regexp.MustCompile(`^(panic: |fatal error: |runtime: goroutine stack exceeds|unexpected fault address|SIG[A-Z]+: )`)

func (w *lineWriter) Write(b []byte) (int, error) {
	w.console.withLock(func() {
		w.fresh = true
		w.partial = append(w.partial, b...)
		var out strings.Builder
		end := bytes.LastIndexByte(w.partial, '\n') + 1
		for line := range bytes.Lines(w.partial[:end]) {
			w.line(&out, string(line))
		}
		w.partial = w.partial[end:]
		if len(w.partial) > maxPartial {
			out.Write(w.partial)
			w.partial = nil
		}
		w.print(out.String())
	})
	return len(b), nil
}

// line adds a line to out. Reports of panics are shortened, if the program is the callee.
func (w *lineWriter) line(out *strings.Builder, line string) {
	if w.panics == nil {
		out.WriteString(line)
		return
	}
	before, record, ok := strings.Cut(line, recordMark)
	switch {
	case ok:
		if before != "" {
			w.line(out, before+"\n")
		}
		out.WriteString(w.panics.record(record))
	case w.held != nil, crashStart.MatchString(line):
		w.held = append(w.held, line)
	default:
		out.WriteString(line)
	}
}

// print prints text. Its last line may have no end.
func (w *lineWriter) print(text string) {
	if text == "" {
		return
	}
	var out strings.Builder
	for line := range strings.Lines(text) {
		if w.to.open != w || out.Len() > 0 {
			out.WriteString(w.prefix)
		}
		out.WriteString(line)
	}
	if w.to.open == w {
		w.to.open = nil // it is continued
	}
	w.console.print(w.to, out.String())
	if !strings.HasSuffix(text, "\n") {
		w.to.open = w
	}
}

// idle prints the begin of a line that is not continued, and lines that only looked like
// a crash.
func (w *lineWriter) idle() {
	if !w.fresh {
		w.print(strings.Join(w.held, "") + string(w.partial))
		w.held, w.partial = nil, nil
	}
	w.fresh = false
}

// close prints the rest after the program has ended.
func (w *lineWriter) close() {
	w.console.withLock(func() {
		if w.held != nil {
			w.print(w.panics.crash(strings.Join(w.held, "") + string(w.partial)))
		} else {
			w.print(string(w.partial))
		}
		w.held, w.partial = nil, nil
		w.console.writers = slices.DeleteFunc(w.console.writers, func(o *lineWriter) bool { return o == w })
	})
}
