package jobs

import (
	"context"

	"gorm.io/gorm"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/examples/signup/config"
)

// A Mailer sends mail.
type Mailer interface {
	Send(to, text string) error
}

var (
	db     *gorm.DB
	mailer Mailer
)

func init() { dispatch.OnStart(open) }

// open runs in the callee once, before its first call. If it fails, the delivery fails
// too, and open runs again before the next one.
func open(ctx context.Context) error {
	if db != nil {
		return nil // Use was called
	}
	c, err := config.Load()
	if err != nil {
		return err
	}
	opened, err := Open(c.Database)
	if err != nil {
		return err
	}
	Use(opened, SMTP(c.SMTP))
	return nil
}

// Use sets the handles that the functions use, in place of those that OnStart opens.
// Call it in a test, or in a program that executes its own calls.
func Use(d *gorm.DB, m Mailer) { db, mailer = d, m }
