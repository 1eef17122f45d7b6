package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// The driver ignores a key it does not know, so a misspelt one would silently mean its default: synchronous=NORMAL, for one, which
// loses acknowledged tickets at a power cut. Only these keys are let through.
var dsnKeys = map[string]bool{
	"mode": true, "_journal_mode": true, "_synchronous": true, "_busy_timeout": true, "_foreign_keys": true, "_txlock": true,
	"_query_only": true, "_cache_size": true, "_locking_mode": true, "immutable": true, "vfs": true,
}

// settings are the keys of a DSN and the pragmas that every connection must then show.
type settings struct {
	keys map[string]string
	want map[string]string // pragma → value as SQLite reports it
	keep bool              // leave the write-ahead log where it is when the last connection closes
}

var (
	writing = settings{
		keys: map[string]string{
			"mode": "rwc", "_journal_mode": "WAL", "_synchronous": "FULL", "_busy_timeout": "5000", "_foreign_keys": "1",
			"_txlock": "immediate", "_cache_size": "-16000",
		},
		want: map[string]string{"journal_mode": "wal", "synchronous": "2", "busy_timeout": "5000", "foreign_keys": "1", "cache_size": "-16000"},
	}
	reading = settings{
		keys: map[string]string{"mode": "ro", "_query_only": "1", "_busy_timeout": "5000"},
		want: map[string]string{"journal_mode": "wal", "query_only": "1", "busy_timeout": "5000"},
	}
	// still reads a database that nobody writes to and that has no write-ahead log. No lock is taken and no file is made.
	still = settings{
		keys: map[string]string{"mode": "ro", "immutable": "1", "_query_only": "1"},
		want: map[string]string{"query_only": "1"},
	}
	// cold reads a database that nobody writes to together with the write-ahead log that was left beside it. The index of that log is
	// kept in memory, which SQLite does for whoever has the file alone; without locks there is nobody to ask. Only one connection.
	cold = settings{
		keys: map[string]string{"mode": "ro", "vfs": "unix-none", "_locking_mode": "EXCLUSIVE", "_query_only": "1"},
		want: map[string]string{"query_only": "1", "locking_mode": "exclusive"},
		keep: true,
	}
)

// dsn writes the address of a database file. A key that the driver does not know is an error.
func (s settings) dsn(path string) (string, error) {
	var q []string
	for _, k := range slices.Sorted(maps.Keys(s.keys)) {
		if !dsnKeys[k] {
			return "", fmt.Errorf("database address: key %q is not known to the driver, which would ignore it", k)
		}
		q = append(q, k+"="+url.QueryEscape(s.keys[k]))
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + strings.Join(q, "&"), nil
}

// connector opens connections that are proved to be set as they should. A PRAGMA sent to a pool reaches one connection only; this
// reaches each.
type connector struct {
	dsn    string
	want   map[string]string
	keep   bool
	driver sqlite3.SQLiteDriver
}

// open makes a pool over the file. No connection is opened yet.
func open(path string, s settings, conns int) (*sql.DB, error) {
	dsn, err := s.dsn(path)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(&connector{dsn: dsn, want: s.want, keep: s.keep})
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// Connect opens one connection and asserts its pragmas.
func (c *connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	if c.keep {
		const persistWAL = 10 // SQLITE_FCNTL_PERSIST_WAL
		if err := conn.(*sqlite3.SQLiteConn).SetFileControlInt("main", persistWAL, 1); err != nil {
			return nil, joinClose(fmt.Errorf("keep the write-ahead log: %w", err), conn)
		}
	}
	for _, pragma := range slices.Sorted(maps.Keys(c.want)) {
		got, err := readPragma(conn, pragma)
		if err == nil && got != c.want[pragma] {
			err = fmt.Errorf("it is %q and must be %q", got, c.want[pragma])
		}
		if err != nil {
			return nil, joinClose(fmt.Errorf("check setting %s of the database: %w", pragma, err), conn)
		}
	}
	return conn, nil
}

// Driver is what database/sql asks for.
func (c *connector) Driver() driver.Driver { return &c.driver }

func joinClose(err error, c io.Closer) error {
	if cerr := c.Close(); cerr != nil {
		return fmt.Errorf("%w (and closing failed: %w)", err, cerr)
	}
	return err
}

func readPragma(conn driver.Conn, name string) (string, error) {
	stmt, err := conn.Prepare("PRAGMA " + name)
	if err != nil {
		return "", err
	}
	defer stmt.Close()           //nolint:errcheck // reading only
	rows, err := stmt.Query(nil) //nolint:staticcheck // a connection that is being made has no caller whose context would count
	if err != nil {
		return "", err
	}
	defer rows.Close() //nolint:errcheck // reading only
	dest := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(dest); err != nil {
		return "", err
	}
	if b, ok := dest[0].([]byte); ok {
		return string(b), nil
	}
	return fmt.Sprint(dest[0]), nil
}
