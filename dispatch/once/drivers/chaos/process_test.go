//go:build unix

package chaos_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// build builds the programs callee and caller, and returns their folder.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./callee", "./caller").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return dir
}

// A callee is a process that executes calls.
type callee struct {
	cmd    *exec.Cmd
	output bytes.Buffer // read it after the callee has ended
	waited bool
}

// startCallee starts a callee and waits until it accepts calls.
func startCallee(t *testing.T, bin string, env []string) *callee {
	t.Helper()
	c := &callee{cmd: exec.Command(filepath.Join(bin, "callee"))}
	c.cmd.Env, c.cmd.Stdout, c.cmd.Stderr = env, &c.output, &c.output
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !c.waited {
			_ = c.cmd.Process.Kill()
			_ = c.cmd.Wait() // it was killed
		}
	})
	web := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); ; <-tick.C {
		resp, err := web.Get("http://127.0.0.1:" + port(env) + "/health")
		if err == nil {
			_ = resp.Body.Close() // it is short
			if resp.StatusCode == http.StatusOK {
				return c
			}
		}
		if time.Now().After(deadline) {
			_ = c.cmd.Process.Kill()
			c.waited = true
			_ = c.cmd.Wait()
			t.Fatalf("a callee does not take calls: %v\n%s", err, c.output.String())
		}
	}
}

// end signals the callee and waits for it. After SIGTERM it must exit with code 0.
func (c *callee) end(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := c.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	sent := time.Now()
	c.waited = true
	if err := c.cmd.Wait(); sig == syscall.SIGTERM && err != nil {
		t.Errorf("a callee ended with %v, %v after SIGTERM; want 0\n%s", err, time.Since(sent), c.output.String())
	}
}

// A callerGroup is several processes that make calls.
type callerGroup struct {
	done  chan struct{}
	mu    sync.Mutex
	calls map[string]string
	errs  []error
}

// startCallers starts the callers. Each makes the given number of calls.
func startCallers(t *testing.T, bin string, env []string, each int) *callerGroup {
	t.Helper()
	cs := &callerGroup{done: make(chan struct{}), calls: make(map[string]string)}
	var wg sync.WaitGroup
	for i := range callerCount {
		cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "caller"), fmt.Sprint("caller", i), fmt.Sprint(each))
		cmd.Env, cmd.Stderr = env, os.Stderr
		wg.Go(func() {
			out, err := cmd.Output()
			cs.mu.Lock()
			defer cs.mu.Unlock()
			cs.errs = append(cs.errs, err)
			for line := range strings.Lines(string(out)) {
				kind, id, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
				cs.calls[id] = kind
			}
		})
	}
	go func() {
		wg.Wait()
		close(cs.done)
	}()
	t.Cleanup(func() { <-cs.done })
	return cs
}

// results returns the kinds of the accepted calls by ID, or nil while callers are
// running.
func (cs *callerGroup) results(t *testing.T) map[string]string {
	t.Helper()
	select {
	case <-cs.done:
	default:
		return nil
	}
	if err := errors.Join(cs.errs...); err != nil {
		t.Fatal(err)
	}
	return cs.calls
}
