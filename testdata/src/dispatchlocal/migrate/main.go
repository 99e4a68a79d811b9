// Migrate sets a variable that registered functions read, but makes no calls.
package main

import "example.com/fixtures/src/dispatchlocal/config"

func main() { config.Only = "migration" }
