package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"halld/queue"
)

const readers = 4 // connections that read

// Reader reads a hall.db. It writes nothing, not even into a hall that is running.
type Reader struct {
	db     *sql.DB
	dir    string
	path   string
	meta   meta
	unused bool // no halld ran on the folder when it was opened: no lock is held and no file was made
	copied bool // a copy of a hall.db: it has no anchor
	live   live
}

// OpenReader opens DIR/hall.db for reading only, whether a daemon runs on it or not, and makes and changes no file. ErrNoHall if there is
// none.
func OpenReader(dir string) (*Reader, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open the hall for reading: %w", err)
	}
	r, err := readFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("open the hall in %s for reading: %w", dir, err)
	}
	return r, nil
}

func readFolder(dir string) (*Reader, error) {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: there is no such folder; correct --data", ErrNoHall)
	}
	busy, err := running(dir)
	if err != nil {
		return nil, err
	}
	if busy { // it has looked at the files itself
		return openReader(dir)
	}
	f, err := findFiles(dir)
	if err != nil {
		return nil, err
	}
	return openUnused(dir, f.wal)
}

// OpenCopy opens a copy of a hall.db, as Backup makes it, for reading only. A copy has no anchor and no write-ahead log.
func OpenCopy(file string) (*Reader, error) {
	r, err := readCopy(file)
	if err != nil {
		return nil, fmt.Errorf("open the copy %s: %w", file, err)
	}
	return r, nil
}

func readCopy(file string) (*Reader, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	h, err := probe(file)
	if err != nil {
		return nil, err
	}
	if n := h.format(); n > formatNumber {
		return nil, newer(n)
	}
	db, err := open(file, still, 1)
	if err != nil {
		return nil, err
	}
	r := &Reader{db: db, dir: filepath.Dir(file), path: file, copied: true}
	if r.meta, err = readMeta(background, db); err != nil {
		return nil, joinClose(err, db)
	}
	return r, nil
}

// openReader opens the hall.db of a folder on which a halld runs.
func openReader(dir string) (*Reader, error) {
	path := filepath.Join(dir, hallFile)
	if _, err := regular(path); err != nil {
		return nil, err
	}
	db, err := open(path, reading, readers)
	if err != nil {
		return nil, err
	}
	r := &Reader{db: db, dir: dir, path: path}
	if r.meta, err = readMeta(background, db); err != nil {
		return nil, joinClose(err, db)
	}
	return r, nil
}

// Close releases the connections.
func (r *Reader) Close() error { return r.db.Close() }

// Events returns the events after a Seq, in order, at most limit of them (0: all).
func (r *Reader) Events(ctx context.Context, after uint64, limit int) ([]queue.Event, error) {
	rows, err := r.db.QueryContext(ctx, "SELECT "+eventColumns(r.meta.format)+" FROM events WHERE seq > ? ORDER BY seq LIMIT ?", int64(after), noLimit(limit))
	if err != nil {
		return nil, fmt.Errorf("events after %d: %w", after, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	out := []queue.Event{}
	var row eventRow
	for rows.Next() {
		if err := row.scan(rows); err != nil {
			return nil, fmt.Errorf("events after %d: %w", after, err)
		}
		e, err := row.event()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("events after %d: %w", after, err)
	}
	return out, nil
}

const selectDays = "SELECT data ->> '$.day' FROM events WHERE kind = 'day.opened' ORDER BY seq"

// Days returns the service days that were opened, oldest first.
func (r *Reader) Days(ctx context.Context) ([]string, error) {
	rows, err := r.db.QueryContext(ctx, selectDays)
	if err != nil {
		return nil, fmt.Errorf("service days: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	out := []string{}
	for rows.Next() {
		var day string
		if err := rows.Scan(&day); err != nil {
			return nil, fmt.Errorf("service days: %w", err)
		}
		out = append(out, day)
	}
	return out, rows.Err()
}
