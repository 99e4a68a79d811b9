package main

import (
	"context"
	"log"

	"example.com/local/results/right_zero_secret/internal/accounts"
)

func main() {
	c := accounts.Credentials{User: "ann", Password: []byte("secret"), Tags: map[string]string{"a": "b"}}
	if err := accounts.SetPassword.Call(context.Background(), c); err != nil {
		log.Fatal(err)
	}
}
