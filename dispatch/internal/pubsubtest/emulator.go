//go:build unix

package pubsubtest

import (
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/emulator"
)

// Emulator starts Google's own emulator and returns its address. It is stopped
// when the test ends. Without DISPATCH_TEST_EMULATOR the test is skipped.
func Emulator(t *testing.T) (addr string) {
	t.Helper()
	return emulator.Start(t, "DISPATCH_TEST_EMULATOR", "the program cloud-pubsub-emulator of the Cloud SDK")
}
