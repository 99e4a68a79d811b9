//go:build unix

package chaos_test

import (
	"io"
	"log"
	"net"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/emulator"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
)

// A queue connects callers and callees.
type queue struct {
	env        []string   // environment of the callers
	callees    [][]string // environment of each callee
	kills      int        // how many callees are killed
	killsEarly bool       // whether callees are also killed while calls are made
	killed     func(syscall.Signal)
	drained    func(*ledger) bool // reports whether nothing is delivered any more
}

// newQueue returns a queue on the Pub/Sub at addr, with a port for each callee.
func newQueue(t *testing.T, env []string, addr string) *queue {
	t.Helper()
	env = slices.DeleteFunc(env, func(v string) bool {
		return strings.HasPrefix(v, "PORT=") || strings.HasPrefix(v, "DISPATCH_SUBSCRIPTION=")
	})
	q := &queue{env: append(env, "PUBSUB_EMULATOR_HOST="+addr, "DISPATCH_URL=gcppubsub://"+pubsubtest.Topic), killed: func(syscall.Signal) {}}
	for range calleeCount {
		_, port, err := net.SplitHostPort(emulator.FreeAddr(t))
		if err != nil {
			t.Fatal(err)
		}
		q.callees = append(q.callees, append(q.env[:len(q.env):len(q.env)], "PORT="+port))
	}
	return q
}

// newPullQueue returns a queue that callees pull from.
func newPullQueue(t *testing.T, env []string) *queue {
	t.Helper()
	const name = "projects/proj/subscriptions/calls"
	s := pubsubtest.NewServer(t)
	if _, err := s.GServer.CreateSubscription(t.Context(), &pubsubpb.Subscription{Name: name, Topic: pubsubtest.Topic}); err != nil {
		t.Fatal(err)
	}
	q := newQueue(t, env, s.Addr)
	for i := range q.callees {
		q.callees[i] = append(q.callees[i], "DISPATCH_SUBSCRIPTION=gcppubsub://"+name)
	}
	// After a kill, move the clock so that the leases of all callees end, including
	// those of living ones: the worst case. In total the clock must move less than ten
	// minutes, because pstest keeps a message for that long. No calls may be made after
	// a kill, since they would be from the future.
	var skew atomic.Int64
	s.SetTimeNowFunc(func() time.Time { return time.Now().Add(time.Duration(skew.Load())) })
	q.kills = 16
	q.killed = func(sig syscall.Signal) {
		if sig == syscall.SIGKILL {
			skew.Add(int64(31 * time.Second))
		}
	}
	q.drained = func(*ledger) bool {
		for _, m := range s.Messages() {
			if m.Acks == 0 {
				return false
			}
		}
		return true
	}
	return q
}

// newPushQueue returns a queue that pushes to the callees in turn. Callees cannot pull
// from the emulator here, because it continues to send messages to the streams of dead
// callees.
func newPushQueue(t *testing.T, env []string) *queue {
	t.Helper()
	addr := pubsubtest.Emulator(t)
	client := pubsubtest.NewClient(t, addr)
	pubsubtest.CreateTopic(t, client)
	q := newQueue(t, env, addr)
	q.kills, q.killsEarly = 60, true
	var next atomic.Int64
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: "127.0.0.1:" + port(q.callees[int(next.Add(1))%calleeCount])})
	}, ErrorLog: log.New(io.Discard, "", 0)}) // discard errors about callees that are down
	t.Cleanup(proxy.Close)
	for i := range q.callees {
		q.callees[i] = append(q.callees[i], "FUNCTION_TARGET=Callee")
	}
	pubsubtest.Push(t, client, pubsubtest.Topic, &pubsubpb.PushConfig{PushEndpoint: proxy.URL})
	// The emulator does not report what messages it holds. It pushes a message again at
	// most ten seconds (the ack deadline) plus its longest backoff after a missing
	// response.
	const quietPeriod = 45 * time.Second
	var size int64
	var since time.Time
	q.drained = func(l *ledger) bool {
		info, err := os.Stat(l.journal)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() != size {
			size, since = info.Size(), time.Now()
		}
		return time.Since(since) > quietPeriod
	}
	return q
}

// port returns the value of PORT in env.
func port(env []string) string {
	for _, v := range env {
		if p, ok := strings.CutPrefix(v, "PORT="); ok {
			return p
		}
	}
	return ""
}
