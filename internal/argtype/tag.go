package argtype

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A tag is the parsed json tag of a field.
type tag struct {
	name      string // in JSON
	named     bool   // the name comes from the tag
	embed     bool
	omitzero  bool
	omitempty bool
	quoted    bool // the option string
	caseless  bool // the option case
}

// parseTag parses the json tag of f as encoding/json/v2 does, and returns an error
// for a tag that it rejects. Ignored reports that the field is not encoded.
func parseTag(f Field) (t tag, ignored bool, err error) {
	text, tagged := f.Tag.Lookup("json")
	switch {
	case text == "-":
		return tag{}, true, nil
	case !f.Exported && !f.Embedded:
		if tagged {
			err = errors.New("is on a field that is not exported")
		}
		return tag{}, true, err
	}
	t.name = f.Name
	if text != "" && text[0] != ',' {
		t.name, t.named = text, true
		if i := strings.IndexByte(text, ','); i >= 0 {
			t.name = text[:i]
		}
		if strings.ContainsAny(t.name, "\\'\"`") {
			return tag{}, false, errors.New("has a name with a quote or a backslash in it")
		}
		if !utf8.ValidString(t.name) {
			return tag{}, false, errors.New("has a name that is not valid UTF-8")
		}
		text = text[len(t.name):]
	}
	return t, false, t.options(text)
}

// options parses the options that follow the name, each after a comma.
func (t *tag) options(text string) error {
	seen := make(map[string]bool)
	for text != "" {
		if text[0] != ',' {
			return fmt.Errorf("has %q after an option", text[0])
		}
		option := identifier(text[1:])
		switch {
		case text == ",":
			return errors.New("ends in a comma")
		case option == "":
			return errors.New("has an option that is not a word")
		case seen[option]:
			return fmt.Errorf("has the option %s twice", option)
		}
		seen[option] = true
		text = text[1+len(option):]
		switch option {
		case "embed":
			t.embed = true
		case "omitzero":
			t.omitzero = true
		case "omitempty":
			t.omitempty = true
		case "string":
			t.quoted = true
		case "case":
			value := identifier(strings.TrimPrefix(text, ":"))
			if text = strings.TrimPrefix(text, ":"+value); value != "ignore" && value != "strict" {
				return errors.New("has an option case that is neither case:ignore nor case:strict")
			}
			t.caseless = true
		case "format":
			return errors.New("has the option format")
		default:
			if known := strings.ReplaceAll(strings.ToLower(option), "_", ""); options[known] {
				return fmt.Errorf("has an option %s, which must be written %s", option, known)
			}
		}
	}
	return nil
}

// options are the known options: any other spelling of them is rejected.
var options = map[string]bool{"case": true, "embed": true, "omitzero": true, "omitempty": true, "string": true, "format": true}

// identifier returns the word at the start of s, or "".
func identifier(s string) string {
	if r, _ := utf8.DecodeRuneInString(s); r != '_' && !unicode.IsLetter(r) {
		return ""
	}
	return s[:len(s)-len(strings.TrimLeftFunc(s, func(r rune) bool {
		return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r)
	}))]
}
