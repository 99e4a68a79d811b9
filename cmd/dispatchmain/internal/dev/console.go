package dev

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// An outcome is the result of a call or of one attempt.
type outcome string

const (
	outcomeExecuted  outcome = "executed"
	outcomeRetry     outcome = "failed" // of a call: failed in its last attempt
	outcomePermanent outcome = "permanently failed"
)

// A call describes a call that has ended.
type call struct {
	ID       string
	Function string
	Attempts int
	Outcome  outcome
	Duration time.Duration
}

// A console prints a line for each call when the call ends, and the status of the
// others: on a terminal in one line that is overwritten, elsewhere in a new line
// at most every second.
type console struct {
	stdout, stderr io.Writer
	terminal       bool
	stop           chan struct{}
	ticking        sync.WaitGroup

	mu                sync.Mutex
	running, retrying int
	executed, failed  int
	shownStatus       string // on a terminal, the status line that is visible
	printedStatus     string // elsewhere, the last status line
	initialStatus     string // the status before the first call
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

// close stops the updates and erases the status line.
func (c *console) close() {
	close(c.stop)
	c.ticking.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.erase()
}

// update calls change and shows the new status.
func (c *console) update(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	status := c.initialStatus
	if n := c.executed + c.failed + c.running; n > 0 {
		status = fmt.Sprintf("%s in progress, %d executed, %d failed, %d retries", countCalls(int64(c.running)), c.executed, c.failed, c.retrying)
	}
	switch {
	case !c.terminal && status != c.printedStatus && (c.running > 0 || c.executed+c.failed == 0):
		c.printedStatus = status
		fmt.Fprintf(c.stderr, "dispatchmain: %s\n", status)
	case c.terminal && status != c.shownStatus:
		c.erase()
		c.shownStatus = status
		fmt.Fprint(c.stderr, status)
	}
}

// erase erases the status line on a terminal.
func (c *console) erase() {
	if c.terminal && c.shownStatus != "" {
		fmt.Fprint(c.stderr, "\r\x1b[K")
		c.shownStatus = ""
	}
}

// status sets the status that is shown before the first call.
func (c *console) status(text string) { c.update(func() { c.initialStatus = text }) }

func (c *console) callStarted() { c.withLock(func() { c.running++ }) }
func (c *console) callRetried() { c.withLock(func() { c.retrying++ }) }

// withLock calls change while it holds the lock.
func (c *console) withLock(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// callEnded prints the line of a call.
func (c *console) callEnded(e call) {
	c.withLock(func() {
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

// printLine prints a message with the name of this program.
func (c *console) printLine(text string) {
	c.withLock(func() {
		c.erase()
		fmt.Fprintf(c.stderr, "dispatchmain: %s\n", text)
	})
}

// summary prints the number of calls and their outcomes.
func (c *console) summary() {
	c.withLock(func() {
		c.erase()
		fmt.Fprintf(c.stdout, "%s: %d executed, %d failed\n", countCalls(int64(c.executed+c.failed)), c.executed, c.failed)
	})
}

// countCalls returns n with its noun.
func countCalls(n int64) string {
	if n == 1 {
		return "1 call"
	}
	return fmt.Sprintf("%d calls", n)
}

// A prefixer prints the lines that a program writes, each with a prefix.
type prefixer struct {
	console *console
	prefix  string
	partial []byte // the last line, without its end
}

func (p *prefixer) Write(b []byte) (int, error) {
	p.console.withLock(func() {
		p.partial = append(p.partial, b...)
		for {
			i := indexNewline(p.partial)
			if i < 0 {
				return
			}
			p.console.erase()
			fmt.Fprintf(p.console.stderr, "%s%s", p.prefix, p.partial[:i+1])
			p.partial = p.partial[i+1:]
		}
	})
	return len(b), nil
}

// indexNewline returns the index of the first newline in b, or -1.
func indexNewline(b []byte) int {
	for i, c := range b {
		if c == '\n' {
			return i
		}
	}
	return -1
}
