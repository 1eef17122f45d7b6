package sqlite

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"halld/queue"
)

// copyFolder copies a folder as it stands: of a store that is open, what a kill -9 leaves.
func copyFolder(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	for _, name := range []string{hallFile, walFile, anchorFile} {
		if _, err := os.Lstat(filepath.Join(from, name)); err == nil {
			copyFile(t, filepath.Join(from, name), filepath.Join(to, name))
		}
	}
	if err := barOlder(to, quietLog()); err != nil {
		t.Fatal(err)
	}
	return to
}

// bytesOf is a digest of every file of a folder, links by what they say.
func bytesOf(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if d.Type()&fs.ModeSymlink != 0 {
			to, err := os.Readlink(path)
			out[path] = "-> " + to
			return err
		}
		data, err := os.ReadFile(path)
		out[path] = fmt.Sprintf("%d bytes %x", len(data), sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// unchanged fails the test if f changed a byte in the folder, or made or removed a file.
func unchanged(t testing.TB, dir string, f func()) {
	t.Helper()
	before := bytesOf(t, dir)
	f()
	if after := bytesOf(t, dir); !maps.Equal(before, after) {
		t.Errorf("the folder was changed:\n%v\nwas\n%v", after, before)
	}
}

func truncate(t testing.TB, path string, size int64) {
	t.Helper()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

func remove(t testing.TB, paths ...string) {
	t.Helper()
	for _, p := range paths {
		if err := os.Remove(p); err != nil {
			t.Fatal(err)
		}
	}
}

func sizeOf(t testing.TB, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// issuedNumber takes a ticket in queue A.
func issuedNumber(t testing.TB, s *Store) string {
	t.Helper()
	return newWriter(t, s).do(queue.Issue{Queue: "A"}).Ticket.Number
}

// TestFolders opens what can become of a folder. Each is refused before a byte is changed, or recovered; no number is given twice. The
// hall has given A0000 to A0003 and went on to A0005 after its last quiet moment.
func TestFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir)
	w := someDay(t, s)
	if _, err := s.checkpointWAL("TRUNCATE"); err != nil {
		t.Fatal(err)
	}
	older := copyFolder(t, dir)
	w.do(queue.Issue{Queue: "A"})
	w.checkpoint()
	w.do(queue.Issue{Queue: "A"})
	const next = "A0006"

	for name, c := range map[string]struct {
		change func(dir string)
		err    error  // refused so
		words  string // and with these
	}{
		"as a kill leaves it": {change: func(string) {}},
		"log missing":         {func(d string) { remove(t, filepath.Join(d, walFile)) }, ErrLogCut, "events are gone"},
		"log empty":           {func(d string) { truncate(t, filepath.Join(d, walFile), 0) }, ErrLogCut, "events are gone"},
		"older log": {func(d string) {
			truncate(t, filepath.Join(d, walFile), 0)
			copyFile(t, filepath.Join(older, hallFile), filepath.Join(d, hallFile))
		}, ErrLogCut, "events are gone"},
		"hall.db alone": {func(d string) { remove(t, filepath.Join(d, walFile), filepath.Join(d, anchorFile)) }, ErrLogCut, "hall.anchor is missing"},
		"hall.db alone, copied into a new folder": {func(d string) {
			remove(t, filepath.Join(d, walFile), filepath.Join(d, anchorFile), filepath.Join(d, lockFile))
			if err := os.RemoveAll(filepath.Join(d, formatFolder)); err != nil {
				t.Fatal(err)
			}
		}, ErrLogCut, "hall.anchor is missing"},
		"hall.db missing": {func(d string) { remove(t, filepath.Join(d, hallFile)) }, ErrDamaged, "hall.db is gone"},
		"hall.db and its log missing": {func(d string) { remove(t, filepath.Join(d, hallFile), filepath.Join(d, walFile)) }, ErrDamaged,
			"hall.db is gone, but there is its hall.anchor"},
		"hall.db empty": {func(d string) { truncate(t, filepath.Join(d, hallFile), 0) }, ErrDamaged, "it is empty"},
		"hall.db cut":   {func(d string) { truncate(t, filepath.Join(d, hallFile), 3*4096) }, ErrDamaged, "it was cut"},
		"hall.db is something else": {func(d string) {
			if err := os.WriteFile(filepath.Join(d, hallFile), []byte(strings.Repeat("no database\n", 100_000)), 0o600); err != nil {
				t.Fatal(err)
			}
		}, ErrDamaged, "is no database"},
		"hall.db is another hall": {func(d string) {
			other := t.TempDir()
			s := openTest(t, other)
			someDay(t, s)
			for range 10 {
				issuedNumber(t, s)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			remove(t, filepath.Join(d, walFile))
			copyFile(t, filepath.Join(other, hallFile), filepath.Join(d, hallFile))
		}, ErrLogCut, "hall.anchor is of hall"},
		"hall.db is a link": {func(d string) {
			if err := errors.Join(os.Rename(filepath.Join(d, hallFile), filepath.Join(d, "x")), os.Symlink("x", filepath.Join(d, hallFile))); err != nil {
				t.Fatal(err)
			}
		}, nil, "is a link"},
		"hall.db has two names": {func(d string) {
			if err := os.Link(filepath.Join(d, hallFile), filepath.Join(d, "x")); err != nil {
				t.Fatal(err)
			}
		}, nil, "has another name"},
		"anchor missing": {func(d string) { remove(t, filepath.Join(d, anchorFile)) }, ErrLogCut, "hall.anchor is missing"},
		"anchor cut":     {func(d string) { truncate(t, filepath.Join(d, anchorFile), 300) }, ErrLogCut, "hall.anchor is damaged"},
		"anchor torn": {change: func(d string) { // the write of the newest slot was cut off; the other is one commit behind
			a, err := readAnchor(d)
			if err != nil {
				t.Fatal(err)
			}
			scribble(t, filepath.Join(d, anchorFile), int64(1+a.n%2)*anchorLine+100)
		}},
		"anchor scribbled": {func(d string) {
			scribble(t, filepath.Join(d, anchorFile), anchorLine+100)
			scribble(t, filepath.Join(d, anchorFile), 2*anchorLine+100)
		}, ErrLogCut, "hall.anchor is damaged"},
		"anchor of a newer format": {func(d string) { overwrite(t, filepath.Join(d, anchorFile), int64(len(anchorHead)), "9") }, ErrNewer, "is of format 9"},
		"database of a newer format": {func(d string) {
			remove(t, filepath.Join(d, anchorFile))
			overwrite(t, filepath.Join(d, hallFile), offUserVer, "\x00\x00\x00\x07")
		}, ErrNewer, "is of format 7"},
		"lock removed": {change: func(d string) { remove(t, filepath.Join(d, lockFile)) }},
		"lock a file": {change: func(d string) {
			remove(t, filepath.Join(d, lockFile))
			copyFile(t, filepath.Join(d, anchorFile), filepath.Join(d, lockFile))
		}},
		"lock a link to something of value": {change: func(d string) {
			remove(t, filepath.Join(d, lockFile))
			if err := os.Symlink(filepath.Join(older, hallFile), filepath.Join(d, lockFile)); err != nil {
				t.Fatal(err)
			}
		}},
		"a digit of the checkpoint changed": {change: func(d string) {
			edit(t, d, `UPDATE checkpoints SET data = replace(data, '"next":5', '"next":1') WHERE seq = (SELECT max(seq) FROM checkpoints)`)
		}},
		"checkpoints of an older form": {change: func(d string) { edit(t, d, `UPDATE checkpoints SET form = 1`) }},
		"tail cut off":                 {func(d string) { edit(t, d, `DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)`) }, ErrLogCut, "1 events are gone"},
		"event changed": {func(d string) {
			edit(t, d, `UPDATE events SET data = replace(data, 'A0002', 'A0009') WHERE kind = 'ticket.issued'`)
		},
			ErrDamaged, "was changed"},
	} {
		t.Run(name, func(t *testing.T) {
			d := copyFolder(t, dir)
			c.change(d)
			if c.words == "" {
				s := openTest(t, d)
				if got := issuedNumber(t, s); got != next {
					t.Errorf("the next number is %s, want %s", got, next)
				}
				if rep := mustVerify(t, s.Reader); !rep.OK() && !strings.Contains(name, "checkpoint") {
					t.Errorf("verify: %q", rep.Faults)
				}
				return
			}
			unchanged(t, d, func() {
				s, err := Open(d, Options{})
				if s != nil || err == nil || c.err != nil && !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.words) {
					t.Fatalf("opened: %v; want %v with %q", err, c.err, c.words)
				}
				r, err := OpenReader(d)
				if err != nil {
					return // refused, too
				}
				defer r.Close()
				if rep, err := r.Verify(t.Context()); err == nil && rep.OK() {
					t.Error("verify is content")
				}
			})
		})
	}
}

// TestLogCut cuts the write-ahead log at a hundred places, a frame's ends among them.
//
// Hard case: torn_last_record_truncated.
func TestLogCut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir)
	w := someDay(t, s)
	if _, err := s.checkpointWAL("TRUNCATE"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.do(queue.Issue{Queue: "A"})
	}
	whole := sizeOf(t, filepath.Join(dir, walFile))
	refused := 0
	for i := range int64(101) {
		d := copyFolder(t, dir)
		size := whole * i / 100
		if i%4 == 0 {
			size = 32 + (size-32)/4120*4120
		}
		truncate(t, filepath.Join(d, walFile), max(size, 0))
		s, err := Open(d, Options{Reserve: -1})
		if errors.Is(err, ErrLogCut) {
			refused++
			continue
		}
		if err != nil {
			t.Fatalf("cut to %d of %d bytes: %v", size, whole, err)
		}
		if got := issuedNumber(t, s); got != "A0007" {
			t.Errorf("cut to %d of %d bytes: the next number is %s, want A0007", size, whole, got)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if refused < 90 {
		t.Errorf("only %d of 101 cuts were refused", refused)
	}
}

func scribble(t testing.TB, path string, at int64) { overwrite(t, path, at, "\xff\xff\xff") }

func overwrite(t testing.TB, path string, at int64, data string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteAt([]byte(data), at)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// edit changes a hall that is not running with a program for databases, which moves the write-ahead log as it ends.
func edit(t testing.TB, dir, text string) {
	t.Helper()
	db, err := open(filepath.Join(dir, hallFile), settings{keys: map[string]string{"mode": "rw"}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	res, err := db.Exec(text)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); n == 0 || err != nil {
		t.Fatalf("nothing was changed: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenMakesNoHall(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	for _, dir := range []string{filepath.Join(base, "mistyped"), base} {
		unchanged(t, base, func() {
			if _, err := Open(dir, Options{}); !errors.Is(err, ErrNoHall) || !strings.Contains(err.Error(), "halld init") {
				t.Errorf("open: %v", err)
			}
			if _, err := OpenReader(dir); !errors.Is(err, ErrNoHall) {
				t.Errorf("read: %v", err)
			}
			if _, err := OpenSessions(dir); !errors.Is(err, ErrNoHall) {
				t.Errorf("logins: %v", err)
			}
		})
	}
}

func TestCreateSparesWhatIsThere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{hallFile, walFile, anchorFile} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		unchanged(t, dir, func() {
			if _, err := Create(dir, Options{}); !errors.Is(err, ErrIsHall) || !strings.Contains(err.Error(), name) {
				t.Errorf("over %s: %v", name, err)
			}
		})
	}
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "hall")
	s := openTest(t, dir)
	someDay(t, s)
	if err := s.Backup(t.Context(), filepath.Join(dir, "backup", "x.db")); err != nil {
		t.Fatal(err)
	}
	ses, err := OpenSessions(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer ses.Close()
	check := func() {
		t.Helper()
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.Type()&fs.ModeSymlink != 0 {
				return err
			}
			if info, err := d.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s is open to others: %v %v", path, info.Mode(), err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	check()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".", hallFile, anchorFile, sessionsFile} {
		if err := os.Chmod(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	openTest(t, dir)
	check()
}

// A program of format 1 opens hall.lock for writing before all else, and follows links: it gets no further.
func TestOlderProgramsStayOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir)
	someDay(t, s)
	crashed := copyFolder(t, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	former := os.Getenv("HALLD_FORMER") // a halld of format 1
	for _, d := range []string{dir, crashed} {
		unchanged(t, d, func() {
			f, err := os.OpenFile(filepath.Join(d, lockFile), os.O_RDWR|os.O_CREATE, 0o640)
			if !errors.Is(err, syscall.EISDIR) {
				t.Errorf("hall.lock can be opened: %v, %v", f, err)
			}
			if former == "" {
				return
			}
			for _, args := range [][]string{{"serve", "--listen", "127.0.0.1:0"}, {"export"}} {
				out, err := exec.Command(former, append(args, "--data", d)...).CombinedOutput()
				if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
					t.Errorf("%s %v: %v, %s", former, args, err, out)
				}
				t.Logf("%s: %s", args[0], out)
			}
		})
	}
	// What an older program holds is not taken from it.
	old := t.TempDir()
	copyFile(t, filepath.Join(dir, hallFile), filepath.Join(old, hallFile))
	f, err := os.OpenFile(filepath.Join(old, lockFile), os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(old, Options{}); !errors.Is(err, ErrInUse) {
		t.Errorf("beside an older program: %v", err)
	}
}

// TestFormat1 opens the folder of the last program of format 1, and goes on with it.
func TestFormat1(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	copyFile(t, filepath.Join("testdata", "format-1", hallFile), filepath.Join(dir, hallFile))
	data, err := os.ReadFile(filepath.Join("testdata", "format-1", "state.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Events   uint64                    `json:"events"`
		LastHash string                    `json:"last_hash"`
		Days     []string                  `json:"days"`
		Next     string                    `json:"next"` // number of queue A
		Tickets  map[string]map[string]any `json:"tickets"`
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(dir) // before it is brought to this format
	if err != nil {
		t.Fatal(err)
	}
	unchanged(t, dir, func() {
		if rep := mustVerify(t, r); !rep.OK() || rep.LastHash != want.LastHash || rep.Events != want.Events {
			t.Errorf("verify before: %+v", rep)
		}
	})
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	s := openTest(t, dir)
	hall, replayed, err := s.Load()
	if err != nil || hall.Seq() != want.Events || replayed != int(want.Events) {
		t.Fatalf("loaded event %v, %d replayed: %v", hall, replayed, err)
	}
	rep := mustVerify(t, s.Reader)
	if !rep.OK() || rep.LastHash != want.LastHash || rep.Tickets != len(want.Tickets) {
		t.Errorf("verify after: %+v", rep)
	}
	for id, fields := range want.Tickets {
		tk, err := s.Ticket(t.Context(), queue.TicketID(id))
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal([]byte(mustJSON(t, tk)), &got); err != nil {
			t.Fatal(err)
		}
		for k, v := range fields {
			if fmt.Sprint(got[k]) != fmt.Sprint(v) {
				t.Errorf("ticket %s: %s is %v, was %v", id, k, got[k], v)
			}
		}
	}
	days, err := s.Days(t.Context())
	if err != nil || fmt.Sprint(days) != fmt.Sprint(want.Days) {
		t.Errorf("days %v, %v; want %v", days, err, want.Days)
	}
	if got := issuedNumber(t, s); got != want.Next {
		t.Errorf("the next number is %s, want %s", got, want.Next)
	}
	if s.meta.form2 != want.Events+1 {
		t.Errorf("form 2 begins with event %d", s.meta.form2)
	}
	if rep := mustVerify(t, s.Reader); !rep.OK() {
		t.Errorf("verify, gone on with: %q", rep.Faults)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := openTest(t, dir)
	if rep := mustVerify(t, again.Reader); !rep.OK() || rep.Events <= want.Events {
		t.Errorf("opened again: %+v", rep)
	}
}
