// Package rie tests the Lambda entrypoint as it is deployed: the program runs under AWS's
// own runtime interface emulator, and a mapping between a queue and the emulator does what
// an event source mapping does.
package rie
