// Package drivers_test tests packages oncesql and onceredis with real databases, and
// oncedynamo with several processes.
package drivers_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/dispatch/once/oncesql"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

const calls = 200

// The functions use these instead of variables that OnStart would set.
var (
	databases  sync.Map // from the name of a test to *oncesql.DB or *redisStore
	errUnlucky = errors.New("the effect failed")
)

var pay = dispatch.Register(payOrder)

// payOrder books an order. Before and after that, it returns an error or panics at
// random.
func payOrder(ctx context.Context, name string, order int) error {
	v, _ := databases.Load(name)
	return v.(*oncesql.DB).Do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if rand.IntN(4) == 0 {
			return errUnlucky
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("UPDATE account SET n = n + 1, total = total + %d", order)); err != nil {
			return err
		}
		switch rand.IntN(8) {
		case 0, 1:
			return errUnlucky
		case 2:
			panic("a fault of the function")
		}
		return nil
	})
}

// TestExactlyOnce delivers each of 200 calls four times, several at a time, to a
// function that fails at random. Every order must be booked once.
func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		db := open(t, "sqlite", "file:"+filepath.Join(t.TempDir(), "once.db")+"?_pragma=busy_timeout(10000)&_txlock=immediate")
		exactlyOnce(t, db, oncesql.SQLite)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		dsn := os.Getenv("DISPATCH_TEST_POSTGRES")
		if dsn == "" {
			t.Skip("needs a Postgres server: set DISPATCH_TEST_POSTGRES to the URL of an empty database (.ci/postgres starts a server and sets it)")
		}
		db := open(t, "pgx", dsn)
		drop(t, db)
		exactlyOnce(t, db, oncesql.Postgres)
	})
	t.Run("mysql", func(t *testing.T) {
		t.Parallel()
		dsn := os.Getenv("DISPATCH_TEST_MYSQL")
		if dsn == "" {
			t.Skip("needs a MySQL or MariaDB server: set DISPATCH_TEST_MYSQL to the URL of an empty database (.ci/mariadb starts a server and sets it)")
		}
		for _, flags := range []string{"", "?clientFoundRows=true&interpolateParams=true"} {
			t.Run(flags, func(t *testing.T) {
				db := open(t, "mysql", dsn+flags)
				drop(t, db)
				exactlyOnce(t, db, oncesql.MySQL)
			})
		}
	})
}

// drop drops the tables at the end of the test.
func drop(t *testing.T, db *sql.DB) {
	t.Cleanup(func() {
		for _, table := range []string{"account", "dispatch_once"} {
			if _, err := db.Exec("DROP TABLE " + table); err != nil {
				t.Error(err)
			}
		}
	})
}

func open(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func exactlyOnce(t *testing.T, db *sql.DB, dialect oncesql.Dialect) {
	t.Helper()
	d := oncesql.New(db, dialect)
	engine := ""
	if dialect == oncesql.MySQL {
		engine = " ENGINE=InnoDB" // the default engine may have no transactions
	}
	for range 2 { // the second time, the table exists
		if err := d.Create(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []string{"CREATE TABLE account (n INTEGER NOT NULL, total INTEGER NOT NULL)" + engine, "INSERT INTO account VALUES (0, 0)"} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	databases.Store(t.Name(), d)

	queue := mem.New(mem.Attempts(100), mem.Concurrency(8))
	ctx := dispatch.WithClient(t.Context(), dispatch.New(queue))
	want := 0
	for order := range calls {
		want += order
		for range 4 { // the same call, delivered again
			if err := pay.With(dispatch.ID(fmt.Sprintf("order-%d", order))).Call(ctx, t.Name(), order); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := queue.Close(); err != nil {
		t.Fatal(err)
	}
	if dead := queue.DeadLetters(); len(dead) > 0 {
		t.Fatalf("%d deliveries were given up: %v", len(dead), dead[0].Err)
	}
	var n, total, marks int
	if err := db.QueryRow("SELECT n, total FROM account").Scan(&n, &total); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow("SELECT count(*) FROM dispatch_once WHERE call_id LIKE 'order-%'").Scan(&marks); err != nil {
		t.Fatal(err)
	}
	if n != calls || total != want || marks != calls {
		t.Errorf("%d orders were booked, %d in all, with %d marks; want each of %d once, %d", n, total, marks, calls, want)
	}
}

// callContext returns the context of a function that executes a call with the given ID.
func callContext(t *testing.T, id string) context.Context {
	t.Helper()
	return registry.Invoke(t.Context(), registry.Info{Name: "a.b", ID: id})
}

// An effect must not run within itself: it would wait for itself. Another step may.
func TestNested(t *testing.T) {
	t.Parallel()
	d := oncesql.New(open(t, "sqlite", "file:"+filepath.Join(t.TempDir(), "once.db")+"?_pragma=journal_mode(wal)"), oncesql.SQLite)
	if err := d.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := d.Do(callContext(t, "1"), func(ctx context.Context, _ *sql.Tx) error {
		return d.Do(ctx, func(context.Context, *sql.Tx) error { return nil })
	})
	if err == nil || !strings.Contains(err.Error(), "give each effect of a call its own step") {
		t.Errorf("Do within Do = %v, want an error that says what to do", err)
	}
}

// MySQL continues without a transaction after it has rolled one back. Some of its
// tables have no transactions.
func TestMySQL(t *testing.T) {
	t.Parallel()
	dsn := os.Getenv("DISPATCH_TEST_MYSQL")
	if dsn == "" {
		t.Skip("needs a MySQL or MariaDB server: see TestExactlyOnce")
	}
	admin := open(t, "mysql", dsn)
	if _, err := admin.Exec("CREATE DATABASE other"); err != nil {
		t.Fatal(err)
	}
	db := open(t, "mysql", strings.TrimSuffix(dsn, "/dispatch")+"/other")
	d := oncesql.New(db, oncesql.MySQL)
	if err := d.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	effect := func(_ context.Context, tx *sql.Tx) error {
		_, err := tx.Exec("ROLLBACK") // as a deadlock does
		return err
	}
	if err := d.Do(callContext(t, "1"), effect); err == nil || !strings.Contains(err.Error(), "has rolled back the transaction") {
		t.Errorf("Do of an effect whose transaction is gone = %v, want an error", err)
	}
	if _, err := db.Exec("ALTER TABLE dispatch_once ENGINE=MyISAM"); err != nil {
		t.Fatal(err)
	}
	if err := d.Create(t.Context()); err == nil || !strings.HasSuffix(err.Error(), "has the engine MyISAM, which has no transactions (run ALTER TABLE dispatch_once ENGINE=InnoDB)") {
		t.Errorf("Create with a table of MyISAM = %v, want an error", err)
	}
}
