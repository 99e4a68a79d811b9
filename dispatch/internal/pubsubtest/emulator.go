//go:build unix

package pubsubtest

import (
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/emulator"
)

// Emulator starts Google's Pub/Sub emulator and returns its address. It is stopped when
// the test ends. If DISPATCH_TEST_EMULATOR is not set, the test is skipped.
func Emulator(t *testing.T) (addr string) {
	t.Helper()
	return emulator.Start(t, "DISPATCH_TEST_EMULATOR", "the program cloud-pubsub-emulator of the Cloud SDK")
}
