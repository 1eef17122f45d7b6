package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"halld/queue"
)

const testDay = "2026-03-02"

var day0 = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

func testConfig() queue.Config {
	cfg := queue.Config{Name: "测试大厅",
		Queues: []queue.Queue{
			{ID: "A", Name: "甲", Prefix: "A", First: 0, Last: 9999, Width: 4, BandEnd: queue.StopAt},
			{ID: "B", Name: "乙", Prefix: "B", First: 0, Last: 9999, Width: 4, BandEnd: queue.StopAt},
		},
		WindowSetup: []queue.WindowSetup{{ID: "1", Queues: []queue.QueueID{"A", "B"}}, {ID: "2", Queues: []queue.QueueID{"A", "B"}}},
		Devices:     []queue.Device{{ID: "printer-1", Kind: "printer", Profile: "p", Port: "x"}},
	}
	cfg.Policy = queue.Policy{RecallLimit: 5, MissAfter: 3, ReturnAfter: 3, ReturnLimit: 1, UndoMissWithin: 10 * time.Minute, HoldLimit: 3, LegLimit: 6,
		PriorityHead: 15 * time.Minute, AppointmentHead: 10 * time.Minute, UnprovedGrace: time.Minute, FailedGrace: time.Minute, WarnAt: 90,
		RateWithin: 3 * time.Minute, Overtime: 4 * time.Hour}
	return cfg
}

// writer plays the engine's part: it decides, applies and commits one command at a time.
type writer struct {
	t    testing.TB
	s    *Store
	hall *queue.Hall
	now  time.Time
}

func newWriter(t testing.TB, s *Store) *writer {
	t.Helper()
	hall, _, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	now := day0
	if hall.LastAt().After(now) {
		now = hall.LastAt()
	}
	return &writer{t: t, s: s, hall: hall, now: now}
}

func (w *writer) decide(b *queue.Batch, cmd queue.Command) queue.Answer {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	events, err := w.hall.Decide(cmd, queue.When{Now: w.now, By: queue.Actor{Role: queue.Manager, Name: "test"}})
	if err != nil {
		w.t.Fatalf("%T: %v", cmd, err)
	}
	for _, e := range events {
		w.hall.Apply(e)
		b.Add(w.hall, e)
	}
	return w.hall.Answer(cmd, events)
}

func (w *writer) do(cmd queue.Command) queue.Answer {
	w.t.Helper()
	var b queue.Batch
	a := w.decide(&b, cmd)
	w.commit(&b)
	return a
}

func (w *writer) commit(b *queue.Batch) {
	w.t.Helper()
	if err := w.s.Commit(b); err != nil {
		w.t.Fatal(err)
	}
}

func (w *writer) checkpoint() {
	w.t.Helper()
	data, err := json.Marshal(w.hall)
	if err != nil {
		w.t.Fatal(err)
	}
	w.commit(&queue.Batch{Checkpoint: data})
}

func at(window string) queue.Seat { return queue.Seat{Window: queue.WindowID(window)} }

// openOrCreate opens the hall of a folder, or makes one there.
func openOrCreate(dir string, opts Options) (*Store, error) {
	s, err := Open(dir, opts)
	if errors.Is(err, ErrNoHall) {
		return Create(dir, opts)
	}
	return s, err
}

func openTest(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := openOrCreate(dir, Options{Reserve: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// someDay stores a small day with every kind of projection in it, and leaves it open.
func someDay(t testing.TB, s *Store) *writer {
	t.Helper()
	w := newWriter(t, s)
	w.do(queue.Configure{Config: testConfig()})
	w.do(queue.OpenDay{Day: testDay, Force: true})
	w.do(queue.OpenWindow{Seat: at("1"), Clerk: "王"})
	w.do(queue.OpenWindow{Seat: at("2"), Clerk: "李"})
	w.checkpoint()
	for range 4 {
		w.do(queue.Issue{Queue: "A"}) // A0000 to A0003
	}
	printed := w.do(queue.Issue{Queue: "B", Printer: "printer-1"}).Ticket // B0000
	job := queue.JobID(fmt.Sprintf("%s#1", printed.ID))
	w.do(queue.StartPrint{Job: job})
	w.do(queue.EndPrint{Job: job, Result: queue.PrintPrinted, Method: "gs-r"})
	w.do(queue.Issue{Queue: "B", Printer: "printer-1"}) // B0001 stays in the outbox
	w.do(queue.CallNext{Seat: at("1")})                 // A0000
	w.do(queue.Serve{Seat: at("1")})
	w.do(queue.CallNext{Seat: at("2")}) // A0001
	w.do(queue.Finish{Seat: at("1"), Outcome: queue.DoneAtOnce})
	w.do(queue.Rate{Ticket: "20260302-1", Level: 5, Source: queue.FromPad})
	w.do(queue.Serve{Seat: at("2")})
	w.do(queue.Transfer{Seat: at("2"), Queue: "B", Reason: "wrong queue"})
	w.do(queue.Cancel{Ticket: "20260302-4"})
	return w
}

func mustVerify(t testing.TB, r *Reader) Report {
	t.Helper()
	rep, err := r.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }
