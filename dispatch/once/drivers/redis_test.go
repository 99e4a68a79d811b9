package drivers_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/once"
	"github.com/cloud-functions-dispatch/go/dispatch/once/onceredis"
	"github.com/cloud-functions-dispatch/go/dispatch/once/oncetest"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

// newRedis returns a client of the Redis that CI starts, and a store that uses it.
func newRedis(t *testing.T, opts ...onceredis.Option) (*redis.Client, once.Store) {
	t.Helper()
	socket := os.Getenv("DISPATCH_TEST_REDIS")
	if socket == "" {
		t.Skip("no Redis: run the test with .ci/redis, which starts one")
	}
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: socket})
	t.Cleanup(func() { _ = client.Close() }) // no test needs it any more
	return client, onceredis.New(func(ctx context.Context, script string, keys []string, args ...any) (any, error) {
		return client.Eval(ctx, script, keys, args...).Result()
	}, opts...)
}

func TestRedis_conformance(t *testing.T) {
	t.Parallel()
	_, s := newRedis(t)
	oncetest.Run(t, s)
}

// Marks have the prefix, and are kept for the time that Keep sets.
func TestRedis_keeps(t *testing.T) {
	t.Parallel()
	client, s := newRedis(t, onceredis.Prefix("app:"), onceredis.Keep(time.Hour))
	if _, err := s.Lease(t.Context(), "k", "a", time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(t.Context(), "k", "a"); err != nil {
		t.Fatal(err)
	}
	if ttl := client.TTL(t.Context(), "app:k").Val(); ttl < 59*time.Minute || ttl > time.Hour {
		t.Errorf("the mark is kept for %v, want an hour", ttl)
	}
}

func TestRedis_fails(t *testing.T) {
	t.Parallel()
	for want, eval := range map[string]onceredis.Eval{
		"onceredis: no route":    func(context.Context, string, []string, ...any) (any, error) { return nil, errors.New("no route") },
		"returned a string":      func(context.Context, string, []string, ...any) (any, error) { return "0", nil },
		"returned a int64, want": func(context.Context, string, []string, ...any) (any, error) { return int64(3), nil },
	} {
		s := onceredis.New(eval)
		state, err := s.Lease(t.Context(), "k", "a", time.Minute)
		if err == nil || !strings.Contains(err.Error(), want) || state == once.Taken {
			t.Errorf("Lease = %v, %v; want an error with %q, and nothing taken", state, err, want)
		}
		if err := s.Finish(t.Context(), "k", "a"); err == nil {
			t.Errorf("%s: Finish = nil, want an error", want)
		}
	}
}

var tally = dispatch.Register(addToTally)

// addToTally adds n to a sum in Redis. Before that, it returns an error or panics at
// random.
func addToTally(ctx context.Context, name string, n int) error {
	v, _ := databases.Load(name)
	r := v.(*redisStore)
	return once.Do(ctx, r.store, func(ctx context.Context) error {
		switch rand.IntN(6) {
		case 0, 1:
			return errUnlucky
		case 2:
			panic("a fault of the function")
		}
		return r.client.IncrBy(ctx, name, int64(n)).Err()
	})
}

type redisStore struct {
	client *redis.Client
	store  once.Store
}

// TestRedis_once delivers each of 200 calls four times, several at a time, to a
// function that fails at random before its effect. Each effect must happen once.
func TestRedis_once(t *testing.T) {
	t.Parallel()
	client, s := newRedis(t)
	databases.Store(t.Name(), &redisStore{client, s})
	q := mem.New(mem.Attempts(1000), mem.Backoff(func(int) time.Duration { return time.Millisecond }))
	ctx := dispatch.WithClient(t.Context(), dispatch.New(q))
	want := 0
	for i := range calls {
		want += i
		for range 4 {
			if err := tally.With(dispatch.ID(fmt.Sprint("order-", i))).Call(ctx, t.Name(), i); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := client.Get(t.Context(), t.Name()).Int(); err != nil || got != want || len(q.DeadLetters()) > 0 {
		t.Errorf("the sum is %d, %v, with %d dead letters; want %d", got, err, len(q.DeadLetters()), want)
	}
}
