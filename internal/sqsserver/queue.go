package sqsserver

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"
)

// dedupTime is how long a FIFO queue recognizes a deduplication ID.
const dedupTime = 5 * time.Minute

// A message is in its queue until it is deleted.
type message struct {
	ID         string
	Body       string
	Attributes map[string]attribute
	Group      string

	sent     time.Time
	visible  time.Time // from when on it may be received
	received int       // how often
	receipt  string    // of the last time; empty if there was none
}

// An attribute is an SQS message attribute.
type attribute struct {
	DataType    string
	StringValue string `json:",omitempty"`
	BinaryValue []byte `json:",omitempty"`
}

// A queue holds messages in the order in which they were sent.
type queue struct {
	fifo     bool
	messages []*message
	dedups   map[string]dedup // by deduplication ID
}

type dedup struct {
	id   string // of the message
	sent time.Time
}

func newQueue(name string) *queue {
	return &queue{fifo: strings.HasSuffix(name, ".fifo"), dedups: make(map[string]dedup)}
}

// send adds a message and returns its ID. A FIFO queue adds no second message with the
// same deduplication ID.
func (q *queue) send(e *sendEntry, now time.Time) (id string) {
	if q.fifo {
		if d, ok := q.dedups[e.MessageDeduplicationId]; ok && now.Sub(d.sent) < dedupTime {
			return d.id
		}
	}
	m := &message{
		ID: rand.Text(), Body: e.MessageBody, Attributes: e.MessageAttributes, Group: e.MessageGroupId,
		sent: now, visible: now.Add(time.Duration(e.DelaySeconds) * time.Second),
	}
	if q.fifo {
		q.dedups[e.MessageDeduplicationId] = dedup{m.ID, now}
	}
	q.messages = append(q.messages, m)
	return m.ID
}

// receive takes up to n messages, which become invisible for the given time. If there are
// none, next is when there may be one, or zero.
func (q *queue) receive(n int, invisible time.Duration, now time.Time) (taken []*message, next time.Time) {
	blocked := make(map[string]bool) // groups
	for _, m := range q.messages {
		switch {
		case len(taken) == n:
			return taken, next
		case m.visible.After(now):
			blocked[m.Group] = q.fifo
			if next.IsZero() || m.visible.Before(next) {
				next = m.visible
			}
		case !blocked[m.Group]:
			m.visible, m.receipt = now.Add(invisible), rand.Text()
			m.received++
			taken = append(taken, m)
		}
	}
	return taken, next
}

// find returns the index of the message with the given receipt, or -1. A receipt is valid
// until the message is received again.
func (q *queue) find(receipt string) int {
	return slices.IndexFunc(q.messages, func(m *message) bool { return receipt != "" && m.receipt == receipt })
}

// delete removes the message with the given receipt. It reports whether there was one.
func (q *queue) delete(receipt string) bool {
	i := q.find(receipt)
	if i < 0 {
		return false
	}
	q.messages = slices.Delete(q.messages, i, i+1)
	return true
}

// change makes the message with the given receipt invisible for another time from now on.
func (q *queue) change(receipt string, invisible time.Duration, now time.Time) bool {
	i := q.find(receipt)
	if i < 0 || !q.messages[i].visible.After(now) {
		return false
	}
	q.messages[i].visible = now.Add(invisible)
	return true
}
