// Package emulator starts Google's emulators for tests.
package emulator

import (
	"net"
	"testing"
)

// FreeAddr returns an address of this machine that nobody listened on a moment
// ago, for programs that do not tell which one they got.
func FreeAddr(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }() // nothing was sent over it
	return l.Addr().String()
}
