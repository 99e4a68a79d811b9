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

// A ledger records what has happened to each call.
type ledger struct {
	db               *sql.DB
	letters, journal string

	made    map[string]string   // the kind of each call by ID, set when all calls are made
	effects map[string]int      // how often each call had its effect
	parked  map[string][]string // reasons
	read    map[string]bool     // files of letters that were read
}

// reasons maps the kinds of calls to the text that their letters must contain. Calls of
// other kinds must not be in the sink.
var reasons = map[string]string{
	"refused":   "no such order",
	"unknown":   "look up ",
	"changed":   "decode arguments of ",
	"expiring":  "it expired ",
	"malformed": "not a JSON array of arguments",
}

// complete reports whether each call has had its effect or is in the sink.
func (l *ledger) complete(t *testing.T) bool {
	t.Helper()
	l.readEffects(t)
	l.readLetters(t)
	for id := range l.made {
		if l.effects[id] == 0 && l.parked[id] == nil {
			return false
		}
	}
	return true
}

// readEffects counts the effects in the database.
func (l *ledger) readEffects(t *testing.T) {
	t.Helper()
	rows, err := l.db.Query("SELECT id FROM effects")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	l.effects = make(map[string]int)
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		l.effects[id]++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// readLetters reads the letters that have not been read yet.
func (l *ledger) readLetters(t *testing.T) {
	t.Helper()
	if l.read == nil {
		l.read, l.parked = make(map[string]bool), make(map[string][]string)
	}
	files, err := filepath.Glob(filepath.Join(l.letters, "*.letter.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if l.read[file] {
			continue
		}
		l.read[file] = true
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
		l.parked[id] = append(l.parked[id], letter.Reason)
	}
}

// entries reads the journal. It returns the number of deliveries by outcome, and of
// executions by call.
func (l *ledger) entries() (outcomes, executed map[string]int, err error) {
	data, err := os.ReadFile(l.journal)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	outcomes, executed = make(map[string]int), make(map[string]int)
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 3 { // the process that wrote it was killed
			continue
		}
		outcomes[strings.TrimSpace(f[0]+" "+f[1])]++
		if f[0] == "executed" {
			executed[f[2]]++
		}
	}
	return outcomes, executed, err
}

// missing describes the calls that have neither an effect nor a letter yet.
func (l *ledger) missing() string {
	var ids []string
	for id, kind := range l.made {
		if l.effects[id] == 0 && l.parked[id] == nil {
			ids = append(ids, kind+" "+id)
		}
	}
	slices.Sort(ids)
	outcomes, _, err := l.entries()
	return fmt.Sprintf("%d of %d calls, such as %q; deliveries %v %v", len(ids), len(l.made), ids[:min(10, len(ids))], outcomes, err)
}

// audit checks that each call has the result that its kind must have, and nothing else.
func (l *ledger) audit(t *testing.T) {
	t.Helper()
	l.readEffects(t)
	l.readLetters(t)
	kinds := make(map[string]int)
	for id, kind := range l.made {
		kinds[kind]++
		effects, letters, want := l.effects[id], l.parked[id], reasons[kind]
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
	for _, id := range slices.Concat(slices.Collect(maps.Keys(l.effects)), slices.Collect(maps.Keys(l.parked))) {
		if l.made[id] == "" {
			t.Errorf("nobody made call %s", id)
		}
	}
	outcomes, executed, err := l.entries()
	if err != nil {
		t.Error(err)
	}
	again, letters := 0, 0
	for _, n := range executed {
		again += n - 1
	}
	for _, list := range l.parked {
		letters += len(list)
	}
	t.Logf("%d calls accepted: %v", len(l.made), kinds)
	t.Logf("%d effects, each once; %d letters of %d calls", len(l.effects), letters, len(l.parked))
	t.Logf("deliveries: %v; %d executed again", outcomes, again)
}
