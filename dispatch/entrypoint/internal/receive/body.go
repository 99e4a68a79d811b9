package receive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
)

// beginning is how much of a body is read before there has to be room for it, in
// bytes: who sends no more than its beginning takes nobody's room.
const beginning = 32 << 10

// copies is how often the bytes of a body are in memory, at most: as they came,
// and as the data of its message.
const copies = 2

// read reads the body of r to its end. What release frees is the memory of the
// body and of its message.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) (body []byte, release func(), refused *refusal) {
	release = func() {}
	if r.Method != http.MethodPost {
		return nil, release, &refusal{http.StatusMethodNotAllowed, entrypoint.ReasonMalformed, fmt.Errorf("the method is %.16s, want POST", r.Method)}
	}
	max := h.executor.MaxBody()
	if r.ContentLength > max {
		return nil, release, tooLarge(max)
	}
	r.Body = http.MaxBytesReader(w, r.Body, max)
	var b bytes.Buffer
	_, err := io.CopyN(&b, r.Body, beginning)
	if err == nil {
		most := max
		if r.ContentLength > 0 { // it is known
			most = r.ContentLength
		}
		ctx, cancel := context.WithTimeout(r.Context(), arrival)
		defer cancel()
		hold, herr := h.executor.Hold(ctx, copies*most)
		if herr != nil {
			return nil, release, &refusal{http.StatusServiceUnavailable, entrypoint.ReasonOverload, herr}
		}
		release = hold
		b.Grow(int(most) - b.Len() + bytes.MinRead) // at once: growing leaves as much behind
		_, err = b.ReadFrom(r.Body)
	} else if err == io.EOF {
		err = nil
	}
	if err == nil {
		return b.Bytes(), release, nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, release, tooLarge(max)
	}
	return nil, release, malformed(errors.New("the body did not arrive whole"))
}

func tooLarge(max int64) *refusal {
	return &refusal{http.StatusRequestEntityTooLarge, entrypoint.ReasonTooLarge, fmt.Errorf("the body has more than %d bytes", max)}
}
