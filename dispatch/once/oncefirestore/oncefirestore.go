// Package oncefirestore runs the effect of a call once in Firestore: effect and
// mark are one transaction, so that both happen or neither, and the effect happens
// exactly once.
//
// The marks are in the collection dispatch_once, and may be deleted once the call
// is not delivered any more, and no dead letter of it is left to replay. Firestore
// does that when their field expire_at is given to it:
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

// An Option configures a [DB]. A nil option is ignored; with a value out of range, [New]
// panics.
type Option interface{ apply(*DB) error }

type setting func(*DB) error

func (f setting) apply(c *DB) error { return f(c) }

// Collection is the path of the collection with the marks. It must not be empty. The
// default is dispatch_once.
func Collection(path string) Option {
	return setting(func(d *DB) error { return option.NotEmpty(&d.collection, "Collection", path) })
}

// Keep sets the field expire_at of a mark to this long after the effect. Choose it longer
// than a call may be retried. The duration must be more than 0. The default is 31 days,
// the longest that Pub/Sub keeps a message.
func Keep(d time.Duration) Option {
	return setting(func(db *DB) error { return option.Positive(&db.keep, "Keep", d) })
}

// A DB is a database with marks in it. It is safe for concurrent use.
type DB struct {
	client     *firestore.Client
	collection string
	keep       time.Duration
}

// New returns a DB in that of client, which it does not close.
func New(client *firestore.Client, opts ...Option) *DB {
	d := &DB{client: client, collection: "dispatch_once", keep: 31 * 24 * time.Hour}
	option.Must("oncefirestore", option.Each(opts, func(o Option) error { return o.apply(d) }))
	return d
}

// Do runs effect in a transaction with the mark, and commits, unless the mark of
// the call that is executed under ctx is there. It returns nil if it is. Where
// effect returns an error, or panics, nothing has happened, and it may run again.
//
// Effect does what it does by tx, and nothing else: where transactions compete, it
// runs several times, of which one commits. As the client has it, it reads before
// it writes.
func (d *DB) Do(ctx context.Context, effect func(ctx context.Context, tx *firestore.Transaction) error) error {
	return d.Step(ctx, "", effect)
}

// Step is Do for one of several effects of a call, told apart by their names.
func (d *DB) Step(ctx context.Context, step string, effect func(ctx context.Context, tx *firestore.Transaction) error) error {
	key, err := once.Key(ctx, step)
	if err != nil {
		return err
	}
	collection := d.client.Collection(d.collection)
	if collection == nil {
		return fmt.Errorf("once: %q is not the path of a collection (give oncefirestore.Collection one such as dispatch_once)", d.collection)
	}
	if ctx, err = nest.Enter(ctx, key); err != nil {
		return err
	}
	info, _ := dispatch.FromContext(ctx)
	mark := collection.Doc(key)
	var failure error // of effect, as it was
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

// transact is the client's RunTransaction, which leaves a transaction open, and
// what it has read locked for a minute, if run panics. So that the panic keeps its
// stack, it is the client that gets another goroutine.
func (d *DB) transact(ctx context.Context, run func(context.Context, *firestore.Transaction) error) error {
	type turn struct {
		ctx context.Context
		tx  *firestore.Transaction
	}
	turns, results := make(chan turn), make(chan error)
	var ended error
	returned := false
	var panicked any // with which the client panicked, unless it has returned
	go func() {
		defer close(turns)
		defer func() { panicked = recover() }()
		ended = d.client.RunTransaction(ctx, func(ctx context.Context, tx *firestore.Transaction) error {
			turns <- turn{ctx, tx}
			return <-results
		})
		returned = true
	}()
	take := func(t turn) {
		err := errPanicked
		defer func() {
			results <- err
			if err == errPanicked {
				for range turns { // until it is rolled back
				}
			}
		}()
		err = run(t.ctx, t.tx)
	}
	for t := range turns {
		take(t)
	}
	if !returned {
		panic(panicked)
	}
	return ended
}
