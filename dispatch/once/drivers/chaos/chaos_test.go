//go:build unix

// Package chaos_test makes calls to callees that are killed again and again, that fail,
// lose responses, and cannot park calls.
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

	// These are imports of the callee. They make the go command run the test again if
	// the callee has changed, instead of using a result from its cache.
	_ "github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"
	_ "github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"
)

var long = flag.Bool("long", false, "make 20,000 calls with Google's emulator (DISPATCH_TEST_EMULATOR) instead of 1,000 with pstest")

const callerCount, calleeCount = 4, 3

func TestMain(m *testing.M) { pubsubtest.VerifyTestMain(m) }

// TestChaos checks that each accepted call has its effect exactly once, or is in the
// sink for the right reason, whatever happens to the callees.
func TestChaos(t *testing.T) {
	if race.Enabled {
		t.Skip("the callees are built without the race detector, and pstest changes the ack ID of a message that it may still be sending (tryDeliverMessage, sendLoop)")
	}
	bin := build(t)
	t.Run("sqlite", func(t *testing.T) {
		chaos(t, bin, "sqlite", sqlite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		source := os.Getenv("DISPATCH_TEST_POSTGRES")
		if source == "" {
			t.Skip("needs a Postgres server: set DISPATCH_TEST_POSTGRES to the URL of an empty database (.ci/postgres starts a server and sets it)")
		}
		chaos(t, bin, "pgx", source)
	})
}

// TestChaos_sqs is TestChaos with a queue of SQS.
func TestChaos_sqs(t *testing.T) {
	if race.Enabled {
		t.Skip("the callees are built without the race detector")
	}
	chaosOn(t, newSQSQueue, 250, build(t), "sqlite", sqlite(t))
}

// sqlite returns the source of a new database.
func sqlite(t *testing.T) string {
	return "file:" + filepath.Join(t.TempDir(), "once.db") + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(off)&_txlock=immediate"
}

func chaos(t *testing.T, bin, driver, source string) {
	if *long {
		chaosOn(t, newPushQueue, 5000, bin, driver, source)
		return
	}
	chaosOn(t, newPullQueue, 250, bin, driver, source)
}

// chaosOn makes each caller make the given number of calls.
func chaosOn(t *testing.T, makeQueue func(*testing.T, []string) *queue, each int, bin, driver, source string) {
	db := prepare(t, driver, source)
	dir := t.TempDir()
	calls := &ledger{db: db, letters: filepath.Join(dir, "letters"), journal: filepath.Join(dir, "journal")}
	env := append(os.Environ(), work.Driver+"="+driver, work.Source+"="+source, work.Letters+"="+calls.letters, work.Journal+"="+calls.journal)
	q := makeQueue(t, env)
	var fleet []*callee
	for i := range calleeCount {
		fleet = append(fleet, startCallee(t, bin, q.callees[i]))
	}
	callers := startCallers(t, bin, q.env, each)

	killed := map[syscall.Signal]int{}
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(20 * time.Minute)
	for {
		<-tick.C
		if made := callers.results(t); made != nil {
			calls.made = made
			if calls.complete(t) && q.drained(calls) {
				break
			}
		}
		if (calls.made != nil || q.killsEarly) && killed[syscall.SIGKILL]+killed[syscall.SIGTERM] < q.kills {
			i, sig := rand.IntN(calleeCount), syscall.SIGKILL
			if killed[syscall.SIGKILL] > killed[syscall.SIGTERM] {
				sig = syscall.SIGTERM
			}
			fleet[i].end(t, sig)
			killed[sig]++
			q.killed(sig)
			fleet[i] = startCallee(t, bin, q.callees[i])
		}
		if time.Now().After(deadline) {
			t.Fatalf("some calls have neither an effect nor a letter: %s", calls.missing())
		}
	}
	for _, c := range fleet {
		c.end(t, syscall.SIGTERM)
	}
	calls.audit(t)
	t.Logf("%d SIGKILL, %d SIGTERM", killed[syscall.SIGKILL], killed[syscall.SIGTERM])
	if killed[syscall.SIGKILL] == 0 || killed[syscall.SIGTERM] == 0 {
		t.Error("want at least one SIGKILL and one SIGTERM")
	}
}

// prepare creates the tables, and drops them when the test ends.
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
