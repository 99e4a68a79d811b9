package envelope

import (
	"bytes"
	"encoding/gob"
)

type Event interface{ Describe() string }

type box struct{ E Event }

func Encode(e Event) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(box{e})
	return b.Bytes(), err
}

func Decode(data []byte) (Event, error) {
	var x box
	err := gob.NewDecoder(bytes.NewReader(data)).Decode(&x)
	return x.E, err
}
