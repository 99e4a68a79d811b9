package main

import (
	"example.com/local/cobra/persistent_prerun/internal/cmd"
)

func main() { cmd.Execute() }
