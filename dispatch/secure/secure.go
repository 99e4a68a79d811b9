// Package secure signs or seals calls in the caller, and verifies them in the callee. The
// callee refuses calls that were made without the key. Caller and callee share a Tink
// keyset, which allows the rotation of keys:
//
//	c, err := dispatch.Open(ctx, "", dispatch.Publishing(secure.Sign(key)))   // the caller
//	push.Run(ctx, entrypoint.Executing(secure.Verify(key)))                   // the callee
//
// The key is a MAC, which Tink's mac.New makes from a keyset. [Seal] and [Unseal] take an
// AEAD instead. Give each environment keys of its own.
//
// A signature covers the arguments and each attribute with the prefix ce-, such as the
// function's name, the call's ID, its source and its times. It does not cover the
// attributes of tracing or the ordering key. A seal covers the same, and also encrypts the
// arguments. Both contain the time when they were made, so the callee refuses a message
// that is older than [Window]. A younger message can be sent again, with the same ID: use
// package once if the effect must happen only once.
//
// Put middleware that changes messages before Sign and Seal: the last middleware is the
// innermost.
package secure

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// Sign returns middleware for dispatch.Publishing that signs each message. It refuses a
// message that is already signed, such as a dead letter: use [Resign] for it.
func Sign(key tink.MAC) func(transport.Publisher) transport.Publisher {
	return func(next transport.Publisher) transport.Publisher {
		return func(ctx context.Context, m *transport.Message) error {
			if _, signed := m.Attributes[envelope.AttrSignature]; signed {
				return errors.New("the message is already signed (publish a dead letter through secure.Resign)")
			}
			return sign(ctx, key, m, next)
		}
	}
}

// Resign returns middleware for publishing dead letters after a repair. It signs each
// message again with the current time. It refuses a message that is not signed, or whose
// signature is wrong; the age does not matter.
func Resign(key tink.MAC) func(transport.Publisher) transport.Publisher {
	return func(next transport.Publisher) transport.Publisher {
		return func(ctx context.Context, m *transport.Message) error {
			old, signed := m.Attributes[envelope.AttrSignature]
			err := errNotSigned
			if signed {
				_, err = verify(key, m, old)
			}
			if err != nil {
				return fmt.Errorf("sign the call again: %w", err)
			}
			return sign(ctx, key, m, next)
		}
	}
}

// sign signs m, and publishes it with next.
func sign(ctx context.Context, key tink.MAC, m *transport.Message, next transport.Publisher) error {
	at := formatTime(time.Now())
	mac, err := key.ComputeMAC(signedBytes(m, at))
	if err != nil {
		return fmt.Errorf("sign the call: %w", err)
	}
	m.Attributes[envelope.AttrSignature] = version + at + "." + base64.RawURLEncoding.EncodeToString(mac)
	return next(ctx, m)
}

// Verify returns middleware for entrypoint.Executing that executes a message if its
// signature is right and not too old. Other messages fail permanently, so they become dead
// letters. Make Verify the first middleware, because earlier middleware would see
// unverified messages.
func Verify(key tink.MAC, opts ...Option) func(transport.Handler) transport.Handler {
	c := newConfig(opts)
	return func(next transport.Handler) transport.Handler {
		return func(ctx context.Context, d *transport.Delivery) error {
			signature, ok := d.Attributes[envelope.AttrSignature]
			if !ok {
				return c.handleUnprotected(ctx, d, next, errNotSigned)
			}
			at, err := verify(key, &d.Message, signature)
			if err == nil {
				err = c.checkTime(at, &d.Message)
			}
			if err != nil {
				return transport.Permanent(err)
			}
			return next(ctx, d)
		}
	}
}

var (
	errNotSigned         = errors.New("the call is not signed (publish it through secure.Sign in the caller)")
	errSignatureMismatch = errors.New("the signature does not match the message (give caller and callee the same keyset, and put middleware that changes the message before secure.Sign)")
)

// version is the prefix of signatures and seals in the current format.
const version = "v1."

// verify returns the time in the signature, or an error if it is not a signature of m.
func verify(key tink.MAC, m *transport.Message, signature string) (at string, err error) {
	rest, ok := strings.CutPrefix(signature, version)
	at, text, ok2 := strings.Cut(rest, ".")
	mac, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !ok || !ok2 || err != nil || strings.ContainsAny(text, "\r\n") { // the decoder ignores line breaks
		return "", errSignatureMismatch
	}
	if key.VerifyMAC(mac, signedBytes(m, at)) != nil {
		return "", errSignatureMismatch
	}
	return at, nil
}

// signedBytes returns the bytes for the MAC of m. They contain a digest of the data instead
// of the data.
func signedBytes(m *transport.Message, at string) []byte {
	sum := sha256.Sum256(m.Data)
	return append(coveredBytes("dispatch signature v1", m, at), sum[:]...)
}

// coveredBytes encodes the purpose, the time and the covered attributes of m, for a
// signature or a seal. Each text has its length before it, so that different texts never
// have the same encoding.
func coveredBytes(purpose string, m *transport.Message, at string) []byte {
	texts := []string{purpose, at}
	for _, name := range slices.Sorted(maps.Keys(m.Attributes)) {
		if covers(name) {
			texts = append(texts, name, m.Attributes[name])
		}
	}
	var out []byte
	for _, t := range texts {
		out = binary.BigEndian.AppendUint64(out, uint64(len(t)))
		out = append(out, t...)
	}
	return out
}

// covers reports whether signatures and seals cover the attribute.
func covers(name string) bool {
	switch name {
	case envelope.AttrSignature, envelope.AttrSealed, envelope.AttrTraceParent, envelope.AttrTraceState:
		return false
	}
	return strings.HasPrefix(name, "ce-")
}

// formatTime returns t in the format of signatures and seals: milliseconds since 1970.
func formatTime(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
