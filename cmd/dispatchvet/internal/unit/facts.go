package unit

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"os"
	"reflect"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// A factSet holds the package facts of a unit and of its direct imports. The
// facts of each package are the union of its imports' and its own, so those of
// direct imports are enough.
type factSet struct {
	imports map[string][]analysis.Fact // by package path
	own     []analysis.Fact
}

// known is what stands for the facts of an entrypoint, whose unit leaves none: it
// may have a client.
var known = []analysis.Fact{&registration.Fact{Client: true}}

// readFacts reads the facts of the direct imports.
func readFacts(cfg *Config) (*factSet, error) {
	s := &factSet{imports: make(map[string][]analysis.Fact)}
	for path := range cfg.PackageFile {
		if _, ok := cfg.PackageVetx[path]; !ok && path != "unsafe" {
			s.imports[path] = known
		}
	}
	for path, file := range cfg.PackageVetx {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if len(data) == 0 {
			continue
		}
		var facts []analysis.Fact
		if err := gob.NewDecoder(bytes.NewReader(data)).Decode(&facts); err != nil {
			return nil, fmt.Errorf("decode the facts of %s: %w", path, err)
		}
		s.imports[path] = facts
	}
	return s, nil
}

// write writes the facts of the unit. What it writes is never empty, so that
// importers know that the unit was analyzed.
func (s *factSet) write(file string) error {
	var buf bytes.Buffer
	if err := gob.NewEncoder(&buf).Encode(s.own); err != nil {
		return fmt.Errorf("encode facts: %w", err)
	}
	return os.WriteFile(file, buf.Bytes(), 0o666)
}

// get copies the fact of the same type in facts to fact.
func get(facts []analysis.Fact, fact analysis.Fact) bool {
	for _, f := range facts {
		if reflect.TypeOf(f) == reflect.TypeOf(fact) {
			reflect.ValueOf(fact).Elem().Set(reflect.ValueOf(f).Elem())
			return true
		}
	}
	return false
}
