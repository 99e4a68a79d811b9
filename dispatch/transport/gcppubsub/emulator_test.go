//go:build unix

package gcppubsub_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestConformance_emulator runs the suite against Google's own emulator, a
// second opinion beside pstest.
func TestConformance_emulator(t *testing.T) {
	if os.Getenv("DISPATCH_TEST_EMULATOR") != "1" {
		t.Skip("takes long: set DISPATCH_TEST_EMULATOR=1, as CI does, to run against Google's Pub/Sub emulator")
	}
	// Seen: after a nack, the emulator goes on with the next message of the
	// key, and does not deliver it again as Pub/Sub does.
	runConformance(t, startEmulator(t), false)
}

// findEmulator returns the emulator's program, or "".
func findEmulator() string {
	const name = "cloud-pubsub-emulator"
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	if out, err := exec.Command("dpkg", "-L", "google-cloud-cli-pubsub-emulator").Output(); err == nil {
		for path := range strings.SplitSeq(string(out), "\n") {
			if filepath.Base(path) == name && isExecutable(path) {
				return path
			}
		}
	}
	if out, err := exec.Command("gcloud", "info", "--format=value(installation.sdk_root)").Output(); err == nil {
		path := filepath.Join(strings.TrimSpace(string(out)), "platform", "pubsub-emulator", "bin", name)
		if isExecutable(path) {
			return path
		}
	}
	return ""
}

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// startEmulator starts Google's emulator and returns its address. It is
// stopped when the test ends.
func startEmulator(t *testing.T) string {
	t.Helper()
	path := findEmulator()
	if path == "" {
		t.Skip("the Pub/Sub emulator is not installed (gcloud components install pubsub-emulator, or apt-get install google-cloud-cli-pubsub-emulator)")
	}
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("the Pub/Sub emulator needs java, which is not installed (apt-get install default-jre-headless)")
	}
	port := freePort(t)
	cmd := exec.Command(path, "--host=127.0.0.1", fmt.Sprintf("--port=%d", port))
	// The program is a script that may start java as a child: stop them all.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait() // it is killed, which is an error
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may have ended by itself
		<-exited
		if t.Failed() {
			t.Logf("the emulator wrote, at the end:\n%s", output.String()[max(0, output.Len()-4000):])
		}
	})
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	if err := awaitDial(t.Context(), addr, exited); err != nil {
		t.Fatalf("the emulator does not answer at %s: %v", addr, err)
	}
	return addr
}

// awaitDial dials addr until somebody accepts.
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

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // nothing was sent over it
	return l.Addr().(*net.TCPAddr).Port
}
