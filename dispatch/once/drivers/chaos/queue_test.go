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

// A queue is what is between callers and callees.
type queue struct {
	env        []string   // of callers
	callees    [][]string // their environments
	kills      int        // how many callees it takes
	killsEarly bool       // while calls are made, too
	killed     func(syscall.Signal)
	drained    func(*books) bool // nothing is delivered any more
}

func newQueue(t *testing.T, env []string, addr string) *queue {
	t.Helper()
	env = slices.DeleteFunc(env, func(v string) bool {
		return strings.HasPrefix(v, "PORT=") || strings.HasPrefix(v, "DISPATCH_SUBSCRIPTION=")
	})
	q := &queue{env: append(env, "PUBSUB_EMULATOR_HOST="+addr, "DISPATCH_URL=gcppubsub://"+pubsubtest.Topic), killed: func(syscall.Signal) {}}
	for range callees {
		_, port, err := net.SplitHostPort(emulator.FreeAddr(t))
		if err != nil {
			t.Fatal(err)
		}
		q.callees = append(q.callees, append(q.env[:len(q.env):len(q.env)], "PORT="+port))
	}
	return q
}

// pulled returns a queue that callees pull from.
func pulled(t *testing.T, env []string) *queue {
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
	// The leases of a killed callee end at once, and so do those of others, which
	// is as bad luck as can be had. All in all the clock stays within the ten
	// minutes that pstest keeps a message; calls made after a kill would be from
	// the future.
	var skew atomic.Int64
	s.SetTimeNowFunc(func() time.Time { return time.Now().Add(time.Duration(skew.Load())) })
	q.kills = 16
	q.killed = func(sig syscall.Signal) {
		if sig == syscall.SIGKILL {
			skew.Add(int64(31 * time.Second))
		}
	}
	q.drained = func(*books) bool {
		for _, m := range s.Messages() {
			if m.Acks == 0 {
				return false
			}
		}
		return true
	}
	return q
}

// pushing returns a queue that pushes to the callees in turn. It does not serve
// those that pull: it goes on giving messages to the streams of dead ones.
func pushing(t *testing.T, env []string) *queue {
	t.Helper()
	addr := pubsubtest.Emulator(t)
	client := pubsubtest.NewClient(t, addr)
	pubsubtest.CreateTopic(t, client)
	q := newQueue(t, env, addr)
	q.kills, q.killsEarly = 60, true
	var next atomic.Int64
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: "127.0.0.1:" + port(q.callees[int(next.Add(1))%callees])})
	}, ErrorLog: log.New(io.Discard, "", 0)}) // that nobody is there
	t.Cleanup(proxy.Close)
	for i := range q.callees {
		q.callees[i] = append(q.callees[i], "FUNCTION_TARGET=Callee")
	}
	pubsubtest.Push(t, client, pubsubtest.Topic, &pubsubpb.PushConfig{PushEndpoint: proxy.URL})
	// The emulator does not tell what it holds. A push that was not answered
	// comes again within ten seconds, the ack deadline, and what it waits for at
	// most before.
	const quiet = 45 * time.Second
	var size int64
	var since time.Time
	q.drained = func(b *books) bool {
		info, err := os.Stat(b.journal)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() != size {
			size, since = info.Size(), time.Now()
		}
		return time.Since(since) > quiet
	}
	return q
}

// port returns what env has as PORT.
func port(env []string) string {
	for _, v := range env {
		if p, ok := strings.CutPrefix(v, "PORT="); ok {
			return p
		}
	}
	return ""
}
