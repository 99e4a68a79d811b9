package lambda

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/go-json-experiment/json"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/sqsmessage"
)

const (
	// changeTimeout limits the requests for one event.
	changeTimeout = 2 * time.Second

	// maxAnswer limits the answer to a request, in bytes.
	maxAnswer = 64 << 10

	// maxChanges is how many requests are under way at a time.
	maxChanges = 8
)

// A visibility changes the visibility timeouts of messages. It signs its requests itself:
// the whole client of SQS would make a callee half as large again.
type visibility struct {
	signer *v4.Signer
	client *http.Client
}

func newVisibility() *visibility {
	return &visibility{signer: v4.NewSigner(), client: &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment}}}
}

// A change is the body of a request.
type change struct {
	QueueURL string `json:"QueueUrl"`
	Entries  []changeEntry
}

type changeEntry struct {
	ID                string `json:"Id"`
	ReceiptHandle     string
	VisibilityTimeout int
}

// change makes records visible after the time that after returns. Without it they are
// visible when the timeout of their queue ends.
func (v *visibility) change(ctx context.Context, records []*record, after func(*record) time.Duration) error {
	limit := time.Now().Add(changeTimeout)
	if deadline, ok := ctx.Deadline(); ok {
		if time.Until(deadline) < 2*answerMargin {
			return nil // the answer is more important
		}
		if latest := deadline.Add(-answerMargin); latest.Before(limit) {
			limit = latest
		}
	}
	ctx, cancel := context.WithDeadline(ctx, limit)
	defer cancel()
	// Lambda freezes the process between events: a connection may be dead afterwards.
	defer v.client.CloseIdleConnections()
	byQueue := make(map[string][]changeEntry) // by ARN
	for i, r := range records {
		byQueue[r.EventSourceARN] = append(byQueue[r.EventSourceARN], changeEntry{strconv.Itoa(i), r.ReceiptHandle, int(after(r) / time.Second)})
	}
	var requests sync.WaitGroup
	errs := make(chan error, len(records))
	slots := make(chan struct{}, maxChanges)
	for arn, entries := range byQueue {
		for ; len(entries) > 0; entries = entries[min(len(entries), sqsmessage.MaxEntries):] {
			batch := entries[:min(len(entries), sqsmessage.MaxEntries)]
			slots <- struct{}{}
			requests.Go(func() {
				errs <- v.request(ctx, arn, batch)
				<-slots
			})
		}
	}
	requests.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err // one of them is enough for the log
		}
	}
	return nil
}

// request changes messages of one queue. It repeats a request once that got no answer of
// SQS, or an internal error.
func (v *visibility) request(ctx context.Context, arn string, entries []changeEntry) error {
	passes, err := v.try(ctx, arn, entries)
	if passes && ctx.Err() == nil {
		_, err = v.try(ctx, arn, entries)
	}
	return err
}

// try makes the request once. Passes reports whether an error may pass.
func (v *visibility) try(ctx context.Context, arn string, entries []changeEntry) (passes bool, err error) {
	// arn:PARTITION:sqs:REGION:ACCOUNT:QUEUE
	part := strings.Split(arn, ":")
	if len(part) != 6 {
		return false, errors.New("change the visibility of messages: the event names no queue")
	}
	partition, region, account, queue := part[1], part[3], part[4], part[5]
	base := cmp.Or(os.Getenv("AWS_ENDPOINT_URL_SQS"), os.Getenv("AWS_ENDPOINT_URL"), "https://sqs."+region+"."+domain(partition))
	body, err := json.Marshal(change{strings.TrimSuffix(base, "/") + "/" + account + "/" + queue, entries})
	if err != nil {
		return false, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.0")
	req.Header.Set("X-Amz-Target", "AmazonSQS.ChangeMessageVisibilityBatch")
	sum := sha256.Sum256(body)
	if err := v.signer.SignHTTP(ctx, credentials(), req, hex.EncodeToString(sum[:]), "sqs", region, time.Now()); err != nil {
		return false, err
	}
	resp, err := v.client.Do(req)
	passes = err != nil || resp.StatusCode >= http.StatusInternalServerError
	if err == nil {
		err = read(resp, len(entries))
	}
	if err != nil {
		return passes, fmt.Errorf("change the visibility of messages in %s: %w", queue, err)
	}
	return false, nil
}

// read returns an error if a request with n entries did not succeed.
func read(resp *http.Response, n int) error {
	defer func() { _ = resp.Body.Close() }() // it was read
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return err
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %.300q (allow sqs:ChangeMessageVisibility on the queue, or use lambda.KeepVisibility)", resp.Status, answer)
	}
	var results struct{ Failed []struct{ Code string } }
	if err := json.Unmarshal(answer, &results); err != nil {
		return fmt.Errorf("the answer is not from SQS: %.300q", answer)
	}
	if failed := len(results.Failed); failed > 0 {
		return fmt.Errorf("%d of %d failed: %.100q", failed, n, results.Failed[0].Code)
	}
	return nil
}

// domain returns the domain of a partition of AWS.
func domain(partition string) string {
	if partition == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

// credentials returns the credentials that Lambda sets in the environment.
func credentials() aws.Credentials {
	return aws.Credentials{
		AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: os.Getenv("AWS_SESSION_TOKEN"),
	}
}
