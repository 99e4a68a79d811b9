package dev

import (
	"bytes"
	"fmt"
	"io"
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

// maxHeld limits the lines that are held because they may be the report of a crash.
const maxHeld = 5000

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
		if w.held = append(w.held, line); len(w.held) >= maxHeld {
			out.WriteString(w.panics.crash(strings.Join(w.held, "")))
			w.held = nil
		}
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

// callerWriters returns the caller's stdout and stderr. A terminal is the caller's own,
// so that it can ask and draw. Otherwise its lines are not mixed with ours.
func (c *console) callerWriters() (stdout, stderr io.Writer) {
	stdout, stderr = c.out, c.err
	if terminalWidth(c.out) == 0 {
		stdout = c.newWriter(c.stdout, "")
	}
	switch {
	case terminalWidth(c.err) > 0:
	case c.stdout == c.stderr:
		stderr = stdout // one pipe, which keeps the order
	default:
		stderr = c.newWriter(c.stderr, "")
	}
	return stdout, stderr
}

// callerStarts hides the status line until the caller ends, if both write to one terminal.
func (c *console) callerStarts() {
	c.withLock(func() {
		c.erase()
		c.shared = terminalWidth(c.err) > 0
	})
}

// callerEnded ends the last line of the caller.
func (c *console) callerEnded(writers ...io.Writer) {
	for _, w := range writers {
		if l, ok := w.(*lineWriter); ok {
			l.close()
		}
	}
	c.withLock(func() {
		c.freshLine()
		c.shared = false
	})
}

// freshLine moves the cursor to the begin of a line, if the caller may have left it
// within one, such as after a question.
func (c *console) freshLine() {
	if c.shared {
		// The spaces reach the next line, unless the cursor is at the begin of one.
		fmt.Fprint(c.err, strings.Repeat(" ", max(terminalWidth(c.err)-1, 0))+"\r")
	}
}

// calleeWriter returns a writer for the output of a process of the callee.
func (c *console) calleeWriter() *lineWriter {
	w := c.newWriter(c.stderr, "callee: ")
	w.panics = &c.panics
	return w
}

// newWriter returns a writer that prints each line with a prefix.
func (c *console) newWriter(to *stream, prefix string) *lineWriter {
	w := &lineWriter{console: c, to: to, prefix: prefix}
	c.withLock(func() { c.writers = append(c.writers, w) })
	return w
}
