package display

import (
	"context"
	"slices"
	"strings"
	"time"

	"halld/queue"
	"halld/queue/catalogue"
	"halld/queue/report"
	"halld/queue/wait"
)

// Hall is the hall as everybody may see it.
type Hall struct {
	Seq          uint64           `json:"seq" doc:"the last event in it"`
	ServiceDay   queue.DayID      `json:"service_day" doc:"empty while no day is open"`
	Day          Day              `json:"day"`
	Now          time.Time        `json:"now" doc:"the server's clock; waits are counted up to it"`
	Build        string           `json:"build,omitempty" doc:"of the screens that this program carries: a screen of another build loads itself anew"`
	Name         string           `json:"name"`
	NameEn       string           `json:"name_en,omitempty"`
	Queues       []Queue          `json:"queues" nullable:"false"`
	Windows      []Window         `json:"windows" nullable:"false"`
	Calls        []queue.CallView `json:"calls" nullable:"false" doc:"those still asked for first, each newest first"`
	Outcomes     []OutcomeWord    `json:"outcomes" nullable:"false"`
	PauseReasons []PauseWord      `json:"pause_reasons" nullable:"false"`
	Kiosks       []Kiosk          `json:"kiosks" nullable:"false" doc:"those that the set-up lists"`
}

// Queue is a queue as everybody may see it.
type Queue struct {
	ID                queue.QueueID    `json:"id"`
	Name              string           `json:"name"`
	NameEn            string           `json:"name_en,omitempty"`
	Waiting           int              `json:"waiting"`
	Printing          int              `json:"printing" doc:"issued, not in line yet"`
	OldestWaitSeconds int              `json:"oldest_wait_seconds"`
	OldestSince       time.Time        `json:"oldest_since,omitzero"`
	NextNumber        string           `json:"next_number,omitempty" doc:"absent when the day's numbers are used up"`
	NumbersLeft       int              `json:"numbers_left"`
	Issued            int              `json:"issued" doc:"numbers given out this service day"`
	Windows           []queue.WindowID `json:"windows" nullable:"false" doc:"open windows that serve it"`
	WaitLow           int              `json:"wait_low,omitempty" doc:"minutes for who comes now; absent without an estimate"`
	WaitHigh          int              `json:"wait_high,omitempty" doc:"minutes"`
	WaitMedian        int              `json:"wait_median,omitempty" doc:"minutes"`
	WaitBasis         wait.Basis       `json:"wait_basis,omitempty" enum:"rate,last-waits,constant" doc:"what the estimate rests on"`
	WaitN             int              `json:"wait_n,omitempty" doc:"calls or waits that it rests on"`
	TargetSeconds     int              `json:"target_seconds" doc:"the wait that is promised in this queue; 0: none"`
	TargetShare       int              `json:"target_share" doc:"percent of the people of whom it is promised"`
	OverTarget        int              `json:"over_target" doc:"of waiting: longer than that, now"`
	Issuing
}

// Window is a window as everybody may see it. Who holds it stays with the server.
type Window struct {
	ID       queue.WindowID     `json:"id"`
	Name     string             `json:"name,omitempty"`
	State    queue.WindowState  `json:"state" enum:"closed,open,paused"`
	Pause    queue.PauseReason  `json:"pause,omitempty"`
	Clerk    string             `json:"clerk,omitempty" doc:"the name of who sits there"`
	ClerkEn  string             `json:"clerk_en,omitempty" doc:"that name in English, where the set-up has one"`
	ClerkID  queue.PersonID     `json:"clerk_id,omitempty" doc:"and the staff number"`
	Since    time.Time          `json:"since,omitzero"`
	Staffed  bool               `json:"staffed" doc:"a session holds it"`
	Queues   []queue.QueueID    `json:"queues" nullable:"false"`
	Ticket   *queue.TicketView  `json:"ticket" doc:"called or served here; null when idle"`
	Held     []queue.TicketView `json:"held" nullable:"false"`
	Done     int                `json:"done" doc:"tickets finished here this service day"`
	UndoMiss string             `json:"undo_miss,omitempty" doc:"number whose miss can be undone here"`
	Rate     queue.TicketID     `json:"rate,omitempty" doc:"the ticket a rating given at this window belongs to now"`
}

func window(w *queue.WindowView, c *queue.Config) Window {
	out := Window{
		ID: w.ID, Name: w.Name, State: w.State, Pause: w.Pause, Clerk: w.Clerk, ClerkID: w.ClerkID, Since: w.Since, Staffed: w.Holder != "",
		Queues: list(w.Queues), Ticket: w.Ticket, Held: list(w.Held), Done: w.Done, UndoMiss: w.Undo, Rate: w.Rate,
	}
	if p, ok := c.Person(w.ClerkID); ok {
		out.ClerkEn = p.NameEn
	}
	return out
}

// list is never null in JSON.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// queueView shows a queue of a view as of now.
func (s *Server) queueView(v *queue.View, q *queue.QueueView, now time.Time) Queue {
	out := Queue{
		ID: q.ID, Name: q.Name, NameEn: q.NameEn, Waiting: q.Waiting, Printing: q.Printing, OldestSince: q.Oldest,
		NextNumber: q.Next, NumbersLeft: q.Left, Issued: q.Issued, Windows: openWindows(v, q.ID), Issuing: issuing(v, q, now),
	}
	if q.Waiting > 0 && !q.Oldest.IsZero() {
		out.OldestWaitSeconds = max(0, int(now.Sub(q.Oldest).Seconds()))
	}
	target := report.TargetOf(v.Config, q.ID, "")
	out.TargetSeconds, out.TargetShare = int(target.Wait.Seconds()), target.Share
	if s.waits != nil {
		if m := s.waits.Estimate(v, q.ID, q.Waiting+q.Printing); m.Known() {
			out.WaitLow, out.WaitMedian, out.WaitHigh, out.WaitBasis, out.WaitN = m.Low, m.Median, m.High, m.Basis, m.N
		}
		if q.Waiting > 0 && target.Wait > 0 {
			out.OverTarget = s.waits.Over(q.ID, target.Wait, now)
		}
	}
	return out
}

func openWindows(v *queue.View, q queue.QueueID) []queue.WindowID {
	open := []queue.WindowID{}
	for i := range v.Windows {
		if w := &v.Windows[i]; w.State == queue.WindowOpen && slices.Contains(w.Queues, q) {
			open = append(open, w.ID)
		}
	}
	return open
}

func (s *Server) queueViews(v *queue.View, now time.Time) []Queue {
	out := make([]Queue, len(v.Queues))
	for i := range v.Queues {
		out[i] = s.queueView(v, &v.Queues[i], now)
	}
	return out
}

func windowViews(v *queue.View) []Window {
	c := configOf(v)
	out := make([]Window, len(v.Windows))
	for i := range v.Windows {
		out[i] = window(&v.Windows[i], c)
	}
	return out
}

// hall shows a view as of now.
func (s *Server) hall(v *queue.View) Hall {
	c, now := configOf(v), s.now()
	return Hall{
		Seq: v.Seq, ServiceDay: v.Day, Day: s.day(v, now), Now: now, Build: s.build, Name: c.Name, NameEn: c.NameEn,
		Queues: s.queueViews(v, now), Windows: windowViews(v), Calls: list(v.Calls),
		Outcomes: outcomeList, PauseReasons: pauseList, Kiosks: kiosks(v),
	}
}

type hallOut struct{ Body Hall }

func (s *Server) getHall(context.Context, *struct{}) (*hallOut, error) {
	return &hallOut{s.hall(s.view())}, nil
}

// Catalogue is what the hall publishes of its set-up: what can be done here, where, and by which rules.
type Catalogue struct {
	Name         string             `json:"name"`
	NameEn       string             `json:"name_en,omitempty"`
	Setup        uint64             `json:"setup" doc:"the event that set the hall up like this: give it along with POST /api/tickets"`
	Kiosk        queue.KioskID      `json:"kiosk,omitempty" doc:"of the kiosk that asks: what it does not offer is left out of items and queues"`
	Departments  []queue.Department `json:"departments" nullable:"false"`
	Items        []CatalogueItem    `json:"items" nullable:"false"`
	Queues       []CatalogueQueue   `json:"queues" nullable:"false"`
	Windows      []CatalogueWindow  `json:"windows" nullable:"false"`
	People       []CataloguePerson  `json:"people" nullable:"false" doc:"for clerk, manager and admin: who works here"`
	Printers     []queue.DeviceID   `json:"printers" nullable:"false"`
	Levels       []LevelWord        `json:"levels" nullable:"false"`
	Outcomes     []OutcomeWord      `json:"outcomes" nullable:"false"`
	PauseReasons []PauseWord        `json:"pause_reasons" nullable:"false"`
	Classes      []CatalogueClass   `json:"classes" nullable:"false"`
	Rules        Rules              `json:"rules"`
}

// CatalogueItem is an item a citizen can choose.
type CatalogueItem struct {
	ID          queue.ItemID       `json:"id"`
	Name        string             `json:"name"`
	NameEn      string             `json:"name_en,omitempty"`
	Department  queue.DepartmentID `json:"department"`
	Queue       queue.QueueID      `json:"queue"`
	Bring       []string           `json:"bring" nullable:"false"`
	BringEn     []string           `json:"bring_en,omitempty"`
	Kind        catalogue.Kind     `json:"kind,omitempty"`
	Handling    catalogue.Handling `json:"handling,omitempty"`
	LegalDays   int                `json:"statutory_days,omitempty" doc:"working days; absent: the law sets none"`
	PromiseDays int                `json:"promised_days,omitempty" doc:"working days"`
	Fee         *catalogue.Fee     `json:"fee,omitempty" doc:"in fen; what is charged is the lower bound"`
}

// CatalogueQueue is a queue as set up.
type CatalogueQueue struct {
	ID     queue.QueueID `json:"id"`
	Name   string        `json:"name"`
	NameEn string        `json:"name_en,omitempty"`
	Prefix string        `json:"prefix"`
}

// CatalogueWindow is a window as set up.
type CatalogueWindow struct {
	ID         queue.WindowID     `json:"id"`
	Name       string             `json:"name,omitempty"`
	Department queue.DepartmentID `json:"department,omitempty" doc:"absent: a window for everything"`
	Queues     []queue.QueueID    `json:"queues" nullable:"false"`
}

// CataloguePerson is somebody who works in the hall.
type CataloguePerson struct {
	ID         queue.PersonID     `json:"id" doc:"staff number"`
	Name       string             `json:"name"`
	NameEn     string             `json:"name_en,omitempty"`
	Role       queue.PersonRole   `json:"role"`
	Department queue.DepartmentID `json:"department,omitempty"`
	Post       string             `json:"post,omitempty"`
	Windows    []queue.WindowID   `json:"windows" nullable:"false" doc:"where this person may sit; empty: anywhere"`
}

// Rules are the parts of the hall's policy that screens tell people.
type Rules struct {
	RecallLimit          int  `json:"recall_limit"`
	MissAfter            int  `json:"miss_after"`
	ReturnAfter          int  `json:"return_after"`
	ReturnLimit          int  `json:"return_limit"`
	HoldLimit            int  `json:"hold_limit"`
	UndoMissSeconds      int  `json:"undo_miss_seconds"`
	UnprovedGraceSeconds int  `json:"unproved_grace_seconds"`
	FailedGraceSeconds   int  `json:"failed_grace_seconds" doc:"after it a ticket whose print failed is void unless it was kept"`
	ImplyArrival         bool `json:"imply_arrival" doc:"screens leave 'arrived' out: a finished ticket was served from its call on"`
	TargetSeconds        int  `json:"target_seconds" doc:"the wait the hall promises; 0: none"`
	TargetShare          int  `json:"target_share" doc:"percent of the people of whom it is promised"`
	BatchLimit           int  `json:"batch_limit" doc:"cases that one ticket may stand for"`
}

type catalogueOut struct{ Body Catalogue }

func (s *Server) getCatalogue(ctx context.Context, _ *struct{}) (*catalogueOut, error) {
	v := s.view()
	c := configOf(v)
	p := c.Policy
	var kiosk queue.KioskID
	if who := callerOf(ctx); who.role == RoleKiosk {
		kiosk = queue.KioskID(who.name)
	}
	setup := c.Kiosk(kiosk)
	out := Catalogue{
		Name: c.Name, NameEn: c.NameEn, Setup: v.Setup, Kiosk: kiosk, Departments: list(c.Departments), Items: []CatalogueItem{}, Queues: []CatalogueQueue{},
		Windows: []CatalogueWindow{}, People: []CataloguePerson{}, Printers: []queue.DeviceID{}, Levels: levelList, Outcomes: outcomeList, PauseReasons: pauseList, Classes: classesOf(c),
		Rules: Rules{
			RecallLimit: p.RecallLimit, MissAfter: p.MissAfter, ReturnAfter: p.ReturnAfter, ReturnLimit: p.ReturnLimit, HoldLimit: p.HoldLimit,
			UndoMissSeconds: int(p.UndoMissWithin.Seconds()), UnprovedGraceSeconds: int(p.UnprovedGrace.Seconds()),
			FailedGraceSeconds: int(p.FailedGrace.Seconds()), ImplyArrival: p.ImplyArrival, TargetSeconds: int(p.Target.Wait.Seconds()), TargetShare: p.Target.Share,
			BatchLimit: max(p.BatchLimit, 1),
		},
	}
	for _, i := range c.Items {
		if !setup.Offers(i.Queue, &i) {
			continue
		}
		out.Items = append(out.Items, CatalogueItem{ID: i.ID, Name: i.Name, NameEn: i.NameEn, Department: i.Department, Queue: i.Queue, Bring: list(i.Bring), BringEn: i.BringEn,
			Kind: i.Kind, Handling: i.Handling, LegalDays: i.LegalDays, PromiseDays: i.PromiseDays, Fee: i.Fee})
	}
	for _, q := range c.Queues {
		if !setup.Offers(q.ID, nil) && !slices.ContainsFunc(out.Items, func(i CatalogueItem) bool { return i.Queue == q.ID }) {
			continue
		}
		out.Queues = append(out.Queues, CatalogueQueue{ID: q.ID, Name: q.Name, NameEn: q.NameEn, Prefix: q.Prefix})
	}
	for _, w := range c.WindowSetup {
		out.Windows = append(out.Windows, CatalogueWindow{ID: w.ID, Name: w.Name, Department: w.Department, Queues: list(w.Queues)})
	}
	if callerOf(ctx).role != RoleKiosk {
		for _, p := range c.People {
			out.People = append(out.People, CataloguePerson{ID: p.ID, Name: p.Name, NameEn: p.NameEn, Role: p.Role, Department: p.Department, Post: p.Post,
				Windows: list(p.Windows)})
		}
	}
	for _, d := range c.Devices {
		if slices.Contains(strings.Split(d.Kind, "+"), "printer") {
			out.Printers = append(out.Printers, d.ID)
		}
	}
	return &catalogueOut{out}, nil
}

// Line is who waits in a queue, in calling order.
type Line struct {
	Queue   queue.QueueID `json:"queue"`
	Total   int           `json:"total" doc:"how many wait in all"`
	Tickets []Ticket      `json:"tickets" nullable:"false"`
}

type lineIn struct {
	ID    queue.QueueID `path:"id" maxLength:"8"`
	Limit int           `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type lineOut struct{ Body Line }

func (s *Server) getLine(ctx context.Context, in *lineIn) (*lineOut, error) {
	v := s.view()
	if !slices.ContainsFunc(v.Queues, func(q queue.QueueView) bool { return q.ID == in.ID }) {
		return nil, fail(queue.UnknownQueue, "queue %s is not set up", in.ID)
	}
	line, total, err := s.engine.Line(ctx, in.ID, in.Limit)
	if err != nil {
		return nil, notRead("read line", err)
	}
	out := Line{Queue: in.ID, Total: total, Tickets: make([]Ticket, len(line))}
	for i, a := range line {
		out.Tickets[i] = s.ticket(v, *a.Ticket, a.Ahead, callerOf(ctx).private())
	}
	return &lineOut{out}, nil
}
