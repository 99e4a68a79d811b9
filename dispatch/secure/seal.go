package secure

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// Seal returns middleware for dispatch.Publishing that encrypts the arguments of each
// message: without the key, a message can neither be read nor made. The attributes stay
// readable. Seal refuses a message that is already sealed, such as a dead letter: use
// [Reseal] for it.
func Seal(key tink.AEAD) func(transport.Publisher) transport.Publisher {
	return func(next transport.Publisher) transport.Publisher {
		return func(ctx context.Context, m *transport.Message) error {
			if _, sealed := m.Attributes[envelope.AttrSealed]; sealed {
				return errors.New("the message is already sealed (publish a dead letter through secure.Reseal)")
			}
			return seal(ctx, key, m, m.Data, next)
		}
	}
}

// Reseal returns middleware for publishing dead letters after a repair. It opens each
// message and seals it with the current time. It refuses a message that is not sealed, or
// whose seal is wrong; the age does not matter.
func Reseal(key tink.AEAD) func(transport.Publisher) transport.Publisher {
	return func(next transport.Publisher) transport.Publisher {
		return func(ctx context.Context, m *transport.Message) error {
			old, sealed := m.Attributes[envelope.AttrSealed]
			data, err := []byte(nil), errNotSealed
			if sealed {
				_, data, err = open(key, m, old)
			}
			if err != nil {
				return fmt.Errorf("reseal the call: %w", err)
			}
			return seal(ctx, key, m, data, next)
		}
	}
}

// seal encrypts data into m, and publishes m with next.
func seal(ctx context.Context, key tink.AEAD, m *transport.Message, data []byte, next transport.Publisher) error {
	at := formatTime(time.Now())
	sealed, err := key.Encrypt(data, coveredBytes(sealPurpose, m, at))
	if err != nil {
		return fmt.Errorf("seal the call: %w", err)
	}
	m.Data = sealed
	m.Attributes[envelope.AttrSealed] = version + at
	return next(ctx, m)
}

// Unseal returns middleware for entrypoint.Executing that decrypts messages that were
// sealed by [Seal]. Other messages, and messages whose seal is too old, fail permanently,
// so they become dead letters. Make Unseal the first middleware, because earlier
// middleware would see unverified messages.
func Unseal(key tink.AEAD, opts ...Option) func(transport.Handler) transport.Handler {
	c := newConfig(opts)
	return func(next transport.Handler) transport.Handler {
		return func(ctx context.Context, d *transport.Delivery) error {
			seal, ok := d.Attributes[envelope.AttrSealed]
			if !ok {
				return c.handleUnprotected(ctx, d, next, errNotSealed)
			}
			at, data, err := open(key, &d.Message, seal)
			if err == nil {
				err = c.checkTime(at, &d.Message)
			}
			if err != nil {
				return transport.Permanent(err)
			}
			opened := *d // d stays unchanged, for a dead letter
			opened.Data, opened.Attributes = data, maps.Clone(d.Attributes)
			delete(opened.Attributes, envelope.AttrSealed)
			return next(ctx, &opened)
		}
	}
}

const sealPurpose = "dispatch seal v1"

var (
	errNotSealed    = errors.New("the call is not sealed (publish it through secure.Seal in the caller)")
	errSealMismatch = errors.New("the seal does not match the message (give caller and callee the same keyset, and put middleware that changes the message before secure.Seal)")
)

// open returns the time when m was sealed, as in the seal, and the decrypted data.
func open(key tink.AEAD, m *transport.Message, seal string) (at string, data []byte, err error) {
	at, ok := strings.CutPrefix(seal, version)
	if !ok {
		return "", nil, errSealMismatch
	}
	if data, err = key.Decrypt(m.Data, coveredBytes(sealPurpose, m, at)); err != nil {
		return "", nil, errSealMismatch
	}
	return at, data, nil
}
