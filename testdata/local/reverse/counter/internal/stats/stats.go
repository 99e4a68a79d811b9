package stats

import "sync/atomic"

var processed atomic.Int64

func Inc() { processed.Add(1) }

func Processed() int64 { return processed.Load() }
