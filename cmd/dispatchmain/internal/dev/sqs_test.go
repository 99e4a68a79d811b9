package dev

import (
	"maps"
	"net/http"
	"strings"
	"testing"
)

// A message has the attributes of its event, and those beside it. A duplicate is not
// counted.
func TestSQS_pull(t *testing.T) {
	t.Parallel()
	q, err := newSQS()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := q.close(); err != nil {
			t.Error(err)
		}
	}()
	address, _, _ := strings.Cut(strings.TrimPrefix(q.url, "sqs://"), "/")
	for range 2 {
		body := `{"QueueUrl":"calls.fifo","MessageBody":"{\"id\":\"1\",\"data\":[2]}","MessageGroupId":"g","MessageDeduplicationId":"d","MessageAttributes":{
			"content-type":{"DataType":"String","StringValue":"application/cloudevents+json"},"tenant":{"DataType":"String","StringValue":"t"}}}`
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Amz-Target", "AmazonSQS.SendMessage")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("answered %s", resp.Status)
		}
	}
	got, err := q.pull(t.Context())
	if err != nil || len(got) != 1 || q.pending() != 1 {
		t.Fatalf("pulled %d messages, %v, of %d pending; want 1 of 1", len(got), err, q.pending())
	}
	if want := map[string]string{"ce-id": "1", "tenant": "t"}; !maps.Equal(got[0].attributes, want) || string(got[0].data) != "[2]" {
		t.Errorf("pulled %s with %q, want [2] with %q", got[0].data, got[0].attributes, want)
	}
}
