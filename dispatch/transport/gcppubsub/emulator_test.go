//go:build unix

package gcppubsub_test

import (
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
)

// TestConformance_emulator runs the suite against Google's own emulator, a
// second opinion beside pstest.
func TestConformance_emulator(t *testing.T) {
	// Observed: after a nack, the emulator delivers the next message of the key, and
	// does not deliver that message again later as Pub/Sub does.
	runConformance(t, pubsubtest.Emulator(t), false)
}

func TestSubscription_emulator(t *testing.T) { runSubscription(t, pubsubtest.Emulator(t)) }
