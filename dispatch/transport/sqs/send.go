package sqs

import (
	"context"
	"errors"
	"fmt"
	"math/rand" // a dispatchvet of Go 1.26 cannot read v2 of Go 1.27
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/outbox"
)

// maxTries is how often a message is sent or deleted if SQS itself fails to do so.
const maxTries = 5

// A letter is an enqueued message.
type letter = outbox.Letter[types.SendMessageBatchRequestEntry]

// sendBatch sends batch in one request, and returns the result of each message. It sends
// a message again if SQS itself failed to store it.
func (t *Transport) sendBatch(ctx context.Context, batch []*letter) []error {
	results := make([]error, len(batch))
	left := make([]int, len(batch)) // indexes of messages without a final result
	for i := range left {
		left[i] = i
	}
	for try := 1; len(left) > 0 && try <= maxTries; try++ {
		pauseBefore(try)
		left = t.sendOnce(ctx, batch, left, results)
	}
	return results
}

// pauseBefore waits before a batch is tried again.
func pauseBefore(try int) {
	time.Sleep(time.Duration(try-1) * (50 + time.Duration(rand.Intn(50))) * time.Millisecond)
}

// sendOnce sends the messages with the given indexes, sets their results, and returns the
// indexes of those to send again.
func (t *Transport) sendOnce(ctx context.Context, batch []*letter, indexes []int, results []error) (again []int) {
	in := &sqs.SendMessageBatchInput{QueueUrl: &t.queue}
	for _, i := range indexes {
		e := batch[i].Message
		e.Id = aws.String(strconv.Itoa(i))
		in.Entries = append(in.Entries, e)
	}
	out, err := t.client.SendMessageBatch(ctx, in)
	if err != nil {
		for _, i := range indexes {
			results[i] = t.explain(err)
		}
		return nil
	}
	for _, i := range indexes {
		results[i] = t.explain(errNoResult)
	}
	final := make(map[int]bool)
	for _, e := range out.Failed {
		if i := indexOf(e.Id); slices.Contains(indexes, i) {
			results[i], final[i] = t.explain(failure(e)), e.SenderFault
		}
	}
	for _, e := range out.Successful {
		if i := indexOf(e.Id); slices.Contains(indexes, i) {
			results[i] = nil
		}
	}
	return unsent(batch, indexes, results, final)
}

// unsent returns those of indexes that have an error which is not final, and can be sent
// again without a change of the order: no earlier message with the same key is refused,
// and no later one was accepted.
func unsent(batch []*letter, indexes []int, results []error, final map[int]bool) (again []int) {
	last, refused := make(map[string]int), make(map[string]bool) // by key
	for _, i := range indexes {
		if results[i] == nil {
			last[batch[i].Key] = i
		}
	}
	for _, i := range indexes {
		key := batch[i].Key
		switch {
		case results[i] == nil:
		case !final[i] && (key == "" || !refused[key] && last[key] <= i):
			again = append(again, i)
		default:
			refused[key] = true
		}
	}
	return again
}

// indexOf returns the index of the entry with the given ID, or -1.
func indexOf(id *string) int {
	i, err := strconv.Atoi(aws.ToString(id))
	if err != nil {
		return -1
	}
	return i
}

// errNoResult is the result of a message that the answer to its request does not mention.
var errNoResult = errors.New("the answer does not say that the message was accepted (is the endpoint SQS?)")

// failure returns the result of one message of a batch as an error.
func failure(e types.BatchResultErrorEntry) error {
	return &smithy.GenericAPIError{Code: aws.ToString(e.Code), Message: aws.ToString(e.Message)}
}

// remedies are by the code of an error.
var remedies = map[string]string{
	"QueueDoesNotExist":                       "the queue does not exist (create it with aws sqs create-queue, or correct its URL)",
	"AWS.SimpleQueueService.NonExistentQueue": "the queue does not exist (create it with aws sqs create-queue, or correct its URL)",
	"AccessDenied":                            accessDenied,
	"AccessDeniedException":                   accessDenied,
	"KmsAccessDenied":                         keyDenied,
	"KMS.AccessDeniedException":               keyDenied,
	"InvalidClientTokenId":                    badCredentials,
	"UnrecognizedClientException":             badCredentials,
	"InvalidSecurity":                         badCredentials,
	"ExpiredToken":                            badCredentials,
	"ExpiredTokenException":                   badCredentials,
	"SignatureDoesNotMatch":                   badCredentials,
}

const (
	accessDenied   = "access denied (allow the actions that docs/deploy/aws.md lists, on this queue)"
	keyDenied      = "access to the key of the queue denied (allow the actions of KMS that docs/deploy/aws.md lists, on this key)"
	badCredentials = "the credentials are not valid (renew them, or set AWS_PROFILE)"
	noCredentials  = "no credentials can be loaded (set AWS_PROFILE, log in again, or run with a role that has the actions that docs/deploy/aws.md lists)"
	noTLS          = "the endpoint has no TLS (add ?insecure to the URL of an emulator)"
)

// explain adds the operation, and a remedy if there is one, to err.
func (t *Transport) explain(err error) error { return explain("send to "+t.queue, err) }

// explain returns an error that says what was being done, with a remedy if there is one
// for err. It returns nil for nil.
func explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	remedy := ""
	if api, ok := errors.AsType[smithy.APIError](err); ok && remedies[api.ErrorCode()] != "" {
		remedy = remedies[api.ErrorCode()] + ": "
	}
	switch text := err.Error(); { // the SDK and net/http have no values for these
	case remedy != "" || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
	case strings.Contains(text, "failed to refresh cached credentials"):
		remedy = noCredentials + ": "
	case strings.Contains(text, "server gave HTTP response to HTTPS client"):
		remedy = noTLS + ": "
	}
	return fmt.Errorf("%s: %s%w", doing, remedy, err)
}
