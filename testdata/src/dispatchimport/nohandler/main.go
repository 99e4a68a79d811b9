// Nohandler makes a call through an interface, without a client.
package main

import (
	"net/http"

	"example.com/fixtures/src/dispatchimport/reach"
)

func main() { // want `the program can make calls, but links no transport`
	http.Handle("/", reach.NewServer())
}
