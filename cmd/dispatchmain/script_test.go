package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cloud-functions-dispatch/go/cmd/internal/scripttest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dispatchmain": main})
}

func TestScript(t *testing.T) { scripttest.Run(t, commands) }

func TestLongScript(t *testing.T) { scripttest.RunLong(t, commands) }

var commands = map[string]func(*testscript.TestScript, bool, []string){
	"buildpack": buildpackCommand,
	"deliver":   deliverCommand,
	"pulled":    pulledCommand,
	"steps":     stepsCommand,
}
