package codec

// A Measure counts the parts of JSON text. If the text is not valid JSON, it counts at
// least the parts that a decoder reads until it fails.
type Measure struct {
	Elements int // of arrays
	Objects  int
	Members  int // of objects
	Depth    int // of the innermost array or object; 0 if there is none
}

// MeasureOf measures data. It stops at a depth of more than MaxDepth. It is much faster
// than a decoder, and stores only one byte for each array or object that is open.
func MeasureOf(data []byte) Measure {
	var m Measure
	var open []byte
	for i := 0; i < len(data) && len(open) <= MaxDepth; i++ {
		if !isStructure[data[i]] {
			continue
		}
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
				m.Elements++ // the first element; an empty array counts as one
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
