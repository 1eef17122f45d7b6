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
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"halld/queue"
)

// KeepAnswers is how long an answer is kept under its idempotency key.
const KeepAnswers = 48 * time.Hour

const pruneEvery = 64 // commits between two looks for answers that are too old

// background is the writer's context: none of its statements may be cancelled.
var background = context.Background()

// Options are what a store may be told. The zero value works.
type Options struct {
	Log     *slog.Logger     // nil: nothing is logged
	Now     func() time.Time // nil: time.Now; only to know when the hall is quiet
	Reserve int64            // bytes kept on the disk for when it is full; 0: 8 MB, or a quarter of what is free; negative: none
}

// Store is an open hall.db with the only right to write it. Commit, Mark, Load, AnswerTo and Check belong to one goroutine, the engine's;
// State, Full and the methods of the Reader may be called from any.
type Store struct {
	*Reader
	log     *slog.Logger
	now     func() time.Time
	dir     string
	folder  *os.File // locked
	older   *os.File // hall.lock of a folder of format 1, locked
	db      *sql.DB
	conn    *sql.Conn // the one connection that writes
	st      statements
	meta    meta
	file    *watched // hall.db
	wal     *watched // hall.db-wal
	shape   header   // of hall.db after the last own write
	doubt   *doubt   // somebody else wrote to them; nil: nobody did
	anchor  anchor
	keeper  *keeper
	reserve int64 // bytes to lay aside; not positive: none
	kept    int64 // bytes laid aside last

	actor    actorText
	seq      uint64   // the last stored event
	hash     [32]byte // its hash
	commits  int
	inTx     bool      // a transaction may be open: its end failed
	wrote    time.Time // the last write
	moved    bool      // nothing was written since the log was moved into hall.db
	dayEnded bool      // since the log was emptied
	walLimit int64
	pages    int // of the write-ahead log, after which a commit moves it

	projector *projector // nil: begin with what is stored

	walBytes atomic.Int64
	full     atomic.Bool
	mu       sync.Mutex
	state    State
}

// Open opens the hall of a folder for writing and brings it to this version's format. It makes no hall: ErrNoHall if there is none. A
// second daemon on the same folder is refused, and so is a log that is not the one that was written to last (ErrLogCut), a damaged file
// (ErrDamaged) and a folder of a newer halld (ErrNewer), before anything is changed.
func Open(dir string, opts Options) (*Store, error) {
	s, err := newStore(dir, opts)
	if err == nil {
		err = s.open()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the hall in %s: %w", dir, err), s.abandon())
	}
	return s, nil
}

// Create makes an empty hall in a folder that has none, makes the folder if need be, and opens the hall.
func Create(dir string, opts Options) (*Store, error) {
	s, err := newStore(dir, opts)
	if err == nil {
		err = s.create()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make a hall in %s: %w", dir, err), s.abandon())
	}
	return s, nil
}

func newStore(dir string, opts Options) (*Store, error) {
	s := &Store{log: opts.Log, now: opts.Now, reserve: opts.Reserve, walLimit: walTooLong}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.reserve == 0 {
		s.reserve = reserveBytes
	}
	var err error
	s.dir, err = filepath.Abs(dir)
	return s, err
}

func (s *Store) lock() (err error) {
	if s.folder, err = lockFolder(s.dir); err != nil {
		return err
	}
	s.older, err = lockOlder(s.dir)
	return err
}

func (s *Store) open() error {
	if err := s.lock(); err != nil {
		return err
	}
	f, err := inspect(s.dir, s.log)
	if err != nil {
		return err
	}
	return s.begin(f)
}

// begin opens what was looked at and found good.
func (s *Store) begin(f *found) error {
	if err := tighten(s.dir, s.log); err != nil {
		return err
	}
	s.anchor = f.anchor
	if f.noEnd != nil {
		s.anchor = anchor{hall: f.hall, end: f.end}
		s.anchor.end.size, s.anchor.end.file = f.size, shape(&f.shape, f.size)
		if f.hall == "" {
			s.anchor.hall = noHall
		}
	}
	s.anchor.format = formatNumber
	if err := s.openAnchor(); err != nil { // before the database is of the new format: an anchor without need does no harm
		return err
	}
	if err := s.start(); err != nil {
		return err
	}
	if f.noEnd == nil && f.anchor.end.seq < s.seq {
		s.log.Info("the last run was cut off before it noted its last events; they are there", "noted", f.anchor.end.seq, "stored", s.seq)
	}
	if f.format < formatNumber {
		s.log.Info("the hall is brought to a new format; an older halld does not open it any more", "from", f.format, "to", formatNumber)
		if _, err := s.checkpointWAL("TRUNCATE"); err != nil { // so that the format stands in hall.db itself
			return err
		}
	}
	if err := s.anchored(); err != nil {
		return err
	}
	return s.fillProjections()
}

func (s *Store) openAnchor() error {
	f, err := writeAnchor(s.dir, &s.anchor)
	if err != nil {
		return fmt.Errorf("write hall.anchor: %w", err)
	}
	s.keeper = newKeeper(f)
	return nil
}

func (s *Store) create() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if err := s.lock(); err != nil {
		return err
	}
	left, err := present(s.dir, hallFile, walFile, shmFile, anchorFile)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return fmt.Errorf("%w: %s; take another folder, or move these files away first", ErrIsHall, strings.Join(left, ", "))
	}
	if err := newFile(filepath.Join(s.dir, hallFile)); err != nil {
		return err
	}
	if err := tighten(s.dir, s.log); err != nil {
		return err
	}
	s.anchor = anchor{format: formatNumber, hall: noHall}
	if err := s.openAnchor(); err != nil {
		return err
	}
	if err := s.start(); err != nil {
		return err
	}
	if _, err := s.checkpointWAL("TRUNCATE"); err != nil {
		return err
	}
	return errors.Join(s.anchored(), s.fillProjections(), syncFolder(s.dir))
}

// start opens the database. Nothing but this may have opened it in the process before.
func (s *Store) start() (err error) {
	path := filepath.Join(s.dir, hallFile)
	if s.db, err = open(path, writing, 1); err != nil {
		return err
	}
	if err := migrate(s.db, "migrations"); err != nil {
		return err
	}
	if s.conn, err = s.db.Conn(background); err != nil {
		return err
	}
	// Moving the log into the file costs two fsyncs inside a commit: do it seldom. A burst can make the log large; it shall not stay so.
	if _, err := s.conn.ExecContext(background, "PRAGMA journal_size_limit = 16777216; PRAGMA wal_autocheckpoint = 0"); err != nil {
		return fmt.Errorf("set up the write-ahead log: %w", err)
	}
	s.pages = autoPages
	if err := s.st.prepare(background, s.conn); err != nil {
		return err
	}
	if s.meta, err = readMeta(background, s.conn); err != nil {
		return err
	}
	if s.Reader, err = openReader(s.dir); err != nil {
		return err
	}
	if err := s.hold(); err != nil {
		return err
	}
	if s.anchor.hall != s.meta.hall {
		if err := s.nameAnchor(); err != nil {
			return err
		}
	}
	if err := barOlder(s.dir, s.log); err != nil {
		return fmt.Errorf("keep older programs out: %w", err)
	}
	if err := s.startReserve(); err != nil {
		return err
	}
	s.wrote = s.now()
	return s.readTail()
}

// nameAnchor gives an anchor that was made before its hall the hall's ID.
func (s *Store) nameAnchor() error {
	s.anchor.hall = s.meta.hall
	if err := s.keeper.close(); err != nil {
		return err
	}
	s.keeper = nil
	return s.openAnchor()
}

func (s *Store) startReserve() error {
	if s.reserve <= 0 {
		return nil
	}
	ok, err := s.makeReserve()
	if err != nil {
		return fmt.Errorf("lay a reserve aside: %w", err)
	}
	if !ok {
		s.useReserve()
	}
	return nil
}

// Close releases the folder. The engine must be closed before.
func (s *Store) Close() error {
	if s.conn == nil || s.file == nil {
		return s.abandon()
	}
	if s.ours() != nil {
		return errors.Join(s.leave(), s.abandon())
	}
	_, err := s.checkpointWAL("TRUNCATE")
	err = errors.Join(err, s.closeDB())
	// SQLite has done its last write: from now on the file looks the same until the next start.
	if e := s.file.note(); e == nil {
		if _, e := s.file.f.ReadAt(s.shape[:], 0); e == nil {
			e = s.anchorNow()
			err = errors.Join(err, e)
		}
	}
	return errors.Join(err, s.abandon())
}

func (s *Store) closeDB() error {
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
	s.Reader, s.conn, s.db = nil, nil, nil
	return errors.Join(errs...)
}

// abandon closes whatever is open, and writes nothing.
func (s *Store) abandon() error {
	if s == nil {
		return nil
	}
	s.doubt.end()
	err := errors.Join(s.closeDB(), s.keeper.close(), s.wal.close(), s.file.close())
	s.keeper, s.wal, s.file = nil, nil, nil
	for _, f := range []*os.File{s.older, s.folder} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	s.older, s.folder = nil, nil
	return err
}

// Commit stores a batch in one durable transaction. After an error the batch may or may not be stored: Mark, then Load.
func (s *Store) Commit(b *queue.Batch) error {
	if err := s.transact(func() error { return s.write(b) }); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// transact runs f between BEGIN and COMMIT. The chain's end in memory moves on only if all of it worked, and nothing is taken for stored
// that went into a file which is not the hall's any more.
func (s *Store) transact(f func() error) error {
	if err := s.ours(); err != nil {
		return s.setFault(err)
	}
	if s.inTx {
		if err := s.rollback(); err != nil {
			return err
		}
	}
	seq, hash, m, ended := s.seq, s.hash, s.meta, s.dayEnded
	err := s.tryTransact(f)
	if err == nil {
		return nil
	}
	s.seq, s.hash, s.meta, s.dayEnded = seq, hash, m, ended
	if isFull(err) {
		s.useReserve()
		err = fmt.Errorf("%w: %w", ErrDiskFull, err)
	}
	return err
}

func (s *Store) tryTransact(f func() error) error {
	if _, err := s.st.begin.ExecContext(background); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	s.inTx = true
	err := f()
	if err == nil {
		_, err = s.st.commit.ExecContext(background)
	}
	if err != nil {
		err = errors.Join(err, s.rollback())
		if e := s.noteLog(); e != nil { // what was written of it may have made the log longer
			err = errors.Join(err, s.setFault(e))
		}
		return err
	}
	s.inTx = false
	s.wrote, s.moved = s.now(), false
	if err := s.noteLog(); err != nil {
		return s.setFault(err)
	}
	if s.longLog() {
		if _, err := s.checkpointWAL("PASSIVE"); errors.Is(err, ErrGone) { // else it is tried again behind the next commit
			return s.setFault(err)
		}
	}
	return s.anchorNow()
}

// rollback ends a transaction whose statement or commit failed. SQLite may have ended it itself; then there is nothing to do.
func (s *Store) rollback() error {
	_, err := s.conn.ExecContext(background, "ROLLBACK")
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
	if err := s.project(b.Events); err != nil {
		return fmt.Errorf("days and spans: %w", err)
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
		_, err := s.conn.ExecContext(background, "UPDATE marker SET count = count + 1 WHERE id = 1")
		return err
	})
	if err != nil {
		return fmt.Errorf("mark: %w", err)
	}
	return nil
}
