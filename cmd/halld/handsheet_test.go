package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"halld/queue"
)

// With the counters cut off, or the daemon dead, the hall goes on by the sheet: it has every waiting number in calling order, who is at which window, and who may
// come back, and the folder alone gives the same one as the running hall.
//
// Hard case: network_partition_hand_calling_sheet.
func TestHandSheet(t *testing.T) {
	t.Parallel()
	h := newTestHall(t)
	seat := queue.Seat{Window: "1", Holder: "s"}
	h.do(queue.OpenWindow{Seat: seat, Clerk: "1001"})
	queues := h.engine.View().Windows[0].Queues
	var numbers []string
	for i := range 6 {
		class := queue.Ordinary
		if i == 5 {
			class = queue.Priority
		}
		numbers = append(numbers, h.do(queue.Issue{Queue: queues[0], Class: class}).Ticket.Number)
	}
	called := h.do(queue.CallNext{Seat: seat}).Ticket.Number
	status, online := h.over(h.token("manager"), http.MethodGet, "/api/handsheet?lang=zh", "")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, online)
	}
	page := func() string {
		var out bytes.Buffer
		if err := (&handSheetCmd{Data: h.data, Lang: "zh"}).Run(t.Context(), &Env{Stdout: &out, Stderr: &out}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if got := page(); got != online {
		t.Errorf("the folder gives another sheet than the hall:\n%s\n%s", got, online)
	}
	line, _, err := h.engine.Line(t.Context(), queues[0], 100)
	if err != nil || len(line) != len(numbers)-1 {
		t.Fatal(line, err)
	}
	h.close()
	sheet := page()
	_, lines, _ := strings.Cut(sheet, "</tbody>") // behind the windows
	if head, _, _ := strings.Cut(sheet, "</tbody>"); !strings.Contains(head, ">"+called+"<") {
		t.Errorf("window 1 does not show %s", called)
	}
	at := 0
	for _, a := range line {
		i := strings.Index(lines[at:], ">"+a.Ticket.Number+"<")
		if i < 0 {
			t.Fatalf("%s is not on the sheet, or not in calling order", a.Ticket.Number)
		}
		at += i
	}
	if strings.Contains(lines, ">"+called+"<") {
		t.Errorf("%s waits on the sheet, and was called", called)
	}
}
