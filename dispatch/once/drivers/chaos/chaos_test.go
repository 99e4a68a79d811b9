//go:build unix

// Package chaos_test has callers call callees that are killed all the while, that
// fail, lose answers, and cannot park.
package chaos_test

import (
	"database/sql"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/once/drivers/chaos/work"
	"github.com/cloud-functions-dispatch/go/dispatch/once/oncesql"
	"github.com/cloud-functions-dispatch/go/internal/race"

	// What the callee has, so that the go command does not take a result from its
	// cache that was another callee's.
	_ "github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"
	_ "github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"
)

var long = flag.Bool("long", false, "make 20,000 calls, over Google's emulator (DISPATCH_TEST_EMULATOR), and not 1,000 over pstest")

const callers, callees = 4, 3

func TestMain(m *testing.M) { pubsubtest.VerifyTestMain(m) }

// TestChaos: each call that the queue has accepted has its effect exactly once, or
// is in the sink for its reason, whatever happens to those who execute it.
func TestChaos(t *testing.T) {
	if race.Enabled {
		t.Skip("the callees are built without the race detector, and pstest changes the ack ID of a message that it may still be sending (tryDeliverMessage, sendLoop)")
	}
	bin := build(t)
	t.Run("sqlite", func(t *testing.T) {
		chaos(t, bin, "sqlite", "file:"+filepath.Join(t.TempDir(), "once.db")+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(off)&_txlock=immediate")
	})
	t.Run("postgres", func(t *testing.T) {
		source := os.Getenv("DISPATCH_TEST_POSTGRES")
		if source == "" {
			t.Skip("needs a Postgres server: set DISPATCH_TEST_POSTGRES to the URL of an empty database, as .ci/postgres does, which starts one")
		}
		chaos(t, bin, "pgx", source)
	})
}

func chaos(t *testing.T, bin, driver, source string) {
	db := prepare(t, driver, source)
	dir := t.TempDir()
	books := &books{db: db, letters: filepath.Join(dir, "letters"), journal: filepath.Join(dir, "journal")}
	env := append(os.Environ(), work.Driver+"="+driver, work.Source+"="+source, work.Letters+"="+books.letters, work.Journal+"="+books.journal)
	each, plumb := 250, pulled
	if *long {
		each, plumb = 5000, pushing
	}
	q := plumb(t, env)
	var fleet []*callee
	for i := range callees {
		fleet = append(fleet, startCallee(t, bin, q.callees[i]))
	}
	calling := startCallers(t, bin, q.env, each)

	killed := map[syscall.Signal]int{}
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(20 * time.Minute)
	for {
		<-tick.C
		if calls := calling.ended(t); calls != nil {
			books.calls = calls
			if books.closed(t) && q.drained(books) {
				break
			}
		}
		if (books.calls != nil || q.killsEarly) && killed[syscall.SIGKILL]+killed[syscall.SIGTERM] < q.kills {
			i, sig := rand.IntN(callees), syscall.SIGKILL
			if killed[syscall.SIGKILL] > killed[syscall.SIGTERM] {
				sig = syscall.SIGTERM
			}
			fleet[i].end(t, sig)
			killed[sig]++
			q.killed(sig)
			fleet[i] = startCallee(t, bin, q.callees[i])
		}
		if time.Now().After(deadline) {
			t.Fatalf("not all is done: %s", books.missing())
		}
	}
	for _, c := range fleet {
		c.end(t, syscall.SIGTERM)
	}
	books.audit(t)
	t.Logf("%d SIGKILL, %d SIGTERM", killed[syscall.SIGKILL], killed[syscall.SIGTERM])
	if killed[syscall.SIGKILL] == 0 || killed[syscall.SIGTERM] == 0 {
		t.Error("want at least one of each")
	}
}

// prepare makes the tables.
func prepare(t *testing.T, driver, source string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, table := range []string{"effects", "dispatch_once"} {
			if _, err := db.Exec("DROP TABLE " + table); err != nil {
				t.Error(err)
			}
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := oncesql.New(db, work.Dialects[driver]).Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(work.Schema); err != nil {
		t.Fatal(err)
	}
	return db
}
