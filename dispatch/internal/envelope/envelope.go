// Package envelope implements version 1 of the wire: it encodes a call as the
// attributes and the data of a message, and decodes it. docs/wire.md specifies the
// format, and golden files in testdata fix its bytes.
//
// A message is a CloudEvent 1.0 in binary mode. Its attributes have the names of the
// Pub/Sub protocol binding. Each attribute costs time and space, so attributes without
// information are left out.
package envelope

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/cloud-functions-dispatch/go/internal/funcname"
)

// The attributes of a call.
const (
	AttrSpecVersion = "ce-specversion"
	AttrID          = "ce-id"
	AttrSource      = "ce-source"
	AttrType        = "ce-type"
	AttrSubject     = "ce-subject"      // the function's name
	AttrTime        = "ce-time"         // optional, RFC 3339
	AttrExpiry      = "ce-expirytime"   // optional, RFC 3339; an extension that CloudEvents documents
	AttrNotBefore   = "ce-notbefore"    // optional, RFC 3339
	AttrEncoding    = "ce-dataencoding" // optional: zstd or gzip
	AttrSignature   = "ce-signature"    // optional
	AttrSealed      = "ce-sealed"       // optional: the data is encrypted
	AttrTraceParent = "ce-traceparent"  // optional, defined by W3C Trace Context
	AttrTraceState  = "ce-tracestate"   // optional, likewise
)

const (
	specVersion = "1.0"
	typePrefix  = "dev.cloudfunctions.dispatch.call."

	// Type is the CloudEvents type of a call in this version of the wire.
	Type = typePrefix + "v1"
)

// IsCall reports whether the CloudEvents type t is the type of a call, in any version.
func IsCall(t string) bool { return strings.HasPrefix(t, typePrefix) }

// A Call is the content of a message.
type Call struct {
	ID        string    // the same on every delivery
	Source    string    // the program that made the call
	Name      string    // of the function
	Time      time.Time // when it was made; zero if the transport provides it
	Expiry    time.Time // when it expires; zero for never
	NotBefore time.Time // when it is due; zero for at once
	Args      []byte    // the JSON array of arguments
}

// times yields each attribute that is a time, and a pointer to its field.
func (c *Call) times() iter.Seq2[string, *time.Time] {
	return func(yield func(string, *time.Time) bool) {
		_ = yield(AttrTime, &c.Time) && yield(AttrExpiry, &c.Expiry) && yield(AttrNotBefore, &c.NotBefore)
	}
}

// Encode returns the attributes and the data of c. It compresses arguments of more than
// above bytes. It keeps no part of c.Args.
func Encode(c *Call, above int) (attrs map[string]string, data []byte, err error) {
	if len(c.Args) > MaxArgs {
		return nil, nil, fmt.Errorf("the arguments have %d bytes of JSON; the limit is %d (store the data and pass a reference)", len(c.Args), MaxArgs)
	}
	attrs = make(map[string]string, 7)
	attrs[AttrSpecVersion] = specVersion
	attrs[AttrID] = c.ID
	attrs[AttrSource] = c.Source
	attrs[AttrType] = Type
	attrs[AttrSubject] = c.Name
	for attr, t := range c.times() {
		if !t.IsZero() {
			attrs[attr] = t.UTC().Format(time.RFC3339Nano)
		}
	}
	data, encoding := compress(c.Args, above)
	if encoding != "" {
		attrs[AttrEncoding] = encoding
	}
	return attrs, data, nil
}

// Decode is the inverse of [Encode]. Unknown attributes are ignored.
func Decode(attrs map[string]string, data []byte) (*Call, error) {
	c := new(Call)
	packed, err := c.Read(attrs, data)
	if err != nil {
		return nil, err
	}
	c.Args, err = packed.Unpack(MaxArgs)
	return c, err
}

// Read is [Decode] into c, except that it returns the arguments packed, as they were
// received.
func (c *Call) Read(attrs map[string]string, data []byte) (Packed, error) {
	if err := checkVersion(attrs); err != nil {
		return Packed{}, err
	}
	if _, ok := attrs[AttrSealed]; ok {
		return Packed{}, fmt.Errorf("attribute %s says that the arguments are encrypted (pass secure.Unseal to entrypoint.Executing)", AttrSealed)
	}
	for _, a := range []string{AttrID, AttrSource, AttrSubject} {
		if attrs[a] == "" {
			return Packed{}, missing(a)
		}
	}
	*c = Call{ID: attrs[AttrID], Source: attrs[AttrSource], Name: attrs[AttrSubject]}
	if err := CheckID(c.ID); err != nil {
		return Packed{}, fmt.Errorf("attribute %s %w", AttrID, err)
	}
	if err := funcname.Check(c.Name); err != nil {
		return Packed{}, fmt.Errorf("attribute %s: %w", AttrSubject, err)
	}
	for attr, t := range c.times() {
		value, ok := attrs[attr]
		if !ok {
			continue
		}
		var err error
		if *t, err = time.Parse(time.RFC3339Nano, value); err != nil {
			return Packed{}, fmt.Errorf("attribute %s is %.64q, want a time in RFC 3339, such as 2006-01-02T15:04:05Z (or leave it out)", attr, value)
		}
		if attr == AttrExpiry && t.IsZero() { // long ago; zero would mean never
			*t = t.Add(1)
		}
	}
	return Packed{data, attrs[AttrEncoding]}, nil
}

// maxID limits an ID, in bytes. It is Pub/Sub's limit for an attribute.
const maxID = 1024

// CheckID returns an error if id cannot be the ID of a call. The text of the error is a
// predicate: the caller adds the subject. CloudEvents 1.0 (3.1) allows no control
// characters.
func CheckID(id string) error {
	switch {
	case id == "" || len(id) > maxID:
		return fmt.Errorf("has %d bytes, want 1 to %d (use a shorter one, such as a hash)", len(id), maxID)
	case isPrintable(id):
		return nil // nearly every ID
	case !utf8.ValidString(id):
		return errors.New("is not valid UTF-8 (encode it, for example as base64)")
	case strings.ContainsFunc(id, unicode.IsControl):
		return errors.New("holds a control character, such as a line break (leave it out)")
	}
	return nil
}

// isPrintable reports whether id is ASCII without control characters, as IDs usually are.
func isPrintable(id string) bool {
	for i := range len(id) {
		if id[i] < ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}

// checkVersion returns an error if attrs are not the attributes of a call in this
// version.
func checkVersion(attrs map[string]string) error {
	switch v := attrs[AttrSpecVersion]; v {
	case specVersion:
	case "":
		return missing(AttrSpecVersion)
	default:
		return fmt.Errorf("attribute %s is %.64q, want %q (docs/wire.md lists the attributes of a call)", AttrSpecVersion, v, specVersion)
	}
	switch t := attrs[AttrType]; {
	case t == Type:
		return nil
	case t == "":
		return missing(AttrType)
	case IsCall(t):
		return fmt.Errorf("wire version %.64q is unknown here, want v1 (deploy the callee before the caller)", strings.TrimPrefix(t, typePrefix))
	default:
		return fmt.Errorf("attribute %s is %.64q, want %q (docs/wire.md lists the attributes of a call)", AttrType, t, Type)
	}
}

func missing(attr string) error {
	return fmt.Errorf("attribute %s is missing (docs/wire.md lists the attributes of a call)", attr)
}
