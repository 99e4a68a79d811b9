package main

import (
	"context"
	"log"

	"example.com/local/holders/map_literal/invoices"
	"example.com/local/holders/map_literal/rates"
)

func loadRates() {
	rates.Rates["USD"] = 1.1
	rates.Rates["CHF"] = 0.95
}

func main() {
	loadRates()
	if err := invoices.Print.Call(context.Background(), 10, "USD"); err != nil {
		log.Fatalln("print:", err)
	}
}
