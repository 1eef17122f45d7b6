package main

import (
	"encoding/json"
	"image/png"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"halld/devices/sim"
	"halld/display"
	"halld/queue"
)

// A citizen takes a ticket, reads its QR code off the paper with another program, opens the page behind it, and holds the ticket before the kiosk's scanner.
func TestTheCodeOnATicket(t *testing.T) {
	t.Parallel()
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("zbarimg is not installed: apt-get install zbar-tools")
	}
	h, _ := simHall(t)
	token, err := h.sessions.CreateToken("kiosk", "kiosk-1")
	if err != nil {
		t.Fatal(err)
	}
	id := h.do(queue.Issue{Queue: "A", Printer: "printer-1"}).Ticket.ID
	printer := h.sims.devices["printer-1"].(*sim.Printer)
	within(t, 10*time.Second, "no ticket came out", func() bool { return len(printer.Receipts()) == 1 })
	picture := filepath.Join(t.TempDir(), "ticket.png")
	f, err := os.Create(picture)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, printer.Receipts()[0].Image); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), zbar, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture).Output()
	code := strings.TrimSpace(string(out))
	if err != nil || code != h.url()+"/t/"+string(id) {
		t.Fatalf("zbarimg reads %q (%v), want the address of ticket %s", code, err, id)
	}
	ticket, _ := h.print(id)
	status, body := h.ask("GET", strings.TrimPrefix(code, h.url()), "", nil)
	if status != http.StatusOK || !strings.Contains(string(body), ticket.Number) || !strings.Contains(string(body), "下一位就是您") {
		t.Errorf("%d %s", status, body)
	}

	for path, token := range map[string]string{"/t/Z999": "", "/api/tickets/Z999": token} {
		if status, b := h.ask("GET", path, "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }); status != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, status, b)
		}
	}

	if d, _ := h.simState("scanner-1"); !d.Scans || d.Code != ticket.Number {
		t.Errorf("the page offers %q to the scanner", d.Code)
	}
	within(t, 10*time.Second, "the scanner is not there", func() bool {
		status, _ := h.ask("POST", "/sim/act", `{"id":"scanner-1","code":"`+code+`"}`, nil)
		return status == http.StatusNoContent
	})
	var r display.Reading
	within(t, 10*time.Second, "the kiosk was told of no code", func() bool {
		_, b := h.ask("GET", "/api/readers/scanner-1/reading", "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) })
		return json.Unmarshal(b, &r) == nil && r.Kind == "code"
	})
	if len(r.Tickets) != 1 || r.Tickets[0].ID != id {
		t.Errorf("%+v", r)
	}
}
