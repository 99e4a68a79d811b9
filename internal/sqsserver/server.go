// Package sqsserver is an SQS endpoint in memory, for tests and for dispatchmain dev. It
// speaks the JSON protocol of the AWS SDK, and has what the transport sqs needs: batches,
// long polling, visibility timeouts, delays, and the groups and deduplication of FIFO
// queues. It has no redrive policies, and it checks no signature. Listen on the loopback
// interface only.
package sqsserver

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Server is an [http.Handler]. The zero value is ready to use.
type Server struct {
	// Sent is called with the number of messages that a request has added, before a
	// receiver or Take can get them. It must not call the server. It may be nil.
	Sent func(n int)

	// OnDemand makes a queue when it is first used. By default queues must be created.
	OnDemand bool

	mu      sync.Mutex
	queues  map[string]*queue // by name
	changed chan struct{}     // is closed and replaced when there may be a message; may be nil
}

// maxRequest limits a request, in bytes: ten messages of 1 MiB together, as JSON.
const maxRequest = 8 << 20

// A fault is an error that the sender has caused.
type fault struct{ code, text string }

func (f *fault) Error() string { return f.code + ": " + f.text }

// ServeHTTP answers a request of the JSON protocol.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.")
	var in request
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&in)
	var out any
	switch {
	case err != nil:
		err = &fault{"InvalidRequest", err.Error()}
	default:
		out, err = s.answer(r.Context(), operation, path.Base(in.QueueUrl), "http://"+r.Host, &in)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if f, ok := err.(*fault); ok {
		w.WriteHeader(http.StatusBadRequest)
		out = map[string]string{"__type": "com.amazonaws.sqs#" + f.code, "message": f.text}
	}
	_ = json.NewEncoder(w).Encode(out) // otherwise the client is gone
}

// A request has the fields of all operations.
type request struct {
	QueueName string
	QueueUrl  string
	Entries   json.RawMessage

	sendEntry
	receiptEntry
	MaxNumberOfMessages int
	WaitTimeSeconds     int
}

type sendEntry struct {
	Id                     string
	MessageBody            string
	MessageAttributes      map[string]attribute
	DelaySeconds           int
	MessageGroupId         string
	MessageDeduplicationId string
}

type receiptEntry struct {
	Id                string
	ReceiptHandle     string
	VisibilityTimeout *int
}

// answer does one operation on the queue with the given name.
func (s *Server) answer(ctx context.Context, operation, name, host string, in *request) (any, error) {
	if operation == "CreateQueue" {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.create(in.QueueName)
		return map[string]string{"QueueUrl": host + "/000000000000/" + in.QueueName}, nil
	}
	q, err := s.queue(name)
	if err != nil {
		return nil, err
	}
	switch operation {
	case "SendMessage":
		results, err := s.send(q, []sendEntry{in.sendEntry})
		if err != nil || len(results.Failed) == 0 {
			return results.first(), err
		}
		return nil, &fault{results.Failed[0].Code, results.Failed[0].Message}
	case "SendMessageBatch":
		var entries []sendEntry
		if err := json.Unmarshal(in.Entries, &entries); err != nil || len(entries) == 0 || len(entries) > 10 {
			return nil, &fault{"AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "a batch has 1 to 10 entries"}
		}
		return s.send(q, entries)
	case "ReceiveMessage":
		return s.receiveFor(ctx, q, in)
	case "GetQueueAttributes":
		return s.attributes(q), nil
	case "DeleteMessage", "ChangeMessageVisibility":
		s.report(q, &in.receiptEntry)
		return struct{}{}, nil
	case "DeleteMessageBatch", "ChangeMessageVisibilityBatch":
		var entries []receiptEntry
		if err := json.Unmarshal(in.Entries, &entries); err != nil || len(entries) == 0 || len(entries) > 10 {
			return nil, &fault{"AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "a batch has 1 to 10 entries"}
		}
		results := newResults()
		for i := range entries {
			if s.report(q, &entries[i]) {
				results.Successful = append(results.Successful, success{Id: entries[i].Id})
			} else {
				results.Failed = append(results.Failed, failure{Id: entries[i].Id, Code: "MessageNotInflight", Message: "the receipt is not valid", SenderFault: true})
			}
		}
		return results, nil
	}
	return nil, &fault{"UnsupportedOperation", operation + " is not supported here"}
}

// create returns the queue with the given name, and makes it if there is none. s.mu is
// held.
func (s *Server) create(name string) *queue {
	if s.queues == nil {
		s.queues = make(map[string]*queue)
	}
	if s.queues[name] == nil {
		s.queues[name] = newQueue(name)
	}
	return s.queues[name]
}

// queue returns the queue with the given name.
func (s *Server) queue(name string) (*queue, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queues[name] == nil && !s.OnDemand {
		return nil, &fault{"QueueDoesNotExist", "The specified queue does not exist."}
	}
	return s.create(name), nil
}

// attributes returns how many messages a queue holds.
func (s *Server) attributes(q *queue) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	hidden := 0
	for _, m := range q.messages {
		if m.visible.After(time.Now()) {
			hidden++
		}
	}
	return map[string]map[string]string{"Attributes": {
		"ApproximateNumberOfMessages":           strconv.Itoa(len(q.messages) - hidden),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(hidden),
	}}
}

// results are those of a batch.
type results struct {
	Successful []success
	Failed     []failure
}

func newResults() *results { return &results{[]success{}, []failure{}} }

func (r *results) first() any {
	if r == nil || len(r.Successful) == 0 {
		return nil
	}
	return r.Successful[0]
}

type success struct {
	Id               string
	MessageId        string `json:",omitempty"`
	MD5OfMessageBody string `json:",omitempty"`
}

type failure struct {
	Id, Code, Message string
	SenderFault       bool
}

const maxBytes = 1 << 20

// send sends messages, each for itself.
func (s *Server) send(q *queue, entries []sendEntry) (*results, error) {
	size := 0
	for i := range entries {
		size += entries[i].size()
	}
	if len(entries) > 1 && size > maxBytes {
		return nil, &fault{"AWS.SimpleQueueService.BatchRequestTooLong", fmt.Sprintf("the batch has %d bytes, more than %d", size, maxBytes)}
	}
	out := newResults()
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(q.messages)
	for i := range entries {
		e := &entries[i]
		if f := e.check(q.fifo); f != nil {
			out.Failed = append(out.Failed, failure{e.Id, f.code, f.text, true})
			continue
		}
		out.Successful = append(out.Successful, success{Id: e.Id, MessageId: q.send(e, time.Now()), MD5OfMessageBody: sum(e.MessageBody)})
	}
	if s.Sent != nil {
		s.Sent(len(q.messages) - before) // a duplicate is no new message
	}
	s.wake()
	return out, nil
}

// wake ends the waits of all receivers. s.mu is held.
func (s *Server) wake() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

func sum(body string) string {
	h := md5.Sum([]byte(body))
	return hex.EncodeToString(h[:])
}

func (e *sendEntry) size() int {
	n := len(e.MessageBody)
	for name, a := range e.MessageAttributes {
		n += len(name) + len(a.DataType) + len(a.StringValue) + len(a.BinaryValue)
	}
	return n
}

// check returns a fault if SQS would refuse e.
func (e *sendEntry) check(fifo bool) *fault {
	valid := func(text string) bool {
		return !strings.ContainsFunc(text, func(r rune) bool {
			return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff'
		})
	}
	switch {
	case e.size() > maxBytes:
		return &fault{"InvalidParameterValue", fmt.Sprintf("the message has %d bytes, more than %d", e.size(), maxBytes)}
	case e.MessageBody == "":
		return &fault{"MissingParameter", "the message has no body"}
	case !valid(e.MessageBody):
		return &fault{"InvalidMessageContents", "the body has a character that XML does not allow"}
	case len(e.MessageAttributes) > 10:
		return &fault{"InvalidParameterValue", "the message has more than 10 attributes"}
	case e.DelaySeconds < 0 || e.DelaySeconds > 900 || fifo && e.DelaySeconds > 0:
		return &fault{"InvalidParameterValue", "the delay is not from 0 to 900 seconds, or the queue is FIFO"}
	case fifo && (e.MessageGroupId == "" || e.MessageDeduplicationId == ""):
		return &fault{"MissingParameter", "a FIFO queue needs a group and a deduplication ID"}
	}
	for name, a := range e.MessageAttributes {
		if a.StringValue == "" && len(a.BinaryValue) == 0 || !valid(a.StringValue) {
			return &fault{"InvalidParameterValue", "the attribute " + name + " is empty, or has a character that XML does not allow"}
		}
	}
	return nil
}

// report deletes a message, or changes its visibility if e has a timeout. It reports
// whether the receipt is valid.
func (s *Server) report(q *queue, e *receiptEntry) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.wake()
	if e.VisibilityTimeout == nil {
		return q.delete(e.ReceiptHandle)
	}
	return q.change(e.ReceiptHandle, time.Duration(*e.VisibilityTimeout)*time.Second, time.Now())
}

// A received message is a message as a receiver gets it.
type received struct {
	MessageId         string
	ReceiptHandle     string
	Body              string
	MD5OfBody         string
	Attributes        map[string]string
	MessageAttributes map[string]attribute `json:",omitempty"`
}

// receiveFor answers a request to receive.
func (s *Server) receiveFor(ctx context.Context, q *queue, in *request) (any, error) {
	invisible := 30
	if in.VisibilityTimeout != nil {
		invisible = *in.VisibilityTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(in.WaitTimeSeconds)*time.Second)
	defer cancel()
	messages := s.receive(ctx, q, max(1, in.MaxNumberOfMessages), time.Duration(invisible)*time.Second)
	return map[string][]received{"Messages": messages}, nil
}

// receive takes up to n messages. If there are none, it waits until ctx is done.
func (s *Server) receive(ctx context.Context, q *queue, n int, invisible time.Duration) []received {
	for {
		s.mu.Lock()
		taken, next := q.receive(n, invisible, time.Now())
		out := make([]received, 0, len(taken)) // in JSON no null
		for _, m := range taken {
			out = append(out, m.forReceiver())
		}
		if s.changed == nil {
			s.changed = make(chan struct{})
		}
		changed := s.changed
		s.mu.Unlock()
		if len(out) > 0 {
			return out
		}
		var due <-chan time.Time
		if !next.IsZero() {
			due = time.After(time.Until(next))
		}
		select {
		case <-changed:
		case <-due:
		case <-ctx.Done():
		}
		if ctx.Err() != nil { // a receiver that is gone takes nothing
			return out
		}
	}
}

// forReceiver returns m for its receiver.
func (m *message) forReceiver() received {
	attributes := map[string]string{
		"ApproximateReceiveCount": strconv.Itoa(m.received),
		"SentTimestamp":           strconv.FormatInt(m.sent.UnixMilli(), 10),
	}
	if m.Group != "" {
		attributes["MessageGroupId"] = m.Group
	}
	return received{m.ID, m.receipt, m.Body, sum(m.Body), attributes, m.Attributes}
}

// A Message is a message that was taken.
type Message struct {
	ID, Queue, Receipt, Body string
	Attributes               map[string]string // of type String
	Sent                     time.Time
}

// maxTaken limits the messages that Take returns.
const maxTaken = 100

// Take takes messages of all queues that may be received now, at most one of each group of
// a FIFO queue. They become invisible for the given time.
func (s *Server) Take(invisible time.Duration) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Message
	for _, name := range slices.Sorted(maps.Keys(s.queues)) {
		for len(out) < maxTaken {
			taken, _ := s.queues[name].receive(1, invisible, time.Now())
			if len(taken) == 0 {
				break
			}
			m := taken[0]
			attributes := make(map[string]string)
			for key, a := range m.Attributes {
				attributes[key] = a.StringValue
			}
			out = append(out, Message{m.ID, name, m.receipt, m.Body, attributes, m.sent})
		}
	}
	return out
}

// Delete deletes a message. It reports whether the receipt is valid.
func (s *Server) Delete(queue, receipt string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[queue]
	return q != nil && q.delete(receipt)
}
