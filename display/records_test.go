package display

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"halld/queue"
	"halld/queue/report"
)

func manyTickets(n int) []queue.Ticket {
	out := make([]queue.Ticket, n)
	for i := range out {
		out[i] = sampleTicket()
		out[i].ID = queue.TicketID(fmt.Sprintf("20260302-%d", i+1))
		out[i].Visit = queue.VisitID(out[i].ID)
	}
	return out
}

func readCSV(t *testing.T, r reply) [][]string {
	t.Helper()
	if ct := r.header.Get("Content-Type"); r.status != 200 || !strings.HasPrefix(ct, "text/csv; charset=utf-8") {
		t.Fatalf("%d %s %s", r.status, ct, r.body)
	}
	rows, err := csv.NewReader(strings.NewReader(string(r.body))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestTicketsPage(t *testing.T) {
	r := newRig(t)
	r.shelf.pages = manyTickets(3)
	var p TicketsPage
	r.ask(t, "manager", "GET", "/api/tickets?limit=2&day=2026-03-02&state=waiting&queue=A&item=i&window=1&clerk=z&number=A001&class=ordinary", "").into(t, &p)
	want := report.Filter{Day: "2026-03-02", State: queue.Waiting, Queue: "A", Item: "i", Window: "1", Clerk: "z", Number: "A001", Class: queue.Ordinary, Limit: 2}
	if got := r.shelf.filters[0]; got != want || len(p.Tickets) != 2 || p.Total != 3 || p.Next != "20260302-2" || p.Tickets[0].Note == "" {
		t.Errorf("%+v of %+v", p, got)
	}
	r.ask(t, "manager", "GET", "/api/tickets?after="+string(p.Next), "").into(t, &p)
	if got := r.shelf.filters[1]; got.Limit != ticketsOnPage || p.Tickets[0].ID != "20260302-3" {
		t.Errorf("%+v of %+v", p, got)
	}
	r.ask(t, "manager", "GET", "/api/tickets?after=none", "").refusal(t, queue.UnknownTicket)
	r.ask(t, "manager", "GET", "/api/tickets?day=yesterday", "").refusal(t, queue.BadDay)
	r.ask(t, "manager", "GET", "/api/tickets?state=gone", "").refusal(t, BadValue)
	r.ask(t, "manager", "GET", "/api/tickets?limit=1001", "").refusal(t, BadValue)
	r.shelf.err = errDisk
	r.ask(t, "manager", "GET", "/api/tickets", "").refusal(t, Unavailable)
}

// A clerk sees the tickets of the window he sits at, today, and neither how he was rated nor what was noted.
func TestAClerkSeesHisOwn(t *testing.T) {
	r := newRig(t)
	r.shelf.pages = manyTickets(1)
	v := *sampleView()
	v.Windows = append([]queue.WindowView{}, v.Windows...)
	v.Windows[1].State, v.Windows[1].ClerkID = queue.WindowOpen, "clerk-1"
	r.engine.show(&v)
	var p TicketsPage
	for _, ask := range []struct{ window, holder string }{{"2", ""}, {"1", "SECRET-LEASE"}} {
		got := r.ask(t, "clerk", "GET", "/api/tickets?window="+ask.window, "", "Halld-Holder", ask.holder)
		got.into(t, &p)
		if f := r.shelf.filters[len(r.shelf.filters)-1]; f.Day != "2026-03-02" || len(p.Tickets) != 1 || p.Tickets[0].Note != "" || p.Tickets[0].Rating != 0 {
			t.Errorf("%+v: %s", f, got.body)
		}
	}
	r.ask(t, "clerk", "GET", "/api/tickets", "").refusal(t, BadValue)
	r.ask(t, "clerk", "GET", "/api/tickets?window=1", "").refusal(t, NotAllowed)
	r.ask(t, "clerk", "GET", "/api/tickets?window=9", "").refusal(t, NotAllowed)
	r.ask(t, "clerk", "GET", "/api/tickets?window=2&day=2026-03-01", "").refusal(t, NotAllowed)
	if rows := readCSV(t, r.ask(t, "clerk", "GET", "/api/tickets?window=2", "", "Accept", "text/csv")); strings.Contains(strings.Join(rows[0], ","), "note") {
		t.Errorf("%v", rows)
	}
	r.engine.show(&queue.View{})
	r.ask(t, "clerk", "GET", "/api/tickets?window=2", "").refusal(t, queue.DayNotOpen)
}

func TestTicketsAsCSV(t *testing.T) {
	r := newRig(t)
	r.shelf.pages = manyTickets(2*ticketsAtOnce + 3)
	r.shelf.pages[0].Note = `=HYPERLINK("http://x","y"),1`
	r.shelf.pages[1].Note, r.shelf.pages[1].ItemName = "-1+2", "＝SUM(1)"
	r.shelf.pages[2].Note, r.shelf.pages[2].ItemName = "@x", "\t=1"
	r.shelf.pages[3].Note = "两行\n的“备注”, 逗号"
	v := *sampleView()
	v.Zone = time.FixedZone("Asia/Shanghai", 8*3600)
	r.engine.show(&v)
	got := r.ask(t, "manager", "GET", "/api/tickets", "", "Accept", "text/csv")
	rows := readCSV(t, got)
	if len(rows) != len(r.shelf.pages)+1 || got.header.Get("Halld-Total") != fmt.Sprint(len(r.shelf.pages)) || !strings.HasPrefix(string(got.body), "id,number,") {
		t.Fatalf("%d rows, %v", len(rows), got.header)
	}
	seen := map[string]bool{}
	for _, row := range rows[1:] {
		if seen[row[0]] || len(row) != len(rows[0]) {
			t.Fatalf("%v", row)
		}
		seen[row[0]] = true
		for _, c := range row {
			if c != "" && strings.ContainsAny(c[:1], "=+-@\t\r") {
				t.Errorf("a spreadsheet would run %q", c)
			}
		}
	}
	col := map[string]int{}
	for i, name := range rows[0] {
		col[name] = i
	}
	if rows[1][col["note"]] != `'=HYPERLINK("http://x","y"),1` || rows[2][col["item_name"]] != "'＝SUM(1)" || rows[4][col["note"]] != "两行\n的“备注”, 逗号" {
		t.Errorf("%q", rows[1:5])
	}
	if at := rows[1][col["issued_at"]]; at != "2026-03-02 20:00:00" {
		t.Errorf("in the hall's zone it is %q", at)
	}
	if rows := readCSV(t, r.ask(t, "manager", "GET", "/api/tickets?limit=5", "", "Accept", "text/csv")); len(rows) != 6 {
		t.Errorf("%d rows, five were asked for", len(rows)-1)
	}
	for accept, want := range map[string]string{"": jsonType, "*/*": jsonType, "text/csv;q=0.5, application/json": jsonType, "text/csv, application/json;q=0.5": csvType,
		"text/html": jsonType} {
		if ct := r.ask(t, "manager", "GET", "/api/tickets?limit=1", "", "Accept", accept).header.Get("Content-Type"); !strings.HasPrefix(ct, want) {
			t.Errorf("Accept %q: %s", accept, ct)
		}
	}
}

// An answer that breaks off is broken off: half of the rows are never taken for all.
func TestACSVThatBreaksOff(t *testing.T) {
	r := newRig(t)
	r.shelf.pages = manyTickets(ticketsAtOnce + 1)
	store := &breaking{shelf: r.shelf}
	r.records = store
	defer func() {
		if p := recover(); p != http.ErrAbortHandler { //nolint:errorlint // what was panicked with
			t.Errorf("ended with %v", p)
		}
	}()
	r.ask(t, "manager", "GET", "/api/tickets", "", "Accept", "text/csv")
	t.Error("it was answered")
}

type breaking struct {
	*shelf
	asked int
}

func (b *breaking) Records(ctx context.Context, f report.Filter) (report.Page, error) {
	if b.asked++; b.asked > 1 {
		return report.Page{}, errDisk
	}
	return b.shelf.Records(ctx, f)
}

func TestDays(t *testing.T) {
	r := newRig(t)
	r.shelf.figures = report.Day{Day: "2026-03-02", All: report.Figures{Issued: 3}}
	var p DaysPage
	r.ask(t, "manager", "GET", "/api/days", "").into(t, &p)
	if p.Total != 2 || !p.Days[0].Open || p.Days[0].Issued != 3 || p.Days[0].OpenedBy.Name != "hours" || p.Days[1].Open || p.Days[1].Issued != 7 ||
		p.Days[1].RatingMean != 4.5 || p.Days[1].OpenedBy != nil {
		t.Errorf("%+v", p)
	}
	rows := readCSV(t, r.ask(t, "admin", "GET", "/api/days?limit=1", "", "Accept", "text/csv"))
	if len(rows) != 2 || rows[1][2] != "hours" || rows[1][5] != "3" {
		t.Errorf("%v", rows)
	}
}

func TestDayFigures(t *testing.T) {
	r := newRig(t)
	f := report.Figures{Issued: 9, Served: 5, Missed: 2, Ratings: [6]int{3, 0, 0, 0, 1, 1}, Outcomes: map[queue.Outcome]int{queue.DoneAtOnce: 4, queue.CouldNot: 1},
		Wait: report.Spread{N: 4, Sum: 8 * time.Minute, Median: time.Minute, P90: 3 * time.Minute, Max: 3 * time.Minute}, Promised: 4, Within: 3,
		Target: queue.Target{Wait: 2 * time.Minute, Share: 90}, Overtaken: map[queue.Reason]int{queue.PriorityFirst: 2, queue.Direct: 1}, Waiting: 2, Over: 1, Since: noon}
	r.shelf.figures = report.Day{Day: "2026-03-02", Opened: noon, Closed: noon.Add(time.Hour), Seq: 77, All: f, Queues: []report.Part{{ID: "A", Name: "=社保", Figures: f}},
		Departments: []report.Part{{ID: "hrss", Figures: f}}, Items: []report.Part{{ID: "i", Figures: f}}, Windows: []report.Part{{ID: "1", Figures: f}},
		Clerks: []report.Part{{ID: "9", Figures: f}}}
	var d DayFigures
	r.ask(t, "manager", "GET", "/api/days/2026-03-02/figures", "").into(t, &d)
	g := d.Figures
	if d.Open || d.Seq != 77 || g.Served != 5 || g.Wait.MeanSeconds != 120 || g.TargetSeconds != 120 || g.WithinTarget != 3 || g.OverTarget != 1 || !g.WaitingSince.Equal(noon) {
		t.Errorf("%+v", d)
	}
	if want := []OutcomeCount{{queue.DoneAtOnce, 4}, {queue.CouldNot, 1}}; !reflect.DeepEqual(g.Outcomes, want) {
		t.Errorf("%+v", g.Outcomes)
	}
	if want := []OvertakenCount{{queue.Direct, 1}, {queue.PriorityFirst, 2}}; !reflect.DeepEqual(g.Overtaken, want) {
		t.Errorf("%+v", g.Overtaken)
	}
	for _, parts := range [][]PartFigures{g.ByQueue, g.ByDepartment, g.ByItem, g.ByWindow, g.ByClerk} {
		if len(parts) != 1 || parts[0].Rated != 2 || parts[0].RatingSum != 9 || parts[0].FinishedAtWindow != 4 {
			t.Errorf("%+v", parts)
		}
	}
	rows := readCSV(t, r.ask(t, "manager", "GET", "/api/days/2026-03-02/figures", "", "Accept", "text/csv"))
	if len(rows) != 7 || rows[1][0] != "hall" || rows[2][2] != "'=社保" || len(rows[1]) != len(rows[0]) {
		t.Errorf("%v", rows)
	}
	r.ask(t, "manager", "GET", "/api/days/2026-03-09/figures", "").refusal(t, NotFound)
	r.ask(t, "manager", "GET", "/api/days/yesterday/figures", "").refusal(t, queue.BadDay)
}

func TestVisitTellsItsStory(t *testing.T) {
	r := newRig(t)
	r.shelf.pages = manyTickets(2)
	r.shelf.events = []queue.Event{
		{Seq: 4, At: noon, By: queue.Actor{Role: queue.Kiosk, Name: "k-1"}, Clock: queue.Trusted, Form: 2, Fact: queue.TicketIssued{Ticket: "20260302-1", Number: "A001", Person: "SECRET"}},
		{Seq: 9, At: noon, Form: 1, Fact: queue.TicketCalled{Ticket: "20260302-1", Window: "1", Note: "why"}},
	}
	got := r.ask(t, "manager", "GET", "/api/visits/20260302-1", "")
	var v Visit
	got.into(t, &v)
	if v.Number != "A001" || len(v.Legs) != 1 || len(v.Events) != 2 || v.Events[0].By.Name != "k-1" || v.Events[1].By != nil || v.Events[1].Window != "1" ||
		v.Events[1].Kind != "ticket.called" {
		t.Errorf("%s", got.body)
	}
	if text := string(got.body); strings.Contains(text, "SECRET") || !strings.Contains(text, `"note":"why"`) {
		t.Errorf("%s", text)
	}
	r.ask(t, "manager", "GET", "/api/visits/20260302-9", "").refusal(t, queue.UnknownTicket)
}

// A parameter that is not known is refused everywhere; nothing is passed over in silence.
func TestUnknownParametersAreRefused(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"/api/overview?day=2026-03-01", "/api/tickets?colour=red", "/api/tickets?day=2026-03-01&day=2026-03-02", "/api/hall?x", "/api/day?x=1",
		"/api/catalogue?x=1", "/api/queues/A/tickets?offset=5", "/api/tickets/A001?x=1", "/api/days?after=1", "/api/live?before=1", "/api/bench/devices?x=1"} {
		p := r.ask(t, "admin", "GET", path, "").refusal(t, BadValue)
		if len(p.Errors) != 1 || !strings.HasPrefix(p.Errors[0].Location, "query.") || p.Errors[0].MessageZh == "" {
			t.Errorf("%s: %+v", path, p)
		}
	}
	r.ask(t, "admin", "POST", "/api/day/close?force=true", "").refusal(t, BadValue)
	r.ask(t, "admin", "GET", "/api/hall?%zz", "").refusal(t, BadValue)
	r.ask(t, "", "GET", "/api/openapi.json?x=1", "").refusal(t, BadValue)
	if len(r.engine.asked) != 0 {
		t.Errorf("%v", r.engine.asked)
	}
}
