// Package wrong takes arguments of types of libraries whose values lose something.
package wrong

import (
	"context"
	"log/slog"
	"mime/multipart"

	"github.com/bwmarrin/discordgo"
	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/cloud-functions-dispatch/go/dispatch"
	_ "github.com/cloud-functions-dispatch/go/dispatch/protobuf"
)

var (
	_ = dispatch.Register(file)     // want `FileHeader\.content is not exported`
	_ = dispatch.Register(record)   // want `Record\.front is not exported`
	_ = dispatch.Register(message)  // want `Msg\.`
	_ = dispatch.Register(activity) // want `has UnmarshalJSON but no encoding method`
	_ = dispatch.Register(traceID)  // want `has MarshalJSON but no decoding method`
	_ = dispatch.Register(value)    // want `has MarshalJSON but no decoding method`
	_ = dispatch.Register(dynamic)  // want `whose message type is not sent`
)

func file(context.Context, *multipart.FileHeader) error  { return nil }
func record(context.Context, slog.Record) error          { return nil }
func message(context.Context, nats.Msg) error            { return nil }
func activity(context.Context, discordgo.Activity) error { return nil }
func traceID(context.Context, trace.TraceID) error       { return nil }
func value(context.Context, attribute.Value) error       { return nil }
func dynamic(context.Context, *dynamicpb.Message) error  { return nil }
