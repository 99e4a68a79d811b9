package dispatchtest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/dispatchtest"
)

var Confirm = dispatch.Register(confirm)

func confirm(ctx context.Context, order int) error {
	fmt.Println("confirm order", order)
	return nil
}

// placeOrder is the code under test.
func placeOrder(ctx context.Context, order int) error {
	if order <= 0 {
		return errors.New("no such order")
	}
	return Confirm.Call(ctx, order)
}

// exampleT stands for the t of a test.
type exampleT struct{ testing.TB }

func (exampleT) Context() context.Context { return context.Background() }

func (exampleT) Helper() {}

func (exampleT) Error(args ...any) { log.Println(args...) }

func (exampleT) Fatal(args ...any) { log.Fatal(args...) }

var t exampleT

func ExampleCalled() {
	queue := dispatchtest.New(t)
	if err := placeOrder(queue.Context(), 17); err != nil {
		t.Fatal(err)
	}
	// Were the calls made that should be?
	if err := dispatchtest.Called(queue, Confirm)(queue.Context(), 17); err != nil {
		t.Error(err)
	}
	fmt.Println(dispatchtest.Count(queue, Confirm), "call")
	// Output: 1 call
}

func ExampleQueue_Run() {
	queue := dispatchtest.New(t)
	if err := placeOrder(queue.Context(), 17); err != nil {
		t.Fatal(err)
	}
	// Execute the calls, as a callee would.
	if err := queue.Run(); err != nil {
		t.Error(err)
	}
	// Output: confirm order 17
}

func ExampleRedeliver() {
	queue := dispatchtest.New(t, dispatchtest.Redeliver(1)) // as any queue may
	if err := placeOrder(queue.Context(), 17); err != nil {
		t.Fatal(err)
	}
	if err := queue.Run(); err != nil {
		t.Error(err)
	}
	// Use package once if one confirmation is too many.

	// Output:
	// confirm order 17
	// confirm order 17
}

// A Page keeps its rendered text, which the callee renders again.
type Page struct {
	Source   string
	Rendered string `json:"-"`
}

var Publish = dispatch.Register(publish)

func publish(ctx context.Context, page Page) error {
	fmt.Println("publish", page.Source)
	return nil
}

func ExampleIgnorePath() {
	queue := dispatchtest.New(t, dispatchtest.IgnorePath("Page.Rendered"))
	// Without the option, the call fails the test, because Rendered is lost.
	if err := Publish.Call(queue.Context(), Page{"# Hello", "<h1>Hello</h1>"}); err != nil {
		t.Fatal(err)
	}
	if err := queue.Run(); err != nil {
		t.Error(err)
	}
	// Output: publish # Hello
}
