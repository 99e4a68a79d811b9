package load

import (
	"fmt"
	"runtime"
	"strings"
)

// OutdatedHint returns what to add to an error of reading what the compiler has
// written, in parentheses; nothing to others. A program reads what the Go that it
// was built by can read, and need not know what a newer one has.
func OutdatedHint(err string) string {
	if !strings.Contains(err, "internal error in importing") && !strings.Contains(err, "internal error while importing") && !strings.Contains(err, "export data is newer version") {
		return ""
	}
	return fmt.Sprintf(" (this program was built with %s: if the go command is newer, rebuild the program with it)", runtime.Version())
}
