package oracle

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// hall is a model that is told events in short.
type hall struct {
	*Model
	t   *testing.T
	now time.Time
}

func newHall(t *testing.T) *hall {
	s := Setup{
		Queues: []Queue{{ID: "A", Prefix: "A", First: 998, Last: 999, Width: 3, BandEnd: "widen"}, {ID: "B", Prefix: "B", First: 1, Last: 2, Width: 3, BandEnd: "reserve", Reserve: "X"},
			{ID: "C", Prefix: "C", First: 1, Last: 1, Width: 3, BandEnd: "refuse"}},
		Windows: []Window{{ID: "1", Queues: []string{"A", "B"}}, {ID: "2", Queues: []string{"A"}}},
		Policy: Policy{RecallLimit: 2, MissAfter: 2, ReturnAfter: 1, ReturnLimit: 1, HoldLimit: 1, LegLimit: 2, WarnAt: 90, UndoMiss: time.Minute,
			PriorityHead: 10 * time.Second},
		Outcomes: map[string]bool{"done": false, "refused": true}, PauseReasons: []string{"lunch"},
	}
	h := &hall{Model: New(s), t: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	h.event("day.opened day=2026-03-02")
	return h
}

// tell applies an event written as a line, a second after the last one.
func (h *hall) tell(line string) error {
	words := strings.Fields(line)
	h.now = h.now.Add(time.Second)
	e := Event{Seq: h.Seq + 1, At: h.now, Kind: words[0], Data: map[string]any{}}
	for _, w := range words[1:] {
		k, v, _ := strings.Cut(w, "=")
		e.Data[k] = v
		var n float64
		if _, err := fmt.Sscanf(v, "%g", &n); err == nil && fmt.Sprint(n) == v && k != "window" {
			e.Data[k] = n
		}
	}
	return h.Apply(e)
}

func (h *hall) event(line string) {
	h.t.Helper()
	if err := h.tell(line); err != nil {
		h.t.Fatalf("%s: %v", line, err)
	}
}

func (h *hall) ask(verb string, kv ...string) string {
	c := Command{Verb: verb, Role: "admin", Name: "x", Args: map[string]string{}}
	for i := 0; i < len(kv); i += 2 {
		c.Args[kv[i]] = kv[i+1]
	}
	return h.Decide(c, h.now).String()
}

func (h *hall) want(got, want string) {
	h.t.Helper()
	if got != want {
		h.t.Errorf("got %s, want %s", got, want)
	}
}

func (h *hall) line(q string) string {
	out := ""
	for _, t := range h.Line(q) {
		out += " " + t.Number
	}
	return strings.TrimSpace(out)
}

// The ends of bands, as queue/testdata/bands.txt has them.
func TestBands(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.want(h.ask("issue", "queue", "A"), "done as [ticket.issued class=ordinary number=A998 queue=A state=waiting]")
	h.event("ticket.issued ticket=a1 number=A998 queue=A class=ordinary state=waiting")
	h.want(h.ask("issue", "queue", "A"), "done as [ticket.issued class=ordinary number=A999 queue=A state=waiting band.warned of=2 queue=A used=2]")
	h.event("ticket.issued ticket=a2 number=A999 queue=A class=ordinary state=waiting")
	h.event("band.warned queue=A used=2 of=2")
	h.want(h.ask("issue", "queue", "A"), "done as [band.extended last=9999 next=1000 prefix=A queue=A width=4 ticket.issued class=ordinary number=A1000 queue=A state=waiting]")
	h.event("ticket.issued ticket=b1 number=B001 queue=B class=ordinary state=waiting")
	h.event("ticket.issued ticket=b2 number=B002 queue=B class=ordinary state=waiting")
	h.event("band.extended queue=B prefix=X width=3 next=1 last=2")
	h.event("ticket.issued ticket=x1 number=X001 queue=B class=ordinary state=waiting")
	h.event("ticket.issued ticket=x2 number=X002 queue=B class=ordinary state=waiting")
	h.want(h.ask("issue", "queue", "B"), "refused with one of [numbers-used-up]")
	h.event("ticket.issued ticket=c1 number=C001 queue=C class=ordinary state=waiting")
	h.want(h.ask("issue", "queue", "C"), "refused with one of [numbers-used-up]")
}

// The order of a line: longest wait with the head start of the class; a return after one other.
func TestLine(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.event("ticket.issued ticket=a1 number=A998 queue=A class=ordinary state=waiting")
	h.event("window.opened window=2 clerk=x")
	h.want(h.ask("no-show", "window", "2"), "refused with one of [window-idle]")
	h.event("ticket.called ticket=a1 window=2 why=longest-wait")
	h.want(h.ask("no-show", "window", "2"), "refused with one of [not-yet-missed]")
	h.event("ticket.missed ticket=a1 window=2")
	h.want(h.ask("undo-miss", "window", "2"), "done as [ticket.called calls=2 ticket=a1 why=miss-undone window=2]")
	h.event("ticket.issued ticket=a2 number=A999 queue=A class=ordinary state=waiting")
	h.want(h.ask("return", "ticket", "a1"), "done as [ticket.queued after=1 cause=returned ticket=a1]")
	h.event("ticket.queued ticket=a1 cause=returned after=1")
	h.want(h.line("A"), "A999 A998")
	h.event("band.extended queue=A prefix=A width=4 next=1000 last=9999")
	h.event("ticket.issued ticket=a3 number=A1000 queue=A class=priority state=waiting")
	h.want(h.line("A"), "A1000 A998 A999")
	h.want(h.ask("call", "window", "2"), "done as [ticket.called ticket=a3 window=2]")
	h.event("ticket.called ticket=a3 window=2 why=priority-class overtook=1")
	h.want(h.line("A"), "A998 A999")
	h.want(h.ask("call", "window", "2"), "refused with one of [window-busy]")
	h.event("ticket.serving ticket=a3 window=2")
	h.want(h.ask("finish", "window", "2", "outcome", "refused"), "refused with one of [reason-needed]")
	h.event("ticket.transferred ticket=a3 window=2 next=a3.2 queue=B")
	h.want(h.line("B"), "A1000")
	if n := h.Ahead(h.Find("a2")); n != 1 {
		t.Errorf("before A999 stand %d", n)
	}
	h.event("ticket.called ticket=a1 window=2 why=return-due")
	h.event("ticket.missed ticket=a1 window=2")
	h.want(h.ask("return", "ticket", "A998"), "refused with one of [return-limit]")
}

// What may never happen is seen.
func TestNever(t *testing.T) {
	t.Parallel()
	begin := []string{"ticket.issued ticket=a1 number=A998 queue=A class=ordinary state=waiting", "window.opened window=1 clerk=x", "window.opened window=2 clerk=x",
		"ticket.called ticket=a1 window=1 why=longest-wait"}
	for _, c := range []struct{ events, want string }{
		{"ticket.issued ticket=a9 number=A998 queue=A class=ordinary state=waiting", "given twice"},
		{"ticket.issued ticket=a1 number=A999 queue=A class=ordinary state=waiting", "was given before"},
		{"ticket.called ticket=a1 window=2 why=longest-wait", "is at window 1"},
		{"ticket.held ticket=a1 window=1", "goes from called to held"},
		{"ticket.serving ticket=a1 window=2", "is not there"},
		{"ticket.done ticket=zz window=1", "never issued"},
		{"window.closed window=1", "closes with ticket"},
		{"day.closed day=2026-03-02", "is still called"},
		{"ticket.done ticket=a1 window=1 outcome=done\nticket.rated ticket=a1 level=5\nticket.rated ticket=a1 level=4", "rated twice"},
		{"ticket.done ticket=a1 window=1 outcome=done\nwindow.closed window=1\nwindow.closed window=2\nday.closed day=2026-03-02\nday.opened day=2026-03-02", "a second time"},
		{"print.queued ticket=a1 job=j\nprint.started ticket=a1 job=j\nprint.started ticket=a1 job=j", "sent twice"},
	} {
		h := newHall(t)
		for _, e := range begin {
			h.event(e)
		}
		lines := strings.Split(c.events, "\n")
		for _, e := range lines[:len(lines)-1] {
			h.event(e)
		}
		if err := h.tell(lines[len(lines)-1]); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.events, err, c.want)
		}
	}
	h := newHall(t)
	if h.Alone(Event{Kind: "ticket.called", Data: map[string]any{}}) == nil || h.Alone(Event{Kind: "day.closed", At: h.now, Data: map[string]any{}}) == nil {
		t.Error("a call, or the end of the day at noon, may come by itself")
	}
}

// Facts are found in any order, and one that may be left out may.
func TestMatch(t *testing.T) {
	t.Parallel()
	ev := func(kind string) Event { return Event{Kind: kind, Data: map[string]any{}} }
	facts := []Fact{{Kind: "a"}, {Kind: "b", Maybe: true}, {Kind: "c"}}
	for _, c := range []struct {
		events []Event
		want   int
	}{
		{[]Event{ev("c"), ev("a")}, 2}, {[]Event{ev("b"), ev("c"), ev("a"), ev("a")}, 3}, {[]Event{ev("a"), ev("x"), ev("c")}, -1}, {nil, -1},
	} {
		if n := Match(facts, c.events); n != c.want {
			t.Errorf("%v: %d, want %d", c.events, n, c.want)
		}
	}
}

// An answer may say more than the model, never something else.
func TestCompare(t *testing.T) {
	t.Parallel()
	want := V{"n": 2, "gone": absent{}, "list": V{"A": V{"x": "y"}}, "ahead": or{1, 2}}
	got := map[string]any{"n": 2.0, "more": true, "ahead": 1.0, "list": []any{map[string]any{"id": "A", "x": "y", "z": 1.0}}}
	if d := Compare(want, got, "p", "p"); len(d) != 0 {
		t.Errorf("%v", d)
	}
	got["n"], got["gone"], got["ahead"] = 3.0, "here", 0.0
	var paths []string
	for _, d := range Compare(want, got, "p", "p") {
		paths = append(paths, d.Path)
	}
	if fmt.Sprint(paths) != "[p.ahead p.gone p.n]" {
		t.Errorf("%v", paths)
	}
}
