package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"cloud.google.com/go/pubsub/v2"
	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/aws/aws-lambda-go/events"
	awslambda "github.com/aws/aws-lambda-go/lambda"

	"github.com/cloud-functions-dispatch/go/bench/runtime/work"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/lambda"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
)

// serve is a callee of the given kind: one of our entrypoints, or the smallest program
// that decodes the same JSON and calls the function of c.
func serve[A, B any](kind, addr string, c work.Call[A, B]) error {
	host, port, _ := net.SplitHostPort(addr)
	switch kind {
	case "push":
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		return push.Serve(background, l)
	case "net/http":
		return http.ListenAndServe(addr, bareHTTP(c))
	case "cloudevent":
		cloudevent.Register("Target")
		return funcframework.StartHostPort(host, port)
	case "functions.HTTP":
		functions.HTTP("Target", bareHTTP(c))
		return funcframework.StartHostPort(host, port)
	case "lambda":
		return lambda.Run(background)
	case "aws-lambda-go":
		awslambda.Start(bareLambda(c))
	case "pull":
		return pull.Run(background, entrypoint.Concurrency(outstanding))
	case "Receive":
		return bareReceive(c)
	}
	return fmt.Errorf("there is no callee of kind %q", kind)
}

// A pushed is the JSON that Pub/Sub pushes.
type pushed struct {
	Message struct {
		Data       []byte            `json:"data"`
		Attributes map[string]string `json:"attributes"`
		ID         string            `json:"messageId"`
		Published  string            `json:"publishTime"`
	} `json:"message"`
	Subscription string `json:"subscription"`
}

func bareHTTP[A, B any](c work.Call[A, B]) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var event pushed
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(body, &event)
		}
		var a A
		var b B
		args := []any{&a, &b}
		if err == nil {
			err = json.Unmarshal(event.Message.Data, &args)
		}
		if err := cmp.Or(err, c.Do(r.Context(), a, b)); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

func bareLambda[A, B any](c work.Call[A, B]) any {
	return func(ctx context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		answer := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
		for _, r := range e.Records {
			var a A
			var b B
			event := struct {
				Data []any `json:"data"`
			}{[]any{&a, &b}}
			if err := cmp.Or(json.Unmarshal([]byte(r.Body), &event), c.Do(ctx, a, b)); err != nil {
				answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: r.MessageId})
			}
		}
		return answer, nil
	}
}

// outstanding is how many messages a callee that pulls may hold. The client acknowledges
// every 100 ms, so a lower number would limit the calls a second.
const outstanding = 10_000

func bareReceive[A, B any](c work.Call[A, B]) error {
	client, err := pubsub.NewClient(background, "p")
	if err != nil {
		return err
	}
	s := client.Subscriber("projects/p/subscriptions/s")
	s.ReceiveSettings.MaxOutstandingMessages = outstanding
	return s.Receive(background, func(ctx context.Context, m *pubsub.Message) {
		var a A
		var b B
		args := []any{&a, &b}
		if err := cmp.Or(json.Unmarshal(m.Data, &args), c.Do(ctx, a, b)); err != nil {
			m.Nack()
			return
		}
		m.Ack()
	})
}

// callAttributes returns the CloudEvent attributes of a call of c, without the prefix ce-.
func callAttributes[A, B any](c work.Call[A, B]) map[string]string {
	return map[string]string{
		"specversion": "1.0", "type": "dev.cloudfunctions.dispatch.call.v1",
		"id": "a-call-of-the-benchmark", "source": "bench", "subject": c.Func.Name(),
	}
}

// messageAttributes returns the attributes of a message of Pub/Sub with a call of c.
func messageAttributes[A, B any](c work.Call[A, B]) map[string]string {
	out := make(map[string]string)
	for name, value := range callAttributes(c) {
		out["ce-"+name] = value
	}
	return out
}

// pushOf returns the body of a push of c.
func pushOf[A, B any](c work.Call[A, B]) ([]byte, error) {
	var p pushed
	var err error
	p.Message.Data, err = json.Marshal([]any{c.A, c.B})
	p.Message.Attributes = messageAttributes(c)
	p.Message.ID, p.Message.Published, p.Subscription = "1", "2026-01-02T03:04:05.678Z", "projects/p/subscriptions/s"
	body, err2 := json.Marshal(p)
	return body, errors.Join(err, err2)
}

// eventOf returns an event of SQS with n calls of c.
func eventOf[A, B any](c work.Call[A, B], n int) ([]byte, error) {
	event := map[string]any{"data": []any{c.A, c.B}}
	for name, value := range callAttributes(c) {
		event[name] = value
	}
	body, err := json.Marshal(event)
	if err != nil {
		return nil, err
	}
	kind := "application/cloudevents+json; charset=utf-8"
	var e events.SQSEvent
	for i := range n {
		e.Records = append(e.Records, events.SQSMessage{
			MessageId: fmt.Sprint("message-", i), ReceiptHandle: fmt.Sprint("receipt-", i), Body: string(body),
			Attributes:        map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": "1767323045678"},
			MessageAttributes: map[string]events.SQSMessageAttribute{"content-type": {StringValue: &kind, DataType: "String"}},
			EventSource:       "aws:sqs", EventSourceARN: "arn:aws:sqs:us-east-1:000000000000:calls",
		})
	}
	return json.Marshal(e)
}
