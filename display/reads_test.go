package display

import (
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"halld/devices"
	"halld/queue"
	"halld/queue/report"
	"halld/queue/wait"
)

func TestTicketByIDAndNumber(t *testing.T) {
	r := newRig(t)
	first := sampleTicket()
	first.State = queue.Transferred
	second := sampleTicket()
	second.ID, second.Leg, second.Queue, second.Ordinal = "20260302-A001.2", 2, "A", 1
	r.shelf.tickets[first.ID], r.shelf.tickets[second.ID] = first, second
	other := sampleTicket()
	other.ID, other.Ordinal = "20260302-A009", 9
	r.shelf.line = []queue.Ticket{other, second}

	var got Ticket
	r.ask(t, "kiosk", "GET", "/api/tickets/20260302-A001", "").into(t, &got)
	if got.State != queue.Transferred || got.Ahead != 0 {
		t.Errorf("by id: %+v", got)
	}
	r.ask(t, "kiosk", "GET", "/api/tickets/A001", "").into(t, &got)
	if got.ID != "20260302-A001.2" || got.Ahead != 1 || !reflect.DeepEqual(got.Windows, []queue.WindowID{"1"}) || got.QueueName != "社保" {
		t.Errorf("by number it is the present leg, with who is ahead: %+v", got)
	}
	r.ask(t, "kiosk", "GET", "/api/tickets/A777", "").refusal(t, queue.UnknownTicket)
	r.engine.show(&queue.View{Seq: 9})
	r.ask(t, "kiosk", "GET", "/api/tickets/A001", "").refusal(t, queue.UnknownTicket)
}

func TestEstimateGoesByWhoIsAhead(t *testing.T) {
	r := newRig(t)
	r.shelf.waits = wait.Minutes{Low: 10, Median: 15, High: 20, Basis: wait.Rate, N: 8}
	first := sampleTicket()
	first.ID, first.Number = "20260302-0", "A000"
	r.shelf.line = []queue.Ticket{first, sampleTicket()}
	var got Ticket
	r.ask(t, "kiosk", "GET", "/api/tickets/A001", "").into(t, &got)
	if got.Ahead != 1 || got.WaitLow != 11 || got.WaitMedian != 16 || got.WaitHigh != 21 || got.WaitBasis != wait.Rate || got.WaitN != 8 {
		t.Errorf("%+v", got)
	}
}

func TestPrivateFields(t *testing.T) {
	r := newRig(t)
	r.shelf.line = []queue.Ticket{sampleTicket()}
	w := sampleView().Windows[0]
	r.engine.do = func(queue.Command) (queue.Answer, error) {
		t := sampleTicket()
		return queue.Answer{Ticket: &t, Window: &w, Seq: 8}, nil
	}
	for _, c := range []struct {
		role, method, path string
		private            bool
	}{
		{"kiosk", "GET", "/api/tickets/A001", false},
		{"clerk", "GET", "/api/tickets/A001", false},
		{"clerk", "GET", "/api/queues/A/tickets", false},
		{"clerk", "POST", "/api/windows/1/finish", false},
		{"kiosk", "POST", "/api/tickets/A001/cancel", false},
		{"kiosk", "GET", "/api/hall", false},
		{"kiosk", "GET", "/api/catalogue", false},
		{"manager", "GET", "/api/tickets/A001", true},
		{"manager", "GET", "/api/queues/A/tickets", true},
		{"admin", "POST", "/api/windows/1/finish", true},
	} {
		got := r.ask(t, c.role, c.method, c.path, "")
		if got.status != 200 {
			t.Fatalf("%s: %d %s", c.path, got.status, got.body)
		}
		text := string(got.body)
		if has := strings.Contains(text, "the clerk's words") && strings.Contains(text, `"rating":2`); has != c.private {
			t.Errorf("%s %s: private fields shown: %v\n%s", c.role, c.path, has, text)
		}
		if !c.private && (strings.Contains(text, "words") || strings.Contains(text, `"rating"`)) {
			t.Errorf("%s %s shows part of it: %s", c.role, c.path, text)
		}
		if strings.Contains(text, "SECRET") || strings.Contains(text, "/dev/") {
			t.Errorf("%s %s leaks: %s", c.role, c.path, text)
		}
	}
}

func TestHall(t *testing.T) {
	r := newRig(t)
	var h Hall
	r.ask(t, "board", "GET", "/api/hall", "").into(t, &h)
	if h.Seq != 7 || h.ServiceDay != "2026-03-02" || h.Name != "示范大厅" || len(h.Outcomes) != len(queue.Outcomes()) || len(h.PauseReasons) != 5 {
		t.Errorf("%+v", h)
	}
	if q := h.Queues[0]; q.OldestWaitSeconds != 90 || !reflect.DeepEqual(q.Windows, []queue.WindowID{"1"}) {
		t.Errorf("%+v", q)
	}
	if q := h.Queues[0]; q.TargetSeconds != 0 || q.OverTarget != 0 || q.WaitBasis != "" {
		t.Errorf("nothing is promised or known, and it is said to be: %+v", q)
	}
	v := *sampleView()
	cfg := *v.Config
	cfg.Policy.Target = queue.Target{Wait: time.Minute, Share: 80}
	v.Config, v.Seq = &cfg, 8
	r.engine.show(&v)
	r.shelf.over, r.shelf.waits = 2, wait.Minutes{Median: 3, High: 5, Basis: wait.LastWaits, N: 1}
	r.ask(t, "board", "GET", "/api/hall", "").into(t, &h)
	if q := h.Queues[0]; q.TargetSeconds != 60 || q.TargetShare != 80 || q.OverTarget != 2 || q.WaitMedian != 5 || q.WaitBasis != wait.LastWaits {
		t.Errorf("%+v", q)
	}
	if !h.Windows[0].Staffed || h.Windows[1].Staffed {
		t.Errorf("%+v", h.Windows)
	}
	for _, o := range h.Outcomes {
		if o.Name == "" || o.NameEn == "" {
			t.Errorf("outcome %s has no words", o.Code)
		}
	}
	for _, p := range h.PauseReasons {
		if p.Name == "" || p.NameEn == "" {
			t.Errorf("pause %s has no words", p.Code)
		}
	}
}

func TestListsAreNeverNull(t *testing.T) {
	r := newRig(t)
	r.engine.show(&queue.View{})
	for _, path := range []string{"/api/hall", "/api/catalogue", "/api/devices", "/api/overview"} {
		got := r.ask(t, "admin", "GET", path, "")
		if text := strings.ReplaceAll(string(got.body), `"figures":null`, ""); got.status != 200 || strings.Contains(text, "null") {
			t.Errorf("%s: %d %s", path, got.status, text)
		}
	}
}

func TestCatalogue(t *testing.T) {
	r := newRig(t)
	var c Catalogue
	r.ask(t, "kiosk", "GET", "/api/catalogue", "").into(t, &c)
	if !reflect.DeepEqual(c.Printers, []queue.DeviceID{"printer-1"}) || c.Items[0].Queue != "A" || c.Levels[0].Level != 5 {
		t.Errorf("%+v", c)
	}
}

func TestOverview(t *testing.T) {
	late, early := devices.Problem{Device: "p1", Code: "paper-low", Severity: devices.Warning, Since: noon.Add(-time.Hour)},
		devices.Problem{Device: "p2", Code: "paper-out", Severity: devices.Failing, Since: noon}
	r := newRig(t, func(o *Options) {
		o.Health = bench{{ID: "p1", State: "warning", Problems: []devices.Problem{late}}, {ID: "p2", State: "failing", Problems: []devices.Problem{early}}, {ID: "p3"}}
	})
	r.shelf.figures = report.Day{Day: "2026-03-02", All: report.Figures{Served: 12, Ratings: [6]int{10, 0, 0, 0, 1, 1}}}
	r.engine.tell(callAt)
	var o Overview
	r.ask(t, "manager", "GET", "/api/overview", "").into(t, &o)
	if o.Waiting != 1 || o.OldestWaitSeconds != 90 || o.OldestQueue != "A" || o.WindowsOpen != 1 || o.WindowsClosed != 1 || o.Called != 1 || o.Serving != 0 || o.Issued != 2 {
		t.Errorf("%+v", o)
	}
	if len(o.Faults) != 2 || o.Faults[0].Device != "p2" {
		t.Errorf("failing ones come first: %+v", o.Faults)
	}
	if o.Figures == nil || o.Figures.Served != 12 || o.Figures.ByQueue == nil {
		t.Errorf("%+v", o.Figures)
	}
	var d Devices
	r.ask(t, "admin", "GET", "/api/devices", "").into(t, &d)
	if len(d.Devices) != 3 || d.Devices[2].Problems == nil {
		t.Errorf("%+v", d)
	}
}

func TestLine(t *testing.T) {
	r := newRig(t)
	for i := range 3 {
		tk := sampleTicket()
		tk.Ordinal = uint64(i)
		r.shelf.line = append(r.shelf.line, tk)
	}
	var l Line
	r.ask(t, "clerk", "GET", "/api/queues/A/tickets?limit=2", "").into(t, &l)
	if len(l.Tickets) != 2 || l.Tickets[1].Ahead != 2 { // the one being printed is called before both
		t.Errorf("%+v", l)
	}
	r.ask(t, "clerk", "GET", "/api/queues/Q/tickets", "").refusal(t, queue.UnknownQueue)
	r.ask(t, "clerk", "GET", "/api/queues/A/tickets?limit=0", "").refusal(t, BadValue)
}

func TestOpenDayTellsWhichDay(t *testing.T) {
	r := newRig(t)
	r.engine.do = func(c queue.Command) (queue.Answer, error) {
		if c.(queue.OpenDay).Day == "" {
			return queue.Answer{Seq: 9, Day: "2026-03-02-3"}, nil
		}
		return queue.Answer{}, queue.Refuse(queue.DayUsed, "used")
	}
	var d DayAnswer
	r.ask(t, "manager", "POST", "/api/day/open", "", "Idempotency-Key", "k").into(t, &d)
	if d.ServiceDay != "2026-03-02-3" || d.Seq != 9 {
		t.Errorf("%+v", d)
	}
	r.ask(t, "manager", "POST", "/api/day/open", `{"day":"2026-03-02"}`).refusal(t, queue.DayUsed)
}

// The dates on which the hall stays closed stand with the day, for everybody; who said so, for whoever leads the hall. The picture may be of yesterday.
func TestSkippedDatesAreListed(t *testing.T) {
	r := newRig(t)
	today := noon.Format(time.DateOnly)
	before, after := noon.AddDate(0, 0, -1).Format(time.DateOnly), noon.AddDate(0, 0, 9).Format(time.DateOnly)
	by := queue.Actor{Role: queue.Manager, Name: "1001"}
	r.engine.show(&queue.View{Seq: 9, Zone: time.UTC, Skips: []queue.SkipView{{Date: before, Reason: "over"}, {Date: today, Reason: "停电", By: by, At: noon}, {Date: after, Reason: "培训"}}})
	for _, role := range []string{"board", "manager"} {
		var d Day
		r.ask(t, role, "GET", "/api/day", "").into(t, &d)
		want := []Skip{{Date: today, Reason: "停电", At: noon}, {Date: after, Reason: "培训"}}
		if role == "manager" {
			want[0].By = &by
		}
		if d.Skipped != "停电" || !reflect.DeepEqual(d.Skips, want) {
			t.Errorf("%s: %q %+v", role, d.Skipped, d.Skips)
		}
	}
	var h Hall
	r.ask(t, "manager", "GET", "/api/hall", "").into(t, &h)
	if len(h.Day.Skips) != 2 || h.Day.Skips[0].By != nil {
		t.Errorf("the hall, which boards are shown too: %+v", h.Day.Skips)
	}
}

// A day that is not today, and a clock that is not believed, are said on every screen.
func TestTheDayIsSaid(t *testing.T) {
	r := newRig(t)
	r.engine.quality = queue.Unset
	var d Day
	r.ask(t, "board", "GET", "/api/day", "").into(t, &d)
	if d.Date != "2026-03-02" || d.Stale || d.Clock != queue.Suspect || d.ClockAhead != 72*3600 || d.ClockProblem == "" {
		t.Errorf("%+v", d)
	}
	v := *sampleView()
	v.Day, v.Date, v.Seq = "2026-03-01", "2026-03-01", 8
	v.Paused = &queue.IssuePaused{Reason: "power"}
	r.engine.show(&v)
	r.ask(t, "kiosk", "GET", "/api/day", "").into(t, &d)
	if !d.Stale || !d.IssuePaused || d.PauseReason != "power" {
		t.Errorf("%+v", d)
	}
}

func TestScreens(t *testing.T) {
	built := fstest.MapFS{
		"kiosk.html":                   {Data: []byte("<p>kiosk")},
		"src/screens/clerk/index.html": {Data: []byte("<p>clerk")},
		"assets/kiosk-3f2a.js":         {Data: []byte("1")},
		".keep":                        {},
	}
	r := newRig(t, func(o *Options) { o.Screens = built })
	got := r.ask(t, "", "GET", "/kiosk", "")
	if string(got.body) != "<p>kiosk" || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
		t.Errorf("%d %s %s", got.status, got.body, got.header)
	}
	csp := got.header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'self'") || !strings.Contains(csp, "ws://example.com") || strings.Contains(csp, "script-src") {
		t.Errorf("CSP %q", csp)
	}
	if got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%v", got.header)
	}
	if again := r.ask(t, "", "GET", "/kiosk", "", "If-None-Match", got.header.Get("ETag")); again.status != 304 {
		t.Errorf("unchanged page: %d, want 304", again.status)
	}
	if got := r.ask(t, "", "GET", "/clerk", ""); string(got.body) != "<p>clerk" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := r.ask(t, "", "GET", "/assets/kiosk-3f2a.js", ""); got.status != 200 || !strings.Contains(got.header.Get("Cache-Control"), "immutable") {
		t.Errorf("%d %v", got.status, got.header)
	}
	if got := r.ask(t, "", "GET", "/", ""); !strings.Contains(string(got.body), `href="/kiosk"`) || strings.Contains(string(got.body), `href="/board"`) ||
		!strings.Contains(string(got.body), "示范大厅") {
		t.Errorf("index: %s", got.body)
	}
	for _, path := range []string{"/.keep", "/nothing.js", "/assets", "/../server.go", "/assets/"} {
		if got := r.ask(t, "", "GET", path, ""); got.status == 200 {
			t.Errorf("%s is served", path)
		}
	}
	r.ask(t, "", "POST", "/kiosk", "").refusal(t, BadMethod)
}

func TestScreensNotBuilt(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Screens = fstest.MapFS{".keep": {}} })
	for _, path := range []string{"/", "/kiosk", "/clerk", "/board", "/manager"} {
		if got := r.ask(t, "", "GET", path, ""); !strings.Contains(string(got.body), "screens not built: run make web") {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

func TestHealthzAndMetrics(t *testing.T) {
	var down error
	r := newRig(t, func(o *Options) {
		o.Ready = func() error { return down }
		o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "halld_up 1") }) // what did not come shows below
	})
	if got := r.ask(t, "", "GET", "/healthz", ""); got.status != 200 || !strings.Contains(string(got.body), `"seq":7`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := r.ask(t, "", "GET", "/metrics", ""); string(got.body) != "halld_up 1" {
		t.Errorf("%s", got.body)
	}
	down = errors.New("the disk is gone")
	r.ask(t, "", "GET", "/healthz", "").refusal(t, Unavailable)
}
