// Package pubsubtopic holds the common parts of the transports that publish to Pub/Sub: the
// messages that Pub/Sub takes, their batches, and its errors.
package pubsubtopic

import (
	"errors"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/outbox"
)

// Limits are the limits of an outbox. Pub/Sub takes requests of 10 MB, but only messages
// with the same ordering key together.
var Limits = outbox.Limits{
	Batch:         outbox.BatchLimits{Entries: 1000, Bytes: 1e6, OneKey: true},
	KeyedRequests: 64,
	Waiting:       100 << 20,
}

// The remedies for errors of Pub/Sub.
const (
	NotFound         = "the topic does not exist (create it with gcloud pubsub topics create, or correct DISPATCH_URL)"
	PermissionDenied = "permission denied (grant roles/pubsub.publisher on the topic)"
)

// ErrNoResult is the result of messages that the answer to their request does not mention.
var ErrNoResult = errors.New("the answer does not say that the message was accepted (is the endpoint Pub/Sub?)")

var errDelay = errors.New("the message is delayed, but Pub/Sub delivers at once (leave out Delay and At, or use cloudtasks)")

// Check returns an error if m has more than maxSize bytes, or if Pub/Sub cannot take it. A
// client would retry some of these messages for a minute.
func Check(m *transport.Message, maxSize int) error {
	if err := transport.CheckSize(m, maxSize); err != nil {
		return err
	}
	if err := transport.CheckText(m); err != nil {
		return err
	}
	if !m.NotBefore.IsZero() {
		return errDelay
	}
	return nil
}
