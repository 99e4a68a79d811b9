package funcname

import (
	"fmt"
	"regexp"
)

// queueName matches names that every transport can use for a queue.
var queueName = regexp.MustCompile(`^[a-zA-Z0-9._-]{0,100}$`)

// CheckQueue returns an error if name is not valid for the option Queue of package
// dispatch. The empty name, for no queue, is valid.
func CheckQueue(name string) error {
	if queueName.MatchString(name) {
		return nil
	}
	return fmt.Errorf("queue name %.64q is invalid (use at most 100 letters, digits, hyphens, dots and underscores)", name)
}
