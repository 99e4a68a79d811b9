package sqs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A chaos endpoint refuses requests, loses answers and takes its time, at random.
type chaos struct {
	faulty
	mu   sync.Mutex
	rand *rand.Rand
	calm bool
}

func (c *chaos) roll(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calm {
		return n - 1
	}
	return c.rand.IntN(n)
}

func (c *chaos) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	time.Sleep(time.Duration(c.roll(400)) * time.Millisecond)
	switch c.roll(12) {
	case 0:
		w.WriteHeader(503)
		return
	case 1: // the answer is lost
		c.faulty.ServeHTTP(httptest.NewRecorder(), r)
		w.WriteHeader(500)
		return
	case 2:
		c.faulty.ServeHTTP(httptest.NewRecorder(), r)
		fmt.Fprint(w, "{}")
		return
	case 3:
		c.faulty.ServeHTTP(w, r)
		time.Sleep(time.Duration(c.roll(15)) * time.Second)
		return
	}
	c.faulty.ServeHTTP(w, r)
}

// Whatever the endpoint does, each accepted message is executed, and those of one key in
// order.
func TestChaos(t *testing.T) {
	t.Parallel()
	for _, queue := range []string{"calls", "calls.fifo"} {
		for seed := range uint64(chaosRounds) {
			synctest.Test(t, func(t *testing.T) { runChaos(t, queue, seed) })
		}
	}
}

const chaosRounds = 2

func runChaos(t *testing.T, queue string, seed uint64) {
	c := &chaos{rand: rand.New(rand.NewPCG(seed, 1))}
	c.fail = func(string, []byte) (string, int) { return "", 0 }
	c.OnDemand = true
	client := clientOf(c)
	tr := New(client, queueURL+queue)
	var mu sync.Mutex
	executed := make(map[string][]int) // by key, in the order of the first times
	ctx, stop := context.WithCancel(context.Background())
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			err := NewSubscription(client, queueURL+queue).Receive(ctx, 20, func(_ context.Context, d *transport.Delivery) error {
				time.Sleep(time.Duration(c.roll(2000)) * time.Millisecond)
				if c.roll(10) == 0 {
					time.Sleep(time.Duration(c.roll(60)) * time.Second)
					if c.roll(3) == 0 {
						return errors.New("no")
					}
				}
				mu.Lock()
				defer mu.Unlock()
				key, n, _ := strings.Cut(strings.Trim(string(d.Data), `"`), " ")
				i, _ := strconv.Atoi(n)
				if !slices.Contains(executed[key], i) {
					executed[key] = append(executed[key], i)
				}
				return nil
			})
			if err != nil {
				t.Errorf("Receive() = %v", err)
			}
		})
	}
	accepted := make(map[string][]int)
	var producers sync.WaitGroup
	for k := range 5 {
		key := fmt.Sprint("k", k)
		producers.Go(func() {
			waits := make(map[int]func(context.Context) error)
			for i := range 100 {
				m := message(fmt.Sprintf(`"%s %d"`, key, i))
				if tr.isFIFO() {
					m.OrderingKey = key
				}
				wait, err := tr.Enqueue(context.Background(), m)
				if err != nil {
					t.Error(err)
				}
				waits[i] = wait
				if i%20 == 19 {
					tr.Flush(context.Background())
				}
				time.Sleep(time.Duration(c.roll(200)) * time.Millisecond)
			}
			for i := range 100 {
				if waits[i](context.Background()) == nil {
					mu.Lock()
					accepted[key] = append(accepted[key], i)
					mu.Unlock()
				}
			}
		})
	}
	producers.Wait()
	if err := tr.Close(); err != nil {
		t.Error(err)
	}
	n := 0
	for _, all := range accepted {
		n += len(all)
	}
	missing := func() (out []string) {
		mu.Lock()
		defer mu.Unlock()
		for key, all := range accepted {
			for _, i := range all {
				if !slices.Contains(executed[key], i) {
					out = append(out, fmt.Sprint(key, " ", i))
				}
			}
		}
		return out
	}
	for range 200 {
		if len(missing()) == 0 {
			break
		}
		time.Sleep(time.Minute)
	}
	if m := missing(); len(m) > 0 {
		t.Errorf("%s, %d: accepted and not executed: %q", queue, seed, m)
	}
	for key, all := range executed {
		if strings.HasSuffix(queue, ".fifo") && !slices.IsSorted(all) {
			t.Errorf("%s, %d: %s was executed in the order %d", queue, seed, key, all)
		}
	}
	if n < 250 {
		t.Errorf("%s, %d: %d of 500 were accepted, want most", queue, seed, n)
	}
	start := time.Now()
	stop()
	workers.Wait()
	if took := time.Since(start); took > 3*time.Minute {
		t.Errorf("%s, %d: the workers took %v to end", queue, seed, took)
	}
	time.Sleep(time.Minute)
}
