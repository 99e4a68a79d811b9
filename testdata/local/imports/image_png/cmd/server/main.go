package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	_ "image/png"
	"log"

	"example.com/local/imports/image_png/internal/images"
)

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func main() {
	data, err := base64.StdEncoding.DecodeString(pixel)
	if err != nil {
		log.Fatal(err)
	}
	if _, format, err := image.DecodeConfig(bytes.NewReader(data)); err != nil {
		log.Fatal(format, err)
	}
	if err := images.Measure.Call(context.Background(), data); err != nil {
		log.Fatal(err)
	}
}
