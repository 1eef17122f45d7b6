package display

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"halld/queue"
)

// The push messages, one JSON object in one text frame each.

// LiveSnapshot is the whole hall: what a screen starts from, at first and whenever it fell behind.
type LiveSnapshot struct {
	Type string `json:"type" enum:"snapshot"`
	Seq  uint64 `json:"seq"`
	Hall Hall   `json:"hall"`
}

// LiveEvent is one event. Seq goes up by one from message to message.
type LiveEvent struct {
	Type string      `json:"type" enum:"event"`
	Seq  uint64      `json:"seq"`
	At   time.Time   `json:"at"`
	Kind string      `json:"kind" doc:"ticket.called and so on"`
	Data any         `json:"data" doc:"the fact as it is stored; notes, reasons in words and levels for manager and admin only"`
	Hall *HallUpdate `json:"hall,omitempty" doc:"on the last event of a stored batch: what changed in the hall by the batch"`
}

// HallUpdate brings a hall up to the event it comes with.
type HallUpdate struct {
	Seq        uint64           `json:"seq"`
	ServiceDay string           `json:"service_day"`
	Now        time.Time        `json:"now"`
	Full       bool             `json:"full" doc:"queues and windows replace yours; otherwise merge them by id"`
	Queues     []Queue          `json:"queues" nullable:"false"`
	Windows    []Window         `json:"windows" nullable:"false"`
	Calls      []queue.CallView `json:"calls,omitzero" nullable:"false" doc:"the whole list, absent when unchanged"`
}

// describeLive adds the live push to the description of the API.
func describeLive(api huma.API) {
	all := api.OpenAPI().Components.Schemas
	snapshot := all.Schema(reflect.TypeFor[LiveSnapshot](), true, "LiveSnapshot")
	event := all.Schema(reflect.TypeFor[LiveEvent](), true, "LiveEvent")
	api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "live", Method: "GET", Path: "/api/live", Tags: []string{"live"}, Summary: "The hall as it changes (WebSocket)",
		Description: "For: kiosk, board, clerk, manager, admin. Browsers send the token as the WebSocket protocols halld and bearer.TOKEN. The first " +
			"message is a snapshot, or the events after a known SEQ; then every event in order. A new snapshot may come at any time.",
		Security: []map[string][]string{{"token": {}}},
		Parameters: []*huma.Param{{Name: "after", In: "query", Description: "the last seq this screen has; absent or 0: none",
			Schema: &huma.Schema{Type: "integer", Format: "int64", Minimum: ptr(0.0)}}},
		Responses: map[string]*huma.Response{
			"101": {Description: "Text frames, each a LiveSnapshot or a LiveEvent", Content: map[string]*huma.MediaType{
				"application/json": {Schema: &huma.Schema{OneOf: []*huma.Schema{snapshot, event}}}}},
			"default": problemResponse(api),
		},
	})
}

func ptr[T any](v T) *T { return &v }

// hasPrivate reports whether a fact carries what only managers may see.
func hasPrivate(f queue.Fact) bool {
	switch f := f.(type) {
	case queue.TicketQueued:
		return f.Reason != ""
	case queue.TicketEnded:
		return f.Reason != ""
	case queue.TicketCalled:
		return f.Note != ""
	case queue.TicketDone:
		return f.Note != ""
	case queue.TicketHeld:
		return f.Reason != ""
	case queue.TicketTransferred:
		return f.Reason != ""
	case queue.TicketRated:
		return true
	}
	return false
}

// factFor is a fact as an audience may see it. Who holds a window is for nobody.
func factFor(f queue.Fact, private bool) any {
	switch f := f.(type) {
	case queue.WindowOpened:
		f.Holder = ""
		return f
	case queue.Configured:
		return struct{}{} // ports and devices are nobody's business; screens ask for the catalogue
	}
	if private || !hasPrivate(f) {
		return f
	}
	switch f := f.(type) {
	case queue.TicketQueued:
		f.Reason = ""
		return f
	case queue.TicketEnded:
		f.Reason = ""
		return f
	case queue.TicketCalled:
		f.Note = ""
		return f
	case queue.TicketDone:
		f.Note = ""
		return f
	case queue.TicketHeld:
		f.Reason = ""
		return f
	case queue.TicketTransferred:
		f.Reason = ""
		return f
	case queue.TicketRated:
		return publicRating{Ticket: f.Ticket, Window: f.Window, Source: f.Source}
	}
	return struct{}{} // private, and no line above says which part: all of it
}

// publicRating is a rating without its level.
type publicRating struct {
	Ticket queue.TicketID `json:"ticket"`
	Window queue.WindowID `json:"window,omitempty"`
	Source queue.Source   `json:"source"`
}

// eventMessage writes one event for an audience.
func eventMessage(e queue.Event, hall *HallUpdate, private bool) ([]byte, error) {
	return json.Marshal(LiveEvent{Type: "event", Seq: e.Seq, At: e.At, Kind: e.Fact.Kind(), Data: factFor(e.Fact, private), Hall: hall})
}

// change tells what is different between two views. Waits that only grew older are no change: screens count on by themselves.
func (s *Server) change(old, v *queue.View, full bool) *HallUpdate {
	now := s.now()
	u := &HallUpdate{Seq: v.Seq, ServiceDay: v.Day, Now: now, Queues: []Queue{}, Windows: []Window{}}
	if old == nil || full || len(old.Queues) != len(v.Queues) || len(old.Windows) != len(v.Windows) {
		u.Full, u.Queues, u.Windows, u.Calls = true, s.queueViews(v, now), windowViews(v), list(v.Calls)
		return u
	}
	staffing := false // which windows are open decides what a queue shows
	for i := range v.Windows {
		if o, n := &old.Windows[i], &v.Windows[i]; !sameWindow(o, n) {
			u.Windows = append(u.Windows, window(n))
			staffing = staffing || o.State != n.State
		}
	}
	for i := range v.Queues {
		if staffing || old.Queues[i] != v.Queues[i] {
			u.Queues = append(u.Queues, s.queueView(v, &v.Queues[i], now))
		}
	}
	if !slices.Equal(old.Calls, v.Calls) {
		u.Calls = list(v.Calls) // empty is a list too: only nil is left out
	}
	return u
}

// sameWindow reports whether a window looks the same to everybody.
func sameWindow(a, b *queue.WindowView) bool {
	return a.ID == b.ID && a.Name == b.Name && a.State == b.State && a.Pause == b.Pause && a.Clerk == b.Clerk && a.Since.Equal(b.Since) &&
		a.Done == b.Done && a.Undo == b.Undo && a.Rate == b.Rate && a.Holder == b.Holder &&
		sameTicket(a.Ticket, b.Ticket) && slices.Equal(a.Held, b.Held) && slices.Equal(a.Queues, b.Queues)
}

func sameTicket(a, b *queue.TicketView) bool {
	return a == b || a != nil && b != nil && *a == *b
}
