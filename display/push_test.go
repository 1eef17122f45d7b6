package display

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"halld/queue"
)

// patience bounds every wait of these tests; none of them should need it.
const patience = 5 * time.Second

// message is either push message.
type message struct {
	Type string          `json:"type"`
	Seq  uint64          `json:"seq"`
	Kind string          `json:"kind"`
	Data json.RawMessage `json:"data"`
	Hall *struct {
		Seq     uint64            `json:"seq"`
		Full    bool              `json:"full"`
		Queues  []Queue           `json:"queues"`
		Windows []Window          `json:"windows"`
		Calls   *[]queue.CallView `json:"calls"`
	} `json:"hall"`
	raw string
}

// tube is a screen of a test.
type tube struct {
	*websocket.Conn
	t *testing.T
}

// watch opens a live connection as a browser does: the token is among the protocols.
func watch(t *testing.T, srv *httptest.Server, role, query string) *tube {
	t.Helper()
	d := websocket.Dialer{Subprotocols: []string{"halld", "bearer.t-" + role}, HandshakeTimeout: patience}
	ws, resp, err := d.Dial("ws"+strings.TrimPrefix(srv.URL, "http")+"/api/live"+query, nil)
	if err != nil {
		t.Fatalf("dial: %v, %v", err, resp)
	}
	t.Cleanup(func() { ws.Close() })
	if ws.Subprotocol() != "halld" {
		t.Errorf("subprotocol %q", ws.Subprotocol())
	}
	return &tube{ws, t}
}

func (w *tube) next() message {
	w.t.Helper()
	if err := w.SetReadDeadline(time.Now().Add(patience)); err != nil {
		w.t.Fatal(err)
	}
	_, data, err := w.ReadMessage()
	if err != nil {
		w.t.Fatalf("read: %v", err)
	}
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		w.t.Fatalf("%s: %v", data, err)
	}
	m.raw = string(data)
	return m
}

// expect asserts the type and number of the next message.
func (w *tube) expect(typ string, seq uint64) message {
	w.t.Helper()
	m := w.next()
	if m.Type != typ || m.Seq != seq {
		w.t.Fatalf("got %s %d, want %s %d: %s", m.Type, m.Seq, typ, seq, m.raw)
	}
	return m
}

func serveRig(t *testing.T, change ...func(*Options)) (*rig, *httptest.Server) {
	t.Helper()
	r := newRig(t, change...)
	srv := httptest.NewServer(r.Handler())
	t.Cleanup(srv.Close)
	return r, srv
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

var called = queue.TicketCalled{Ticket: "20260302-A001", Window: "1", Why: queue.LongestWait, Note: "the clerk's words"}

// callAt changes a view as a call at the first window does.
func callAt(v *queue.View) {
	v.Windows[0].Ticket = &queue.TicketView{ID: "20260302-A001", Number: "A001", Queue: "A", State: queue.Called, Calls: 1, Since: noon}
	v.Queues[0].Waiting--
	v.Calls = []queue.CallView{{Ticket: "20260302-A001", Number: "A001", Window: "1", Queue: "A", Calls: 1, At: noon, Active: true}}
}

func TestSnapshotThenEvents(t *testing.T) {
	r, srv := serveRig(t)
	w := watch(t, srv, "board", "")
	first := w.expect("snapshot", 7)
	var h Hall
	ask(t, r.Handler(), "board", "GET", "/api/hall", "").into(t, &h)
	if first.Hall == nil || first.Hall.Seq != 7 || !reflect.DeepEqual(first.Hall.Queues, h.Queues) || !reflect.DeepEqual(first.Hall.Windows, h.Windows) {
		t.Errorf("the snapshot is not what GET /api/hall says: %s", first.raw)
	}

	r.engine.tell(callAt, queue.BandWarned{Queue: "A", Used: 900, Of: 999}, called)
	if m := w.expect("event", 8); m.Kind != "band.warned" || m.Hall != nil {
		t.Errorf("only the last event of a batch brings the hall: %s", m.raw)
	}
	m := w.expect("event", 9)
	if m.Kind != "ticket.called" || m.Hall == nil || m.Hall.Seq != 9 || m.Hall.Full {
		t.Fatalf("%s", m.raw)
	}
	if len(m.Hall.Windows) != 1 || m.Hall.Windows[0].ID != "1" || m.Hall.Windows[0].Ticket.Number != "A001" {
		t.Errorf("want the changed window only: %s", m.raw)
	}
	if len(m.Hall.Queues) != 1 || m.Hall.Queues[0].Waiting != 1 || m.Hall.Calls == nil || len(*m.Hall.Calls) != 1 {
		t.Errorf("want the changed queue and the calls: %s", m.raw)
	}

	r.engine.tell(nil, queue.DayOpened{Day: "x"})
	if m := w.expect("event", 10); m.Hall == nil || len(m.Hall.Windows)+len(m.Hall.Queues) != 0 || m.Hall.Calls != nil {
		t.Errorf("nothing changed, nothing is sent: %s", m.raw)
	}
	r.engine.tell(func(v *queue.View) { v.Calls = nil }, queue.DayClosed{Day: "x"})
	if m := w.expect("event", 11); m.Hall.Calls == nil || len(*m.Hall.Calls) != 0 {
		t.Errorf("an emptied list is sent as empty: %s", m.raw)
	}
	r.engine.tell(func(v *queue.View) { v.Windows[1].State = queue.WindowOpen }, queue.WindowOpened{Window: "2", Holder: "SECRET-LEASE"})
	if m := w.expect("event", 12); len(m.Hall.Queues) != 1 || len(m.Hall.Queues[0].Windows) != 2 {
		t.Errorf("a window that opens changes its queues: %s", m.raw)
	}
	r.engine.tell(func(v *queue.View) { v.Windows = v.Windows[:1] }, queue.Configured{Config: *sampleView().Config})
	if m := w.expect("event", 13); !m.Hall.Full || len(m.Hall.Windows) != 1 || string(m.Data) != "{}" {
		t.Errorf("a new set-up replaces everything and stays inside: %s", m.raw)
	}
}

func TestAudiences(t *testing.T) {
	r, srv := serveRig(t)
	pub, man := watch(t, srv, "clerk", ""), watch(t, srv, "manager", "")
	pub.expect("snapshot", 7)
	man.expect("snapshot", 7)
	const words = "the clerk's words"
	facts := []queue.Fact{
		called,
		queue.TicketQueued{Ticket: A1, Cause: queue.GivenBack, Reason: words},
		queue.TicketEnded{Ticket: A1, State: queue.Cancelled, Reason: words},
		queue.TicketDone{Ticket: A1, Window: "1", Outcome: queue.Refused, Note: words},
		queue.TicketHeld{Ticket: A1, Window: "1", Reason: words},
		queue.TicketTransferred{Ticket: A1, Window: "1", Next: A1 + ".2", Queue: "A", Reason: words},
		queue.TicketRated{Ticket: A1, Window: "1", Level: 2, Source: queue.FromPad},
		queue.WindowOpened{Window: "1", Clerk: "zhang", Holder: "SECRET-LEASE"},
		queue.TicketIssued{Ticket: A1, Number: words, Queue: "A", Person: "SECRET-PSEUDONYM"},
	}
	r.engine.tell(nil, facts...)
	for i, f := range facts {
		a, b := pub.expect("event", uint64(8+i)), man.expect("event", uint64(8+i))
		_, issued := f.(queue.TicketIssued)
		if !issued && strings.Contains(a.raw, words) || strings.Contains(a.raw, "level") {
			t.Errorf("a clerk sees %s", a.raw)
		}
		if strings.Contains(a.raw+b.raw, "SECRET") {
			t.Errorf("what is for nobody is told: %s", b.raw)
		}
		if _, opened := f.(queue.WindowOpened); !opened && !strings.Contains(b.raw, words) && !strings.Contains(b.raw, `"level":2`) {
			t.Errorf("the manager misses something: %s", b.raw)
		}
	}
}

// A screen that was shown the hall anew after a drop is told what changed since then, not since the last event before the drop.
func TestAChangeAfterADropIsToldAgainstTheSnapshot(t *testing.T) {
	r, srv := serveRig(t)
	w := watch(t, srv, "board", "")
	w.expect("snapshot", 7)
	r.engine.tell(nil, called)
	w.expect("event", 8)
	r.engine.drop(func(v *queue.View) {
		v.Seq, v.Windows = 9, append([]queue.WindowView{}, v.Windows...)
		callAt(v)
	})
	if m := w.expect("snapshot", 9); m.Hall.Windows[0].Ticket == nil {
		t.Fatalf("the call that was dropped is not shown: %s", m.raw)
	}
	r.engine.heard(t)
	r.engine.tell(func(v *queue.View) { v.Windows[0].Ticket = nil }, queue.TicketMissed{Ticket: A1, Window: "1"})
	if m := w.expect("event", 10); len(m.Hall.Windows) != 1 || m.Hall.Windows[0].Ticket != nil {
		t.Errorf("the window still shows the ticket that left it: %s", m.raw)
	}
}

// What a fact says in people's words, and of whom, goes to nobody who may not read it: a new one cannot leak by being forgotten.
func TestNoFactLeaks(t *testing.T) {
	for _, f := range queue.Facts() {
		switch f.(type) {
		case queue.DaySkipped, queue.IssuePaused, queue.HallEvacuated, queue.QueuePaused, queue.KioskLockedFact: // their reason is for everybody: it stands on the kiosk
			continue
		}
		v := reflect.New(reflect.TypeOf(f)).Elem()
		for i := range v.NumField() {
			switch n := v.Type().Field(i).Name; {
			case v.Field(i).Type() == reflect.TypeFor[string]() && (n == "Note" || n == "Reason" || n == "Holder" || n == "Person"):
				v.Field(i).SetString("PRIVATE")
			case n == "Level":
				v.Field(i).SetInt(5)
			}
		}
		b, err := json.Marshal(factFor(v.Interface().(queue.Fact), false))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "PRIVATE") || strings.Contains(string(b), "level") {
			t.Errorf("%T tells everybody %s", f, b)
		}
	}
}

func TestResume(t *testing.T) {
	r, srv := serveRig(t)
	for i := range uint64(7) {
		r.shelf.events = append(r.shelf.events, queue.Event{Seq: i + 1, At: noon, Fact: called})
	}
	w := watch(t, srv, "board", "?after=5")
	if m := w.expect("event", 6); m.Hall != nil {
		t.Errorf("%s", m.raw)
	}
	if m := w.expect("event", 7); m.Hall == nil || !m.Hall.Full || len(m.Hall.Windows) != 2 {
		t.Errorf("the last one brings the whole hall: %s", m.raw)
	}
	r.engine.tell(callAt, called)
	w.expect("event", 8)

	up := watch(t, srv, "board", "?after=8")
	eventually(t, "the second screen", func() bool { return r.Live().Connections == 2 })
	r.engine.tell(nil, called)
	up.expect("event", 9) // nothing was missed, so no snapshot and nothing twice

	watch(t, srv, "board", "?after=99").expect("snapshot", 9) // another store's number
	watch(t, srv, "board", "?after=0").expect("snapshot", 9)
	watch(t, srv, "board", "?after=3").expect("snapshot", 9) // the shelf lacks 8 and 9: a gap
	r.ask(t, "board", "GET", "/api/live?after=-1", "").refusal(t, BadValue)
	r.ask(t, "board", "GET", "/api/live", "").refusal(t, NotWebSocket)
}

// A listener that the engine dropped: the hub listens again, and screens get a snapshot of what they missed.
func TestEngineDropsTheHub(t *testing.T) {
	r, srv := serveRig(t)
	w := watch(t, srv, "board", "")
	w.expect("snapshot", 7)
	r.engine.drop(func(v *queue.View) { v.Seq = 40 })
	w.expect("snapshot", 40)
	r.engine.heard(t)
	r.engine.tell(nil, called)
	w.expect("event", 41)
}

// A gap or a repetition in what the engine tells never reaches a screen as such.
func TestGapsAndRepetitions(t *testing.T) {
	r, srv := serveRig(t)
	w := watch(t, srv, "board", "")
	w.expect("snapshot", 7)
	send := func(seqs ...uint64) {
		r.engine.mu.Lock()
		defer r.engine.mu.Unlock()
		v := *r.engine.view
		v.Seq = seqs[len(seqs)-1]
		r.engine.view = &v
		var events []queue.Event
		for _, s := range seqs {
			events = append(events, queue.Event{Seq: s, At: noon, Fact: called})
		}
		for ch := range r.engine.listeners {
			ch <- Told{Events: events, View: &v}
		}
	}
	send(6, 7, 8)
	w.expect("event", 8)
	send(10, 11)
	w.expect("snapshot", 11)
	send(12)
	w.expect("event", 12)
}

// A screen that takes nothing for a while gets the present hall, not the past; others do not notice.
func TestSlowScreen(t *testing.T) {
	r, srv := serveRig(t)
	fast := watch(t, srv, "board", "")
	fast.expect("snapshot", 7)

	slow := watch(t, srv, "board", "")
	slow.expect("snapshot", 7)

	long := queue.IssuePaused{Reason: strings.Repeat("A", 64000)}
	seq := uint64(7)
	for r.Live().Behind == 0 {
		if seq > 20000 {
			t.Fatal("the slow screen never fell behind")
		}
		r.engine.tell(nil, long)
		seq++
		fast.expect("event", seq)
	}
	r.engine.tell(callAt, called) // what it must know in the end
	seq++
	fast.expect("event", seq)
	eventually(t, "a snapshot", func() bool {
		m := slow.next()
		return m.Type == "snapshot" && m.Seq > 7 || m.Seq == seq
	})
	r.engine.tell(nil, called)
	seq++
	for m := slow.next(); ; m = slow.next() {
		if m.Seq == seq {
			break
		}
	}
	fast.expect("event", seq)
}

func TestTooManyScreens(t *testing.T) {
	_, srv := serveRig(t, func(o *Options) { o.MaxLive = 1 })
	watch(t, srv, "board", "").expect("snapshot", 7)
	d := websocket.Dialer{Subprotocols: []string{"halld", "bearer.t-board"}}
	_, resp, err := d.Dial("ws"+strings.TrimPrefix(srv.URL, "http")+"/api/live", nil)
	if err == nil || resp == nil || resp.StatusCode != 503 {
		t.Fatalf("got %v, %v, want 503", resp, err)
	}
	resp.Body.Close()
}

func TestOtherOriginIsRefused(t *testing.T) {
	_, srv := serveRig(t)
	d := websocket.Dialer{Subprotocols: []string{"halld", "bearer.t-board"}}
	_, resp, err := d.Dial("ws"+strings.TrimPrefix(srv.URL, "http")+"/api/live", map[string][]string{"Origin": {"http://elsewhere.example"}})
	if err == nil || resp == nil || resp.StatusCode != 403 {
		t.Fatalf("got %v, %v, want 403", resp, err)
	}
	resp.Body.Close()
}

func TestCloseEndsLiveConnections(t *testing.T) {
	r, srv := serveRig(t)
	var screens []*tube
	for range 5 {
		w := watch(t, srv, "board", "")
		w.expect("snapshot", 7)
		screens = append(screens, w)
	}
	done := make(chan struct{})
	go func() { r.Close(); close(done) }()
	for _, w := range screens {
		if err := w.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseGoingAway) {
			t.Errorf("got %v, want close code 1001", err)
		}
	}
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("Close did not return")
	}
	if n := r.Live().Connections; n != 0 {
		t.Errorf("%d connections are left", n)
	}
	r.ask(t, "board", "GET", "/api/live", "", "Connection", "upgrade", "Upgrade", "websocket").refusal(t, Unavailable)
}

// Two hundred screens hear a call at once.
func TestTwoHundredScreens(t *testing.T) {
	if testing.Short() {
		t.Skip("needs 200 connections")
	}
	r, srv := serveRig(t)
	const n, rounds = 200, 20
	arrived := make(chan error, n)
	for range n {
		w := watch(t, srv, "board", "")
		w.expect("snapshot", 7)
		go func() {
			for seq := uint64(8); seq < 8+rounds; seq++ {
				_, data, err := w.ReadMessage()
				if err == nil && !strings.Contains(string(data[:40]), fmt.Sprintf(`"seq":%d,`, seq)) {
					err = fmt.Errorf("want %d, got %s", seq, data)
				}
				arrived <- err
				if err != nil {
					return
				}
			}
		}()
	}
	var worst time.Duration
	for range rounds {
		start := time.Now()
		r.engine.tell(callAt, called)
		for range n {
			select {
			case err := <-arrived:
				if err != nil {
					t.Fatal(err)
				}
			case <-time.After(patience):
				t.Fatal("a call did not arrive")
			}
		}
		worst = max(worst, time.Since(start))
	}
	t.Logf("the last of %d screens heard a call within %v, worst of %d", n, worst, rounds)
	if worst > 500*time.Millisecond {
		t.Errorf("the last screen heard it after %v", worst)
	}
}
