// Load measures how fast callees answer pushes, and how much memory they need. It
// compares them with minimal programs that decode the same JSON:
//
//	go run ./bench/load                # 20,000 small calls, and large ones
//	go run ./bench/load -client http   # sent with the net/http client, which takes longer
//	go run ./bench/load -stall         # next to eight stalled senders
//
// Each callee is a separate process. The two callees take turns, and each ratio is the
// median of several rounds. Load fails if a call is not answered 204, or if a callee
// uses more than 256 MiB.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"time"
)

var client string

var rows = []row{
	{64, 35, 20_000},
	{64, 100_000, 600},
	{64, 200_000, 600},
	{64, 1_000_000, 600},
	{8, 1_000_000, 100},
	{2, 5_000_000, 32},
	{2, 9_900_000, 12},
}

func main() {
	kind := flag.String("serve", "", "be a callee of this kind")
	addr := flag.String("addr", "", "where")
	rounds := flag.Int("rounds", 3, "of which the median counts")
	stalled := flag.Bool("stall", false, "beside senders who stall")
	flag.StringVar(&client, "client", "raw", "how calls are sent: raw, or http")
	flag.Parse()
	log.SetFlags(0)
	var err error
	switch {
	case *kind != "":
		err = serve(*kind, *addr)
	case *stalled:
		err = compareStalled(*rounds)
	default:
		err = compare(*rounds)
	}
	if err != nil {
		log.Fatal("load: ", err)
	}
}

// pairs are the kinds of callees to compare.
var pairs = [][2]string{{kindPush, kindBare}, {kindFunctions, kindBareFunctions}}

// compare prints a table of all pairs and rows.
func compare(rounds int) error {
	fmt.Println("| callee | connections × size | answered 204 | calls a second | beside it | ratio | memory |")
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- |")
	failed := false
	for _, pair := range pairs {
		for _, r := range rows {
			var ratios, rates, others []float64
			answered, memory, trouble := 0, 0, ""
			for range rounds {
				ours, kib, err := measure(pair[0], r)
				if err != nil {
					return err
				}
				theirs, _, err := measure(pair[1], r)
				if err != nil {
					return err
				}
				answered, memory = answered+ours.answered, max(memory, kib)
				trouble += ours.other
				rates, others, ratios = append(rates, ours.rate), append(others, theirs.rate), append(ratios, ours.rate/theirs.rate)
			}
			fmt.Printf("| %s | %v | %d of %d %s | %.0f | %s: %.0f | %.2f | %d MiB |\n", pair[0], r, answered, rounds*r.calls, trouble,
				median(rates), pair[1], median(others), median(ratios), memory>>10)
			failed = failed || answered < rounds*r.calls || memory > 256<<10
		}
	}
	if failed {
		return errors.New("not every call was answered 204, or a callee has had more than 256 MiB")
	}
	return nil
}

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// measure runs r against a new callee. It also returns the callee's memory in KiB.
func measure(kind string, r row) (result, int, error) {
	c, err := start(kind)
	if err != nil {
		return result{}, 0, err
	}
	defer c.end()
	row{r.connections, r.size, max(r.connections, r.calls/10)}.run(c.addr) // warm up
	out := r.run(c.addr)
	return out, c.memory(), nil
}

// A callee is the process of a callee.
type callee struct {
	addr string
	cmd  *exec.Cmd
}

// start starts a callee and returns when it listens.
func start(kind string) (*callee, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	l.Close()
	c := &callee{addr, exec.Command(self, "-serve", kind, "-addr", addr)}
	c.cmd.Stderr = io.Discard // the callee logs each failed call
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	for range 1000 {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
			return c, nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	c.end()
	return nil, fmt.Errorf("the callee of kind %q does not listen", kind)
}

func (c *callee) end() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait() // its error says that the process was killed
}

var peak = regexp.MustCompile(`VmHWM:\s*(\d+) kB`)

// memory returns the peak memory of the callee in KiB, or 0 if the system does not
// report it.
func (c *callee) memory() int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	if m := peak.FindSubmatch(status); m != nil {
		n, _ := strconv.Atoi(string(m[1]))
		return n
	}
	return 0
}
