package deadletter_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

// A queue is a transport that records the messages it accepts.
type queue struct {
	transport.Transport
	refuse func(*transport.Message) error

	mu  sync.Mutex
	got []*transport.Message
}

func (q *queue) MaxSize() int { return 10_000_000 }

func (q *queue) Publish(_ context.Context, m *transport.Message) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.refuse != nil {
		if err := q.refuse(m); err != nil {
			return err
		}
	}
	q.got = append(q.got, m)
	return nil
}

func letter(data string) *deadletter.Letter {
	return &deadletter.Letter{
		Delivery: transport.Delivery{
			Message: transport.Message{
				Data:        []byte(data),
				Attributes:  map[string]string{"ce-id": "1", "ce-subject": "example.com/a.b"},
				OrderingKey: "k",
			},
			Attempt:   3,
			Published: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC),
		},
		Reason: "dispatch: execute a.b: the cause",
	}
}

func TestDir(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "on demand")
	sink := deadletter.Dir(dir)
	var want []*transport.Message
	for _, data := range []string{"[1]", "", "\xff\x00", strings.Repeat("x", 1<<20)} {
		l := letter(data)
		if err := sink.Park(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		want = append(want, &l.Message)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(want) {
		t.Fatalf("the directory has %d files, want one for each of %d letters", len(entries), len(want))
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
			t.Errorf("%s has mode %v, want it readable by its owner only", e.Name(), info.Mode())
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, entries[0].Name()))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"reason": "dispatch: execute a.b: the cause"`, `"attempt": 3`, `"published": "2026-01-02T03:04:05.000000006Z"`, `"ce-subject": "example.com/a.b"`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("the letter is %s, want %s in it", text, part)
		}
	}

	q := new(queue)
	if n, err := deadletter.ReplayDir(t.Context(), dir, q.Publish); n != len(want) || err != nil {
		t.Fatalf("ReplayDir = %d, %v; want %d", n, err, len(want))
	}
	if diff := cmp.Diff(want, q.got, cmp.Comparer(func(a, b []byte) bool { return string(a) == string(b) })); diff != "" {
		t.Errorf("replayed (-want +got):\n%s", diff)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("after the replay the directory has %v, %v; want nothing", entries, err)
	}
	if n, err := deadletter.ReplayDir(t.Context(), dir, q.Publish); n != 0 || err != nil {
		t.Errorf("a second replay: %d, %v; want nothing to do", n, err)
	}
}

// Files that cannot be replayed stay, and the error names them.
func TestReplayDir_leaves(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, data := range []string{"[1]", "refuse", "[2]"} {
		if err := deadletter.Dir(dir).Park(t.Context(), letter(data)); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range map[string]string{"torn.letter.json": `{"reason":`, "null.letter.json": `null`, "note.txt": "a person's", "x.tmp": "not written to its end"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	noAttributes := letter("[3]")
	noAttributes.Attributes = nil
	if err := deadletter.Dir(dir).Park(t.Context(), noAttributes); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "zero.letter.json")); err != nil {
		t.Fatal(err)
	}
	errFull := errors.New("the queue is full")
	q := &queue{refuse: func(m *transport.Message) error {
		m.Attributes["middleware"] = "sets one"
		if string(m.Data) == "refuse" {
			return errFull
		}
		return nil
	}}
	n, err := deadletter.ReplayDir(t.Context(), dir, q.Publish)
	if n != 3 || len(q.got) != 3 || !strings.Contains(err.Error(), "zero.letter.json: it is not a letter") || !errors.Is(err, errFull) || !strings.Contains(err.Error(), "torn.letter.json: it is not a letter") {
		t.Errorf("ReplayDir = %d, %v; published %d; want 3, and errors for the full queue, the torn file and the symbolic link", n, err, len(q.got))
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 6 {
		t.Errorf("the directory has %v, %v; want the refused letter, the torn one, and all other files", entries, err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := deadletter.ReplayDir(ctx, dir, q.Publish); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("ReplayDir with a context that is done = %d, %v", n, err)
	}
	if _, err := deadletter.ReplayDir(t.Context(), filepath.Join(dir, "missing"), q.Publish); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("ReplayDir of a missing directory: %v, want %v", err, os.ErrNotExist)
	}
}

func TestDir_fails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	if err := os.WriteFile(taken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := deadletter.Dir(taken).Park(t.Context(), letter("[]")); err == nil {
		t.Error("Park into a file: no error")
	}
	l := letter("[]")
	l.Attributes["ce-id"] = "secret\xff"
	err := deadletter.Dir(dir).Park(t.Context(), l)
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("Park of an attribute that is not UTF-8: %v, want an error that does not quote it", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("the directory has %v, %v; want nothing new", entries, err)
	}
}

func TestTopic(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		letter *deadletter.Letter
		want   map[string]string
	}{
		"all": {letter("[1]"), map[string]string{
			"ce-id": "1", "ce-subject": "example.com/a.b",
			"dispatch-reason": "dispatch: execute a.b: the cause", "dispatch-attempt": "3", "dispatch-published": "2026-01-02T03:04:05.000000006Z", "dispatch-ordering": "k",
		}},
		"nothing known": {&deadletter.Letter{Reason: strings.Repeat("é", 1000)}, map[string]string{"dispatch-reason": strings.Repeat("é", 512)}},
		"cut in a rune": {&deadletter.Letter{Reason: "x" + strings.Repeat("é", 1000)}, map[string]string{"dispatch-reason": "x" + strings.Repeat("é", 511)}},
	} {
		q := new(queue)
		if err := deadletter.Topic(q).Park(t.Context(), c.letter); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]*transport.Message{{Data: c.letter.Data, Attributes: c.want}}, q.got); diff != "" {
			t.Errorf("%s: published (-want +got):\n%s", name, diff)
		}
	}
}

// If the message has no space for the reason, the reason is cut.
func TestTopic_full(t *testing.T) {
	t.Parallel()
	q := new(queue)
	l := letter(strings.Repeat("x", 10_000_000-150))
	if err := deadletter.Topic(q).Park(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if got := q.got[0]; got.Size() > q.MaxSize() || got.Attributes["dispatch-reason"] == l.Reason || string(got.Data) != string(l.Data) {
		t.Errorf("published %d bytes with the reason %q, want all of the data, and no more than %d bytes", got.Size(), got.Attributes["dispatch-reason"], q.MaxSize())
	}
}

// Replay restores the original message of a letter, also if Pub/Sub has forwarded it.
func TestReplay(t *testing.T) {
	t.Parallel()
	back := new(queue)
	dead := mem.New()
	dead.Handle(func(ctx context.Context, d *transport.Delivery) error {
		d.Attributes["CloudPubSubDeadLetterSourceDeliveryCount"] = "5"
		d.Attributes["CloudPubSubDeadLetterSourceSubscription"] = "calls"
		return deadletter.Replay(back.Publish)(ctx, d)
	})
	l := letter("[1]")
	if err := deadletter.Topic(dead).Park(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]*transport.Message{&l.Message}, back.got); diff != "" {
		t.Errorf("replayed (-want +got):\n%s", diff)
	}
}

// A message that Pub/Sub's dead-letter policy has forwarded keeps its ordering key.
func TestReplay_ofPolicy(t *testing.T) {
	t.Parallel()
	back := new(queue)
	if err := deadletter.Replay(back.Publish)(t.Context(), &letter("[1]").Delivery); err != nil || len(back.got) != 1 || back.got[0].OrderingKey != "k" {
		t.Errorf("Replay = %v, published %v; want the message with its ordering key", err, back.got)
	}
}

// A message that fails again and is parked again is not replayed for ever.
func TestReplay_parkedLater(t *testing.T) {
	t.Parallel()
	back := new(queue)
	replay := deadletter.Replay(back.Publish)
	d := letter("[1]").Delivery
	d.Published = time.Now().Add(time.Minute)
	if err := replay(t.Context(), &d); err == nil || len(back.got) > 0 {
		t.Errorf("Replay of a letter that was parked after it started = %v, published %d; want an error", err, len(back.got))
	}
}

func TestReplay_queueRefuses(t *testing.T) {
	t.Parallel()
	errFull := errors.New("the queue is full")
	q := &queue{refuse: func(*transport.Message) error { return errFull }}
	if err := deadletter.Replay(q.Publish)(t.Context(), &letter("[1]").Delivery); !errors.Is(err, errFull) {
		t.Errorf("Replay = %v, want %v, so that the letter is kept", err, errFull)
	}
}
