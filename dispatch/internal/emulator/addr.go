// Package emulator starts Google's emulators for tests.
package emulator

import (
	"net"
	"testing"
)

// FreeAddr returns an address of this machine with a free port, for programs that
// cannot report a port that they choose.
func FreeAddr(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }() // it accepted no connection
	return l.Addr().String()
}
