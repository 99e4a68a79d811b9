package deadletter_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// TestMain replays a directory, if the environment names one, instead of running tests.
func TestMain(m *testing.M) {
	dir := os.Getenv("DISPATCH_TEST_REPLAY")
	if dir == "" {
		os.Exit(m.Run())
	}
	_, err := deadletter.ReplayDir(context.Background(), dir, func(_ context.Context, m *transport.Message) error {
		_, err := fmt.Printf("%s\n", m.Data)
		return err
	})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// TestReplayDir_processes: several processes publish each letter once.
func TestReplayDir_processes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("ReplayDir locks no letters here, and says so")
	}
	const letters, processes = 300, 4
	dir := t.TempDir()
	sink := deadletter.Dir(dir)
	for i := range letters {
		if err := sink.Park(t.Context(), letter(fmt.Sprint("letter ", i))); err != nil {
			t.Fatal(err)
		}
	}
	var all [processes]bytes.Buffer
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), "DISPATCH_TEST_REPLAY="+dir)
			cmd.Stdout, cmd.Stderr = &all[i], &all[i]
			if err := cmd.Run(); err != nil {
				t.Errorf("process %d: %v\n%s", i, err, &all[i])
			}
		})
	}
	wg.Wait()
	published := make(map[string]int)
	for i := range all {
		for line := range strings.Lines(all[i].String()) {
			published[line]++
		}
	}
	for line, n := range published {
		if n != 1 {
			t.Errorf("%q was published %d times", line, n)
		}
	}
	if left, err := os.ReadDir(dir); len(published) != letters || len(left) > 0 || err != nil {
		t.Errorf("%d letters were published, and %d are left, %v; want %d and none", len(published), len(left), err, letters)
	}
}
