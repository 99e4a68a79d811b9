// Package oncefirestore runs the effect of a call exactly once in Firestore: effect and
// mark are one transaction, so that both happen or neither.
//
// The marks are in the collection dispatch_once. You may delete a mark when its call is
// not delivered any more and no dead letter of the call is left to replay. Firestore
// deletes the marks itself if you set a TTL policy on their field expire_at:
//
//	gcloud firestore fields ttls update expire_at --collection-group=dispatch_once --enable-ttl
package oncefirestore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/once"
	"github.com/cloud-functions-dispatch/go/dispatch/once/internal/nest"
	"github.com/cloud-functions-dispatch/go/internal/option"
)

// An Option configures a [DB]. A nil option is ignored. [New] panics if a value is out
// of range.
type Option interface{ apply(*DB) error }

type setting func(*DB) error

func (f setting) apply(c *DB) error { return f(c) }

// Collection sets the path of the collection for the marks. It must not be empty. The
// default is dispatch_once.
func Collection(path string) Option {
	return setting(func(d *DB) error { return option.NotEmpty(&d.collection, "Collection", path) })
}

// Keep sets the field expire_at of a mark to d after the effect. Choose a duration
// longer than a call may be retried. The duration must be more than 0. The default is
// 31 days, the longest that Pub/Sub keeps a message.
func Keep(d time.Duration) Option {
	return setting(func(db *DB) error { return option.Positive(&db.keep, "Keep", d) })
}

// A DB is a Firestore database with marks in it. It is safe for concurrent use.
type DB struct {
	client     *firestore.Client
	collection string
	keep       time.Duration
}

// New returns a DB that uses client. It does not close client.
func New(client *firestore.Client, opts ...Option) *DB {
	d := &DB{client: client, collection: "dispatch_once", keep: 31 * 24 * time.Hour}
	option.Must("oncefirestore", option.Each(opts, func(o Option) error { return o.apply(d) }))
	return d
}

// Do runs effect and sets the mark of the call that is executed under ctx, in one
// transaction. If the mark is already set, it returns nil and does not run effect. If
// effect returns an error or panics, nothing has happened, and effect may run again.
//
// The effect must do everything through tx. If transactions contend, the effect runs
// several times, and one run is committed. As in all transactions of the client, it
// must read before it writes.
func (d *DB) Do(ctx context.Context, effect func(ctx context.Context, tx *firestore.Transaction) error) error {
	return d.Step(ctx, "", effect)
}

// Step is like Do, for a call with several effects. The step names the effect.
func (d *DB) Step(ctx context.Context, step string, effect func(ctx context.Context, tx *firestore.Transaction) error) error {
	key, err := once.Key(ctx, step)
	if err != nil {
		return err
	}
	collection := d.client.Collection(d.collection)
	if collection == nil {
		return fmt.Errorf("once: %q is not the path of a collection (pass oncefirestore.Collection a path such as dispatch_once)", d.collection)
	}
	if ctx, err = nest.Enter(ctx, key); err != nil {
		return err
	}
	info, _ := dispatch.FromContext(ctx)
	mark := collection.Doc(key)
	var failure error // the unchanged error of effect
	err = d.transact(ctx, func(ctx context.Context, tx *firestore.Transaction) error {
		failure = nil
		switch _, err := tx.Get(mark); {
		case err == nil:
			return nil
		case status.Code(err) != codes.NotFound:
			return fmt.Errorf("read the mark: %w", err)
		}
		if failure = effect(ctx, tx); failure != nil {
			return failure
		}
		now := time.Now()
		return tx.Create(mark, map[string]any{
			"name": info.Name, "call_id": info.ID, "step": step, "done_at": now, "expire_at": now.Add(d.keep),
		})
	})
	switch {
	case err == nil:
		return nil
	case failure != nil:
		return err
	}
	return fmt.Errorf("once: run the transaction: %w", err)
}

var errPanicked = errors.New("the effect panicked")

// transact calls the client's RunTransaction. If run panicked within it, the client
// would leave the transaction open, and the documents that it has read would stay
// locked for a minute. To preserve the stack of the panic, transact calls run in this
// goroutine and the client in another.
func (d *DB) transact(ctx context.Context, run func(context.Context, *firestore.Transaction) error) error {
	type attempt struct {
		ctx context.Context
		tx  *firestore.Transaction
	}
	attempts, results := make(chan attempt), make(chan error)
	var clientErr error
	returned := false
	var panicked any // of the client; valid if returned is false
	go func() {
		defer close(attempts)
		defer func() { panicked = recover() }()
		clientErr = d.client.RunTransaction(ctx, func(ctx context.Context, tx *firestore.Transaction) error {
			attempts <- attempt{ctx, tx}
			return <-results
		})
		returned = true
	}()
	runAttempt := func(t attempt) {
		err := errPanicked
		defer func() {
			results <- err
			if err == errPanicked {
				for range attempts { // wait for the rollback
				}
			}
		}()
		err = run(t.ctx, t.tx)
	}
	for t := range attempts {
		runAttempt(t)
	}
	if !returned {
		panic(panicked)
	}
	return clientErr
}
