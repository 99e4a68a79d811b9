package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// asking is the fixture that has a callee, a caller and its child.
const asking = "./cmd/dispatchmain/testdata/asking"

// leftovers are the processes and the files of a run of dev.
type leftovers struct {
	tmp       string
	port      int
	processes map[string]int // pidfds, by name
}

// findLeftovers waits until the fixture asking runs under dev.
func findLeftovers(t *testing.T, ctx context.Context, out *lineWaiter, tmp string) *leftovers {
	t.Helper()
	l := &leftovers{tmp: tmp, processes: make(map[string]int)}
	pids := map[string]int{
		"caller":  out.await(t, ctx, `caller (\d+)`),
		"child":   out.await(t, ctx, `child (\d+)`),
		"callee":  out.await(t, ctx, `callee: process (\d+)`),
		"watcher": watcher(t, tmp),
	}
	l.port = out.await(t, ctx, `callee: port (\d+)`)
	for name, pid := range pids {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			t.Fatalf("the %s: %v", name, err)
		}
		t.Cleanup(func() { _ = unix.Close(fd) })
		l.processes[name] = fd
	}
	return l
}

// watcher returns the process that watches dev. Temporary files are in tmp.
func watcher(t *testing.T, tmp string) int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		line, _ := os.ReadFile(file)
		if strings.Contains(string(line), "watch-dev\x00"+tmp) {
			pid, err := strconv.Atoi(strings.Split(file, "/")[2])
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Fatal("dev has no watcher")
	return 0
}

// check fails the test unless all processes end, their port is free and their files are
// removed.
func (l *leftovers) check(t *testing.T, out *lineWaiter) {
	t.Helper()
	for name, fd := range l.processes {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(poll, 10_000)
		for errors.Is(err, unix.EINTR) {
			n, err = unix.Poll(poll, 10_000)
		}
		if n != 1 {
			t.Errorf("the %s still runs (%v)\n%s", name, err, out)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(l.tmp, "*")); len(files) > 0 {
		t.Errorf("left behind: %v", files)
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", l.port))
	if err != nil {
		t.Errorf("the port is not free: %v", err)
	} else {
		_ = listener.Close()
	}
}

// TestDev_killed: SIGKILL of dev leaves nothing behind.
func TestDev_killed(t *testing.T) {
	t.Parallel()
	tmp, out := t.TempDir(), newLineWaiter()
	cmd := dispatchmain(t, "dev", asking)
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
	cmd.Stdout, cmd.Stderr = out, out
	in, err := cmd.StdinPipe() // stays open
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	l := findLeftovers(t, ctx, out, tmp)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	l.check(t, out)
	_ = cmd.Wait()
}

// TestDev_brokenPipe: dev ends when nobody reads its output any more, as after head.
func TestDev_brokenPipe(t *testing.T) {
	skipUnlessLong(t)
	t.Parallel()
	tmp, out := t.TempDir(), newLineWaiter()
	cmd := dispatchmain(t, "dev", asking)
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, out
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(out, r)
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	l := findLeftovers(t, ctx, out, tmp)
	_ = r.Close()
	<-read
	fmt.Fprintln(in, "a line that dev cannot print")
	err = cmd.Wait()
	if e, ok := errors.AsType[*exec.ExitError](err); !ok || e.ExitCode() != 130 {
		t.Errorf("dev ended with %v, want exit code 130\n%s", err, out)
	}
	l.check(t, out)
}

// TestDev_terminal: on a terminal, the caller gets the typed input, also after Ctrl-Z and
// fg; no status line is left; Ctrl-C ends everything.
func TestDev_terminal(t *testing.T) {
	skipUnlessLong(t)
	t.Parallel()
	tmp, out := t.TempDir(), newLineWaiter()
	sh := exec.Command("sh", "-c", `set -m; dispatchmain dev `+asking+`; echo "stopped 1"; fg; echo "ended $?"`)
	sh.Dir, sh.Env = "../..", append(os.Environ(), "TMPDIR="+tmp, "TERM=xterm")
	keys := openTerminal(t, sh, out)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	l := findLeftovers(t, ctx, out, tmp)
	fmt.Fprintln(keys, "11")
	out.await(t, ctx, `calling with (\d+)`)
	out.await(t, ctx, `callee: noted (\d+)`)
	if erased(out.String()) != "" {
		t.Errorf("a status line is left: %q", out)
	}
	fmt.Fprint(keys, "\x1a") // Ctrl-Z
	out.await(t, ctx, `stopped (\d)\s`)
	fmt.Fprintln(keys, "22")
	out.await(t, ctx, `calling with (22)`)
	out.await(t, ctx, `callee: noted (22)`)
	fmt.Fprint(keys, "\x03") // Ctrl-C
	if code := out.await(t, ctx, `ended (\d+)\s`); code != 130 {
		t.Errorf("dev ended with exit code %d, want 130\n%s", code, out)
	}
	_ = sh.Wait()
	l.check(t, out)
}

// erased returns the first status line of a build that is not erased, or "".
func erased(screen string) string {
	for line := range strings.Lines(screen) {
		last := line[strings.LastIndex(line, "\x1b[K")+1:]
		if strings.Contains(last, "building the") {
			return line
		}
	}
	return ""
}

// TestDev_hangup: when the terminal is closed, dev leaves nothing behind, although the
// caller ignores the signals.
func TestDev_hangup(t *testing.T) {
	skipUnlessLong(t)
	t.Parallel()
	tmp, out := t.TempDir(), newLineWaiter()
	cmd := dispatchmain(t, "dev", asking)
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp, "TERM=xterm")
	keys := openTerminal(t, cmd, out)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	l := findLeftovers(t, ctx, out, tmp)
	_ = keys.Close()
	_ = cmd.Wait()
	l.check(t, out)
}

// openTerminal starts cmd in a new session on a new terminal, and copies the terminal's
// output to out. It returns the terminal's other end, which is its keyboard.
func openTerminal(t *testing.T, cmd *exec.Cmd, out io.Writer) *os.File {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	err = errors.Join(err,
		unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0),
		unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}))
	if err != nil {
		t.Fatal(err)
	}
	keys := os.NewFile(uintptr(fd), "ptmx")
	t.Cleanup(func() { _ = keys.Close() })
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(out, keys) }()
	return keys
}
