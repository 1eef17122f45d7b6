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
	Type  string       `json:"type" enum:"event"`
	Seq   uint64       `json:"seq"`
	At    time.Time    `json:"at"`
	By    *queue.Actor `json:"by,omitempty" doc:"who did it; to boards, kiosks and clerks only in what capacity"`
	Clock queue.Clock  `json:"clock,omitempty" enum:"trusted,suspect" doc:"whether hall time could be trusted"`
	Kind  string       `json:"kind" doc:"ticket.called and so on"`
	Data  any          `json:"data" doc:"the fact as it is stored; notes, reasons in words and levels for manager and admin only"`
	Hall  *HallUpdate  `json:"hall,omitempty" doc:"on the last event of a stored batch: what changed in the hall by the batch"`
}

// HallUpdate brings a hall up to the event it comes with.
type HallUpdate struct {
	Seq        uint64           `json:"seq"`
	Build      string           `json:"build,omitempty"`
	ServiceDay queue.DayID      `json:"service_day"`
	Day        Day              `json:"day"`
	Now        time.Time        `json:"now"`
	Full       bool             `json:"full" doc:"queues and windows replace yours; otherwise merge them by id"`
	Queues     []Queue          `json:"queues" nullable:"false"`
	Windows    []Window         `json:"windows" nullable:"false"`
	Calls      []queue.CallView `json:"calls,omitzero" nullable:"false" doc:"the whole list, absent when unchanged"`
	Kiosks     []Kiosk          `json:"kiosks,omitzero" nullable:"false" doc:"the whole list, absent when unchanged"`
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

// factFor is a fact as an audience may see it. A fact says itself what boards and kiosks may hear; the default is nothing.
func factFor(f queue.Fact, private bool) any {
	switch t := f.(type) {
	case queue.Configured:
		f = nil // ports and devices: whoever may see them asks for the set-up
	case queue.WindowOpened:
		f = f.Public() // who holds a window is for nobody
	case queue.TicketIssued:
		if !private {
			f = f.Public()
			break
		}
		t.Person = "" // the pseudonym of a citizen is for nobody; what class they claim is for the staff
		f = t
	default:
		if !private {
			f = f.Public()
		}
	}
	if f == nil {
		return struct{}{}
	}
	return f
}

// actorFor is who did it, as an audience may see it: to the public only in what capacity.
func actorFor(a queue.Actor, private bool) *queue.Actor {
	if a.Role == "" {
		return nil
	}
	if !private {
		return &queue.Actor{Role: a.Role}
	}
	return &a
}

// eventMessage writes one event for an audience.
func eventMessage(e queue.Event, hall *HallUpdate, private bool) ([]byte, error) {
	return json.Marshal(LiveEvent{Type: "event", Seq: e.Seq, At: e.At, By: actorFor(e.By, private), Clock: e.Clock, Kind: e.Fact.Kind(), Data: factFor(e.Fact, private), Hall: hall})
}

// change tells what is different between two pictures of the hall as they were shown. Waits that only grew older are no change: screens count on by
// themselves.
func change(old, now *Hall, full bool) *HallUpdate {
	u := &HallUpdate{Seq: now.Seq, Build: now.Build, ServiceDay: now.ServiceDay, Day: now.Day, Now: now.Now, Queues: []Queue{}, Windows: []Window{}}
	if old == nil || full || len(old.Queues) != len(now.Queues) || len(old.Windows) != len(now.Windows) {
		u.Full, u.Queues, u.Windows, u.Calls = true, now.Queues, now.Windows, now.Calls
		u.Kiosks = now.Kiosks
		return u
	}
	for i := range now.Windows {
		if !reflect.DeepEqual(&old.Windows[i], &now.Windows[i]) {
			u.Windows = append(u.Windows, now.Windows[i])
		}
	}
	for i := range now.Queues {
		o, n := old.Queues[i], now.Queues[i]
		o.OldestWaitSeconds, o.WaitN = n.OldestWaitSeconds, n.WaitN // what grows by itself, and what nobody reads by the second
		if !reflect.DeepEqual(o, n) {
			u.Queues = append(u.Queues, n)
		}
	}
	if !slices.Equal(old.Calls, now.Calls) {
		u.Calls = now.Calls // empty is a list too: only nil is left out
	}
	if !slices.Equal(old.Kiosks, now.Kiosks) {
		u.Kiosks = now.Kiosks
	}
	return u
}
