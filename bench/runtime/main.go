// Runtime measures what a call costs, side by side with other libraries:
//
//	cd bench/runtime && go run .
//
// It prints a table in Markdown. For each library, "pack" is everything between the
// user's call and the message that the queue receives, and "run" is everything from that
// message until the function has run. Each library uses its own code, up to the limits
// that the list below the table names. Before it is measured, the arguments that
// the function received are compared with the call's. CPU time is the time of the whole
// process, garbage collection included, and the least of several rounds, in which the
// libraries take turns.
//
// With -only, it measures something else: the size of binaries, the
// time that a process needs to start, calls over Pub/Sub, or callees under load.
package main

import (
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/cloud-functions-dispatch/go/bench/runtime/work"
)

func main() {
	only := flag.String("only", "calls", "what to measure: calls, size (of binaries), start (of processes), publish (over Pub/Sub), or execute (callees under load)")
	rounds := flag.Int("rounds", 6, "of which the least counts")
	each := flag.Duration("time", 100*time.Millisecond, "CPU time of a measurement")
	starts := flag.Int("starts", 100, "of which the least counts, with -only=start")
	kind := flag.String("serve", "", "be a callee of this kind")
	addr := flag.String("addr", "", "where")
	size := flag.String("size", "", "of the calls")
	flag.Parse()
	log.SetFlags(0)
	slog.SetLogLoggerLevel(slog.LevelError) // entrypoints log that they serve
	var err error
	if *kind != "" {
		switch {
		case *kind == "pubsub":
			err = servePubSub(*addr)
		case *size == work.Small.Size:
			err = serve(*kind, *addr, work.Small)
		default:
			err = serve(*kind, *addr, work.Large)
		}
		log.Fatal("runtime: ", err)
	}
	switch *only {
	case "calls":
		err = compareCalls(os.Stdout, *rounds, *each)
	case "size":
		err = compareSizes(os.Stdout)
	case "start":
		err = compareStarts(os.Stdout, *starts)
	case "publish":
		err = comparePublishing(os.Stdout, *rounds)
	case "execute":
		err = compareCallees(os.Stdout, *rounds)
	default:
		err = fmt.Errorf("there is no measurement %q", *only)
	}
	if err != nil {
		log.Fatal("runtime: ", err)
	}
}
