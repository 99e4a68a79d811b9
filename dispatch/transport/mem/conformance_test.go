package mem_test

import (
	"math"
	"testing"

	"go.uber.org/goleak"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/transporttest"
)

// Close must wait for all goroutines that the transport starts.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	transporttest.Run(t, transporttest.Harness{
		New: func(t *testing.T, h transport.Handler) transport.Transport {
			tr := mem.New()
			tr.Handle(h)
			t.Cleanup(func() {
				if err := tr.Close(); err != nil {
					t.Errorf("Close() = %v, want nil", err)
				}
			})
			return tr
		},
		RunsHandlers:     true,
		MaxDelay:         math.MaxInt64,
		OrdersRedelivery: true,
	})
}
