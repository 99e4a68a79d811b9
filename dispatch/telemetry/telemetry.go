// Package telemetry has calls traced and counted by OpenTelemetry, from the caller
// through the queue to the callee:
//
//	c, err := dispatch.Open(ctx, "", telemetry.Client())   // the caller
//	err = push.Run(ctx, telemetry.Entrypoint())            // the callee
//
// A caller's span is that of the publish, a child of what it was called under. Its
// context travels with the message, and the callee's span, which begins a trace of
// its own since it may begin much later and more than once, is linked to it. Names
// are those of the semantic conventions for messaging, as far as these have them.
//
// No argument is in a span or a metric, nor the text of an error, which a function
// may have put one into: a failure has its reason.
package telemetry

import (
	"context"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/internal/funcname"
	"github.com/cloud-functions-dispatch/go/internal/option"
)

// The metrics.
const (
	// Sent counts the calls that were published, or queued in a batch, and by
	// error.type those that were not.
	Sent = "messaging.client.sent.messages"
	// Consumed counts deliveries, by what became of them, and by error.type, which
	// is an [entrypoint.Reason].
	Consumed = "messaging.client.consumed.messages"
	// Duration is how long deliveries took, in seconds.
	Duration = "messaging.process.duration"
	// Age is how old calls were when their deliveries began, in seconds, where the
	// platform says when they were published.
	Age = "dispatch.call.age"
)

// The attributes that are not of the semantic conventions.
const (
	AttrFunction = attribute.Key("dispatch.function") // its name
	AttrOutcome  = attribute.Key("dispatch.outcome")  // an entrypoint.Outcome
)

const (
	attrSystem    = attribute.Key("messaging.system")
	attrOperation = attribute.Key("messaging.operation.name")
	attrType      = attribute.Key("messaging.operation.type")
	attrID        = attribute.Key("messaging.message.id")
	attrSize      = attribute.Key("messaging.message.body.size")
	attrError     = attribute.Key("error.type")
)

const (
	scope  = "github.com/cloud-functions-dispatch/go/dispatch/telemetry"
	system = "dispatch"
)

// An Option configures [Client] and [Entrypoint]. A nil option is ignored; with a value out
// of range, they panic.
type Option interface{ apply(*config) error }

type setting func(*config) error

func (f setting) apply(c *config) error { return f(c) }

type config struct {
	tracers trace.TracerProvider
	meters  metric.MeterProvider
}

// Tracers makes spans with p. The default is OpenTelemetry's global provider.
func Tracers(p trace.TracerProvider) Option {
	return setting(func(c *config) error { return option.Set(&c.tracers, "Tracers", p) })
}

// Meters makes metrics with p. The default is OpenTelemetry's global provider.
func Meters(p metric.MeterProvider) Option {
	return setting(func(c *config) error { return option.Set(&c.meters, "Meters", p) })
}

func newConfig(opts []Option) (trace.Tracer, metric.Meter) {
	var c config
	option.Must("telemetry", option.Each(opts, func(o Option) error { return o.apply(&c) }))
	if c.tracers == nil {
		c.tracers = otel.GetTracerProvider()
	}
	if c.meters == nil {
		c.meters = otel.GetMeterProvider()
	}
	return c.tracers.Tracer(scope), c.meters.Meter(scope)
}

// Client returns an option that has a client's calls traced and counted. An error
// of a metric's creation goes to OpenTelemetry's handler of errors.
func Client(opts ...Option) dispatch.ClientOption {
	tracer, meter := newConfig(opts)
	sent := counter(meter, Sent, "{message}", "Calls that were published.")
	return dispatch.Publishing(func(next transport.Publisher) transport.Publisher {
		return func(ctx context.Context, m *transport.Message) error {
			name := m.Attributes[envelope.AttrSubject]
			ctx, span := tracer.Start(ctx, "send "+name, trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(
				append(of(name, "send"), attrID.String(m.Attributes[envelope.AttrID]), attrSize.Int(len(m.Data)))...))
			defer span.End()
			w3c.Inject(ctx, carrier(m.Attributes))
			err := next(ctx, m)
			attrs := of(name, "send")
			if err != nil {
				attrs = append(attrs, attrError.String("publish"))
				fail(span, "publish")
			}
			sent.Add(ctx, 1, metric.WithAttributes(attrs...))
			return err
		}
	})
}

// Entrypoint returns an option that has a callee's deliveries traced and counted,
// as Client has a caller's calls.
func Entrypoint(opts ...Option) entrypoint.Option {
	tracer, meter := newConfig(opts)
	consumed := counter(meter, Consumed, "{message}", "Deliveries, by what became of them.")
	duration, age := histogram(meter, Duration, "How long deliveries took."), histogram(meter, Age, "How old calls were when their deliveries began.")
	trace := entrypoint.Executing(func(next transport.Handler) transport.Handler {
		return func(ctx context.Context, d *transport.Delivery) error { return process(ctx, tracer, d, next) }
	})
	count := entrypoint.Observe(func(ctx context.Context, r entrypoint.Result) {
		attrs := of(r.Function, "process")
		attrs = append(attrs, AttrOutcome.String(string(r.Outcome)))
		if r.Reason != "" {
			attrs = append(attrs, attrError.String(string(r.Reason)))
		}
		set := metric.WithAttributes(attrs...)
		consumed.Add(ctx, 1, set)
		duration.Record(ctx, r.Duration.Seconds(), set)
		if !r.Published.IsZero() {
			age.Record(ctx, max(0, time.Since(r.Published)-r.Duration).Seconds(), set)
		}
	})
	return entrypoint.Options(trace, count)
}

// process executes d in a span that is linked to that of its caller.
func process(ctx context.Context, tracer trace.Tracer, d *transport.Delivery, next transport.Handler) error {
	name := d.Attributes[envelope.AttrSubject]
	if funcname.Check(name) != nil { // it is of anybody, and of any length
		name = ""
	}
	caller := trace.LinkFromContext(w3c.Extract(context.Background(), carrier(d.Attributes)))
	opts := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
		append(of(name, "process"), attrID.String(clip(d.Attributes[envelope.AttrID])), attrSize.Int(len(d.Data)))...)}
	if caller.SpanContext.IsValid() {
		opts = append(opts, trace.WithLinks(caller))
	}
	ctx, span := tracer.Start(ctx, "process "+name, opts...)
	defer span.End()
	err := next(ctx, d)
	if err != nil {
		fail(span, "process")
	}
	return err
}

// of returns the attributes of an operation on a function.
func of(name, operation string) []attribute.KeyValue {
	attrs := []attribute.KeyValue{attrSystem.String(system), attrOperation.String(operation), attrType.String(operation)}
	if name != "" {
		attrs = append(attrs, AttrFunction.String(name))
	}
	return attrs
}

// fail marks a span without the text of the error.
func fail(span trace.Span, what string) {
	span.SetStatus(codes.Error, what)
	span.SetAttributes(attrError.String(what))
}

var w3c propagation.TraceContext

// A carrier has the fields of W3C Trace Context in the attributes of a message.
type carrier map[string]string

func (c carrier) Get(key string) string { return c["ce-"+key] }
func (c carrier) Set(key, value string) { c["ce-"+key] = value }
func (c carrier) Keys() []string        { return []string{"traceparent", "tracestate"} }

func counter(m metric.Meter, name, unit, description string) metric.Int64Counter {
	c, err := m.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description))
	if err != nil {
		otel.Handle(err)
	}
	return c
}

func histogram(m metric.Meter, name, description string) metric.Float64Histogram {
	h, err := m.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description))
	if err != nil {
		otel.Handle(err)
	}
	return h
}

// clip returns a copy of s that has at most as many bytes as a value in Pub/Sub:
// spans live longer than messages.
func clip(s string) string { return strings.Clone(s[:min(len(s), 1024)]) }
