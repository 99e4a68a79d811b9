package dev

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// dieWithParent makes the kernel kill cmd when the thread that starts it ends.
func dieWithParent(cmd *exec.Cmd) { attributes(cmd).Pdeathsig = syscall.SIGKILL }

// followParent ends this process with SIGTERM when a go command that started it (go tool,
// go run) is killed. Other parents may leave us running, as nohup does.
func followParent() {
	parent := strconv.Itoa(os.Getppid())
	name, err := os.ReadFile("/proc/" + parent + "/comm")
	if err == nil && strings.TrimSpace(string(name)) == "go" {
		_ = unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGTERM), 0, 0, 0)
	}
}

// killScope kills every process of the scope in dir, and waits for their end. A process in
// another session was detached on purpose, and keeps running.
func killScope(dir string) {
	session, err := os.ReadFile(filepath.Join(dir, ownerFile))
	if err != nil {
		return // without locks, or removed already
	}
	sid, err := strconv.Atoi(string(session))
	if err != nil {
		return
	}
	for range 100 { // at most a second
		found := false
		for _, pid := range marked(dir) {
			if got, err := unix.Getsid(pid); err == nil && got == sid {
				killPID(pid)
				found = true
			}
		}
		if !found {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// marked finds the processes that have the scope in dir in their environment.
func marked(dir string) []int {
	mark := []byte(scopeVariable + "=" + dir)
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	var pids []int
	for _, file := range files {
		env, err := os.ReadFile(file) // fails for the processes of others
		if err != nil {
			continue
		}
		pid, err := strconv.Atoi(strings.Split(file, "/")[2])
		if err == nil && pid != os.Getpid() && containsField(env, mark) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// containsField reports whether env contains field. A zero byte ends each field.
func containsField(env, field []byte) bool {
	for f := range bytes.SplitSeq(env, []byte{0}) {
		if bytes.Equal(f, field) {
			return true
		}
	}
	return false
}
