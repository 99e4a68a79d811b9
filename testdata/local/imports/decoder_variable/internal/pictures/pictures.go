package pictures

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type decoder func(io.Reader) (image.Image, string, error)

var decode decoder = image.Decode

var Measure = dispatch.Register(measure)

func measure(ctx context.Context, data []byte) error {
	img, format, err := decode(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	fmt.Printf("%s size %dx%d\n", format, img.Bounds().Dx(), img.Bounds().Dy())
	return nil
}
