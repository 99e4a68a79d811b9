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
	// small is how many bytes of a body may arrive without room: no more of these
	// come at a time than there are connections.
	small = 8 << 10

	// piece is how many bytes are read under one deadline.
	piece = 1 << 20
)

// The times that a sender has. A platform sends at once and fast.
const (
	arrival   = time.Minute     // for the whole request, the time left out that it waits for room
	lull      = 5 * time.Second // for the next piece of a body that holds room
	shortLull = 2 * time.Second // for the next piece of a body that others may wait for
)

// An intake is the memory of the bodies that arrive. They have a room by their size,
// so that none has to wait for much larger ones, or for senders that stall in them.
type intake struct {
	max     int64         // bytes of a body
	wait    time.Duration // from the arrival on, for memory; 0 if there is no limit
	rooms   []sized
	parsing *room // for the copies that are made of bodies
}

// A sized room is for bodies of up to the given bytes.
type sized struct {
	upTo int64
	*room
}

// newIntake returns an intake for bodies of up to maxBody bytes. Its rooms for bodies
// have the given memory together, and that for copies a quarter of it; one body may
// exceed each. A body waits for memory no longer than wait from its arrival on, as long
// as the platform waits for an answer.
func newIntake(maxBody, memory int64, wait time.Duration) *intake {
	return &intake{
		max: maxBody, wait: wait,
		rooms: []sized{
			{32 << 10, &room{size: memory / 4}},
			{256 << 10, &room{size: memory / 4}},
			{2 << 20, &room{size: memory / 4}},
			{math.MaxInt64, &room{size: memory / 4}},
		},
		parsing: &room{size: memory / 4},
	}
}

// A body is one that arrives.
type body struct {
	*intake
	holding
	controller *http.ResponseController
	from       *conn     // nil if the server is not ours
	arrived    time.Time // when the request did
	length     int64     // as announced; -1 if it is not
	whole      bool      // all of it has come
	buffer     *[initial]byte
}

// initial is how many bytes of a body are read into a buffer that others use again.
const initial = 4 << 10

var buffers = sync.Pool{New: func() any { return new([initial]byte) }}

// deliver returns the delivery in r. A refusal holds nothing of the request, and
// neither does r afterwards.
func (b *body) deliver(r *http.Request) (*transport.Delivery, *refusal) {
	data, refused := b.read(r)
	if refused != nil {
		return nil, refused
	}
	b.whole = true
	b.from.arrive()
	d, refused := b.parse(r.Context(), r.Header, data)
	if !isUnwrapped(r.Header) { // whose data is the body
		buffers.Put(b.buffer)
	}
	clear(r.Header)
	b.from.uncount()
	return d, refused
}

// read reads the body of r to its end.
func (b *body) read(r *http.Request) ([]byte, *refusal) {
	if b.length > b.max {
		return nil, tooLarge(b.max)
	}
	most := b.max + 1 // which is too large
	if b.length >= 0 {
		most = b.length + 1 // whose end is to be read as well
	}
	deadline := b.arrived.Add(arrival)
	b.buffer = buffers.Get().(*[initial]byte)
	data := b.buffer[:0:min(most, initial)]
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
			// Where the server cannot, a slow sender holds a goroutine.
			_ = b.controller.SetReadDeadline(earlier(deadline, time.Now().Add(b.patience())))
			next = len(data) + piece
		}
		n, err := r.Body.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > b.max:
			return nil, tooLarge(b.max)
		case err == io.EOF && int64(len(data)) < most:
			return b.fit(data), nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, malformed(errors.New("the body did not arrive in time (send it faster)"))
		case err != nil, int64(len(data)) == most:
			return nil, malformed(errors.New("the body did not arrive whole"))
		}
	}
}

// grow returns data with more capacity, up to most, when there is room for it: four
// times as much, so that little is copied, and left behind.
func (b *body) grow(ctx context.Context, data []byte, most int64) ([]byte, *refusal) {
	size := min(max(4*int64(cap(data)), small), most)
	if refused := b.makeRoom(ctx, size, int64(cap(data))); refused != nil {
		return nil, refused
	}
	data = append(make([]byte, 0, size), data...)
	b.shrink(size)
	return data, nil
}

// fit returns data, copied if most of its capacity is not used: that of a body whose
// length was not announced.
func (b *body) fit(data []byte) []byte {
	if b.n == 0 || len(data) > cap(data)/2 {
		return data
	}
	return append(make([]byte, 0, len(data)), data...)
}

// makeRoom has b hold n bytes, and more for a while, of the room for bodies of n bytes.
func (b *body) makeRoom(ctx context.Context, n, more int64) *refusal {
	if n <= max(small, b.n) {
		return nil
	}
	i := slices.IndexFunc(b.rooms, func(r sized) bool { return max(n, b.length) <= r.upTo }) // the last takes all
	return b.await(ctx, func(ctx context.Context) error { return b.take(ctx, b.rooms[i].room, n+more) })
}

// await has take wait for memory, until the platform gives up.
func (b *body) await(ctx context.Context, take func(context.Context) error) *refusal {
	if b.wait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, b.arrived.Add(b.wait))
		defer cancel()
	}
	b.from.wait(true)
	defer b.from.wait(false)
	if err := take(ctx); err != nil {
		return &refusal{http.StatusServiceUnavailable, entrypoint.ReasonOverload, fmt.Errorf("make room for the body: %w", err)}
	}
	return nil
}

// patience is how long the next piece may take.
func (b *body) patience() time.Duration {
	if b.growsAlone() {
		return shortLull
	}
	return lull
}

// parse parses the request when there is memory for what is made of its body, and
// has b hold that of the delivery alone.
func (b *body) parse(ctx context.Context, h http.Header, data []byte) (*transport.Delivery, *refusal) {
	var copies holding
	if n := 2 * int64(len(data)); n > small {
		if refused := b.await(ctx, func(ctx context.Context) error { return copies.take(ctx, b.parsing, n) }); refused != nil {
			return nil, refused
		}
	}
	d, refused := parse(h, data)
	copies.release()
	if refused != nil {
		return nil, refused
	}
	// With attributes that were headers, a delivery may be larger than its body.
	size := int64(d.Size())
	if refused := b.makeRoom(ctx, size, 0); refused != nil {
		return nil, refused
	}
	b.shrink(size)
	return d, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func tooLarge(max int64) *refusal {
	return &refusal{http.StatusRequestEntityTooLarge, entrypoint.ReasonTooLarge, fmt.Errorf("the body has more than %d bytes", max)}
}
