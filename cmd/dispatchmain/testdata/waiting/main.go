// Waiting is a caller that starts a child, makes a call, and then waits for the
// child.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"

	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/testdata/waiting/work"
)

func main() {
	child := exec.Command("sleep", "600")
	if err := child.Start(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("caller", os.Getpid())
	fmt.Println("child", child.Process.Pid)
	if err := work.Wait.Call(context.Background(), len(os.Args) > 1); err != nil {
		log.Fatal(err)
	}
	_ = child.Wait()
}
