package sqs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

const (
	// sendTimeout limits a request with enqueued messages. Its retries by the SDK
	// included, a minute is more than SQS needs.
	sendTimeout = time.Minute

	// maxTries is how often a message is sent that SQS itself could not store.
	maxTries = 5
)

// sendBatch sends batch in one request, and returns the result of each message. It sends
// those again that failed by a fault of SQS.
func (t *Transport) sendBatch(batch []*letter) []error {
	results := make([]error, len(batch))
	left := make([]int, len(batch)) // indexes of messages without a final result
	for i := range left {
		left[i] = i
	}
	for try := 1; len(left) > 0; try++ {
		left = t.sendOnce(batch, left, results)
		if try == maxTries {
			break
		}
		if len(left) > 0 {
			time.Sleep(time.Duration(try) * (50 + rand.N[time.Duration](50)) * time.Millisecond)
		}
	}
	return results
}

// sendOnce sends the messages with the given indexes, sets their results, and returns the
// indexes of those to send again.
func (t *Transport) sendOnce(batch []*letter, indexes []int, results []error) (again []int) {
	in := &sqs.SendMessageBatchInput{QueueUrl: &t.queue}
	for _, i := range indexes {
		e := batch[i].SendMessageBatchRequestEntry
		e.Id = aws.String(strconv.Itoa(i))
		in.Entries = append(in.Entries, e)
	}
	ctx, cancel := context.WithTimeout(context.Background(), sendTimeout)
	defer cancel()
	out, err := t.client.SendMessageBatch(ctx, in)
	if err != nil {
		for _, i := range indexes {
			results[i] = t.explain(err)
		}
		return nil
	}
	last := make(map[string]int) // by key, the last accepted message
	for _, e := range out.Successful {
		if i, err := strconv.Atoi(*e.Id); err == nil && i < len(batch) {
			last[batch[i].key] = max(last[batch[i].key], i)
			results[i] = nil
		}
	}
	for _, e := range out.Failed {
		i, err := strconv.Atoi(*e.Id)
		if err != nil || i >= len(batch) {
			continue
		}
		results[i] = t.explain(failure(e))
		// Sent again, it would come after a later message with its key.
		if key := batch[i].key; !e.SenderFault && (key == "" || last[key] < i) {
			again = append(again, i)
		}
	}
	return again
}

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
	"InvalidClientTokenId":                    badCredentials,
	"UnrecognizedClientException":             badCredentials,
	"InvalidSecurity":                         badCredentials,
	"ExpiredToken":                            badCredentials,
	"ExpiredTokenException":                   badCredentials,
	"SignatureDoesNotMatch":                   badCredentials,
}

const (
	accessDenied   = "access denied (allow the actions that docs/deploy/aws.md lists, on this queue)"
	badCredentials = "the credentials are not valid (renew them, or set AWS_PROFILE)"
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
	return fmt.Errorf("%s: %s%w", doing, remedy, err)
}
