package display

import (
	"context"

	"halld/queue"
)

// WindowAnswer is what an act at a window led to: the window and the ticket it acted on, as they are after it.
type WindowAnswer struct {
	Window Window  `json:"window"`
	Ticket *Ticket `json:"ticket" doc:"null where no ticket was acted on"`
	Seq    uint64  `json:"seq" doc:"the last event of the act"`
}

type windowOut struct{ Body WindowAnswer }

// Seated names the window and who acts there. The holder in the body wins over the one in the header.
type Seated struct {
	Keyed
	Window queue.WindowID `path:"window" maxLength:"8"`
	Header string         `header:"Halld-Holder" maxLength:"200" doc:"the session that holds the window; may be given in the body instead"`
}

func (in Seated) seat(holder string) queue.Seat {
	if holder == "" {
		holder = in.Header
	}
	return queue.Seat{Window: in.Window, Holder: holder}
}

// windowAnswer does an act at a window.
func (s *Server) windowAnswer(ctx context.Context, in Seated, cmd queue.Command) (*windowOut, error) {
	a, err := s.do(ctx, in.Keyed, cmd)
	if err != nil {
		return nil, err
	}
	v := s.view()
	out := &windowOut{}
	out.Body.Seq = a.Seq
	if a.Window != nil {
		out.Body.Window = window(a.Window, configOf(v))
	} else if w := v.Window(in.Window); w != nil {
		out.Body.Window = window(w, configOf(v))
	}
	if a.Ticket != nil {
		t := s.ticket(v, *a.Ticket, a.Ahead, callerOf(ctx).private())
		out.Body.Ticket = &t
	}
	return out, nil
}

// Holder is the session that acts. Devices at the window, managers and scripts leave it out and act for whoever holds the window; a clerk's token does
// not, once a session holds it.
type Holder struct {
	Holder string `json:"holder,omitempty" maxLength:"200"`
}

// OpenRequest staffs a window.
type OpenRequest struct {
	Holder
	Clerk    string `json:"clerk,omitempty" maxLength:"100" doc:"who works there: staff number, or name; empty: who staffs it, who asks, or the only person set up for it"`
	TakeOver bool   `json:"take_over,omitempty" doc:"take the window from another session"`
}

type openIn struct {
	Seated
	Body *OpenRequest
}

func (s *Server) openWindow(ctx context.Context, in *openIn) (*windowOut, error) {
	b := orZero(in.Body)
	return s.windowAnswer(ctx, in.Seated, queue.OpenWindow{Seat: in.seat(b.Holder.Holder), Clerk: b.Clerk, TakeOver: b.TakeOver})
}

// PauseRequest stops calls to a window.
type PauseRequest struct {
	Holder
	Reason queue.PauseReason `json:"reason,omitempty" doc:"restroom, meeting, lunch, tidy-up or fault; mandatory"`
}

type pauseIn struct {
	Seated
	Body *PauseRequest
}

func (s *Server) pauseWindow(ctx context.Context, in *pauseIn) (*windowOut, error) {
	b := orZero(in.Body)
	return s.windowAnswer(ctx, in.Seated, queue.PauseWindow{Seat: in.seat(b.Holder.Holder), Reason: b.Reason})
}

type plainWindowIn struct {
	Seated
	Body *Holder
}

func (in *plainWindowIn) who() queue.Seat { return in.seat(orZero(in.Body).Holder) }

func (s *Server) closeWindow(ctx context.Context, in *plainWindowIn) (*windowOut, error) {
	return s.windowAnswer(ctx, in.Seated, queue.CloseWindow{Seat: in.who()})
}

func (s *Server) recall(ctx context.Context, in *plainWindowIn) (*windowOut, error) {
	return s.windowAnswer(ctx, in.Seated, queue.Recall{Seat: in.who()})
}

func (s *Server) serve(ctx context.Context, in *plainWindowIn) (*windowOut, error) {
	return s.windowAnswer(ctx, in.Seated, queue.Serve{Seat: in.who()})
}

func (s *Server) undoMiss(ctx context.Context, in *plainWindowIn) (*windowOut, error) {
	return s.windowAnswer(ctx, in.Seated, queue.UndoMiss{Seat: in.who()})
}

// CallRequest calls: without a ticket the next one by the hall's rules, else this one out of turn.
type CallRequest struct {
	Holder
	Ticket string `json:"ticket,omitempty" maxLength:"64" doc:"id or number; then a reason is mandatory"`
	Reason string `json:"reason,omitempty" maxLength:"500"`
}

type callIn struct {
	Seated
	Body *CallRequest
}

func (s *Server) call(ctx context.Context, in *callIn) (*windowOut, error) {
	b := orZero(in.Body)
	seat := in.seat(b.Holder.Holder)
	if b.Ticket == "" {
		return s.windowAnswer(ctx, in.Seated, queue.CallNext{Seat: seat})
	}
	return s.windowAnswer(ctx, in.Seated, queue.CallTicket{Seat: seat, Ticket: queue.TicketID(b.Ticket), Reason: b.Reason})
}

// FinishRequest ends a service.
type FinishRequest struct {
	Holder
	Outcome queue.Outcome `json:"outcome,omitempty" doc:"one of the hall's outcome codes; empty: not-stated"`
	Item    queue.ItemID  `json:"item,omitempty" maxLength:"64" doc:"what it was about, where the number was taken for a queue only or for something else"`
	Note    string        `json:"note,omitempty" maxLength:"500" doc:"mandatory with refused, could-not and other-office"`
	Next    bool          `json:"next,omitempty" doc:"and call the next ticket in the same stroke, if somebody waits"`
}

type finishIn struct {
	Seated
	Body *FinishRequest
}

func (s *Server) finish(ctx context.Context, in *finishIn) (*windowOut, error) {
	b := orZero(in.Body)
	return s.windowAnswer(ctx, in.Seated, queue.Finish{Seat: in.seat(b.Holder.Holder), Outcome: b.Outcome, Item: b.Item, Note: b.Note, Next: b.Next})
}

// NoShowRequest declares a ticket missed.
type NoShowRequest struct {
	Holder
	Force bool `json:"force,omitempty" doc:"the clerk confirmed it, although it was not called often enough"`
}

type noShowIn struct {
	Seated
	Body *NoShowRequest
}

func (s *Server) noShow(ctx context.Context, in *noShowIn) (*windowOut, error) {
	b := orZero(in.Body)
	return s.windowAnswer(ctx, in.Seated, queue.NoShow{Seat: in.seat(b.Holder.Holder), Force: b.Force})
}

// SeatReasonRequest gives a reason in words at a window.
type SeatReasonRequest struct {
	Holder
	Reason string `json:"reason,omitempty" maxLength:"500"`
}

type seatReasonIn struct {
	Seated
	Body *SeatReasonRequest
}

func (s *Server) giveBack(ctx context.Context, in *seatReasonIn) (*windowOut, error) {
	b := orZero(in.Body)
	return s.windowAnswer(ctx, in.Seated, queue.GiveBack{Seat: in.seat(b.Holder.Holder), Reason: b.Reason})
}

func (s *Server) hold(ctx context.Context, in *seatReasonIn) (*windowOut, error) {
	b := orZero(in.Body)
	return s.windowAnswer(ctx, in.Seated, queue.Hold{Seat: in.seat(b.Holder.Holder), Reason: b.Reason})
}

// ResumeRequest goes on with a held ticket, or ends a pause.
type ResumeRequest struct {
	Holder
	Ticket string `json:"ticket,omitempty" maxLength:"64" doc:"id or number; empty: the one held longest, or the end of the pause at a paused window"`
}

type resumeIn struct {
	Seated
	Body *ResumeRequest
}

func (s *Server) resume(ctx context.Context, in *resumeIn) (*windowOut, error) {
	b := orZero(in.Body)
	seat := in.seat(b.Holder.Holder)
	return s.windowAnswer(ctx, in.Seated, queue.Resume{Seat: seat, Ticket: queue.TicketID(b.Ticket)})
}

// TransferRequest sends a visit on to another queue.
type TransferRequest struct {
	Holder
	Queue  queue.QueueID `json:"queue,omitempty" maxLength:"8" doc:"may be left out when item is given"`
	Item   queue.ItemID  `json:"item,omitempty" maxLength:"64"`
	Reason string        `json:"reason,omitempty" maxLength:"500"`
}

type transferIn struct {
	Seated
	Body TransferRequest
}

func (s *Server) transfer(ctx context.Context, in *transferIn) (*windowOut, error) {
	b := in.Body
	if b.Queue == "" && b.Item == "" {
		return nil, fail(BadValue, "give a queue or an item")
	}
	return s.windowAnswer(ctx, in.Seated, queue.Transfer{Seat: in.seat(b.Holder.Holder), Queue: b.Queue, Item: b.Item, Reason: b.Reason})
}
