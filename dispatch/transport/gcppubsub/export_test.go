package gcppubsub

import (
	"time"

	"cloud.google.com/go/pubsub/v2"
)

// SetLease sets the duration of a lease.
func (s *Subscription) SetLease(d time.Duration) { s.lease = d }

// Client returns the client.
func (t *Transport) Client() *pubsub.Client { return t.client }

// Topic returns the name of the topic.
func (t *Transport) Topic() string { return t.topic }
