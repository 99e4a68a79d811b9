package oncedynamo

import (
	"context"
	"errors"
	"fmt"
	"math/rand" // a dispatchvet of Go 1.26 cannot read v2 of Go 1.27
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/once"
	"github.com/cloud-functions-dispatch/go/dispatch/once/internal/nest"
)

// An Effect returns the writes that are the effect of a call. It may read, but must change
// nothing itself.
type Effect func(ctx context.Context) ([]types.TransactWriteItem, error)

const (
	// maxWrites is the limit of DynamoDB for the writes of a transaction.
	maxWrites = 100

	// maxAttempts is how often a transaction is made. Then the queue retries the call.
	maxAttempts = 5
)

// Do makes the writes that effect returns, and sets the mark of the call that is executed
// under ctx, in one transaction (TransactWriteItems). If the mark is already set, it
// returns nil, and effect has not run or its writes were not made. If effect returns an
// error or panics, nothing has happened, and effect may run again.
//
// The effect may return up to 99 writes. If transactions contend or DynamoDB throttles
// them, the effect runs several times, and the writes of one run are made. To change an
// item that the effect has read, add a condition to the write, such as a version that has
// not changed: no lock protects the item. If the condition of a write does not hold, Do
// returns an error that wraps a [types.TransactionCanceledException]. Its reasons have the
// order of the writes. Return this error, so that the call is delivered again.
func (d *DB) Do(ctx context.Context, effect Effect) error { return d.Step(ctx, "", effect) }

// Step is like Do, for a call with several effects. The step names the effect.
func (d *DB) Step(ctx context.Context, step string, effect Effect) error {
	key, err := once.Key(ctx, step)
	if err != nil {
		return err
	}
	if ctx, err = nest.Enter(ctx, key); err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		switch done, err := d.isDone(ctx, text(key)); {
		case err != nil:
			return fmt.Errorf("once: read the mark: %w", err)
		case done:
			return nil
		}
		writes, err := effect(ctx)
		if err != nil {
			return err
		}
		err = d.commit(ctx, key, step, writes)
		switch {
		case err == nil:
			return nil
		case isContention(err) && pause(ctx, attempt):
			continue
		}
		// Another delivery may have set the mark. This one may have, too, if the answer
		// was lost.
		if done, readErr := d.isDone(ctx, text(key)); readErr == nil && done {
			return nil
		}
		return fmt.Errorf("once: run the transaction: %w", err)
	}
}

// commit makes the writes and sets the mark. The mark is last, so that DynamoDB's reasons
// for a refusal have the indexes of the writes.
func (d *DB) commit(ctx context.Context, key, step string, writes []types.TransactWriteItem) error {
	if len(writes) >= maxWrites {
		return fmt.Errorf("the effect has %d writes, want at most %d besides the mark (use several steps)", len(writes), maxWrites-1)
	}
	info, _ := dispatch.FromContext(ctx)
	now := d.clock.now()
	mark := types.Put{
		TableName: &d.table,
		Item: map[string]types.AttributeValue{
			"id": text(key), "name": text(info.Name), "call_id": text(info.ID), "step": text(step), "done_at": timestamp(now), "expire_at": d.expireAt(now),
		},
		ConditionExpression: aws.String("attribute_not_exists(id)"),
	}
	_, err := d.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
		TransactItems: append(slices.Clip(writes), types.TransactWriteItem{Put: &mark}),
	}, d.clock.observe)
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); ok {
		return fmt.Errorf("a table of the effect's writes does not exist: %w", err) // the table of the mark was just read
	}
	return err
}

// isContention reports whether a transaction was cancelled only because others use its
// items, or because of throttling.
func isContention(err error) bool {
	cancelled, ok := errors.AsType[*types.TransactionCanceledException](err)
	if !ok {
		return false
	}
	contended := false
	for _, r := range cancelled.CancellationReasons {
		switch aws.ToString(r.Code) {
		case "None", "":
		case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
			contended = true
		default:
			return false
		}
	}
	return contended
}

// pause waits before the next attempt. It returns false if there should be none.
func pause(ctx context.Context, attempt int) bool {
	if attempt == maxAttempts {
		return false
	}
	t := time.NewTimer(time.Duration(rand.Int63n(int64(25 * time.Millisecond << attempt))))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
