package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// ErrGone says that the files of the hall are not the ones that were opened: nothing is stored in them any more.
var ErrGone = errors.New("the hall's files are not where they were")

// watched is a file that SQLite writes to, held to see whether its name still leads to it.
type watched struct {
	f    *os.File
	path string
	dev  uint64
	ino  uint64
	size int64            // as it was after the last own write: it does not shrink by itself
	time syscall.Timespec // of the last own write
}

func statOf(path string) (st syscall.Stat_t, err error) {
	if err := syscall.Lstat(path, &st); err != nil {
		return st, &os.PathError{Op: "lstat", Path: path, Err: err}
	}
	return st, nil
}

// watch holds a file. For hall.db it must be closed after SQLite closed the database, see probe.
func watch(dir, name string) (*watched, error) {
	w := &watched{path: filepath.Join(dir, name)}
	f, err := os.OpenFile(w.path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	var st syscall.Stat_t
	if err := syscall.Fstat(int(f.Fd()), &st); err != nil {
		return nil, joinClose(err, f)
	}
	w.f, w.dev, w.ino, w.size, w.time = f, st.Dev, st.Ino, st.Size, st.Mtim
	return w, nil
}

// here reports why the file's name does not lead to it any more.
func (w *watched) here() (st syscall.Stat_t, err error) {
	st, err = statOf(w.path)
	const back = "; nothing is stored any more. Put it back where it was, or stop halld and restore a backup"
	switch {
	case err != nil:
		return st, fmt.Errorf("%w: %s is gone (%w): it was removed, or its disk was taken away%s", ErrGone, w.path, err, back)
	case st.Dev != w.dev || st.Ino != w.ino:
		return st, fmt.Errorf("%w: %s was replaced by another file%s", ErrGone, w.path, back)
	case st.Nlink > 1:
		return st, fmt.Errorf("%w: %s has another name somewhere (%d links): two programs could write to it; remove the other name", ErrGone, w.path, st.Nlink)
	}
	return st, nil
}

// note takes down how the file looks after an own write. Nobody else writes to it, so until the next it looks the same.
func (w *watched) note() error {
	st, err := w.here()
	if err == nil {
		w.size, w.time = st.Size, st.Mtim
	}
	return err
}

func (w *watched) close() error {
	if w == nil {
		return nil
	}
	return w.f.Close()
}

// hold begins to watch the files of an opened store.
func (s *Store) hold() (err error) {
	if s.file, err = watch(s.dir, hallFile); err != nil {
		return err
	}
	if s.wal, err = watch(s.dir, walFile); err != nil {
		return err
	}
	return s.note()
}

// note takes down how the files look after the log was moved into hall.db, or found to be whole.
func (s *Store) note() error {
	for _, w := range []*watched{s.file, s.wal} {
		if err := w.note(); err != nil {
			return err
		}
	}
	if _, err := s.file.f.ReadAt(s.shape[:], 0); err != nil {
		return fmt.Errorf("%w: hall.db cannot be read: %w", ErrGone, err)
	}
	s.walBytes.Store(s.wal.size)
	return nil
}

// noteLog takes down how the files look after a commit, which writes to the write-ahead log alone.
func (s *Store) noteLog() error {
	if err := s.wal.note(); err != nil {
		return err
	}
	s.walBytes.Store(s.wal.size)
	return s.ours()
}

// ours reports why the files are not as the last own write left them.
func (s *Store) ours() error {
	var times [2]syscall.Timespec
	other := ""
	for i, w := range []*watched{s.file, s.wal} {
		st, err := w.here()
		if err != nil {
			return err
		}
		size := st.Size
		if times[i] = st.Mtim; st.Mtim != w.time && other == "" {
			other = w.path
		}
		if size < w.size {
			s.disown()
			return fmt.Errorf("%w: %s has %d bytes and had %d: it was cut; nothing is stored any more. Stop halld and start it again: it tells what is lost",
				ErrGone, w.path, size, w.size)
		}
	}
	var h header
	if _, err := s.file.f.ReadAt(h[:], 0); err != nil {
		return fmt.Errorf("%w: hall.db cannot be read: %w", ErrGone, err)
	}
	if h != s.shape {
		s.disown()
		return fmt.Errorf("%w: another program wrote to %s; nothing is stored any more. Stop halld, put the right file back, and start it again",
			ErrGone, s.file.path)
	}
	if other != "" {
		return s.doubted(other, times)
	}
	return nil
}

// State is how the store is, for whoever watches over the hall.
type State struct {
	Fault   error  // why nothing is stored; nil: all is well
	Problem error  // what a technician should see to, while the hall goes on
	Full    bool   // the disk is full: the reserve is in use, and no new tickets should be given
	Free    uint64 // bytes left on the disk, the reserve not counted
	WAL     int64  // bytes of the write-ahead log
}

// State may be called from any goroutine.
func (s *Store) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.state
	st.Full, st.WAL = s.full.Load(), s.walBytes.Load()
	return st
}

func (s *Store) setFault(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Fault = err
	return err
}

// setProblem tells the log when a problem begins and when it ends.
func (s *Store) setProblem(err error) {
	s.mu.Lock()
	before := s.state.Problem
	s.state.Problem = err
	s.mu.Unlock()
	switch {
	case err != nil && before == nil:
		s.log.Error("the store needs somebody to look at it; the hall goes on", "err", err)
	case err == nil && before != nil:
		s.log.Info("the store is well again")
	}
}

// Check looks whether the files of the hall are still the ones that were opened, and does what is best done when nothing else is to be
// done: moves the write-ahead log into hall.db, looks after the reserve. The engine calls it from its goroutine at least once a second;
// an error means that nothing can be stored, like one of Commit.
func (s *Store) Check() error {
	if err := s.ours(); err != nil {
		return s.setFault(fmt.Errorf("check the store: %w", err))
	}
	_ = s.setFault(nil) // returns what it was given
	problem := s.keepAnchor()
	if err := s.watchSpace(); problem == nil {
		problem = err
	}
	if err := s.tidy(s.now()); err != nil {
		if errors.Is(err, ErrGone) {
			return s.setFault(fmt.Errorf("check the store: %w", err))
		}
		if problem == nil {
			problem = err
		}
	}
	if limit := s.walLimit; problem == nil && s.wal.size > limit {
		problem = fmt.Errorf("the write-ahead log has grown to %d MB: somebody has been reading hall.db for long (a report, a copy, a check); end that program",
			s.wal.size>>20)
	}
	s.setProblem(problem)
	return nil
}

// Times of a quiet moment, and sizes of the write-ahead log.
const (
	quiet        = time.Second // without a commit: the log may be moved into the file, which takes two or three syncs
	autoPages    = 4000        // a busy hall moves it behind a commit when it has this many pages
	autoPagesLow = 100         // the same when the disk is full
	walTooLong   = 32 << 20    // twice what a busy hall needs: only a long reader makes it so
)

// tidy moves the write-ahead log into hall.db when the hall is quiet, so that little lives in the log alone. After the end of a day the
// log is emptied.
func (s *Store) tidy(now time.Time) error {
	if s.moved || s.inTx || now.Sub(s.wrote) < quiet {
		return nil
	}
	whole, err := s.checkpointWAL("PASSIVE")
	if err == nil && whole && s.dayEnded {
		if whole, err = s.checkpointWAL("TRUNCATE"); whole {
			s.dayEnded = false
		}
	}
	if err != nil {
		return fmt.Errorf("move the write-ahead log into hall.db: %w", err)
	}
	s.moved = whole
	if !whole {
		s.wrote = now // somebody reads; later
	}
	return s.anchorNow()
}

// checkpointWAL moves the log as far as readers let it, and reports whether that was all of it.
func (s *Store) checkpointWAL(how string) (whole bool, err error) {
	if how == "TRUNCATE" { // it waits for readers, and the hall shall not
		if _, err := s.conn.ExecContext(background, "PRAGMA busy_timeout = 50"); err != nil {
			return false, err
		}
		defer func() {
			_, e := s.conn.ExecContext(background, "PRAGMA busy_timeout = 5000")
			err = errors.Join(err, e)
		}()
	}
	var busy, frames, done int
	err = s.conn.QueryRowContext(background, "PRAGMA wal_checkpoint("+how+")").Scan(&busy, &frames, &done)
	if err = errors.Join(err, s.note()); err != nil { // one that failed may have written, too
		return false, err
	}
	return busy == 0 && frames == done, nil
}
