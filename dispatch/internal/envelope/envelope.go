// Package envelope is the wire, version 1: how one call becomes the attributes
// and the data of a message, and back. docs/wire.md specifies it, and the
// golden bytes under testdata hold it.
//
// The attributes are those of a CloudEvent 1.0 in binary mode, as its Pub/Sub
// protocol binding names them. Since each attribute costs time and room, only
// those that say something are there.
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
	AttrTraceParent = "ce-traceparent"  // optional, as W3C Trace Context has it
	AttrTraceState  = "ce-tracestate"   // optional, likewise
)

const (
	specVersion = "1.0"
	typePrefix  = "dev.cloudfunctions.dispatch.call."

	// Type is the CloudEvents type of a call in this version of the wire.
	Type = typePrefix + "v1"
)

// IsCall reports whether the CloudEvents type t is that of a call, in whatever
// version.
func IsCall(t string) bool { return strings.HasPrefix(t, typePrefix) }

// A Call is what travels.
type Call struct {
	ID        string    // the same on every delivery
	Source    string    // who made the call; with ID unique
	Name      string    // of the function
	Time      time.Time // when it was made; zero if the transport tells
	Expiry    time.Time // when it becomes worthless; zero if never
	NotBefore time.Time // when it is due; zero if at once
	Args      []byte    // the JSON array of arguments
}

// times gives each attribute that is a time, and its place.
func (c *Call) times() iter.Seq2[string, *time.Time] {
	return func(yield func(string, *time.Time) bool) {
		_ = yield(AttrTime, &c.Time) && yield(AttrExpiry, &c.Expiry) && yield(AttrNotBefore, &c.NotBefore)
	}
}

// Encode returns the attributes and the data of c.
func Encode(c *Call) (attrs map[string]string, data []byte, err error) {
	if len(c.Args) > MaxArgs {
		return nil, nil, fmt.Errorf("the arguments have %d bytes of JSON; at most %d can travel (store the data and send where it is)", len(c.Args), MaxArgs)
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
	data, encoding := compress(c.Args)
	if encoding != "" {
		attrs[AttrEncoding] = encoding
	}
	return attrs, data, nil
}

// Decode is the inverse of [Encode]. Unknown attributes are ignored.
func Decode(attrs map[string]string, data []byte) (*Call, error) {
	c, packed, err := Read(attrs, data)
	if err != nil {
		return nil, err
	}
	c.Args, err = packed.Unpack(MaxArgs)
	return c, err
}

// Read is Decode but for the arguments, which it leaves as they came.
func Read(attrs map[string]string, data []byte) (*Call, *Packed, error) {
	if err := checkVersion(attrs); err != nil {
		return nil, nil, err
	}
	if _, ok := attrs[AttrSealed]; ok {
		return nil, nil, fmt.Errorf("attribute %s says that the arguments are encrypted (have the callee execute calls through secure.Unseal)", AttrSealed)
	}
	for _, a := range []string{AttrID, AttrSource, AttrSubject} {
		if attrs[a] == "" {
			return nil, nil, missing(a)
		}
	}
	c := &Call{ID: attrs[AttrID], Source: attrs[AttrSource], Name: attrs[AttrSubject]}
	if err := CheckID(c.ID); err != nil {
		return nil, nil, fmt.Errorf("attribute %s %w", AttrID, err)
	}
	if err := funcname.Check(c.Name); err != nil {
		return nil, nil, fmt.Errorf("attribute %s: %w", AttrSubject, err)
	}
	for attr, t := range c.times() {
		value, ok := attrs[attr]
		if !ok {
			continue
		}
		var err error
		if *t, err = time.Parse(time.RFC3339Nano, value); err != nil {
			return nil, nil, fmt.Errorf("attribute %s is %.64q, want a time as RFC 3339 has it (leave it out, or write one such as 2006-01-02T15:04:05Z)", attr, value)
		}
		if attr == AttrExpiry && t.IsZero() { // that is long ago, and not never
			*t = t.Add(1)
		}
	}
	return c, &Packed{data, attrs[AttrEncoding]}, nil
}

// maxID is the most bytes that an ID has, by Pub/Sub's limit for an attribute.
const maxID = 1024

// CheckID returns an error if id cannot be that of a call, whose text goes on from
// what id is: CloudEvents 1.0 (3.1) has no control characters in it.
func CheckID(id string) error {
	switch {
	case id == "" || len(id) > maxID:
		return fmt.Errorf("has %d bytes, want 1 to %d (use a shorter one, such as a hash)", len(id), maxID)
	case !utf8.ValidString(id):
		return errors.New("is not valid UTF-8 (encode it, as base64 say)")
	case strings.ContainsFunc(id, unicode.IsControl):
		return errors.New("holds a control character, such as the end of a line (leave it out)")
	}
	return nil
}

func checkVersion(attrs map[string]string) error {
	switch v := attrs[AttrSpecVersion]; v {
	case specVersion:
	case "":
		return missing(AttrSpecVersion)
	default:
		return fmt.Errorf("attribute %s is %.64q, want %q (docs/wire.md lists those of a call)", AttrSpecVersion, v, specVersion)
	}
	switch t := attrs[AttrType]; {
	case t == Type:
		return nil
	case t == "":
		return missing(AttrType)
	case IsCall(t):
		return fmt.Errorf("wire version %.64q is unknown here, want v1 (deploy the callee before the caller)", strings.TrimPrefix(t, typePrefix))
	default:
		return fmt.Errorf("attribute %s is %.64q, want %q (docs/wire.md lists those of a call)", AttrType, t, Type)
	}
}

func missing(attr string) error {
	return fmt.Errorf("attribute %s is missing (docs/wire.md lists those of a call)", attr)
}
