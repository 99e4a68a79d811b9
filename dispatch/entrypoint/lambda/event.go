package lambda

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/sqsmessage"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// An event is a batch of messages of SQS.
type event struct {
	Records []*record
}

// A record is one message.
type record struct {
	MessageID         string               `json:"messageId"`
	ReceiptHandle     string               `json:"receiptHandle"`
	Body              string               `json:"body"`
	Attributes        map[string]string    `json:"attributes"` // of the system
	MessageAttributes map[string]attribute `json:"messageAttributes"`
	EventSource       string               `json:"eventSource"`
	EventSourceARN    string               `json:"eventSourceARN"`
}

type attribute struct {
	StringValue *string `json:"stringValue"`
}

// parse returns the records in the payload of an invocation. An error contains no value of
// the payload.
func parse(payload []byte) ([]*record, error) {
	var e event
	// Of members with one name the last counts: SQS and Lambda wrote the payload.
	if err := json.Unmarshal(payload, &e, jsontext.AllowDuplicateNames(true)); err != nil {
		return nil, errors.New("the payload is not an event of SQS (map an SQS queue to the function)")
	}
	for i, r := range e.Records {
		switch {
		case r == nil || r.EventSource != "aws:sqs":
			return nil, fmt.Errorf("record %d of the event is not from SQS (map only SQS queues to the function)", i+1)
		case r.MessageID == "":
			return nil, fmt.Errorf("record %d of the event has no message ID", i+1)
		}
	}
	if len(e.Records) == 0 {
		return nil, errors.New("the event has no records (map an SQS queue to the function)")
	}
	return e.Records, nil
}

// delivery returns the message of r.
func (r *record) delivery() *transport.Delivery {
	texts := sqsmessage.Texts(r.MessageAttributes, func(a attribute) *string { return a.StringValue })
	return sqsmessage.Delivery(r.Body, texts, r.Attributes)
}

// attempt returns how often the message was delivered, or 0 if that is not known.
func (r *record) attempt() int {
	n, _ := strconv.Atoi(r.Attributes[sqsmessage.ReceiveCount])
	return n
}

// group returns the group of r in a FIFO queue. An event may have records of several queues.
func (r *record) group() string {
	if !strings.HasSuffix(r.EventSourceARN, sqsmessage.FIFOSuffix) {
		return ""
	}
	return r.EventSourceARN + "\n" + r.Attributes[sqsmessage.GroupID]
}
