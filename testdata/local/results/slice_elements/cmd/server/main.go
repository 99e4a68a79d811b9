package main

import (
	"context"
	"fmt"
	"log"

	"example.com/local/results/slice_elements/internal/orders"
)

func main() {
	o := orders.Order{ID: 1, Items: []orders.Item{{SKU: "tea"}, {SKU: "cup"}}}
	if err := orders.Price.Call(context.Background(), o); err != nil {
		log.Fatal(err)
	}
	total := 0
	for _, it := range o.Items {
		total += it.Cents
	}
	fmt.Println("total", total)
}
