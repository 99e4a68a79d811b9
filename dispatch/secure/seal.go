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

// Seal returns middleware for dispatch.Publishing that encrypts the arguments of
// each message, so that only those with the key read or make one; the attributes
// stay readable. It refuses a message that is sealed already, such as a dead
// letter, which is for [Reseal].
func Seal(key tink.AEAD) func(transport.Publisher) transport.Publisher {
	return func(next transport.Publisher) transport.Publisher {
		return func(ctx context.Context, m *transport.Message) error {
			if _, sealed := m.Attributes[envelope.AttrSealed]; sealed {
				return errors.New("the message is sealed already (a dead letter is published through secure.Reseal)")
			}
			return seal(ctx, key, m, m.Data, next)
		}
	}
}

// Reseal is to Seal what [Resign] is to Sign.
func Reseal(key tink.AEAD) func(transport.Publisher) transport.Publisher {
	return func(next transport.Publisher) transport.Publisher {
		return func(ctx context.Context, m *transport.Message) error {
			old, sealed := m.Attributes[envelope.AttrSealed]
			data, err := []byte(nil), errUnsealed
			if sealed {
				_, data, err = open(key, m, old)
			}
			if err != nil {
				return fmt.Errorf("seal the call anew: %w", err)
			}
			return seal(ctx, key, m, data, next)
		}
	}
}

// seal makes data that of m, encrypted.
func seal(ctx context.Context, key tink.AEAD, m *transport.Message, data []byte, next transport.Publisher) error {
	at := stamp(time.Now())
	sealed, err := key.Encrypt(data, covered(sealing, m, at))
	if err != nil {
		return fmt.Errorf("seal the call: %w", err)
	}
	m.Data = sealed
	m.Attributes[envelope.AttrSealed] = version + at
	return next(ctx, m)
}

// Unseal returns middleware for entrypoint.Executing that decrypts what [Seal]
// has sealed, as [Verify] verifies what Sign has signed.
func Unseal(key tink.AEAD, opts ...Option) func(transport.Handler) transport.Handler {
	c := newConfig(opts)
	return func(next transport.Handler) transport.Handler {
		return func(ctx context.Context, d *transport.Delivery) error {
			seal, ok := d.Attributes[envelope.AttrSealed]
			if !ok {
				return c.bare(ctx, d, next, errUnsealed)
			}
			at, data, err := open(key, &d.Message, seal)
			if err == nil {
				err = c.check(at, &d.Message)
			}
			if err != nil {
				return transport.Permanent(err)
			}
			opened := *d // d stays as it came, for a dead letter
			opened.Data, opened.Attributes = data, maps.Clone(d.Attributes)
			delete(opened.Attributes, envelope.AttrSealed)
			return next(ctx, &opened)
		}
	}
}

const sealing = "dispatch seal v1"

var (
	errUnsealed = errors.New("the call is not sealed (have the caller publish it through secure.Seal)")
	errBroken   = errors.New("the seal is not that of the message (give caller and callee the same keyset; middleware that changes the message stands before secure.Seal)")
)

// open returns when m was sealed, and what is in it.
func open(key tink.AEAD, m *transport.Message, seal string) (at string, data []byte, err error) {
	at, ok := strings.CutPrefix(seal, version)
	if !ok {
		return "", nil, errBroken
	}
	if data, err = key.Decrypt(m.Data, covered(sealing, m, at)); err != nil {
		return "", nil, errBroken
	}
	return at, data, nil
}
