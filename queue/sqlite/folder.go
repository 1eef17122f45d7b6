package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Files in a hall's folder.
const (
	hallFile     = "hall.db"
	walFile      = "hall.db-wal"
	shmFile      = "hall.db-shm"
	anchorFile   = "hall.anchor"
	reserveFile  = "hall.reserve"
	sessionsFile = "sessions.db"
	lockFile     = "hall.lock" // of format 1; since format 2 it keeps older programs out, see barOlder
	formatFolder = "format-2"  // what hall.lock points to since
)

// own are the files that nobody but the daemon has to read.
var own = []string{hallFile, walFile, shmFile, anchorFile, reserveFile, sessionsFile, sessionsFile + "-wal", sessionsFile + "-shm"}

// Errors of a folder that cannot be used.
var (
	// ErrInUse says that another process writes to the folder.
	ErrInUse = errors.New("another halld already runs on this folder")
	// ErrNotFound says that the store does not have what was asked for.
	ErrNotFound = errors.New("not found")
	// ErrNoHall says that a folder has no hall: it was never made, or the folder is another one than was meant.
	ErrNoHall = errors.New("there is no hall in this folder")
	// ErrIsHall says that a folder to make a hall in has one already, or what is left of one.
	ErrIsHall = errors.New("there is a hall in this folder already")
)

// regular looks at a file that must be an ordinary one, of one name: a link would let somebody choose what is written to, and a second
// name would let a second daemon in.
func regular(path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, fmt.Errorf("%s is a link; give the folder in which the file itself stands", path)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file", path)
	case ok && st.Nlink > 1:
		return nil, fmt.Errorf("%s has another name somewhere (%d links): two programs could write to it; remove the other name", path, st.Nlink)
	}
	return info, nil
}

// present lists which of the files are there.
func present(dir string, names ...string) (there []string, err error) {
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			there = append(there, name)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return there, nil
}

// Tries to get the folder: whoever only looks whether it is free holds it for a moment.
const (
	lockTries = 10
	lockPause = 20 * time.Millisecond
)

// lockFolder makes this process the only writer of a folder until it ends, however it ends. The folder itself is locked: no file has
// to be written for it, none can be a link, and none can be removed so that a second daemon gets in.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, fmt.Errorf("%w: %w; make one with halld init, or correct --data", ErrNoHall, err)
	}
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if try == lockTries || !errors.Is(err, syscall.EWOULDBLOCK) {
			break
		}
		time.Sleep(lockPause)
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("%w%s: stop it first, or use another folder", ErrInUse, process(anchorPID(dir)))
	} else {
		err = fmt.Errorf("this file system cannot lock a folder (%w): use a local disk", err)
	}
	return nil, joinClose(err, f)
}

func process(pid string) string {
	if pid == "" {
		return ""
	}
	return " (process " + pid + ")"
}

// running reports whether some process has the folder: one of this format, or an older one by its hall.lock.
func running(dir string) (bool, error) {
	f, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return false, err
	}
	defer f.Close() //nolint:errcheck // gives the lock up, if it was got
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	old, err := lockOlder(dir)
	if errors.Is(err, ErrInUse) {
		return true, nil
	}
	if old != nil {
		defer old.Close() //nolint:errcheck // gives the lock up
	}
	return false, err
}

// lockOlder locks out programs of format 1, which knew only hall.lock, for as long as the file is held. It follows no link and writes
// nothing. Without such a file there is nothing to hold.
func lockOlder(dir string) (*os.File, error) {
	path := filepath.Join(dir, lockFile)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil, nil // nothing to hold is no fault
	}
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		pid := make([]byte, 20)
		n, _ := f.Read(pid) // what cannot be read only leaves the message poorer
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = fmt.Errorf("%w%s: stop it first, or use another folder", ErrInUse, process(strings.TrimSpace(string(pid[:n]))))
		}
		return nil, joinClose(err, f)
	}
	return f, nil
}

const barText = `The hall in this folder is of format 2. The file hall.lock, which points here, keeps a halld of before that format out: it would change
the folder before it finds that it cannot read it, and says only that hall.lock is a directory. Install a halld that knows format 2.
大厅数据为格式 2。旧版 halld 无法打开,请安装新版。
`

// barOlder makes programs of format 1 fail before they touch anything. Such a program opens hall.lock for writing first of all, follows
// links, and moves the write-ahead log into hall.db before it looks at the version: so hall.lock is a link to a folder, which nobody
// can open for writing, on which nothing else depends, and which comes through every way of copying a folder.
func barOlder(dir string, log *slog.Logger) error {
	path := filepath.Join(dir, lockFile)
	info, err := os.Lstat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil && info.IsDir() {
		return nil // copied by something that follows links: as good
	}
	isLink := err == nil && info.Mode()&fs.ModeSymlink != 0
	switch err := os.Mkdir(filepath.Join(dir, formatFolder), 0o700); {
	case err == nil:
		if err := os.WriteFile(filepath.Join(dir, formatFolder, "README"), []byte(barText), 0o600); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	if isLink {
		to, err := os.Readlink(path)
		if err != nil {
			return err
		}
		if to == formatFolder {
			return nil
		}
		log.Warn("hall.lock was a link that halld did not make; it is put right, what it pointed to is untouched", "to", to)
	}
	next := path + ".new"
	if err := removeIfThere(next); err != nil {
		return err
	}
	if err := os.Symlink(formatFolder, next); err != nil {
		return err
	}
	return os.Rename(next, path)
}

// tighten takes the folder and its files away from everybody but their owner.
func tighten(dir string, log *slog.Logger) error {
	for _, name := range append([]string{"."}, own...) {
		path := filepath.Join(dir, name)
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o600)
		if info.IsDir() {
			mode = 0o700
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		if info.Mode().Perm()&^mode == 0 || info.Mode()&(fs.ModeSymlink|fs.ModeSticky) != 0 || !ok {
			continue
		}
		if int(st.Uid) != os.Geteuid() && os.Geteuid() != 0 {
			log.Warn("others may read a file of the hall, and it is not ours to change that", "file", path, "mode", info.Mode().Perm())
			continue
		}
		if err := os.Chmod(path, mode); err != nil {
			return err
		}
		log.Info("a file of the hall is now its owner's alone", "file", path, "was", info.Mode().Perm(), "is", mode)
	}
	return nil
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// newFile makes a file that was not there, for its owner alone.
func newFile(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
