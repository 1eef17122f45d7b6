package display

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"halld/queue"
)

// nobody asks for what a test sets up.
var nobody = queue.Actor{Role: queue.Script}

// living is the real core with an engine of a few lines around it: one command at a time, everything in memory.
type living struct {
	mu        sync.Mutex
	hall      *queue.Hall
	view      *queue.View
	events    []queue.Event
	answers   map[string]func() (queue.Answer, error)
	listeners map[chan Told]bool
	now       time.Time
}

func newLiving(t *testing.T) *living {
	t.Helper()
	l := &living{hall: queue.New(), answers: map[string]func() (queue.Answer, error){}, listeners: map[chan Told]bool{}, now: noon}
	l.view = l.hall.View()
	cfg := queue.Config{
		Policy: queue.Policy{RecallLimit: 5, MissAfter: 3, ReturnAfter: 3, ReturnLimit: 1, UndoMissWithin: 10 * time.Minute, HoldLimit: 3, LegLimit: 6,
			PriorityHead: 15 * time.Minute, AppointmentHead: 10 * time.Minute, UnprovedGrace: time.Minute, FailedGrace: time.Minute, WarnAt: 90,
			RateWithin: 3 * time.Minute, Overtime: 4 * time.Hour, OnePerPerson: true},
		Name: "示范大厅", Departments: []queue.Department{{ID: "hrss", Name: "人社局"}},
		Items: []queue.Item{{ID: "card", Name: "社保卡", Department: "hrss", Queue: "A"}, {ID: "tax", Name: "办税", Department: "hrss", Queue: "B"}},
		Queues: []queue.Queue{
			{ID: "A", Name: "社保", Prefix: "A", First: 1, Last: 999, Width: 3, BandEnd: queue.Widen},
			{ID: "B", Name: "税务", Prefix: "B", First: 1, Last: 999, Width: 3, BandEnd: queue.Widen},
		},
		WindowSetup: []queue.WindowSetup{{ID: "1", Department: "hrss", Queues: []queue.QueueID{"A"}}, {ID: "2", Department: "hrss", Queues: []queue.QueueID{"B", "A"}}},
		Devices: []queue.Device{{ID: "printer-1", Kind: "printer", Profile: "epson-tm", Port: "/dev/null"},
			{ID: "reader-1", Kind: "reader", Profile: "idcard-sam", Port: "/dev/null"}, {ID: "reader-2", Kind: "reader", Profile: "idcard-sam", Port: "/dev/null"}},
	}
	if _, err := l.Do(t.Context(), "", nobody, queue.Configure{Config: cfg}); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *living) Do(_ context.Context, key string, by queue.Actor, cmd queue.Command) (queue.Answer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if again, ok := l.answers[key]; ok {
		return again()
	}
	l.now = l.now.Add(time.Second)
	events, err := l.hall.Decide(cmd, queue.When{Now: l.now, By: by})
	for _, e := range events {
		l.hall.Apply(e)
	}
	a := queue.Answer{}
	if err == nil {
		a = l.hall.Answer(cmd, events)
	}
	if key != "" {
		l.answers[key] = func() (queue.Answer, error) { return a, err }
	}
	if len(events) > 0 {
		l.view = l.hall.View()
		l.events = append(l.events, events...)
		for ch := range l.listeners {
			ch <- Told{Events: events, View: l.view}
		}
	}
	return a, err
}

func (l *living) View() *queue.View {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.view
}

func (l *living) Try(_ context.Context, by queue.Actor, cmd queue.Command) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.hall.Decide(cmd, queue.When{Now: l.now, By: by})
	return err
}

func (l *living) Now() time.Time { return noon }

func (l *living) Clock() (queue.Clock, time.Duration, string) { return queue.Trusted, 0, "" }

func (l *living) Follow(ctx context.Context, buffer int, each func(Told)) {
	ch := make(chan Told, buffer+1)
	l.mu.Lock()
	l.listeners[ch] = true
	v := l.view
	l.mu.Unlock()
	each(Told{View: v, Anew: true})
	for {
		select {
		case t := <-ch:
			each(t)
		case <-ctx.Done():
			l.mu.Lock()
			defer l.mu.Unlock()
			delete(l.listeners, ch)
			return
		}
	}
}

func (l *living) Ticket(_ context.Context, ref queue.TicketID) (queue.Answer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, ok := l.hall.Ticket(ref)
	if !ok {
		t, ok = l.hall.Find(ref)
	}
	if !ok {
		return queue.Answer{}, queue.Refuse(queue.UnknownTicket, "no ticket %s", ref)
	}
	return queue.Answer{Ticket: &t, Ahead: l.hall.Ahead(t.ID)}, nil
}

func (l *living) Line(_ context.Context, q queue.QueueID, limit int) (line []queue.Answer, total int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.hall.Line(q, limit) {
		line = append(line, queue.Answer{Ticket: &t, Ahead: l.hall.Ahead(t.ID)})
	}
	return line, l.hall.Waiting(q), nil
}

func (l *living) HandSheet(context.Context) (queue.HandSheet, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.hall.HandSheet(), nil
}

func (l *living) HeldBy(_ context.Context, p queue.PersonKey) ([]queue.Ticket, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.hall.HeldBy(p), nil
}

// livingStore is what the living hall would have stored.
type livingStore struct{ *living }

func (l livingStore) Ticket(ctx context.Context, id queue.TicketID) (queue.Ticket, error) {
	a, err := l.living.Ticket(ctx, id)
	if err != nil {
		return queue.Ticket{}, err
	}
	return *a.Ticket, nil
}

func (l *living) Events(_ context.Context, after uint64, limit int) ([]queue.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.events[after:min(len(l.events), int(after)+limit)]), nil
}

// visit is a server over the real core.
type visit struct {
	*Server
	core *living
	t    *testing.T
	n    int
}

func newVisit(t *testing.T) *visit {
	l := newLiving(t)
	srv := New(Options{Engine: l, Store: livingStore{l}, Tokens: allTokens()})
	t.Cleanup(srv.Close)
	return &visit{Server: srv, core: l, t: t}
}

// post does what must succeed, with a fresh key.
func (v *visit) post(role, path, body string, into any) {
	v.t.Helper()
	v.n++
	got := ask(v.t, v.Handler(), role, "POST", path, body, "Idempotency-Key", fmt.Sprint("key-", v.n))
	if got.status/100 != 2 {
		v.t.Fatalf("%s %s: %d %s", path, body, got.status, got.body)
	}
	if into != nil {
		got.into(v.t, into)
	}
}

func (v *visit) refused(role, path, body string, code queue.Code) {
	v.t.Helper()
	ask(v.t, v.Handler(), role, "POST", path, body).refusal(v.t, code)
}

func TestOneVisitThroughTheRealCore(t *testing.T) {
	v := newVisit(t)
	v.refused("kiosk", "/api/tickets", `{"queue":"A"}`, queue.DayNotOpen)
	var day DayAnswer
	v.post("manager", "/api/day/open", "", &day)
	if day.ServiceDay != "2026-03-02" {
		t.Fatalf("%+v", day)
	}
	var a, b, c Ticket
	v.post("kiosk", "/api/tickets", `{"item":"card"}`, &a)
	v.post("kiosk", "/api/tickets", `{"queue":"A","class":"ordinary","print":"none"}`, &b)
	v.post("kiosk", "/api/tickets", `{"queue":"A","print":"printer-1"}`, &c)
	if a.Number != "A001" || a.State != queue.Waiting || a.Ahead != 0 || b.Ahead != 1 || c.State != queue.Issued || c.Print != queue.PrintPending || c.Ahead != 2 {
		t.Fatalf("%+v\n%+v\n%+v", a, b, c)
	}
	var seen Ticket
	ask(t, v.Handler(), "kiosk", "GET", "/api/tickets/A002", "").into(t, &seen)
	if seen.ID != b.ID || seen.Ahead != 1 || !reflect.DeepEqual(seen.Windows, []queue.WindowID{"1", "2"}) {
		t.Errorf("%+v", seen)
	}
	var same Ticket // nothing is to be done, and that is no fault
	v.post("clerk", "/api/tickets/A002/class", `{"class":"ordinary","reason":"asked twice"}`, &same)
	if same.ID != b.ID || same.Ahead != 1 {
		t.Errorf("%+v", same)
	}
	v.refused("kiosk", "/api/tickets", `{"queue":"A","class":"vip"}`, queue.BadClass)
	v.refused("kiosk", "/api/tickets", `{"queue":"Z"}`, queue.UnknownQueue)
	v.refused("kiosk", "/api/tickets", `{"queue":"A","print":"p9"}`, queue.UnknownPrinter)
	v.refused("clerk", "/api/windows/1/call", "", queue.WindowNotOpen)

	var w WindowAnswer
	v.post("clerk", "/api/windows/1/open", `{"clerk":"zhang","holder":"h1"}`, &w)
	if w.Window.State != queue.WindowOpen || !w.Window.Staffed || w.Ticket != nil {
		t.Fatalf("%+v", w)
	}
	v.refused("clerk", "/api/windows/1/call", `{"holder":"h2"}`, queue.WindowStaffed)
	v.post("clerk", "/api/windows/1/call", `{"holder":"h1"}`, &w)
	if w.Ticket == nil || w.Ticket.ID != a.ID || w.Ticket.State != queue.Called || w.Window.Ticket.Number != "A001" || w.Ticket.Why == "" {
		t.Fatalf("%+v", w)
	}
	v.refused("clerk", "/api/windows/1/no-show", `{"holder":"h1"}`, queue.NotYetMissed)
	v.post("clerk", "/api/windows/1/recall", `{"holder":"h1"}`, &w)
	v.post("clerk", "/api/windows/1/serve", `{"holder":"h1"}`, &w)
	v.post("clerk", "/api/windows/1/hold", `{"holder":"h1","reason":"copies"}`, &w)
	if len(w.Window.Held) != 1 || w.Window.Ticket != nil {
		t.Errorf("%+v", w.Window)
	}
	v.post("clerk", "/api/windows/1/pause", `{"holder":"h1","reason":"restroom"}`, &w)
	v.post("clerk", "/api/windows/1/resume", `{"holder":"h1"}`, &w)
	if w.Window.State != queue.WindowOpen || w.Window.Clerk != "zhang" {
		t.Errorf("resume ends the pause: %+v", w.Window)
	}
	v.post("clerk", "/api/windows/1/resume", `{"holder":"h1"}`, &w)
	if w.Ticket == nil || w.Ticket.ID != a.ID || w.Ticket.State != queue.Serving {
		t.Errorf("resume goes on with the held ticket: %+v", w.Ticket)
	}
	v.refused("clerk", "/api/windows/1/finish", `{"holder":"h1","outcome":"refused"}`, queue.ReasonNeeded)
	v.refused("clerk", "/api/windows/1/finish", `{"holder":"h1","outcome":"nonsense"}`, queue.BadOutcome)
	v.refused("clerk", "/api/windows/1/pause", `{"holder":"h1"}`, queue.ReasonNeeded)
	v.post("clerk", "/api/windows/1/transfer", `{"holder":"h1","item":"tax"}`, &w)
	ask(t, v.Handler(), "kiosk", "GET", "/api/tickets/A001", "").into(t, &seen)
	if seen.ID != a.ID+".2" || seen.Queue != "B" || seen.State != queue.Waiting {
		t.Errorf("by number it is the second leg: %+v", seen)
	}
	v.post("clerk", "/api/windows/2/open", "", &w)
	if w.Window.Clerk != "clerk-1" {
		t.Errorf("clerk %q", w.Window.Clerk)
	}
	v.post("clerk", "/api/windows/2/call", `{"ticket":"A001","reason":"sent here"}`, &w)
	v.post("clerk", "/api/windows/2/finish", `{"outcome":"accepted"}`, &w)
	v.refused("kiosk", "/api/tickets/A001/rating", `{"level":6}`, queue.BadLevel)
	v.post("kiosk", "/api/tickets/A001/rating", `{"level":5}`, &seen)
	if !seen.Rated || seen.Rating != 0 {
		t.Errorf("%+v", seen)
	}
	v.refused("kiosk", "/api/tickets/A001/rating", `{"level":5}`, queue.AlreadyRated)

	v.post("clerk", "/api/windows/1/call", `{"holder":"h1"}`, &w)
	v.post("clerk", "/api/windows/1/no-show", `{"holder":"h1","force":true}`, &w)
	v.post("clerk", "/api/windows/1/undo-miss", `{"holder":"h1"}`, &w)
	v.post("clerk", "/api/windows/1/no-show", `{"holder":"h1","force":true}`, &w)
	v.post("clerk", "/api/tickets/"+string(b.ID)+"/return", "", &seen)
	v.post("clerk", "/api/windows/1/call", `{"holder":"h1"}`, &w)
	v.post("clerk", "/api/windows/1/give-back", `{"holder":"h1","reason":"fire alarm"}`, &w)
	v.post("kiosk", "/api/tickets/A002/cancel", "", &seen)
	v.post("kiosk", "/api/tickets/A003/keep", "", &seen)
	v.refused("kiosk", "/api/tickets/A003/keep", "", queue.IllegalMove)
	v.post("manager", "/api/tickets/A003/cancel", "", &seen)
	v.refused("clerk", "/api/windows/1/call", `{"holder":"h1"}`, queue.NobodyWaiting)
	v.post("clerk", "/api/windows/1/close", `{"holder":"h1"}`, &w)
	v.post("manager", "/api/day/close", "", &day)
	if day.ServiceDay != "" {
		t.Errorf("%+v", day)
	}
	v.post("manager", "/api/day/open", "", &day)
	if day.ServiceDay != "2026-03-02-2" {
		t.Errorf("a second opening on one date: %+v", day)
	}
}

func TestSameKeySameAnswer(t *testing.T) {
	v := newVisit(t)
	v.post("manager", "/api/day/open", "", nil)
	var first, again, other Ticket
	ask(t, v.Handler(), "kiosk", "POST", "/api/tickets", `{"queue":"A"}`, "Idempotency-Key", "x").into(t, &first)
	ask(t, v.Handler(), "kiosk", "POST", "/api/tickets", `{"queue":"A"}`, "Idempotency-Key", "x").into(t, &again)
	ask(t, v.Handler(), "manager", "POST", "/api/tickets", `{"queue":"A"}`, "Idempotency-Key", "x").into(t, &other)
	if first.ID != again.ID || first.ID == other.ID {
		t.Errorf("%s %s %s", first.ID, again.ID, other.ID)
	}
}

// mirror is a screen that starts from a snapshot and lives on events.
type mirror struct {
	seq     uint64
	queues  map[queue.QueueID]Queue
	windows map[queue.WindowID]Window
	calls   []queue.CallView
}

func (m *mirror) take(t *testing.T, msg message) {
	t.Helper()
	if msg.Type == "event" && msg.Seq != m.seq+1 {
		t.Fatalf("after %d came %d", m.seq, msg.Seq)
	}
	m.seq = msg.Seq
	if msg.Hall == nil {
		return
	}
	if msg.Hall.Full || msg.Type == "snapshot" {
		m.queues, m.windows = map[queue.QueueID]Queue{}, map[queue.WindowID]Window{}
	}
	for _, q := range msg.Hall.Queues {
		m.queues[q.ID] = q
	}
	for _, w := range msg.Hall.Windows {
		m.windows[w.ID] = w
	}
	if msg.Hall.Calls != nil {
		m.calls = *msg.Hall.Calls
	}
}

// Whoever merges the updates has what GET /api/hall says, after every batch; and so has a screen that was away for a while. Whatever becomes of a ticket, it
// stands where it belongs without a reload: in the line of its queue, at its window, or among what the window holds.
//
// Hard case: every_list_shows_moved_tickets.
func TestUpdatesAddUpToTheHall(t *testing.T) {
	v := newVisit(t)
	srv := httptest.NewServer(v.Handler())
	t.Cleanup(srv.Close)
	w := watch(t, srv, "board", "")
	m := &mirror{}
	m.take(t, w.next())
	away := &mirror{seq: m.seq, queues: maps.Clone(m.queues), windows: maps.Clone(m.windows), calls: m.calls}
	steps := []struct{ role, path, body string }{
		{"manager", "/api/day/open", ``}, {"kiosk", "/api/tickets", `{"queue":"A"}`}, {"kiosk", "/api/tickets", `{"queue":"B"}`},
		{"kiosk", "/api/tickets", `{"queue":"A","print":"printer-1"}`}, {"clerk", "/api/windows/1/open", ``}, {"clerk", "/api/windows/2/open", ``},
		{"clerk", "/api/windows/1/call", ``}, {"clerk", "/api/windows/2/call", ``}, {"clerk", "/api/windows/1/recall", ``}, {"clerk", "/api/windows/1/serve", ``},
		{"clerk", "/api/windows/1/hold", ``}, {"clerk", "/api/windows/2/no-show", `{"force":true}`}, {"clerk", "/api/windows/2/undo-miss", ``},
		{"clerk", "/api/windows/1/resume", ``}, {"clerk", "/api/windows/1/transfer", `{"queue":"B"}`}, {"clerk", "/api/windows/2/finish", ``},
		{"clerk", "/api/windows/2/pause", `{"reason":"lunch"}`}, {"kiosk", "/api/tickets", `{"queue":"A"}`}, {"clerk", "/api/windows/1/call", ``},
		{"clerk", "/api/windows/1/give-back", `{"reason":"a slip"}`}, {"clerk", "/api/windows/1/call", ``}, {"clerk", "/api/windows/1/no-show", `{"force":true}`}, {"clerk", "/api/tickets/A003/return", ``},
		{"clerk", "/api/windows/1/close", ``}, {"manager", "/api/day/close", `{"force":true}`},
	}
	standing := func(m *mirror, after string) { // each ticket on the list of its state, and on no other
		t.Helper()
		lines := map[queue.QueueID][]string{}
		for _, e := range v.core.events {
			for _, id := range e.Fact.Tickets() {
				tk, _ := v.core.hall.Ticket(id)
				at := ""
				for _, w := range m.windows {
					if w.Ticket != nil && w.Ticket.ID == id {
						at = "at " + string(w.ID)
					}
					for _, held := range w.Held {
						if held.ID == id {
							at = "held at " + string(w.ID)
						}
					}
				}
				want := map[queue.State]string{queue.Called: "at " + string(tk.Window), queue.Serving: "at " + string(tk.Window), queue.Held: "held at " + string(tk.Window)}[tk.State]
				if at != want {
					t.Errorf("after %s the %s ticket %s stands %q on the screen, want %q", after, tk.State, id, at, want)
				}
				if tk.State == queue.Waiting && !slices.Contains(lines[tk.Queue], string(id)) {
					lines[tk.Queue] = append(lines[tk.Queue], string(id))
				}
			}
		}
		for _, q := range []queue.QueueID{"A", "B"} {
			var line Line
			ask(t, v.Handler(), "clerk", "GET", "/api/queues/"+string(q)+"/tickets", "").into(t, &line)
			var got []string
			for _, tk := range line.Tickets {
				got = append(got, string(tk.ID))
			}
			slices.Sort(got)
			slices.Sort(lines[q])
			if !slices.Equal(got, lines[q]) || m.queues[q].Waiting != len(got) {
				t.Errorf("after %s the line of %s is %v, the screen says %d, and %v wait", after, q, got, m.queues[q].Waiting, lines[q])
			}
		}
	}
	check := func(m *mirror, after string) {
		t.Helper()
		var h Hall
		ask(t, v.Handler(), "board", "GET", "/api/hall", "").into(t, &h)
		qs, ws := map[queue.QueueID]Queue{}, map[queue.WindowID]Window{}
		for _, q := range h.Queues {
			qs[q.ID] = q
		}
		for _, w := range h.Windows {
			ws[w.ID] = w
		}
		for _, p := range [][2]any{{m.queues, qs}, {m.windows, ws}, {m.calls, h.Calls}} {
			got, _ := json.Marshal(p[0])
			want, _ := json.Marshal(p[1])
			if string(got) != string(want) {
				t.Fatalf("after %s the screen has\n%s\nbut the hall is\n%s", after, got, want)
			}
		}
	}
	for _, s := range steps {
		v.post(s.role, s.path, s.body, nil)
		for now := v.core.View().Seq; m.seq < now; {
			m.take(t, w.next())
		}
		check(m, s.path)
		standing(m, s.path)
	}
	back := watch(t, srv, "board", fmt.Sprintf("?after=%d", away.seq))
	for away.seq < m.seq {
		msg := back.next()
		if msg.Type != "event" {
			t.Fatalf("a screen that knows where it was gets events: %s", msg.raw)
		}
		away.take(t, msg)
	}
	check(away, "coming back")
}
