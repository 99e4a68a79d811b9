package maintenance

import "sync/atomic"

var on atomic.Bool

func Set(v bool)   { on.Store(v) }
func Active() bool { return on.Load() }
