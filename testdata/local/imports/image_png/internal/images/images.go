package images

import (
	"bytes"
	"context"
	"fmt"
	"image"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Measure = dispatch.Register(measure)

func measure(ctx context.Context, data []byte) error {
	m, format, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	fmt.Printf("%dx%d %s\n", m.Bounds().Dx(), m.Bounds().Dy(), format)
	return nil
}
