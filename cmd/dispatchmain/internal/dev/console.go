package dev

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// An outcome is what became of a call, or of an attempt at it.
type outcome string

const (
	outcomeExecuted  outcome = "executed"
	outcomeRetry     outcome = "failed" // as the last outcome: once too often
	outcomePermanent outcome = "permanently failed"
)

// A call is one that has ended.
type call struct {
	ID       string
	Function string
	Attempts int
	Outcome  outcome
	Duration time.Duration
}

// A console prints a line for each call when it has ended, and below them what
// is under way: on a terminal in one line that changes, elsewhere in a line a
// second.
type console struct {
	stdout, stderr io.Writer
	terminal       bool
	stop           chan struct{}
	ticking        sync.WaitGroup

	mu                sync.Mutex
	running, retrying int
	executed, failed  int
	shown             string // the status line on a terminal
	printed           string // the last one elsewhere
	text              string // what the status line says before the first call
}

func newConsole(stdout, stderr io.Writer) *console {
	c := &console{stdout: stdout, stderr: stderr, stop: make(chan struct{})}
	if f, ok := stderr.(*os.File); ok {
		info, err := f.Stat()
		c.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	interval := time.Second
	if c.terminal {
		interval = 100 * time.Millisecond
	}
	c.ticking.Go(func() {
		t := time.NewTicker(interval)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				c.update(func() {})
			case <-c.stop:
				return
			}
		}
	})
	return c
}

// close erases the status line.
func (c *console) close() {
	close(c.stop)
	c.ticking.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.erase()
}

// update changes what the status line tells, and shows it.
func (c *console) update(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	status := c.text
	if n := c.executed + c.failed + c.running; n > 0 {
		status = fmt.Sprintf("%s under way, %d executed, %d failed, %d retries", count(int64(c.running)), c.executed, c.failed, c.retrying)
	}
	switch {
	case !c.terminal && status != c.printed && (c.running > 0 || c.executed+c.failed == 0):
		c.printed = status
		fmt.Fprintf(c.stderr, "dispatchmain: %s\n", status)
	case c.terminal && status != c.shown:
		c.erase()
		c.shown = status
		fmt.Fprint(c.stderr, status)
	}
}

func (c *console) erase() {
	if c.terminal && c.shown != "" {
		fmt.Fprint(c.stderr, "\r\x1b[K")
		c.shown = ""
	}
}

// status sets what is shown before the first call.
func (c *console) status(text string) { c.update(func() { c.text = text }) }

func (c *console) began()   { c.locked(func() { c.running++ }) }
func (c *console) retries() { c.locked(func() { c.retrying++ }) }

func (c *console) locked(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// ended prints the line of a call.
func (c *console) ended(e call) {
	c.locked(func() {
		c.running--
		if e.Outcome == outcomeExecuted {
			c.executed++
		} else {
			c.failed++
		}
		c.erase()
		attempts := "attempts"
		if e.Attempts == 1 {
			attempts = "attempt"
		}
		fmt.Fprintf(c.stdout, "%s  %-24s  %d %-8s  %-18s  %s\n", e.ID, e.Function, e.Attempts, attempts, e.Outcome, e.Duration.Round(time.Millisecond))
	})
}

// line prints something else.
func (c *console) line(text string) {
	c.locked(func() {
		c.erase()
		fmt.Fprintf(c.stderr, "dispatchmain: %s\n", text)
	})
}

func (c *console) summary() {
	c.locked(func() {
		c.erase()
		fmt.Fprintf(c.stdout, "%s: %d executed, %d failed\n", count(int64(c.executed+c.failed)), c.executed, c.failed)
	})
}

// count is a number of calls.
func count(n int64) string {
	if n == 1 {
		return "1 call"
	}
	return fmt.Sprintf("%d calls", n)
}

// A prefixer writes each line of a program with its name before it.
type prefixer struct {
	console *console
	prefix  string
	rest    []byte
}

func (p *prefixer) Write(b []byte) (int, error) {
	p.console.locked(func() {
		p.rest = append(p.rest, b...)
		for {
			i := indexLine(p.rest)
			if i < 0 {
				return
			}
			p.console.erase()
			fmt.Fprintf(p.console.stderr, "%s%s", p.prefix, p.rest[:i+1])
			p.rest = p.rest[i+1:]
		}
	})
	return len(b), nil
}

func indexLine(b []byte) int {
	for i, c := range b {
		if c == '\n' {
			return i
		}
	}
	return -1
}
