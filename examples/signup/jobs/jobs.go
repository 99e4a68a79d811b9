// Package jobs has the functions that the service dispatches.
package jobs

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// A User has signed up.
type User struct {
	ID       uint
	Email    string
	Welcomed *time.Time
}

// Welcome sends a mail to a new user.
var Welcome = dispatch.Register(welcome)

func welcome(ctx context.Context, user uint) error {
	var u User
	if err := db.WithContext(ctx).First(&u, user).Error; err != nil {
		return err
	}
	if u.Welcomed != nil {
		return nil // an earlier delivery has sent the mail
	}
	if err := mailer.Send(u.Email, "Welcome!"); err != nil {
		return err
	}
	return db.WithContext(ctx).Model(&u).Update("welcomed", time.Now()).Error
}

// Open opens the database in a file, and creates missing tables.
func Open(file string) (*gorm.DB, error) {
	opened, err := gorm.Open(sqlite(file))
	if err != nil {
		return nil, err
	}
	return opened, opened.AutoMigrate(&User{})
}
