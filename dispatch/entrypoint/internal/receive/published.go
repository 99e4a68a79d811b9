package receive

import (
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A publishedMessage is the data of an event of Eventarc, or the body of a push. It has a
// decoder of its own: decoding by reflection takes twice as long and twice the stack,
// which must grow for each connection.
type publishedMessage struct {
	transport.Delivery
	found bool // there is a message
}

// UnmarshalJSONFrom implements [json.UnmarshalerFrom].
func (p *publishedMessage) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return members(dec, func(name string) error {
		switch name {
		case "message":
			p.found = dec.PeekKind() != 'n'
			return members(dec, func(name string) error { return p.message(dec, name) })
		case "deliveryAttempt":
			return json.UnmarshalDecode(dec, &p.Attempt)
		}
		return dec.SkipValue()
	})
}

// message decodes the member of the message with the given name.
func (p *publishedMessage) message(dec *jsontext.Decoder, name string) (err error) {
	switch name {
	case "data":
		return json.UnmarshalDecode(dec, &p.Data)
	case "publishTime":
		return json.UnmarshalDecode(dec, &p.Published)
	case "orderingKey":
		p.OrderingKey, err = stringOf(dec)
		return err
	case "attributes":
		p.Attributes = make(map[string]string, 8) // about as many as a call has
		return members(dec, func(name string) (err error) {
			p.Attributes[name], err = stringOf(dec)
			return err
		})
	}
	return dec.SkipValue()
}

var errForm = errors.New("the value has another type")

// members reads an object, or null. It calls each for each member, and each must read the
// value.
func members(dec *jsontext.Decoder, each func(name string) error) error {
	switch t, err := dec.ReadToken(); {
	case err != nil:
		return err
	case t.Kind() == 'n':
		return nil
	case t.Kind() != '{':
		return errForm
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err == nil {
			err = each(name.String())
		}
		if err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// stringOf reads a string. null is an empty string.
func stringOf(dec *jsontext.Decoder) (string, error) {
	switch t, err := dec.ReadToken(); {
	case err != nil:
		return "", err
	case t.Kind() == '"':
		return t.String(), nil
	case t.Kind() != 'n':
		return "", errForm
	}
	return "", nil
}
