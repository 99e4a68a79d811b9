package codec

type Codec interface{ Name() string }

type store struct{}

func (store) Name() string { return "store" }

var codecs []Codec = []Codec{store{}}

func Register(c Codec) { codecs = append(codecs, c) }

// Best returns the codec that was registered last.
func Best() Codec { return codecs[len(codecs)-1] }
