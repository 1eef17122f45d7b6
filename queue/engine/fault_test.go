package engine_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"halld/queue"
	"halld/queue/engine"
	"halld/queue/sqlite"
)

var errDisk = errors.New("input/output error")

// faulty is a store whose disk can fail: a commit that reports failure and is nevertheless stored, one that is lost, and a store that
// stays away for a while. It counts what it was asked in order.
type faulty struct {
	engine.Store
	lose, keep atomic.Int32 // the next so many commits fail: lost, or stored all the same
	away       atomic.Int32 // so many marks fail after that
	mu         sync.Mutex
	calls      []string
}

func (f *faulty) note(s string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, s)
}

func (f *faulty) Commit(b *queue.Batch) error {
	if f.lose.Load() > 0 {
		f.lose.Add(-1)
		f.note("fail")
		return errDisk
	}
	err := f.Store.Commit(b)
	if f.keep.Load() > 0 {
		f.keep.Add(-1)
		f.note("fail")
		return errDisk
	}
	f.note("commit")
	return err
}

func (f *faulty) Mark() error {
	if f.away.Load() > 0 {
		f.away.Add(-1)
		f.note("mark fails")
		return errDisk
	}
	f.note("mark")
	return f.Store.Mark()
}

func (f *faulty) Load() (*queue.Hall, int, error) {
	f.note("load")
	return f.Store.Load()
}

func TestFailedCommitRebuildsTheHall(t *testing.T) {
	for name, arm := range map[string]func(*faulty){
		"lost":      func(f *faulty) { f.lose.Store(1) },
		"came back": func(f *faulty) { f.keep.Store(1) },
		"away":      func(f *faulty) { f.lose.Store(1); f.away.Store(3) },
	} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			s := openStore(t, t.TempDir())
			f := &faulty{Store: s}
			faults := make(chan error, 10)
			e := openEngine(t, f, engine.Options{OnFault: func(err error) { faults <- err }})
			setUp(t, e, 1, 1)
			do(t, e, queue.Issue{Queue: "A"})
			l := e.Listen(e.View().Seq, 10)
			<-l.C
			seen := e.View().Seq
			f.mu.Lock()
			f.calls = nil
			f.mu.Unlock()

			arm(f)
			_, err := e.Do(context.Background(), "k", somebody, queue.Issue{Queue: "A"})
			if !errors.Is(err, engine.ErrNotKnown) || !errors.Is(err, errDisk) {
				t.Fatalf("a failed commit was answered with %v", err)
			}
			if err := <-faults; !errors.Is(err, errDisk) {
				t.Errorf("told of the fault: %v", err)
			}
			if _, open := <-l.C; open {
				t.Error("a listener heard something of a batch in doubt")
			}
			// The caller repeats until it is known, and gets one number whichever way the commit went.
			var a queue.Answer
			for deadline := time.Now().Add(20 * time.Second); ; {
				a, err = e.Do(context.Background(), "k", somebody, queue.Issue{Queue: "A"})
				if err == nil {
					break
				}
				if !errors.Is(err, engine.ErrNotKnown) || time.Now().After(deadline) {
					t.Fatalf("repeated: %v", err)
				}
			}
			if a.Ticket.Number != "A0001" {
				t.Errorf("the repeated command got %s, want A0001", a.Ticket.Number)
			}
			if err := <-faults; err != nil {
				t.Errorf("told of the end of the fault: %v", err)
			}
			if v := e.View(); v.Queues[0].Issued != 2 || v.Seq != seen+1 || e.Faulty() {
				t.Errorf("after the rebuild: %d issued, event %d, faulty %v; want 2, %d, false", v.Queues[0].Issued, v.Seq, e.Faulty(), seen+1)
			}
			f.mu.Lock()
			calls := f.calls
			f.mu.Unlock()
			for i, c := range calls {
				if c == "load" && calls[i-1] != "mark" {
					t.Errorf("the hall was read without a marker before: %q", calls)
				}
			}
			if st := e.Stats(); st.Faults != 1 || st.Rebuilds != 1 {
				t.Errorf("stats: %d faults, %d rebuilds", st.Faults, st.Rebuilds)
			}
			verified(t, s)
			if err := errors.Join(e.Close(), s.Close()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestCloseWhileTheStoreIsAway(t *testing.T) {
	noLeaks(t)
	s := openStore(t, t.TempDir())
	f := &faulty{Store: s}
	e := openEngine(t, f, engine.Options{})
	setUp(t, e, 1, 1)
	f.lose.Store(1)
	f.away.Store(1 << 30)
	if _, err := e.Do(context.Background(), "", somebody, queue.Issue{Queue: "A"}); !errors.Is(err, engine.ErrNotKnown) {
		t.Fatal(err)
	}
	if !e.Faulty() {
		t.Error("not faulty")
	}
	if err := e.Close(); !errors.Is(err, errDisk) {
		t.Errorf("close: %v", err)
	}
	verified(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// A hall whose file is taken away stops within a second, though nobody asks it for anything, and goes on when it is put back.
func TestFileTakenAway(t *testing.T) {
	noLeaks(t)
	dir := t.TempDir()
	s := openStore(t, dir)
	faults := make(chan error, 10)
	e := openEngine(t, s, engine.Options{OnFault: func(err error) { faults <- err }})
	setUp(t, e, 1, 1)
	ticket := do(t, e, queue.Issue{Queue: "A"}).Ticket.ID
	file, away := filepath.Join(dir, "hall.db"), filepath.Join(dir, "away")
	if err := os.Rename(file, away); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := <-faults; !errors.Is(err, sqlite.ErrGone) || time.Since(start) > 2*time.Second {
		t.Errorf("told after %v: %v", time.Since(start), err)
	}
	if _, err := e.Do(context.Background(), "k", somebody, queue.Issue{Queue: "A"}); !errors.Is(err, engine.ErrNotKnown) || !e.Faulty() {
		t.Errorf("a ticket into a file that is gone: %v", err)
	}
	if _, err := e.Ticket(context.Background(), ticket); !errors.Is(err, engine.ErrNotKnown) {
		t.Errorf("a ticket is shown while the store is away: %v", err)
	}
	if err := os.Rename(away, file); err != nil {
		t.Fatal(err)
	}
	if err := <-faults; err != nil {
		t.Errorf("told of the end: %v", err)
	}
	if a := doKey(t, e, "k", queue.Issue{Queue: "A"}); a.Ticket.Number != "A0001" {
		t.Errorf("the next number is %s", a.Ticket.Number)
	}
	verified(t, s)
	if err := errors.Join(e.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
}
