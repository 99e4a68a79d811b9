// Timed is a vet tool that runs another one, $TIMED_TOOL, and appends a line for each
// unit to $TIMED_LOG: its import path, CPU seconds, megabytes and exit code.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

func main() {
	log.SetFlags(0)
	args := os.Args[1:]
	cmd := exec.Command(os.Getenv("TIMED_TOOL"), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		log.Fatal("timed: ", err)
	}
	if last := args[len(args)-1]; strings.HasSuffix(last, ".cfg") {
		if err := write(last, cmd.ProcessState); err != nil {
			log.Fatal("timed: ", err)
		}
	}
	os.Exit(cmd.ProcessState.ExitCode())
}

// write logs the unit that a configuration describes.
func write(config string, state *os.ProcessState) error {
	data, err := os.ReadFile(config)
	if err != nil {
		return err
	}
	var unit struct{ ImportPath string }
	if err := json.Unmarshal(data, &unit); err != nil {
		return err
	}
	f, err := os.OpenFile(os.Getenv("TIMED_LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	seconds := (state.UserTime() + state.SystemTime()).Seconds()
	megabytes := state.SysUsage().(*syscall.Rusage).Maxrss / 1024 // Linux counts in KiB
	_, err = fmt.Fprintf(f, "%s %.2f %d %d\n", unit.ImportPath, seconds, megabytes, state.ExitCode())
	return err
}
