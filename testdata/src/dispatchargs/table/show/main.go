// Show prints, for each row of the table, what the runtime says of the type,
// and what becomes of its values.
package main

import (
	"log"
	"os"

	"example.com/fixtures/src/dispatchargs/table"
)

func main() {
	if err := table.Show(os.Stdout, table.Rows()); err != nil {
		log.Fatal(err)
	}
}
