//go:build unix

package chaos_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/once/drivers/chaos/work"
)

// Books are what is known of the calls.
type books struct {
	db               *sql.DB
	letters, journal string

	calls   map[string]string   // the kind of each by its ID, once all are made
	effects map[string]int      // how often each call had its effect
	parked  map[string][]string // reasons
	read    map[string]bool     // files of letters
}

// reasons are what letters of each kind must say. No call of a kind that has none
// may be in the sink.
var reasons = map[string]string{
	"refused":   "no such order",
	"unknown":   "look up ",
	"changed":   "decode arguments of ",
	"expiring":  "it expired ",
	"malformed": "not a JSON array of arguments",
}

// closed reports whether each call has had its effect or is in the sink.
func (b *books) closed(t *testing.T) bool {
	t.Helper()
	b.readEffects(t)
	b.readLetters(t)
	for id := range b.calls {
		if b.effects[id] == 0 && b.parked[id] == nil {
			return false
		}
	}
	return true
}

func (b *books) readEffects(t *testing.T) {
	t.Helper()
	rows, err := b.db.Query("SELECT id FROM effects")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	b.effects = make(map[string]int)
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		b.effects[id]++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// readLetters reads the letters that are new.
func (b *books) readLetters(t *testing.T) {
	t.Helper()
	if b.read == nil {
		b.read, b.parked = make(map[string]bool), make(map[string][]string)
	}
	files, err := filepath.Glob(filepath.Join(b.letters, "*.letter.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if b.read[file] {
			continue
		}
		b.read[file] = true
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var letter struct {
			Reason     string
			Attributes map[string]string
		}
		if err := json.Unmarshal(data, &letter); err != nil {
			t.Fatal(err)
		}
		id := letter.Attributes["ce-id"]
		b.parked[id] = append(b.parked[id], letter.Reason)
	}
}

// entries returns how many deliveries the journal has, by what became of them,
// and how often each call was executed.
func (b *books) entries() (outcomes, executed map[string]int, err error) {
	data, err := os.ReadFile(b.journal)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	outcomes, executed = make(map[string]int), make(map[string]int)
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 3 { // its writer was killed
			continue
		}
		outcomes[strings.TrimSpace(f[0]+" "+f[1])]++
		if f[0] == "executed" {
			executed[f[2]]++
		}
	}
	return outcomes, executed, err
}

// missing says which calls have come to nothing yet.
func (b *books) missing() string {
	var ids []string
	for id, kind := range b.calls {
		if b.effects[id] == 0 && b.parked[id] == nil {
			ids = append(ids, kind+" "+id)
		}
	}
	slices.Sort(ids)
	outcomes, _, err := b.entries()
	return fmt.Sprintf("%d of %d calls, such as %q; deliveries %v %v", len(ids), len(b.calls), ids[:min(10, len(ids))], outcomes, err)
}

// audit wants each call to have come to what its kind does, and nothing else.
func (b *books) audit(t *testing.T) {
	t.Helper()
	b.readEffects(t)
	b.readLetters(t)
	kinds := make(map[string]int)
	for id, kind := range b.calls {
		kinds[kind]++
		effects, letters, want := b.effects[id], b.parked[id], reasons[kind]
		switch {
		case kind == "booked" && (effects != 1 || letters != nil),
			kind == "expiring" && (effects > 1 || effects == 0 && letters == nil),
			kind != "booked" && kind != "expiring" && (effects != 0 || letters == nil):
			t.Errorf("%s call %s: its effect happened %d times, and letters say %q", kind, id, effects, letters)
		}
		for _, reason := range letters {
			if !strings.Contains(reason, want) || strings.Contains(reason, work.Secret) {
				t.Errorf("%s call %s is in the sink because %q, want %q", kind, id, reason, want)
			}
		}
	}
	for _, id := range slices.Concat(slices.Collect(maps.Keys(b.effects)), slices.Collect(maps.Keys(b.parked))) {
		if b.calls[id] == "" {
			t.Errorf("nobody made call %s", id)
		}
	}
	outcomes, executed, err := b.entries()
	if err != nil {
		t.Error(err)
	}
	again, letters := 0, 0
	for _, n := range executed {
		again += n - 1
	}
	for _, l := range b.parked {
		letters += len(l)
	}
	t.Logf("%d calls accepted: %v", len(b.calls), kinds)
	t.Logf("%d effects, each once; %d letters of %d calls", len(b.effects), letters, len(b.parked))
	t.Logf("deliveries: %v; %d executed again", outcomes, again)
}
