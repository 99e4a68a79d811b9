package main

import (
	"io"
	"testing"
)

// TestCalls: all calls arrive with their arguments.
func TestCalls(t *testing.T) {
	if err := compareCalls(io.Discard, 1, 1); err != nil {
		t.Fatal(err)
	}
}
