package main

import (
	"context"
	"math"

	"github.com/cloud-functions-dispatch/go/bench/runtime/work"
	"github.com/cloud-functions-dispatch/go/dispatch"
)

// A peer is a way to call a function through a queue. The queue itself is left out:
// pack ends with the message that a queue would receive, and run begins with it.
type peer struct {
	name    string
	without string       // what a call also does with this peer, and is not measured
	pack    func() error // packs the call, and keeps the message
	run     func() error // runs the call of the last message
	bytes   func() int   // the size of the last message
}

// both packs the call and runs it.
func (p *peer) both() error {
	if err := p.pack(); err != nil {
		return err
	}
	return p.run()
}

// peersOf returns all peers for c. The first is the one to which the others are compared.
func peersOf[A, B any](c work.Call[A, B]) []peer {
	return []peer{
		jsonPeer(c),
		ourPeer(c, "ours"),
		ourPeer(c, "ours, not compressed", dispatch.CompressAbove(math.MaxInt)),
		jsonV2Peer(c),
		riverPeer(c),
		asynqPeer(c),
		watermillPeer(c),
		temporalPeer(c),
		dbosPeer(c),
		dbosGobPeer(c),
		delayPeer(c),
	}
}

// args is the form of arguments for libraries that have one argument.
type args[A, B any] struct {
	A A `json:"a"`
	B B `json:"b"`
}

// Kind implements river.JobArgs.
func (args[A, B]) Kind() string { return "work" }

var background = context.Background()
