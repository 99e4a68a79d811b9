//go:build unix

package cloudevent_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestSIGTERM_hundred: 100 running calls are all answered, no call starts after the
// signal, and the callee exits with 0 within the grace period.
func TestSIGTERM_hundred(t *testing.T) {
	t.Parallel()
	c := start(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "go")
	const running = 100
	var answered atomic.Int32
	var wg sync.WaitGroup
	for i := range running {
		wg.Go(func() {
			status, body, err := c.post(i%2 == 0, message(fmt.Sprint("call-", i), "wait", file))
			if status != http.StatusNoContent {
				t.Errorf("call %d: status %d %s, error %v; want 204", i, status, body, err)
				return
			}
			answered.Add(1)
		})
	}
	for range running {
		if line, err := c.stdout.ReadString('\n'); line != "running\n" {
			t.Fatalf("the callee printed %q, error %v; want \"running\"", line, err)
		}
	}
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	signalled := time.Now()
	refused := 0
	for refused < 20 {
		status, _, err := c.post(false, message("late", "touch", dir))
		switch {
		case status == http.StatusServiceUnavailable:
			refused++
		case err != nil:
			t.Fatalf("a call after SIGTERM: %v, want an answer while others are running", err)
		case refused > 0:
			t.Fatalf("a call was answered %d after one was refused", status)
		default:
			_ = os.Remove(filepath.Join(dir, "late")) // the call ran before the signal arrived
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "late")); err == nil {
		t.Error("a call that was refused had its effect")
	}
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if err := c.cmd.Wait(); err != nil || answered.Load() != running || time.Since(signalled) > 10*time.Second {
		t.Errorf("%d of %d were answered, then the callee ended with %v, %v after the signal; want all, 0, and within 10s", answered.Load(), running, err, time.Since(signalled))
	}
}
