package sqs

import (
	"context"
	"crypto/rand"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"go.uber.org/goleak"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/sqsmessage"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/transporttest"
	"github.com/cloud-functions-dispatch/go/internal/sqsserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// delays are the longest delays, by the suffix of a queue's name.
var delays = map[string]time.Duration{"": maxDelay}

func TestConformance(t *testing.T) { runConformance(t, serve(t)) }

// TestConformance_fauxqs runs the suites against another implementation of SQS.
func TestConformance_fauxqs(t *testing.T) { runConformance(t, emulator(t)) }

// TestConformance_aws runs the suites against AWS itself. It creates and deletes about a
// hundred queues.
func TestConformance_aws(t *testing.T) {
	account := os.Getenv("DISPATCH_TEST_AWS")
	if account == "" {
		t.Skip("needs an account of AWS: set DISPATCH_TEST_AWS to sqs.REGION.amazonaws.com/ACCOUNT, with credentials that may use all of SQS there")
	}
	runConformance(t, account)
}

// runConformance runs the suites against the endpoint at addr. Each case has queues of its
// own.
func runConformance(t *testing.T, addr string) {
	for name, suffix := range map[string]string{"standard": "", "fifo": sqsmessage.FIFOSuffix} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Run("transport", func(t *testing.T) {
				t.Parallel()
				transporttest.Run(t, transporttest.Harness{
					New: func(t *testing.T, h transport.Handler) transport.Transport {
						id := "q" + rand.Text()
						receive(t, newSubscription(t, addr, id+"-other"+suffix), h)
						receive(t, newSubscription(t, addr, id+suffix), h)
						return newTransport(t, addr, id+suffix)
					},
					MinSize:          750 << 10,
					MaxDelay:         delays[suffix],
					OtherAttributes:  9,
					Unordered:        suffix == "",
					OrdersRedelivery: suffix != "",
				})
			})
			t.Run("subscription", func(t *testing.T) {
				t.Parallel()
				transporttest.RunSubscription(t, transporttest.SubscriptionHarness{
					New: func(t *testing.T) (transport.Transport, func() transport.Subscription) {
						id := "q" + rand.Text() + suffix
						newSubscription(t, addr, id)
						return newTransport(t, addr, id), func() transport.Subscription {
							s := newSubscription(t, addr, id)
							s.lease = shortLease
							return s
						}
					},
					Lease:          shortLease,
					Abandon:        abandon,
					CountsAttempts: true,
					Ordered:        suffix != "",
				})
			})
		})
	}
}

// shortLease is short, since the suite waits for its end.
const shortLease = 2 * time.Second

// abandon receives a message of the queue of tr, and does nothing with it.
func abandon(t *testing.T, tr transport.Transport) {
	q := tr.(*Transport)
	out, err := q.client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &q.queue, WaitTimeSeconds: 20, VisibilityTimeout: int32(shortLease / time.Second)})
	if err != nil || len(out.Messages) != 1 {
		t.Fatalf("received %v, %v; want one message", out, err)
	}
}

// serve starts an endpoint of our own, and returns its address.
func serve(t *testing.T) (addr string) {
	t.Helper()
	l := httptest.NewServer(new(sqsserver.Server))
	t.Cleanup(l.Close)
	return l.Listener.Addr().String()
}

// emulator returns the address of an emulator that runs already.
func emulator(t *testing.T) (addr string) {
	t.Helper()
	addr = os.Getenv("DISPATCH_TEST_SQS")
	if addr == "" {
		t.Skip("needs an emulator of SQS: run the test by bash .ci/fauxqs, as .ci/run does")
	}
	return addr
}

// urlOf returns the URL of a queue of an emulator, or of AWS if addr names an account.
func urlOf(addr, queue string) string {
	if isAWS(addr) {
		return "sqs://" + addr + "/" + queue
	}
	return "sqs://" + addr + "/000000000000/" + queue + "?insecure"
}

func isAWS(addr string) bool { return strings.Contains(addr, "/") }

func newTransport(t *testing.T, addr, name string) *Transport {
	t.Helper()
	tr, err := transport.Open(t.Context(), urlOf(addr, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
	})
	return tr.(*Transport)
}

// newSubscription opens a subscription to the queue with the given name, which it creates
// if it does not exist.
func newSubscription(t *testing.T, addr, name string) *Subscription {
	t.Helper()
	opened, err := transport.OpenSubscription(t.Context(), urlOf(addr, name))
	if err != nil {
		t.Fatal(err)
	}
	s := opened.(*Subscription)
	in := &sqs.CreateQueueInput{QueueName: &name}
	if strings.HasSuffix(name, sqsmessage.FIFOSuffix) {
		in.Attributes = map[string]string{"FifoQueue": "true"}
	}
	if _, err := s.client.CreateQueue(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if isAWS(addr) {
		t.Cleanup(func() {
			_, _ = s.client.DeleteQueue(context.Background(), &sqs.DeleteQueueInput{QueueUrl: &s.queue}) // it may be deleted already
		})
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
	})
	return s
}

// receive passes the messages of s to h until the test ends.
func receive(t *testing.T, s transport.Subscription, h transport.Handler) {
	ctx, cancel := context.WithCancel(context.Background())
	received := make(chan error, 1)
	go func() { received <- s.Receive(ctx, 100, h) }()
	t.Cleanup(func() {
		cancel()
		if err := <-received; err != nil {
			t.Errorf("Receive() = %v, want nil", err)
		}
	})
}
