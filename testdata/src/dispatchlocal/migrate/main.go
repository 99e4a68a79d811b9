// Migrate sets what others read, but calls nobody.
package main

import "example.com/fixtures/src/dispatchlocal/config"

func main() { config.Only = "migration" }
