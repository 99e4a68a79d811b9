// Package orders books orders. Its functions are dispatched: the service calls them,
// and a callee with the same database runs them.
//
// A call may be delivered more than once, but each function has its effect once. Place
// uses the ID of its call, which is the same on every delivery. Confirm uses the ID of
// the order, since a second delivery of Place dispatches Confirm again.
package orders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// An Order is a customer's order.
type Order struct {
	ID       string
	Customer string
	Lines    []Line
}

// A Line is one article of an order.
type Line struct {
	Article  string
	Quantity int
}

var (
	// Place takes the articles of an order from the stock and stores the order.
	// Then it dispatches Confirm.
	Place = dispatch.Register(place)

	// Confirm writes the confirmation of an order to the outbox. It has a separate
	// queue, so that orders do not wait for mail.
	Confirm = dispatch.Register(confirm, dispatch.Queue("mail"))
)

var errStock = errors.New("not enough in stock")

func place(ctx context.Context, o Order) error {
	err := calls.Do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, l := range o.Lines {
			if err := take(ctx, tx, l); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO orders (id, customer) VALUES (?, ?)`, o.ID, o.Customer)
		return err
	})
	if errors.Is(err, errStock) {
		return dispatch.Permanent(err) // the stock is too small for a retry as well
	}
	if err != nil {
		return err
	}
	// Dispatch this even if an earlier delivery placed the order: that delivery may
	// have ended before this line.
	return Confirm.Call(ctx, o.ID, o.Customer)
}

func take(ctx context.Context, tx *sql.Tx, l Line) error {
	r, err := tx.ExecContext(ctx, `UPDATE stock SET quantity = quantity - ? WHERE article = ? AND quantity >= ?`, l.Quantity, l.Article, l.Quantity)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return fmt.Errorf("take %d of %s: %w", l.Quantity, l.Article, errStock)
}

func confirm(ctx context.Context, order, customer string) error {
	_, err := db.ExecContext(ctx, `INSERT INTO outbox (order_id, recipient) VALUES (?, ?) ON CONFLICT DO NOTHING`, order, customer)
	return err
}
