package main

import (
	"bytes"
	"context"
	"regexp"
	"strconv"
	"sync"
	"testing"
)

// A lineWaiter keeps the output of a program, and waits for lines in it.
type lineWaiter struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	changed chan struct{} // closed and replaced with each write
}

func newLineWaiter() *lineWaiter { return &lineWaiter{changed: make(chan struct{})} }

func (w *lineWaiter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.changed)
	w.changed = make(chan struct{})
	return w.buf.Write(b)
}

func (w *lineWaiter) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

// await waits until pattern matches the output. It returns the number that the
// pattern's group matches.
func (w *lineWaiter) await(t *testing.T, ctx context.Context, pattern string) int {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for {
		w.mu.Lock()
		m, changed := re.FindSubmatch(w.buf.Bytes()), w.changed
		w.mu.Unlock()
		if m != nil {
			n, err := strconv.Atoi(string(m[1]))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("no %q in\n%s", pattern, w)
		}
	}
}
