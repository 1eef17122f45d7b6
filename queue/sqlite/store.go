// Package sqlite keeps a hall in a SQLite file: the chain of events, and beside it what is derived from them. It is the only package
// that knows SQLite. It decides nothing: it stores what the engine decided, and reads it back.
//
// One connection writes, without contexts: a cancelled context inside a transaction would roll it back and let later statements
// commit one by one. Four connections read.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"halld/queue"
)

// Files in a hall's folder.
const (
	hallFile     = "hall.db"
	sessionsFile = "sessions.db"
	lockFile     = "hall.lock"
)

// KeepAnswers is how long an answer is kept under its idempotency key.
const KeepAnswers = 48 * time.Hour

const pruneEvery = 64 // commits between two looks for answers that are too old

// Options are what a store may be told. The zero value works.
type Options struct {
	Log *slog.Logger // nil: nothing is logged
}

// Store is an open hall.db with the only right to write it. Commit, Mark, Load and AnswerTo belong to one goroutine, the engine's;
// the methods of the Reader may be called from any.
type Store struct {
	*Reader
	log  *slog.Logger
	dir  string
	lock *os.File
	db   *sql.DB
	conn *sql.Conn // the one connection that writes
	st   statements

	seq     uint64   // the last stored event
	hash    [32]byte // its hash
	commits int
	inTx    bool // a transaction may be open: its end failed
}

// Open opens DIR/hall.db for writing, makes it if there is none, and brings it to this version's form. A second daemon on the same
// folder is refused.
func Open(dir string, opts Options) (*Store, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	s := &Store{log: opts.Log, dir: dir}
	if err := s.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("open the store in %s: %w", dir, err), s.Close())
	}
	return s, nil
}

func (s *Store) open() (err error) {
	if s.lock, err = takeLock(s.dir); err != nil {
		return err
	}
	path := filepath.Join(s.dir, hallFile)
	if s.db, err = open(path, writing, 1); err != nil {
		return err
	}
	if err := migrate(s.db, "migrations"); err != nil {
		return err
	}
	ctx := context.Background()
	if s.conn, err = s.db.Conn(ctx); err != nil {
		return err
	}
	// Moving the log into the file costs two fsyncs inside a commit: do it seldom. A burst can make the log large; it shall not stay so.
	if _, err := s.conn.ExecContext(ctx, "PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 4000"); err != nil {
		return fmt.Errorf("set up the write-ahead log: %w", err)
	}
	if err := s.st.prepare(ctx, s.conn); err != nil {
		return err
	}
	if s.Reader, err = openReader(path); err != nil {
		return err
	}
	return s.readTail()
}

// Close releases the file. The engine must be closed before.
func (s *Store) Close() error {
	var errs []error
	if s.Reader != nil {
		errs = append(errs, s.Reader.Close())
	}
	s.st.close()
	if s.conn != nil {
		errs = append(errs, s.conn.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	s.Reader, s.conn, s.db, s.lock = nil, nil, nil, nil
	return errors.Join(errs...)
}

// takeLock makes this process the only writer of a folder until it ends, however it ends.
func takeLock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		pid := make([]byte, 20)
		n, _ := f.Read(pid) //nolint:errcheck // only makes the message richer
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = fmt.Errorf("%w (process %s): stop it first, or use another folder", ErrInUse, strings.TrimSpace(string(pid[:n])))
		}
		return nil, joinClose(err, f)
	}
	if err := f.Truncate(0); err != nil {
		return nil, joinClose(err, f)
	}
	if _, err := f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0); err != nil {
		return nil, joinClose(err, f)
	}
	return f, nil
}

// ErrInUse says that another process writes to the folder.
var ErrInUse = errors.New("another halld already runs on this folder")

// ErrNotFound says that the store does not have what was asked for.
var ErrNotFound = errors.New("not found")

// ErrNoHall says that a folder has no hall.db.
var ErrNoHall = errors.New("there is no hall in this folder")

// Commit stores a batch in one durable transaction. After an error the batch may or may not be stored: Mark, then Load.
func (s *Store) Commit(b *queue.Batch) error {
	if err := s.transact(func() error { return s.write(b) }); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// transact runs f between BEGIN and COMMIT. The chain's end in memory moves on only if all of it worked.
func (s *Store) transact(f func() error) error {
	ctx := context.Background()
	if s.inTx {
		if err := s.rollback(); err != nil {
			return err
		}
	}
	seq, hash := s.seq, s.hash
	if _, err := s.st.begin.ExecContext(ctx); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	s.inTx = true
	err := f()
	if err == nil {
		_, err = s.st.commit.ExecContext(ctx)
	}
	if err != nil {
		s.seq, s.hash = seq, hash
		return errors.Join(err, s.rollback())
	}
	s.inTx = false
	return nil
}

// rollback ends a transaction whose statement or commit failed. SQLite may have ended it itself; then there is nothing to do.
func (s *Store) rollback() error {
	_, err := s.conn.ExecContext(context.Background(), "ROLLBACK")
	if err != nil && !strings.Contains(err.Error(), "no transaction is active") { // SQLite has no code of its own for it
		return fmt.Errorf("roll back: %w", err)
	}
	s.inTx = false
	return nil
}

func (s *Store) write(b *queue.Batch) error {
	if err := s.writeEvents(b.Events); err != nil {
		return fmt.Errorf("events: %w", err)
	}
	if err := s.writeTickets(b.Tickets); err != nil {
		return fmt.Errorf("tickets: %w", err)
	}
	if err := s.writeOutbox(b.Jobs, b.Ended); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	if err := s.writeAnswers(b.Answers); err != nil {
		return fmt.Errorf("answers: %w", err)
	}
	if err := s.writeCheckpoint(b.Checkpoint); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// Mark commits a row of its own. In WAL mode a commit whose fsync failed is invisible and yet comes back after a crash; once another
// commit succeeded it stays away.
func (s *Store) Mark() error {
	err := s.transact(func() error {
		_, err := s.conn.ExecContext(context.Background(), "UPDATE marker SET count = count + 1 WHERE id = 1")
		return err
	})
	if err != nil {
		return fmt.Errorf("mark: %w", err)
	}
	return nil
}

// exists reports ErrNoHall for a folder without the file: opening it read-only would only say "unable to open".
func exists(path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrNoHall, path)
	} else if err != nil {
		return err
	}
	return nil
}
