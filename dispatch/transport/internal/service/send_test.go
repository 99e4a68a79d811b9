package service

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
)

// A flush waits for the messages that were begun before it, in whatever order they end, and
// for no others.
func TestFlush(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 0))
		var s Sends
		var running []*Send
		ended := make(map[*Send]bool)
		end := func() {
			i := r.IntN(len(running))
			one := running[i]
			running = append(running[:i], running[i+1:]...)
			ended[one] = true
			one.End(nil)
		}
		flushes, called := 0, 0
		for range 3000 {
			switch n := r.IntN(5); {
			case n < 2:
				running = append(running, s.Begin())
			case n < 4 && len(running) > 0:
				end()
			case n == 4:
				before := append([]*Send(nil), running...)
				flushes++
				go s.Flush(t.Context(), func() {
					called++
					for _, one := range before {
						if !ended[one] {
							t.Error("a flush ended before a message that was begun before it")
						}
					}
				})
				synctest.Wait()
				if len(before) == 0 && called != flushes {
					t.Error("a flush without messages waits")
				}
			}
		}
		for len(running) > 0 {
			end()
		}
		if called != flushes {
			t.Errorf("%d of %d flushes ended, want all", called, flushes)
		}
	})
}

// A flush ends with its context, and its function is still called.
func TestFlush_endsWithContext(t *testing.T) {
	t.Parallel()
	var s Sends
	one := s.Begin()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	called := false
	s.Flush(ctx, func() { called = true })
	if called {
		t.Error("the function was called before the message has a result")
	}
	two := s.Begin()
	one.End(errors.New("refused"))
	if !called {
		t.Error("the function was not called after the message has a result")
	}
	two.End(nil)
}
