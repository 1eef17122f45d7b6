package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// anchorPace is how often the anchor is synced at most: a sync takes as long as a commit, and one anchor stands for all commits before.
const anchorPace = 20 * time.Millisecond

// keeper makes an anchor durable right after it was written, beside the commits.
type keeper struct {
	f    *os.File
	kick chan struct{}
	stop chan struct{}
	done chan struct{}
	mu   sync.Mutex
	err  error
}

func newKeeper(f *os.File) *keeper {
	k := &keeper{f: f, kick: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	go k.run()
	return k
}

func (k *keeper) run() {
	defer close(k.done)
	pace := time.NewTimer(0)
	defer pace.Stop()
	for {
		select {
		case <-k.stop:
			return
		case <-k.kick:
		}
		k.sync()
		pace.Reset(anchorPace)
		select {
		case <-k.stop:
			return
		case <-pace.C:
		}
	}
}

func (k *keeper) sync() {
	err := syscall.Fdatasync(int(k.f.Fd()))
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err = err
}

func (k *keeper) failed() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}

func (k *keeper) wake() {
	select {
	case k.kick <- struct{}{}:
	default: // it is awake
	}
}

// close syncs a last time and gives the file up.
func (k *keeper) close() error {
	if k == nil {
		return nil
	}
	close(k.stop)
	<-k.done
	k.sync()
	return errors.Join(k.failed(), k.f.Close())
}

// anchorNow writes the end of the log, as it is now, into the anchor. It is made durable right after.
func (s *Store) anchorNow() error {
	m := mark{seq: s.seq, hash: s.hash, file: shape(&s.shape, s.file.size), size: s.file.size}
	if m == s.anchor.end {
		return nil
	}
	if err := s.anchor.set(s.keeper.f, &m); err != nil {
		return fmt.Errorf("write down the end of the log: %w", err)
	}
	s.keeper.wake()
	return nil
}

// anchored holds a log that was just loaded against the anchor, and takes its end as the new one.
func (s *Store) anchored() error {
	if err := fits(background, s.conn, &s.anchor, s.meta.hall, s.seq); err != nil {
		return s.setFault(err)
	}
	return s.anchorNow()
}

// keepAnchor puts the anchor back when somebody took it away.
func (s *Store) keepAnchor() error {
	path := filepath.Join(s.dir, anchorFile)
	var held syscall.Stat_t
	if err := syscall.Fstat(int(s.keeper.f.Fd()), &held); err != nil {
		return fmt.Errorf("hall.anchor: %w", err)
	}
	st, err := statOf(path)
	if err == nil && st.Ino == held.Ino && st.Dev == held.Dev && st.Size == anchorSize && s.keeper.failed() == nil {
		return nil
	}
	s.log.Warn("hall.anchor is not the file that it was; it is written anew", "file", path, "err", errors.Join(err, s.keeper.failed()))
	f, err := writeAnchor(s.dir, &s.anchor)
	if err != nil {
		return fmt.Errorf("write hall.anchor anew: %w", err)
	}
	old := s.keeper
	s.keeper = newKeeper(f)
	if err := old.close(); err != nil {
		s.log.Warn("the old hall.anchor could not be closed", "err", err)
	}
	return nil
}
