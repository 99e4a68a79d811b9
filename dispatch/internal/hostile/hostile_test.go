//go:build unix

// Package hostile_test attacks callees of each kind.
package hostile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/emulator"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/hostile/target"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/secure"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/internal/property"
	"github.com/cloud-functions-dispatch/go/internal/race"

	// These are imports of the callee. They make the go command run the test again if
	// the callee has changed, instead of using a result from its cache.
	_ "github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"
	_ "github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"
	_ "github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
)

// maxMemory limits the memory of a callee, in KiB.
const maxMemory = 256 << 10

var callee = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "callee")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "callee")
	out, err := exec.Command("go", "build", "-o", bin, "./testdata/callee").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	return bin, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if bin, err := callee(); err == nil {
		_ = os.RemoveAll(filepath.Dir(bin))
	}
	os.Exit(code)
}

// marker is part of the arguments of every bad call that names a file.
const marker = "s3cret-file"

// A victim is a callee in a process of its own.
type victim struct {
	t    *testing.T
	addr string // for HTTP
	sink string
	cmd  *exec.Cmd
	key  tink.MAC
	log  bytes.Buffer
}

// start starts a callee of the given kind. It is stopped and checked when the test ends.
// Without -long, there is none in the functions framework, and the test is skipped.
func start(t *testing.T, kind string, env ...string) *victim {
	t.Helper()
	if race.Enabled {
		t.Skip("the callee is a process of its own, which is built without the race detector")
	}
	if kind == "cloudevent" && !property.Long() {
		t.Skip("runs the same code as push, but in the functions framework: run it with -long, as .ci/run does")
	}
	bin, err := callee()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	v := &victim{t: t, addr: emulator.FreeAddr(t), sink: filepath.Join(dir, "sink"), cmd: exec.Command(bin)}
	h, err := keyset.NewHandle(mac.HMACSHA256Tag256KeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	var set bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&set)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "keyset"), set.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if v.key, err = mac.New(h); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(v.addr)
	v.cmd.Env = append(os.Environ(), "ENTRYPOINT="+kind, "PORT="+port, "FUNCTION_TARGET=Target", "SINK="+v.sink, "KEYSET="+filepath.Join(dir, "keyset"))
	v.cmd.Env = append(v.cmd.Env, env...)
	v.cmd.Stderr = &v.log
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.stop)
	return v
}

// stop stops the callee. It checks that the callee has not ended before, exits with
// code 0, has not panicked, and has logged no argument.
func (v *victim) stop() {
	_ = v.cmd.Process.Signal(syscall.SIGTERM)
	if err := v.cmd.Wait(); err != nil {
		log := v.log.Bytes()
		v.t.Errorf("the callee ended with %v\n…%s", err, log[max(0, len(log)-5000):])
	}
	if bytes.Contains(v.log.Bytes(), []byte(marker)) {
		v.t.Error("an argument is in the log")
	}
	if bytes.Contains(v.log.Bytes(), []byte("goroutine ")) {
		v.t.Errorf("the callee panicked:\n%.5000s", v.log.String())
	}
}

var peak = regexp.MustCompile(`VmHWM:\s*(\d+) kB`)

// checkMemory checks that the callee has never used more than maxMemory.
func (v *victim) checkMemory(what string) {
	v.t.Helper()
	if runtime.GOOS != "linux" {
		return // memory is known on Linux only
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", v.cmd.Process.Pid))
	if err != nil {
		v.t.Fatalf("%s: %v", what, err)
	}
	m := peak.FindSubmatch(status)
	if m == nil {
		v.t.Fatalf("%s: the callee has no memory: it has ended", what)
	}
	kb, _ := strconv.Atoi(string(m[1]))
	if kb > maxMemory {
		v.t.Fatalf("%s: the callee had %d MiB, want at most %d", what, kb>>10, maxMemory>>10)
	}
	v.t.Logf("%s: the callee had %d MiB at most", what, kb>>10)
}

// letters returns the number of messages in the sink.
func (v *victim) letters() int {
	entries, _ := os.ReadDir(v.sink)
	return len(entries)
}

// goodCall returns a call that must be executed, and the file that it creates.
func (v *victim) goodCall() (*transport.Message, string) {
	f, err := os.CreateTemp(v.t.TempDir(), "")
	if err != nil {
		v.t.Fatal(err)
	}
	_ = f.Close()
	_ = os.Remove(f.Name())
	return publish(v.t, func(ctx context.Context) error { return target.Touch.Call(ctx, f.Name()) }, secure.Sign(v.key)), f.Name()
}

// waitServing waits until the callee has executed a good call. It returns the message
// of the call and its request.
func (v *victim) waitServing() (*transport.Message, request) {
	v.t.Helper()
	m, done := v.goodCall()
	h, body := shapes[0](m, time.Now())
	ready := request{"good", h, "POST", func() io.Reader { return bytes.NewReader(body) }, int64(len(body))}
	for deadline := time.Now().Add(30 * time.Second); ; {
		status, _, err := send(v.addr, ready)
		if err == nil && status == 204 {
			break
		}
		if time.Now().After(deadline) {
			v.t.Fatalf("the callee does not serve: %d, %v", status, err)
		}
	}
	if _, err := os.Stat(done); err != nil {
		v.t.Fatal(err)
	}
	return m, ready
}

func newKey(t *testing.T) tink.MAC {
	t.Helper()
	h, err := keyset.NewHandle(mac.HMACSHA256Tag256KeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	m, err := mac.New(h)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPush(t *testing.T)       { attackHTTP(t, start(t, "push")) }
func TestCloudEvent(t *testing.T) { attackHTTP(t, start(t, "cloudevent")) }

// attackHTTP sends every bad request with a good call after it, then all bad requests
// at the same time, beside requests with incomplete bodies.
func attackHTTP(t *testing.T, v *victim) {
	file := filepath.Join(t.TempDir(), marker)
	m, ready := v.waitServing()
	all := requests(m, calls(t, file, v.key, newKey(t)))
	if len(all) < 200 {
		t.Fatalf("%d requests, want 200 at least", len(all))
	}
	parked := 0
	for i, r := range all {
		before := v.letters()
		status, outcome, err := send(v.addr, r)
		kept := v.letters() - before
		if err != nil && strings.Contains(err.Error(), "argument") {
			t.Error(err)
		}
		if ok := status/100 == 2; err == nil && ok != (outcome == "parked" && kept == 1) {
			t.Errorf("%s: %d, outcome %q, and %d letters; want a failure, or one letter", r.name, status, outcome, kept)
		}
		parked += kept
		good, done := v.goodCall()
		h, b := shapes[i%len(shapes)](good, time.Now())
		status, _, err = send(v.addr, request{"good", h, "POST", func() io.Reader { return bytes.NewReader(b) }, int64(len(b))})
		if _, serr := os.Stat(done); status != 204 || serr != nil {
			t.Fatalf("after %s, a good call: %d, %v; %v", r.name, status, err, serr)
		}
	}
	v.checkMemory(fmt.Sprintf("after %d bad requests, of which %d were parked", len(all), parked))

	stall(t, v.addr, 16)
	var wg sync.WaitGroup
	next := make(chan request)
	for range 16 {
		wg.Go(func() {
			for r := range next {
				if status, outcome, err := send(v.addr, r); err == nil && status/100 == 2 && outcome != "parked" {
					t.Errorf("%s: %d, outcome %q", r.name, status, outcome)
				}
			}
		})
	}
	for _, r := range all {
		next <- r
	}
	close(next)
	wg.Wait()
	if status, _, err := send(v.addr, ready); status != 204 {
		t.Errorf("after all, a good call: %d, %v", status, err)
	}
	v.checkMemory("after all of them at once")
	if _, err := os.Stat(file); err == nil {
		t.Error("a bad call was executed")
	}
}

// TestPull checks that every bad message is in the sink in the end, and is not
// acknowledged before that, and that good calls are executed meanwhile.
func TestPull(t *testing.T) {
	if !property.Long() {
		t.Skip("takes 10 seconds, and TestPush sends the same calls: run it with -long, as .ci/run does")
	}
	s := pubsubtest.NewServer(t)
	client := pubsubtest.NewClient(t, s.Addr)
	const sub = "projects/proj/subscriptions/calls"
	if _, err := client.SubscriptionAdminClient.CreateSubscription(t.Context(), &pubsubpb.Subscription{Name: sub, Topic: pubsubtest.Topic, AckDeadlineSeconds: 60}); err != nil {
		t.Fatal(err)
	}
	v := start(t, "pull", "PUBSUB_EMULATOR_HOST="+s.Addr, "DISPATCH_SUBSCRIPTION=gcppubsub://"+sub)
	file := filepath.Join(t.TempDir(), marker)
	all := calls(t, file, v.key, newKey(t))
	if len(all) < 200 {
		t.Fatalf("%d messages, want 200 at least", len(all))
	}
	topic := client.Publisher(pubsubtest.Topic)
	defer topic.Stop()
	send := func(m *transport.Message) string {
		id, err := topic.Publish(t.Context(), &pubsub.Message{Data: m.Data, Attributes: m.Attributes}).Get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	names := make(map[string]string)
	files := make([]string, 0, len(all))
	for _, b := range all {
		names[send(&b.Message)] = b.name
		good, done := v.goodCall()
		send(good)
		files = append(files, done)
	}
	deadline := time.Now().Add(3 * time.Minute)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for ; v.letters() < len(all) && time.Now().Before(deadline); <-tick.C {
	}
	for _, f := range files {
		for time.Now().Before(deadline) {
			if _, err := os.Stat(f); err == nil {
				break
			}
			<-tick.C
		}
	}
	if n := v.letters(); n != len(all) {
		t.Errorf("%d letters of %d bad messages", n, len(all))
		for id, name := range names {
			if s.Message(id).Acks == 0 {
				t.Errorf("%s: not acknowledged after %d deliveries", name, s.Message(id).Deliveries)
			}
		}
	}
	for i, f := range files {
		if _, err := os.Stat(f); err != nil {
			t.Fatalf("after %s, a good call was not executed", all[i].name)
		}
	}
	v.checkMemory(fmt.Sprintf("after %d bad messages", len(all)))
	if _, err := os.Stat(file); err == nil {
		t.Error("a bad call was executed")
	}
	checkLetters(t, v.sink, all)
}

// checkLetters checks that each message is in the sink once, unchanged.
func checkLetters(t *testing.T, dir string, all []badMessage) {
	t.Helper()
	sent := make(map[string]int)
	for _, b := range all {
		sent[fmt.Sprint(b.Attributes, string(b.Data))]++
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		var l struct {
			Attributes map[string]string
			Data       []byte
			Reason     string
		}
		if err := json.Unmarshal(text, &l); err != nil {
			t.Fatal(err)
		}
		if l.Attributes == nil {
			l.Attributes = map[string]string{}
		}
		key := fmt.Sprint(l.Attributes, string(l.Data))
		if strings.Contains(l.Reason, marker) {
			t.Errorf("an argument is in the reason %q", l.Reason)
		}
		if sent[key]--; sent[key] < 0 || l.Reason == "" {
			t.Errorf("the letter %s, for %q, differs from the messages sent, or is there twice", e.Name(), l.Reason)
		}
	}
}
