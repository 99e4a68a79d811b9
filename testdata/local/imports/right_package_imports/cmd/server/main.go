package main

import (
	"context"
	"encoding/base64"
	_ "image/png"
	"log"

	"example.com/local/imports/right_package_imports/internal/images"
)

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func main() {
	data, err := base64.StdEncoding.DecodeString(pixel)
	if err != nil {
		log.Fatal(err)
	}
	if err := images.Measure.Call(context.Background(), data); err != nil {
		log.Fatal(err)
	}
}
