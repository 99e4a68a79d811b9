package codec

// maxDigits limits the digits of a number for math/big and protojson. math/big decodes
// 65,536 digits in some milliseconds, but 64 times as many in 25 seconds. protojson
// makes five copies of a number before it refuses it.
const maxDigits = 64 << 10

// hasDigits reports whether the JSON text has more than limit digits in a row, in any
// form that math/big reads as a number: in a string too, escaped, or with points and
// underscores in between. It does not distinguish a number from a text of digits.
func hasDigits(text []byte, limit int) bool {
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
		if n > limit {
			return true
		}
	}
	return false
}

// hasNumber reports whether the JSON text has a number of more than limit bytes.
func hasNumber(text []byte, limit int) bool {
	n := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			i += max(1, stringLen(text[i:])) - 1
			n = 0
		case '0' <= c && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
			if n++; n > limit {
				return true
			}
		default:
			n = 0
		}
	}
	return false
}

// isEscapedDigit reports whether text begins with an escaped digit, from \u0030 to
// \u0039, or with an escaped point or underscore.
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

// maxExponent is the largest exponent that math/big accepts for a big.Rat.
const maxExponent = 1_000_000

// exponents returns how many bytes of memory the exponents in the JSON text add to
// numbers of big.Rat. An exponent of n stands for n digits. A digit takes less than
// half a byte, and as much again while the number is computed.
func exponents(text []byte) (total int64) {
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
		total += n
	}
	return total
}
