package lambda_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/lambda"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/sqsmessage"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

// TestMain removes what the shell says about AWS.
func TestMain(m *testing.M) {
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); strings.HasPrefix(name, "AWS_") {
			_ = os.Unsetenv(name) // it cannot fail
		}
	}
	goleak.VerifyTestMain(m)
}

// A script is the function that calls of run execute in one test.
type script func(ctx context.Context, what string) error

var (
	scripts sync.Map // by the name of the test
	run     = dispatch.Register(runScript)
)

func runScript(ctx context.Context, test, what string) error {
	s, ok := scripts.Load(test)
	if !ok {
		return errors.New("no such script")
	}
	return s.(script)(ctx, what)
}

// newHandler returns a handler that executes calls with s.
func newHandler(t *testing.T, s script, opts ...entrypoint.Option) *lambda.Handler {
	t.Helper()
	scripts.Store(t.Name(), s)
	return lambda.NewHandler(append(opts, entrypoint.Logger(slog.New(slog.DiscardHandler)))...)
}

// A record is one of an event.
type record struct {
	MessageID         string               `json:"messageId"`
	ReceiptHandle     string               `json:"receiptHandle"`
	Body              string               `json:"body"`
	Attributes        map[string]string    `json:"attributes"`
	MessageAttributes map[string]attribute `json:"messageAttributes"`
	EventSource       string               `json:"eventSource"`
	EventSourceARN    string               `json:"eventSourceARN"`
}

type attribute struct {
	DataType    string `json:"dataType"`
	StringValue string `json:"stringValue,omitzero"`
	BinaryValue string `json:"binaryValue,omitzero"`
}

const arn = "arn:aws:sqs:eu-west-1:000000000000:"

// recordOf returns a record of the queue calls, with a call of run. Its message ID is
// what.
func recordOf(t *testing.T, what string) *record {
	t.Helper()
	tr := mem.New()
	c := dispatch.New(tr)
	var m *transport.Message
	tr.Handle(func(_ context.Context, d *transport.Delivery) error {
		m = &d.Message
		return nil
	})
	if err := run.Call(dispatch.WithClient(t.Context(), c), t.Name(), what); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := sqsmessage.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	r := &record{
		MessageID: what, ReceiptHandle: "receipt of " + what, Body: s.Body, EventSource: "aws:sqs", EventSourceARN: arn + "calls",
		Attributes:        map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": strconv.FormatInt(time.Now().UnixMilli(), 10)},
		MessageAttributes: make(map[string]attribute),
	}
	for name, value := range s.Attributes {
		r.MessageAttributes[name] = attribute{DataType: "String", StringValue: value}
	}
	return r
}

// invoke passes an event with records to h, and returns the IDs of the failed messages.
func invoke(t *testing.T, ctx context.Context, h *lambda.Handler, records ...*record) []string {
	t.Helper()
	event, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	response, err := h.Invoke(ctx, event)
	if err != nil {
		t.Fatalf("Invoke = %v, want an answer", err)
	}
	if !strings.HasPrefix(string(response), `{"batchItemFailures":[`) {
		t.Errorf("answered %s, want a partial batch response", response)
	}
	var out struct {
		BatchItemFailures []struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(response, &out); err != nil {
		t.Fatalf("answered %s: %v", response, err)
	}
	var failed []string
	for _, f := range out.BatchItemFailures {
		failed = append(failed, f.ItemIdentifier)
	}
	return failed
}

func check(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// TestInvoke: a message is acknowledged if and only if its call was executed, or the sink
// has it.
func TestInvoke(t *testing.T) {
	t.Parallel()
	do := func(_ context.Context, what string) error {
		switch what {
		case "error":
			return errors.New("no")
		case "permanent":
			return dispatch.Permanent(errors.New("no"))
		case "panic":
			panic("no")
		case "exit":
			runtime.Goexit()
		}
		return nil
	}
	all := []string{"good", "error", "permanent", "panic", "exit", "good too"}
	for name, c := range map[string]struct {
		opt  entrypoint.Option
		want []string // failed
	}{
		"no sink":         {nil, all[1:5]},
		"sink":            {entrypoint.DeadLetters(deadletter.Func(func(context.Context, *deadletter.Letter) error { return nil })), []string{"error", "panic", "exit"}},
		"sink fails":      {entrypoint.DeadLetters(deadletter.Func(func(context.Context, *deadletter.Letter) error { return errors.New("no") })), all[1:5]},
		"sink panics":     {entrypoint.DeadLetters(deadletter.Func(func(context.Context, *deadletter.Letter) error { panic("no") })), all[1:5]},
		"observer panics": {entrypoint.Observe(func(context.Context, entrypoint.Result) { panic("no") }), all[1:5]},
		"observer exits":  {entrypoint.Observe(func(context.Context, entrypoint.Result) { runtime.Goexit() }), all[1:5]},
		"middleware panics": {entrypoint.Executing(func(transport.Handler) transport.Handler {
			return func(context.Context, *transport.Delivery) error { panic("no") }
		}), all},
		"one at a time": {entrypoint.Concurrency(1), all[1:5]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var records []*record
			for _, what := range all {
				records = append(records, recordOf(t, what))
			}
			h := newHandler(t, do, lambda.KeepVisibility(), c.opt)
			check(t, "failed", invoke(t, t.Context(), h, records...), c.want...)
		})
	}
}

// TestInvoke_otherEvents: an event that is not from SQS executes nothing, and its error
// contains no value of it.
func TestInvoke_otherEvents(t *testing.T) {
	t.Parallel()
	good, err := json.Marshal(recordOf(t, "1"))
	if err != nil {
		t.Fatal(err)
	}
	with := func(old, new string) string {
		return `{"Records":[` + string(good) + `,` + strings.Replace(string(good), old, new, 1) + `]}`
	}
	for _, event := range []string{
		"", "null", "{}", "[]", `"secret"`, `{"Records":null}`, `{"Records":[]}`, `{"Records":[null]}`, `{"Records":{"secret":1}}`, `{"Records":["secret"]}`,
		`{"version":"2.0","rawPath":"/","body":"secret"}`,
		`{"Records":[{"eventSource":"aws:s3","s3":{"object":{"key":"secret"}}}]}`,
		with(`"aws:sqs"`, `"aws:sns"`), with(`"messageId":"1"`, `"messageId":""`), with(`"messageId"`, `"other"`), with(`"body":"`, `"body":["secret"],"x":"`),
		with(string(good), "null"), with("{", `{"attributes":"secret",`), `{"Records":[` + strings.Repeat("[", 20_000),
	} {
		var results []entrypoint.Result
		h := newHandler(t, func(context.Context, string) error {
			t.Errorf("%.80s: the call was executed", event)
			return nil
		}, entrypoint.Observe(func(_ context.Context, r entrypoint.Result) { results = append(results, r) }))
		response, err := h.Invoke(t.Context(), []byte(event))
		if err == nil || response != nil || strings.Contains(err.Error(), "secret") || !strings.HasPrefix(err.Error(), "dispatch: read event: ") {
			t.Errorf("Invoke(%.80s) = %s, %v; want an error without a value of the event", event, response, err)
		}
		if len(results) != 1 || results[0].Reason != entrypoint.ReasonMalformed {
			t.Errorf("Invoke(%.80s) was observed as %+v, want one malformed event", event, results)
		}
	}
}

// badRecords returns records that are no calls of a registered function. All are older
// than entrypoint.Patience.
func badRecords(t *testing.T) []*record {
	t.Helper()
	old := strconv.FormatInt(time.Now().Add(-2*time.Hour).UnixMilli(), 10)
	var all []*record
	add := func(body string, attributes map[string]attribute) {
		all = append(all, &record{
			MessageID: fmt.Sprint("bad ", len(all)), Body: body, MessageAttributes: attributes, EventSource: "aws:sqs", EventSourceARN: arn + "calls",
			Attributes: map[string]string{"ApproximateReceiveCount": "x", "SentTimestamp": old},
		})
	}
	good := recordOf(t, "1")
	body := good.Body
	bodies := []string{
		"", "hello", "{}", "[]", "null", "1", `"1"`, "\x00", "[" + strings.Repeat("[", 100_000), `{"specversion":"1.0"`,
		`{"Type":"Notification","MessageId":"1","TopicArn":"arn:aws:sns:eu-west-1:0:t","Message":` + strconv.Quote(body) + `}`, // from SNS
		`{"version":"0","id":"1","detail-type":"Scheduled Event","source":"aws.events","detail":{}}`,                           // from EventBridge
		`{"Records":[{"eventSource":"aws:s3","s3":{}}]}`, body + body, strings.Replace(body, "{", "[", 1), "\ufeff" + body,
		strings.Replace(body, `"specversion":"1.0"`, `"specversion":"2.0"`, 1), strings.Replace(body, ".call.v1", ".call.v9", 1),
		strings.Replace(body, "runScript", "nothing", 1), strings.Replace(body, `"data":`, `"data_base64":`, 1), strings.Replace(body, `"data":`, `"data":[],"data":`, 1),
		strings.Replace(body, `"data":[`, `"data":[1,`, 1), strings.Replace(body, `"data":[`, `"data":{"a":[`, 1), strings.Replace(body, `"data":`, `"date":`, 1),
		strings.Replace(body, `"specversion"`, `"dataencoding":"zstd","specversion"`, 1), strings.Replace(body, `"specversion"`, `"datasignature":"x","dataencoding":"none","specversion"`, 1),
	}
	for n := 1; n < len(body) && len(bodies) < 120; n += 2 {
		bodies = append(bodies, body[:n]) // truncated
	}
	kinds := []map[string]attribute{
		good.MessageAttributes,
		nil,
		{"content-type": {DataType: "Binary", BinaryValue: "AA=="}},
		{"content-type": {DataType: "String", StringValue: "text/plain"}},
	}
	for _, b := range bodies {
		for i, attributes := range kinds {
			if i < 3 || b != body {
				add(b, attributes)
			}
		}
	}
	return all
}

// None of many bad messages is acknowledged unless the sink has it, and the calls among
// them are executed.
func TestInvoke_bad(t *testing.T) {
	t.Parallel()
	bad := badRecords(t)
	if len(bad) < 284 {
		t.Fatalf("%d bad messages, want more", len(bad))
	}
	var records []*record
	var ids []string
	for i, r := range bad {
		records, ids = append(records, r), append(ids, r.MessageID)
		if i%10 == 0 {
			records = append(records, recordOf(t, fmt.Sprint("good ", i)))
		}
	}
	var mu sync.Mutex
	executed, parked := 0, 0
	do := func(context.Context, string) error {
		mu.Lock()
		defer mu.Unlock()
		executed++
		return nil
	}
	check(t, "failed without a sink", invoke(t, t.Context(), newHandler(t, do, lambda.KeepVisibility()), records...), ids...)
	sink := deadletter.Func(func(_ context.Context, l *deadletter.Letter) error {
		mu.Lock()
		defer mu.Unlock()
		if parked++; parked%3 == 0 {
			return errors.New("full")
		}
		return nil
	})
	failed := invoke(t, t.Context(), newHandler(t, do, lambda.KeepVisibility(), entrypoint.DeadLetters(sink)), records...)
	if want := len(bad) / 3; parked != len(bad) || len(failed) != want {
		t.Errorf("the sink got %d letters, want %d; %d messages have failed, want the %d that it did not take", parked, len(bad), len(failed), want)
	}
	if want := 2 * (len(records) - len(bad)); executed != want {
		t.Errorf("%d calls were executed, want %d", executed, want)
	}
}

// TestInvoke_slow: a slow record fails alone, and the answer comes before the deadline.
func TestInvoke_slow(t *testing.T) {
	t.Parallel()
	forever := func() { time.Sleep(time.Hour) }
	untilDone := func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
	permanent := func(context.Context, string) error { return dispatch.Permanent(errors.New("no")) }
	for name, c := range map[string]struct {
		timeout time.Duration // of the Lambda function
		slow    script
		opt     entrypoint.Option
		took    time.Duration // at most
		failed  []string
	}{
		"waits for its context":          {time.Minute, untilDone, nil, 50 * time.Second, []string{"slow"}},
		"ignores its context":            {time.Minute, func(context.Context, string) error { forever(); return nil }, nil, 51 * time.Second, []string{"slow"}},
		"short":                          {3 * time.Second, untilDone, nil, 1500 * time.Millisecond, []string{"slow"}},
		"short, and ignores its context": {3 * time.Second, func(context.Context, string) error { forever(); return nil }, nil, 2500 * time.Millisecond, []string{"slow"}},
		"shortest":                       {time.Second, func(context.Context, string) error { forever(); return nil }, nil, 750 * time.Millisecond, []string{"slow"}},
		"sink hangs": {time.Minute, permanent, entrypoint.DeadLetters(deadletter.Func(func(context.Context, *deadletter.Letter) error {
			forever()
			return nil
		})), 7 * time.Second, []string{"slow"}},
		"own timeout": {time.Minute, untilDone, entrypoint.Timeout(5 * time.Second), 5 * time.Second, []string{"slow"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHandler(t, func(ctx context.Context, what string) error {
					if what == "slow" {
						return c.slow(ctx, what)
					}
					return nil
				}, lambda.KeepVisibility(), c.opt)
				records := []*record{recordOf(t, "1"), recordOf(t, "slow"), recordOf(t, "2")}
				ctx, cancel := context.WithTimeout(t.Context(), c.timeout)
				defer cancel()
				start := time.Now()
				check(t, "failed", invoke(t, ctx, h, records...), c.failed...)
				if took := time.Since(start); took > c.took {
					t.Errorf("answered after %v, want at most %v", took, c.took)
				}
				time.Sleep(2 * time.Hour) // until all has ended
			})
		})
	}
}

// There is an answer although an observer, or the sink after a slow function, hangs. This
// test is in real time: in a bubble, no time passes while a goroutine waits for a sync.Once.
func TestInvoke_hangs(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	for name, opt := range map[string]entrypoint.Option{
		"observer": entrypoint.Observe(func(_ context.Context, r entrypoint.Result) {
			if r.Attempt == 7 {
				<-release
			}
		}),
		"sink": entrypoint.DeadLetters(deadletter.Func(func(context.Context, *deadletter.Letter) error { <-release; return nil })),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHandler(t, func(ctx context.Context, what string) error {
				if what == "slow" {
					<-ctx.Done()
					return dispatch.Permanent(ctx.Err())
				}
				return nil
			}, lambda.KeepVisibility(), opt)
			slow := recordOf(t, "slow")
			slow.Attributes["ApproximateReceiveCount"] = "7"
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			check(t, "failed", invoke(t, ctx, h, recordOf(t, "1"), slow, recordOf(t, "2")), "slow")
		})
	}
}

// If there is no time left, nothing is executed and everything fails. Records that wait
// for a slow one are not started when the time is over.
func TestInvoke_noTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var started []string
		h := newHandler(t, func(ctx context.Context, what string) error {
			started = append(started, what)
			<-ctx.Done()
			return ctx.Err()
		}, lambda.KeepVisibility(), entrypoint.Concurrency(1))
		for _, left := range []time.Duration{-time.Hour, 0, time.Nanosecond} {
			ctx, cancel := context.WithTimeout(t.Context(), left)
			time.Sleep(time.Nanosecond)
			check(t, fmt.Sprintf("failed with %v left", left), invoke(t, ctx, h, recordOf(t, "0")), "0")
			cancel()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		check(t, "failed", invoke(t, ctx, h, recordOf(t, "1"), recordOf(t, "2"), recordOf(t, "3")), "1", "2", "3")
		check(t, "started", started, "1")
	})
}

// The messages of a group of a FIFO queue are executed in order, up to a failure.
func TestInvoke_fifo(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	started := make(map[string][]string) // by the first letters, the queue and the group
	h := newHandler(t, func(_ context.Context, what string) error {
		time.Sleep(time.Duration(what[2]%3) * time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		started[what[:2]] = append(started[what[:2]], what)
		if what == "aX2" {
			return errors.New("no")
		}
		return nil
	}, lambda.KeepVisibility())
	var records []*record
	for i := range 5 {
		for _, queue := range []string{"a", "b"} {
			for _, group := range []string{"X", "Y"} {
				r := recordOf(t, fmt.Sprint(queue, group, i))
				r.EventSourceARN = arn + queue + ".fifo"
				r.Attributes["MessageGroupId"] = group
				records = append(records, r)
			}
		}
	}
	check(t, "failed", invoke(t, t.Context(), h, records...), "aX2", "aX3", "aX4")
	check(t, "started of aX", started["aX"], "aX0", "aX1", "aX2")
	for _, g := range []string{"aY", "bX", "bY"} {
		check(t, "started of "+g, started[g], g+"0", g+"1", g+"2", g+"3", g+"4")
	}
	if len(started) != 4 {
		t.Errorf("started %v", slices.Sorted(maps.Keys(started)))
	}
}

// An event may have 10,000 records.
func TestInvoke_large(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now, most, all := 0, 0, 0
	h := newHandler(t, func(context.Context, string) error {
		mu.Lock()
		now, all = now+1, all+1
		most = max(most, now)
		mu.Unlock()
		runtime.Gosched()
		mu.Lock()
		defer mu.Unlock()
		now--
		return nil
	}, lambda.KeepVisibility(), entrypoint.Concurrency(8))
	one := recordOf(t, strings.Repeat("x", 200))
	var records []*record
	for i := range 10_000 {
		r := *one
		r.MessageID = fmt.Sprint(i)
		records = append(records, &r)
	}
	check(t, "failed", invoke(t, t.Context(), h, records...))
	if all != len(records) || most > 8 {
		t.Errorf("%d calls of %d were executed, %d at a time; want all, and at most 8", all, len(records), most)
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		opt  entrypoint.Option
		want string
	}{
		{nil, "dispatch: run on Lambda: AWS_LAMBDA_RUNTIME_API is not set (deploy this program to AWS Lambda, or start it under its runtime interface emulator)"},
		{entrypoint.Concurrency(0), "dispatch: run on Lambda: the option entrypoint.Concurrency is 0"},
	} {
		if err := lambda.Run(t.Context(), c.opt); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("Run = %v, want %q", err, c.want)
		}
	}
}
