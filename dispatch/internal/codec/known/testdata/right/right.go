// Package right takes arguments of types of libraries whose values arrive unchanged,
// although their methods and fields do not show it at once.
package right

import (
	"context"
	"crypto/rsa"
	"math/big"
	"net/url"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-github/v82/github"
	"github.com/google/uuid"
	"github.com/oapi-codegen/nullable"
	"github.com/oklog/ulid/v2"
	"github.com/openai/openai-go/v3"
	"github.com/slack-go/slack"
	"github.com/stripe/stripe-go/v83"
	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/oauth2"
	"google.golang.org/api/calendar/v3"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/cloud-functions-dispatch/go/dispatch"
	_ "github.com/cloud-functions-dispatch/go/dispatch/protobuf"
)

// A Patch has fields that are not set, null, or set.
type Patch struct {
	Name nullable.Nullable[string] `json:"name,omitempty"`
}

var (
	_ = dispatch.Register(push)
	_ = dispatch.Register(pullRequest)
	_ = dispatch.Register(commit)
	_ = dispatch.Register(event)
	_ = dispatch.Register(session)
	_ = dispatch.Register(command)
	_ = dispatch.Register(upload)
	_ = dispatch.Register(meeting)
	_ = dispatch.Register(completion)
	_ = dispatch.Register(fieldType)
	_ = dispatch.Register(documents)
	_ = dispatch.Register(rawValue)
	_ = dispatch.Register(token)
	_ = dispatch.Register(key)
	_ = dispatch.Register(link)
	_ = dispatch.Register(ids)
	_ = dispatch.Register(numbers)
	_ = dispatch.Register(patch)
)

func push(context.Context, github.PushEvent) error                            { return nil }
func pullRequest(context.Context, *github.PullRequestEvent) error             { return nil }
func commit(context.Context, github.RepositoryCommit) error                   { return nil }
func event(context.Context, stripe.Event) error                               { return nil }
func session(context.Context, *stripe.CheckoutSession) error                  { return nil }
func command(context.Context, slack.SlashCommand) error                       { return nil }
func upload(context.Context, events.S3Event) error                            { return nil }
func meeting(context.Context, *calendar.Event) error                          { return nil }
func completion(context.Context, openai.ChatCompletion) error                 { return nil }
func fieldType(context.Context, descriptorpb.FieldDescriptorProto_Type) error { return nil }
func documents(context.Context, map[bson.ObjectID]string) error               { return nil }
func rawValue(context.Context, bson.RawValue) error                           { return nil }
func token(context.Context, oauth2.Token) error                               { return nil }
func key(context.Context, *rsa.PrivateKey) error                              { return nil }
func link(context.Context, url.URL) error                                     { return nil }
func ids(context.Context, uuid.UUID, ulid.ULID, bson.ObjectID) error          { return nil }
func numbers(context.Context, big.Int, *big.Rat, *big.Float) error            { return nil }
func patch(context.Context, Patch) error                                      { return nil }
