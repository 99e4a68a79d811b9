package dev

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// WatchCommand is the command that makes dispatchmain call [Watch]. It is not for users.
const WatchCommand = "watch-dev"

// Watch waits until the process that started it ends, and then ends the scope in the
// folder dir. The last line of standard input has the targets of kill.
func Watch(dir string) {
	if !isScope(dir) {
		return
	}
	last := ""
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		last = lines.Text()
	}
	for _, target := range strings.Fields(last) {
		if pid, err := strconv.Atoi(target); err == nil {
			killPID(pid)
		}
	}
	// A process may create files while it is being killed.
	for range 3 {
		killScope(dir)
		if os.RemoveAll(dir) == nil {
			return
		}
	}
}
