package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// compareStarts prints how long two programs take from the start of the process to their
// first answer, and how long 1,000 registrations take. The programs take turns. The least
// of n starts counts.
func compareStarts(w io.Writer, n int) error {
	dir, err := os.MkdirTemp("", "bench-start")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, r := range registrations {
		if err := r.build(dir, 1000); err != nil {
			return err
		}
	}
	programs := []string{"function", "restcaller", "caller", "barefunction"}
	for _, p := range programs {
		if err := build(nil, "-trimpath", "-ldflags=-s -w", "-o", dir, "./programs/"+p); err != nil {
			return err
		}
	}
	least := make(map[string]time.Duration)
	shorter := func(name string, d time.Duration) {
		if old, ok := least[name]; !ok || d < old {
			least[name] = d
		}
	}
	for range n {
		for _, p := range programs {
			took, err := firstAnswer(filepath.Join(dir, p))
			if err != nil {
				return fmt.Errorf("%s: %w", p, err)
			}
			shorter(p, took)
		}
		for _, r := range registrations {
			out, err := exec.Command(filepath.Join(dir, r.name)).Output()
			if err != nil {
				return err
			}
			took, err := time.ParseDuration(string(out))
			if err != nil {
				return err
			}
			shorter(r.name, took)
		}
	}
	ms := func(name string) float64 { return least[name].Seconds() * 1000 }
	fmt.Fprintf(w, "| least of %d | ms |\n| --- | --- |\n", n)
	fmt.Fprintf(w, "| Cloud Function, from the start of the process to its first answer | %.2f |\n", ms("function"))
	fmt.Fprintf(w, "| the same, that makes calls over pubsubrest | %.2f |\n", ms("restcaller"))
	fmt.Fprintf(w, "| the same, that makes calls over gcppubsub | %.2f |\n", ms("caller"))
	fmt.Fprintf(w, "| hello on the functions framework | %.2f |\n", ms("barefunction"))
	fmt.Fprintf(w, "| ratio of the first to hello | %.2f |\n", ms("function")/ms("barefunction"))
	for _, r := range registrations {
		fmt.Fprintf(w, "| 1,000 registrations, %s | %.2f |\n", r.name, ms(r.name))
	}
	return nil
}

// firstAnswer starts a program, and returns the time until it has answered a call.
func firstAnswer(program string) (time.Duration, error) {
	addr, err := freeAddr()
	if err != nil {
		return 0, err
	}
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "PORT="+port, "FUNCTION_TARGET=Target")
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // its error says that the process was killed
	}()
	for time.Since(begin) < 10*time.Second {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			time.Sleep(50 * time.Microsecond)
			continue
		}
		c.Close()
		if err := post(addr); err != nil {
			return 0, err
		}
		return time.Since(begin), nil
	}
	return 0, errors.New("it does not listen")
}

// post posts a call of the function greet.
func post(addr string) error {
	r, err := http.NewRequest(http.MethodPost, "http://"+addr, strings.NewReader(`["Ada"]`))
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		"specversion": "1.0", "type": "dev.cloudfunctions.dispatch.call.v1", "id": "1", "source": "bench",
		"subject": "github.com/cloud-functions-dispatch/go/bench/runtime/programs/greet.greet",
	} {
		r.Header.Set("ce-"+name, value)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Close = true
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return errors.New(answer.Status)
	}
	return nil
}

// freeAddr returns an address on which nothing listens.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
