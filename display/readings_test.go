package display

import (
	"strings"
	"sync"
	"testing"
	"time"

	"halld/devices"
	"halld/queue"
)

// read asks as the kiosk does for what a reader read after a known reading.
func (v *visit) read(device, after string) Reading {
	v.t.Helper()
	var r Reading
	ask(v.t, v.Handler(), RoleKiosk, "GET", "/api/readers/"+device+"/reading?after="+after, "").into(v.t, &r)
	return r
}

func newCardVisit(t *testing.T) *visit {
	v := newVisit(t)
	if _, err := v.core.Do(t.Context(), "", nobody, queue.OpenDay{Day: "2026-03-02"}); err != nil {
		t.Fatal(err)
	}
	return v
}

// A card gives its class, and its holder no second live number of one queue: not at another kiosk, not at once, but again after the first is over.
func TestOneLiveNumberPerCard(t *testing.T) {
	v := newCardVisit(t)
	v.Read(devices.Reading{Device: "reader-1", Class: "priority", Person: "p1", Name: "张*"})
	card := v.read("reader-1", "")
	if card.Kind != "card" || card.Class != queue.Priority || card.Name != "张*" || len(card.Tickets) != 0 {
		t.Fatalf("%+v", card)
	}
	body := `{"queue":"A","reading":"` + card.ID + `"}`
	got := ask(t, v.Handler(), RoleKiosk, "POST", "/api/tickets", body, "Idempotency-Key", "touch-1")
	var first Ticket
	got.into(t, &first)
	if got.status != 201 || first.Class != queue.Priority {
		t.Fatalf("%d %s", got.status, got.body)
	}
	var again Ticket
	ask(t, v.Handler(), RoleKiosk, "POST", "/api/tickets", body, "Idempotency-Key", "touch-1").into(t, &again)
	if again.ID != first.ID {
		t.Errorf("the same touch gave %s and %s", first.Number, again.Number)
	}
	ask(t, v.Handler(), RoleKiosk, "POST", "/api/tickets", body, "Idempotency-Key", "touch-2").refusal(t, queue.HasNumber)
	v.post(RoleKiosk, "/api/tickets", `{"queue":"B","reading":"`+card.ID+`"}`, nil) // another business

	v.Read(devices.Reading{Device: "reader-2", Class: "priority", Person: "p1", Name: "张*"})
	there := v.read("reader-2", "")
	if len(there.Tickets) != 2 || there.Tickets[0].Number != first.Number {
		t.Errorf("the other kiosk does not know what the citizen has: %+v", there)
	}
	ask(t, v.Handler(), RoleKiosk, "POST", "/api/tickets", `{"queue":"A","reading":"`+there.ID+`"}`, "Idempotency-Key", "touch-3").refusal(t, queue.HasNumber)
	v.post(RoleKiosk, "/api/tickets/"+string(first.ID)+"/cancel", `{}`, nil)
	v.post(RoleKiosk, "/api/tickets", `{"queue":"A","reading":"`+there.ID+`"}`, nil)
}

// Two kiosks touched in the same moment.
func TestOneCardAtTwoKiosks(t *testing.T) {
	v := newCardVisit(t)
	v.Read(devices.Reading{Device: "reader-1", Class: "ordinary", Person: "p1"})
	id := v.read("reader-1", "").ID
	var wg sync.WaitGroup
	var mu sync.Mutex
	given := 0
	for i := range 16 {
		wg.Go(func() {
			got := ask(t, v.Handler(), RoleKiosk, "POST", "/api/tickets", `{"queue":"A","reading":"`+id+`"}`, "Idempotency-Key", "touch-"+string(rune('a'+i)))
			mu.Lock()
			defer mu.Unlock()
			if got.status == 201 {
				given++
			}
		})
	}
	wg.Wait()
	if given != 1 {
		t.Errorf("%d numbers were given for one card", given)
	}
}

func TestReadingsAreOfTheirKiosk(t *testing.T) {
	v := newCardVisit(t)
	asked := make(chan Reading)
	go func() { asked <- v.read("reader-1", "") }()
	v.Read(devices.Reading{Device: "reader-2", Class: "ordinary", Person: "p2"})
	v.Read(devices.Reading{Device: "reader-1", Failed: true})
	if r := <-asked; r.Kind != "unreadable" {
		t.Errorf("%+v", r)
	}
	ask(t, v.Handler(), RoleKiosk, "POST", "/api/tickets", `{"queue":"A","reading":"made-up"}`).refusal(t, ReadingGone)
	ask(t, v.Handler(), RoleKiosk, "GET", "/api/readers/printer-1/reading", "").refusal(t, NotFound)
	start := time.Now()
	known := v.read("reader-2", "").ID
	if got := v.read("reader-2", known); got.ID != "" || time.Since(start) < readingWait/2 {
		t.Errorf("nothing new was read, and %+v came after %v", got, time.Since(start))
	}
}

// The code of a ticket shows it; any other code is handed on as it is.
func TestCodes(t *testing.T) {
	v := newCardVisit(t)
	var ticket Ticket
	v.post(RoleKiosk, "/api/tickets", `{"queue":"A"}`, &ticket)
	for code, number := range map[string]string{"http://192.0.2.10/t/" + string(ticket.ID): ticket.Number, ticket.Number: ticket.Number, "http://192.0.2.10/t/20200101-A009": "", "6901234567892": ""} {
		v.Read(devices.Reading{Device: "reader-1", Code: code})
		r := v.read("reader-1", "")
		switch {
		case r.Kind != "code", number == "" && (r.Code != code || len(r.Tickets) != 0), number != "" && (len(r.Tickets) != 1 || r.Tickets[0].Number != number):
			t.Errorf("%s: %+v", code, r)
		}
	}
}

// What a reader knows of a person ends with the day, and no board or kiosk hears of it: the number that nobody called yesterday stands in no one's way today.
//
// Hard case: yesterdays_ticket_does_not_block_today.
func TestTheLinkEndsWithTheDay(t *testing.T) {
	v := newCardVisit(t)
	v.Read(devices.Reading{Device: "reader-1", Class: "ordinary", Person: "p1-secret"})
	v.post(RoleKiosk, "/api/tickets", `{"queue":"A","reading":"`+v.read("reader-1", "").ID+`"}`, nil)
	for _, cmd := range []queue.Command{queue.CloseDay{Force: true}, queue.OpenDay{Day: "2026-03-03", Force: true}} {
		if _, err := v.core.Do(t.Context(), "", nobody, cmd); err != nil {
			t.Fatal(err)
		}
	}
	v.Read(devices.Reading{Device: "reader-1", Class: "ordinary", Person: "p1-secret"})
	if r := v.read("reader-1", ""); len(r.Tickets) != 0 {
		t.Errorf("a new day, and yesterday's numbers are known: %+v", r.Tickets)
	}
	v.post(RoleKiosk, "/api/tickets", `{"queue":"A","reading":"`+v.read("reader-1", "").ID+`"}`, nil)
	v.refused(RoleKiosk, "/api/tickets", `{"queue":"A","reading":"`+v.read("reader-1", "").ID+`"}`, queue.HasNumber)
	for _, e := range v.core.events {
		b, err := eventMessage(e, nil, false)
		if err != nil || strings.Contains(string(b), "p1-secret") {
			t.Errorf("a board hears of the pseudonym: %s %v", b, err)
		}
	}
}
