package main

import (
	"io"
	"os"
	"testing"
)

// TestCalls: all calls arrive with their arguments.
func TestCalls(t *testing.T) {
	if err := compareCalls(io.Discard, 1, 1); err != nil {
		t.Fatal(err)
	}
}

// TestSizes: dispatch adds little to a program.
func TestSizes(t *testing.T) {
	if err := compareSizes(os.Stdout); err != nil {
		t.Fatal(err)
	}
}
