//go:build unix

// Package killtest kills callees during a call, and counts the effects of the calls.
package killtest

import (
	"bufio"
	"context"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/killtest/work"
)

// The process is killed during one call in a hundred.
const calls, kills = 1000, 10

// Config describes the callee and its queue.
type Config struct {
	Client  *dispatch.Client // sends calls to the callee
	Program string           // package of the callee; it must import package work
	Env     []string         // of the callee
	Killed  func()           // called after each kill; may be nil
}

// Run makes 1,000 calls and kills the callee ten times during a call. It checks that
// every call has its effect in the end.
func Run(t *testing.T, cfg *Config) {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "callee")
	if out, err := exec.Command("go", "build", "-o", bin, cfg.Program).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", cfg.Program, err, out)
	}
	dir := t.TempDir()
	if err := dispatch.Batch(dispatch.WithClient(t.Context(), cfg.Client), func(ctx context.Context) error {
		for i := range calls {
			if err := work.Do.Call(ctx, dir, i); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for kill := range kills {
		p := start(t, bin, cfg.Env)
		timer := time.AfterFunc(time.Minute, func() { _ = p.cmd.Process.Kill() }) // ends the wait below
		line, err := p.stdout.ReadString('\n')
		timer.Stop()
		if !strings.HasPrefix(line, "running ") {
			t.Fatalf("before kill %d, the callee said %q, error %v; want that it is running a call", kill, line, err)
		}
		if err := p.end(syscall.SIGKILL); err == nil {
			t.Fatal("the callee ended without an error, want the error of a kill")
		}
		if cfg.Killed != nil {
			cfg.Killed()
		}
	}
	p := start(t, bin, cfg.Env)
	effects := awaitEffects(t, filepath.Join(dir, work.Effects))
	if err := p.end(syscall.SIGTERM); err != nil {
		t.Errorf("the last callee ended with %v, want exit code 0", err)
	}
	again := 0
	for _, n := range effects {
		again += n - 1
	}
	t.Logf("%d calls, %d kills: the effects of %d different calls, and %d of them again", calls, kills, len(effects), again)
}

// A process is a running callee.
type process struct {
	cmd    *exec.Cmd
	stdout *bufio.Reader
}

// start starts the callee. It is killed when the test ends.
func start(t *testing.T, bin string, env []string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(bin)}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.end(syscall.SIGKILL) }) // already ended, if all went well
	return p
}

// end sends sig to the callee, and waits until it has ended.
func (p *process) end(sig syscall.Signal) error {
	_ = p.cmd.Process.Signal(sig) // it may have ended already
	_, _ = io.Copy(io.Discard, p.stdout)
	return p.cmd.Wait()
}

// awaitEffects waits until every call has had its effect. It returns the number of
// effects by call.
func awaitEffects(t *testing.T, file string) map[string]int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		effects := make(map[string]int)
		for line := range strings.Lines(string(data)) {
			effects[line]++
		}
		if len(effects) == calls {
			return effects
		}
		if len(effects) > calls {
			t.Fatalf("the effects of %d calls, want %d: %q", len(effects), calls, slices.Sorted(maps.Keys(effects)))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the effects of %d calls within five minutes, want %d", len(effects), calls)
		}
	}
}
