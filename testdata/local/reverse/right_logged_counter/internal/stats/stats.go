package stats

import "sync/atomic"

// Processed counts calls that ran, Published those that were made.
var Processed, Published atomic.Int64
