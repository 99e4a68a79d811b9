package funcname

import (
	"strings"
	"testing"
)

func TestCheckQueue(t *testing.T) {
	for name, valid := range map[string]bool{
		"": true, "q": true, "Orders-eu.1_x": true, strings.Repeat("q", 100): true,
		strings.Repeat("q", 101): false, "a b": false, "a\n": false, "a/b": false, "größe": false, "a\x00b": false, "a\xff": false,
	} {
		if err := CheckQueue(name); (err == nil) != valid {
			t.Errorf("CheckQueue(%q) = %v, want valid: %t", name, err, valid)
		}
	}
}
