// Package structured encodes a message as a CloudEvent 1.0 in structured mode, for queues
// that have no CloudEvents binding. The format is the JSON event format; docs/wire.md
// specifies what it adds.
package structured

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	// ContentType is the media type of an event.
	ContentType = "application/cloudevents+json; charset=utf-8"

	// Prefix begins the names of the attributes that are in an event.
	Prefix = "ce-"
)

// The members of an event that are not attributes of the message.
const (
	memberData   = "data"
	memberBase64 = "data_base64"
	memberKey    = "partitionkey" // the ordering key, by CloudEvents' extension for partitioning
)

// maxMembers limits the members of an event, because each takes memory. A call has about
// ten.
const maxMembers = 1000

// An Event is a message.
type Event struct {
	Data       []byte
	Attributes map[string]string
	Key        string // the ordering key
}

// Encode returns m in structured mode, with its attributes whose names begin with [Prefix].
// The result contains only characters that XML 1.0 allows.
func Encode(m *Event) ([]byte, error) {
	b := make([]byte, 0, len(m.Data)*4/3+512)
	b = append(b, '{')
	for _, name := range slices.Sorted(maps.Keys(m.Attributes)) {
		short, ok := strings.CutPrefix(name, Prefix)
		if !ok {
			continue
		}
		if !isName(short) || short == memberData || short == memberKey {
			return nil, fmt.Errorf("the attribute %.64q cannot be an attribute of a CloudEvent (name it ce- followed by lower-case letters and digits, but not data or partitionkey)", name)
		}
		b = appendString(b, short, m.Attributes[name])
	}
	if m.Key != "" {
		b = appendString(b, memberKey, m.Key)
	}
	switch {
	case len(m.Data) == 0:
		b = bytes.TrimSuffix(b, []byte{','})
	case embeds(m.Data):
		b = append(append(b, `"data":`...), m.Data...)
	default:
		b = append(b, `"data_base64":"`...)
		b = append(base64.StdEncoding.AppendEncode(b, m.Data), '"')
	}
	return append(b, '}'), nil
}

// isName reports whether s may be the name of an attribute (CloudEvents 1.0, 3.1).
func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}

// appendString appends a member with a string, and a comma. It escapes the characters that
// JSON may contain but XML 1.0 may not, and those above U+FFFF, which some programs count
// as two.
func appendString(b []byte, name, value string) []byte {
	b = append(append(append(b, '"'), name...), `":`...)
	start := len(b)
	b, _ = jsontext.AppendQuote(b, value) // the text was checked before
	if strings.ContainsFunc(value, needsEscape) {
		quoted := string(b[start:])
		b = b[:start]
		for _, r := range quoted {
			switch {
			case !needsEscape(r):
				b = utf8.AppendRune(b, r)
			case r <= 0xffff:
				b = fmt.Appendf(b, `\u%04x`, r)
			default:
				high, low := utf16.EncodeRune(r)
				b = fmt.Appendf(b, `\u%04x\u%04x`, high, low)
			}
		}
	}
	return append(b, ',')
}

func needsEscape(r rune) bool { return r > '\ufffd' }

// maxDepth is the depth of nesting that package jsontext accepts.
const maxDepth = 10_000

// embeds reports whether data can be part of an event without a change of its bytes: it is
// JSON in ASCII, without white space around it.
func embeds(data []byte) bool {
	for _, c := range data {
		if c >= utf8.RuneSelf || c == '\r' { // a carriage return may be normalized in XML
			return false
		}
	}
	if first, last := data[0], data[len(data)-1]; first <= ' ' || last <= ' ' || !jsontext.Value(data).IsValid() {
		return false
	}
	// In the event, the data is nested one deeper.
	return bytes.Count(data, []byte{'['})+bytes.Count(data, []byte{'{'}) < maxDepth ||
		jsontext.Value(slices.Concat([]byte{'['}, data, []byte{']'})).IsValid()
}

// Decode returns the message in an event. It does not keep event. Its errors contain no
// value of the event.
func Decode(event []byte) (*Event, error) {
	m := &Event{Attributes: make(map[string]string, 8)}
	dec := jsontext.NewDecoder(bytes.NewBuffer(event)) // a Buffer is not copied
	hasData := false
	err := members(dec, func(name string) error {
		switch name {
		case memberData, memberBase64:
			if hasData {
				return errors.New("it has data and data_base64 (leave one out)")
			}
			hasData = true
			return readData(dec, name, m)
		case memberKey:
			return text(dec, name, func(s string) { m.Key = s })
		}
		return text(dec, name, func(s string) { m.Attributes[Prefix+name] = s })
	})
	if err == nil && dec.InputOffset() < int64(len(bytes.TrimRight(event, " \t\r\n"))) {
		err = errSyntax
	}
	if err != nil {
		return nil, fmt.Errorf("the message is not a CloudEvent in structured mode: %w", err)
	}
	return m, nil
}

// errSyntax replaces errors of the decoder, which quote the event.
var errSyntax = errors.New("it is not a JSON object with the attributes as strings")

// members calls each for each member of the object that dec is at. It must read the value.
func members(dec *jsontext.Decoder, each func(name string) error) error {
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '{' {
		return errSyntax
	}
	for n := 0; dec.PeekKind() != '}'; n++ {
		if n == maxMembers {
			return fmt.Errorf("it has more than %d members", maxMembers)
		}
		t, err := dec.ReadToken()
		if err != nil {
			return errSyntax
		}
		if err := each(t.String()); err != nil {
			return err
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return errSyntax
	}
	return nil
}

// readData reads the member with the data.
func readData(dec *jsontext.Decoder, name string, m *Event) error {
	v, err := dec.ReadValue()
	switch {
	case err != nil:
		return errSyntax
	case v.Kind() == 'n' && name == memberBase64:
		return nil
	case name == memberData:
		m.Data = bytes.Clone(v)
		return nil
	case v.Kind() != '"':
		return errSyntax
	}
	s, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return errSyntax
	}
	m.Data = make([]byte, base64.StdEncoding.DecodedLen(len(s)))
	n, err := base64.StdEncoding.Strict().Decode(m.Data, s)
	if err != nil {
		return errors.New("data_base64 is not valid base64")
	}
	m.Data = m.Data[:n]
	return nil
}

// text reads an attribute, and passes set its text. A null is no attribute.
func text(dec *jsontext.Decoder, name string, set func(string)) error {
	t, err := dec.ReadToken()
	if err != nil {
		return errSyntax
	}
	switch t.Kind() {
	case 'n':
	case '"', 't', 'f', '0':
		set(t.String())
	default:
		return fmt.Errorf("its attribute %.64q is an object or an array, want a string", name)
	}
	return nil
}
