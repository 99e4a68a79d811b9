package oncedynamo

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"go.uber.org/goleak"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/dispatch/once"
	"github.com/cloud-functions-dispatch/go/dispatch/once/oncetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A network passes requests to an emulator. It may lose or answer them instead.
type network struct {
	client   http.Client
	requests atomic.Int32

	// intercept is called for the request with the number n, counted from 1, and the name
	// of the operation. The default is to send each.
	intercept func(n int, operation string, send func() (*http.Response, error)) (*http.Response, error)
}

func (n *network) Do(req *http.Request) (*http.Response, error) {
	send := func() (*http.Response, error) { return n.client.Do(req) }
	number := n.requests.Add(1)
	if n.intercept == nil {
		return send()
	}
	_, operation, _ := strings.Cut(req.Header.Get("X-Amz-Target"), ".")
	return n.intercept(int(number), operation, send)
}

var errLost = errors.New("connection reset by peer")

// loseRequest and loseResponse are two ways of a connection to break.
func loseRequest(func() (*http.Response, error)) (*http.Response, error) { return nil, errLost }

func loseResponse(send func() (*http.Response, error)) (*http.Response, error) {
	if resp, err := send(); err == nil {
		_ = resp.Body.Close() // nobody reads it
	}
	return nil, errLost
}

// refuse returns the response to a request that DynamoDB refuses.
func refuse(kind, more string) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusBadRequest,
		Header:     http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body:       io.NopCloser(bytes.NewReader([]byte(`{"__type":"com.amazonaws.dynamodb.v20120810#` + kind + `","message":"not now"` + more + `}`))),
	}, nil
}

// eachEmulator runs the test against each of the emulators that run.
func eachEmulator(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	urls := strings.Fields(os.Getenv("DISPATCH_TEST_DYNAMODB"))
	if len(urls) == 0 {
		t.Skip("needs an emulator of DynamoDB: set DISPATCH_TEST_DYNAMODB to the URLs of some (.ci/dynamodb starts two and sets it)")
	}
	for _, url := range urls {
		t.Run(strings.TrimPrefix(url, "http://"), func(t *testing.T) {
			t.Parallel()
			test(t, url)
		})
	}
}

// newClient returns a client that sends each request up to attempts times.
func newClient(t *testing.T, url string, n *network, attempts int) *dynamodb.Client {
	connections := new(http.Transport)
	n.client.Transport = connections
	t.Cleanup(connections.CloseIdleConnections)
	return dynamodb.New(dynamodb.Options{
		Region:       "us-east-1",
		BaseEndpoint: &url,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "k", SecretAccessKey: "s"}, nil
		}),
		HTTPClient: n,
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.RateLimiter = attempts, ratelimit.None
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		}),
	})
}

// newTable creates a table with the given keys, such as id:S for a string.
func newTable(t *testing.T, client *dynamodb.Client, keys ...string) (name string) {
	t.Helper()
	in := &dynamodb.CreateTableInput{TableName: aws.String("t" + rand.Text()), BillingMode: types.BillingModePayPerRequest}
	for i, k := range keys {
		key, kind, _ := strings.Cut(k, ":")
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: &key, AttributeType: types.ScalarAttributeType(kind)})
		in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: &key, KeyType: []types.KeyType{types.KeyTypeHash, types.KeyTypeRange}[i]})
	}
	if _, err := client.CreateTable(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	for {
		out, err := client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: in.TableName})
		if err != nil {
			t.Fatal(err)
		}
		if out.Table.TableStatus != types.TableStatusCreating {
			return *in.TableName
		}
	}
}

// open returns a DB with a table of its own, and the network between them.
func open(t *testing.T, url string, attempts int, opts ...Option) (*DB, *network) {
	t.Helper()
	table := newTable(t, newClient(t, url, new(network), 1), "id:S")
	n := new(network)
	return New(newClient(t, url, n, attempts), append(opts, Table(table))...), n
}

// another returns a DB of another process with a clock that differs by skew.
func another(t *testing.T, url string, d *DB, skew time.Duration) *DB {
	other := New(newClient(t, url, new(network), 1), Table(d.table))
	other.clock.local = func() time.Time { return time.Now().Add(skew) }
	return other
}

// callContext returns the context of a function that executes a call with the given ID.
func callContext(t *testing.T, id string) context.Context {
	t.Helper()
	return registry.Invoke(t.Context(), registry.Info{Name: "a.b", ID: id})
}

func lease(t *testing.T, s once.Store, key, owner string, d time.Duration, want once.State) {
	t.Helper()
	if got, err := s.Lease(t.Context(), key, owner, d); got != want || err != nil {
		t.Errorf("Lease(%s, %s) = %d, %v; want state %d", key, owner, got, err, want)
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	eachEmulator(t, func(t *testing.T, url string) {
		d, n := open(t, url, 1)
		oncetest.Run(t, d)
		n.intercept = func(_ int, _ string, send func() (*http.Response, error)) (*http.Response, error) {
			resp, err := send()
			if err == nil {
				resp.Header.Del("Date")
			}
			return resp, err
		}
		t.Run("no dates", func(t *testing.T) { oncetest.Run(t, New(d.client, Table(d.table))) })
	})
}

// Processes with different clocks agree on the end of a lease, even if a process begins with
// the lease of another.
func TestLease_clocks(t *testing.T) {
	t.Parallel()
	eachEmulator(t, func(t *testing.T, url string) {
		d, _ := open(t, url, 1)
		fast, slow := 3*time.Minute, -3*time.Minute
		for name, skews := range map[string][2]time.Duration{"slow-right": {slow, 0}, "right-fast": {0, fast}, "slow-fast": {slow, fast}} {
			lease(t, another(t, url, d, skews[0]), name, "a", time.Minute, once.Taken)
			lease(t, another(t, url, d, skews[1]), name, "b", time.Minute, once.Busy)
		}
		for _, skew := range []time.Duration{fast, slow} {
			key := skew.String()
			lease(t, another(t, url, d, skew), key, "a", 100*time.Millisecond, once.Taken)
			next := another(t, url, d, -skew)
			for deadline := time.Now().Add(10 * time.Second); ; {
				state, err := next.Lease(t.Context(), key, "b", time.Minute)
				if err != nil || time.Now().After(deadline) {
					t.Fatalf("a lease of 100ms has not ended after 10s (%v)", err)
				}
				if state == once.Taken {
					break
				}
			}
		}
	})
}

// The clock is corrected as far as it is surely wrong.
func TestClock(t *testing.T) {
	t.Parallel()
	date := time.Unix(1e9, 0)
	at := func(d time.Duration) time.Time { return date.Add(d) }
	for name, test := range map[string]struct{ offset, sent, received, want time.Duration }{
		"right":           {0, 100, 200, 0},
		"right, slow":     {0, -time.Minute, time.Minute, 0},
		"early, too late": {0, 900 * time.Millisecond, time.Second, 0},
		"fast":            {0, time.Minute, time.Minute + 1, -time.Minute + time.Second},
		"slow":            {0, -time.Minute - 1, -time.Minute, time.Minute},
		"was corrected":   {-time.Minute, time.Minute, time.Minute + 1, -time.Minute},
		"was set":         {time.Minute, 100, 200, time.Second - 100},
	} {
		c := clock{offset: test.offset}
		c.correct(at(test.sent), at(test.received), date)
		if c.offset != test.want {
			t.Errorf("%s: the offset is %v, want %v", name, c.offset, test.want)
		}
	}
}

// DynamoDB may delete items days after expire_at.
func TestLease_expired(t *testing.T) {
	t.Parallel()
	eachEmulator(t, func(t *testing.T, url string) {
		d, _ := open(t, url, 1)
		d.keep = 1
		past := time.Now().Add(-time.Hour)
		for _, item := range []map[string]types.AttributeValue{
			{"id": leaseOf("dead"), "lease_owner": text("a"), "lease_until": millis(past), "expire_at": d.expireAt(past)},
			{"id": leaseOf("done"), "lease_owner": text("a"), "done_at": timestamp(past), "expire_at": d.expireAt(past)},
		} {
			if _, err := d.client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &d.table, Item: item}); err != nil {
				t.Fatal(err)
			}
		}
		for _, owner := range []string{"a", "b"} {
			lease(t, another(t, url, d, 0), "done", owner, time.Minute, once.Done)
		}
		lease(t, d, "dead", "b", time.Minute, once.Taken)
		lease(t, d, "dead", "a", time.Minute, once.Busy)
		if err := d.Finish(t.Context(), "dead", "a"); err == nil {
			t.Error("Finish of the process that stalled = nil, want an error")
		}
	})
}

// Whichever request or answer is lost, the effect happens once.
func TestOnce_lost(t *testing.T) {
	t.Parallel()
	eachEmulator(t, func(t *testing.T, url string) {
		for how, lose := range map[string]func(func() (*http.Response, error)) (*http.Response, error){"request": loseRequest, "response": loseResponse} {
			for attempts := 1; attempts <= 2; attempts++ {
				d, n := open(t, url, attempts)
				lost := 0
				for number := 1; lost == number-1; number++ {
					n.requests.Store(0)
					n.intercept = func(i int, _ string, send func() (*http.Response, error)) (*http.Response, error) {
						if i == number {
							lost++
							return lose(send)
						}
						return send()
					}
					runs, deliveries := 0, 0
					deadline := time.Now().Add(20 * time.Second)
					for err := errLost; err != nil; {
						if deliveries++; time.Now().After(deadline) {
							t.Fatalf("%s %d: Do = %v, still", how, number, err)
						}
						d.clock = clock{} // each delivery is in another process
						err = once.Do(callContext(t, how+string(rune('0'+number))), d, func(context.Context) error { runs++; return nil }, once.Lease(time.Second))
					}
					if runs != 1 {
						t.Errorf("%s %d, %d attempts: the effect ran %d times in %d deliveries, want once", how, number, attempts, runs, deliveries)
					}
					if attempts > 1 && deliveries > 1 {
						t.Errorf("%s %d: %d deliveries, want that the client's second attempt succeeds", how, number, deliveries)
					}
				}
				if lost < 3 {
					t.Errorf("%d requests, want at least 3", lost)
				}
			}
		}
	})
}

// If DynamoDB throttles, nothing happens.
func TestOnce_throttled(t *testing.T) {
	t.Parallel()
	eachEmulator(t, func(t *testing.T, url string) {
		d, n := open(t, url, 2)
		limit := 1
		n.intercept = func(i int, _ string, send func() (*http.Response, error)) (*http.Response, error) {
			if i <= limit {
				return refuse("ProvisionedThroughputExceededException", "")
			}
			return send()
		}
		runs := 0
		effect := func(context.Context) error { runs++; return nil }
		if err := once.Do(callContext(t, "1"), d, effect); err != nil || runs != 1 {
			t.Errorf("Do, throttled once = %v after %d runs, want nil after 1", err, runs)
		}
		limit = 1 << 30
		err := once.Do(callContext(t, "2"), d, effect)
		if _, ok := errors.AsType[*types.ProvisionedThroughputExceededException](err); !ok || runs != 1 {
			t.Errorf("Do, throttled = %v after %d runs, want an error", err, runs)
		}
		limit = 0
		if err := once.Do(callContext(t, "2"), d, effect); err != nil || runs != 2 {
			t.Errorf("Do afterwards = %v after %d runs, want nil", err, runs)
		}
	})
}

// The errors say how to correct the table.
func TestTable_wrong(t *testing.T) {
	t.Parallel()
	eachEmulator(t, func(t *testing.T, url string) {
		client := newClient(t, url, new(network), 1)
		schema := "(its key must be the string id; choose another table by oncedynamo.Table)"
		for table, want := range map[string]string{
			"nowhere":                             "there is no table nowhere in the Region us-east-1 (create it: aws dynamodb create-table --table-name nowhere --attribute",
			newTable(t, client, "pk:S"):           schema,
			newTable(t, client, "id:N"):           schema,
			newTable(t, client, "id:S", "sort:S"): schema,
		} {
			d := New(client, Table(table))
			for name, err := range map[string]error{
				"once.Do": once.Do(callContext(t, "1"), d, func(context.Context) error { t.Error("the effect ran"); return nil }),
				"Do":      d.Do(callContext(t, "1"), func(context.Context) ([]types.TransactWriteItem, error) { t.Error("the effect ran"); return nil, nil }),
				"Finish":  d.Finish(t.Context(), "k", "a"),
				"Release": d.Release(t.Context(), "k", "a"),
			} {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s with the table %s = %v, want an error with %q", name, table, err, want)
				}
			}
		}
	})
}
