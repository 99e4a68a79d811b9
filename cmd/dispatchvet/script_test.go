package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cloud-functions-dispatch/go/cmd/internal/scripttest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dispatchvet": main})
}

func TestScript(t *testing.T) { scripttest.Run(t, nil) }

func TestLongScript(t *testing.T) { scripttest.RunLong(t, nil) }
