package dispatch_test

import (
	"context"
	"fmt"
	"os"
	"text/template"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

var letter *template.Template

func init() { dispatch.OnStart(loadLetter) }

// loadLetter runs in the callee only, once, before its first call. If it fails, the
// delivery fails, and loadLetter runs again before the next one.
func loadLetter(ctx context.Context) (err error) {
	letter, err = template.New("letter").Parse("Dear {{.}}!\n")
	return err
}

var WriteTo = dispatch.Register(writeTo)

func writeTo(ctx context.Context, to string) error { return letter.Execute(os.Stdout, to) }

func ExampleOnStart() {
	queue := mem.New()
	ctx := dispatch.WithClient(context.Background(), dispatch.New(queue))
	if err := WriteTo.Call(ctx, "Ann"); err != nil {
		fmt.Println(err)
	}
	_ = queue.Wait(ctx)
	// Output: Dear Ann!
}
