package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"halld/queue"
)

// forge appends an event to a log that is not open, with a right hash, as somebody could who has the folder.
func forge(t testing.TB, dir, kind, data string) {
	t.Helper()
	db, err := open(filepath.Join(dir, hallFile), settings{keys: map[string]string{"mode": "rw"}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	last, err := tail(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	e := stored{seq: last.seq + 1, at: day0.Add(time.Hour * 9).UnixMilli(), form: eventForm, kind: kind, data: []byte(data)}
	hash := e.link(last.hash)
	_, err = db.Exec("INSERT INTO events (seq, at, kind, data, hash, form) VALUES (?, ?, ?, ?, ?, ?)", int64(e.seq), e.at, kind, data, hash[:], e.form)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestEventsThatNoHallMakes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir)
	someDay(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ kind, data, words string }{
		"ticket unknown": {"ticket.done", `{"ticket":"20260302-Z999","window":"1","outcome":"done"}`, "is one that no hall makes"},
		"queue unknown":  {"band.warned", `{"queue":"Q","used":1,"of":2}`, "is one that no hall makes"},
		"unknown field":  {"day.closed", `{"day":"2026-03-02","mood":"good"}`, `unknown field "mood"`},
		"unknown kind":   {"coffee.made", `{}`, `kind "coffee.made" is not known`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := copyFolder(t, dir)
			forge(t, d, c.kind, c.data)
			r, err := OpenReader(d)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			rep, err := r.Verify(t.Context())
			if text := fmt.Sprint(err, rep.Faults); !strings.Contains(text, c.words) || !strings.Contains(text, "event 24") {
				t.Errorf("verify: %s; want %q", text, c.words)
			}
			s, err := Open(d, Options{Reserve: -1})
			if err == nil {
				defer s.Close()
				_, _, err = s.Load()
			}
			if err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("open: %v; want %q", err, c.words)
			}
		})
	}
}

func TestAcceptLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir)
	w := someDay(t, s)
	if _, err := s.checkpointWAL("TRUNCATE"); err != nil {
		t.Fatal(err)
	}
	kept := s.seq
	for range 3 {
		w.do(queue.Issue{Queue: "A"})
	}
	by := queue.Actor{Role: queue.Admin, Name: "赵"}
	whole := copyFolder(t, dir)
	if _, err := AcceptLog(whole, by, 0, Options{Reserve: -1}); !errors.Is(err, ErrNothingToAccept) {
		t.Errorf("a log that is whole: %v", err)
	}
	damaged := copyFolder(t, dir)
	edit(t, damaged, "UPDATE events SET data = replace(data, 'A0002', 'A0009') WHERE kind = 'ticket.issued'")
	remove(t, filepath.Join(damaged, anchorFile))
	if _, err := AcceptLog(damaged, by, 0, Options{Reserve: -1}); !errors.Is(err, ErrDamaged) {
		t.Errorf("a log that was changed: %v", err)
	}
	for name, c := range map[string]struct {
		change func(d string)
		skip   int // asked for
		want   Acceptance
	}{
		"cut":           {func(d string) { remove(t, filepath.Join(d, walFile)) }, 0, Acceptance{Seq: kept, Anchored: kept + 3, Skip: 3}},
		"cut, and told": {func(d string) { remove(t, filepath.Join(d, walFile)) }, 50, Acceptance{Seq: kept, Anchored: kept + 3, Skip: 50}},
		"no anchor":     {func(d string) { remove(t, filepath.Join(d, anchorFile)) }, 0, Acceptance{Seq: kept + 3, Skip: skipUnknown}},
	} {
		t.Run(name, func(t *testing.T) {
			d := copyFolder(t, dir)
			c.change(d)
			a, err := AcceptLog(d, by, c.skip, Options{Reserve: -1})
			if err != nil || a.Seq != c.want.Seq || a.Anchored != c.want.Anchored || a.Skip != c.want.Skip || a.By != by || a.Why == "" {
				t.Fatalf("accepted %+v, %v; want %+v", a, err, c.want)
			}
			s := openTest(t, d)
			if got, ok := s.Accepted(); !ok || got != a {
				t.Errorf("waiting: %+v, %v", got, ok)
			}
			// Nothing happens in the hall before the numbers are passed over.
			w := newWriter(t, s)
			var b queue.Batch
			w.decide(&b, queue.Issue{Queue: "A"})
			if err := s.Commit(&b); err == nil || !strings.Contains(err.Error(), KindAccepted) {
				t.Fatalf("a ticket before the numbers are passed over: %v", err)
			}
			b = queue.Batch{Events: []queue.Event{{Seq: s.seq + 1, At: w.now, Fact: queue.LogAccepted{Skip: 3}}}}
			w.commit(&b)
			if _, ok := s.Accepted(); ok {
				t.Error("the acceptance still waits")
			}
		})
	}
}

// The whole log is checked at a start only if something is strange about hall.db: neither after a clean end nor after a kill.
func TestStartIsCheap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir)
	w := someDay(t, s)
	if _, err := s.checkpointWAL("PASSIVE"); err != nil {
		t.Fatal(err)
	}
	w.do(queue.Issue{Queue: "A"})
	killed := copyFolder(t, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{dir, killed} {
		var log bytes.Buffer
		s, err := Open(d, Options{Reserve: -1, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if strings.Contains(log.String(), "WARN") {
			t.Errorf("warned at a start: %s", log.String())
		}
	}
}
