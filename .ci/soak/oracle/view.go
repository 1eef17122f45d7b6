package oracle

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// absent is what a field is that must not be there.
type absent struct{}

// anything is what a field is of which nothing is promised.
type anything struct{}

// or is a field for which something else is right, too.
type or struct{ right, also any }

// V is what an answer must hold: fields by name. More may stand beside them.
type V = map[string]any

func clock(t time.Time) any {
	if t.IsZero() || t.Year() < 1 {
		return absent{}
	}
	return t
}

func word(s string) any {
	if s == "" {
		return absent{}
	}
	return s
}

func count(n int) any {
	if n == 0 {
		return absent{}
	}
	return n
}

// ViewTicket is a ticket as GET /api/tickets/{id} shows it to a manager.
func (m *Model) ViewTicket(t *Ticket) V {
	v := V{"id": t.ID, "number": t.Number, "visit": t.Visit, "leg": t.Leg, "queue": t.Queue, "class": t.Class, "state": t.State, "issued_at": t.IssuedAt,
		"queued_at": clock(t.QueuedAt), "rated": t.Rating != 0, "returns": count(t.Returns), "prints": count(t.Prints), "printer": word(t.Printer), "print": word(t.Print)}
	if t.Day != m.Day || m.Day == "" {
		return v
	}
	v["ahead"], v["claim"], v["overtaken"] = m.Ahead(t), word(t.Claim), count(t.Overtaken)
	if t.State == Waiting && t.Returned && t.After > 0 {
		v["after"] = t.After
	}
	if t.State != Waiting && t.State != Issued {
		v["window"], v["calls"], v["why"] = word(t.Window), count(t.Calls), word(t.Why)
		v["called_at"] = clock(t.CalledAt)
		if !t.Unmet { // when a service began that was only ended is for halld to infer
			v["served_at"] = clock(t.ServedAt)
		}
	}
	if !t.Live() {
		v["ended_at"] = clock(t.EndedAt)
		v["outcome"] = word(t.Outcome)
	}
	var open, all []string
	for _, w := range m.Setup.Windows {
		if slices.Contains(w.Queues, t.Queue) {
			all = append(all, w.ID)
			if m.Seats[w.ID].State == "open" {
				open = append(open, w.ID)
			}
		}
	}
	if len(open) == 0 {
		open = all
	}
	v["windows"] = open
	return v
}

func (m *Model) small(t *Ticket) any {
	if t == nil {
		return nil
	}
	return V{"id": t.ID, "number": t.Number, "queue": t.Queue, "state": t.State, "class": t.Class, "calls": t.Calls}
}

// ViewWindow is a window as every answer shows it.
func (m *Model) ViewWindow(s *Seat) V {
	held := []any{}
	for _, t := range s.Held {
		held = append(held, m.small(t))
	}
	var done any = s.Done
	if m.Day == "" {
		done = anything{}
	}
	return V{"id": s.ID, "state": s.State, "queues": s.Queues, "ticket": m.small(s.Ticket), "held": held, "done": done,
		"clerk": word(s.Clerk), "pause": word(s.Pause), "staffed": s.Holder != ""}
}

// ViewHall is GET /api/hall.
func (m *Model) ViewHall() V {
	queues, windows := V{}, V{}
	for _, q := range m.Setup.Queues {
		b := m.Bands[q.ID]
		waiting, printing := 0, 0
		var oldest, arrived time.Time // a later leg keeps its arrival: since when it waits may be either
		for _, t := range m.Today() {
			if t.Queue != q.ID {
				continue
			}
			switch t.State {
			case Waiting:
				waiting++
				if oldest.IsZero() || t.QueuedAt.Before(oldest) {
					oldest = t.QueuedAt
				}
				if arrived.IsZero() || t.Arrived.Before(arrived) {
					arrived = t.Arrived
				}
			case Issued:
				printing++
			}
		}
		open := []string{}
		for _, w := range m.Setup.Windows {
			if slices.Contains(w.Queues, q.ID) && m.Seats[w.ID].State == "open" {
				open = append(open, w.ID)
			}
		}
		v := V{"id": q.ID, "name": q.Name, "waiting": waiting, "printing": printing, "issued": b.Given, "windows": open, "oldest_since": or{right: clock(oldest), also: clock(arrived)}}
		v["stopped"] = word(m.Stopped[q.ID])
		if b.Next <= b.Last {
			v["numbers_left"], v["next_number"] = b.Last-b.Next+1, number(*b)
		} else if b.Extended || q.BandEnd == "refuse" {
			v["numbers_left"], v["next_number"] = 0, absent{}
		}
		if m.Day == "" { // what stands there while no day is open is not written
			v["numbers_left"], v["next_number"], v["issued"], v["stopped"] = anything{}, anything{}, anything{}, anything{}
		}
		queues[q.ID] = v
	}
	for _, s := range m.Seats {
		windows[s.ID] = m.ViewWindow(s)
	}
	return V{"seq": int(m.Seq), "service_day": m.Day, "queues": queues, "windows": windows}
}

// ViewOverview is what GET /api/overview counts.
func (m *Model) ViewOverview() V {
	v := V{"seq": int(m.Seq), "service_day": m.Day}
	n := map[string]int{}
	var cancelled, void, served, waits int
	ratings := make([]any, 6)
	stars := [6]int{}
	for _, t := range m.Today() {
		n[t.State]++
		switch t.State {
		case Cancelled:
			cancelled++
		case Void:
			void++
		case Done, Transferred:
			if !nobody(t.Outcome) {
				served++
			}
		}
		stars[t.Rating]++
		if t.Stood > 0 {
			waits++
		}
	}
	ratings[0] = anything{} // of whom it is said that they were not rated is not written
	for i := 1; i < len(stars); i++ {
		ratings[i] = stars[i]
	}
	w := map[string]int{}
	for _, s := range m.Seats {
		w[s.State]++
	}
	v["waiting"], v["called"], v["serving"], v["issued"] = n[Waiting], n[Called], n[Serving], len(m.numbersToday())
	v["windows_open"], v["windows_paused"], v["windows_closed"] = w["open"], w["paused"], w["closed"]
	if m.Day != "" {
		v["figures"] = V{"served": served, "missed": m.Missed, "cancelled": or{right: cancelled, also: cancelled + void}, "wait": V{"n": waits}, "ratings": ratings}
	}
	return v
}

func (m *Model) numbersToday() []string {
	var out []string
	for _, t := range m.Today() {
		if t.Leg == 1 {
			out = append(out, t.Number)
		}
	}
	return out
}

// Calls lists the tickets that are called now, in the order of their last call.
func (m *Model) Calls() []*Ticket {
	return slices.DeleteFunc(slices.Clone(m.calls), func(t *Ticket) bool { return t.State != Called })
}

// Diff is one place where an answer is not what the model says.
type Diff struct {
	Path string // with the ids left out: it names the kind of the difference
	At   string // with them
	Text string
}

// Compare lists where got is not what want says. Lists of things with an id may be wanted as maps by that id.
func Compare(want, got any, path, at string) []Diff {
	bad := func() []Diff {
		return []Diff{{Path: path, At: at, Text: fmt.Sprintf("%s: right is %s, halld says %s", at, show(want), show(got))}}
	}
	switch w := want.(type) {
	case anything:
		return nil
	case or:
		if len(Compare(w.right, got, path, at)) == 0 {
			return nil
		}
		return Compare(w.also, got, path, at)
	case absent:
		if got != nil {
			return bad()
		}
		return nil
	case V:
		g := got
		if list, ok := got.([]any); ok {
			g = byID(list)
		}
		m, ok := g.(map[string]any)
		if !ok {
			return bad()
		}
		var out []Diff
		for k, sub := range w {
			p := path + "." + k
			if _, list := got.([]any); list {
				p = path
			}
			out = append(out, Compare(sub, m[k], p, at+"."+k)...)
		}
		slices.SortFunc(out, func(a, b Diff) int { return strings.Compare(a.At, b.At) })
		return out
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return bad()
		}
		var out []Diff
		for i := range w {
			out = append(out, Compare(w[i], g[i], path, fmt.Sprintf("%s[%d]", at, i))...)
		}
		return out
	case []string:
		g, _ := got.([]any)
		if len(g) != len(w) {
			return bad()
		}
		for _, x := range w {
			if !slices.Contains(g, any(x)) {
				return bad()
			}
		}
		return nil
	case int:
		if f, ok := got.(float64); !ok || int(f) != w {
			if w == 0 && got == nil {
				return nil
			}
			return bad()
		}
		return nil
	case time.Time:
		s, _ := got.(string)
		if g, err := time.Parse(time.RFC3339Nano, s); err != nil || !g.Equal(w) {
			return bad()
		}
		return nil
	}
	if want != got {
		return bad()
	}
	return nil
}

func byID(list []any) map[string]any {
	out := map[string]any{}
	for _, x := range list {
		if m, ok := x.(map[string]any); ok {
			id, _ := m["id"].(string)
			out[id] = m
		}
	}
	return out
}

func show(v any) string {
	switch v := v.(type) {
	case absent:
		return "nothing"
	case nil:
		return "nothing"
	case time.Time:
		return v.Format("15:04:05.000")
	}
	return fmt.Sprintf("%v", v)
}
