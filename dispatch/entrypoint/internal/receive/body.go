package receive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
)

const (
	// beginning is how much of a body is read before there has to be room for it,
	// in bytes: who sends no more takes nobody's room.
	beginning = 32 << 10

	// copies is how often the bytes of a body are in memory, at most: as they
	// came, as the data of an event, and as the data of its message.
	copies = 3

	// patience is how long a body waits for room each time that it has filled what
	// it has. Two that wait for each other end that way.
	patience = 5 * time.Second

	// Who has room sends as fast as any platform does, after a while to begin, so
	// that others have it soon.
	begin = 5 * time.Second
	speed = 1 << 20 // bytes in a second
)

// read reads the body of r to its end. It has room hold the memory of what has come:
// who says that more will come, and does not send it, holds none for that.
func (h *Handler) read(w http.ResponseWriter, r *http.Request, room *entrypoint.Holding) (body []byte, refused *refusal) {
	max := h.executor.MaxBody()
	if r.ContentLength > max {
		return nil, tooLarge(max)
	}
	// The server takes the deadline back when the body has ended. Without
	// one, where the server cannot, a slow sender holds a goroutine.
	deadline := time.Now().Add(arrival)
	controller := http.NewResponseController(w)
	_ = controller.SetReadDeadline(deadline)
	r.Body = http.MaxBytesReader(w, r.Body, max)
	var b bytes.Buffer
	for size := int64(beginning); ; size = min(2*size, max) {
		if size > beginning {
			b.Grow(int(size) - b.Len() + bytes.MinRead) // and no further
		} else if n := min(r.ContentLength, 4<<10); n > 0 { // who says more may not send it
			b.Grow(int(n) + bytes.MinRead)
		}
		_, err := io.CopyN(&b, r.Body, size-int64(b.Len()))
		switch {
		case err == io.EOF:
			return b.Bytes(), nil
		case err == nil && size < max:
		case err == nil: // there is one byte more, or none
			if _, err := io.ReadFull(r.Body, make([]byte, 1)); err == io.EOF {
				return b.Bytes(), nil
			}
			return nil, tooLarge(max)
		default:
			if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
				return nil, tooLarge(max)
			}
			return nil, malformed(errors.New("the body did not arrive whole"))
		}
		waited := time.Now()
		if refused := makeRoom(r.Context(), room, copies*min(2*size, max)); refused != nil {
			return nil, refused
		}
		deadline = deadline.Add(time.Since(waited))
		soon := time.Now().Add(begin + time.Duration(size)*time.Second/speed)
		_ = controller.SetReadDeadline(earlier(deadline, soon))
	}
}

// makeRoom has room hold n bytes, or refuses the request that it is for.
func makeRoom(ctx context.Context, room *entrypoint.Holding, n int64) *refusal {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := room.Take(ctx, n); err != nil {
		return &refusal{http.StatusServiceUnavailable, entrypoint.ReasonOverload, fmt.Errorf("make room for the body: %w", err)}
	}
	return nil
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
