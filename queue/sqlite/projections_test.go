package sqlite

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"halld/queue"
	"halld/queue/report"
)

func figuresOf(t *testing.T, r *Reader, day queue.DayID, now time.Time) report.Day {
	t.Helper()
	d, ok, err := r.Figures(t.Context(), day, now)
	if err != nil || !ok {
		t.Fatalf("figures of %s: %v, %v", day, ok, err)
	}
	return d
}

// A day that was closed answers like the one that was open, after a restart and under any set-up.
//
// Hard cases: past_report_unchanged_by_todays_catalogue, closing_deletes_nothing.
func TestAClosedDayAnswersForEver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir)
	w := someDay(t, s)
	open := figuresOf(t, s.Reader, testDay, w.now)
	if f := open.All; f.Issued != 6 || f.Visits != 6 || f.Served != 2 || f.Moved != 1 || f.Cancelled != 1 || f.Ratings != [6]int{0: 1, 5: 1} || f.Waiting != 3 || f.Wait.N != 2 {
		t.Errorf("open: %+v", f)
	}
	w.do(queue.CallNext{Seat: at("1")}) // the second reading goes on from the first
	if f := figuresOf(t, s.Reader, testDay, w.now).All; f.Wait.N != 3 || f.Waiting != 2 {
		t.Errorf("one more call: %+v", f)
	}
	w.do(queue.CloseDay{Force: true})
	closed := figuresOf(t, s.Reader, testDay, w.now)
	if closed.Closed.IsZero() || closed.All.Expired != 4 || closed.All.Served != 2 || closed.ClosedBy.Name != "test" {
		t.Errorf("closed: %+v", closed)
	}
	other := testConfig()
	other.Queues[0].Name, other.Policy.Target = "别的", queue.Target{Wait: time.Second, Share: 1}
	w.do(queue.Configure{Config: other})
	w.do(queue.OpenDay{Day: "2026-03-03", Force: true})
	w.do(queue.Issue{Queue: "A"})
	if got := figuresOf(t, s.Reader, "2026-03-03", w.now); got.All.Issued != 1 || got.Queues[0].Name != "别的" {
		t.Errorf("the next day: %+v", got.All)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if got, want := mustJSON(t, figuresOf(t, again.Reader, testDay, w.now.Add(time.Hour))), mustJSON(t, closed); got != want {
		t.Errorf("after a restart\n got %s\nwant %s", got, want)
	}
	if got := figuresOf(t, again.Reader, "2026-03-03", w.now); got.All.Issued != 1 || got.Queues[0].Name != "别的" {
		t.Errorf("the open day after a restart: %+v", got.All)
	}
	if _, ok, err := again.Figures(t.Context(), "2020-01-01", w.now); ok || err != nil {
		t.Errorf("a day that never was: %v, %v", ok, err)
	}
	var kinds []string
	err = again.LatestDays(t.Context(), 1<<63, func(e queue.Event) { kinds = append(kinds, e.Fact.Kind()) })
	if n := len(kinds); err != nil || n < 20 || kinds[0] != "day.opened" || kinds[n-1] != "ticket.issued" || !slices.Contains(kinds, "day.closed") {
		t.Errorf("the latest days: %v, %v", kinds, err)
	}
	days, total, err := again.Openings(t.Context(), 0)
	if err != nil || total != 2 || days[0].Day != "2026-03-03" || days[0].All != nil || days[1].All.Issued != 6 || days[1].OpenedBy.Role != queue.Manager || days[1].Last == 0 {
		t.Errorf("%+v, %d, %v", days, total, err)
	}
	if rep := mustVerify(t, again.Reader); !rep.OK() {
		t.Errorf("%q", rep.Faults)
	}
}

// What is derived can be made again from the log, and a commit that failed leaves nothing of itself behind.
func TestFiguresAreMadeAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir)
	w := someDay(t, s)
	w.do(queue.CloseDay{Force: true})
	want := mustJSON(t, figuresOf(t, s.Reader, testDay, w.now))
	spans, err := s.Spans(t.Context(), testDay)
	if err != nil || len(spans) != 2 || spans[0].To.IsZero() || spans[0].Clerk != "王" || spans[0].State != queue.WindowOpen {
		t.Fatalf("%+v, %v", spans, err)
	}
	if err := s.Commit(&queue.Batch{Events: []queue.Event{ // the second event does not follow: all of it is taken back
		{Seq: s.seq + 1, At: w.now, Form: 2, Fact: queue.DayOpened{Day: "2026-03-05"}}, {Seq: s.seq + 9, At: w.now, Form: 2, Fact: queue.DayClosed{}}}}); err == nil {
		t.Fatal("a gap in the events was stored")
	}
	b := queue.Batch{Events: []queue.Event{{Seq: s.seq + 1, At: w.now, Form: 2, Fact: queue.DayOpened{Day: "2026-03-05"}}}, Tickets: []queue.Ticket{{ID: "20260302-1", Ordinal: 77}}}
	if err := s.Commit(&b); err == nil { // the day was projected, and then a ticket was refused
		t.Fatal("a ticket was replaced")
	}
	w.do(queue.OpenDay{Day: "2026-03-03", Force: true})
	w.do(queue.OpenWindow{Seat: at("1"), Clerk: "王"})
	if rep := mustVerify(t, s.Reader); !rep.OK() {
		t.Errorf("after a commit that failed: %q", rep.Faults)
	}
	if _, err := s.conn.ExecContext(t.Context(), `DELETE FROM days; UPDATE spans SET "to" = 7; UPDATE projected SET form = 0;
		UPDATE tickets SET data = json_remove(data, '$.clerk', '$.first_called_at'), clerk = ''`); err != nil {
		t.Fatal(err)
	}
	if err := s.note(); err != nil { // as if it were the store's own writing
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if got := mustJSON(t, figuresOf(t, again.Reader, testDay, w.now)); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if p, err := again.Records(t.Context(), report.Filter{Clerk: "王"}); err != nil || places(p.Tickets) != "1" || p.Tickets[0].FirstCalled.IsZero() {
		t.Errorf("tickets by clerk: %+v, %v", p, err)
	}
	w = newWriter(t, again)
	w.do(queue.PauseWindow{Seat: at("1"), Reason: queue.Lunch})
	w.do(queue.CloseDay{})
	if rep := mustVerify(t, again.Reader); !rep.OK() {
		t.Errorf("%q", rep.Faults)
	}
	if spans, err := again.Spans(t.Context(), "2026-03-03"); err != nil || len(spans) != 2 || spans[1].Reason != queue.Lunch || spans[1].Clerk != "王" || spans[1].To.IsZero() {
		t.Errorf("%+v, %v", spans, err)
	}
}

// A clock that is put right dates the day and its spans anew.
func TestADayDatedAnewIsStoredSo(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	w := someDay(t, s)
	since, later := day0, 1000*time.Hour
	w.do(queue.ConfirmClock{To: w.now.Add(later), Behind: true, From: since})
	w.now = w.hall.LastAt()
	w.do(queue.CloseDay{Force: true})
	days, _, err := s.Openings(t.Context(), 0)
	if err != nil || !days[0].Opened.After(day0.Add(later-time.Hour)) {
		t.Errorf("%+v, %v", days, err)
	}
	if rep := mustVerify(t, s.Reader); !rep.OK() {
		t.Errorf("%q", rep.Faults)
	}
}

// A clock that is confirmed in the evening changes nothing of the day that has ended.
func TestClockConfirmedAfterTheClose(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	w := someDay(t, s)
	w.do(queue.CloseDay{Force: true})
	w.do(queue.ConfirmClock{To: w.now.Add(time.Hour)})
	if rep := mustVerify(t, s.Reader); !rep.OK() {
		t.Errorf("%q", rep.Faults)
	}
}

func TestRecords(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	w := someDay(t, s)
	w.do(queue.CloseDay{Force: true})
	w.do(queue.OpenDay{Day: testDay + "-2", Force: true})
	w.do(queue.Issue{Queue: "A"})
	for _, c := range []struct {
		name string
		f    report.Filter
		want string
	}{
		{"all", report.Filter{}, "1 2 3 4 5 6 2.2 7"},
		{"day", report.Filter{Day: testDay}, "1 2 3 4 5 6 2.2"},
		{"second opening", report.Filter{Day: testDay + "-2"}, "7"},
		{"another day", report.Filter{Day: "2026-03-03"}, ""},
		{"state", report.Filter{State: queue.Cancelled}, "4"},
		{"number", report.Filter{Number: "A0001", Day: testDay}, "2 2.2"},
		{"clerk", report.Filter{Clerk: "李"}, "2"},
		{"window", report.Filter{Window: "1", Queue: "A"}, "1"},
		{"class", report.Filter{Class: queue.Priority}, ""},
		{"item", report.Filter{Item: "x"}, ""},
	} {
		p, err := s.Records(t.Context(), c.f)
		if got := places(p.Tickets); got != c.want || err != nil || p.Total != len(p.Tickets) || p.Next != "" {
			t.Errorf("%s: %q of %d, want %q (%v)", c.name, got, p.Total, c.want, err)
		}
	}
	if _, err := s.Records(t.Context(), report.Filter{After: "nothing"}); queue.CodeOf(err) != queue.UnknownTicket {
		t.Errorf("%v", err)
	}
}

// All pages together are all tickets, none twice, while new ones come and old ones change.
func TestPagesWhileTicketsCome(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	w := someDay(t, s)
	begin, err := s.Records(t.Context(), report.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[queue.TicketID]int{}
	f := report.Filter{Limit: 2}
	for pages := 0; ; pages++ {
		p, err := s.Records(t.Context(), f)
		if err != nil || len(p.Tickets) > 2 || p.Total != len(begin.Tickets)+pages {
			t.Fatalf("page %d: %d tickets of %d, %v", pages, len(p.Tickets), p.Total, err)
		}
		for _, tk := range p.Tickets {
			seen[tk.ID]++
		}
		if p.Next == "" {
			break
		}
		f.After = p.Next
		w.do(queue.Issue{Queue: "A"})
	}
	for _, tk := range begin.Tickets {
		if seen[tk.ID] != 1 {
			t.Errorf("%s was seen %d times", tk.ID, seen[tk.ID])
		}
	}
	all, err := s.Records(t.Context(), report.Filter{})
	if err != nil || len(seen) != all.Total || all.Total < len(begin.Tickets)+3 || slices.Max(slices.Collect(maps.Values(seen))) != 1 {
		t.Errorf("of %d: %v, %v", all.Total, seen, err)
	}
}

func TestVisit(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	w := someDay(t, s)
	for range 20 {
		w.do(queue.Issue{Queue: "A"}) // 20260302-20 and so on begin as 20260302-2 does
	}
	legs, events, err := s.Visit(t.Context(), "20260302-2")
	if err != nil || places(legs) != "2 2.2" {
		t.Fatalf("%v, %v", legs, err)
	}
	var story string
	for _, e := range events {
		story += e.Fact.Kind() + " " + e.By.Name + "\n"
	}
	if want := "ticket.issued test\nticket.called test\nticket.serving test\nticket.transferred test\n"; story != want {
		t.Errorf("%s", story)
	}
	if legs, _, err := s.Visit(t.Context(), "20260302-99"); err != nil || len(legs) != 0 {
		t.Errorf("%v, %v", legs, err)
	}
}

// The columns are used: no page reads all tickets.
func TestSearchesUseTheirIndex(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	for _, f := range []report.Filter{{Day: testDay}, {Clerk: "x"}, {Item: "x"}, {Day: testDay, Number: "x"}} {
		where, args := chosen(&f)
		rows, err := s.Reader.db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN SELECT data FROM tickets WHERE "+where+" AND rowid > 7 ORDER BY rowid LIMIT 5", args...)
		if err != nil {
			t.Fatal(err)
		}
		var plan string
		for rows.Next() {
			var a, b, c int
			var detail string
			if err := rows.Scan(&a, &b, &c, &detail); err != nil {
				t.Fatal(err)
			}
			plan += detail
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		if want := "USING INDEX tickets_"; !strings.Contains(plan, want) || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s: %s", where, plan)
		}
	}
}

// places lists tickets by what their IDs end with.
func places(tickets []queue.Ticket) string {
	var out []string
	for _, t := range tickets {
		_, n, _ := strings.Cut(string(t.ID), "-")
		out = append(out, n)
	}
	return strings.Join(out, " ")
}
