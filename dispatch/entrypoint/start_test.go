package entrypoint

import (
	"errors"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// What OnStart returns is never permanent, whoever asks: the call has not run.
func TestStart_isNeverPermanent(t *testing.T) {
	t.Parallel()
	err := start(func() error { return transport.Permanent(errors.New("the cause")) })
	if err == nil || err.Error() != "the cause" || transport.IsPermanent(err) {
		t.Errorf("start = %v, permanent %v; want the cause, not permanent", err, transport.IsPermanent(err))
	}
}
