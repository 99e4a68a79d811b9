//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd)

package deadletter

import "os"

// lock does nothing on this system; see [ReplayDir].
func lock(*os.File) error { return nil }
