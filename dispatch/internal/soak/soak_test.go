//go:build unix

// Package soak_test runs callees at full speed, and checks that they do not need more
// and more goroutines or memory.
package soak_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/emulator"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/soak/work"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/sqs"
	"github.com/cloud-functions-dispatch/go/internal/race"
	"github.com/cloud-functions-dispatch/go/internal/sqsserver"

	// These are imports of the callee. They make the go command run the test again if
	// the callee has changed, instead of using a result from its cache.
	_ "github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"
	_ "github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"
)

var duration = flag.Duration("soak", 3*time.Second, "how long to run each callee")

func TestMain(m *testing.M) { pubsubtest.VerifyTestMain(m) }

// TestSoak posts calls of every kind over 16 connections, each after the response to
// the previous one.
func TestSoak(t *testing.T) {
	c := start(t, "FUNCTION_TARGET=Callee")
	requests := newRequests(t)
	ctx, stop := context.WithTimeout(t.Context(), *duration)
	var posting sync.WaitGroup
	defer posting.Wait()
	defer stop()
	web := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	defer web.CloseIdleConnections()
	for range 16 {
		posting.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				r := requests[i%len(requests)]
				resp, err := web.Post("http://"+c.addr, "application/json", bytes.NewReader(r.body))
				if err != nil {
					t.Errorf("post: %v", err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body) // so that the connection can be reused
				_ = resp.Body.Close()
				if resp.StatusCode != r.status {
					t.Errorf("%s: status %d, want %d", r.name, resp.StatusCode, r.status)
					return
				}
			}
		})
	}
	c.watch(t, ctx)
	posting.Wait()
	c.end(t)
}

// TestSoak_emulator starts 64 chains of calls through Google's emulator to a callee
// that pulls. Each call makes the next one.
func TestSoak_emulator(t *testing.T) {
	addr := pubsubtest.Emulator(t)
	client := pubsubtest.NewClient(t, addr)
	pubsubtest.CreateTopic(t, client)
	const sub = "projects/proj/subscriptions/calls"
	if _, err := client.SubscriptionAdminClient.CreateSubscription(t.Context(), &pubsubpb.Subscription{Name: sub, Topic: pubsubtest.Topic}); err != nil {
		t.Fatal(err)
	}
	c := start(t, "PUBSUB_EMULATOR_HOST="+addr, "DISPATCH_URL=gcppubsub://"+pubsubtest.Topic, "DISPATCH_SUBSCRIPTION=gcppubsub://"+sub)
	c.chains(t, gcppubsub.New(client, pubsubtest.Topic))
}

// TestSoak_sqs is TestSoak_emulator over SQS: over the emulator in DISPATCH_TEST_SQS, or
// an endpoint of our own.
func TestSoak_sqs(t *testing.T) {
	addr := os.Getenv("DISPATCH_TEST_SQS")
	if addr == "" {
		s := httptest.NewServer(new(sqsserver.Server))
		defer s.Close()
		addr = s.Listener.Addr().String()
	}
	client := awssqs.New(awssqs.Options{
		BaseEndpoint: aws.String("http://" + addr), Region: "us-east-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "x", SecretAccessKey: "x"}, nil
		}),
	})
	queue := "/000000000000/q" + rand.Text()
	if _, err := client.CreateQueue(t.Context(), &awssqs.CreateQueueInput{QueueName: aws.String(path.Base(queue))}); err != nil {
		t.Fatal(err)
	}
	url := "sqs://" + addr + queue + "?insecure"
	c := start(t, "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x", "AWS_REGION=us-east-1", "DISPATCH_URL="+url, "DISPATCH_SUBSCRIPTION="+url)
	q := sqs.New(client, "http://"+addr+queue)
	defer func() {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	}()
	c.chains(t, q)
}

// chains starts 64 chains of calls through q, and watches the callee that executes them.
func (c *callee) chains(t *testing.T, q transport.Transport) {
	t.Helper()
	if err := dispatch.Batch(dispatch.WithClient(t.Context(), dispatch.New(q)), func(ctx context.Context) error {
		for i := range 64 {
			if err := work.Chain.Call(ctx, strings.Repeat("x", 100*i)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), *duration)
	defer stop()
	c.watch(t, ctx)
	c.end(t)
}

// A callee is a process that executes calls.
type callee struct {
	cmd    *exec.Cmd
	addr   string
	stdout *bufio.Reader
	stderr bytes.Buffer
	ended  bool
}

// start starts a callee and waits until it prints its first sample.
func start(t *testing.T, env ...string) *callee {
	t.Helper()
	if race.Enabled {
		t.Skip("the callee is a process of its own, which is built without the race detector")
	}
	bin := filepath.Join(t.TempDir(), "callee")
	if out, err := exec.Command("go", "build", "-o", bin, "./testdata/callee").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	c := &callee{cmd: exec.Command(bin), addr: emulator.FreeAddr(t)}
	_, port, err := net.SplitHostPort(c.addr)
	if err != nil {
		t.Fatal(err)
	}
	c.cmd.Env = append(append(os.Environ(), "PORT="+port), env...)
	c.cmd.Stderr = &c.stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.stdout = bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !c.ended {
			_ = c.cmd.Process.Kill()
			_ = c.cmd.Wait() // it was killed
		}
	})
	c.sample(t)
	return c
}

// end stops the callee, which must exit with code 0.
func (c *callee) end(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, c.stdout)
	c.ended = true
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("the callee ended with %v, want 0\n%s", err, c.stderr.String())
	}
}

// A sample has the goroutines, the executed calls and the memory (KiB) of a callee.
type sample struct{ goroutines, executed, resident int }

var resident = regexp.MustCompile(`VmRSS:\s*(\d+) kB`)

// sample waits for the next sample of the callee.
func (c *callee) sample(t *testing.T) (s sample) {
	t.Helper()
	line, err := c.stdout.ReadString('\n')
	if _, serr := fmt.Sscan(line, &s.goroutines, &s.executed); serr != nil {
		t.Fatalf("the callee says %q, %v: %v\n%s", line, err, serr, c.stderr.String())
	}
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid)) // on Linux
	if m := resident.FindSubmatch(status); m != nil {
		s.resident, _ = strconv.Atoi(string(m[1]))
	}
	return s
}

// watch reads samples until ctx is done. It checks that the callee needs no more in the
// last quarter of the time than in the second quarter.
func (c *callee) watch(t *testing.T, ctx context.Context) {
	t.Helper()
	var all []sample
	for ctx.Err() == nil {
		all = append(all, c.sample(t))
	}
	n := len(all)
	before, after := maxSample(all[n/4:n/2]), maxSample(all[n-n/4:])
	t.Logf("%d calls executed in %v, %.0f a second", after.executed, *duration, float64(after.executed)/duration.Seconds())
	t.Logf("goroutines: at most %d in the second quarter, %d in the last; memory: %d and %d MiB", before.goroutines, after.goroutines, before.resident>>10, after.resident>>10)
	// In a short run the number of goroutines varies with the running calls, at most
	// 64. The limit only excludes one goroutine for each of thousands of calls.
	limit := 600
	if *duration >= time.Minute {
		limit = before.goroutines*5/4 + 10
	}
	if after.goroutines > limit {
		t.Errorf("there are %d goroutines, want at most %d", after.goroutines, limit)
	}
	if runtime.GOOS == "linux" && before.resident == 0 {
		t.Error("the memory of the callee is unknown")
	}
	if after.resident > before.resident*5/4+32<<10 || after.resident > 256<<10 {
		t.Error("the memory has grown, or is more than 256 MiB")
	}
	if after.executed == before.executed {
		t.Error("no more calls were executed")
	}
}

// maxSample returns the maximum of each field.
func maxSample(all []sample) (m sample) {
	for _, s := range all {
		m = sample{max(m.goroutines, s.goroutines), max(m.executed, s.executed), max(m.resident, s.resident)}
	}
	return m
}

// A request is a push request with the expected status.
type request struct {
	name   string
	body   []byte
	status int
}

// newRequests returns ten requests with calls that succeed and four with calls that
// fail.
func newRequests(t *testing.T) []request {
	t.Helper()
	var m *transport.Message
	client := dispatch.New(struct{ transport.Transport }{}, dispatch.Publishing(func(transport.Publisher) transport.Publisher {
		return func(_ context.Context, got *transport.Message) error { m = got; return nil }
	}))
	ctx := dispatch.WithClient(t.Context(), client)
	var all []request
	add := func(name string, status int, call func(context.Context, string) error, text string, change func()) {
		if err := call(ctx, text); err != nil {
			t.Fatal(err)
		}
		change()
		body, err := json.Marshal(map[string]any{"subscription": "projects/p/subscriptions/s", "message": map[string]any{
			"messageId": "1", "publishTime": time.Now().UTC().Format(time.RFC3339Nano), "data": m.Data, "attributes": m.Attributes,
		}})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, request{name, body, status})
	}
	unchanged := func() {}
	for i := range 10 {
		add(fmt.Sprint("call ", i), http.StatusNoContent, work.Count.Call, strings.Repeat("text ", i*i*400), unchanged) // up to 160 kB
	}
	add("a call that fails", http.StatusInternalServerError, work.Fail.Call, "x", unchanged)
	add("a call that panics", http.StatusInternalServerError, work.Panic.Call, "x", unchanged)
	add("an unknown name", http.StatusInternalServerError, work.Count.Call, "x", func() { m.Attributes["ce-subject"] = "example.com/x.y" })
	add("no arguments", http.StatusInternalServerError, work.Count.Call, "x", func() { m.Data = []byte("[") })
	return all
}
