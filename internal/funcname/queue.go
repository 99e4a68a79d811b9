package funcname

import (
	"fmt"
	"regexp"
)

// queueName is what every transport can make the name of a queue of.
var queueName = regexp.MustCompile(`^[a-zA-Z0-9._-]{0,100}$`)

// CheckQueue returns an error unless a queue may be named so, as the option
// Queue of package dispatch names it; empty names none.
func CheckQueue(name string) error {
	if queueName.MatchString(name) {
		return nil
	}
	return fmt.Errorf("the queue %.64q cannot be named so (use at most 100 letters, digits, hyphens, dots and underscores)", name)
}
