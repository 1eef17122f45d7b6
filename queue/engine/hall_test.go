package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"halld/queue"
	"halld/queue/engine"
	"halld/queue/sqlite"
)

// somebody is who asks in these tests.
var somebody = queue.Actor{Role: queue.Manager, Name: "test"}

// hallConfig is a hall with queues A, B, … of ten thousand numbers each, all served by windows 1, 2, …
func hallConfig(queues, windows int) queue.Config {
	cfg := queue.Config{Name: "测试大厅", NameEn: "Test hall", Devices: []queue.Device{{ID: "printer-1", Kind: "printer", Profile: "epson-tm", Port: "none"}}}
	cfg.Departments = []queue.Department{{ID: "d", Name: "部门"}}
	var all []queue.QueueID
	for i := range queues {
		id := queue.QueueID(rune('A' + i))
		all = append(all, id)
		cfg.Queues = append(cfg.Queues, queue.Queue{ID: id, Name: "业务" + string(id), Prefix: string(id), First: 0, Last: 9999, Width: 4, BandEnd: queue.StopAt})
	}
	for i := range windows {
		cfg.WindowSetup = append(cfg.WindowSetup, queue.WindowSetup{ID: queue.WindowID(fmt.Sprint(i + 1)), Queues: all})
	}
	cfg.Policy = queue.Policy{RecallLimit: 5, MissAfter: 3, ReturnAfter: 3, ReturnLimit: 1, UndoMissWithin: 10 * time.Minute, HoldLimit: 3, LegLimit: 6,
		PriorityHead: 15 * time.Minute, AppointmentHead: 10 * time.Minute, UnprovedGrace: time.Minute, FailedGrace: time.Minute, WarnAt: 90,
		RateWithin: 3 * time.Minute, Overtime: 4 * time.Hour}
	return cfg
}

func openStore(t testing.TB, dir string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(dir, sqlite.Options{})
	if errors.Is(err, sqlite.ErrNoHall) {
		s, err = sqlite.Create(dir, sqlite.Options{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openEngine(t testing.TB, s engine.Store, opts engine.Options) *engine.Engine {
	t.Helper()
	e, err := engine.Open(s, opts)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// openHall starts a hall in a folder of its own; both parts are closed when the test ends.
func openHall(t testing.TB, queues, windows int) (*engine.Engine, *sqlite.Store) {
	t.Helper()
	s := openStore(t, t.TempDir())
	e := openEngine(t, s, engine.Options{})
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	setUp(t, e, queues, windows)
	return e, s
}

// setUp configures the hall, which opens by itself, and opens every window.
func setUp(t testing.TB, e *engine.Engine, queues, windows int) {
	t.Helper()
	do(t, e, queue.Configure{Config: hallConfig(queues, windows)})
	for i := range windows {
		do(t, e, queue.OpenWindow{Seat: seat(i + 1), Clerk: fmt.Sprintf("clerk %d", i+1)})
	}
}

func seat(window int) queue.Seat { return queue.Seat{Window: queue.WindowID(fmt.Sprint(window))} }

func do(t testing.TB, e *engine.Engine, cmd queue.Command) queue.Answer {
	t.Helper()
	return doKey(t, e, "", cmd)
}

func doKey(t testing.TB, e *engine.Engine, key string, cmd queue.Command) queue.Answer {
	t.Helper()
	a, err := e.Do(context.Background(), key, somebody, cmd)
	if err != nil {
		t.Fatalf("%T: %v", cmd, err)
	}
	return a
}

// verified fails the test unless the stored hall is what its events lead to.
func verified(t testing.TB, r interface {
	Verify(context.Context) (sqlite.Report, error)
}) sqlite.Report {
	t.Helper()
	rep, err := r.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if !rep.OK() {
		t.Fatalf("verify: %d faults: %q", rep.FaultCount, rep.Faults)
	}
	return rep
}

func noLeaks(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		goleak.VerifyNone(t, goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
	})
}
