package main

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/gif"
	"log"

	"example.com/local/imports/decoder_variable/internal/pictures"
	"example.com/local/imports/decoder_variable/internal/upload"
)

func main() {
	var b bytes.Buffer
	if err := gif.Encode(&b, image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black}), nil); err != nil {
		log.Fatal(err)
	}
	if err := upload.Check(bytes.NewReader(b.Bytes())); err != nil {
		log.Fatal(err)
	}
	if err := pictures.Measure.Call(context.Background(), b.Bytes()); err != nil {
		log.Fatal(err)
	}
}
