package dispatch_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// Where calls go is for each test to say.
	for _, v := range []string{"DISPATCH_URL", "GCP_PROJECT", "CLOUD_FUNCTIONS_DISPATCH_GCP_PUBSUB_TOPIC"} {
		os.Unsetenv(v)
	}
	goleak.VerifyTestMain(m)
}
