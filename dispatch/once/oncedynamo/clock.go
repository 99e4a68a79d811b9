package oncedynamo

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// A clock follows the time of DynamoDB. All processes must agree on the end of a lease, and a
// condition cannot read the clock of DynamoDB. The zero value follows the clock of this
// process until a response is observed.
type clock struct {
	local func() time.Time // time.Now if nil

	mu      sync.Mutex
	offset  time.Duration // of DynamoDB's time from local
	checked bool
}

func (c *clock) localNow() time.Time {
	if c.local != nil {
		return c.local()
	}
	return time.Now()
}

// now returns the time of DynamoDB.
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.localNow().Add(c.offset)
}

// set records that a response was received. isSet reports whether one was.
func (c *clock) set() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checked = true
}

func (c *clock) isSet() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.checked
}

// observe makes a request correct the clock by the dates of its responses, whether or not
// it succeeds.
func (c *clock) observe(o *dynamodb.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("DispatchClock", func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			sent := c.localNow()
			out, metadata, err := next.HandleDeserialize(ctx, in)
			if resp, ok := out.RawResponse.(*smithyhttp.Response); ok && resp != nil {
				if date, err := smithyhttp.ParseTime(resp.Header.Get("Date")); err == nil {
					c.correct(sent, c.localNow(), date)
				}
			}
			return out, metadata, err
		}), middleware.After)
	})
}

// correct changes the offset by as little as possible, so that DynamoDB's time was date, a
// time without fractions of a second, between the local times sent and received.
func (c *clock) correct(sent, received, date time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	least, most := date.Sub(received), date.Add(time.Second).Sub(sent)
	c.offset = max(least, min(most, c.offset))
}
