//go:build unix

package emulator

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Start starts the emulator program that the environment variable names, and returns
// its address. The emulator is stopped when the test ends. If the variable is not set,
// the test is skipped with a text that contains hint, a description of the program.
func Start(t *testing.T, variable, hint string) (addr string) {
	t.Helper()
	program := os.Getenv(variable)
	if program == "" {
		t.Skipf("needs Google's emulator: set %s to %s, as .ci/run does", variable, hint)
	}
	addr = FreeAddr(t)
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--host=127.0.0.1", "--port="+port)
	// The program is a script that may start java as a child: kill the process group.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait() // an error, because it is killed
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may have ended by itself
		<-exited
		if t.Failed() {
			t.Logf("the last output of the emulator:\n%s", output.String()[max(0, output.Len()-4000):])
		}
	})
	if err := awaitDial(t.Context(), addr, exited); err != nil {
		t.Fatalf("the emulator does not answer at %s: %v", addr, err)
	}
	return addr
}

// awaitDial dials addr until a connection is accepted or the emulator has exited.
func awaitDial(ctx context.Context, addr string, exited <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-tick.C:
		case <-exited:
			return fmt.Errorf("it has exited: %w", err)
		case <-ctx.Done():
			return err
		}
	}
}
