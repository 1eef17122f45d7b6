package engine_test

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"halld/queue"
	"halld/queue/engine"
)

func TestSameKeySameAnswer(t *testing.T) {
	noLeaks(t)
	dir := t.TempDir()
	s := openStore(t, dir)
	e := openEngine(t, s, engine.Options{})
	setUp(t, e, 1, 1)
	first := doKey(t, e, "k1", queue.Issue{Queue: "A"})
	desk := queue.OpenWindow{Seat: queue.Seat{Window: "1", Holder: "desk"}, Clerk: "clerk 1"}
	opened := doKey(t, e, "k3", desk)
	do(t, e, queue.CallTicket{Seat: seat(1), Ticket: do(t, e, queue.Issue{Queue: "A"}).Ticket.ID, Reason: "test"})
	serving := doKey(t, e, "k4", queue.Serve{Seat: seat(1)})
	if serving.Window.Rate == "" || opened.Window.Holder != "desk" {
		t.Fatalf("nobody can rate %+v, or nobody holds %+v", serving.Window, opened.Window)
	}
	do(t, e, queue.Finish{Seat: seat(1)})
	_, refusal := e.Do(context.Background(), "k2", somebody, queue.Recall{Seat: seat(1)})
	if queue.CodeOf(refusal) != queue.WindowIdle {
		t.Fatalf("recall at an idle window: %v", refusal)
	}
	check := func(when string) {
		t.Helper()
		if again := doKey(t, e, "k1", queue.Issue{Queue: "A"}); !reflect.DeepEqual(again, first) {
			t.Errorf("%s: the same key answers %+v, first %+v", when, again, first)
		}
		for key, was := range map[string]struct {
			queue.Command
			queue.Answer
		}{"k3": {desk, opened}, "k4": {queue.Serve{Seat: seat(1)}, serving}} {
			if w := doKey(t, e, key, was.Command).Window; w.Holder != was.Window.Holder || w.Rate != was.Window.Rate {
				t.Errorf("%s: the same key answers with the window %+v, first %+v", when, w, was.Window)
			}
		}
		if _, err := e.Do(context.Background(), "k1", somebody, queue.Issue{Queue: "A", Class: queue.Priority}); queue.CodeOf(err) != queue.KeyReused {
			t.Errorf("%s: the same key with another command: %v", when, err)
		}
		if _, err := e.Do(context.Background(), "k2", somebody, queue.Recall{Seat: seat(1)}); queue.CodeOf(err) != queue.WindowIdle {
			t.Errorf("%s: the first refusal comes back, although the window is no longer idle: got %v", when, err)
		}
	}
	check("at once")
	do(t, e, queue.CallNext{Seat: seat(1)})
	check("later")
	if err := errors.Join(e.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, dir)
	e = openEngine(t, s, engine.Options{})
	check("after a restart")
	if n := e.View().Queues[0].Issued; n != 2 {
		t.Errorf("%d tickets were issued, want 2", n)
	}
	verified(t, s)
	if err := errors.Join(e.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
}

// The line of a queue says of everybody how many will be called before, as his ticket does: who is being printed has his place.
func TestLineCountsWhoIsBeingPrinted(t *testing.T) {
	noLeaks(t)
	e, _ := openHall(t, 1, 1)
	do(t, e, queue.Issue{Queue: "A", Printer: "printer-1"})
	waits := do(t, e, queue.Issue{Queue: "A"})
	line, total, err := e.Line(context.Background(), "A", 10)
	if err != nil || total != 1 || len(line) != 1 || line[0].Ticket.ID != waits.Ticket.ID || line[0].Ahead != 1 || waits.Ahead != 1 {
		t.Errorf("%+v, %d in all, %v; the ticket itself said %d ahead", line, total, err, waits.Ahead)
	}
}

// One key, asked with many times at once and once more after a restart: one ticket, and to everybody the same answer.
//
// Hard cases: same_key_ten_times_one_ticket, double_tap_gives_one_ticket. Of the latter the screen's part is in the visit: one key for one page, and a moment in which the end is
// not taken for a tap.
func TestManyAskWithOneKey(t *testing.T) {
	noLeaks(t)
	dir := t.TempDir()
	s := openStore(t, dir)
	e := openEngine(t, s, engine.Options{})
	setUp(t, e, 1, 1)
	answers := make(chan queue.Answer, 51)
	ask := func() {
		a, err := e.Do(context.Background(), "one", somebody, queue.Issue{Queue: "A"})
		if err != nil || a.Ticket.Number != "A0000" {
			t.Errorf("%+v, %v", a.Ticket, err)
		}
		answers <- a
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(ask)
	}
	wg.Wait()
	if err := errors.Join(e.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, dir)
	e = openEngine(t, s, engine.Options{})
	ask()
	close(answers)
	first := <-answers
	for a := range answers {
		if !reflect.DeepEqual(a, first) {
			t.Errorf("answered %+v, and %+v", first, a)
		}
	}
	if n := e.View().Queues[0].Issued; n != 1 {
		t.Errorf("%d tickets were issued, want 1", n)
	}
	verified(t, s)
	if err := errors.Join(e.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
}

// gate is a store whose commits wait until they are let through.
type gate struct {
	engine.Store
	entered chan struct{}
	let     chan struct{}
}

func (g *gate) Commit(b *queue.Batch) error {
	g.entered <- struct{}{}
	<-g.let
	return g.Store.Commit(b)
}

func TestNobodyHearsOfWhatIsNotStored(t *testing.T) {
	noLeaks(t)
	s := openStore(t, t.TempDir())
	defer s.Close()
	e := openEngine(t, s, engine.Options{})
	setUp(t, e, 1, 1)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	g := &gate{Store: s, entered: make(chan struct{}), let: make(chan struct{})}
	e = openEngine(t, g, engine.Options{})
	l := e.Listen(e.View().Seq, 4)
	<-l.C // how it stands
	before := e.View()
	ctx, cancel := context.WithCancel(context.Background())
	first, refused := make(chan error, 1), make(chan error, 1)
	go func() { _, err := e.Do(ctx, "k", somebody, queue.Issue{Queue: "A"}); first <- err }()
	<-g.entered
	if e.View() != before || len(l.C) != 0 {
		t.Error("a view or an event went out before the commit")
	}
	// A caller that gives up ends its wait; the command is done all the same.
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled caller got %v", err)
	}
	// A refusal that rests on an earlier command of its batch waits for that.
	go func() {
		_, err := e.Do(context.Background(), "", somebody, queue.CallNext{Seat: seat(1)})
		if err == nil {
			_, err = e.Do(context.Background(), "", somebody, queue.CallNext{Seat: seat(1)})
		}
		refused <- err
	}()
	g.let <- struct{}{}
	<-g.entered
	select {
	case err := <-refused:
		t.Errorf("answered before the commit: %v", err)
	default:
	}
	g.let <- struct{}{}
	if err := <-refused; queue.CodeOf(err) != queue.WindowBusy {
		t.Errorf("second call at a window: %v", err)
	}
	if a := doKey(t, e, "k", queue.Issue{Queue: "A"}); a.Ticket.Number != "A0000" {
		t.Errorf("the command of the caller that gave up was answered with %s", a.Ticket.Number)
	}
	l.Close()
	go func() { <-g.entered; g.let <- struct{}{} }() // the checkpoint
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Do(context.Background(), "", somebody, queue.Issue{Queue: "A"}); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("asked after the close: %v", err)
	}
}

func TestListeners(t *testing.T) {
	e, _ := openHall(t, 1, 1)
	start := e.View().Seq
	all, slow := e.Listen(0, 100), e.Listen(start, 1)
	defer all.Close()
	if told := <-all.C; told.View.Seq != start || len(told.Events) != int(start) {
		t.Errorf("a new listener hears %d events and view %d, want all %d", len(told.Events), told.View.Seq, start)
	}
	for range 5 {
		do(t, e, queue.Issue{Queue: "A"})
	}
	seq := start
	for seq < start+5 {
		told := <-all.C
		for _, ev := range told.Events {
			if seq++; ev.Seq != seq {
				t.Fatalf("heard event %d after %d", ev.Seq, seq-1)
			}
		}
		if told.View.Seq != seq {
			t.Errorf("view %d came with event %d", told.View.Seq, seq)
		}
	}
	deadline := time.After(10 * time.Second)
	for open := true; open; {
		select {
		case _, open = <-slow.C:
		case <-deadline:
			t.Fatal("a listener that fell behind was not dropped")
		}
	}
	slow.Close() // harmless
	again := e.Listen(start+2, 1)
	if told := <-again.C; len(told.Events) != 3 || told.Events[0].Seq != start+3 {
		t.Errorf("resumed after %d with %v", start+2, told.Events)
	}
	again.Close()
	if _, open := <-again.C; open {
		t.Error("C is open after Close")
	}
	ahead := e.Listen(start+500, 1)
	if told := <-ahead.C; len(told.Events) != 0 || told.View.Seq != start+5 {
		t.Errorf("a listener from the future got %v, want a fresh start", told)
	}
	ahead.Close()
	if st := e.Stats(); st.Dropped != 1 || st.Listeners != 1 {
		t.Errorf("stats: %d dropped, %d listening", st.Dropped, st.Listeners)
	}
}

func TestDueCommandsComeByThemselves(t *testing.T) {
	s := openStore(t, t.TempDir())
	e := openEngine(t, s, engine.Options{})
	cfg := hallConfig(1, 1)
	cfg.Policy.UnprovedGrace = 200 * time.Millisecond
	do(t, e, queue.Configure{Config: cfg})
	a := do(t, e, queue.Issue{Queue: "A", Printer: "printer-1"})
	job := queue.JobID(a.Ticket.ID + "#1")
	do(t, e, queue.StartPrint{Job: job})
	if jobs, err := s.Outbox(context.Background()); err != nil || len(jobs) != 1 || jobs[0].State != queue.PrintPrinting || jobs[0].Printer != "printer-1" {
		t.Errorf("outbox %+v, %v", jobs, err)
	}
	l := e.Listen(e.View().Seq, 10)
	defer l.Close()
	do(t, e, queue.EndPrint{Job: job, Result: queue.PrintUnknown, Problem: "no-answer"})
	deadline := time.After(20 * time.Second)
	for kept := false; !kept; {
		select {
		case told := <-l.C:
			for _, ev := range told.Events {
				f, ok := ev.Fact.(queue.TicketQueued)
				kept = kept || ok && f.Cause == queue.Unproved
			}
		case <-deadline:
			t.Fatal("the ticket without a proved print did not join the line")
		}
	}
	if got, err := e.Ticket(context.Background(), a.Ticket.ID); err != nil || got.Ticket.State != queue.Waiting {
		t.Errorf("%+v, %v", got.Ticket, err)
	}
	if _, err := e.Ticket(context.Background(), "nobody"); queue.CodeOf(err) != queue.UnknownTicket {
		t.Errorf("an unknown ticket: %v", err)
	}
	verified(t, s)
	if err := errors.Join(e.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
}
