package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"halld/devices/sim"
	"halld/display"
	"halld/queue"
)

// A card is laid on the reader of a kiosk: the citizen gets a priority number, no second one, and of the card's number nothing is left anywhere.
func TestIdentityCardAtTheKiosk(t *testing.T) {
	t.Parallel()
	h := newTestHall(t)
	token, err := h.sessions.CreateToken("kiosk", "kiosk-1")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, path, body string, into any) int {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, method, h.url()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if err := json.NewDecoder(res.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode
	}
	const number = "11010519491231002X" // an example of the standard for such numbers, GB 11643
	reader := h.sims.devices["reader-1"].(*sim.CardReader)
	reader.Lay(sim.Card{Name: "张伟", Birth: time.Date(1949, 12, 31, 0, 0, 0, 0, time.Local), Number: number}, true)
	var r display.Reading
	within(t, 10*time.Second, "the card was not read", func() bool {
		ask("GET", "/api/readers/reader-1/reading", "", &r)
		return r.Kind == "card"
	})
	if r.Class != queue.Priority || r.Name != "张*" {
		t.Errorf("%+v", r)
	}
	var ticket display.Ticket
	if status := ask("POST", "/api/tickets", `{"queue":"A","print":"printer-1","reading":"`+r.ID+`"}`, &ticket); status != 201 || ticket.Class != queue.Priority {
		t.Fatalf("%d %+v", status, ticket)
	}
	var no display.Problem
	if status := ask("POST", "/api/tickets", `{"queue":"A","print":"printer-1","reading":"`+r.ID+`"}`, &no); status != 409 || no.Code != queue.HasNumber {
		t.Errorf("a second number: %d %+v", status, no)
	}
	wide := func(s string) []byte { // as it stands on the card
		var b []byte
		for _, c := range []byte(s) {
			b = append(b, c, 0)
		}
		return b
	}
	err = filepath.WalkDir(h.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil && (bytes.Contains(data, []byte(number[6:14])) || bytes.Contains(data, wide(number)) || bytes.Contains(data, []byte("张伟"))) {
			t.Errorf("%s holds what stands on the card", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
