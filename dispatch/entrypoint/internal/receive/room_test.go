package receive

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestRoom: bodies that grow in a room that is much too small for all of them do not
// deadlock. The room never holds more than its size and one body.
func TestRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size, largest, bodies = 100, 60, 200
		r := &room{size: size}
		random := rand.New(rand.NewPCG(1, 2))
		var wg sync.WaitGroup
		for range bodies {
			end, pause := random.Int64N(largest)+1, time.Duration(random.IntN(100))*time.Millisecond
			wg.Go(func() {
				var h holding
				defer h.release()
				for n := int64(1); ; n = min(2*n, end) {
					if err := h.take(t.Context(), r, n); err != nil {
						t.Error(err)
						return
					}
					r.mu.Lock()
					if r.held > size+largest {
						t.Errorf("the room holds %d bytes, want at most %d", r.held, size+largest)
					}
					r.mu.Unlock()
					time.Sleep(pause) // for the sender
					if n == end {
						return
					}
				}
			})
		}
		wg.Wait()
		if r.held != 0 || r.exceeding != nil || len(r.queue) != 0 {
			t.Errorf("in the end it holds %d bytes, and %d bodies wait; want none", r.held, len(r.queue))
		}
	})
}

// TestRoom_leaves: bodies that time out at any moment, or move to another room, release all
// that they held.
func TestRoom_leaves(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			rooms := []*room{{size: 100}, {size: 50}}
			random := rand.New(rand.NewPCG(seed, 2))
			var wg sync.WaitGroup
			for range 200 {
				// The times are few, so that timeouts and grants often coincide.
				moment := func() time.Duration { return time.Duration(random.IntN(8)) * time.Millisecond }
				sizes, pauses, limit := []int64{random.Int64N(60), random.Int64N(60), random.Int64N(60)}, []time.Duration{moment(), moment(), moment()}, 10*moment()
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), limit)
					defer cancel()
					var h holding
					defer h.release()
					for i, n := range sizes {
						if h.take(ctx, rooms[(int(n)+i)%2], n) != nil {
							return
						}
						time.Sleep(pauses[i])
					}
				})
			}
			wg.Wait()
			for i, r := range rooms {
				if r.held != 0 || r.exceeding != nil || len(r.queue) != 0 {
					t.Errorf("seed %d: in the end room %d holds %d bytes, %d bodies wait, and one exceeds it: %v; want none", seed, i, r.held, len(r.queue), r.exceeding != nil)
				}
			}
		})
	}
}

// TestRoom_together: a body may time out at the moment when it is granted memory. Either
// way, nothing is leaked.
func TestRoom_together(t *testing.T) {
	t.Parallel()
	for range 300 {
		synctest.Test(t, func(t *testing.T) {
			r := &room{size: 1}
			var first, exceeding, waits holding
			if err := errors.Join(first.take(t.Context(), r, 1), exceeding.take(t.Context(), r, 1)); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			done := make(chan struct{})
			go func() {
				defer close(done)
				defer waits.release()
				_ = waits.take(ctx, r, 1) // may time out
			}()
			time.Sleep(time.Second)
			first.release()
			exceeding.release()
			<-done
			if r.held != 0 || r.exceeding != nil || len(r.queue) != 0 {
				t.Fatalf("in the end the room holds %d bytes, want none", r.held)
			}
		})
	}
}

// All rooms for bodies together have the memory of MaxHeld.
func TestIntake(t *testing.T) {
	t.Parallel()
	const body, memory = 16 << 20, 32 << 20
	in := newIntake(body, memory, 0)
	var sum int64
	for _, r := range in.rooms {
		sum += r.size
	}
	if sum != memory || in.copies.size != memory/4 {
		t.Errorf("the rooms have %d bytes, and %d for copies; want %d, and a fourth", sum, in.copies.size, memory)
	}
}

// Bodies are served in the order of the queue. A body that times out leaves the queue, and
// released memory goes to the next body.
func TestRoom_queue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &room{size: 10}
		var first, exceeding, large holding
		take := func(h *holding, n int64) chan error {
			c := make(chan error, 1)
			go func() { c <- h.take(t.Context(), r, n) }()
			synctest.Wait()
			return c
		}
		for _, c := range []chan error{take(&first, 8), take(&exceeding, 8)} {
			select {
			case err := <-c:
				if err != nil {
					t.Fatal(err)
				}
			default:
				t.Fatal("one of two bodies waits, want the first within the room, and the second exceeding it")
			}
		}
		timed, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		gone := make(chan error, 1)
		go func() { gone <- large.take(timed, r, 9) }()
		synctest.Wait()
		var small holding
		waits := take(&small, 1)
		if err := <-gone; !errors.Is(err, context.DeadlineExceeded) || !strings.HasSuffix(err.Error(), "(raise entrypoint.MaxHeld, or run more callees)") {
			t.Errorf("take = %v after a second, want a timeout and the fix", err)
		}
		select {
		case <-waits:
			t.Error("a body was granted memory that the room does not have")
		default:
		}
		first.shrink(1)
		if err := <-waits; err != nil { // 1 and 8 and 1
			t.Error(err)
		}
		other := &room{size: 10}
		if err := small.take(t.Context(), other, 5); err != nil || r.held != 9 || other.held != 5 {
			t.Errorf("moved to another room: %v, the rooms hold %d and %d, want 9 and 5", err, r.held, other.held)
		}
		for _, h := range []*holding{&first, &exceeding, &small} {
			h.release()
		}
		if r.held != 0 || other.held != 0 {
			t.Errorf("the rooms hold %d and %d, want nothing", r.held, other.held)
		}
	})
}
