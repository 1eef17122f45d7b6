package display

import (
	"context"
	"time"

	"halld/queue"
	"halld/queue/report"
)

// Record is a ticket of any day as it stands in the records.
type Record struct {
	ID          queue.TicketID `json:"id"`
	Number      string         `json:"number" doc:"what the citizen read"`
	Visit       queue.VisitID  `json:"visit"`
	Leg         int            `json:"leg"`
	Queue       queue.QueueID  `json:"queue"`
	Item        queue.ItemID   `json:"item,omitempty"`
	ItemName    string         `json:"item_name,omitempty" doc:"as it was called then"`
	ItemNameEn  string         `json:"item_name_en,omitempty"`
	Class       queue.Class    `json:"class"`
	Claim       queue.Class    `json:"claim,omitempty" doc:"claimed at a kiosk and not answered yet"`
	State       queue.State    `json:"state"`
	IssuedAt    time.Time      `json:"issued_at"`
	QueuedAt    time.Time      `json:"queued_at,omitzero" doc:"when this leg joined its line"`
	FirstCalled time.Time      `json:"first_called_at,omitzero"`
	CalledAt    time.Time      `json:"called_at,omitzero" doc:"the last time"`
	ServedAt    time.Time      `json:"served_at,omitzero"`
	EndedAt     time.Time      `json:"ended_at,omitzero"`
	Window      queue.WindowID `json:"window,omitempty" doc:"that called it last"`
	Clerk       queue.PersonID `json:"clerk,omitempty" doc:"who called it last, by staff number"`
	Calls       int            `json:"calls,omitempty"`
	Misses      int            `json:"misses,omitempty"`
	Returns     int            `json:"returns,omitempty"`
	Why         queue.Reason   `json:"why,omitempty"`
	Overtook    int            `json:"overtook,omitempty"`
	Overtaken   int            `json:"overtaken,omitempty" doc:"how many calls passed it over, as of its last event"`
	Outcome     queue.Outcome  `json:"outcome,omitempty"`
	Rated       bool           `json:"rated"`
	Rating      int            `json:"rating,omitempty" doc:"for manager and admin only"`
	Note        string         `json:"note,omitempty" doc:"for manager and admin only"`
}

func record(t *queue.Ticket, private bool) Record {
	r := Record{ID: t.ID, Number: t.Number, Visit: t.Visit, Leg: t.Leg, Queue: t.Queue, Item: t.Item, ItemName: t.ItemName, ItemNameEn: t.ItemNameEn, Class: t.Class, Claim: t.Claim,
		State: t.State, IssuedAt: t.Issued, QueuedAt: t.Queued, FirstCalled: t.FirstCalled, CalledAt: t.CalledAt, ServedAt: t.Served, EndedAt: t.Ended, Window: t.Window,
		Clerk: t.Clerk, Calls: t.Calls, Misses: t.Misses, Returns: t.Returns, Why: t.Why, Overtook: t.Overtook, Overtaken: t.Overtaken, Outcome: t.Outcome, Rated: t.Rating > 0}
	if private {
		r.Rating, r.Note = t.Rating, t.Note
	}
	return r
}

func records(tickets []queue.Ticket, private bool) []Record {
	out := make([]Record, len(tickets))
	for i := range tickets {
		out[i] = record(&tickets[i], private)
	}
	return out
}

// TicketsPage is a page of tickets, in the order in which they were made.
type TicketsPage struct {
	Tickets []Record       `json:"tickets" nullable:"false"`
	Total   int            `json:"total" doc:"how many there are on all pages"`
	Next    queue.TicketID `json:"next,omitempty" doc:"after for the next page; absent on the last one"`
}

type ticketsIn struct {
	Day    string         `query:"day" maxLength:"16" doc:"service day; empty: all days, for a clerk the open one"`
	State  queue.State    `query:"state" enum:"issued,waiting,called,serving,held,missed,done,transferred,void,cancelled,expired"`
	Queue  queue.QueueID  `query:"queue" maxLength:"8"`
	Item   queue.ItemID   `query:"item" maxLength:"64"`
	Window queue.WindowID `query:"window" maxLength:"8" doc:"that called it last; a clerk must name his own"`
	Clerk  queue.PersonID `query:"clerk" maxLength:"64" doc:"who called it last, by staff number"`
	Number string         `query:"number" maxLength:"8" doc:"what the citizen reads"`
	Class  queue.Class    `query:"class" maxLength:"64"`
	After  queue.TicketID `query:"after" maxLength:"64" doc:"next of the page before"`
	Limit  int            `query:"limit" minimum:"1" maximum:"1000" doc:"how many on a page; without it 100, or as CSV all of them"`
	Holder string         `header:"Halld-Holder" maxLength:"200" doc:"of a clerk: the session that holds the window"`
}

const (
	ticketsOnPage = 100
	ticketsAtOnce = 1000 // read at a time for a CSV
)

func (s *Server) getTickets(ctx context.Context, in *ticketsIn) (*table, error) {
	if s.records == nil {
		return nil, noRecords()
	}
	f := report.Filter{Day: queue.DayID(in.Day), State: in.State, Queue: in.Queue, Item: in.Item, Window: in.Window, Clerk: in.Clerk, Number: in.Number, Class: in.Class,
		After: in.After, Limit: in.Limit}
	if f.Limit == 0 {
		f.Limit = ticketsOnPage
		if asCSV(ctx) {
			f.Limit = ticketsAtOnce
		}
	}
	if in.Day != "" {
		if _, err := queue.ParseDay(in.Day); err != nil {
			return nil, fail(queue.BadDay, "%v", err)
		}
	}
	who := callerOf(ctx)
	private := who.private()
	if !private {
		if err := ownWindow(s.view(), who, in.Holder, &f); err != nil {
			return nil, err
		}
	}
	page, err := s.records.Records(ctx, f)
	if err != nil {
		return nil, notRead("read tickets", err)
	}
	return &table{json: TicketsPage{Tickets: records(page.Tickets, private), Total: page.Total, Next: page.Next}, total: page.Total, header: recordHeader(private),
		rows: func(yield func([]string, error) bool) {
			for {
				for i := range page.Tickets {
					if !yield(s.recordRow(&page.Tickets[i], private), nil) {
						return
					}
				}
				if in.Limit > 0 || page.Next == "" {
					return
				}
				f.After = page.Next
				if page, err = s.records.Records(ctx, f); err != nil {
					yield(nil, err)
					return
				}
			}
		}}, nil
}

// ownWindow keeps a clerk to the tickets of the window he sits at, today.
func ownWindow(v *queue.View, who caller, holder string, f *report.Filter) error {
	if v.Day == "" {
		return fail(queue.DayNotOpen, "no service day is open: a clerk sees today's tickets")
	}
	if f.Day == "" {
		f.Day = v.Day
	}
	if f.Window == "" {
		return fail(BadValue, "a clerk sees the tickets of the window he sits at: give window")
	}
	w := v.Window(f.Window)
	own := w != nil && w.State != queue.WindowClosed && (string(w.ClerkID) == who.name || holder != "" && w.Holder == holder)
	if f.Day != v.Day || !own {
		return fail(NotAllowed, "a clerk sees the tickets of the window he sits at, today")
	}
	return nil
}

func recordHeader(private bool) []string {
	h := []string{"id", "number", "visit", "leg", "queue", "item", "item_name", "class", "state", "issued_at", "queued_at", "first_called_at", "called_at", "served_at",
		"ended_at", "window", "clerk", "calls", "misses", "returns", "why", "overtook", "outcome"}
	if private {
		h = append(h, "rating", "note")
	}
	return h
}

func (s *Server) recordRow(t *queue.Ticket, private bool) []string {
	row := []string{string(t.ID), t.Number, string(t.Visit), itoa(t.Leg), string(t.Queue), string(t.Item), t.ItemName, string(t.Class), string(t.State), s.local(t.Issued),
		s.local(t.Queued), s.local(t.FirstCalled), s.local(t.CalledAt), s.local(t.Served), s.local(t.Ended), string(t.Window), string(t.Clerk), itoa(t.Calls),
		itoa(t.Misses), itoa(t.Returns), string(t.Why), itoa(t.Overtook), string(t.Outcome)}
	if !private {
		return row
	}
	rating := ""
	if t.Rating > 0 {
		rating = itoa(t.Rating)
	}
	return append(row, rating, t.Note)
}

// Visit is everything about one visit.
type Visit struct {
	Visit  queue.VisitID `json:"visit"`
	Number string        `json:"number"`
	Legs   []Record      `json:"legs" nullable:"false"`
	Events []VisitEvent  `json:"events" nullable:"false" doc:"in the order in which they happened"`
}

// VisitEvent is one thing that happened on a visit.
type VisitEvent struct {
	Seq    uint64         `json:"seq"`
	At     time.Time      `json:"at"`
	Kind   string         `json:"kind"`
	By     *queue.Actor   `json:"by,omitempty" doc:"who did it; absent for what happened before that was recorded"`
	Clock  queue.Clock    `json:"clock,omitempty" doc:"whether the hall's time could be trusted then"`
	Ticket queue.TicketID `json:"ticket"`
	Window queue.WindowID `json:"window,omitempty"`
	Fact   any            `json:"fact" doc:"what happened, as it stands in the log"`
	ToldZh string         `json:"told_zh,omitempty" doc:"of a call: why it was this ticket"`
	ToldEn string         `json:"told_en,omitempty"`
}

type visitIn struct {
	ID queue.VisitID `path:"id" maxLength:"64" doc:"the id of its first ticket"`
}

type visitOut struct{ Body Visit }

func (s *Server) getVisit(ctx context.Context, in *visitIn) (*visitOut, error) {
	if s.records == nil {
		return nil, noRecords()
	}
	legs, events, err := s.records.Visit(ctx, in.ID)
	if err != nil {
		return nil, notRead("read visit", err)
	}
	if len(legs) == 0 {
		return nil, fail(queue.UnknownTicket, "there is no visit %s", in.ID)
	}
	out := Visit{Visit: in.ID, Number: legs[0].Number, Legs: records(legs, true), Events: make([]VisitEvent, len(events))}
	for i, e := range events {
		out.Events[i] = VisitEvent{Seq: e.Seq, At: e.At, Kind: e.Fact.Kind(), By: actor(e.By), Clock: e.Clock, Ticket: e.Fact.Tickets()[0], Window: e.Fact.Where(), Fact: factFor(e.Fact, true)}
		if f, ok := e.Fact.(queue.TicketCalled); ok {
			told := toldWords(f.Told, f.Overtook)
			out.Events[i].ToldZh, out.Events[i].ToldEn = told.zh, told.en
		}
	}
	return &visitOut{out}, nil
}
