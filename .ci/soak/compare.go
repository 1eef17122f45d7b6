package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"soak/oracle"
)

// get reads a page of the API as the manager.
func (r *Run) get(path string) (map[string]any, error) {
	ctx, cancel := context.WithTimeout(r.ctx, 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", r.daemon.url+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+r.daemon.tokens["manager-1"])
	resp, err := r.http["manager-1"].Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %d %.300s", path, resp.StatusCode, data)
	}
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, fmt.Errorf("GET %s: %w", path, err)
	}
	return v, nil
}

// compare holds everything that can be read against the model, with nothing in the air.
func (r *Run) compare(s Step) *Difference {
	r.fig.Compared++
	for range 20 { // paper and time may change something between two readings
		d, again := r.compareOnce(s)
		if d != nil || !again {
			return d
		}
	}
	return r.differ(s, "never still", "the hall goes on changing with nobody asking for it")
}

func (r *Run) compareOnce(s Step) (d *Difference, again bool) {
	hall, err := r.get("/api/hall")
	if err != nil {
		return r.differ(s, "hall", "%v", err), false
	}
	f, _ := hall["seq"].(float64)
	seq := uint64(f)
	for _, l := range []*Live{r.live, r.board} {
		if err := l.wait(patience, func() bool { return l.last() >= seq }); err != nil {
			if errors.Is(err, errLate) {
				return r.differ(s, "never told", "GET /api/hall is at event %d; the live push for %s stays at %d", seq, l.name, l.Last()), false
			}
			return r.differ(s, "live", "%v", err), false
		}
	}
	if d := r.quiet(s); d != nil {
		return d, false
	}
	if r.model.Seq > seq {
		return nil, true
	}
	if seq > r.model.Seq {
		return r.differ(s, "hall", "GET /api/hall is at event %d, which was never told; the last one is %d", seq, r.model.Seq), false
	}
	diffs := oracle.Compare(r.model.ViewHall(), hall, "hall", "hall")
	diffs = append(diffs, r.callDiffs(hall)...)
	diffs = append(diffs, waitDiffs(hall)...)
	if d := r.report(s, "hall", diffs, ""); d != nil {
		return d, false
	}
	if d := r.comparePush(s, hall, seq); d != nil {
		return d, false
	}
	diffs, err = r.readDiffs()
	if err != nil {
		return r.differ(s, "read", "%v", err), false
	}
	if len(diffs) > 0 && r.moved() {
		return nil, true
	}
	return r.report(s, "read", diffs, ""), false
}

// moved: something happened by itself since the model was last brought up to date.
func (r *Run) moved() bool {
	hall, err := r.get("/api/hall")
	f, _ := hall["seq"].(float64)
	return err == nil && uint64(f) != r.model.Seq
}

// comparePush holds what the events led to against what is read, for the manager and for a board, and a board's events against a manager's.
func (r *Run) comparePush(s Step, hall map[string]any, seq uint64) *Difference {
	for _, l := range []*Live{r.live, r.board} {
		pic, at := l.picture()
		if at != seq || l.name == "board-1" {
			continue // a newer event is here already; a board may be told less
		}
		if p := same(pic, hall, "hall"); p != "" {
			return r.differ(s, "push", "the events up to %d lead to another hall than GET /api/hall shows: %s", seq, p)
		}
	}
	a, b := r.live.since(r.board.begin), r.board.since(r.board.begin)
	for i := range min(len(a), len(b)) {
		if a[i].Seq != b[i].Seq || a[i].Kind != b[i].Kind {
			return r.differ(s, "board", "a board was told %s, a manager %s", b[i], a[i])
		}
		for k, v := range b[i].Data {
			if contains([]string{"note", "level", "claim"}, k) || k == "reason" && b[i].Kind != "window.paused" && b[i].Kind != "queue.paused" { // those stand on the screens
				return r.differ(s, "board", "a board was told %q: %s", k, b[i])
			}
			if same(v, a[i].Data[k], k) != "" {
				return r.differ(s, "board", "a board was told %s, a manager %s", b[i], a[i])
			}
		}
	}
	return nil
}

// callDiffs looks at the list of calls: those still asked for first, each newest first, every ticket that is called now is in it, and every row is right.
func (r *Run) callDiffs(hall map[string]any) []oracle.Diff {
	rows, _ := hall["calls"].([]any)
	var out []oracle.Diff
	listed := map[string]bool{}
	last, asked := time.Time{}, true
	for i, row := range rows {
		m, _ := row.(map[string]any)
		id, _ := m["ticket"].(string)
		text, _ := m["at"].(string)
		at, err := time.Parse(time.RFC3339Nano, text)
		active, _ := m["active"].(bool)
		if err != nil || i > 0 && active == asked && at.After(last) || active && !asked {
			out = append(out, oracle.Diff{Path: "hall.calls.order", Text: fmt.Sprintf("hall.calls[%d] is not older than the one before it: %s", i, text)})
		}
		last, asked = at, active
		t := r.model.Find(id)
		if t == nil {
			out = append(out, oracle.Diff{Path: "hall.calls", Text: fmt.Sprintf("hall.calls[%d] is of a ticket that nobody has: %q", i, id)})
			continue
		}
		active = t.State == oracle.Called
		want := oracle.V{"number": t.Number, "queue": t.Queue, "active": active && !listed[id]}
		if active {
			want["window"], want["calls"] = t.Window, t.Calls
		}
		out = append(out, oracle.Compare(want, m, "hall.calls", fmt.Sprintf("hall.calls[%d]", i))...)
		listed[id] = true
	}
	for _, t := range r.model.Calls() {
		if !listed[t.ID] {
			out = append(out, oracle.Diff{Path: "hall.calls.missing", Text: fmt.Sprintf("ticket %s is called to window %s and is not among the calls", t.Number, t.Window)})
		}
	}
	return out
}

// waitDiffs: the oldest wait is counted up to now.
func waitDiffs(hall map[string]any) []oracle.Diff {
	text, _ := hall["now"].(string)
	now, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return []oracle.Diff{{Path: "hall.now", Text: fmt.Sprintf("hall.now is no time: %q", text)}}
	}
	queues, _ := hall["queues"].([]any)
	var out []oracle.Diff
	for _, q := range queues {
		m, _ := q.(map[string]any)
		secs, _ := m["oldest_wait_seconds"].(float64)
		since, _ := m["oldest_since"].(string)
		at, err := time.Parse(time.RFC3339Nano, since)
		if since == "" {
			at, err = now, nil
		}
		if d := now.Sub(at).Seconds() - secs; err != nil || d < -1.01 || d > 1.01 {
			out = append(out, oracle.Diff{Path: "hall.oldest_wait_seconds", Text: fmt.Sprintf("queue %v waits since %q and it is %q: %v s is wrong", m["id"], since, text, secs)})
		}
	}
	return out
}

// readDiffs reads lines, tickets and the overview.
func (r *Run) readDiffs() ([]oracle.Diff, error) {
	var out []oracle.Diff
	for _, q := range r.model.Setup.Queues {
		v, err := r.get("/api/queues/" + url.PathEscape(q.ID) + "/tickets")
		if err != nil {
			return nil, err
		}
		rows, _ := v["tickets"].([]any)
		line := r.model.Line(q.ID)
		var want, got []string
		for _, t := range line {
			want = append(want, t.Number)
		}
		for _, row := range rows {
			m, _ := row.(map[string]any)
			n, _ := m["number"].(string)
			got = append(got, n)
		}
		if fmt.Sprint(want) != fmt.Sprint(got) {
			out = append(out, oracle.Diff{Path: "line", Text: fmt.Sprintf("who waits in %s, in calling order: right is %v, halld says %v", q.ID, want, got)})
		}
		for i, row := range rows {
			m, _ := row.(map[string]any)
			if fmt.Sprint(want) == fmt.Sprint(got) {
				for _, d := range oracle.Compare(r.model.ViewTicket(line[i]), m, "ticket", fmt.Sprintf("line %s[%d]", q.ID, i)) {
					d.Path = "line." + d.Path
					out = append(out, d)
				}
			}
		}
	}
	today := r.model.Today()
	if r.model.Day == "" && len(r.model.Tickets) > 0 {
		today = r.model.Tickets[max(0, len(r.model.Tickets)-3):]
	}
	ended := 0
	for i := len(today) - 1; i >= 0; i-- {
		t := today[i]
		if !t.Live() {
			if ended++; ended > 6 {
				continue
			}
		}
		v, err := r.get("/api/tickets/" + url.PathEscape(t.ID))
		if err != nil {
			return nil, err
		}
		out = append(out, oracle.Compare(r.model.ViewTicket(t), v, "ticket", "ticket "+t.Number)...)
	}
	v, err := r.get("/api/overview")
	if err != nil {
		return nil, err
	}
	return append(out, oracle.Compare(r.model.ViewOverview(), v, "overview", "overview")...), nil
}
