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
	"io"
	"log"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/cloud-functions-dispatch/go/bench/runtime/work"
)

func main() {
	var o options
	only := flag.String("only", "calls", "what to measure: calls, size (of binaries), start (of processes), publish (over Pub/Sub), or execute (callees under load)")
	page := flag.String("page", "", "file of which the table of that measurement is replaced")
	flag.IntVar(&o.rounds, "rounds", 6, "of which the least counts")
	flag.DurationVar(&o.each, "time", 100*time.Millisecond, "CPU time of a measurement, with -only=calls")
	flag.IntVar(&o.starts, "starts", 100, "of which the least counts, with -only=start")
	kind := flag.String("serve", "", "be a callee of this kind")
	addr := flag.String("addr", "", "where")
	rest := flag.String("rest", "", "where else, for a server of Pub/Sub")
	size := flag.String("size", "", "of the calls")
	flag.Parse()
	log.SetFlags(0)
	slog.SetLogLoggerLevel(slog.LevelError) // entrypoints log that they serve
	var err error
	switch {
	case *kind == "pubsub":
		err = servePubSub(*addr, *rest)
	case *kind != "" && *size == work.Small.Size:
		err = serve(*kind, *addr, work.Small)
	case *kind != "":
		err = serve(*kind, *addr, work.Large)
	default:
		err = o.measure(*only, *page)
	}
	if err != nil {
		log.Fatal("runtime: ", err)
	}
}

type options struct {
	rounds, starts int
	each           time.Duration
}

// measure prints a table and, if page is set, replaces the table in it.
func (o *options) measure(only, page string) error {
	var table strings.Builder
	w := io.MultiWriter(os.Stdout, &table)
	fmt.Fprintf(w, "%s, %s/%s, %d cores, %s\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), time.Now().UTC().Format(time.DateOnly))
	var err error
	switch only {
	case "calls":
		err = compareCalls(w, o.rounds, o.each)
	case "size":
		err = compareSizes(w)
	case "start":
		err = compareStarts(w, o.starts)
	case "publish":
		err = comparePublishing(w, o.rounds)
	case "execute":
		err = compareCallees(w, o.rounds)
	default:
		err = fmt.Errorf("there is no measurement %q", only)
	}
	if err != nil || page == "" {
		return err
	}
	return update(page, only, table.String())
}
