package main

import (
	"fmt"
	"io"
	"runtime"
	"syscall"
	"time"

	"github.com/cloud-functions-dispatch/go/bench/runtime/work"
)

// A column is a column of the table: one half of a call, for calls of one size.
type column struct {
	name  string
	costs []cost // of each peer
	do    func(*peer) func() error
	peers []peer
}

// A cost is what one operation costs.
type cost struct {
	nanoseconds float64 // of CPU
	allocations uint64
	times       int // that the operation is done in a measurement
}

// compareCalls measures all peers, and prints the table.
func compareCalls(w io.Writer, rounds int, each time.Duration) error {
	var columns []*column
	small, medium, large := peersOf(work.Small), peersOf(work.Medium), peersOf(work.Large)
	sizes := []struct {
		name  string
		peers []peer
		check func(func() error) error
	}{{work.Small.Size, small, work.Small.Check}, {work.Medium.Size, medium, work.Medium.Check}, {work.Large.Size, large, work.Large.Check}}
	for _, s := range sizes {
		for _, p := range s.peers {
			if err := s.check(p.both); err != nil {
				return fmt.Errorf("%s, %s call: %w", p.name, s.name, err)
			}
		}
		columns = append(columns, &column{name: "pack " + s.name, peers: s.peers, do: func(p *peer) func() error { return p.pack }})
	}
	for _, s := range sizes {
		columns = append(columns, &column{name: "run " + s.name, peers: s.peers, do: func(p *peer) func() error { return p.run }})
	}
	for range rounds {
		for _, c := range columns {
			if err := c.measure(each); err != nil {
				return err
			}
		}
	}
	return print(w, columns, small, medium, large)
}

// measure measures each peer for the given CPU time. The least time counts.
func (c *column) measure(each time.Duration) error {
	if c.costs == nil {
		c.costs = make([]cost, len(c.peers))
	}
	for i := range c.peers {
		got, err := measure(c.do(&c.peers[i]), each, c.costs[i].times)
		if err != nil {
			return fmt.Errorf("%s: %w", c.peers[i].name, err)
		}
		if old := c.costs[i]; old.times == 0 || got.nanoseconds < old.nanoseconds {
			c.costs[i] = got
		}
	}
	return nil
}

// measure does the operation as often as given. If times is 0, it finds a number that
// takes the given CPU time.
func measure(do func() error, each time.Duration, times int) (cost, error) {
	for n := max(times, 1); ; n *= 2 {
		runtime.GC() // the garbage of the others
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := cpu()
		for range n {
			if err := do(); err != nil {
				return cost{}, err
			}
		}
		spent := cpu() - start
		runtime.ReadMemStats(&after)
		if times > 0 || spent >= each {
			return cost{float64(spent) / float64(n), (after.Mallocs - before.Mallocs) / uint64(n), n}, nil
		}
	}
}

// cpu returns the CPU time of the process.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // the arguments are right
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// print prints the table and the list of what it leaves out.
func print(w io.Writer, columns []*column, sizes ...[]peer) error {
	fmt.Fprint(w, "| CPU time ÷ that of the first row (ns; allocations) |")
	for _, c := range columns {
		fmt.Fprintf(w, " %s |", c.name)
	}
	fmt.Fprint(w, " bytes of the messages |\n|")
	for range len(columns) + 2 {
		fmt.Fprint(w, " --- |")
	}
	fmt.Fprintln(w)
	for i, p := range sizes[0] {
		fmt.Fprintf(w, "| %s |", p.name)
		for _, c := range columns {
			fmt.Fprintf(w, " **%.2f** (%.0f; %d) |", c.costs[i].nanoseconds/c.costs[0].nanoseconds, c.costs[i].nanoseconds, c.costs[i].allocations)
		}
		fmt.Fprintf(w, " %d / %d / %d |\n", sizes[0][i].bytes(), sizes[1][i].bytes(), sizes[2][i].bytes())
	}
	fmt.Fprint(w, "\nNot measured:\n\n")
	for _, p := range sizes[0] {
		fmt.Fprintf(w, "- %s: %s\n", p.name, p.without)
	}
	return nil
}
