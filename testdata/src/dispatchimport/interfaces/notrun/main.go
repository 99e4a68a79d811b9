// Notrun makes a worker, but never runs it.
package main

import (
	"fmt"
	"log/slog"
	"reflect"

	"example.com/fixtures/src/dispatchimport/interfaces/worker"
)

var _ worker.Runner = worker.New()

func describe(s fmt.Stringer) string { return s.String() }

func main() {
	w := worker.New()
	fmt.Println(describe(w), w)
	slog.Info("made", "worker", w)
	fmt.Println(reflect.TypeFor[worker.Worker](), reflect.TypeOf((*worker.Worker)(nil)))
}
