package codec

// maxDigits is the most digits of a number that math/big or protojson decodes: 65,536
// take the first some milliseconds, and 64 times as many 25 seconds; the other copies
// a number that it refuses five times.
const maxDigits = 64 << 10

// hasDigits reports whether the JSON text has more than most digits in a row, in any
// form in which math/big reads a number: in a string as well, with points and
// underscores between them, and escaped. It does not tell a number from a text of
// digits.
func hasDigits(text []byte, most int) bool {
	n := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case '0' <= c && c <= '9':
			n++
		case c == '_' || c == '.':
		case c == '\\' && isEscapedDigit(text[i:]):
			n++
			i += len(`u0030`)
		default:
			n = 0
		}
		if n > most {
			return true
		}
	}
	return false
}

// hasNumber reports whether the JSON text has a number of more than most bytes.
func hasNumber(text []byte, most int) bool {
	n := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			i += max(1, stringLen(text[i:])) - 1
			n = 0
		case '0' <= c && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
			if n++; n > most {
				return true
			}
		default:
			n = 0
		}
	}
	return false
}

// isEscapedDigit reports whether text begins with one of \u0030 to \u0039, or with a
// point or an underscore, written so.
func isEscapedDigit(text []byte) bool {
	const escape = `\u003`
	if len(text) < len(escape)+1 {
		return false
	}
	switch c := text[len(escape)]; string(text[:len(escape)]) {
	case escape:
		return '0' <= c && c <= '9'
	case `\u002`:
		return c == 'e' || c == 'E'
	case `\u005`:
		return c == 'f' || c == 'F'
	}
	return false
}

// maxExponent is the largest exponent that math/big takes in a big.Rat.
const maxExponent = 1_000_000

// exponents returns how many bytes the exponents in the JSON text add to the numbers
// of big.Rat: a digit takes less than half a byte, and as much again while it is made.
func exponents(text []byte) (bytes int64) {
	for i := 1; i < len(text); i++ {
		c := text[i] | 0x20 // in lower case
		if c != 'e' && c != 'p' || text[i-1] < '.' || text[i-1] > '9' {
			continue
		}
		j := i + 1
		if j < len(text) && (text[j] == '+' || text[j] == '-') {
			j++
		}
		n := int64(0)
		for ; j < len(text) && ('0' <= text[j] && text[j] <= '9' || text[j] == '_'); j++ {
			if text[j] != '_' {
				n = min(10*n+int64(text[j]-'0'), maxExponent)
			}
		}
		bytes += n
	}
	return bytes
}
