// Package target holds the functions that attackers try to execute or abuse.
package target

import (
	"context"
	"os"
	"time"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cloud-functions-dispatch/go/dispatch"
	_ "github.com/cloud-functions-dispatch/go/dispatch/protobuf"
)

// Node is large in memory, although its JSON may have only two bytes.
type Node struct {
	Room [64]int64
	Next *Node
	All  []Node
	By   map[string]*Node
}

// Touch has an effect: it creates a file. The others take arguments that can be abused.
var (
	Touch  = dispatch.Register(touch)
	Wait   = dispatch.Register(wait)
	Any    = dispatch.Register(takeAny)
	Nodes  = dispatch.Register(takeNodes)
	Map    = dispatch.Register(takeMap)
	Bytes  = dispatch.Register(takeBytes)
	Floats = dispatch.Register(takeFloats)
	Proto  = dispatch.Register(takeProto)
)

func touch(_ context.Context, file string) error { return os.WriteFile(file, nil, 0o666) }

// wait waits until ctx is done, or for two seconds.
func wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(2 * time.Second):
		return nil
	}
}

func takeAny(context.Context, any) error                { return nil }
func takeNodes(context.Context, ...Node) error          { return nil }
func takeMap(context.Context, map[string]Node) error    { return nil }
func takeBytes(context.Context, []byte) error           { return nil }
func takeFloats(context.Context, []float64) error       { return nil }
func takeProto(context.Context, *structpb.Struct) error { return nil }
