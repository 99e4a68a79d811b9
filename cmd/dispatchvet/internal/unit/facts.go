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

// A factSet holds the package facts of a unit and of its direct imports. The facts
// of a package include the facts of its imports, so direct imports are enough.
type factSet struct {
	imports map[string][]analysis.Fact // by package path
	own     []analysis.Fact
}

// entrypointFacts stand for the facts of an entrypoint, which writes none. Client is
// set because an entrypoint may have a client, of an unknown transport.
var entrypointFacts = []analysis.Fact{&registration.Fact{Client: true, Transports: []string{"unknown"}}}

// readFacts reads the facts of the direct imports.
func readFacts(cfg *Config) (*factSet, error) {
	s := &factSet{imports: make(map[string][]analysis.Fact)}
	for path := range cfg.PackageFile {
		if _, ok := cfg.PackageVetx[path]; !ok && path != "unsafe" {
			s.imports[path] = entrypointFacts
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

// write writes the facts of the unit. The file is never empty: an empty file means
// that the unit does not use the runtime.
func (s *factSet) write(file string) error {
	var buf bytes.Buffer
	if err := gob.NewEncoder(&buf).Encode(s.own); err != nil {
		return fmt.Errorf("encode facts: %w", err)
	}
	return os.WriteFile(file, buf.Bytes(), 0o666)
}

// copyFact sets fact to the fact of the same type in facts, and reports whether
// there is one.
func copyFact(facts []analysis.Fact, fact analysis.Fact) bool {
	for _, f := range facts {
		if reflect.TypeOf(f) == reflect.TypeOf(fact) {
			reflect.ValueOf(fact).Elem().Set(reflect.ValueOf(f).Elem())
			return true
		}
	}
	return false
}
