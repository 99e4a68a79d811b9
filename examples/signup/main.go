// Signup is a service with a database, a mailer and a configuration. docs/services.md
// explains it. To run the service and its callee on this machine:
//
//	SIGNUP_DATABASE=/tmp/signup.db go tool dispatchmain dev .
//
// To run both in one process:
//
//	SIGNUP_DATABASE=/tmp/signup.db DISPATCH_URL=mem: go run .
//
// POST /users with {"email": "ann@example.com"} signs up.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"

	"github.com/cloud-functions-dispatch/go/dispatch"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/mem"

	"github.com/cloud-functions-dispatch/go/examples/signup/config"
	"github.com/cloud-functions-dispatch/go/examples/signup/jobs"
)

//go:generate go tool dispatchmain generate --for=push

func main() {
	listen := flag.String("listen", "localhost:8080", "serve at this address")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	if err := run(ctx, *listen); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, listen string) (err error) {
	c, err := config.Load()
	if err != nil {
		return err
	}
	db, err := jobs.Open(c.Database)
	if err != nil {
		return err
	}
	jobs.Use(db, jobs.SMTP(c.SMTP))       // with mem: the calls run here, with the same handles
	client, err := dispatch.Open(ctx, "") // the transport that DISPATCH_URL names
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }() // with mem: waits for the calls
	dispatch.Use(client)
	return serve(ctx, &http.Server{Addr: listen, Handler: newRouter(db), ReadTimeout: time.Minute})
}

// serve serves until ctx is done, then finishes the requests that are being served.
func serve(ctx context.Context, s *http.Server) error {
	failed := make(chan error, 1)
	go func() { failed <- s.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return s.Shutdown(context.WithoutCancel(ctx))
	}
}

// newRouter returns the handler of the service.
func newRouter(db *gorm.DB) *gin.Engine {
	r := gin.New()
	r.POST("/users", func(c *gin.Context) {
		var u struct {
			Email string `binding:"required,email"`
		}
		if err := c.ShouldBindJSON(&u); err != nil {
			c.String(http.StatusBadRequest, "the body is no user in JSON")
			return
		}
		if err := signUp(c.Request.Context(), db, u.Email); err != nil {
			log.Print(err)
			c.String(http.StatusServiceUnavailable, "try again later")
			return
		}
		c.Status(http.StatusAccepted)
	})
	return r
}

func signUp(ctx context.Context, db *gorm.DB, email string) error {
	u := jobs.User{Email: email}
	if err := db.WithContext(ctx).Create(&u).Error; err != nil {
		return err
	}
	return jobs.Welcome.Call(ctx, u.ID)
}
