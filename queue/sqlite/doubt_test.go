package sqlite

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"halld/queue"
)

// writeInPlace puts other bytes into a file that stays the same file, as cat and cp do.
func writeInPlace(t *testing.T, path string, data []byte, flags int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|flags, 0)
	if err == nil {
		_, err = f.Write(data)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// settled looks at a store until it is known what became of its files.
func settled(t *testing.T, s *Store) error {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), "is being checked") {
			return err
		}
	}
	t.Fatal("the check never ended")
	return nil
}

// hall.db is written over in place, so that its name still leads to the same file: nothing is stored any more from the next look or commit on, the files are left
// as they are, and the next start refuses them. With the right file put back the hall goes on, at once and after a start.
func TestWrittenOverInPlace(t *testing.T) {
	t.Parallel()
	aHall := func(t *testing.T, dir string) (*Store, *writer) {
		s, err := Create(dir, Options{Reserve: -1})
		if err != nil {
			t.Fatal(err)
		}
		w := someDay(t, s)
		for range 3 {
			w.do(queue.Issue{Queue: "A"})
		}
		return s, w
	}
	another := func(t *testing.T, _ []byte) []byte { // made alike: the same length and the same header
		dir := filepath.Join(t.TempDir(), "other")
		s, w := aHall(t, dir)
		defer s.Close()
		w.do(queue.Issue{Queue: "A"})
		if _, err := s.checkpointWAL("PASSIVE"); err != nil {
			t.Fatal(err)
		}
		return readFile(t, filepath.Join(dir, hallFile))
	}
	for name, c := range map[string]struct {
		other func(t *testing.T, older []byte) []byte
		flags int
	}{
		"another hall":             {another, 0},
		"another hall, cut before": {another, os.O_TRUNC},
		"an older copy":            {func(_ *testing.T, older []byte) []byte { return older }, 0},
		"zeros":                    {func(_ *testing.T, older []byte) []byte { return make([]byte, len(older)) }, 0},
	} {
		for _, back := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", put back"}[back], func(t *testing.T) {
				t.Parallel()
				dir := filepath.Join(t.TempDir(), "hall")
				file := filepath.Join(dir, hallFile)
				s, w := aHall(t, dir)
				if _, err := s.checkpointWAL("PASSIVE"); err != nil {
					t.Fatal(err)
				}
				older := readFile(t, file)
				w.do(queue.Issue{Queue: "A"})
				if _, err := s.checkpointWAL("PASSIVE"); err != nil {
					t.Fatal(err)
				}
				w.do(queue.CallNext{Seat: at("1")})
				right := readFile(t, file)
				if len(older) != len(right) {
					t.Fatalf("the copy has %d bytes, the file %d: this proves less than it should", len(older), len(right))
				}
				if err := s.Check(); err != nil {
					t.Fatal(err)
				}
				other := c.other(t, older)
				time.Sleep(10 * time.Millisecond) // the file's time has the grain of the kernel's tick
				writeInPlace(t, file, other, c.flags)

				var b queue.Batch
				w.decide(&b, queue.Issue{Queue: "A"})
				if err := s.Commit(&b); !errors.Is(err, ErrGone) || !strings.Contains(err.Error(), "another program wrote to "+file) {
					t.Errorf("a commit: %v", err)
				}
				if err := settled(t, s); !errors.Is(err, ErrGone) || !strings.Contains(err.Error(), "another program wrote to "+file) || s.State().Fault == nil {
					t.Errorf("a look: %v", err)
				}
				if back {
					writeInPlace(t, file, right, os.O_TRUNC)
					if err := errors.Join(settled(t, s), s.State().Fault, s.Mark()); err != nil {
						t.Errorf("after it was put back: %v", err)
					}
					if got := issuedNumber(t, s); got != "A0008" {
						t.Errorf("the number after it is %s", got)
					}
					if rep := mustVerify(t, s.Reader); !rep.OK() {
						t.Errorf("verify: %q", rep.Faults)
					}
					if err := s.Close(); err != nil {
						t.Fatal(err)
					}
					again := openTest(t, dir)
					if got := issuedNumber(t, again); got != "A0009" {
						t.Errorf("after a new start the number is %s", got)
					}
					return
				}
				log := readFile(t, filepath.Join(dir, walFile))
				if err := s.Close(); err != nil {
					t.Logf("close: %v", err)
				}
				if !bytes.Equal(readFile(t, file), other) || !bytes.Equal(readFile(t, filepath.Join(dir, walFile)), log) {
					t.Error("the files were written to as the store was closed")
				}
				unchanged(t, dir, func() {
					if s, err := Open(dir, Options{Reserve: -1}); err == nil {
						t.Errorf("a start takes it; the next number is %s", issuedNumber(t, s))
						if err := s.Close(); err != nil {
							t.Error(err)
						}
					} else if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrLogCut) {
						t.Errorf("a start: %v", err)
					}
				})
				writeInPlace(t, file, right, os.O_TRUNC)
				if got := issuedNumber(t, openTest(t, dir)); got != "A0008" {
					t.Errorf("with the right file the next number is %s", got)
				}
			})
		}
	}
}

// Whoever only puts the times of the files back, as some programs that make copies do, holds the hall up for as long as its log is checked.
func TestOnlyTheTimeWasChanged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir)
	w := someDay(t, s)
	long := time.Now().Add(-time.Hour)
	for _, name := range []string{hallFile, walFile} {
		if err := os.Chtimes(filepath.Join(dir, name), long, long); err != nil {
			t.Fatal(err)
		}
		if err := s.Check(); !errors.Is(err, ErrGone) || !strings.Contains(err.Error(), "is being checked") {
			t.Errorf("%s: %v", name, err)
		}
		if err := errors.Join(settled(t, s), s.State().Fault); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		w.do(queue.Issue{Queue: "A"})
	}
	if a, err := readAnchor(dir); err != nil || a.end.file != shape(&s.shape, s.file.size) {
		t.Errorf("the anchor still doubts hall.db: %+v, %v", a, err)
	}
}

// A hall at work is not taken for one that somebody else writes to: two thousand commits, the log moved behind some of them, between others and by the end of a
// day, copies and checks meanwhile.
func TestNoFalseAlarm(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := day0
	s, err := Create(dir, Options{Now: func() time.Time { return now }, Reserve: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := someDay(t, s)
	s.pages = 12
	moved, before := 0, s.file.time
	for i := range 2000 {
		w.do([]queue.Command{queue.PauseWindow{Seat: at("2"), Reason: queue.Lunch}, queue.OpenWindow{Seat: at("2")}}[i%2])
		if s.file.time != before {
			moved++
		}
		if i%7 == 0 {
			now = now.Add(time.Duration(i%3) * quiet)
		}
		if i%400 == 0 {
			s.dayEnded = true
			if err := s.Backup(t.Context(), filepath.Join(dir, "backup", now.Format(time.DateOnly+"-150405")+".db")); err != nil {
				t.Fatal(err)
			}
			if rep := mustVerify(t, s.Reader); !rep.OK() {
				t.Fatalf("verify: %q", rep.Faults)
			}
		}
		if err := errors.Join(s.Check(), s.State().Problem); err != nil || s.doubt != nil {
			t.Fatalf("commit %d: %v", i, err)
		}
		before = s.file.time
	}
	if moved < 20 || s.wal.size > 4<<20 {
		t.Errorf("the log was moved behind %d commits and has %d bytes", moved, s.wal.size)
	}
}
