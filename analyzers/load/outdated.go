package load

import (
	"fmt"
	"runtime"
	"strings"
)

// OutdatedHint returns a hint, in parentheses, to append to an error of reading the
// compiler's output. For other errors, it returns "". A program can read only the
// formats of the Go version that it was built with, not newer formats.
func OutdatedHint(err string) string {
	if !strings.Contains(err, "internal error in importing") && !strings.Contains(err, "internal error while importing") && !strings.Contains(err, "export data is newer version") {
		return ""
	}
	return fmt.Sprintf(" (this program was built with %s: if the go command is newer, rebuild the program with it)", runtime.Version())
}
