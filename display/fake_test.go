package display

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"halld/cmd/testmain"
	"halld/devices"
	"halld/queue"
	"halld/queue/report"
	"halld/queue/wait"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(testmain.SideBySide(m, 16)) }

// noon is when all tests take place.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// scripted is an engine that does what a test says and tells what a test tells it.
type scripted struct {
	mu        sync.Mutex
	view      *queue.View
	shelf     *shelf
	quality   queue.Clock
	by        []queue.Actor
	asked     []queue.Command
	keys      []string
	do        func(queue.Command) (queue.Answer, error)
	listeners map[chan Told]bool
}

func newScripted() *scripted {
	e := &scripted{view: sampleView(), listeners: map[chan Told]bool{}}
	e.do = func(queue.Command) (queue.Answer, error) {
		t := sampleTicket()
		return queue.Answer{Ticket: &t, Ahead: 3, Seq: 7}, nil
	}
	return e
}

func (e *scripted) Do(_ context.Context, key string, by queue.Actor, cmd queue.Command) (queue.Answer, error) {
	e.mu.Lock()
	e.asked, e.keys, e.by = append(e.asked, cmd), append(e.keys, key), append(e.by, by)
	do := e.do
	e.mu.Unlock()
	return do(cmd)
}

func (e *scripted) View() *queue.View {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.view
}

// show makes a view the present one and tells nobody.
func (e *scripted) show(v *queue.View) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.view = v
}

func (e *scripted) Try(context.Context, queue.Actor, queue.Command) error { return nil }

func (e *scripted) Now() time.Time { return noon }

func (e *scripted) Clock() (queue.Clock, time.Duration, string) {
	if e.quality != "" {
		return e.quality, 72 * time.Hour, "the clock jumped"
	}
	return queue.Trusted, 0, ""
}

func (e *scripted) Ticket(_ context.Context, ref queue.TicketID) (queue.Answer, error) {
	if e.shelf.err != nil {
		return queue.Answer{}, e.shelf.err
	}
	for _, t := range e.shelf.tickets {
		if t.ID == ref || t.Number == string(ref) && t.State != queue.Transferred && e.View().Day != "" {
			ahead := 0
			for i, l := range e.shelf.line {
				if l.ID == t.ID {
					ahead = i
				}
			}
			return queue.Answer{Ticket: &t, Ahead: ahead}, nil
		}
	}
	return queue.Answer{}, queue.Refuse(queue.UnknownTicket, "there is no ticket %s today", ref)
}

// Line is of a queue where one more is being printed, who came before all others.
func (e *scripted) Line(_ context.Context, _ queue.QueueID, limit int) ([]queue.Answer, int, error) {
	var line []queue.Answer
	for i, t := range e.shelf.line[:min(limit, len(e.shelf.line))] {
		line = append(line, queue.Answer{Ticket: &t, Ahead: i + 1})
	}
	return line, len(e.shelf.line), e.shelf.err
}

func (e *scripted) HandSheet(context.Context) (queue.HandSheet, error) {
	return queue.HandSheet{At: noon, Day: "2026-03-02", Hall: "大厅", Queues: []queue.HandQueue{{QueueView: queue.QueueView{ID: "A", Name: "户籍", NameEn: "Registry", Next: "A003"},
		Windows: []queue.WindowID{"1"}, Tickets: e.shelf.line}}}, e.shelf.err
}

func (e *scripted) HeldBy(_ context.Context, p queue.PersonKey) ([]queue.Ticket, error) {
	var out []queue.Ticket
	for _, t := range e.shelf.tickets {
		if t.Person == p {
			out = append(out, t)
		}
	}
	return out, e.shelf.err
}

func (e *scripted) Follow(ctx context.Context, buffer int, each func(Told)) {
	for ctx.Err() == nil {
		ch := make(chan Told, buffer)
		e.mu.Lock()
		e.listeners[ch] = true
		v := e.view
		e.mu.Unlock()
		each(Told{View: v, Anew: true})
		for open := true; open; {
			var t Told
			select {
			case <-ctx.Done():
				open = false
			case t, open = <-ch:
				if open {
					each(t)
				}
			}
		}
		e.mu.Lock()
		delete(e.listeners, ch)
		e.mu.Unlock()
	}
}

// awaitListener waits until somebody listens.
func (e *scripted) awaitListener(t *testing.T) {
	t.Helper()
	for range 2000 {
		e.mu.Lock()
		n := len(e.listeners)
		e.mu.Unlock()
		if n > 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("nobody listens to the engine")
}

// tell stores a batch, in memory, and tells it.
func (e *scripted) tell(change func(v *queue.View), facts ...queue.Fact) {
	e.mu.Lock()
	defer e.mu.Unlock()
	v := *e.view
	v.Windows = append([]queue.WindowView{}, v.Windows...)
	v.Queues = append([]queue.QueueView{}, v.Queues...)
	var events []queue.Event
	for _, f := range facts {
		v.Seq++
		events = append(events, queue.Event{Seq: v.Seq, At: noon, Fact: f})
	}
	if change != nil {
		change(&v)
	}
	e.view = &v
	for ch := range e.listeners {
		ch <- Told{Events: events, View: e.view}
	}
}

// drop closes every listener, as an engine does with those that fell behind; quiet is called before anybody can listen again.
func (e *scripted) drop(quiet func(v *queue.View)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	v := *e.view
	quiet(&v)
	e.view = &v
	for ch := range e.listeners {
		delete(e.listeners, ch)
		close(ch)
	}
}

// heard waits until the hub listens again.
func (e *scripted) heard(t *testing.T) {
	t.Helper()
	eventually(t, "the hub to listen again", func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return len(e.listeners) == 1
	})
}

func (e *scripted) last(t *testing.T) (string, queue.Command) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.asked) == 0 {
		t.Fatal("the engine was not asked")
	}
	return e.keys[len(e.keys)-1], e.asked[len(e.asked)-1]
}

// shelf is a store of a few tickets and events.
type shelf struct {
	tickets map[queue.TicketID]queue.Ticket
	line    []queue.Ticket
	events  []queue.Event
	figures report.Day
	pages   []queue.Ticket // of Records
	filters []report.Filter
	waits   wait.Minutes
	over    int
	err     error
}

func (s *shelf) Ticket(_ context.Context, id queue.TicketID) (queue.Ticket, error) {
	if s.err != nil {
		return queue.Ticket{}, s.err
	}
	t, ok := s.tickets[id]
	if !ok {
		return t, queue.Refuse(queue.UnknownTicket, "no ticket %s", id)
	}
	return t, nil
}

func (s *shelf) Events(_ context.Context, after uint64, limit int) ([]queue.Event, error) {
	var out []queue.Event
	for _, e := range s.events {
		if e.Seq > after && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, s.err
}

func (s *shelf) Figures(_ context.Context, day queue.DayID, _ time.Time) (report.Day, bool, error) {
	return s.figures, day == s.figures.Day, s.err
}

func (s *shelf) Openings(_ context.Context, limit int) ([]report.Opening, int, error) {
	days := []report.Opening{{Day: "2026-03-02", Opened: noon, OpenedBy: queue.ByRule("hours")},
		{Day: "2026-03-01", Opened: noon.Add(-24 * time.Hour), Closed: noon.Add(-20 * time.Hour), All: &report.Figures{Issued: 7, Ratings: [6]int{1, 0, 0, 0, 1, 1}}}}
	return days[:min(limit, len(days))], len(days), s.err
}

func (s *shelf) Records(_ context.Context, f report.Filter) (report.Page, error) {
	s.filters = append(s.filters, f)
	from := 0
	for i, t := range s.pages {
		if t.ID == f.After {
			from = i + 1
		}
	}
	if f.After != "" && from == 0 {
		return report.Page{}, queue.Refuse(queue.UnknownTicket, "no ticket %s", f.After)
	}
	p := report.Page{Tickets: s.pages[from:], Total: len(s.pages)}
	if len(p.Tickets) > f.Limit {
		p.Tickets = p.Tickets[:f.Limit]
		p.Next = p.Tickets[f.Limit-1].ID
	}
	return p, s.err
}

func (s *shelf) Visit(_ context.Context, id queue.VisitID) ([]queue.Ticket, []queue.Event, error) {
	var legs []queue.Ticket
	for _, t := range s.pages {
		if t.Visit == id {
			legs = append(legs, t)
		}
	}
	return legs, s.events, s.err
}

func (s *shelf) Estimate(_ *queue.View, _ queue.QueueID, ahead int) wait.Minutes {
	m := s.waits
	m.Low, m.Median, m.High = m.Low+ahead, m.Median+ahead, m.High+ahead
	return m
}

func (s *shelf) Over(queue.QueueID, time.Duration, time.Time) int { return s.over }

// keyOf is the key that the engine sees of a role's request.
func keyOf(role, key string) string {
	sum := sha256.Sum256([]byte("t-" + role))
	return hex.EncodeToString(sum[:8]) + ":" + key
}

type keyring map[string][2]string // token → role, name

func (k keyring) Lookup(token string) (string, string, bool) {
	v, ok := k[token]
	return v[0], v[1], ok
}

// allTokens has one token for each role: "t-kiosk" is that of kiosk, named "kiosk-1".
func allTokens() keyring {
	k := keyring{}
	for _, r := range []string{RoleKiosk, RoleBoard, RoleClerk, RoleManager, RoleAdmin} {
		k["t-"+r] = [2]string{r, r + "-1"}
	}
	return k
}

type bench []devices.Health

func (b bench) Health() []devices.Health { return b }

func sampleTicket() queue.Ticket {
	return queue.Ticket{ID: "20260302-A001", Number: "A001", Visit: "20260302-A001", Leg: 1, Queue: "A", Class: queue.Ordinary, State: queue.Waiting,
		Ordinal: 1, Issued: noon, Queued: noon, Note: "the clerk's words", Rating: 2}
}

func sampleView() *queue.View {
	cfg := &queue.Config{
		Name: "示范大厅", NameEn: "Sample hall",
		Departments: []queue.Department{{ID: "hrss", Name: "人社局"}},
		Items:       []queue.Item{{ID: "card", Name: "社保卡", Department: "hrss", Queue: "A"}},
		Queues:      []queue.Queue{{ID: "A", Name: "社保", Prefix: "A", First: 1, Last: 999, Width: 3, BandEnd: queue.Widen}},
		WindowSetup: []queue.WindowSetup{{ID: "1", Queues: []queue.QueueID{"A"}}, {ID: "2", Queues: []queue.QueueID{"A"}}},
		Devices:     []queue.Device{{ID: "printer-1", Kind: "printer", Port: "/dev/secret"}, {ID: "board-1", Kind: "board"}},
	}
	return &queue.View{
		Seq: 7, Day: "2026-03-02", Date: "2026-03-02", At: noon, Config: cfg,
		Queues: []queue.QueueView{{ID: "A", Name: "社保", NameEn: "Insurance", Waiting: 2, Oldest: noon.Add(-90 * time.Second), Next: "A003", Left: 997, Issued: 2}},
		Windows: []queue.WindowView{
			{ID: "1", State: queue.WindowOpen, Clerk: "zhang", Queues: []queue.QueueID{"A"}, Holder: "SECRET-LEASE"},
			{ID: "2", State: queue.WindowClosed, Queues: []queue.QueueID{"A"}},
		},
	}
}

// rig is a server over a scripted engine and a shelf.
type rig struct {
	*Server
	engine *scripted
	shelf  *shelf
}

func newRig(t *testing.T, change ...func(*Options)) *rig {
	t.Helper()
	e, s := newScripted(), &shelf{tickets: map[queue.TicketID]queue.Ticket{"20260302-A001": sampleTicket()}}
	e.shelf = s
	o := Options{Engine: e, Store: s, Tokens: allTokens(), Records: s, Waits: s}
	for _, c := range change {
		c(&o)
	}
	srv := New(o)
	t.Cleanup(srv.Close)
	e.awaitListener(t) // what is told before anybody listens arrives as a snapshot
	return &rig{srv, e, s}
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		t.Fatalf("%s: %v", r.body, err)
	}
}

// refusal asserts that a reply is a problem document with the code, and with everything a screen needs.
func (r reply) refusal(t *testing.T, code queue.Code) Problem {
	t.Helper()
	var p Problem
	r.into(t, &p)
	if p.Code != code || p.Status != r.status || r.status != StatusOf(code) {
		t.Fatalf("got %d %s, want %d with code %s", r.status, r.body, StatusOf(code), code)
	}
	if ct := r.header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("content type %q", ct)
	}
	if p.Title == "" || p.TitleZh == "" || p.Type != "urn:halld:problem:"+string(code) {
		t.Errorf("incomplete problem: %s", r.body)
	}
	return p
}

// ask sends one request as a role. headers are pairs of name and value.
func (r *rig) ask(t *testing.T, role, method, path, body string, headers ...string) reply {
	t.Helper()
	return ask(t, r.Handler(), role, method, path, body, headers...)
}

func ask(t *testing.T, h http.Handler, role, method, path, body string, headers ...string) reply {
	t.Helper()
	var in io.Reader = http.NoBody
	if body != "" {
		in = strings.NewReader(body)
	}
	req := httptest.NewRequest(method, path, in)
	if role != "" {
		req.Header.Set("Authorization", "Bearer t-"+role)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return reply{w.Code, w.Result().Header, bytes.TrimSpace(w.Body.Bytes())}
}

var errDisk = errors.New("disk I/O error at /var/lib/secret")
