//go:build linux

package rie

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	mrand "math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/lambda/rie/jobs"
	"github.com/cloud-functions-dispatch/go/dispatch/once/oncesql"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	dispatchsqs "github.com/cloud-functions-dispatch/go/dispatch/transport/sqs"
	"github.com/cloud-functions-dispatch/go/internal/sqsserver"
)

// endpoint returns the address of fauxqs if it runs, otherwise of an endpoint of our own.
func endpoint(t *testing.T) string {
	if addr := os.Getenv("DISPATCH_TEST_SQS"); addr != "" {
		return addr
	}
	t.Log("with our own endpoint: run the test by bash .ci/fauxqs for an emulator of SQS")
	s := httptest.NewServer(new(sqsserver.Server))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// A setup has a queue, a queue of dead letters, and a function that is mapped to the first.
type setup struct {
	*mapping
	calls, dead *dispatchsqs.Transport
	deadURL     string
	ran         string // the file in which the function records the calls
	db          string // its database
	killed      int
}

func newSetup(t *testing.T) *setup {
	t.Helper()
	addr := endpoint(t)
	client := sqs.New(sqs.Options{
		BaseEndpoint: aws.String("http://" + addr), Region: "us-east-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "x", SecretAccessKey: "x"}, nil
		}),
	})
	name := "q" + rand.Text()
	for _, queue := range []string{name, name + "-dead"} {
		if _, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &queue}); err != nil {
			t.Fatal(err)
		}
	}
	url := "http://" + addr + "/000000000000/" + name
	s := &setup{calls: dispatchsqs.New(client, url), dead: dispatchsqs.New(client, url+"-dead"), deadURL: url + "-dead", ran: filepath.Join(t.TempDir(), "ran")}
	s.db = "file:" + filepath.Join(t.TempDir(), "once.db") + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_txlock=immediate"
	t.Cleanup(func() {
		if err := s.calls.Close(); err != nil {
			t.Error(err)
		}
	})
	f := start(t, "JOBS_RAN="+s.ran, "JOBS_DB="+s.db, "JOBS_DEAD=sqs://"+addr+"/000000000000/"+name+"-dead?insecure", "AWS_ENDPOINT_URL_SQS=http://"+addr)
	s.mapping = &mapping{client: client, queue: url, arn: "arn:aws:sqs:us-east-1:000000000000:" + name, f: f}
	return s
}

// executed returns how often each call ran, by ID.
func (s *setup) executed(t *testing.T) map[string]int {
	t.Helper()
	text, err := os.ReadFile(s.ran)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	ran := make(map[string]int)
	for line := range strings.Lines(string(text)) {
		ran[strings.TrimSpace(line)]++
	}
	return ran
}

// letters collects the dead letters until ctx is done: the reason of each, by the call's ID.
func (s *setup) letters(ctx context.Context, t *testing.T) (reasons func() map[string]string) {
	var mu sync.Mutex
	all := make(map[string]string)
	received := make(chan error, 1)
	sub := dispatchsqs.NewSubscription(s.client, s.deadURL)
	go func() {
		received <- sub.Receive(ctx, 10, func(_ context.Context, d *transport.Delivery) error {
			mu.Lock()
			defer mu.Unlock()
			all[d.Attributes["ce-id"]] = d.Attributes[deadletter.AttrReason]
			return nil
		})
	}()
	t.Cleanup(func() {
		if err := <-received; err != nil {
			t.Error(err)
		}
	})
	return func() map[string]string {
		mu.Lock()
		defer mu.Unlock()
		out := make(map[string]string)
		for id, reason := range all {
			out[id] = reason
		}
		return out
	}
}

// TestCalls makes 2,000 calls, some of which fail, while the runtime is killed again and
// again: each call is executed, or is a dead letter with its reason.
func TestCalls(t *testing.T) {
	const calls, kills = 2000, 10
	s := newSetup(t)
	modes := make(map[string]string) // by ID
	err := dispatch.Batch(dispatch.WithClient(t.Context(), dispatch.New(s.calls)), func(ctx context.Context) error {
		for i := range calls {
			id := fmt.Sprintf("call-%d", i)
			modes[id] = []string{"ok", "ok", "ok", "ok", "ok", "ok", "slow", "fail", "permanent", "panic"}[mrand.N(10)]
			if err := jobs.Work.With(dispatch.ID(id)).Call(ctx, modes[id]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	letters := s.letters(ctx, t)
	missing := func() (ids []string) {
		ran, dead := s.executed(t), letters()
		for id, mode := range modes {
			if mode == "permanent" && dead[id] == "" || mode != "permanent" && ran[id] == 0 {
				ids = append(ids, id)
			}
		}
		return ids
	}
	err = s.run(ctx, func() bool { return s.hasKilled(t, kills, calls) && len(missing()) == 0 })
	if left := missing(); err != nil || len(left) > 0 {
		t.Fatalf("%v: %d calls were neither executed nor parked: %q", err, len(left), left)
	}
	cancel()
	again := 0
	for _, n := range s.executed(t) {
		again += n - 1
	}
	for id, reason := range letters() {
		if modes[id] != "permanent" || !strings.Contains(reason, "permanent failure") {
			t.Errorf("the dead letter %s (%s) has the reason %q", id, modes[id], reason)
		}
	}
	t.Logf("%d calls in %d invocations, %d kills: %d dead letters, %d executed again", calls, s.invocations, s.killed, len(letters()), again)
}

// hasKilled kills the function kills times, evenly over the calls, and reports whether it
// has. It is called before each invocation.
func (s *setup) hasKilled(t *testing.T, kills, calls int) bool {
	if s.killed < kills && s.invocations >= (s.killed+1)*calls/10/(kills+1) {
		s.killed++
		timer := time.AfterFunc(mrand.N(20*time.Millisecond), s.f.kill) // during the next invocation, perhaps
		t.Cleanup(func() { timer.Stop() })
	}
	return s.killed == kills
}

// TestOnce makes 500 calls whose effect happens once, by package once, while the runtime
// is killed and the answers of invocations are lost.
func TestOnce(t *testing.T) {
	const calls, kills, losses = 500, 5, 10
	s := newSetup(t)
	db, err := sql.Open("sqlite", s.db)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // only this test reads it
	if err := oncesql.New(db, oncesql.SQLite).Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(jobs.Payments); err != nil {
		t.Fatal(err)
	}
	if err := dispatch.Batch(dispatch.WithClient(t.Context(), dispatch.New(s.calls)), func(ctx context.Context) error {
		for i := range calls {
			if err := jobs.Pay.Call(ctx, []string{"ok", "ok", "ok", "fail", "panic"}[i%5]); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	lost := 0
	s.loses = func() bool { // each fourth, until all are lost
		if lost == losses || s.invocations%4 != 0 {
			return false
		}
		lost++
		return true
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if err := s.run(ctx, func() bool { return s.hasKilled(t, kills, calls) && s.deleted == calls }); err != nil {
		t.Errorf("%v: %d of %d messages were acknowledged", err, s.deleted, calls)
	}
	var effects, different int
	if err := db.QueryRow("SELECT COUNT(*), COUNT(DISTINCT id) FROM payments").Scan(&effects, &different); err != nil {
		t.Fatal(err)
	}
	if effects != calls || different != calls {
		t.Errorf("got %d effects of %d calls, want one of each of %d", effects, different, calls)
	}
	t.Logf("%d calls in %d invocations, %d kills, %d answers lost: %d effects", calls, s.invocations, s.killed, lost, effects)
}

// TestStrangers delivers bad messages: none is acknowledged unless it is a dead letter, and
// memory stays below 256 MiB.
func TestStrangers(t *testing.T) {
	const bad, limit = 300, 256
	s := newSetup(t)
	for i := range bad {
		body := []string{
			"plain text", `{"specversion":"1.0"}`, `{"specversion":"1.0","type":"dev.cloudfunctions.dispatch.call.v9","id":"1","source":"x","subject":"a.b"}`,
			`{"Type":"Notification","Message":"{}"}`, "[" + strings.Repeat("[", 100_000), strings.Repeat("é", 400_000),
			`{"specversion":"1.0","type":"dev.cloudfunctions.dispatch.call.v1","id":"1","source":"x","subject":"example.com/nobody.knows","data":[]}`,
			`{"specversion":"1.0","type":"dev.cloudfunctions.dispatch.call.v1","id":"1","source":"x","subject":"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/lambda/rie/jobs.work","data":[` + strings.Repeat("[],", 200_000) + `1]}`,
		}[i%8]
		if _, err := s.client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &s.queue, MessageBody: &body}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.run(ctx, func() bool { return s.invocations >= bad/5 }); err != nil {
		t.Fatal(err)
	}
	if s.deleted != 0 || len(s.executed(t)) != 0 {
		t.Errorf("%d messages were acknowledged, %d calls executed; want none", s.deleted, len(s.executed(t)))
	}
	if got := s.f.peak(); got >= limit {
		t.Errorf("the program used %d MiB, want less than %d", got, limit)
	} else {
		t.Logf("%d invocations, at most %d MiB", s.invocations, got)
	}
}
