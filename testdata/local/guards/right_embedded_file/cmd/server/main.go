package main

import (
	"context"
	"log"
	"os"

	"example.com/local/guards/right_embedded_file/internal/letter"
)

func main() {
	if b, err := os.ReadFile("/etc/letter.txt"); err == nil {
		letter.Replace(string(b))
	}
	if err := letter.Print.Call(context.Background(), "Ann"); err != nil {
		log.Fatal(err)
	}
}
