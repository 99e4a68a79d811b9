package main

import (
	"context"
	"log"

	_ "example.com/local/imports/right_fallback/internal/codec/fast"
	"example.com/local/imports/right_fallback/internal/pack"
)

func main() {
	if err := pack.Pack.Call(context.Background(), []byte("abc")); err != nil {
		log.Fatal(err)
	}
}
