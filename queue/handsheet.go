package queue

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// HandSheet is what a hall goes on with on paper when its screens fail: who waits where in calling order, who is at which window, and who may come back.
type HandSheet struct {
	Hall    string // its name
	HallEn  string
	Day     DayID // empty: no service day is open
	At      time.Time
	Zone    *time.Location
	Classes []ClassSetup
	Queues  []HandQueue
	Windows []WindowView
	Aside   []Ticket // held, and missed ones that may come back, queue by queue: first those held
}

// HandQueue is one queue of it.
type HandQueue struct {
	QueueView
	Windows []WindowID // that serve it
	Tickets []Ticket   // who waits, in calling order; behind them whose number is being printed
}

// HandSheet makes the sheet of the hall as it is.
func (h *Hall) HandSheet() HandSheet {
	v := h.View()
	out := HandSheet{Day: v.Day, At: v.At, Zone: v.Zone, Windows: v.Windows}
	if v.Config == nil {
		return out
	}
	out.Hall, out.HallEn, out.Classes = v.Config.Name, v.Config.NameEn, v.Config.ClassList()
	place := map[QueueID]int{}
	for i, q := range v.Queues {
		place[q.ID] = i
		out.Queues = append(out.Queues, HandQueue{QueueView: q, Tickets: h.Line(q.ID, q.Waiting)})
	}
	for i := range v.Windows {
		for _, q := range v.Windows[i].Queues {
			hand := &out.Queues[place[q]]
			hand.Windows = append(hand.Windows, v.Windows[i].ID)
		}
	}
	for _, t := range slices.SortedFunc(maps.Values(h.day.tickets), byArrival) {
		switch i, ok := place[t.Queue]; {
		case !ok:
		case t.State == Issued:
			out.Queues[i].Tickets = append(out.Queues[i].Tickets, *t)
		case t.State == Held, t.State == Missed:
			out.Aside = append(out.Aside, *t)
		}
	}
	slices.SortStableFunc(out.Aside, func(a, b Ticket) int {
		return cmp.Or(cmp.Compare(place[a.Queue], place[b.Queue]), cmp.Compare(a.State, b.State))
	})
	return out
}
