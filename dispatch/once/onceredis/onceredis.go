// Package onceredis keeps the leases and marks of package once in Redis, with any
// client:
//
//	store := onceredis.New(func(ctx context.Context, script string, keys []string, args ...any) (any, error) {
//		return client.Eval(ctx, script, keys, args...).Result() // of go-redis
//	})
//
// Redis may lose a mark or a lease if it crashes between two writes to its disk, or
// fails over to a replica that lags. The effect of a call may then happen again. If it
// must not, commit effect and mark together, as package oncesql does.
package onceredis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/once"
	"github.com/cloud-functions-dispatch/go/internal/option"
)

// Eval runs a script in Redis and returns the integer result as an int64. It must be
// safe for concurrent use.
type Eval func(ctx context.Context, script string, keys []string, args ...any) (any, error)

// An Option configures a store. A nil option is ignored. [New] panics if a value is out
// of range.
type Option interface{ apply(*store) error }

type setting func(*store) error

func (f setting) apply(c *store) error { return f(c) }

// Prefix sets the prefix of the keys in Redis. It must not be empty. The default is
// "dispatch:once:".
func Prefix(p string) Option {
	return setting(func(s *store) error { return option.NotEmpty(&s.prefix, "Prefix", p) })
}

// Keep sets how long a mark is kept. Keep it longer than a call may be retried. The
// duration must be at least a millisecond. The default is 31 days, the longest that
// Pub/Sub keeps a message.
func Keep(d time.Duration) Option {
	return setting(func(s *store) error { return option.AtLeast(&s.keep, "Keep", d, time.Millisecond) })
}

// New returns a store. Its leases follow the clock of Redis.
func New(eval Eval, opts ...Option) once.Store {
	s := &store{eval: eval, prefix: "dispatch:once:", keep: 31 * 24 * time.Hour}
	option.Must("onceredis", option.Each(opts, func(o Option) error { return o.apply(s) }))
	return s
}

type store struct {
	eval   Eval
	prefix string
	keep   time.Duration
}

// The value of a key is lease:OWNER or done:OWNER. Both expire: a lease after its
// duration, a mark after the time that Keep sets.
const (
	lease = `
		local v = redis.call('GET', KEYS[1])
		if v and string.sub(v, 1, 5) == 'done:' then return 2 end
		if v and v ~= 'lease:' .. ARGV[1] then return 1 end
		redis.call('SET', KEYS[1], 'lease:' .. ARGV[1], 'PX', ARGV[2])
		return 0`
	finish = `
		local v = redis.call('GET', KEYS[1])
		if v == 'lease:' .. ARGV[1] or v == 'done:' .. ARGV[1] then
			redis.call('SET', KEYS[1], 'done:' .. ARGV[1], 'PX', ARGV[2])
			return 1
		end
		return 0`
	release = `
		if redis.call('GET', KEYS[1]) == 'lease:' .. ARGV[1] then redis.call('DEL', KEYS[1]) end
		return 1`
)

func (s *store) Lease(ctx context.Context, key, owner string, d time.Duration) (once.State, error) {
	n, err := s.run(ctx, lease, key, owner, max(1, d.Milliseconds()))
	return [...]once.State{once.Taken, once.Busy, once.Done}[n], err
}

func (s *store) Finish(ctx context.Context, key, owner string) error {
	n, err := s.run(ctx, finish, key, owner, s.keep.Milliseconds())
	if err == nil && n == 0 {
		err = errors.New("the owner does not have the lease")
	}
	return err
}

func (s *store) Release(ctx context.Context, key, owner string) error {
	_, err := s.run(ctx, release, key, owner)
	return err
}

// run runs a script and returns its result, which must be 0, 1 or 2.
func (s *store) run(ctx context.Context, script, key string, args ...any) (int64, error) {
	v, err := s.eval(ctx, script, []string{s.prefix + key}, args...)
	if err != nil {
		return 1, fmt.Errorf("onceredis: %w", err)
	}
	n, ok := v.(int64)
	if !ok || n < 0 || n > 2 {
		return 1, fmt.Errorf("onceredis: the script returned a %T, want an int64 from 0 to 2 (return the result of the script from Eval)", v)
	}
	return n, nil
}
