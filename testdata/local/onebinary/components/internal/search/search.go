package search

import (
	"context"
	"fmt"
	"strings"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type index struct {
	words map[string][]string
	stop  map[string]struct{}
}

var current *index

// Build makes an empty index.
func Build(stopWords ...string) {
	ix := &index{words: map[string][]string{}, stop: map[string]struct{}{}}
	for _, w := range stopWords {
		ix.stop[w] = struct{}{}
	}
	current = ix
}

func (ix *index) add(id, text string) int {
	n := 0
	for w := range strings.FieldsSeq(text) {
		if _, skip := ix.stop[w]; skip {
			continue
		}
		ix.words[w] = append(ix.words[w], id)
		n++
	}
	return n
}

var Add = dispatch.Register(add)

func add(ctx context.Context, id, text string) error {
	fmt.Println("indexed", current.add(id, text))
	return nil
}
