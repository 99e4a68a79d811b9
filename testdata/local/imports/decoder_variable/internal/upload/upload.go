package upload

import (
	"image"
	_ "image/gif"
	_ "image/png"
	"io"
)

// Check checks that r is a picture.
func Check(r io.Reader) error {
	_, _, err := image.DecodeConfig(r)
	return err
}
