package sqlite_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"halld/queue"
	"halld/queue/catalogue"
	"halld/queue/engine"
	"halld/queue/sqlite"
)

func init() {
	// A failing case is printed whole; each case is a folder of its own, which takes its time.
	if err := errors.Join(flag.Set("rapid.nofailfile", "true"), flag.Set("rapid.checks", "25")); err != nil {
		panic(err)
	}
}

// machine is a machine's clock that tests turn.
type machine struct {
	mu    sync.Mutex
	truth time.Time
	step  time.Duration // how far what it shows is off
	unset bool          // it shows 1970
	on    time.Duration
}

func (m *machine) now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.unset {
		return time.Unix(0, 0).Add(m.on)
	}
	return m.truth.Add(m.step)
}

func (m *machine) boot() time.Duration { m.mu.Lock(); defer m.mu.Unlock(); return m.on }

func (m *machine) pass(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.truth, m.on = m.truth.Add(d), m.on+d
}

func (m *machine) set(unset bool, step time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unset, m.step = unset, step
}

// driven is a hall that runs on a folder under such a clock.
type driven struct {
	t     rapid.TB
	dir   string
	clock machine
	store *sqlite.Store
	e     *engine.Engine
	ids   []queue.TicketID
}

func (d *driven) start() {
	d.t.Helper()
	var err error
	opts := sqlite.Options{Reserve: -1, Now: d.clock.now}
	if d.store, err = sqlite.Open(d.dir, opts); errors.Is(err, sqlite.ErrNoHall) {
		d.store, err = sqlite.Create(d.dir, opts)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	if d.e, err = engine.Open(d.store, engine.Options{Now: d.clock.now, Boot: d.clock.boot}); err != nil {
		d.t.Fatal(err)
	}
}

func (d *driven) stop() {
	d.t.Helper()
	if err := errors.Join(d.e.Close(), d.store.Close()); err != nil {
		d.t.Fatal(err)
	}
}

var manager = queue.Actor{Role: queue.Manager, Name: "值班", Device: "desk"}

// ask gives a command and expects an answer or a refusal.
func (d *driven) ask(cmd queue.Command) (queue.Answer, error) {
	d.t.Helper()
	return d.askAs(manager, cmd)
}

func (d *driven) askAs(by queue.Actor, cmd queue.Command) (queue.Answer, error) {
	d.t.Helper()
	a, err := d.e.Do(context.Background(), "", by, cmd)
	if err != nil && queue.CodeOf(err) == "" {
		d.t.Fatalf("%T: %v", cmd, err)
	}
	if a.Ticket != nil && !slices.Contains(d.ids, a.Ticket.ID) {
		d.ids = append(d.ids, a.Ticket.ID)
	}
	return a, err
}

func (d *driven) must(cmd queue.Command) queue.Answer {
	d.t.Helper()
	a, err := d.ask(cmd)
	if err != nil {
		d.t.Fatalf("%T: %v", cmd, err)
	}
	return a
}

// story is the log in words.
func (d *driven) story() string {
	var b strings.Builder
	events, err := d.store.Events(context.Background(), 0, 0)
	for _, e := range events {
		f := e.Fact
		if _, ok := f.(queue.Configured); ok {
			f = nil
		}
		fmt.Fprintf(&b, "%d %s %s %s %+v\n", e.Seq, e.At.Format(time.DateTime), e.Clock, e.Fact.Kind(), f)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return b.String()
}

// variants are the ways in which a small hall is set up.
func variant(n int) queue.Config {
	cfg := queue.Config{Name: "小厅", NameEn: "Small hall", Departments: []queue.Department{{ID: "d", Name: "部门"}},
		Items: []queue.Item{{ID: "i", Name: "新办", NameEn: "New", Department: "d", Queue: "A"}, {ID: "j", Name: fmt.Sprintf("变更%d", n), Department: "d", Queue: "B"}},
		Queues: []queue.Queue{
			{ID: "A", Name: "甲", Prefix: "A", First: 1, Last: 6, Width: 3, BandEnd: queue.Widen},
			{ID: "B", Name: "乙", Prefix: "B", First: 1, Last: 5, Width: 3, BandEnd: queue.Reserve, Reserve: "X"}},
		WindowSetup: []queue.WindowSetup{{ID: "1", Queues: []queue.QueueID{"A", "B"}}, {ID: "2", Queues: []queue.QueueID{"B", "A"}}},
		Devices:     []queue.Device{{ID: "p", Kind: "printer", Profile: "epson-tm", Port: "none"}},
		Policy: queue.Policy{RecallLimit: 3, MissAfter: 2, ReturnAfter: 2, ReturnLimit: 2, UndoMissWithin: 10 * time.Minute, HoldLimit: 2, LegLimit: 4,
			PriorityHead: 15 * time.Minute, AppointmentHead: 10 * time.Minute, UnprovedGrace: time.Minute, FailedGrace: time.Minute, WarnAt: 50, RateWithin: 3 * time.Minute,
			Overtime: 2 * time.Hour}}
	if n > 0 { // with people
		cfg.People = []queue.Person{{ID: "1001", Name: "王", Role: queue.Handler}, {ID: "1002", Name: "李", Role: queue.Handler, Windows: []queue.WindowID{"2"}}}
	}
	if n != 1 { // with a third queue and window
		cfg.Queues = append(cfg.Queues, queue.Queue{ID: "C", Name: "丙", Prefix: "C", First: 1, Last: 9, Width: 3, BandEnd: queue.StopAt})
		cfg.WindowSetup = append(cfg.WindowSetup, queue.WindowSetup{ID: "3", Queues: []queue.QueueID{"C"}})
	}
	cfg.Kiosks, cfg.Policy.BatchLimit = []queue.KioskSetup{{ID: "k"}}, 3
	cfg.Queues[0].LastNumber, cfg.Queues[0].Unserved = queue.LastWarn, queue.UnservedWarn
	cfg.Queues[1].Quotas = []queue.Quota{{Limit: 9}}
	if n == 2 { // and hours
		cfg.Calendar = catalogue.Calendar{Zone: "Asia/Shanghai"}
		for _, w := range []catalogue.Weekday{catalogue.Monday, catalogue.Tuesday, catalogue.Wednesday, catalogue.Thursday, catalogue.Friday, catalogue.Saturday} {
			cfg.Calendar.Hours.Set(w, []catalogue.Span{{From: 8 * 60, To: 12 * 60}, {From: 13 * 60, To: 20 * 60}})
		}
	}
	switch n { // and other rules than the usual one
	case 1:
		cfg.Policy.Discipline, cfg.Policy.Ratio = queue.RatioOf, "2:1"
	case 2:
		cfg.Policy.Discipline, cfg.Policy.WaitCap, cfg.Queues[0].Discipline = queue.StrictTiers, 20*time.Minute, queue.Accumulating
		cfg.Classes = []queue.ClassSetup{{ID: queue.Ordinary, Name: "普通", Slope: 100}, {ID: queue.Appointment, Name: "预约", Head: 10 * time.Minute, Tier: 1, Slope: 100},
			{ID: queue.Priority, Name: "优先", Tier: 2, Slope: 200, Evidence: "证", By: []queue.Giver{queue.GivenAtKiosk}}}
	}
	return cfg
}

// step does whatever comes to mind.
func (d *driven) step(rt *rapid.T) {
	seat := queue.Seat{Window: queue.WindowID(rapid.SampledFrom([]string{"1", "2", "3"}).Draw(rt, "window")), Holder: rapid.SampledFrom([]string{"", "", "x"}).Draw(rt, "holder")}
	q := queue.QueueID(rapid.SampledFrom([]string{"A", "A", "B", "C"}).Draw(rt, "queue"))
	class := rapid.SampledFrom([]queue.Class{"", queue.Priority, queue.Appointment}).Draw(rt, "class")
	id := queue.TicketID("none")
	if len(d.ids) > 0 {
		id = rapid.SampledFrom(d.ids[max(0, len(d.ids)-12):]).Draw(rt, "ticket")
	}
	job := queue.JobID(fmt.Sprintf("%s#%d", id, rapid.IntRange(1, 2).Draw(rt, "copy")))
	person := queue.PersonKey(rapid.SampledFrom([]string{"", "k1", "k2"}).Draw(rt, "person"))
	clerk := rapid.SampledFrom([]string{"", "1001", "1002", "李"}).Draw(rt, "clerk")
	for _, j := range d.e.View().Jobs {
		if rapid.Bool().Draw(rt, "job") {
			job = j.ID
		}
	}
	works := []queue.Command{
		queue.Issue{Queue: q, Class: class, Person: person}, queue.Issue{Item: "i", Printer: "p"}, queue.Issue{Item: "j", Quantity: 2}, queue.CallNext{Seat: seat}, queue.CallNext{Seat: seat},
		queue.CallTicket{Seat: seat, Ticket: id, Reason: "急"}, queue.Recall{Seat: seat}, queue.Serve{Seat: seat}, queue.Serve{Seat: seat},
		queue.Finish{Seat: seat, Outcome: queue.Refused, Note: "缺件"}, queue.Finish{Seat: seat, Item: "j", Next: true}, queue.NoShow{Seat: seat, Force: true}, queue.UndoMiss{Seat: seat}, queue.Return{Ticket: id}, queue.Return{Ticket: id},
		queue.Hold{Seat: seat, Reason: "r"}, queue.Resume{Seat: seat}, queue.Transfer{Seat: seat, Queue: q, Reason: "r"}, queue.Transfer{Seat: seat, Item: "j"}, queue.GiveBack{Seat: seat},
		queue.Rate{Ticket: id, Level: 4, Source: queue.FromScreen}, queue.RateWindow{Window: seat.Window, Level: 5},
	}
	prints := []queue.Command{
		queue.Issue{Queue: q, Class: class, Printer: "p"}, queue.StartPrint{Job: job}, queue.EndPrint{Job: job, Result: queue.PrintPrinted, Method: "gs-r"},
		queue.EndPrint{Job: job, Result: queue.PrintUnknown, Problem: "silent"}, queue.EndPrint{Job: job, Result: queue.PrintFailed, Problem: "paper-out"},
		queue.Reprint{Ticket: id, Printer: "p"}, queue.KeepWithoutPaper{Ticket: id}, queue.Cancel{Ticket: id, Reason: "走了"},
		queue.Reclassify{Ticket: id, Class: queue.Priority, Reason: "证"}, queue.AnswerClaim{Ticket: id, Granted: clerk != ""},
	}
	windows := []queue.Command{
		queue.OpenWindow{Seat: seat, Clerk: clerk}, queue.OpenWindow{Seat: seat, Clerk: clerk, TakeOver: true}, queue.PauseWindow{Seat: seat, Reason: queue.Lunch},
		queue.CloseWindow{Seat: seat},
	}
	days := []queue.Command{
		queue.PauseQueue{Queue: q, Reason: "停"}, queue.ResumeQueue{Queue: q}, queue.LockKiosk{Kiosk: "k", Reason: "锁"}, queue.UnlockKiosk{Kiosk: "k"},
		queue.PauseIssue{Reason: "系统"}, queue.ResumeIssue{}, queue.Evacuate{Reason: "演习"}, queue.EndEvacuation{}, queue.EndEvacuation{}, queue.AcceptLog{Seq: 1, Skip: 2, Why: "w"}, queue.ConfirmClock{},
		queue.OpenDay{}, queue.OpenDay{}, queue.CloseDay{}, queue.CloseDay{Force: true}, queue.SkipDay{Reason: "停电", Force: true}, queue.UnskipDay{}, queue.Configure{Config: variant(0)},
		queue.Configure{Config: variant(1), Move: map[queue.QueueID]queue.QueueID{"C": "A"}}, queue.Configure{Config: variant(2)},
	}
	some := func(of []queue.Command) {
		by := manager
		if class == queue.Priority {
			by = queue.Actor{Role: queue.Kiosk, Name: "kiosk-1"}
		}
		d.askAs(by, rapid.SampledFrom(of).Draw(rt, "command")) //nolint:errcheck // a refusal is as good
	}
	switch n := rapid.IntRange(0, 99).Draw(rt, "do"); {
	case n < 68:
		some(works)
	case n < 82:
		some(prints)
	case n < 89:
		some(windows)
	case n < 92:
		some(days)
	case n < 94:
		d.clock.pass(rapid.SampledFrom([]time.Duration{3 * time.Hour, 18 * time.Hour}).Draw(rt, "time"))
	case n < 95:
		d.clock.set(false, rapid.SampledFrom([]time.Duration{-time.Hour, 48 * time.Hour}).Draw(rt, "step"))
	case n < 97:
		d.stop()
		d.clock.set(rapid.Bool().Draw(rt, "unset"), 0)
		d.start()
	default:
		d.clock.set(false, 0)
	}
	d.clock.pass(time.Duration(rapid.IntRange(0, 400).Draw(rt, "seconds")) * time.Second)
	d.ask(queue.StartPrint{Job: "none"}) //nolint:errcheck // refused; first the hall does what time asks for
	if v := d.e.View(); v.Day != "" && !slices.ContainsFunc(v.Windows, func(w queue.WindowView) bool { return w.State != queue.WindowClosed }) {
		for _, w := range v.Windows {
			d.must(queue.OpenWindow{Seat: queue.Seat{Window: w.ID}, Clerk: "1001"})
		}
	}
}

// TestIndependentReader: a reader that was written from the document alone sees in the log what the program stored beside it.
func TestIndependentReader(t *testing.T) {
	kinds := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "hall")
		if err != nil {
			rt.Fatal(err)
		}
		d := &driven{t: rt, dir: dir, clock: machine{truth: time.Date(2026, 12, 1, 1, 0, 0, 0, time.UTC)}}
		d.start()
		d.must(queue.Configure{Config: variant(rapid.IntRange(0, 2).Draw(rt, "set-up"))})
		for range rapid.IntRange(20, 200).Draw(rt, "steps") {
			d.step(rt)
		}
		running := sameAsStored(rt, dir, t.TempDir()) // the newest events stand in the write-ahead log
		for _, w := range d.e.View().Windows {
			got := running.windows[string(w.ID)]
			want := logWindow{State: string(w.State), Reason: string(w.Pause), Holder: w.Holder, Clerk: string(w.ClerkID), Held: got.Held}
			for i, h := range w.Held {
				if len(got.Held) != len(w.Held) || got.Held[i] != string(h.ID) {
					rt.Fatalf("window %s holds %v, read was %v", w.ID, w.Held, got.Held)
				}
			}
			if w.Ticket != nil {
				want.Ticket = string(w.Ticket.ID)
			}
			if want.Clerk == "" {
				want.Clerk = got.Clerk // of a hall without people the name alone is shown
			}
			if want.Name = got.Name; !reflect.DeepEqual(*got, want) || got.State != "closed" && w.Clerk != got.Name && w.Clerk != got.Clerk {
				rt.Fatalf("window %s is %+v (clerk %s), read was %+v", w.ID, want, w.Clerk, *got)
			}
		}
		if v := d.e.View(); running.open != (v.Day != "") || v.Day != "" && (running.day().Day != string(v.Day) || running.day().Date != v.Date || running.paused != (v.Paused != nil)) {
			rt.Fatalf("day %q of %s (paused %v) is open: %v, read was %+v", v.Day, v.Date, v.Paused, v.Day != "", running.day())
		}
		skipped := maps.Clone(running.skipped)
		for _, s := range d.e.View().Skips {
			if skipped[s.Date] != s.Reason {
				rt.Fatalf("the hall stays closed on %s: %q, read was %q", s.Date, s.Reason, skipped[s.Date])
			}
			delete(skipped, s.Date)
		}
		today := d.e.View().At.In(d.e.View().Zone).Format(time.DateOnly)
		for date, reason := range skipped {
			if date >= today {
				rt.Fatalf("read was that the hall stays closed on %s (%s), and it does not", date, reason)
			}
		}
		for id, reason := range d.e.View().Locked {
			if running.locked[string(id)] != reason {
				rt.Fatalf("kiosk %s is locked (%s), read was %v", id, reason, running.locked)
			}
		}
		for _, q := range d.e.View().Queues {
			if running.open && running.stopped[string(q.ID)] != q.Stopped {
				rt.Fatalf("queue %s is stopped (%q), read was %v", q.ID, q.Stopped, running.stopped)
			}
		}
		if rep, err := d.store.Verify(t.Context()); err != nil || !rep.OK() {
			rt.Fatalf("verify: %v, %q\n%s", err, rep.Faults, d.story())
		}
		d.stop()
		if a, err := readLogAnchor(dir); err != nil || a.of(dir) != nil {
			rt.Fatalf("the anchor of a closed hall: %v, %v", err, a.of(dir))
		}
		for kind, n := range sameAsStored(rt, dir, t.TempDir()).kinds {
			kinds[kind] += n
		}
		if err := os.RemoveAll(dir); err != nil {
			rt.Fatal(err)
		}
	})
	t.Log(kinds)
}

// sameAsStored reads the log of a folder and compares what it adds up to with what is stored beside it: every ticket, print and day.
func sameAsStored(t rapid.TB, dir, scratch string) *logHall {
	t.Helper()
	db, err := openLog(dir, scratch)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	h, err := readLog(db)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := readLogAnchor(dir); err != nil {
		t.Fatal(err)
	} else if err := a.anchors(db); err != nil {
		t.Fatal(err)
	}
	seen := 0
	each(t, db, `SELECT id, queue, state, "window", ordinal, data FROM tickets`, func(rows *sql.Rows) error {
		var id, q, state, window, data string
		var ordinal uint64
		if err := rows.Scan(&id, &q, &state, &window, &ordinal, &data); err != nil {
			return err
		}
		var stored logTicket
		dec := json.NewDecoder(strings.NewReader(data))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&stored); err != nil {
			return fmt.Errorf("ticket %s: %w", id, err)
		}
		seen++
		if got := h.tickets[id]; got == nil || *got != stored || q != got.Queue || state != got.State || window != got.Window || ordinal != got.Ordinal {
			return fmt.Errorf("ticket %s is stored as\n%s\nand read was\n%s", id, data, asJSON(t, got))
		}
		if text := asJSON(t, h.tickets[id]); !sameJSON(t, text, data) {
			return fmt.Errorf("ticket %s is written as\n%s\nand by the document it would be\n%s", id, data, text)
		}
		return nil
	})
	if seen != len(h.tickets) {
		t.Fatalf("%d tickets are stored, %d were read", seen, len(h.tickets))
	}
	var jobs []logJob
	each(t, db, "SELECT id, ticket, printer, copy, state FROM outbox ORDER BY n", func(rows *sql.Rows) error {
		var j logJob
		err := rows.Scan(&j.ID, &j.Ticket, &j.Printer, &j.Copy, &j.State)
		jobs = append(jobs, j)
		return err
	})
	if !slices.Equal(jobs, h.jobs) {
		t.Fatalf("prints under way are %v, read were %v", jobs, h.jobs)
	}
	var days []logDay
	each(t, db, "SELECT day, first, ifnull(last, 0), opened, ifnull(closed, 0), opened_by, closed_by FROM days ORDER BY first", func(rows *sql.Rows) error {
		var l logDay
		err := rows.Scan(&l.Day, &l.First, &l.Last, &l.Opened, &l.Closed, &l.OpenedBy, &l.ClosedBy)
		days = append(days, l)
		return err
	})
	if len(days) != len(h.days) {
		t.Fatalf("%d days are stored, %d were read", len(days), len(h.days))
	}
	for i, got := range h.days {
		want := days[i]
		if want.Date = got.Date; want != *got {
			t.Fatalf("day %s is stored as %+v, read was %+v", want.Day, want, *got)
		}
	}
	return h
}

func each(t rapid.TB, db *sql.DB, query string, row func(*sql.Rows) error) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func asJSON(t rapid.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func sameJSON(t rapid.TB, a, b string) bool {
	t.Helper()
	var x, y any
	if err := errors.Join(json.Unmarshal([]byte(a), &x), json.Unmarshal([]byte(b), &y)); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(x, y)
}
