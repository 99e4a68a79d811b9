package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestREADME: README.md has a row for each command, with its short description.
func TestREADME(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows strings.Builder
	for _, c := range rootCommand().Commands() {
		fmt.Fprintf(&rows, "| `%s` | %s |\n", c.Name(), strings.ToLower(c.Short[:1])+c.Short[1:])
	}
	if !strings.Contains(string(readme), "| command | what it does |\n| --- | --- |\n"+rows.String()) {
		t.Errorf("README.md has no such table of commands:\n%s", &rows)
	}
}
