package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"halld/display"
	"halld/queue"
)

// TestADayIsKept: what the manager's page says of a day is the same when it is closed, after a restart, and under another set-up; and what people are told of
// their wait survives a restart, too.
func TestADayIsKept(t *testing.T) {
	t.Parallel()
	cfg, err := parseHall("hall.toml", []byte(recordsHall))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Policy.Target = queue.Target{Wait: time.Nanosecond, Share: 80}
	dir := t.TempDir()
	log := slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	var sys *system
	var token string
	start := func() {
		t.Helper()
		if sys, err = startSystem(t.Context(), systemOptions{Data: dir, Create: true, Listen: "127.0.0.1:0", Config: &cfg, Log: log}); err != nil {
			t.Fatal(err)
		}
		if token == "" {
			if token, err = sys.sessions.CreateToken(display.RoleAdmin, "boss"); err != nil {
				t.Fatal(err)
			}
		}
	}
	ask := func(method, path, body string) []byte {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, sys.url()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode/100 != 2 {
			t.Fatalf("%s %s: %d %s, %v", method, path, res.StatusCode, b, err)
		}
		return b
	}
	start()
	defer func() { sys.close() }()
	within(t, 5*time.Second, "no day is open", func() bool { return sys.engine.View().Day != "" })
	day := string(sys.engine.View().Day)
	ask("POST", "/api/windows/1/open", `{"clerk":"张"}`)
	for range 3 {
		ask("POST", "/api/tickets", `{"queue":"A"}`)
	}
	ask("POST", "/api/windows/1/call", `{}`)
	ask("POST", "/api/windows/1/no-show", `{"force":true}`)
	ask("POST", "/api/tickets/A001/return", `{}`)
	ask("POST", "/api/windows/1/call", `{}`)
	ask("POST", "/api/windows/1/give-back", `{}`)
	var o display.Overview
	read := func(path string, v any) {
		t.Helper()
		if err := json.Unmarshal(ask("GET", path, ""), v); err != nil {
			t.Fatal(err)
		}
	}
	read("/api/overview", &o)
	if f := o.Figures; f == nil || f.Missed != 1 || f.Returned != 1 || f.GivenBack != 1 || f.Wait.N != 1 || f.Promised != 1 || f.ByClerk[0].Missed != 1 || f.ByQueue[0].Waiting != 3 {
		t.Errorf("%+v", o.Figures)
	}
	within(t, 5*time.Second, "the line is over its target and nobody says so", func() bool { read("/api/overview", &o); return o.Queues[0].OverTarget == 3 })
	if q := o.Queues[0]; q.WaitBasis == "" || q.WaitHigh == 0 || q.TargetShare != 80 {
		t.Errorf("%+v", q)
	}
	sys.close()
	start()
	within(t, 5*time.Second, "after a restart nobody is over the target", func() bool { read("/api/overview", &o); return o.Queues[0].OverTarget == 3 })
	if f := o.Figures; f.Missed != 1 || f.Wait.N != 1 {
		t.Errorf("after a restart: %+v", f)
	}
	ask("POST", "/api/day/close", `{"force":true}`)
	closed := ask("GET", "/api/days/"+day+"/figures", "")
	cfg.Queues[0].Name, cfg.Policy.Target = "改名", queue.Target{}
	sys.close()
	start()
	if again := ask("GET", "/api/days/"+day+"/figures", ""); string(again) != string(closed) || !strings.Contains(string(closed), `"expired":3`) {
		t.Errorf("\n was %s\n is %s", closed, again)
	}
	var page display.TicketsPage
	if read("/api/tickets?day="+day, &page); page.Total != 3 {
		t.Errorf("%+v", page)
	}
	var visit display.Visit
	read("/api/visits/"+string(page.Tickets[0].Visit), &visit)
	if n := len(visit.Events); n < 5 || visit.Events[0].By == nil || visit.Events[0].By.Name != "boss" {
		t.Errorf("%+v", visit)
	}
}

const recordsHall = `[hall]
name = "厅"
[[queue]]
id = "A"
name = "甲"
prefix = "A"
first = 1
last = 999
width = 3
band_end = "widen"
[[window]]
id = "1"
queues = ["A"]
`
