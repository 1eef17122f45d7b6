package display

import (
	"strings"
	"testing"

	"halld/devices"
	"halld/queue"
)

// A kiosk knows before anybody chooses whether paper will come out. A printer that only runs low prints, and so does one of which nothing is known.
func TestKioskKnowsItsPrinter(t *testing.T) {
	out, low := devices.NewProblem("p2", "paper-out", noon), devices.NewProblem("p1", "paper-low", noon)
	r := newRig(t, func(o *Options) {
		o.Health = bench{{ID: "p1", State: "warning", Problems: []devices.Problem{low}}, {ID: "p2", State: "failing", Problems: []devices.Problem{low, out}}, {ID: "p3"}}
	})
	for id, want := range map[string]Printer{
		"p1": {ID: "p1", Ready: true}, "p2": {ID: "p2", Code: "paper-out", Text: out.Text, TextEn: out.TextEn}, "p3": {ID: "p3", Ready: true},
		"p4": {ID: "p4", Code: "unknown-printer", Text: "没有这台打印机", TextEn: "There is no such printer."},
	} {
		var got Printer
		if r.ask(t, "kiosk", "GET", "/api/printers/"+id, "").into(t, &got); got != want {
			t.Errorf("%s: %+v, want %+v", id, got, want)
		}
	}
}

// The code of a ticket leads where the one on paper leads.
func TestTicketCode(t *testing.T) {
	r := newRig(t)
	r.ask(t, "kiosk", "GET", "/api/tickets/A001/code", "").refusal(t, NotFound)
	r.engine.tell(func(v *queue.View) {
		c := *v.Config
		c.Address = "http://hall.example:8086"
		v.Config = &c
	})
	var got TicketCode
	r.ask(t, "kiosk", "GET", "/api/tickets/A001/code", "").into(t, &got)
	if got.Address != "http://hall.example:8086/t/20260302-A001" || got.Size < 21 || !strings.HasPrefix(got.Path, "M0 0h1v1h-1z") {
		t.Errorf("%+v", got)
	}
	r.ask(t, "kiosk", "GET", "/api/tickets/Z999/code", "").refusal(t, queue.UnknownTicket)
}
