// Package secure has calls signed, or sealed, by their callers, and refuses in
// the callee those that nobody with the key has made. Caller and callee share a
// keyset of Tink, whose keys can be rotated:
//
//	c, err := dispatch.Open(ctx, "", dispatch.Publishing(secure.Sign(key)))   // the caller
//	push.Run(ctx, entrypoint.Executing(secure.Verify(key)))                   // the callee
//
// where key is a MAC, as mac.New of Tink makes it of a keyset, or, for [Seal] and
// [Unseal], an AEAD. Give each environment keys of its own.
//
// A signature covers the arguments and each attribute whose name begins with ce-:
// the function's name, the call's ID, its source, its times; but not those of
// tracing, nor the ordering key. A seal covers them too, and hides the arguments.
// Both carry the time when they were made, so that a message cannot be kept and
// sent again long after. Within the window of [Window] it can: a call has its ID
// then, by which package once has its effect happen once.
//
// What changes a message belongs before Sign and Seal: the last middleware is the
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

// Sign returns middleware for dispatch.Publishing that signs each message. It
// refuses one that is signed already, such as a dead letter, which is for
// [Resign].
func Sign(key tink.MAC) func(transport.Publisher) transport.Publisher {
	return func(next transport.Publisher) transport.Publisher {
		return func(ctx context.Context, m *transport.Message) error {
			if _, signed := m.Attributes[envelope.AttrSignature]; signed {
				return errors.New("the message is signed already (a dead letter is published through secure.Resign)")
			}
			return sign(ctx, key, m, next)
		}
	}
}

// Resign is for the publishing of dead letters, after a repair: it signs a message
// anew whose signature is right, however old, and refuses what is not signed, or
// wrongly.
func Resign(key tink.MAC) func(transport.Publisher) transport.Publisher {
	return func(next transport.Publisher) transport.Publisher {
		return func(ctx context.Context, m *transport.Message) error {
			old, signed := m.Attributes[envelope.AttrSignature]
			err := errUnsigned
			if signed {
				_, err = verify(key, m, old)
			}
			if err != nil {
				return fmt.Errorf("sign the call anew: %w", err)
			}
			return sign(ctx, key, m, next)
		}
	}
}

func sign(ctx context.Context, key tink.MAC, m *transport.Message, next transport.Publisher) error {
	at := stamp(time.Now())
	mac, err := key.ComputeMAC(signed(m, at))
	if err != nil {
		return fmt.Errorf("sign the call: %w", err)
	}
	m.Attributes[envelope.AttrSignature] = version + at + "." + base64.RawURLEncoding.EncodeToString(mac)
	return next(ctx, m)
}

// Verify returns middleware for entrypoint.Executing that executes a message if
// its signature is right and not too old. Others fail for good, and so become dead
// letters. It is to be the first, since the middleware before it sees what anybody
// has sent.
func Verify(key tink.MAC, opts ...Option) func(transport.Handler) transport.Handler {
	c := newConfig(opts)
	return func(next transport.Handler) transport.Handler {
		return func(ctx context.Context, d *transport.Delivery) error {
			signature, ok := d.Attributes[envelope.AttrSignature]
			if !ok {
				return c.bare(ctx, d, next, errUnsigned)
			}
			at, err := verify(key, &d.Message, signature)
			if err == nil {
				err = c.check(at, &d.Message)
			}
			if err != nil {
				return transport.Permanent(err)
			}
			return next(ctx, d)
		}
	}
}

var (
	errUnsigned = errors.New("the call is not signed (have the caller publish it through secure.Sign)")
	errForged   = errors.New("the signature is not that of the message (give caller and callee the same keyset; middleware that changes the message stands before secure.Sign)")
)

// version begins a signature, and a seal, of the form that is made here.
const version = "v1."

// verify returns when the signature of m was made, if it is right.
func verify(key tink.MAC, m *transport.Message, signature string) (at string, err error) {
	rest, ok := strings.CutPrefix(signature, version)
	at, text, ok2 := strings.Cut(rest, ".")
	mac, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !ok || !ok2 || err != nil || strings.ContainsAny(text, "\r\n") { // which the decoder overlooks
		return "", errForged
	}
	if key.VerifyMAC(mac, signed(m, at)) != nil {
		return "", errForged
	}
	return at, nil
}

// signed returns the bytes that a signature of m covers: a digest of the data
// stands for it.
func signed(m *transport.Message, at string) []byte {
	sum := sha256.Sum256(m.Data)
	return append(covered("dispatch signature v1", m, at), sum[:]...)
}

// covered returns what a signature, or a seal, made at the given time covers of
// the attributes of m. Each text has its length before it, so that none can pass
// for another.
func covered(purpose string, m *transport.Message, at string) []byte {
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

// covers reports whether the attribute is one that matters.
func covers(name string) bool {
	switch name {
	case envelope.AttrSignature, envelope.AttrSealed, envelope.AttrTraceParent, envelope.AttrTraceState:
		return false
	}
	return strings.HasPrefix(name, "ce-")
}

// stamp writes t as a signature carries it, in milliseconds since 1970.
func stamp(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
