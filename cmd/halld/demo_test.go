package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"halld/queue"
	"halld/queue/catalogue"
	"halld/queue/engine"
	"halld/queue/hallfile"
	"halld/queue/sqlite"
)

func TestDemoHallFile(t *testing.T) {
	t.Parallel()
	set, err := profiles()
	if err != nil {
		t.Fatal(err)
	}
	_, all := hallfile.Read(demoHall, hallfile.Options{Devices: checkDevices(set), Template: ticketText("demo.toml"), Today: "2026-11-30"})
	var codes []string
	for _, m := range all {
		if !m.Warning {
			t.Errorf("the demo's hall file has a mistake: %s", m.In("demo.toml", hallfile.English))
		}
		codes = append(codes, string(m.Code))
	}
	if want := []string{"catalogue/could-be-at-once", "catalogue/authority-without-paper", "catalogue/not-disclosed"}; !slices.Equal(codes, want) {
		t.Errorf("warnings: %v, want those that the file announces: %v", codes, want)
	}
	cfg, err := demoSetup()
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range cfg.Items {
		switch out := it.Withheld(); {
		case it.NameEn == "", len(it.Bring) != len(it.BringEn):
			t.Errorf("%s lacks its English", it.ID)
		case (len(out) > 0) != (it.ID == "medical"):
			t.Errorf("%s does not make public %v", it.ID, out)
		}
	}
}

// demoEngine starts the demo's hall in a folder at a moment of its own zone.
func demoEngine(t *testing.T, dir, at string) (*engine.Engine, *atomic.Int64) {
	t.Helper()
	cfg, err := demoSetup()
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation(cfg.Calendar.Zone)
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", at, zone)
	if err != nil {
		t.Fatal(err)
	}
	var now atomic.Int64
	now.Store(when.UnixMilli())
	store, err := sqlite.Open(dir, sqlite.Options{})
	if err != nil {
		if store, err = sqlite.Create(dir, sqlite.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	eng, err := engine.Open(store, engine.Options{Now: func() time.Time { return time.UnixMilli(now.Load()) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := eng.Close(); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := eng.Do(t.Context(), "", byScript, queue.Configure{Config: cfg}); err != nil {
		t.Fatal(err)
	}
	return eng, &now
}

func TestDemoIsOpenAtAnyHour(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ at, what string }{
		{"2026-11-30 10:00", "a working day"}, {"2026-11-30 12:30", "lunch"}, {"2026-11-30 03:00", "night"}, {"2026-11-30 18:30", "evening"}, {"2026-11-29 10:00", "Sunday"},
		{"2027-01-01 23:59", "New Year"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			eng, now := demoEngine(t, t.TempDir(), c.at)
			if err := openDemo(t.Context(), eng, time.UnixMilli(now.Load())); err != nil {
				t.Fatal(err)
			}
			if got := eng.View().Date; got != c.at[:10] {
				t.Errorf("the day of %s is open at %s", got, c.at)
			}
			if _, err := eng.Do(t.Context(), "", byScript, queue.Issue{Item: "house"}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDemoOnAnEarlierDaysFolder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ at, what string }{{"2026-11-30 18:30", "the same evening"}, {"2026-12-01 00:30", "past midnight"}, {"2026-12-03 11:00", "days later"}} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			t.Run("before", func(t *testing.T) {
				eng, now := demoEngine(t, dir, "2026-11-30 16:30")
				if err := openDemo(t.Context(), eng, time.UnixMilli(now.Load())); err != nil {
					t.Fatal(err)
				}
				seat := queue.Seat{Window: "5"}
				for _, cmd := range []queue.Command{queue.Issue{Item: "house"}, queue.Issue{Item: "house"}, queue.OpenWindow{Seat: seat, Clerk: "1005"}, queue.CallNext{Seat: seat}} {
					if _, err := eng.Do(t.Context(), "", byScript, cmd); err != nil {
						t.Fatal(err)
					}
				}
			})
			eng, now := demoEngine(t, dir, c.at)
			if err := openDemo(t.Context(), eng, time.UnixMilli(now.Load())); err != nil {
				t.Fatal(err)
			}
			if got := eng.View().Date; got != c.at[:10] {
				t.Errorf("the day of %s is open at %s", got, c.at)
			}
			if _, err := eng.Do(t.Context(), "", byScript, queue.Issue{Item: "house"}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDemoOpensAgainAfterClosingTime(t *testing.T) {
	t.Parallel()
	eng, now := demoEngine(t, t.TempDir(), "2026-11-30 16:58")
	read := func() time.Time { return time.UnixMilli(now.Load()) }
	if err := openDemo(t.Context(), eng, read()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		keepDemoOpen(ctx, eng, read, slog.New(slog.DiscardHandler))
	}()
	now.Add((5 * time.Minute).Milliseconds())
	if _, err := eng.Do(t.Context(), "", byScript, queue.OpenWindow{Seat: queue.Seat{Window: "5"}, Clerk: "1005"}); err != nil && queue.CodeOf(err) != queue.DayNotOpen {
		t.Fatal(err)
	}
	follow, found := context.WithTimeout(t.Context(), 20*time.Second)
	defer found()
	eng.Follow(follow, 64, func(told engine.Told) {
		if told.View.Day == "2026-11-30-2" {
			found()
		}
	})
	cancel()
	<-done
	if got := eng.View(); got.Day != "2026-11-30-2" {
		t.Errorf("after closing time the open day is %q", got.Day)
	}
}

func TestDayEndedByRule(t *testing.T) {
	t.Parallel()
	closed := queue.Event{Fact: queue.DayClosed{Day: "2026-11-30"}}
	rule, person := closed, closed
	rule.By, person.By = queue.ByRule("closing-time"), queue.Actor{Role: queue.Manager, Name: "9001"}
	for what, c := range map[string]struct {
		events []queue.Event
		want   bool
	}{"by a rule": {[]queue.Event{rule}, true}, "by a person": {[]queue.Event{person}, false}, "not at all": {[]queue.Event{{By: rule.By, Fact: queue.IssuePaused{}}}, false}} {
		if got := endedByRule(c.events); got != c.want {
			t.Errorf("closed %s: %v", what, got)
		}
	}
}

func TestGeneratedDay(t *testing.T) {
	t.Parallel()
	cfg, err := demoSetup()
	if err != nil {
		t.Fatal(err)
	}
	items := map[queue.ItemID]queue.Item{}
	for _, it := range cfg.Items {
		items[it.ID] = it
	}
	atDoor, priority, unsaid, came := map[queue.QueueID]int{}, 0, 0, map[queue.Outcome]int{}
	day := generatedDay(cfg, 0)
	for _, g := range day {
		it, ok := items[g.item]
		if !ok || it.Queue != g.queue {
			t.Fatalf("a guest of queue %s came for %q", g.queue, g.item)
		}
		if g.outcome.NeedsNote() && g.note == "" {
			t.Errorf("%s ends as %s without its reason", g.item, g.outcome)
		}
		if g.outcome == queue.DoneAtOnce && it.Handling == catalogue.Promised {
			t.Errorf("%s is promised for a day and yet done at once", g.item)
		}
		if g.arrival < time.Minute {
			atDoor[g.queue]++
		}
		if g.class == queue.Priority {
			priority++
		}
		if g.unsaid {
			unsaid++
		}
		came[g.outcome]++
	}
	if atDoor["C"] < rushAtDoor || atDoor["A"] >= rushAtDoor {
		t.Errorf("at the door stand %v", atDoor)
	}
	if priority == 0 || unsaid == 0 || unsaid*4 > len(day) {
		t.Errorf("of %d guests %d have priority and %d do not say their item", len(day), priority, unsaid)
	}
	for _, o := range []queue.Outcome{queue.DoneAtOnce, queue.Accepted, queue.Supplement, queue.Advice, queue.Collected, queue.Paid, queue.CouldNot} {
		if came[o] == 0 {
			t.Errorf("nobody's visit ends as %s", o)
		}
	}
	if !slices.Equal(day, generatedDay(cfg, 0)) || slices.Equal(day, generatedDay(cfg, 1)) {
		t.Error("a day is not the same again, or the next one is")
	}
}

func TestStaffOfDemo(t *testing.T) {
	t.Parallel()
	cfg, err := demoSetup()
	if err != nil {
		t.Fatal(err)
	}
	sits := map[string]queue.WindowID{}
	for _, w := range cfg.WindowSetup {
		id := staffOf(&cfg, w.ID)
		if p, ok := cfg.Person(queue.PersonID(id)); !ok || !slices.Contains(p.Windows, w.ID) || sits[id] != "" {
			t.Errorf("at window %s sits %q, who also sits at %q", w.ID, id, sits[id])
		}
		sits[id] = w.ID
	}
	cfg.People = nil
	if id := staffOf(&cfg, "3"); id == "" {
		t.Error("nobody sits at a window of a hall without people")
	}
}

func TestCrowdServes(t *testing.T) {
	t.Parallel()
	cfg, err := demoSetup()
	if err != nil {
		t.Fatal(err)
	}
	cfg.Devices = nil
	log := slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	sys, err := startSystem(t.Context(), systemOptions{Data: t.TempDir(), Create: true, Listen: "127.0.0.1:0", Config: &cfg, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer sys.close()
	if err := openDemo(t.Context(), sys.engine, time.Now()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	gone := make(chan struct{})
	began := make(chan struct{})
	begin := sync.OnceFunc(func() { close(began) })
	issued, done, clerks := 0, 0, map[string]bool{}
	do := func(cmd queue.Command) error {
		_, err := sys.engine.Do(ctx, "", byScript, cmd)
		return err
	}
	go func() {
		defer close(gone)
		sys.engine.Follow(ctx, 1024, func(told engine.Told) {
			begin()
			for _, e := range told.Events {
				switch f := e.Fact.(type) {
				case queue.WindowOpened:
					clerks[f.Clerk] = true
				case queue.TicketIssued:
					issued++
				case queue.TicketDone:
					if f.Note == "day closed" {
						continue
					}
					if f.Outcome == queue.NotStated {
						t.Errorf("%s ended without an outcome", f.Ticket)
					}
					if got, err := sys.store.Ticket(t.Context(), f.Ticket); err != nil || got.Item == "" {
						t.Errorf("%s was served for %q (%v)", f.Ticket, got.Item, err)
					}
					done++
					if done == 40 { // as over midnight: the clerks come back and the visitors go on
						if err := errors.Join(do(queue.CloseDay{Force: true}), do(queue.OpenDay{})); err != nil {
							t.Error(err)
						}
					}
					if done >= 80 && len(clerks) == len(cfg.WindowSetup) {
						cancel()
					}
				case queue.DayOpened:
					clear(clerks)
				}
			}
		})
	}()
	<-began
	generatedCrowd(cfg).play(ctx, sys, &simulators{}, 3600)
	<-gone
	if done < 80 || issued < done {
		t.Errorf("%d of %d were served", done, issued)
	}
	for id := range clerks {
		if _, ok := cfg.Person(queue.PersonID(id)); !ok {
			t.Errorf("a window was opened by %q", id)
		}
	}
	if len(clerks) != len(cfg.WindowSetup) {
		t.Errorf("windows were opened by %v", clerks)
	}
}
