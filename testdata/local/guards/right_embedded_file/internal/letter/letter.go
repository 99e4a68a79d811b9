package letter

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

//go:embed letter.txt
var text string

//go:embed letter.txt
var raw []byte

// Replace replaces the text.
func Replace(s string) {
	text = s
	raw = []byte(s)
}

var Print = dispatch.Register(print)

func print(ctx context.Context, name string) error {
	if text == "" || len(raw) == 0 {
		return errors.New("letter: no text")
	}
	_, err := fmt.Printf(text, name)
	return err
}
