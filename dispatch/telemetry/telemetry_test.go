package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
	"github.com/cloud-functions-dispatch/go/dispatch/telemetry"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

const secret = "s3cret-argument"

var (
	work        = dispatch.Register(doWork)
	errWork     = errors.New("it failed for " + secret)
	spanContext trace.SpanContext // during the last call of doWork
)

func doWork(ctx context.Context, how string) error {
	spanContext = trace.SpanContextFromContext(ctx)
	switch {
	case strings.HasPrefix(how, "fail"):
		return dispatch.Permanent(errWork)
	case strings.HasPrefix(how, "panic"):
		panic(how)
	}
	return nil
}

// A recorder records spans and metrics.
type recorder struct {
	spans  *tracetest.SpanRecorder
	reader *sdkmetric.ManualReader
	opts   []telemetry.Option
	tracer trace.Tracer
}

func newRecorder() *recorder {
	rec := &recorder{spans: tracetest.NewSpanRecorder(), reader: sdkmetric.NewManualReader()}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(rec.spans))
	rec.opts = []telemetry.Option{telemetry.Tracers(tp), telemetry.Meters(sdkmetric.NewMeterProvider(sdkmetric.WithReader(rec.reader)))}
	rec.tracer = tp.Tracer("test")
	return rec
}

// counts returns the values of a metric, by outcome, reason, and whether the function is
// known.
func (rec *recorder) counts(t *testing.T, name string) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := rec.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(fmt.Sprintf("%+v", all), secret) {
		t.Errorf("an argument is in the metrics %+v", all)
	}
	out := make(map[string]int64)
	labels := func(set attribute.Set) string {
		outcome, _ := set.Value(telemetry.AttrOutcome)
		reason, _ := set.Value("error.type")
		function, known := set.Value(telemetry.AttrFunction)
		if known && function.AsString() != work.Name() {
			t.Errorf("%s has the unregistered function %q", name, function.AsString())
		}
		return fmt.Sprint(outcome.AsString(), " ", reason.AsString(), " ", known)
	}
	for _, s := range all.ScopeMetrics {
		for _, m := range s.Metrics {
			if m.Name != name {
				continue
			}
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					out[labels(p.Attributes)] += p.Value
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					out[labels(p.Attributes)] += int64(p.Count)
				}
			}
		}
	}
	return out
}

// A call is traced through the queue: the caller's span is a child of the span in the
// call's context, and the callee's span is linked to the caller's.
func TestTrace(t *testing.T) {
	rec := newRecorder()
	q := mem.New()
	c := dispatch.New(q, telemetry.Client(rec.opts...), dispatch.Local(telemetry.Entrypoint(rec.opts...)))
	ctx, parent := rec.tracer.Start(dispatch.WithClient(t.Context(), c), "parent")
	if err := work.With(dispatch.ID("an-id")).Call(ctx, "well"); err != nil {
		t.Fatal(err)
	}
	parent.End()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]sdktrace.ReadOnlySpan)
	for _, s := range rec.spans.Ended() {
		byName[s.Name()] = s
	}
	send, process := byName["send "+work.Name()], byName["process "+work.Name()]
	if send == nil || process == nil || len(byName) != 3 {
		t.Fatalf("got the spans %v, want one each for the parent, the caller and the callee", byName)
	}
	if send.Parent().SpanID() != parent.SpanContext().SpanID() || send.SpanKind() != trace.SpanKindProducer {
		t.Errorf("the caller's span is a %v under %v, want a producer under %v", send.SpanKind(), send.Parent().SpanID(), parent.SpanContext().SpanID())
	}
	if links := process.Links(); len(links) != 1 || links[0].SpanContext.SpanID() != send.SpanContext().SpanID() || process.SpanContext().TraceID() == send.SpanContext().TraceID() || process.SpanKind() != trace.SpanKindConsumer {
		t.Errorf("the callee's span is a %v of the trace %v, with the links %v; want a consumer in a trace of its own, linked to %v", process.SpanKind(), process.SpanContext().TraceID(), links, send.SpanContext().SpanID())
	}
	if spanContext.SpanID() != process.SpanContext().SpanID() {
		t.Error("the function does not run under the callee's span")
	}
	for _, s := range []sdktrace.ReadOnlySpan{send, process} {
		set := attribute.NewSet(s.Attributes()...)
		if id, _ := set.Value("messaging.message.id"); id.AsString() != "an-id" {
			t.Errorf("%s has the attributes %v, want the call's ID among them", s.Name(), s.Attributes())
		}
	}
}

// A long ID is cut, because spans stay in memory until they are exported.
func TestTrace_longID(t *testing.T) {
	rec := newRecorder()
	var observedID string
	e := executor.Must(executor.New(entrypoint.Logger(slog.New(slog.DiscardHandler)), telemetry.Entrypoint(rec.opts...),
		entrypoint.Observe(func(_ context.Context, r entrypoint.Result) { observedID = r.ID })))
	_ = e.Execute(t.Context(), &transport.Delivery{Message: transport.Message{Attributes: map[string]string{"ce-id": strings.Repeat("x", 1<<20)}}})
	ended := rec.spans.Ended()
	if len(ended) != 1 {
		t.Fatalf("%d spans, want one", len(ended))
	}
	set := attribute.NewSet(ended[0].Attributes()...)
	if id, _ := set.Value("messaging.message.id"); len(id.AsString()) != 1024 || len(observedID) > 1030 {
		t.Errorf("the span has %d bytes of the ID, and observers %d; want 1024", len(id.AsString()), len(observedID))
	}
}

// Failures are counted by reason, without the text of the error. A function that is not
// registered is counted without its name.
func TestMetrics(t *testing.T) {
	rec := newRecorder()
	sent := &capture{}
	c := dispatch.New(sent, telemetry.Client(rec.opts...))
	ctx := dispatch.WithClient(t.Context(), c)
	for _, how := range []string{"well", "fail " + secret, "panic " + secret} {
		if err := work.Call(ctx, how); err != nil {
			t.Fatal(err)
		}
	}
	sent.fails = true
	if err := work.Call(ctx, "well"); err == nil {
		t.Fatal("Call = nil, want the error of the transport")
	}
	if got, want := fmt.Sprint(rec.counts(t, telemetry.Sent)), "map[  true:3  publish true:1]"; got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
	e := executor.Must(executor.New(telemetry.Entrypoint(rec.opts...), entrypoint.Logger(slog.New(slog.DiscardHandler))))
	for _, m := range sent.got {
		d := &transport.Delivery{Message: *m, Published: time.Now().Add(-time.Minute)}
		e.Execute(t.Context(), d)
	}
	for range 2 {
		e.Execute(t.Context(), &transport.Delivery{Message: transport.Message{Data: []byte("[]"), Attributes: map[string]string{
			"ce-specversion": "1.0", "ce-type": "dev.cloudfunctions.dispatch.call.v1", "ce-id": "1", "ce-source": "s", "ce-subject": "nobody." + secret, "ce-traceparent": "00-nonsense",
		}}})
	}
	want := "map[executed  true:1 permanent error true:1 retry panic true:1 retry unknown false:2]"
	if got := fmt.Sprint(rec.counts(t, telemetry.Consumed)); got != want {
		t.Errorf("consumed %s, want %s", got, want)
	}
	if got := fmt.Sprint(rec.counts(t, telemetry.Duration)); got != want {
		t.Errorf("durations of %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(rec.counts(t, telemetry.Age)), "map[executed  true:1 permanent error true:1 retry panic true:1]"; got != want {
		t.Errorf("ages of %s, want %s", got, want)
	}
	for _, s := range rec.spans.Ended() {
		if text := fmt.Sprint(s.Attributes(), s.Status(), s.Events()); strings.Contains(strings.ReplaceAll(text, "nobody."+secret, ""), secret) {
			t.Errorf("an argument is in the span %s: %s", s.Name(), text)
		}
	}
}

// Without providers, nothing is traced, and the message gets no attributes.
func TestOff(t *testing.T) {
	sent := &capture{}
	if err := work.Call(dispatch.WithClient(t.Context(), dispatch.New(sent, telemetry.Client())), "well"); err != nil {
		t.Fatal(err)
	}
	if v, ok := sent.got[0].Attributes["ce-traceparent"]; ok {
		t.Errorf("the message has the trace %q, want none", v)
	}
	d := &transport.Delivery{Message: *sent.got[0]}
	if err := executor.Must(executor.New(telemetry.Entrypoint())).Handle(t.Context(), d); err != nil {
		t.Error(err)
	}
}

// A capture is a transport that records the published messages.
type capture struct {
	transport.Transport
	got   []*transport.Message
	fails bool
}

func (c *capture) Publish(_ context.Context, m *transport.Message) error {
	if c.fails {
		return errors.New("it is full of " + secret)
	}
	c.got = append(c.got, m)
	return nil
}
