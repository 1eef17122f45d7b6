package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// What this version writes. docs/log-format.md describes each.
const (
	formatNumber   = 2 // of the folder as a whole
	eventForm      = 2 // of an event: what its hash covers
	checkpointForm = 3 // of a checkpoint: raise it with every change of what the whole hall looks like as JSON
)

// Keys of the table meta.
const (
	metaFormat   = "format"      // the number of the format
	metaHall     = "hall"        // 32 hex digits, drawn when the hall was made
	metaForm2    = "form-2-from" // the seq from which events are of form 2
	metaAccepted = "accepted"    // an Acceptance that no event has answered yet
)

// ErrNewer says that a newer halld wrote the folder.
var ErrNewer = errors.New("a newer halld wrote this folder")

func newer(format int) error {
	return fmt.Errorf("%w: it is of format %d and this halld knows up to %d; install the newer halld; nothing was changed", ErrNewer, format, formatNumber)
}

// meta is what the store says of itself.
type meta struct {
	format   int
	hall     string
	form2    uint64      // events from this seq on are of form 2 or higher; after all of them in format 1
	accepted *Acceptance // waits for its event
}

const selectMeta = "SELECT key, value FROM meta"

// readMeta reads what the store says of itself. A store without the table is of format 1.
func readMeta(ctx context.Context, q querier) (meta, error) {
	m := meta{format: 1, form2: 1<<63 - 1}
	var name string
	err := q.QueryRowContext(ctx, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'meta'").Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return m, nil
	}
	if err != nil {
		return m, fmt.Errorf("read the store's format: %w", err)
	}
	rows, err := q.QueryContext(ctx, selectMeta)
	if err != nil {
		return m, fmt.Errorf("read the store's format: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			return m, fmt.Errorf("read the store's format: %w", err)
		}
		if err := m.set(key, value); err != nil {
			return m, fmt.Errorf("read the store's format: %s is %q: %w", key, value, err)
		}
	}
	if err := rows.Err(); err != nil {
		return m, fmt.Errorf("read the store's format: %w", err)
	}
	if m.format > formatNumber {
		return m, newer(m.format)
	}
	if m.format < 2 || m.hall == "" || m.form2 > 1<<62 {
		return m, errors.New("read the store's format: the table meta is not whole; restore a backup")
	}
	return m, nil
}

func (m *meta) set(key, value string) (err error) {
	switch key {
	case metaFormat:
		m.format, err = strconv.Atoi(value)
	case metaHall:
		m.hall = value
	case metaForm2:
		m.form2, err = strconv.ParseUint(value, 10, 62)
	case metaAccepted:
		m.accepted = new(Acceptance)
		err = json.Unmarshal([]byte(value), m.accepted)
	}
	return err
}

// The header of a SQLite file, as far as it is looked at: https://www.sqlite.org/fileformat.html, section 1.3.
const (
	headerSize    = 100
	headerMagic   = "SQLite format 3\x00"
	offPageSize   = 16
	offPages      = 28 // the file's size in pages
	offUserVer    = 60
	offChanges    = 24
	offValidFor   = 92 // the change counter for which offPages holds
	biggestPage   = 65536
	smallestPages = 512
)

// header is the first bytes of a database file.
type header [headerSize]byte

// probe reads the header of a database file that nobody in this process has open: to close any descriptor of the file gives up the
// locks that SQLite holds on it.
func probe(path string) (h header, err error) {
	f, err := os.Open(path)
	if err != nil {
		return h, err
	}
	defer f.Close() //nolint:errcheck // reading only
	if _, err := io.ReadFull(f, h[:]); err != nil {
		return h, fmt.Errorf("%s is no database: it is shorter than a header", path)
	}
	if string(h[:len(headerMagic)]) != headerMagic {
		return h, fmt.Errorf("%s is no database: it does not begin as one", path)
	}
	return h, nil
}

func (h *header) u32(at int) uint32 { return binary.BigEndian.Uint32(h[at:]) }

// format is the format that the file names; 1 names none.
func (h *header) format() int { return max(int(h.u32(offUserVer)), 1) }

// length is how long the file should be by its own header; 0 if it does not say.
func (h *header) length() int64 {
	size := int64(binary.BigEndian.Uint16(h[offPageSize:]))
	if size == 1 {
		size = biggestPage
	}
	if size < smallestPages || h.u32(offChanges) != h.u32(offValidFor) {
		return 0
	}
	return size * int64(h.u32(offPages))
}
