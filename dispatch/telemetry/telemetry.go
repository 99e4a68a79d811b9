// Package telemetry traces and counts calls with OpenTelemetry, from the caller through
// the queue to the callee:
//
//	c, err := dispatch.Open(ctx, "", telemetry.Client())   // the caller
//	err = push.Run(ctx, telemetry.Entrypoint())            // the callee
//
// The caller's span covers the publish, and is a child of the span in the call's context.
// Its span context is sent with the message. The callee's span is linked to it, but starts
// a trace of its own, because a call may run much later and more than once. Names follow
// the semantic conventions for messaging where these define one.
//
// Spans and metrics contain no arguments. They do not contain the texts of errors either,
// because a function may put an argument into its error. A failure is labelled with its
// reason instead.
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
	// Sent counts the calls that were published, or queued in a batch. Calls that could
	// not be published have the attribute error.type.
	Sent = "messaging.client.sent.messages"
	// Consumed counts deliveries by [AttrOutcome]. Failed deliveries have the attribute
	// error.type, with an [entrypoint.Reason].
	Consumed = "messaging.client.consumed.messages"
	// Duration is how long deliveries took, in seconds.
	Duration = "messaging.process.duration"
	// Age is how old calls were when their deliveries started, in seconds. It is recorded
	// only if the platform reports when the message was published.
	Age = "dispatch.call.age"
)

// The attributes that the semantic conventions do not define.
const (
	// AttrFunction is the name of the function. It is missing in the callee's metrics if
	// no such function is registered.
	AttrFunction = attribute.Key("dispatch.function")
	// AttrOutcome is the outcome of a delivery, an [entrypoint.Outcome].
	AttrOutcome = attribute.Key("dispatch.outcome")
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

// An Option configures [Client] and [Entrypoint]. A nil option is ignored. Client and
// Entrypoint panic if a value is out of range.
type Option interface{ apply(*config) error }

type setting func(*config) error

func (f setting) apply(c *config) error { return f(c) }

type config struct {
	tracers trace.TracerProvider
	meters  metric.MeterProvider
}

// Tracers creates spans with p. The default is OpenTelemetry's global provider.
func Tracers(p trace.TracerProvider) Option {
	return setting(func(c *config) error { return option.Set(&c.tracers, "Tracers", p) })
}

// Meters creates metrics with p. The default is OpenTelemetry's global provider.
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

// Client returns an option that traces and counts the calls of a client. If a metric
// cannot be created, OpenTelemetry's error handler receives the error.
func Client(opts ...Option) dispatch.ClientOption {
	tracer, meter := newConfig(opts)
	sent := counter(meter, Sent, "{message}", "Calls that were published.")
	return dispatch.Publishing(func(next transport.Publisher) transport.Publisher {
		return func(ctx context.Context, m *transport.Message) error {
			name := m.Attributes[envelope.AttrSubject]
			ctx, span := tracer.Start(ctx, "send "+name, trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(
				append(attributesOf(name, "send"), attrID.String(m.Attributes[envelope.AttrID]), attrSize.Int(len(m.Data)))...))
			defer span.End()
			w3c.Inject(ctx, carrier(m.Attributes))
			err := next(ctx, m)
			attrs := attributesOf(name, "send")
			if err != nil {
				attrs = append(attrs, attrError.String("publish"))
				markFailed(span, "publish")
			}
			sent.Add(ctx, 1, metric.WithAttributes(attrs...))
			return err
		}
	})
}

// Entrypoint returns an option that traces and counts the deliveries of a callee. If a
// metric cannot be created, OpenTelemetry's error handler receives the error.
func Entrypoint(opts ...Option) entrypoint.Option {
	tracer, meter := newConfig(opts)
	consumed := counter(meter, Consumed, "{message}", "Deliveries, by outcome.")
	duration, age := histogram(meter, Duration, "Duration of deliveries."), histogram(meter, Age, "Age of calls when their deliveries started.")
	trace := entrypoint.Executing(func(next transport.Handler) transport.Handler {
		return func(ctx context.Context, d *transport.Delivery) error { return process(ctx, tracer, d, next) }
	})
	count := entrypoint.Observe(func(ctx context.Context, r entrypoint.Result) {
		attrs := attributesOf(r.Function, "process")
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

// process executes d in a span that is linked to the caller's span.
func process(ctx context.Context, tracer trace.Tracer, d *transport.Delivery, next transport.Handler) error {
	name := d.Attributes[envelope.AttrSubject]
	if funcname.Check(name) != nil { // anyone may have sent it, at any length
		name = ""
	}
	caller := trace.LinkFromContext(w3c.Extract(context.Background(), carrier(d.Attributes)))
	opts := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
		append(attributesOf(name, "process"), attrID.String(clip(d.Attributes[envelope.AttrID])), attrSize.Int(len(d.Data)))...)}
	if caller.SpanContext.IsValid() {
		opts = append(opts, trace.WithLinks(caller))
	}
	ctx, span := tracer.Start(ctx, "process "+name, opts...)
	defer span.End()
	err := next(ctx, d)
	if err != nil {
		markFailed(span, "process")
	}
	return err
}

// attributesOf returns the attributes of an operation on the function with this name.
func attributesOf(name, operation string) []attribute.KeyValue {
	attrs := []attribute.KeyValue{attrSystem.String(system), attrOperation.String(operation), attrType.String(operation)}
	if name != "" {
		attrs = append(attrs, AttrFunction.String(name))
	}
	return attrs
}

// markFailed marks a span as failed, without the text of the error.
func markFailed(span trace.Span, what string) {
	span.SetStatus(codes.Error, what)
	span.SetAttributes(attrError.String(what))
}

var w3c propagation.TraceContext

// A carrier stores the fields of W3C Trace Context in the attributes of a message.
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

// clip returns a copy of s with at most 1,024 bytes, Pub/Sub's limit for the value of an
// attribute. It copies because spans live longer than messages.
func clip(s string) string { return strings.Clone(s[:min(len(s), 1024)]) }
