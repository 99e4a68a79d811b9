package receive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

const (
	// small is how many bytes of a body may arrive without room: no more of these
	// come at a time than there are connections.
	small = 32 << 10

	// piece is how many bytes are read under one deadline.
	piece = 256 << 10
)

// The times that a sender has. A platform sends at once and fast.
const (
	arrival   = time.Minute     // for the whole request, the time left out that it waits for room
	lull      = 5 * time.Second // for the next piece of a body that holds room
	shortLull = time.Second     // for the next piece of a body that others may wait for
)

// An intake is the memory of the bodies that arrive. They have a room by their size,
// so that none has to wait for much larger ones, or for senders that stall in them.
type intake struct {
	max     int64         // bytes of a body
	wait    time.Duration // for memory; 0 if nobody knows how long the platform waits
	rooms   []sized
	parsing *room // for the copies that are made of bodies
}

// A sized room is for bodies of up to the given bytes.
type sized struct {
	upTo int64
	*room
}

// newIntake returns an intake for bodies of up to max bytes, which take a little more
// than the given memory, and wait for it no longer than the platform waits for an
// answer.
func newIntake(maxBody, memory int64, wait time.Duration) *intake {
	return &intake{
		max: maxBody, wait: wait,
		rooms: []sized{
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
	ctx     context.Context
	cancel  context.CancelFunc
	arrived time.Time
	length  int64 // as announced; -1 if it is not
	whole   bool  // it has arrived
	waited  bool
	holding
}

// deliver returns the delivery in r. A refusal holds nothing of the request, and
// neither does r afterwards.
func (b *body) deliver(controller *http.ResponseController, r *http.Request) (*transport.Delivery, *refusal) {
	data, refused := b.read(controller, r)
	if refused != nil {
		return nil, refused
	}
	b.whole = true
	d, refused := b.parse(r.Header, data)
	clear(r.Header)
	return d, refused
}

// limited returns the context of the body, which ends when the platform gives up, from
// the first wait on.
func (b *body) limited() context.Context {
	if b.wait > 0 && !b.waited {
		b.waited = true
		b.ctx, b.cancel = context.WithDeadline(b.ctx, b.arrived.Add(b.wait))
	}
	return b.ctx
}

// makeRoom has b hold n bytes.
func (b *body) makeRoom(n int64) *refusal {
	if n <= max(small, b.n) {
		return nil
	}
	i := slices.IndexFunc(b.rooms, func(r sized) bool { return max(n, b.length) <= r.upTo }) // the last takes all
	return overloaded(b.take(b.limited(), b.rooms[i].room, n))
}

func overloaded(err error) *refusal {
	if err == nil {
		return nil
	}
	return &refusal{http.StatusServiceUnavailable, entrypoint.ReasonOverload, fmt.Errorf("make room for the body: %w", err)}
}

// read reads the body of r to its end. It holds the memory of what has come: a
// sender that announces more than it sends holds none for the rest.
func (b *body) read(controller *http.ResponseController, r *http.Request) ([]byte, *refusal) {
	if b.length > b.max {
		return nil, tooLarge(b.max)
	}
	most := b.max + 1 // which is too large
	if b.length >= 0 {
		most = b.length + 1 // whose end is to be read as well
	}
	deadline := b.arrived.Add(arrival)
	data := make([]byte, 0, min(most, 4<<10))
	for {
		if len(data) == cap(data) && int64(len(data)) < most {
			size := min(max(4*int64(cap(data)), small), most) // so that little is copied, and left behind
			if size > small {
				waited := time.Now()
				if refused := b.makeRoom(size); refused != nil {
					return nil, refused
				}
				deadline = deadline.Add(time.Since(waited))
			}
			data = append(make([]byte, 0, size), data...)
		}
		if b.n > 0 {
			// Where the server cannot, a slow sender holds a goroutine.
			_ = controller.SetReadDeadline(earlier(deadline, time.Now().Add(b.patience())))
		}
		n, err := r.Body.Read(data[len(data):min(cap(data), len(data)+piece)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > b.max:
			return nil, tooLarge(b.max)
		case err == io.EOF && int64(len(data)) < most:
			return data, nil
		case err != nil, int64(len(data)) == most:
			return nil, malformed(errors.New("the body did not arrive whole"))
		}
	}
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
func (b *body) parse(h http.Header, data []byte) (*transport.Delivery, *refusal) {
	var copies holding
	if n := min(2*int64(len(data)), b.parsing.size); n > small {
		if err := copies.take(b.limited(), b.parsing, n); err != nil {
			return nil, overloaded(err)
		}
	}
	d, refused := parse(h, data)
	copies.release()
	if refused != nil {
		return nil, refused
	}
	// It may be a little more than the body, for what the headers had.
	size := int64(d.Size())
	if refused := b.makeRoom(size); refused != nil {
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
