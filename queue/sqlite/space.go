package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// ErrDiskFull says that a commit failed because the disk is full. By then the reserve was given up, so that what needs little (calls,
// outcomes, the end of the day) goes on; what needs most, new tickets, should wait until Full says no.
var ErrDiskFull = errors.New("the disk is full")

const (
	reserveBytes = 8 << 20
	leastReserve = 64 << 10 // a smaller one would help nobody
)

func isFull(err error) bool {
	var e sqlite3.Error
	if errors.As(err, &e) && (e.Code == sqlite3.ErrFull || errors.Is(e.SystemErrno, syscall.ENOSPC) || errors.Is(e.SystemErrno, syscall.EDQUOT)) {
		return true
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// Full reports whether the hall lives on its reserve. It may be called from any goroutine.
func (s *Store) Full() bool { return s.full.Load() }

func free(dir string) (uint64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("free space of %s: %w", dir, err)
	}
	return st.Bavail * uint64(st.Bsize), nil
}

// makeReserve lays blocks aside: the wanted ones, but at most a quarter of what is free. It reports whether there is a reserve.
func (s *Store) makeReserve() (bool, error) {
	path := filepath.Join(s.dir, reserveFile)
	info, err := os.Lstat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err == nil && info.Mode().IsRegular() && info.Size() >= leastReserve {
		s.kept = info.Size()
		return true, nil
	}
	left, err := free(s.dir)
	if err != nil {
		return false, err
	}
	size := min(s.reserve, int64(left/4))
	if size < leastReserve {
		return false, nil
	}
	if err := removeIfThere(path); err != nil {
		return false, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return false, err
	}
	err = syscall.Fallocate(int(f.Fd()), 0, 0, size)
	if errors.Is(err, syscall.EOPNOTSUPP) {
		err = fill(f, size)
	}
	err = errors.Join(err, f.Close())
	if isFull(err) {
		return false, removeIfThere(path)
	}
	if err == nil {
		s.kept = size
	}
	return err == nil, err
}

// fill writes zeros: some file systems cannot lay blocks aside.
func fill(f *os.File, size int64) error {
	zeros := make([]byte, 64<<10)
	for at := int64(0); at < size; at += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:min(int64(len(zeros)), size-at)], at); err != nil {
			return err
		}
	}
	return f.Sync()
}

// useReserve gives the reserve up when a write found the disk full.
func (s *Store) useReserve() {
	if s.full.Swap(true) {
		return
	}
	err := removeIfThere(filepath.Join(s.dir, reserveFile))
	s.log.Error("the disk is full: calls go on with the reserve, new tickets wait; make room on the disk", "folder", s.dir, "err", err)
	s.pages = autoPagesLow
}

// watchSpace notes what is free, and lays the reserve aside again when there is room for twice its size.
func (s *Store) watchSpace() error {
	if s.reserve <= 0 {
		return nil
	}
	left, err := free(s.dir)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.state.Free = left
	s.mu.Unlock()
	if !s.full.Load() {
		return nil
	}
	if left < uint64(max(2*s.kept, 4*leastReserve)) {
		return fmt.Errorf("%w: %d kB are left; calls go on with the reserve, new tickets wait; make room", ErrDiskFull, left>>10)
	}
	ok, err := s.makeReserve()
	if err != nil || !ok {
		return err
	}
	s.full.Store(false)
	s.pages = autoPages
	s.log.Info("there is room on the disk again: the reserve is laid aside, tickets may be given", "free_kB", left>>10)
	return nil
}
