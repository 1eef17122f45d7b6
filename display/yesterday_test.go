package display

import (
	"context"
	"testing"

	"halld/devices"
	"halld/queue"
)

// earlier is a store that knows a ticket of an earlier day.
type earlier struct {
	livingStore
	kept queue.Ticket
}

func (e *earlier) Ticket(ctx context.Context, id queue.TicketID) (queue.Ticket, error) {
	if id == e.kept.ID {
		return e.kept, nil
	}
	return e.livingStore.Ticket(ctx, id)
}

// A paper of yesterday is known by the day in its code: the kiosk and the phone show that ticket as it ended, whatever today's number of the same name does;
// nothing can be done with it any more; and who holds it gets a number of today.
//
// Hard case: ticket_from_yesterday_presented.
func TestTicketFromYesterday(t *testing.T) {
	l := newLiving(t)
	store := &earlier{livingStore: livingStore{l}}
	srv := New(Options{Engine: l, Store: store, Tokens: allTokens()})
	t.Cleanup(srv.Close)
	v := &visit{Server: srv, core: l, t: t}
	v.post(RoleManager, "/api/day/open", ``, nil)
	take := func(after string) (got Ticket) {
		t.Helper()
		v.Read(devices.Reading{Device: "reader-1", Class: "ordinary", Person: "p1"})
		v.post(RoleKiosk, "/api/tickets", `{"queue":"A","reading":"`+v.read("reader-1", after).ID+`"}`, &got)
		return got
	}
	old := take("")
	v.post(RoleManager, "/api/day/close", ``, nil)
	store.kept, _ = l.hall.Ticket(old.ID)
	if _, err := v.core.Do(t.Context(), "", nobody, queue.OpenDay{Day: "2026-03-03", Force: true}); err != nil {
		t.Fatal(err)
	}
	today := take(v.read("reader-1", "").ID) // yesterday's live ticket blocks nothing
	if today.ID == old.ID || today.Number != old.Number {
		t.Fatalf("%+v after %+v", today, old)
	}
	v.Read(devices.Reading{Device: "reader-2", Code: "http://192.0.2.10/t/" + string(old.ID)})
	if r := v.read("reader-2", ""); len(r.Tickets) != 1 || r.Tickets[0].ID != old.ID {
		t.Errorf("the code of yesterday's paper is read as %+v", r)
	}
	var shown Ticket
	ask(t, v.Handler(), RoleKiosk, "GET", "/api/tickets/"+string(old.ID), "").into(t, &shown)
	if shown.ID != old.ID || shown.State != queue.Expired || shown.Ahead != 0 {
		t.Errorf("the kiosk shows %+v", shown)
	}
	v.reads("/t/"+string(old.ID), "这个号已过期", "号票只在当天有效")
	v.post(RoleClerk, "/api/windows/1/open", `{"clerk":"王芳"}`, nil)
	of := "/api/tickets/" + string(old.ID)
	v.refused(RoleKiosk, of+"/reprint", `{}`, queue.UnknownTicket)
	v.refused(RoleClerk, of+"/return", `{}`, queue.UnknownTicket)
	v.refused(RoleKiosk, of+"/cancel", `{}`, queue.UnknownTicket)
	v.refused(RoleClerk, "/api/windows/1/call", `{"ticket":"`+string(old.ID)+`","reason":"昨天的号"}`, queue.UnknownTicket)
	if v.core.View().Queues[0].Waiting != 1 {
		t.Errorf("%d wait today", v.core.View().Queues[0].Waiting)
	}
}
