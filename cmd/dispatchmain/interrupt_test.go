//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDev_interrupt: on SIGINT during a call, dev ends the caller, its child and the
// callee, removes its files and exits with 130.
func TestDev_interrupt(t *testing.T) {
	skipUnlessLong(t)
	t.Parallel()
	tmp := t.TempDir()
	cmd := dispatchmain(t, "dev", "./cmd/dispatchmain/testdata/waiting")
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
	lines := newLineWaiter()
	cmd.Stdout, cmd.Stderr = lines, lines
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	callee := lines.await(t, ctx, `callee: waiting in (\d+)`)
	caller := lines.await(t, ctx, `caller (\d+)`)
	child := lines.await(t, ctx, `child (\d+)`)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if e, ok := errors.AsType[*exec.ExitError](err); !ok || e.ExitCode() != 130 {
		t.Errorf("dev ended with %v, want exit code 130\n%s", err, lines)
	}
	if !strings.Contains(lines.String(), "interrupted: 1 call had not ended") {
		t.Errorf("dev said\n%s\nwant that 1 call had not ended", lines)
	}
	for name, pid := range map[string]int{"callee": callee, "caller": caller, "child": child} {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) && !zombie(pid) {
			t.Errorf("the %s still runs (%v)", name, err)
		}
	}
	err = filepath.WalkDir(tmp, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(d.Name(), "dispatchmain-") {
			t.Errorf("left behind: %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestDev_interruptStart: SIGINT ends dev while an init blocks the callee.
func TestDev_interruptStart(t *testing.T) {
	skipUnlessLong(t)
	t.Parallel()
	cmd := dispatchmain(t, "dev", "./cmd/dispatchmain/testdata/stuck")
	lines := newLineWaiter()
	cmd.Stdout, cmd.Stderr = lines, lines
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	defer stop()
	callee := lines.await(t, ctx, `callee: starting in (\d+)`)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("dev ended with %v, want exit code 130\n%s", err, lines)
	}
	if err := syscall.Kill(callee, 0); !errors.Is(err, syscall.ESRCH) && !zombie(callee) {
		t.Errorf("the callee still runs (%v)", err)
	}
}

// TestDev_interruptFinishes: a call that finishes while the callee shuts down is
// counted as executed.
func TestDev_interruptFinishes(t *testing.T) {
	skipUnlessLong(t)
	t.Parallel()
	cmd := dispatchmain(t, "dev", "./cmd/dispatchmain/testdata/waiting", "--", "politely")
	lines := newLineWaiter()
	cmd.Stdout, cmd.Stderr = lines, lines
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	lines.await(t, ctx, `callee: waiting in (\d+)`)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for _, want := range []string{"1 attempt   executed", "interrupted: 0 calls had not ended"} {
		if !strings.Contains(lines.String(), want) {
			t.Errorf("dev said\n%s\nwant %q", lines, want)
		}
	}
}

// TestDev_interruptBuild: SIGINT during a build ends the go command and the programs
// that it runs.
func TestDev_interruptBuild(t *testing.T) {
	skipUnlessLong(t)
	t.Parallel()
	tmp := t.TempDir()
	fifo, tool := filepath.Join(tmp, "fifo"), filepath.Join(tmp, "tool")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	// A linker that reports its process ID and does not end.
	script := "#!/bin/sh\ncase $1,$2 in\n*-V=full) ;;\n*/link,*) echo $$ >" + fifo + "; exec sleep 600;;\nesac\nexec \"$@\"\n"
	if err := os.WriteFile(tool, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	linker, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer linker.Close()
	cmd := dispatchmain(t, "dev", "./cmd/dispatchmain/testdata/waiting")
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp, "GOFLAGS=-toolexec="+tool)
	out := newLineWaiter()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if err := linker.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscan(linker, &pid); err != nil {
		t.Fatalf("the linker did not start: %v\n%s", err, out)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	if e, ok := errors.AsType[*exec.ExitError](err); !ok || e.ExitCode() != 130 {
		t.Errorf("dev ended with %v, want exit code 130\n%s", err, out)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) && !zombie(pid) {
		t.Errorf("the linker still runs (%v)", err)
	}
}

// zombie reports whether pid has ended, but its parent has not waited for it yet.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}
