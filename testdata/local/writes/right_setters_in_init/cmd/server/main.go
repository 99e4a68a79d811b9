package main

import (
	"context"
	"log"

	"example.com/local/writes/right_setters_in_init/internal/conf"
	"example.com/local/writes/right_setters_in_init/internal/fx"
)

func main() {
	conf.Set(&fx.Rate, 8)
	if err := fx.Print.Call(context.Background()); err != nil {
		log.Fatal(err)
	}
}
