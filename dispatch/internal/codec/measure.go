package codec

// A Measure counts what JSON text is made of. Of text that is not JSON it counts
// at least what a decoder reads until it finds out.
type Measure struct {
	Elements int // of arrays
	Objects  int
	Members  int // of objects
	Depth    int // of the innermost array or object; 0 if there is none
}

// MeasureOf measures data, as far as maxDepth. It is much faster than a decoder,
// and keeps nothing but the kinds of what is open.
func MeasureOf(data []byte) Measure {
	var m Measure
	var open []byte
	for i := 0; i < len(data) && len(open) <= maxDepth; i++ {
		switch c := data[i]; c {
		case '"':
			n := stringLen(data[i:])
			if n == 0 {
				return m
			}
			i += n - 1
		case '[', '{':
			open = append(open, c)
			m.Depth = max(m.Depth, len(open))
			if c == '{' {
				m.Objects++
			} else {
				m.Elements++ // the first; an empty array costs as much
			}
		case ']', '}':
			if len(open) == 0 {
				return m
			}
			open = open[:len(open)-1]
		case ':':
			m.Members++
		case ',':
			if len(open) > 0 && open[len(open)-1] == '[' {
				m.Elements++
			}
		}
	}
	return m
}
