// Print prints, for each variable, its package, its name and the runtime's name for
// the function.
package main

import (
	"fmt"

	"example.com/fixtures/src/registration/dotted.v3"
	"example.com/fixtures/src/registration/names"
	other "example.com/fixtures/src/registration/renamed-folder"
	v2 "example.com/fixtures/src/registration/v2"
)

func main() {
	fmt.Println("names", "Plain", names.Plain.Name())
	fmt.Println("names", "Ünïcode", names.Ünïcode.Name())
	fmt.Println("names", "Pinned", names.Pinned.Name())
	fmt.Println("names", "later", names.Later())
	fmt.Println("dotted.v3", "F", dotted.F.Name())
	fmt.Println("renamed-folder", "F", other.F.Name())
	fmt.Println("v2", "F", v2.F.Name())
}
