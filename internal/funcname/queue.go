package funcname

import (
	"fmt"
	"strings"
)

// CheckQueue returns an error if name is not valid for the option Queue of package
// dispatch. The empty name, for no queue, is valid.
func CheckQueue(name string) error {
	// Every callee would compile a regular expression for this when it starts.
	const valid = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
	if len(name) <= 100 && strings.Trim(name, valid) == "" {
		return nil
	}
	return fmt.Errorf("queue name %.64q is invalid (use at most 100 letters, digits, hyphens, dots and underscores)", name)
}
