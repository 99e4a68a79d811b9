// Asking is a caller that makes a call for each line of its standard input. It has a
// child, and neither of them ends on SIGHUP or SIGTERM.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/testdata/asking/work"
)

func main() {
	signal.Ignore(syscall.SIGHUP, syscall.SIGTERM)
	child := exec.Command("sleep", "600")
	if err := child.Start(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("caller", os.Getpid())
	fmt.Println("child", child.Process.Pid)
	if err := work.Hello.Call(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Print("what? ")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		fmt.Println("calling with", in.Text())
		if err := work.Note.Call(context.Background(), in.Text()); err != nil {
			log.Fatal(err)
		}
	}
}
