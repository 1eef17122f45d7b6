package display

import (
	"context"
	"slices"
	"time"

	"halld/queue"
	"halld/queue/wait"
)

// Ticket is one place in one queue as the API shows it.
type Ticket struct {
	ID          queue.TicketID   `json:"id"`
	Number      string           `json:"number" doc:"what the citizen reads"`
	Visit       queue.VisitID    `json:"visit"`
	Leg         int              `json:"leg"`
	Queue       queue.QueueID    `json:"queue"`
	QueueName   string           `json:"queue_name"`
	QueueNameEn string           `json:"queue_name_en,omitempty"`
	Item        queue.ItemID     `json:"item,omitempty"`
	ItemName    string           `json:"item_name,omitempty" doc:"as it was called when the number was given"`
	ItemNameEn  string           `json:"item_name_en,omitempty"`
	Class       queue.Class      `json:"class" doc:"one of the catalogue's"`
	Claim       queue.Class      `json:"claim,omitempty" doc:"the class that was claimed at a kiosk: until staff have answered that, the ticket waits by class"`
	State       queue.State      `json:"state" enum:"issued,waiting,called,serving,held,missed,done,transferred,void,cancelled,expired"`
	Ahead       int              `json:"ahead" doc:"while in line or printing: how many will be called before it"`
	Windows     []queue.WindowID `json:"windows" nullable:"false" doc:"open windows that serve its queue, or all that do if none is open"`
	WaitLow     int              `json:"wait_low,omitempty" doc:"minutes; absent without an estimate"`
	WaitHigh    int              `json:"wait_high,omitempty" doc:"minutes"`
	WaitMedian  int              `json:"wait_median,omitempty" doc:"minutes"`
	WaitBasis   wait.Basis       `json:"wait_basis,omitempty" enum:"rate,last-waits,constant" doc:"what the estimate rests on"`
	WaitN       int              `json:"wait_n,omitempty" doc:"calls or waits that it rests on"`
	IssuedAt    time.Time        `json:"issued_at"`
	QueuedAt    time.Time        `json:"queued_at,omitzero"`
	CalledAt    time.Time        `json:"called_at,omitzero"`
	ServedAt    time.Time        `json:"served_at,omitzero"`
	EndedAt     time.Time        `json:"ended_at,omitzero"`
	Window      queue.WindowID   `json:"window,omitempty" doc:"the window that called it last"`
	Clerk       queue.PersonID   `json:"clerk,omitempty" doc:"who called it last, by staff number"`
	Calls       int              `json:"calls,omitempty"`
	FirstCalled time.Time        `json:"first_called_at,omitzero" doc:"its first call at any window: waits are counted up to it"`
	Misses      int              `json:"misses,omitempty"`
	Why         queue.Reason     `json:"why,omitempty" doc:"by which rule it was called"`
	Overtook    int              `json:"overtook,omitempty" doc:"how many with an earlier place were passed over by that call"`
	Rule        string           `json:"rule,omitempty" doc:"the discipline that chose it"`
	Told        *queue.Told      `json:"told,omitempty" doc:"why it was called, in numbers"`
	ToldZh      string           `json:"told_zh,omitempty" doc:"the same in words"`
	ToldEn      string           `json:"told_en,omitempty"`
	Overtaken   int              `json:"overtaken,omitempty" doc:"how many calls have passed it over"`
	After       int              `json:"after,omitempty" doc:"back after a miss: others still to be called first"`
	Returns     int              `json:"returns,omitempty"`
	Outcome     queue.Outcome    `json:"outcome,omitempty"`
	Print       queue.PrintState `json:"print,omitempty" enum:"pending,printing,printed,failed,unknown" doc:"of the latest print; absent for a ticket without paper"`
	Printer     queue.DeviceID   `json:"printer,omitempty"`
	Prints      int              `json:"prints,omitempty"`
	Problem     string           `json:"problem,omitempty" doc:"code of what went wrong with the latest print"`
	Rated       bool             `json:"rated"`
	Quantity    int              `json:"quantity,omitempty" doc:"cases it stands for, where they are several"`
	Past        time.Time        `json:"past_closing,omitzero" doc:"when it was given it was not expected to be served before this closing time"`
	Resumes     time.Time        `json:"calls_resume_at,omitzero" doc:"and calls were to go on then; absent: not that day"`
	Unserved    bool             `json:"unserved,omitempty" doc:"when it was given no window that serves it was staffed or expected"`
	Note        string           `json:"note,omitempty" doc:"for manager and admin only"`
	Rating      int              `json:"rating,omitempty" doc:"for manager and admin only"`
}

// ticket shows a ticket to a caller. ahead counts only while it is in line or printing.
func (s *Server) ticket(v *queue.View, t queue.Ticket, ahead int, private bool) Ticket {
	out := Ticket{
		ID: t.ID, Number: t.Number, Visit: t.Visit, Leg: t.Leg, Queue: t.Queue, Item: t.Item, ItemName: t.ItemName, ItemNameEn: t.ItemNameEn, Class: t.Class, Claim: t.Claim, State: t.State,
		Windows: windowsFor(v, t.Queue), IssuedAt: t.Issued, QueuedAt: t.Queued, CalledAt: t.CalledAt, ServedAt: t.Served, EndedAt: t.Ended,
		Window: t.Window, Clerk: t.Clerk, Calls: t.Calls, FirstCalled: t.FirstCalled, Misses: t.Misses, Why: t.Why, Overtook: t.Overtook, Rule: t.Rule, Told: t.Told,
		Overtaken: t.Overtaken, After: t.After, Returns: t.Returns, Outcome: t.Outcome,
		Print: t.Print, Printer: t.Printer, Prints: t.Prints, Problem: t.Problem, Rated: t.Rating > 0,
		Quantity: t.Quantity, Past: t.Past, Resumes: t.Resumes, Unserved: t.Unserved,
	}
	told := toldWords(t.Told, t.Overtook)
	out.ToldZh, out.ToldEn = told.zh, told.en
	for i := range v.Queues {
		if q := &v.Queues[i]; q.ID == t.Queue {
			out.QueueName, out.QueueNameEn = q.Name, q.NameEn
			break
		}
	}
	if inLine(t.State) {
		out.Ahead = ahead
		if s.waits != nil {
			if m := s.waits.Estimate(v, t.Queue, ahead); m.Known() {
				out.WaitLow, out.WaitMedian, out.WaitHigh, out.WaitBasis, out.WaitN = m.Low, m.Median, m.High, m.Basis, m.N
			}
		}
	}
	if private {
		out.Note, out.Rating = t.Note, t.Rating
	}
	return out
}

func inLine(s queue.State) bool { return s == queue.Issued || s == queue.Waiting }

// windowsFor lists the open windows that serve a queue, or all that do while none is open.
func windowsFor(v *queue.View, q queue.QueueID) []queue.WindowID {
	open, all := []queue.WindowID{}, []queue.WindowID{}
	for i := range v.Windows {
		w := &v.Windows[i]
		if !slices.Contains(w.Queues, q) {
			continue
		}
		all = append(all, w.ID)
		if w.State == queue.WindowOpen {
			open = append(open, w.ID)
		}
	}
	if len(open) > 0 {
		return open
	}
	return all
}

// IssueRequest asks for a number.
type IssueRequest struct {
	Queue queue.QueueID  `json:"queue,omitempty" maxLength:"8" doc:"may be left out when item is given"`
	Item  queue.ItemID   `json:"item,omitempty" maxLength:"64"`
	Class queue.Class    `json:"class,omitempty" maxLength:"64" doc:"ordinary (the default) or another of the catalogue's. From a kiosk a class with evidence is a claim until staff have answered it"`
	Print queue.DeviceID `json:"print,omitempty" maxLength:"64" doc:"the printer, or none (the default) for a ticket without paper"`

	Reading string `json:"reading,omitempty" maxLength:"64" doc:"id of a card that was read: its class is taken, and its holder gets no second live number of the same queue"`

	Quantity int    `json:"quantity,omitempty" minimum:"1" maximum:"999" doc:"cases that an agent brings under one number; see batch_limit of the catalogue"`
	Setup    uint64 `json:"setup,omitempty" doc:"setup of the catalogue from which was chosen: where the choice is not offered any more, that is said"`
	Override string `json:"override,omitempty" maxLength:"200" doc:"why the number is given although the queue is paused, its quota used up, or nobody would be served; not for kiosks"`
}

type issueIn struct {
	Keyed
	Body IssueRequest
}

type ticketOut struct{ Body Ticket }

func (s *Server) issueTicket(ctx context.Context, in *issueIn) (*ticketOut, error) {
	if !s.issues.take(callerOf(ctx).name) {
		return nil, fail(TooMany, "this token asks for more than %d tickets a second", s.issues.perSecond)
	}
	cmd := queue.Issue{Queue: in.Body.Queue, Item: in.Body.Item, Class: in.Body.Class, Printer: in.Body.Print, Quantity: in.Body.Quantity, Setup: in.Body.Setup, Override: in.Body.Override}
	if cmd.Printer == "none" {
		cmd.Printer = ""
	}
	if cmd.Queue == "" && cmd.Item == "" {
		return nil, fail(BadValue, "give a queue or an item")
	}
	if in.Body.Reading != "" {
		return s.issueTo(ctx, in.Keyed, cmd, in.Body.Reading)
	}
	return s.ticketAnswer(ctx, in.Keyed, cmd)
}

// ticketAnswer does a command and shows the ticket it acted on.
func (s *Server) ticketAnswer(ctx context.Context, k Keyed, cmd queue.Command) (*ticketOut, error) {
	a, err := s.do(ctx, k, cmd)
	if err != nil {
		return nil, err
	}
	if a.Ticket == nil {
		return nil, &fault{code: Internal, doing: "answer", err: fail(Internal, "%T led to no ticket", cmd)}
	}
	return &ticketOut{s.ticket(s.view(), *a.Ticket, a.Ahead, callerOf(ctx).private())}, nil
}

type TicketPath struct {
	ID string `path:"id" maxLength:"64" doc:"the ticket's id, or its number while its service day is open"`
}

func (s *Server) getTicket(ctx context.Context, in *TicketPath) (*ticketOut, error) {
	v := s.view()
	t, ahead, err := s.findTicket(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &ticketOut{s.ticket(v, t, ahead, callerOf(ctx).private())}, nil
}

// findTicket reads a ticket by id, or by number: then it is the present leg of today's visit. ahead counts who will be called before it.
func (s *Server) findTicket(ctx context.Context, idOrNumber string) (t queue.Ticket, ahead int, err error) {
	a, err := s.engine.Ticket(ctx, queue.TicketID(idOrNumber))
	if err == nil {
		return *a.Ticket, a.Ahead, nil
	}
	if queue.CodeOf(err) != queue.UnknownTicket || queue.IsNumber(idOrNumber) {
		return queue.Ticket{}, 0, notRead("read ticket", err)
	}
	if t, err = s.store.Ticket(ctx, queue.TicketID(idOrNumber)); err != nil { // of an earlier day
		return queue.Ticket{}, 0, notRead("read ticket", err)
	}
	return t, 0, nil
}

// ReprintRequest prints a ticket again.
type ReprintRequest struct {
	Printer queue.DeviceID `json:"printer,omitempty" maxLength:"64" doc:"empty: where it was printed last"`
}

type reprintIn struct {
	Keyed
	TicketPath
	Body *ReprintRequest
}

func (s *Server) reprintTicket(ctx context.Context, in *reprintIn) (*ticketOut, error) {
	return s.ticketAnswer(ctx, in.Keyed, queue.Reprint{Ticket: queue.TicketID(in.ID), Printer: orZero(in.Body).Printer})
}

// ReasonRequest gives a reason in words.
type ReasonRequest struct {
	Reason string `json:"reason,omitempty" maxLength:"500"`
}

type cancelIn struct {
	Keyed
	TicketPath
	Body *ReasonRequest
}

func (s *Server) cancelTicket(ctx context.Context, in *cancelIn) (*ticketOut, error) {
	return s.ticketAnswer(ctx, in.Keyed, queue.Cancel{Ticket: queue.TicketID(in.ID), Reason: orZero(in.Body).Reason})
}

// NoRequest is a body without fields: it may be left out.
type NoRequest struct{}

type plainTicketIn struct {
	Keyed
	TicketPath
	Body *NoRequest
}

func (s *Server) keepTicket(ctx context.Context, in *plainTicketIn) (*ticketOut, error) {
	return s.ticketAnswer(ctx, in.Keyed, queue.KeepWithoutPaper{Ticket: queue.TicketID(in.ID)})
}

func (s *Server) returnTicket(ctx context.Context, in *plainTicketIn) (*ticketOut, error) {
	return s.ticketAnswer(ctx, in.Keyed, queue.Return{Ticket: queue.TicketID(in.ID)})
}
