package unit

import (
	"testing"

	"github.com/cloud-functions-dispatch/go/analyzers/registration"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchvet/internal/idle"
)

// Package idle must not import the analyzers, so it has a copy of the path.
func TestModule(t *testing.T) {
	t.Parallel()
	if idle.Module != registration.RuntimeModule {
		t.Errorf("Module = %s, want %s", idle.Module, registration.RuntimeModule)
	}
}
