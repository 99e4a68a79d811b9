package dev

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"
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
	Reason   string // of the last attempt; empty if it was executed
	Duration time.Duration
}

// A console prints a line for each call when the call ends. On a terminal it also shows
// a status line, which is erased before anything else is printed.
type console struct {
	stdout, stderr *stream // equal if both are the same file
	out, err       *os.File
	stop           chan struct{}
	ticking        sync.WaitGroup
	panics         panics

	mu                sync.Mutex
	running, retrying int
	executed, failed  int
	shared            bool   // the caller writes to the terminal itself
	shown             string // the status line that is visible
	initialStatus     string // the status before the first call
	lastStatus        string // the status after the last call
	writers           []*lineWriter
}

// A stream is a place where lines are printed.
type stream struct {
	io.Writer
	open *lineWriter // its last line was printed without an end
}

// tick is the time between updates of the status line. Programs have this time to
// complete a line.
const tick = 100 * time.Millisecond

func newConsole(stdout, stderr *os.File) *console {
	c := &console{stdout: &stream{Writer: stdout}, stderr: &stream{Writer: stderr}, out: stdout, err: stderr, stop: make(chan struct{})}
	if sameFile(stdout, stderr) {
		c.stdout = c.stderr
	}
	c.ticking.Go(func() {
		t := time.NewTicker(tick)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				c.update(func() {
					for _, w := range c.writers {
						w.idle()
					}
				})
			case <-c.stop:
				return
			}
		}
	})
	return c
}

// sameFile reports whether two files are the same, such as both ends of 2>&1.
func sameFile(a, b *os.File) bool {
	ai, err := a.Stat()
	if err != nil {
		return false
	}
	bi, err := b.Stat()
	return err == nil && os.SameFile(ai, bi)
}

// close stops the updates, erases the status line and ends the last lines.
func (c *console) close() {
	close(c.stop)
	c.ticking.Wait()
	c.withLock(func() {
		c.erase()
		c.stdout.endLine()
		c.stderr.endLine()
	})
}

// width returns the number of columns for the status line. There is none if stdout is
// no terminal either: a program such as tee may print it there.
func (c *console) width() int {
	if os.Getenv("TERM") == "dumb" {
		return 0 // it cannot erase a line
	}
	return min(terminalWidth(c.out), terminalWidth(c.err))
}

// update calls change and shows the new status.
func (c *console) update(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	status := c.initialStatus
	if n := c.executed + c.failed + c.running; n > 0 {
		status = cmp.Or(c.lastStatus, fmt.Sprintf("%s in progress, %d executed, %d failed, %d retries", countCalls(int64(c.running)), c.executed, c.failed, c.retrying))
	}
	width := c.width()
	if width == 0 || c.shared || c.stdout.open != nil || c.stderr.open != nil {
		status = "" // it would be in the middle of another line
	}
	if r := []rune(status); len(r) >= width {
		status = string(r[:max(width-1, 0)]) // only one line can be erased
	}
	if status != c.shown {
		c.erase()
		c.shown = status
		fmt.Fprint(c.stderr, status)
	}
}

// erase erases the status line.
func (c *console) erase() {
	if c.shown != "" {
		fmt.Fprint(c.stderr, "\r\x1b[K")
		c.shown = ""
	}
}

// status sets the status that is shown before the first call. Where there is no status
// line, it is printed.
func (c *console) status(text string) {
	if c.width() == 0 && text != "" {
		c.printLine(text)
	}
	c.update(func() { c.initialStatus = text })
}

// finalStatus sets the status that is shown after the last call.
func (c *console) finalStatus(text string) {
	c.update(func() { c.initialStatus, c.lastStatus = text, text })
}

func (c *console) callStarted() { c.withLock(func() { c.running++ }) }
func (c *console) callRetried() { c.withLock(func() { c.retrying++ }) }

// withLock calls change while it holds the lock.
func (c *console) withLock(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// print prints lines.
func (c *console) print(s *stream, lines string) {
	c.erase()
	if s == c.stderr {
		c.freshLine()
	}
	s.endLine()
	fmt.Fprint(s, lines)
}

// endLine ends the line that a program has begun.
func (s *stream) endLine() {
	if s.open != nil {
		fmt.Fprintln(s)
		s.open = nil
	}
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
		attempts := "attempts"
		if e.Attempts == 1 {
			attempts = "attempt"
		}
		line := fmt.Sprintf("%s  %-24s  %d %-8s  %-18s  %s", e.ID, e.Function, e.Attempts, attempts, e.Outcome, e.Duration.Round(time.Millisecond))
		if e.Reason != "" {
			line += "  " + e.Reason
		}
		c.print(c.stdout, line+"\n")
	})
}

// printLine prints a message with the name of this program.
func (c *console) printLine(text string) {
	c.withLock(func() { c.print(c.stderr, "dispatchmain: "+text+"\n") })
}

// summary prints the number of calls and their outcomes.
func (c *console) summary() {
	c.withLock(func() {
		c.print(c.stdout, fmt.Sprintf("%s: %d executed, %d failed\n", countCalls(int64(c.executed+c.failed)), c.executed, c.failed))
	})
}

// countCalls returns n with its noun.
func countCalls(n int64) string {
	if n == 1 {
		return "1 call"
	}
	return fmt.Sprintf("%d calls", n)
}

// quote returns a reason for a line: without line breaks, and not too long.
func quote(reason string) string {
	const limit = 400
	reason = strings.Join(strings.Fields(cmp.Or(reason, "no reason given")), " ")
	if len(reason) > limit {
		reason = strings.ToValidUTF8(reason[:limit], "") + "…"
	}
	return reason
}
