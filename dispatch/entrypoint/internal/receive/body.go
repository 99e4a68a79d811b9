package receive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

const (
	// unreservedSize is how many bytes of a body may arrive without a reservation. The
	// limit of connections bounds them.
	unreservedSize = 8 << 10

	// chunkSize is how many bytes are read under one read deadline.
	chunkSize = 1 << 20
)

// Time limits for senders. They are short because platforms send at once and fast.
const (
	requestTimeout    = time.Minute     // for the whole request, without its waits for memory
	chunkTimeout      = 5 * time.Second // for the next chunk of a body that holds memory
	shortChunkTimeout = 2 * time.Second // the same, if the body may exceed its room
)

// An intake is the memory for arriving bodies. Bodies of similar size share a room, so
// that a body does not wait for much larger ones, or for their senders if these stall.
type intake struct {
	max     int64         // the limit for a body, in bytes
	timeout time.Duration // for memory, from the arrival of the request; 0 means no limit
	rooms   []sizedRoom
	copies  *room // for the copies that parsing makes of bodies
}

// A sizedRoom is the room for bodies of up to upTo bytes.
type sizedRoom struct {
	upTo int64
	*room
}

// newIntake returns an intake for bodies of up to maxBody bytes. The rooms for bodies
// share the given memory; the room for copies has a quarter of it in addition. One body
// may exceed each room. A body waits for memory until timeout after its arrival, when the
// platform stops waiting for an answer.
func newIntake(maxBody, memory int64, timeout time.Duration) *intake {
	return &intake{
		max: maxBody, timeout: timeout,
		rooms: []sizedRoom{
			{32 << 10, &room{size: memory / 4}},
			{256 << 10, &room{size: memory / 4}},
			{2 << 20, &room{size: memory / 4}},
			{math.MaxInt64, &room{size: memory / 4}},
		},
		copies: &room{size: memory / 4},
	}
}

// A body is the body of a request while it is read.
type body struct {
	*intake
	holding
	controller *http.ResponseController
	from       *conn     // nil if the server is not ours
	arrived    time.Time // when the request arrived
	length     int64     // the Content-Length; -1 if it is unknown
	complete   bool      // the whole body was read
	buffer     *[bufferSize]byte
}

// bufferSize is how many bytes of a body are read into a pooled buffer.
const bufferSize = 4 << 10

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// deliver reads and parses the delivery in r. Afterwards neither a refusal nor r refers
// to the body or the header, so that they take no memory while the call runs.
func (b *body) deliver(r *http.Request) (*transport.Delivery, *refusal) {
	data, refused := b.read(r)
	if refused != nil {
		return nil, refused
	}
	b.complete = true
	b.from.requestRead()
	d, refused := b.parse(r.Context(), r.Header, data)
	if !isUnwrapped(r.Header) { // an unwrapped delivery keeps the body as its data
		buffers.Put(b.buffer)
	}
	clear(r.Header)
	b.from.releaseHeader()
	return d, refused
}

// read reads the body of r to its end.
func (b *body) read(r *http.Request) ([]byte, *refusal) {
	if b.length > b.max {
		return nil, tooLarge(b.max)
	}
	most := b.max + 1 // one more than allowed, to detect a body that is too large
	if b.length >= 0 {
		most = b.length + 1 // one more than announced, to read up to the end
	}
	deadline := b.arrived.Add(requestTimeout)
	b.buffer = buffers.Get().(*[bufferSize]byte)
	data := b.buffer[:0:min(most, bufferSize)]
	for next := 0; ; {
		if len(data) == cap(data) && int64(len(data)) < most {
			waited := time.Now()
			var refused *refusal
			if data, refused = b.grow(r.Context(), data, most); refused != nil {
				return nil, refused
			}
			deadline, next = deadline.Add(time.Since(waited)), len(data)
		}
		if b.n > 0 && len(data) >= next {
			// If the server has no deadlines, a slow sender holds a goroutine.
			_ = b.controller.SetReadDeadline(earlier(deadline, time.Now().Add(b.readTimeout())))
			next = len(data) + chunkSize
		}
		n, err := r.Body.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > b.max:
			return nil, tooLarge(b.max)
		case err == io.EOF && int64(len(data)) < most:
			return b.trim(data), nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, malformed(errors.New("the body did not arrive in time (send it faster)"))
		case err != nil, int64(len(data)) == most:
			return nil, malformed(errors.New("the body is incomplete"))
		}
	}
}

// grow waits for memory and returns data with four times its capacity, limited to most
// bytes. A large factor means few copies, and little garbage.
func (b *body) grow(ctx context.Context, data []byte, most int64) ([]byte, *refusal) {
	size := min(max(4*int64(cap(data)), unreservedSize), most)
	if refused := b.reserve(ctx, size, int64(cap(data))); refused != nil {
		return nil, refused
	}
	data = append(make([]byte, 0, size), data...)
	b.shrink(size)
	return data, nil
}

// trim returns data, or a copy if data uses at most half of its capacity. That happens
// if the length of the body was not announced.
func (b *body) trim(data []byte) []byte {
	if b.n == 0 || len(data) > cap(data)/2 {
		return data
	}
	return append(make([]byte, 0, len(data)), data...)
}

// reserve makes b hold n bytes of the room for bodies of this size, and for now more
// bytes in addition, for the copy during growth.
func (b *body) reserve(ctx context.Context, n, more int64) *refusal {
	if n <= max(unreservedSize, b.n) {
		return nil
	}
	i := slices.IndexFunc(b.rooms, func(r sizedRoom) bool { return max(n, b.length) <= r.upTo }) // found: the last has no limit
	return b.waitForMemory(ctx, func(ctx context.Context) error { return b.take(ctx, b.rooms[i].room, n+more) })
}

// waitForMemory calls take with a context that is done when the platform stops waiting
// for an answer. It returns a refusal if take fails.
func (b *body) waitForMemory(ctx context.Context, take func(context.Context) error) *refusal {
	if b.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, b.arrived.Add(b.timeout))
		defer cancel()
	}
	b.from.setWaiting(true)
	defer b.from.setWaiting(false)
	if err := take(ctx); err != nil {
		return &refusal{http.StatusServiceUnavailable, entrypoint.ReasonOverload, fmt.Errorf("make room for the body: %w", err)}
	}
	return nil
}

// readTimeout returns how long the next chunk may take. It is short if b may exceed its
// room, because other bodies may be waiting for b.
func (b *body) readTimeout() time.Duration {
	if b.mayExceed() {
		return shortChunkTimeout
	}
	return chunkTimeout
}

// parse waits for memory for the copies that parsing makes of the body, and parses the
// request. Afterwards b holds the memory of the delivery only.
func (b *body) parse(ctx context.Context, h http.Header, data []byte) (*transport.Delivery, *refusal) {
	var held holding
	if n := 2 * int64(len(data)); n > unreservedSize {
		if refused := b.waitForMemory(ctx, func(ctx context.Context) error { return held.take(ctx, b.copies, n) }); refused != nil {
			return nil, refused
		}
	}
	d, refused := parse(h, data)
	held.release()
	if refused != nil {
		return nil, refused
	}
	// A delivery may be larger than its body, since headers become attributes.
	size := int64(d.Size())
	if refused := b.reserve(ctx, size, 0); refused != nil {
		return nil, refused
	}
	b.shrink(size)
	return d, nil
}

// earlier returns the earlier of a and b.
func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func tooLarge(limit int64) *refusal {
	return &refusal{http.StatusRequestEntityTooLarge, entrypoint.ReasonTooLarge, fmt.Errorf("the body has more than %d bytes", limit)}
}
