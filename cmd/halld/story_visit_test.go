package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"halld/devices/sim"
	"halld/queue"
)

// TestVisitStory goes through two days of a hall with people in a real browser: a ticket for an item, its outcome, a printer without paper, the day's end.
func TestVisitStory(t *testing.T) {
	if os.Getenv("HALLD_VISIT") == "" {
		t.Skip("set HALLD_VISIT=1 and CHROMIUM; `make test` does")
	}
	sys, sims, dir := visitHall(t, func(c *queue.Config) {
		set, err := demoSetup()
		if err != nil {
			t.Fatal(err)
		}
		c.People, c.Address = set.People, "http://hall.example:8086"
	})
	hall := demoReady{URL: sys.url(), Tokens: map[string]string{}}
	for _, role := range []string{"kiosk", "clerk", "manager"} {
		token, err := sys.sessions.CreateToken(role, "story "+role)
		if err != nil {
			t.Fatal(err)
		}
		hall.Tokens[role] = token
	}
	printer := sims.devices["printer-1"].(*sim.Printer)
	b := startBrowser(t, hall, "e2e/story.mjs")
	number := b.step("issued")
	within(t, 10*time.Second, "no ticket "+number+" came out of the printer", func() bool {
		r := printer.Receipts()
		return len(r) == 1 && strings.Contains(r[0].Text, number)
	})
	b.step("finished")
	answer, err := sys.engine.Ticket(t.Context(), queue.TicketID(number))
	if err != nil {
		t.Fatal(err)
	}
	if got := answer.Ticket; got.Outcome != "supplement" || got.Item != "hukou" || got.Clerk != "1001" {
		t.Errorf("%s ended with %q for %q by %q", number, got.Outcome, got.Item, got.Clerk)
	}
	if err := printer.SetFault("paper-out", true); err != nil {
		t.Fatal(err)
	}
	bare := b.step("paperless")
	if n := len(printer.Receipts()); n != 1 || bare == number {
		t.Errorf("%d slips and number %s after %s: nothing is printed without paper", n, bare, number)
	}
	again := b.step("again")
	answer, err = sys.engine.Ticket(t.Context(), queue.TicketID(again))
	if err != nil {
		t.Fatal(err)
	}
	if string(answer.Ticket.ID) == number || answer.Ticket.State != queue.Called {
		t.Errorf("the second day's %s is %s and %s", again, answer.Ticket.ID, answer.Ticket.State)
	}
	b.end()
	sys.close()
	checkVerified(t, dir)
}
