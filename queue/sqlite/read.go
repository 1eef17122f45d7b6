package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"time"

	"halld/queue"
)

const readers = 4 // connections that read

// Reader reads a hall.db. It writes nothing, not even into a hall that is running.
type Reader struct {
	db   *sql.DB
	path string
}

// OpenReader opens DIR/hall.db for reading only, whether a daemon runs on it or not. ErrNoHall if there is none.
func OpenReader(dir string) (*Reader, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open the store for reading: %w", err)
	}
	path := filepath.Join(dir, hallFile)
	if err := exists(path); err != nil {
		return nil, fmt.Errorf("open the store for reading: %w", err)
	}
	r, err := openReader(path)
	if err != nil {
		return nil, fmt.Errorf("open the store for reading: %w", err)
	}
	return r, nil
}

func openReader(path string) (*Reader, error) {
	db, err := open(path, reading, readers)
	if err != nil {
		return nil, err
	}
	if err := db.Ping(); err != nil {
		return nil, joinClose(err, db)
	}
	return &Reader{db: db, path: path}, nil
}

// Close releases the connections.
func (r *Reader) Close() error { return r.db.Close() }

const selectEvents = "SELECT seq, at, kind, data FROM events WHERE seq > ? ORDER BY seq LIMIT ?"

// Events returns the events after a Seq, in order, at most limit of them (0: all).
func (r *Reader) Events(ctx context.Context, after uint64, limit int) ([]queue.Event, error) {
	rows, err := r.db.QueryContext(ctx, selectEvents, int64(after), noLimit(limit))
	if err != nil {
		return nil, fmt.Errorf("events after %d: %w", after, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	out := []queue.Event{}
	for rows.Next() {
		var e queue.Event
		var at int64
		var kind string
		var data sql.RawBytes
		if err := rows.Scan(&e.Seq, &at, &kind, &data); err != nil {
			return nil, fmt.Errorf("events after %d: %w", after, err)
		}
		if e.Fact, err = queue.ReadFact(kind, data); err != nil {
			return nil, fmt.Errorf("event %d: %w", e.Seq, err)
		}
		e.At = time.UnixMilli(at).UTC()
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
