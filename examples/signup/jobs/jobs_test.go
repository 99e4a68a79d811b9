package jobs_test

import (
	"path/filepath"
	"testing"

	"gorm.io/gorm"

	"github.com/cloud-functions-dispatch/go/dispatch/dispatchtest"

	"github.com/cloud-functions-dispatch/go/examples/signup/jobs"
)

// outbox is a Mailer that keeps the mails.
type outbox []string

func (o *outbox) Send(to, text string) error {
	*o = append(*o, to)
	return nil
}

// open makes the functions use a database of the test, and returns it.
func open(t *testing.T, m jobs.Mailer) *gorm.DB {
	t.Helper()
	db, err := jobs.Open(filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	jobs.Use(db, m)
	t.Cleanup(func() {
		if pool, err := db.DB(); err == nil {
			_ = pool.Close()
		}
	})
	return db
}

func TestWelcome(t *testing.T) {
	var mails outbox
	db := open(t, &mails)
	q := dispatchtest.New(t, dispatchtest.Redeliver(1))
	u := jobs.User{Email: "ann@example.com"}
	if err := db.Create(&u).Error; err != nil {
		t.Fatal(err)
	}
	if err := jobs.Welcome.Call(q.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	if err := q.Run(); err != nil {
		t.Fatal(err)
	}
	if len(mails) != 1 || mails[0] != u.Email {
		t.Errorf("sent mails to %q, want one to %s", mails, u.Email)
	}
}
