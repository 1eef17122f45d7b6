package queue

import (
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
	Aside   []Ticket // held, and missed ones that may come back, queue by queue
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
	for _, q := range v.Queues {
		hand := HandQueue{QueueView: q, Tickets: append(h.Line(q.ID, q.Waiting), h.inState(Issued, q.ID)...)}
		for i := range v.Windows {
			if slices.Contains(v.Windows[i].Queues, q.ID) {
				hand.Windows = append(hand.Windows, v.Windows[i].ID)
			}
		}
		out.Queues = append(out.Queues, hand)
	}
	for _, q := range v.Queues {
		out.Aside = append(out.Aside, append(h.inState(Held, q.ID), h.inState(Missed, q.ID)...)...)
	}
	return out
}

// inState lists the tickets of a queue in a state, by arrival.
func (h *Hall) inState(s State, q QueueID) []Ticket {
	var all []*Ticket
	for _, t := range h.day.tickets {
		if t.State == s && t.Queue == q {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, byArrival)
	out := make([]Ticket, len(all))
	for i, t := range all {
		out[i] = *t
	}
	return out
}
