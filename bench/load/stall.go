package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// compareStalled measures calls of 100 KB and 1 MB, alone and next to eight stalled
// senders. Each sender announces 15 MB, sends 3 MB, waits until its connection is
// closed, and starts again.
func compareStalled(rounds int) error {
	const senders = 8
	for _, kind := range []string{kindPush, kindFunctions} {
		for _, r := range []row{{8, 100_000, 1000}, {64, 100_000, 1000}, {8, 1_000_000, 100}} {
			var ratios, alone, beside []float64
			answered, memory := 0, 0
			for range rounds {
				free, _, err := measure(kind, r)
				if err != nil {
					return err
				}
				c, err := start(kind)
				if err != nil {
					return err
				}
				ctx, stop := context.WithCancel(context.Background())
				var wg sync.WaitGroup
				for range senders {
					wg.Go(func() { stall(ctx, c.addr) })
				}
				time.Sleep(time.Second) // until all have stalled
				out := r.run(c.addr)
				stop()
				wg.Wait()
				memory = max(memory, c.memory())
				c.end()
				answered += out.answered
				alone, beside, ratios = append(alone, free.rate), append(beside, out.rate), append(ratios, out.rate/free.rate)
			}
			fmt.Printf("%s, %v: %d of %d answered 204, %.0f a second, alone %.0f, ratio %.2f, %d MiB\n", kind, r, answered, rounds*r.calls, median(beside), median(alone), median(ratios), memory>>10)
		}
	}
	return nil
}

// stall sends a fifth of the body that it announces, again and again until ctx is
// done.
func stall(ctx context.Context, addr string) {
	part := strings.Repeat("A", 3_000_000)
	for ctx.Err() == nil {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return // the callee has ended
		}
		unhook := context.AfterFunc(ctx, func() { c.Close() })
		_, _ = fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: callee\r\nContent-Type: application/json\r\nContent-Length: 15000000\r\n\r\n{\"message\":{\"data\":\"%s", part)
		_, _ = io.Copy(io.Discard, c) // until it is closed
		unhook()
		c.Close()
	}
}
