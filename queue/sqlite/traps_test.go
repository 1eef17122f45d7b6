package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"halld/queue"
)

// The tests in this file pin what the driver does that would hurt, and that the store does not fall for it. When a first half fails
// after an upgrade of the driver, the trap is gone and the code around it may go too.

// plain opens a pool as the driver's documentation shows it.
func plain(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db := sql.OpenDB(&connector{dsn: dsn})
	t.Cleanup(func() { db.Close() })
	return db
}

func pragma(t *testing.T, db *sql.DB, name string) (v string) {
	t.Helper()
	if err := db.QueryRow("PRAGMA " + name).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Trap: the driver's default is synchronous=NORMAL, which in WAL mode does not sync at commit.
func TestEveryCommitIsSynced(t *testing.T) {
	dir := t.TempDir()
	if got := pragma(t, plain(t, "file:"+filepath.Join(dir, "plain.db")+"?_journal_mode=WAL"), "synchronous"); got != "1" {
		t.Errorf("the driver's default is synchronous=%s, the trap expects 1 (NORMAL)", got)
	}
	s := openTest(t, dir)
	for name, want := range writing.want {
		var got string
		if err := s.conn.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&got); err != nil || got != want {
			t.Errorf("writer: %s is %q, %v; want %q", name, got, err, want)
		}
	}
	// Each of the reader's connections, not only the first.
	for range readers {
		c, err := s.Reader.db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for name, want := range reading.want {
			var got string
			if err := c.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&got); err != nil || got != want {
				t.Errorf("reader: %s is %q, %v; want %q", name, got, err, want)
			}
		}
		if _, err := c.ExecContext(t.Context(), "DELETE FROM events"); err == nil {
			t.Error("a reader can write")
		}
	}
}

// Trap: a misspelt key in the address is ignored in silence.
func TestMisspeltSettingIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if got := pragma(t, plain(t, "file:"+path+"?_sychronous=FULL"), "synchronous"); got != "1" {
		t.Errorf("a misspelt key gave synchronous=%s, the trap expects it to be ignored", got)
	}
	_, err := settings{keys: map[string]string{"_sychronous": "FULL"}}.dsn(path)
	if err == nil || !strings.Contains(err.Error(), "_sychronous") {
		t.Errorf("a misspelt key: %v", err)
	}
	// Even a key that is spelt right but does nothing is found out, on the connection itself.
	db, err := open(path, settings{keys: map[string]string{"_journal_mode": "WAL"}, want: map[string]string{"synchronous": "2"}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Ping(); err == nil || !strings.Contains(err.Error(), "synchronous") {
		t.Errorf("a connection without synchronous=FULL: %v", err)
	}
}

// Trap: a context cancelled inside a transaction rolls it back, and what follows commits statement by statement. The writer therefore
// takes no context; here a reader's is cancelled in the middle, and the writer does not notice.
func TestCancelledContexts(t *testing.T) {
	db := plain(t, "file:"+filepath.Join(t.TempDir(), "x.db"))
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE t (x)"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("INSERT INTO t VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	cancel()
	deadline := time.Now().Add(10 * time.Second)
	for !errors.Is(tx.Commit(), sql.ErrTxDone) && time.Now().Before(deadline) { // database/sql rolls back in its own time
		continue
	}
	var n int
	if err := db.QueryRow("SELECT count(*) FROM t").Scan(&n); err != nil || n != 0 {
		t.Errorf("after a cancel in a transaction: %d rows, %v; the trap expects it rolled back", n, err)
	}

	s := openTest(t, t.TempDir())
	w := someDay(t, s)
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		_, err := s.Verify(ctx) // may be cut off anywhere
		if err != nil && !errors.Is(err, context.Canceled) && !strings.Contains(err.Error(), "interrupt") {
			t.Errorf("a cut-off check: %v", err)
		}
		w.do(queue.Issue{Queue: "A"})
	}
	if rep := mustVerify(t, s.Reader); !rep.OK() {
		t.Errorf("verify: %q", rep.Faults)
	}
}

// Trap: _txlock=immediate also holds for read-only transactions, so readers on the writer's pool wait for it. They have their own.
func TestReadersDoNotWaitForTheWriter(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	w := someDay(t, s)
	if _, err := s.st.begin.Exec(); err != nil { // the writer is in the middle of a commit
		t.Fatal(err)
	}
	s.inTx = true
	dsn, err := settings{keys: map[string]string{"_txlock": "immediate", "_busy_timeout": "50"}}.dsn(filepath.Join(dir, hallFile))
	if err != nil {
		t.Fatal(err)
	}
	var busy sqlite3.Error
	if _, err := plain(t, dsn).BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true}); !errors.As(err, &busy) || busy.Code != sqlite3.ErrBusy {
		t.Errorf("a read-only transaction with the writer's settings: %v; the trap expects it to be locked out", err)
	}
	start := time.Now()
	if _, err := s.Ticket(t.Context(), "20260302-1"); err != nil {
		t.Error(err)
	}
	if rep := mustVerify(t, s.Reader); !rep.OK() {
		t.Errorf("verify: %q", rep.Faults)
	}
	if d := time.Since(start); d > 4*time.Second {
		t.Errorf("readers waited %v for the writer", d)
	}
	w.do(queue.Issue{Queue: "A"}) // the transaction left open is rolled back first
	if rep := mustVerify(t, s.Reader); !rep.OK() {
		t.Errorf("verify: %q", rep.Faults)
	}
}

// A commit that fails leaves nothing behind, and the store goes on after it is marked and loaded.
func TestFailedCommit(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	w := someDay(t, s)
	if err := s.conn.Raw(func(c any) error {
		c.(*sqlite3.SQLiteConn).RegisterCommitHook(func() int { return 1 }) // SQLite turns the commit into a rollback
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	var b queue.Batch
	w.decide(&b, queue.Issue{Queue: "A"})
	if err := s.Commit(&b); err == nil {
		t.Fatal("a commit that was rolled back is reported as done")
	}
	if err := s.Mark(); err == nil {
		t.Fatal("a mark that was rolled back is reported as done")
	}
	if err := s.conn.Raw(func(c any) error {
		c.(*sqlite3.SQLiteConn).RegisterCommitHook(nil)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Mark(); err != nil {
		t.Fatal(err)
	}
	hall, _, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	if hall.Seq() != w.hall.Seq()-uint64(len(b.Events)) {
		t.Errorf("loaded event %d", hall.Seq())
	}
	w = newWriter(t, s)
	w.do(queue.Issue{Queue: "A"})
	if rep := mustVerify(t, s.Reader); !rep.OK() {
		t.Errorf("verify: %q", rep.Faults)
	}
	var count int
	if err := s.conn.QueryRowContext(t.Context(), "SELECT count FROM marker").Scan(&count); err != nil || count != 1 {
		t.Errorf("%d markers, %v; want 1", count, err)
	}
}

var _ driver.Connector = (*connector)(nil)
