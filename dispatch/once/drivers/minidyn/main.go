// Minidyn serves an emulator of DynamoDB in memory, on a free port of this machine, and
// prints its URL. .ci/dynamodb starts it.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/truora/minidyn/server"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://%s\n", l.Addr())
	s := http.Server{Handler: server.NewServer(), ReadHeaderTimeout: time.Minute}
	log.Fatal(s.Serve(l))
}
