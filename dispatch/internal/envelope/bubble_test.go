package envelope_test

import (
	"bytes"
	"testing"
	"testing/synctest"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
)

// TestBubbles: compression in one bubble of testing/synctest, and then in another, does
// not end the process.
func TestBubbles(t *testing.T) {
	call := &envelope.Call{ID: "1", Source: "s", Name: "example.com/a.b", Args: []byte(`["` + string(bytes.Repeat([]byte("x"), 20_000)) + `"]`)}
	for range 3 {
		synctest.Test(t, func(t *testing.T) {
			attrs, data, err := envelope.Encode(call, envelope.CompressAbove)
			if err != nil || attrs[envelope.AttrEncoding] == "" {
				t.Fatalf("Encode: %v, %v; want it compressed", attrs, err)
			}
			done := make(chan error)
			go func() {
				_, err := envelope.Decode(attrs, data)
				done <- err
			}()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}
