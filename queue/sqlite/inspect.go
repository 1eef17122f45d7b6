package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// ErrLogCut says that the log is not the one that was written to last: its tail is gone, it is another hall's or an older copy, or nothing
// is left to tell. Numbers would be given twice, so the hall is not opened. AcceptLog goes on all the same.
var ErrLogCut = errors.New("the log is not known to be whole")

// ErrDamaged says that hall.db cannot be what SQLite left.
var ErrDamaged = errors.New("hall.db is damaged")

const (
	wayOut = "; nothing was changed. Put the missing file back (hall.db and hall.db-wal belong together), or restore a backup; " +
		"if neither is to be had, halld verify --accept-log goes on with the log as it is, beyond every number that may have been given"
	restore = "; nothing was changed. Put the right file back, or restore a backup"
)

// found is what stands in a folder, looked at without a lock, a write or a new file. Nobody else may write to it meanwhile.
type found struct {
	meta
	shape  header
	size   int64 // of hall.db
	wal    bool  // there is a write-ahead log with something in it
	anchor anchor
	noEnd  error // why there is no anchor to compare with
	end    mark  // of the log
}

// shape is what hall.db looks like from outside: it changes when SQLite moves the write-ahead log into it, and never by itself.
func shape(h *header, size int64) (out [8]byte) {
	buf := binary.BigEndian.AppendUint64(append(make([]byte, 0, headerSize+8), h[:]...), uint64(size))
	sum := sha256.Sum256(buf)
	copy(out[:], sum[:])
	return out
}

// inspect looks at a folder before anything is opened for writing, and says what is wrong with it.
func inspect(dir string, log *slog.Logger) (*found, error) {
	f, err := findFiles(dir)
	if err != nil {
		return nil, err
	}
	r, err := openUnused(dir, f.wal)
	if err != nil {
		return nil, fmt.Errorf("%w: %w%s", ErrDamaged, err, restore)
	}
	defer r.Close() //nolint:errcheck // reading only
	if err := f.read(r); err != nil {
		return f, err
	}
	if err := f.compare(context.Background(), r.db); err != nil {
		return f, err
	}
	if f.noEnd == nil && f.anchor.end.file != shape(&f.shape, f.size) {
		// The halld that ran last did not come to note what hall.db looks like: it was cut off in that very moment, or something else wrote.
		log.Warn("hall.db is not as halld left it; the whole log is checked, which may take a while", "file", filepath.Join(dir, hallFile))
		if err := f.deepCheck(r); err != nil {
			return f, err
		}
	}
	return f, nil
}

// findFiles looks at the files alone.
func findFiles(dir string) (*found, error) {
	f := new(found)
	info, err := regular(filepath.Join(dir, hallFile))
	if errors.Is(err, fs.ErrNotExist) {
		left, err := present(dir, walFile, anchorFile)
		if err != nil {
			return nil, err
		}
		if len(left) > 0 {
			return nil, fmt.Errorf("%w: hall.db is gone, but there is its %s%s", ErrDamaged, left[0], restore)
		}
		return nil, fmt.Errorf("%w: %s; make one with halld init, or correct --data", ErrNoHall, dir)
	}
	if err != nil {
		return nil, err
	}
	if f.anchor, f.noEnd = readAnchor(dir); errors.Is(f.noEnd, ErrNewer) {
		return nil, f.noEnd
	}
	wal, err := regular(filepath.Join(dir, walFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f.wal = err == nil && wal.Size() > 0
	f.size = info.Size()
	if f.size == 0 {
		return nil, fmt.Errorf("%w: it is empty; if this hall was never used, remove it and make one with halld init%s", ErrDamaged, restore)
	}
	if f.shape, err = probe(filepath.Join(dir, hallFile)); err != nil {
		return nil, fmt.Errorf("%w: %w%s", ErrDamaged, err, restore)
	}
	if n := f.shape.format(); n > formatNumber {
		return nil, newer(n)
	}
	if want := f.shape.length(); !f.wal && want > f.size {
		return nil, fmt.Errorf("%w: it is cut to %d bytes, by its own header it had %d%s", ErrDamaged, f.size, want, restore)
	}
	if f.noEnd == nil && f.size < f.anchor.end.size {
		return nil, fmt.Errorf("%w: it has %d bytes and had %d before; it was cut, or is an older copy%s", ErrDamaged, f.size, f.anchor.end.size, restore)
	}
	return f, nil
}

// openUnused opens the hall.db of a folder on which no halld runs, in a way that changes and makes no file.
func openUnused(dir string, wal bool) (*Reader, error) {
	how := still
	if wal {
		how = cold
	}
	path := filepath.Join(dir, hallFile)
	db, err := open(path, how, 1)
	if err != nil {
		return nil, err
	}
	r := &Reader{db: db, dir: dir, path: path, unused: true}
	if r.meta, err = readMeta(context.Background(), db); err != nil {
		return nil, joinClose(err, db)
	}
	return r, nil
}

// read takes what the database says.
func (f *found) read(r *Reader) (err error) {
	f.meta = r.meta
	if f.end, err = tail(context.Background(), r.db); err != nil {
		return fmt.Errorf("%w: %w%s", ErrDamaged, err, restore)
	}
	return nil
}

// tail reads where the log ends.
func tail(ctx context.Context, q querier) (m mark, err error) {
	var hash []byte
	err = q.QueryRowContext(ctx, "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").Scan(&m.seq, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return m, nil
	}
	if err != nil {
		return m, fmt.Errorf("read the last event: %w", err)
	}
	if len(hash) != len(m.hash) {
		return m, errors.New("read the last event: its hash is not one")
	}
	m.hash = [32]byte(hash)
	return m, nil
}

// compare holds the log against its anchor.
func (f *found) compare(ctx context.Context, q querier) error {
	if f.noEnd != nil {
		return f.mayLackAnchor()
	}
	return fits(ctx, q, &f.anchor, f.hall, f.end.seq)
}

// mayLackAnchor lets a folder of format 1, which had none, and one that was never used go without.
func (f *found) mayLackAnchor() error {
	if errors.Is(f.noEnd, errNoAnchor) && (f.format < 2 || f.end.seq == 0) {
		return nil
	}
	return fmt.Errorf("%w: %w, and without it nobody can tell whether the log, which ends at event %d, had more%s", ErrLogCut, f.noEnd, f.end.seq, wayOut)
}

// fits reports why a log that ends at a seq is not the one that an anchor knows.
func fits(ctx context.Context, q querier, a *anchor, hall string, last uint64) error {
	if a.hall != noHall && hall != "" && a.hall != hall {
		return fmt.Errorf("%w: hall.anchor is of hall %s and hall.db of hall %s%s", ErrLogCut, a.hall, hall, wayOut)
	}
	if last < a.end.seq {
		return fmt.Errorf("%w: it ends at event %d, and event %d was stored: %d events are gone%s", ErrLogCut, last, a.end.seq, a.end.seq-last, wayOut)
	}
	if a.end.seq == 0 {
		return nil
	}
	var hash []byte
	if err := q.QueryRowContext(ctx, "SELECT hash FROM events WHERE seq = ?", int64(a.end.seq)).Scan(&hash); err != nil {
		return fmt.Errorf("%w: event %d, which was stored, cannot be read: %w%s", ErrLogCut, a.end.seq, err, wayOut)
	}
	if string(hash) != string(a.end.hash[:]) {
		return fmt.Errorf("%w: event %d is not the one that was stored: this is another log, or it was rewritten%s", ErrLogCut, a.end.seq, wayOut)
	}
	return nil
}

// deepCheck checks the file and the whole log, checkpoints excepted: those are checked when they are used.
func (f *found) deepCheck(r *Reader) error {
	rep, err := r.verify(context.Background(), checks{derived: true})
	if err != nil {
		return fmt.Errorf("%w: %w%s", ErrDamaged, err, restore)
	}
	if !rep.OK() {
		return fmt.Errorf("%w: %s (%d faults in all; halld verify shows them)%s", ErrDamaged, rep.Faults[0], rep.FaultCount, restore)
	}
	return nil
}

// noHall stands in an anchor that was made before its hall had an ID.
const noHall = "-"

// fileState is how files look from outside, to see whether somebody wrote.
type fileState struct {
	name  string
	size  int64
	mtime int64
	inode uint64
}

func stateOf(dir string) (out []fileState, err error) {
	for _, name := range []string{hallFile, walFile} {
		info, err := os.Lstat(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		st, err := statOf(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		out = append(out, fileState{name: name, size: info.Size(), mtime: info.ModTime().UnixNano(), inode: st.Ino})
	}
	return out, nil
}
