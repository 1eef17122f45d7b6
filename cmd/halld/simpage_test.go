package main

import (
	"bytes"
	"encoding/json"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"halld/devices"
	"halld/queue"
)

// simHall is the demo's hall with the page of its simulated devices.
func simHall(t *testing.T) (testHall, *simPage) {
	t.Helper()
	cfg, err := demoConfig()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sims, err := startSims(cfg, filepath.Join(dir, "ports"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sims.close)
	page := newSimPage(sims, cfg)
	listener, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Address = phoneAddress(listener.Addr())
	log := slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	sys, err := startSystem(t.Context(), systemOptions{Data: dir, Create: true, Opened: listener, Config: &cfg, Ports: sims.ports, Around: page.around, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sys.close)
	page.sys.Store(sys)
	return testHall{sys, t, sims, dir}, page
}

func (h testHall) ask(method, path, body string, change func(*http.Request)) (int, []byte) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url()+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return res.StatusCode, b
}

func (h testHall) simState(id string) (d simDeviceState, w []simWindow) {
	h.t.Helper()
	code, b := h.ask("GET", "/sim/state", "", nil)
	var s simState
	if err := json.Unmarshal(b, &s); code != http.StatusOK || err != nil {
		h.t.Fatalf("/sim/state: %d, %v: %s", code, err, b)
	}
	i := slices.IndexFunc(s.Devices, func(d simDeviceState) bool { return d.ID == id })
	if i < 0 {
		h.t.Fatalf("/sim/state does not know %s", id)
	}
	return s.Devices[i], s.Windows
}

func (h testHall) simAct(body string) {
	h.t.Helper()
	if code, b := h.ask("POST", "/sim/act", body, nil); code != http.StatusNoContent {
		h.t.Fatalf("%s: %d %s", body, code, b)
	}
}

// TestSimPage works a window from the page alone: its caller opens it, calls, rates; faults come and go, and the page shows what the hall makes of them.
func TestSimPage(t *testing.T) {
	t.Parallel()
	h, _ := simHall(t)
	code, html := h.ask("GET", "/sim", "", nil)
	if code != http.StatusOK || regexp.MustCompile(`(src|href|url)\s*[=(]\s*["']?(https?:)?//`).Match(html) {
		t.Errorf("GET /sim: %d, or it loads something from elsewhere", code)
	}
	within(t, 10*time.Second, "the caller does not reach the hall", func() bool { d, _ := h.simState("caller-1"); return d.State == "ok" && d.Text != "" })
	h.simAct(`{"id":"caller-1","key":"pause"}`)
	within(t, 10*time.Second, "the window is not open", func() bool { _, w := h.simState("caller-1"); return w[0].State == queue.WindowOpen })
	number := h.do(queue.Issue{Queue: "A"}).Ticket.Number
	h.simAct(`{"id":"caller-1","key":"call"}`)
	within(t, 10*time.Second, "the window does not call "+number, func() bool {
		d, w := h.simState("board-1")
		return w[0].Number == number && w[0].Ticket == queue.Called && strings.Contains(d.Text, number)
	})
	code, picture := h.ask("GET", "/sim/picture/board-1", "", nil)
	img, err := png.Decode(bytes.NewReader(picture))
	if code != http.StatusOK || err != nil || img.Bounds().Dx() < 600 {
		t.Errorf("the board's picture: %d, %v", code, err)
	}
	before, _ := h.simState("board-1")
	h.simAct(`{"id":"caller-1","key":"here"}`)
	within(t, 10*time.Second, "the board's picture stays", func() bool { d, _ := h.simState("board-1"); return d.Picture != before.Picture })
	h.simAct(`{"id":"caller-1","key":"confirm"}`)
	h.simAct(`{"id":"caller-1","level":4}`)
	answer, err := h.engine.Ticket(t.Context(), queue.TicketID(number))
	if err != nil {
		t.Fatal(err)
	}
	id := answer.Ticket.ID
	within(t, 10*time.Second, "the rating is not stored", func() bool {
		ticket, err := h.store.Ticket(t.Context(), id)
		return err == nil && ticket.Rating == 4
	})

	for _, c := range []struct{ id, fault, problem string }{{"printer-1", "paper-out", "paper-out"}, {"board-2", "unplugged", "unplugged"}, {"board-1", "silent", "silent"}} {
		h.simAct(`{"id":"` + c.id + `","fault":"` + c.fault + `","on":true}`)
		within(t, 15*time.Second, "the page does not show "+c.problem+" of "+c.id, func() bool {
			d, _ := h.simState(c.id)
			on := slices.ContainsFunc(d.Faults, func(f simFault) bool { return f.Code == c.fault && f.On && f.Zh != "" && f.En != "" })
			return on && len(d.Problems) == 1 && d.Problems[0].Code == c.problem
		})
		h.simAct(`{"id":"` + c.id + `","fault":"` + c.fault + `","on":false}`)
		within(t, 15*time.Second, c.problem+" of "+c.id+" does not end", func() bool { d, _ := h.simState(c.id); return len(d.Problems) == 0 && d.State == "ok" })
	}
	if code, _ := h.ask("GET", "/sim/picture/printer-1", "", nil); code != http.StatusNotFound {
		t.Errorf("a printer that printed nothing shows a paper: %d", code)
	}
	h.do(queue.Issue{Queue: "A", Printer: "printer-1"})
	within(t, 20*time.Second, "no paper is seen", func() bool {
		d, _ := h.simState("printer-1")
		return d.Printed == 1 && d.Picture != "" && strings.Contains(d.Text, "A002")
	})
	for path, want := range map[string]int{"": http.StatusOK, "?back=0": http.StatusOK, "?back=1": http.StatusNotFound, "?back=-1": http.StatusNotFound, "?back=x": http.StatusNotFound} {
		if code, _ := h.ask("GET", "/sim/picture/printer-1"+path, "", nil); code != want {
			t.Errorf("the only paper, %q: %d, want %d", path, code, want)
		}
	}
	for body, want := range map[string]int{
		`{"id":"printer-1","key":"call"}`: http.StatusConflict, `{"id":"board-1","fault":"paper-out","on":true}`: http.StatusConflict, `{"id":"board-99","key":"call"}`: http.StatusNotFound,
		`{"id":`: http.StatusBadRequest, `{"id":"board-1"}`: http.StatusConflict, `{"id":"caller-1","level":9}`: http.StatusConflict,
	} {
		if code, b := h.ask("POST", "/sim/act", body, nil); code != want || !bytes.Contains(b, []byte(`"zh"`)) {
			t.Errorf("%s: %d %s, want %d", body, code, b, want)
		}
	}
}

// TestEveryProfileOnThePage: whatever a hall file can name is shown with its faults, and with its face if it has one.
func TestEveryProfileOnThePage(t *testing.T) {
	t.Parallel()
	set, err := profiles()
	if err != nil {
		t.Fatal(err)
	}
	var cfg queue.Config
	for _, id := range set.IDs() {
		p, err := set.Get(id)
		if err != nil {
			t.Fatal(err)
		}
		if p.Driver == "wav" {
			continue // a sound card is no port with bytes that a simulator could answer
		}
		cfg.Devices = append(cfg.Devices, queue.Device{ID: queue.DeviceID(id), Kind: p.Kind, Profile: id, Port: "sim:" + id, Address: 1})
	}
	sims, err := startSims(cfg, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer sims.close()
	page := newSimPage(sims, cfg)
	for _, d := range cfg.Devices {
		s := page.device(d, sims.devices[d.ID], devices.Health{})
		if (s.Picture != "") != slices.Contains([]string{"board", "caller+pad"}, d.Kind) {
			t.Errorf("%s, a %s: picture %q", d.ID, d.Kind, s.Picture)
		}
		if len(s.Faults) == 0 || s.Faults[0].Code != "unplugged" || s.Port == "" || d.Kind == "caller+pad" && len(s.Keys) == 0 || d.Kind == "board" && len(s.Keys) > 0 || (len(s.Levels) > 0) != (d.Kind == "caller+pad") {
			t.Errorf("%s: %+v", d.ID, s)
		}
		for _, f := range s.Faults {
			if f.Zh == "" || f.En == "" || strings.Contains(f.Zh, "未知") {
				t.Errorf("%s: the fault %s has no words", d.ID, f.Code)
			}
		}
	}
}

// TestSimulatedLine puts boards of one model on one line, and refuses what cannot share it.
func TestSimulatedLine(t *testing.T) {
	t.Parallel()
	board := func(id, profile string, address int) queue.Device {
		return queue.Device{ID: queue.DeviceID(id), Kind: "board", Profile: profile, Port: "sim:line", Address: address}
	}
	sims, err := startSims(queue.Config{Devices: []queue.Device{board("a", "onbon-bx5k", 1), board("b", "onbon-bx5k", 2)}}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if a, b := sims.devices["a"], sims.devices["b"]; a == nil || b == nil || a == b || len(sims.ports) != 1 {
		t.Errorf("two boards on one line are %v", sims)
	}
	if err := sims.devices["a"].SetFault("unplugged", true); err != nil || !sims.devices["b"].Has("unplugged") {
		t.Errorf("the cable of both: %v", err)
	}
	sims.close()
	for want, with := range map[string]queue.Device{
		"another model": board("b", "pinganlihe", 2), "stands twice": board("b", "onbon-bx5k", 1),
	} {
		if _, err := startSims(queue.Config{Devices: []queue.Device{board("a", "onbon-bx5k", 1), with}}, t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
	var said strings.Builder
	demoReady{URL: "http://h:1", Tokens: map[string]string{"admin": "T"}}.print(&Env{Stdout: &said})
	if !strings.Contains(said.String(), "http://h:1/sim#token=T") {
		t.Errorf("the demo says nothing of its devices' page:\n%s", &said)
	}
}

// TestSimPageIsForThisMachine: others need the admin token, and no other site may use a visitor's browser.
func TestSimPageIsForThisMachine(t *testing.T) {
	t.Parallel()
	h, page := simHall(t)
	token := func(role string) string {
		s, err := h.sessions.CreateToken(role, "test "+role)
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + s
	}
	for name, c := range map[string]struct {
		method string
		change func(*http.Request)
		want   int
	}{
		"this machine":           {"GET", nil, http.StatusOK},
		"by name":                {"GET", func(r *http.Request) { r.Host = "localhost:80" }, http.StatusOK},
		"a name of another site": {"GET", func(r *http.Request) { r.Host = "evil.example" }, http.StatusForbidden},
		"through a proxy":        {"GET", func(r *http.Request) { r.Header.Set("X-Forwarded-For", "10.0.0.9") }, http.StatusForbidden},
		"admin through a proxy": {"GET", func(r *http.Request) {
			r.Header.Set("X-Forwarded-For", "10.0.0.9")
			r.Header.Set("Authorization", token("admin"))
		}, http.StatusOK},
		"manager":                     {"GET", func(r *http.Request) { r.Header.Set("Authorization", token("manager")) }, http.StatusForbidden},
		"wrong token":                 {"GET", func(r *http.Request) { r.Header.Set("Authorization", "Bearer nonsense") }, http.StatusForbidden},
		"a form on another site":      {"POST", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, http.StatusForbidden},
		"an old browser's other site": {"POST", func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }, http.StatusForbidden},
	} {
		path := map[string]string{"GET": "/sim/state", "POST": "/sim/act"}[c.method]
		if code, b := h.ask(c.method, path, `{"id":"board-1","fault":"unplugged","on":true}`, c.change); code != c.want {
			t.Errorf("%s: %d %.80s, want %d", name, code, b, c.want)
		}
	}
	for address, want := range map[string]bool{"127.0.0.1:9": true, "[::1]:9": true, "127.8.9.1:1": true, "192.168.1.7:80": false, "localhost": false, "127.0.0.1.evil.example:80": false, "": false} {
		if loopback(address) != want {
			t.Errorf("loopback(%q) = %v", address, !want)
		}
	}
	page.sys.Store(nil)
	if code, _ := h.ask("GET", "/sim/state", "", nil); code != http.StatusServiceUnavailable {
		t.Errorf("before the hall is open: %d", code)
	}
	product, _, _ := visitHall(t)
	if code, _ := (testHall{system: product, t: t}).ask("GET", "/sim/state", "", nil); code != http.StatusNotFound {
		t.Errorf("the daemon of a real hall answers /sim/state with %d", code)
	}
}

// TestSimPageInBrowser presses keys of a caller and switches a fault in a real browser. It runs in `make test`.
func TestSimPageInBrowser(t *testing.T) {
	if os.Getenv("HALLD_VISIT") == "" {
		t.Skip("set HALLD_VISIT=1 and CHROMIUM; `make test` does")
	}
	h, _ := simHall(t)
	number := h.do(queue.Issue{Queue: "A"}).Ticket.Number
	cmd := exec.CommandContext(t.Context(), "node", "e2e/sim.mjs")
	cmd.Dir = filepath.Join("..", "..", "display", "web")
	cmd.Env = append(os.Environ(), "SIM_URL="+h.url(), "SIM_NUMBER="+number)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if v := h.engine.View(); v.Windows[0].Ticket == nil || v.Windows[0].Ticket.Number != number || v.Windows[0].Ticket.State != queue.Called {
		t.Errorf("window 1 does not call %s: %+v", number, v.Windows[0])
	}
}
