package queue

import (
	"slices"
	"time"

	"halld/queue/catalogue"
)

// Quota 限量 is how many a queue takes on a service day, or within hours of it. All that hold at a moment bind. A ticket for several cases counts as so many; one
// that was voided or cancelled gives back what it took.
type Quota struct {
	Days  []catalogue.Weekday `json:"days,omitempty" toml:"days,omitempty"`  // on which it holds; none: on every day
	Hours catalogue.Span      `json:"hours,omitzero" toml:"hours,omitempty"` // within which numbers count and are limited; none: the whole day
	Limit int                 `json:"limit,omitempty" toml:"limit"`          // 0: none are given then
}

// QuotaView is what is left of a quota of the present service day.
type QuotaView struct {
	From, Until time.Time // zero: the whole day
	Left        int       // 0 or less: it is used up
}

func (v QuotaView) holds(now time.Time) bool {
	return v.Until.IsZero() || !now.Before(v.From) && now.Before(v.Until)
}

// used counts what numbers took, by queue and minute of the day.
type used map[QueueID]map[catalogue.Minutes]int

// count keeps in step what is derived from a ticket: what it takes of quotas, how many more cases than tickets are in its line, and how long services took. Everybody who changes a
// ticket's state or queue takes it out before and puts it in afterwards.
func (h *Hall) count(t *Ticket, by int) {
	if t.State == "" {
		return
	}
	if t.Leg == 1 && t.State != Void && t.State != Cancelled {
		if h.day.used[t.Queue] == nil {
			h.day.used[t.Queue] = map[catalogue.Minutes]int{}
		}
		at := t.Issued.In(h.loc)
		h.day.used[t.Queue][catalogue.Minutes(at.Hour()*60+at.Minute())] += by * t.Cases()
	}
	if t.State.inLine() {
		h.day.more[t.Queue] += by * (t.Cases() - 1)
	}
	h.paced(t, by)
}

// countAll counts anew: after a restart, and when moments or the time zone changed.
func (h *Hall) countAll() {
	h.day.used, h.day.more, h.day.paces = used{}, map[QueueID]int{}, map[QueueID]pace{}
	for _, t := range h.day.tickets {
		h.count(t, 1)
	}
}

// quotas are those of a queue that hold on the present day, with what is left of each.
func (h *Hall) quotas(q *Queue) []QuotaView {
	if len(q.Quotas) == 0 {
		return nil
	}
	var out []QuotaView
	day := catalogue.Date(h.day.date).Weekday()
	for _, u := range q.Quotas {
		if len(u.Days) > 0 && !slices.Contains(u.Days, day) {
			continue
		}
		v := QuotaView{Left: u.Limit}
		if u.Hours != (catalogue.Span{}) {
			v.From, v.Until = catalogue.Date(h.day.date).At(u.Hours.From, h.loc), catalogue.Date(h.day.date).At(u.Hours.To, h.loc)
		}
		for at, n := range h.day.used[q.ID] {
			if v.Until.IsZero() || at >= u.Hours.From && at < u.Hours.To {
				v.Left -= n
			}
		}
		out = append(out, v)
	}
	return out
}
