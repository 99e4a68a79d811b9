package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cloud-functions-dispatch/go/bench/runtime/work"
)

// A load is calls of one size to callees of two kinds.
type load struct {
	ours, bare  string
	size        string
	connections int
	requests    int
	calls       int               // in each request
	body        []byte            // of each request
	attributes  map[string]string // of a message that is pulled
}

func loads() ([]load, error) {
	small, err1 := pushOf(work.Small)
	large, err2 := pushOf(work.Large)
	smallEvent, err3 := eventOf(work.Small, 10)
	largeEvent, err4 := eventOf(work.Large, 1)
	smallArgs, err5 := json.Marshal([]any{work.Small.A, work.Small.B})
	largeArgs, err6 := json.Marshal([]any{work.Large.A, work.Large.B})
	return []load{
		{"push", "net/http", "small", 16, 20_000, 1, small, nil},
		{"push", "net/http", "large", 4, 600, 1, large, nil},
		{"cloudevent", "functions.HTTP", "small", 16, 20_000, 1, small, nil},
		{"cloudevent", "functions.HTTP", "large", 4, 600, 1, large, nil},
		{"lambda", "aws-lambda-go", "small", 1, 4_000, 10, smallEvent, nil},
		{"lambda", "aws-lambda-go", "large", 1, 600, 1, largeEvent, nil},
		{"pull", "Receive", "small", 1, 100_000, 1, smallArgs, messageAttributes(work.Small)},
		{"pull", "Receive", "large", 1, 600, 1, largeArgs, messageAttributes(work.Large)},
	}, errors.Join(err1, err2, err3, err4, err5, err6)
}

// A speed says how fast a callee was.
type speed struct {
	cpu  float64 // microseconds for a call
	rate float64 // calls a second
	p99  time.Duration
}

// compareCallees prints how fast our entrypoints are, beside the smallest programs that
// decode the same JSON. The two take turns. The best of each value counts.
func compareCallees(w io.Writer, rounds int) error {
	all, err := loads()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "| best of %d | CPU of a call, µs | bare, µs | bare ÷ ours | calls a second | bare | ours ÷ bare | p99, ms | bare, ms |\n|%s\n", rounds, strings.Repeat(" --- |", 9))
	for _, l := range all {
		var ours, bare speed
		for range rounds {
			for kind, best := range map[string]*speed{l.ours: &ours, l.bare: &bare} {
				got, err := l.measure(kind)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", kind, l.size, err)
				}
				best.update(got)
			}
		}
		fmt.Fprintf(w, "| %s beside %s, %s × %d | %.1f | %.1f | %.2f | %.0f | %.0f | %.2f | %.2f | %.2f |\n", l.ours, l.bare, l.size, l.connections,
			ours.cpu, bare.cpu, bare.cpu/ours.cpu, ours.rate, bare.rate, ours.rate/bare.rate, ours.p99.Seconds()*1000, bare.p99.Seconds()*1000)
	}
	return nil
}

func (s *speed) update(got speed) {
	if s.rate == 0 {
		*s = got
	}
	*s = speed{min(s.cpu, got.cpu), max(s.rate, got.rate), min(s.p99, got.p99)}
}

// measure runs the load against a new callee.
func (l *load) measure(kind string) (speed, error) {
	self, err := os.Executable()
	if err != nil {
		return speed{}, err
	}
	addr, err := freeAddr()
	if err != nil {
		return speed{}, err
	}
	cmd := exec.Command(self, "-serve", kind, "-addr", addr, "-size", l.size)
	cmd.Env = append(os.Environ(), "FUNCTION_TARGET=Target", "AWS_LAMBDA_RUNTIME_API="+addr, "PUBSUB_EMULATOR_HOST="+addr, "DISPATCH_SUBSCRIPTION=gcppubsub://projects/p/subscriptions/s")
	run := l.push
	switch kind {
	case "lambda", "aws-lambda-go":
		run = l.invoke
	case "pull", "Receive":
		run = l.feed
	}
	var took time.Duration
	latencies, err := run(addr, cmd, &took)
	if cmd.Process != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // its error says that the process was killed
	}
	if err != nil {
		return speed{}, err
	}
	slices.Sort(latencies)
	used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	n := len(latencies)
	return speed{float64(used.Microseconds()) / float64(n*l.calls), float64(n*l.calls) / took.Seconds(), latencies[n*99/100]}, nil
}

// push starts the callee, and posts the requests over all connections.
func (l *load) push(addr string, callee *exec.Cmd, took *time.Duration) ([]time.Duration, error) {
	if err := callee.Start(); err != nil {
		return nil, err
	}
	request := fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: callee\r\nUser-Agent: APIs-Google\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(l.body), l.body)
	first, err := dial(addr)
	if err != nil {
		return nil, err
	}
	first.Close()
	var next atomic.Int64
	latencies := make([][]time.Duration, l.connections)
	errs := make([]error, l.connections)
	var wg sync.WaitGroup
	begin := time.Now()
	for i := range l.connections {
		wg.Go(func() {
			var c net.Conn
			if c, errs[i] = dial(addr); errs[i] != nil {
				return
			}
			defer c.Close()
			r := bufio.NewReader(c)
			for next.Add(1) <= int64(l.requests) {
				sent := time.Now()
				if errs[i] = exchange(c, r, request); errs[i] != nil {
					return
				}
				latencies[i] = append(latencies[i], time.Since(sent))
			}
		})
	}
	wg.Wait()
	*took = time.Since(begin)
	return slices.Concat(latencies...), errors.Join(errs...)
}

// dial connects to a callee that may not listen yet.
func dial(addr string) (net.Conn, error) {
	for begin := time.Now(); ; time.Sleep(time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		if err == nil || time.Since(begin) > 10*time.Second {
			return c, err
		}
	}
}

// exchange sends a request and reads the answer.
func exchange(c net.Conn, r *bufio.Reader, request []byte) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	answer, err := http.ReadResponse(r, nil)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusNoContent || answer.Close {
		return fmt.Errorf("answered %s, closed: %t", answer.Status, answer.Close)
	}
	return nil
}

// invoke serves Lambda's runtime API, from which the callee takes one event after another.
func (l *load) invoke(addr string, callee *exec.Cmd, took *time.Duration) ([]time.Duration, error) {
	var latencies []time.Duration
	var begin, sent time.Time
	done := make(chan error, 1)
	end := func(err error) {
		select {
		case done <- err:
		default: // it ended already
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		if len(latencies) == l.requests {
			*took = time.Since(begin)
			end(nil)
			<-r.Context().Done()
			return
		}
		sent = time.Now()
		if len(latencies) == 0 {
			begin = sent
		}
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "id")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(sent.Add(time.Minute).UnixMilli()))
		_, _ = w.Write(l.body) // the callee would not answer
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/id/response", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		latencies = append(latencies, time.Since(sent))
		if err != nil || !bytes.Contains(body, []byte(`"batchItemFailures":[]`)) {
			end(fmt.Errorf("answered %s, %v", body, err))
		}
		w.WriteHeader(http.StatusAccepted)
	})
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	s := http.Server{Handler: mux}
	defer s.Close()
	go func() { end(s.Serve(listener)) }()
	if err := callee.Start(); err != nil {
		return nil, err
	}
	time.AfterFunc(time.Minute, func() { end(errors.New("it took more than a minute")) })
	err = <-done
	return latencies, err
}
