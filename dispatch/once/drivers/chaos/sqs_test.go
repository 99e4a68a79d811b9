//go:build unix

package chaos_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/cloud-functions-dispatch/go/internal/sqsserver"
)

// newSQSQueue returns a queue of SQS that callees pull from: of fauxqs if it runs, otherwise
// of an endpoint of our own. A message of a killed callee is delivered again when its lease
// ends.
func newSQSQueue(t *testing.T, env []string) *queue {
	t.Helper()
	addr := os.Getenv("DISPATCH_TEST_SQS")
	if addr == "" {
		t.Log("with our own endpoint: run the test by bash .ci/fauxqs for an emulator of SQS")
		s := httptest.NewServer(new(sqsserver.Server))
		t.Cleanup(s.Close)
		addr = s.Listener.Addr().String()
	}
	conns := new(http.Transport)
	t.Cleanup(conns.CloseIdleConnections)
	client := sqs.New(sqs.Options{HTTPClient: &http.Client{Transport: conns}, BaseEndpoint: aws.String("http://" + addr), Region: "us-east-1", Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "x", SecretAccessKey: "x"}, nil
	})})
	name := "chaos"
	if _, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name}); err != nil {
		t.Fatal(err)
	}
	path := addr + "/000000000000/" + name
	q := newQueue(t, env, "")
	q.env = append(q.env, "DISPATCH_URL=sqs://"+path+"?insecure")
	for i := range q.callees {
		q.callees[i] = append(q.callees[i], "DISPATCH_URL=sqs://"+path+"?insecure", "DISPATCH_SUBSCRIPTION=sqs://"+path+"?insecure")
	}
	q.kills, q.killsEarly = 16, true
	q.drained = func(*ledger) bool {
		out, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: aws.String("http://" + path), AttributeNames: []types.QueueAttributeName{"All"}})
		if err != nil {
			t.Fatal(err)
		}
		return out.Attributes["ApproximateNumberOfMessages"] == "0" && out.Attributes["ApproximateNumberOfMessagesNotVisible"] == "0"
	}
	return q
}
