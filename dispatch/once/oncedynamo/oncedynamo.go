// Package oncedynamo keeps the leases and marks of package once in a table of Amazon
// DynamoDB. If the effect of a call is a write to DynamoDB too, use [DB.Do]: it runs the
// effect exactly once, since effect and mark are one transaction. If the effect is
// elsewhere, such as a mail, pass the [DB] to [once.Do].
//
// # Table
//
// The key of the table is the string id. Create it before you deploy the callee. Without
// the second command, DynamoDB never deletes leases and marks:
//
//	aws dynamodb create-table --table-name dispatch_once --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH --billing-mode PAY_PER_REQUEST
//	aws dynamodb update-time-to-live --table-name dispatch_once --time-to-live-specification Enabled=true,AttributeName=expire_at
//
// The callee needs the permissions dynamodb:GetItem, PutItem, UpdateItem and DeleteItem
// for this table. DB.Do needs only GetItem and PutItem, and the permissions for the
// writes of the effect.
//
// You may delete a mark when its call is not delivered any more and no dead letter of
// the call is left to replay. DynamoDB may delete an item days after expire_at. Until
// then, a mark counts as set, and a lease ends on time all the same.
//
// # Limits
//
// Use the table in one Region only: the replicas of a global table with eventual
// consistency do not see each other's leases and marks in time.
//
// A DB compares the clock of this process with the dates of DynamoDB's responses, and
// corrects it if it is wrong by more than about a second. If clocks may be wrong, do not use
// leases ([once.Lease]) shorter than 10 seconds.
package oncedynamo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/cloud-functions-dispatch/go/dispatch/once"
	"github.com/cloud-functions-dispatch/go/internal/option"
)

// An Option configures a [DB]. A nil option is ignored. [New] panics if a value is out
// of range.
type Option interface{ apply(*DB) error }

type setting func(*DB) error

func (f setting) apply(d *DB) error { return f(d) }

// Table sets the name of the table for leases and marks. It must not be
// empty. The default is dispatch_once.
func Table(name string) Option {
	return setting(func(d *DB) error { return option.NotEmpty(&d.table, "Table", name) })
}

// Keep sets the attribute expire_at: of a mark to d after the effect, of a lease to d after
// its end. Choose a duration longer than a call may be retried. The duration
// must be more than 0. The default is 31 days.
func Keep(d time.Duration) Option {
	return setting(func(db *DB) error { return option.Positive(&db.keep, "Keep", d) })
}

// A DB is a table of leases and marks. It is safe for concurrent use, also by several
// processes.
type DB struct {
	client *dynamodb.Client
	table  string
	keep   time.Duration
	clock  clock
}

var _ once.Store = (*DB)(nil)

// New returns a DB that uses client.
func New(client *dynamodb.Client, opts ...Option) *DB {
	d := &DB{client: client, table: "dispatch_once", keep: 31 * 24 * time.Hour}
	option.Must("oncedynamo", option.Each(opts, func(o Option) error { return o.apply(d) }))
	return d
}

// leaseOf returns the id of a lease. Marks of DB.Do have others, so a call may use both DB.Do
// and once.Do without steps.
func leaseOf(key string) types.AttributeValue { return text("lease:" + key) }

// isFree is the condition for an item that a lease may replace. It holds for the owner's own
// lease, so a request may be repeated if its answer was lost.
const isFree = "attribute_not_exists(id) OR (attribute_not_exists(done_at) AND (lease_owner = :owner OR lease_until <= :now))"

// Lease implements [once.Store].
func (d *DB) Lease(ctx context.Context, key, owner string, dur time.Duration) (once.State, error) {
	if !d.clock.isSet() { // a wrong clock would end the leases of others
		switch done, err := d.isDone(ctx, leaseOf(key)); {
		case err != nil:
			return once.Busy, err
		case done:
			return once.Done, nil
		}
	}
	now := d.clock.now()
	until := now.Add(dur)
	_, err := d.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &d.table,
		Item: map[string]types.AttributeValue{
			"id": leaseOf(key), "lease_owner": text(owner), "lease_until": millis(until), "expire_at": d.expireAt(until),
		},
		ConditionExpression:       aws.String(isFree),
		ExpressionAttributeValues: map[string]types.AttributeValue{":owner": text(owner), ":now": millis(now)},
	}, d.clock.observe)
	switch {
	case err == nil:
		return once.Taken, nil
	case !isRefused(err):
		return once.Busy, d.explain(err)
	}
	if done, err := d.isDone(ctx, leaseOf(key)); err != nil || !done {
		return once.Busy, err
	}
	return once.Done, nil
}

// Finish implements [once.Store].
func (d *DB) Finish(ctx context.Context, key, owner string) error {
	now := d.clock.now()
	_, err := d.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:           &d.table,
		Key:                 map[string]types.AttributeValue{"id": leaseOf(key)},
		UpdateExpression:    aws.String("SET done_at = :done, expire_at = :expire REMOVE lease_until"),
		ConditionExpression: aws.String("lease_owner = :owner"),
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":owner": text(owner), ":done": timestamp(now), ":expire": d.expireAt(now),
		},
	}, d.clock.observe)
	if isRefused(err) {
		return errors.New("the owner does not have the lease")
	}
	return d.explain(err)
}

// Release implements [once.Store].
func (d *DB) Release(ctx context.Context, key, owner string) error {
	_, err := d.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName:                 &d.table,
		Key:                       map[string]types.AttributeValue{"id": leaseOf(key)},
		ConditionExpression:       aws.String("lease_owner = :owner AND attribute_not_exists(done_at)"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":owner": text(owner)},
	}, d.clock.observe)
	if isRefused(err) {
		return nil
	}
	return d.explain(err)
}

// isDone reports whether the item with the given id says that the effect has happened.
func (d *DB) isDone(ctx context.Context, id types.AttributeValue) (bool, error) {
	out, err := d.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &d.table, Key: map[string]types.AttributeValue{"id": id}, ConsistentRead: aws.Bool(true),
	}, d.clock.observe)
	if err != nil {
		return false, d.explain(err)
	}
	d.clock.set()
	return out.Item["done_at"] != nil, nil
}

func (d *DB) expireAt(last time.Time) types.AttributeValue {
	return number(last.Add(d.keep).Unix() + 1) // rounded up
}

func text(s string) types.AttributeValue         { return &types.AttributeValueMemberS{Value: s} }
func timestamp(t time.Time) types.AttributeValue { return text(t.UTC().Format(time.RFC3339)) }
func millis(t time.Time) types.AttributeValue    { return number(t.UnixMilli()) }
func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// isRefused reports whether the condition of a write did not hold.
func isRefused(err error) bool {
	_, ok := errors.AsType[*types.ConditionalCheckFailedException](err)
	return ok
}

// explain adds the cure to an error of DynamoDB. Except for the transaction, all requests
// are well-formed if the table is right.
func (d *DB) explain(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); ok {
		return fmt.Errorf("oncedynamo: there is no table %s in the Region %s (create it: aws dynamodb create-table --table-name %[1]s --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH --billing-mode PAY_PER_REQUEST): %[3]w", d.table, d.client.Options().Region, err)
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() == "ValidationException" {
		return fmt.Errorf("oncedynamo: the table %s does not serve for marks (its key must be the string id; choose another table by oncedynamo.Table): %w", d.table, err)
	}
	return fmt.Errorf("oncedynamo: %w", err)
}
