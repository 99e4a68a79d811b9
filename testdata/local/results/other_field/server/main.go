package main

import (
	"context"
	"fmt"
	"log"

	"example.com/local/results/other_field/docs"
)

func main() {
	d := &docs.Doc{Title: "T", Text: "once upon a time"}
	if err := docs.Summarize.Call(context.Background(), d); err != nil {
		log.Fatal(err)
	}
	fmt.Println("summary:", d.Summary)
}
