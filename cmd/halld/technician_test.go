package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"halld/devices"
	"halld/devices/frame"
	"halld/devices/port"
	"halld/devices/sim"
	"halld/display"
	"halld/queue"
)

// mine is a board that no profile knows: 55, the text, its sum. It answers with 06.
const mine = `id = "mine"
kind = "board"
driver = "described"
proof = "manual"
events = ["ack", "done"]

[line]
baud = 9600
format = "8N1"
reply_ms = 1500 # a busy machine is no silent board

[frame.tx]
parts = [{ hex = "55" }, { mark = "a" }, { body = true }, { mark = "z" }, { hex = "0D" }, { sum = "xor8", of = "a..z" }]

[frame.rx]
parts = [{ hex = "06" }]

[frame.late]
parts = [{ hex = "07" }]

[event.ack]
body = []
[event.done]
frame = "late"
body = []

[op.twice]
steps = [{ send = "show" }, { expect = "ack", within_ms = 2000 }, { send = "show" }, { expect = "ack", within_ms = 2000 }]
[op.hopeless]
steps = [{ send = "show" }, { expect = "done", within_ms = 100 }, { send = "show" }]

[op.show]
args = ["text"]
body = [{ text = "text", enc = "gbk", max = 40, term = "00" }]

[[vector]]
op = "show"
args = { text = "A" }
hex = "55 41 00 0D 41"

[role.board.calling]
op = "show"
text = "{number}到{window}"
[role.board.serving]
op = "show"
text = "{number}"
[role.board.idle]
op = "show"
text = "空"
[role.board.paused]
op = "show"
text = "停"
[role.board.closed]
op = "show"
text = "休"
`

// bench is a running hall and its admin, over the API.
type benchHall struct {
	testHall
	token string
	dir   string
}

func newBenchHall(t *testing.T, more ...queue.Device) benchHall {
	sys, sims, dir := visitHall(t, func(cfg *queue.Config) { cfg.Devices = append(cfg.Devices, more...) })
	token, err := sys.sessions.CreateToken("admin", "technician")
	if err != nil {
		t.Fatal(err)
	}
	return benchHall{testHall{sys, t, sims, dir}, token, dir}
}

// ask sends a request and returns the code of its refusal; empty: it was done.
func (h benchHall) ask(method, path string, body, into any) queue.Code {
	h.t.Helper()
	err := askHall(h.t.Context(), h.url(), h.token, method, path, body, into)
	if err == nil {
		return ""
	}
	var p *display.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	h.t.Fatalf("%s %s: %v", method, path, err)
	return ""
}

func (h benchHall) device(id string) display.BenchDevice {
	h.t.Helper()
	var all display.BenchDevices
	if code := h.ask("GET", "/api/bench/devices", nil, &all); code != "" {
		h.t.Fatal(code)
	}
	i := slices.IndexFunc(all.Devices, func(d display.BenchDevice) bool { return d.ID == id })
	if i < 0 {
		h.t.Fatalf("no device %s", id)
	}
	return all.Devices[i]
}

func (h benchHall) board(id queue.DeviceID) interface{ Text() string } {
	return h.sims.devices[id].(interface{ Text() string })
}

// The bench of a running hall: a device is probed, exercised only when that is meant, sent to, restarted, and every board shows its own window and then
// the present again.
func TestBenchOfARunningHall(t *testing.T) {
	t.Parallel()
	h := newBenchHall(t)
	within(t, 10*time.Second, "the board is not seen", func() bool { return !h.device("board-1").LastSeen.IsZero() })
	d := h.device("board-1")
	if d.State != "ok" || !d.Board || d.Line != "57600 8N1" && d.Line == "" || d.Sent == 0 || d.Received == 0 || d.Address != 1 {
		t.Errorf("board-1: %+v", d)
	}
	if d := h.device("board-8"); !d.SendOnly || !d.LastSeen.IsZero() {
		t.Errorf("a board of modules, which says nothing: %+v", d)
	}
	var r display.BenchResult
	if code := h.ask("POST", "/api/bench/devices/board-1/probe", nil, &r); code != "" || !r.OK || len(r.Pieces) < 2 || !r.Pieces[0].Out || len(r.Pieces[0].Said) == 0 {
		t.Errorf("probe: %s %+v", code, r)
	}
	if code := h.ask("POST", "/api/bench/devices/printer-1/exercise", nil, &r); code != display.ConfirmNeeded {
		t.Errorf("exercise while the hall is open: %s", code)
	}
	printer := h.sims.devices["printer-1"].(*sim.Printer)
	if n := len(printer.Receipts()); n != 0 {
		t.Fatalf("%d tickets came out unasked", n)
	}
	if code := h.ask("POST", "/api/bench/devices/printer-1/exercise", map[string]bool{"confirmed": true}, &r); code != "" || !r.OK {
		t.Errorf("exercise: %s %+v", code, r)
	}
	if !r.Answered || r.SeenEn != "the device answered, and did all of it" || r.Seen == "" {
		t.Errorf("what the exercise of a printer that proves its paper saw: %+v", r)
	}
	if got := printer.Receipts(); len(got) != 1 || !strings.Contains(got[0].Text, "测试") {
		t.Errorf("the sample ticket: %+v", got)
	}
	if h.engine.View().Queues[0].Issued != 0 {
		t.Error("the sample took a number")
	}
	if code := h.ask("POST", "/api/bench/devices/board-2/send", display.BenchSend{Op: "show", Args: map[string]string{"text": "你好"}}, &r); code != "" || !r.OK {
		t.Errorf("send: %s %+v", code, r)
	}
	if got := h.board("board-2").Text(); got != "你好" {
		t.Errorf("board-2 shows %q", got)
	}
	for _, bad := range []display.BenchSend{{}, {Hex: "A"}, {Hex: "01", Op: "show"}, {Op: "nothing"}, {Op: "show", Args: map[string]string{"text": "👋"}}} {
		if code := h.ask("POST", "/api/bench/devices/board-2/send", bad, &r); code != display.BadBytes {
			t.Errorf("send %+v: %q", bad, code)
		}
	}
	if code := h.ask("POST", "/api/bench/devices/board-2/saw", nil, &struct{}{}); code != "" {
		t.Errorf("seen working: %s", code)
	}
	var listed display.BenchDevices
	if code := h.ask("GET", "/api/bench/devices", nil, &listed); code != "" {
		t.Fatal(code)
	}
	for _, d := range listed.Devices {
		if d.Words == "" || d.Words == "正常" && d.Hearing != devices.Answers {
			t.Errorf("%s is %s and called %q", d.ID, d.Hearing, d.Words)
		}
		if (d.Witness != nil) != (d.ID == "board-2") {
			t.Errorf("who saw %s: %+v", d.ID, d.Witness)
		}
	}
	var no *display.Problem
	err := askHall(t.Context(), h.url(), h.token, "POST", "/api/bench/devices/board-2/send", display.BenchSend{Op: "show", Args: map[string]string{"text": "👋"}}, &r)
	if !errors.As(err, &no) || len(no.Errors) != 1 || !strings.Contains(no.Errors[0].MessageZh, `里没有 "👋"`) {
		t.Errorf("a text that the board lacks: %v", err)
	}
	if code := h.ask("POST", "/api/bench/devices/board-99/send", display.BenchSend{Hex: "01"}, &r); code != display.UnknownDevice {
		t.Errorf("send to nobody: %q", code)
	}

	for _, id := range []queue.DeviceID{"board-1", "board-4", "board-8"} { // a face that was under way would come behind the window number
		within(t, 10*time.Second, "the face of "+string(id)+" is not shown", func() bool {
			b, ok := h.sims.devices[id].(*sim.Board)
			return !ok || len(b.Frames()) > 0 // a board of modules is dark while its window is closed
		})
	}
	var shown display.BenchIdentified
	if code := h.ask("POST", "/api/bench/identify", map[string]int{"seconds": 60}, &shown); code != "" || len(shown.Devices) != 8 || len(shown.Away) != 0 {
		t.Errorf("identify: %s %+v", code, shown)
	}
	for _, id := range []queue.DeviceID{"board-1", "board-4", "board-8"} {
		want := strings.TrimPrefix(string(id), "board-") + "号窗口" // a board that does not answer shows it when the last byte is off the wire
		within(t, 5*time.Second, string(id)+" does not show its window", func() bool { return h.board(id).Text() == want })
	}
	h.do(queue.OpenWindow{Seat: queue.Seat{Window: "4"}, Clerk: "li"})
	within(t, 5*time.Second, "a window that opened is not shown on its board", func() bool { return h.board("board-4").Text() != "4号窗口" })
	if code := h.ask("POST", "/api/bench/identify", map[string]int{"seconds": 0}, &shown); code != "" {
		t.Error(code)
	}
	within(t, 5*time.Second, "the present did not come back", func() bool {
		return h.board("board-1").Text() != "1号窗口" && h.board("board-8").Text() != "8号窗口"
	})

	h.fault("board-3", "unplugged", true)
	within(t, 5*time.Second, "the unplugged board is not named", func() bool { return h.device("board-3").State == "failing" })
	if code := h.ask("POST", "/api/bench/devices/board-3/probe", nil, &r); code != display.DeviceAway {
		t.Errorf("probe of a board that is away: %q", code)
	}
	h.fault("board-3", "unplugged", false)
	within(t, 5*time.Second, "the board is not back", func() bool { d := h.device("board-3"); return d.State == "ok" && len(d.Past) == 1 })
	if p := h.device("board-3").Past[0]; p.Code != "unplugged" || p.Hint == "" || !p.Ended.After(p.Since) {
		t.Errorf("what is over: %+v", p)
	}
	if code := h.ask("POST", "/api/bench/devices/board-3/restart", nil, &struct{}{}); code != "" {
		t.Error(code)
	}
	within(t, 5*time.Second, "the board is not back from its restart", func() bool { _, ok := h.rack.Get("board-3"); return ok })
	h.cli(t)
}

// cli looks at the same hall from the command line.
func (h benchHall) cli(t *testing.T) {
	t.Helper()
	var out, fault strings.Builder
	if code := run(t.Context(), []string{"device", "list", "--url", h.url(), "--token", h.token}, &out, &fault); code != 0 || !strings.Contains(out.String(), "board-1") ||
		!strings.Contains(out.String(), " ago ") {
		t.Errorf("halld device list: exit %d\n%s%s", code, &out, &fault)
	}
	if code := run(t.Context(), []string{"device", "exercise", "board-1", "--url", h.url(), "--token", h.token}, &out, &fault); code != 1 || !strings.Contains(fault.String(), "--yes") {
		t.Errorf("halld device exercise without --yes: exit %d\n%s", code, &fault)
	}
	out.Reset()
	if code := run(t.Context(), []string{"device", "exercise", "board-1", "--url", h.url(), "--token", h.token, "--yes"}, &out, &fault); code != 0 ||
		!strings.Contains(out.String(), "the device answered, and did all of it") || !strings.Contains(out.String(), "show addr=1") {
		t.Errorf("halld device exercise: exit %d\n%s%s", code, &out, &fault)
	}
}

// The bytes of a line are pushed as they go, decoded, both directions; what is kept of it can be taken home as a session.
func TestBenchLive(t *testing.T) {
	t.Parallel()
	h := newBenchHall(t)
	dial := websocket.Dialer{Subprotocols: []string{"halld", "bearer." + h.token}}
	ws, _, err := dial.Dial("ws"+strings.TrimPrefix(h.url(), "http")+"/api/bench/live?device=caller-1", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if err := h.sims.devices["caller-1"].(*sim.CallerPad).Press("call"); err != nil {
		t.Fatal(err)
	}
	var key, ack bool
	for end := time.Now().Add(10 * time.Second); !key || !ack; {
		if err := ws.SetReadDeadline(end); err != nil {
			t.Fatal(err)
		}
		var m display.BenchLine
		if err := ws.ReadJSON(&m); err != nil {
			t.Fatalf("key seen: %v, answer seen: %v: %v", key, ack, err)
		}
		for _, p := range m.Pieces {
			for _, s := range p.Said {
				key = key || !p.Out && strings.HasPrefix(s, "key ")
			}
			ack = ack || key && p.Out
		}
	}
	req, err := http.NewRequest("GET", h.url()+"/api/bench/devices/caller-1/session", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+h.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "it.session")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := readSession(name)
	if err != nil || s.About["profile"] != "caller-ff68" || len(s.Pieces) < 2 {
		t.Errorf("the session: %v\n%s", err, text)
	}
	var out, fault strings.Builder
	if code := run(t.Context(), []string{"device", "teach", "--record", name}, &out, &fault); code != 0 || !strings.Contains(out.String(), "caller-ff68") {
		t.Errorf("teach from the session: exit %d\n%s%s", code, &out, &fault)
	}
}

// A technician describes a board that nobody knows, tries it on its port, uses it, and the hall drives it; a mistake is named with its line.
func TestTryAndUse(t *testing.T) {
	t.Parallel()
	h := newBenchHall(t)
	var check display.BenchCheck
	bad := strings.Replace(mine, "baud", "buad", 1)
	if code := h.ask("POST", "/api/bench/check", display.BenchProfileText{Text: bad}, &check); code != "" || check.OK || check.Mistakes[0].Line != 8 ||
		!strings.Contains(check.Mistakes[0].Message, "buad") || !strings.Contains(check.Mistakes[0].MessageZh, `没有 "line.buad" 这个键`) {
		t.Errorf("check of a typo: %s %+v", code, check)
	}
	check = display.BenchCheck{}
	if code := h.ask("POST", "/api/bench/check", display.BenchProfileText{Text: strings.Replace(mine, "41 00 0D 41", "41 00 0D 42", 1)}, &check); code != "" || check.OK ||
		check.Mistakes[0].Line != 36 {
		t.Errorf("check of a wrong vector: %s %+v", code, check)
	}
	check = display.BenchCheck{}
	for _, text := range []string{strings.Replace(mine, `"mine"`, `"yongtai"`, 1), strings.Replace(mine, `"mine"`, `"../mine"`, 1)} {
		if code := h.ask("POST", "/api/bench/check", display.BenchProfileText{Text: text}, &check); code != "" || check.OK || check.Mistakes[0].Line != 1 {
			t.Errorf("check of a taken or unsafe id: %s %+v", code, check)
		}
		if code := h.ask("POST", "/api/bench/profiles", display.BenchProfileText{Text: text}, &struct{}{}); code != display.BadProfile && code != display.ProfileTaken {
			t.Errorf("use of a taken or unsafe id: %q", code)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(h.dir, "profiles", "*")); len(left) != 0 {
		t.Errorf("refused profiles left %v", left)
	}

	h.form()
	pty, err := port.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pty.Close() })
	shows := make(chan string, 64)
	go board06(pty, shows)
	var r display.BenchResult
	if code := h.ask("POST", "/api/bench/try", display.BenchTry{Text: mine, Port: pty.Name(), Window: 3}, &r); code != "" || !r.OK || len(r.Pieces) < 10 {
		t.Fatalf("try: %s %+v", code, r)
	}
	if first := <-shows; first != "空" {
		t.Errorf("the board was shown %q first", first)
	}
	if code := h.ask("POST", "/api/bench/try", display.BenchTry{Text: mine, Port: "/etc/passwd"}, &r); code != display.PortRefused {
		t.Errorf("try on a file: %q", code)
	}
	if code := h.ask("POST", "/api/bench/try", display.BenchTry{Text: mine, Port: h.sims.ports["sim:board-8"]}, &r); code != display.ConfirmNeeded {
		t.Errorf("try on a port of an open hall: %q", code)
	}
	r = display.BenchResult{}
	if code := h.ask("POST", "/api/bench/try", display.BenchTry{Text: mine, Port: h.sims.ports["sim:board-8"], Confirmed: true}, &r); code != "" || r.OK || r.Error == "" {
		t.Errorf("try on a board that speaks otherwise: %s %+v", code, r)
	}
	if !slices.ContainsFunc(r.Problems, func(p devices.Problem) bool { return p.Code == "silent" }) {
		t.Errorf("it was silent, but the trial reports %+v", r.Problems)
	}
	within(t, 5*time.Second, "the hall's own board is not back", func() bool { return h.device("board-8").State == "ok" })

	var used display.BenchUsed
	if code := h.ask("POST", "/api/bench/profiles", display.BenchProfileText{Text: mine}, &used); code != "" || !slices.Equal(used.IDs, []string{"mine"}) {
		t.Fatalf("use: %s %+v", code, used)
	}
	cfg := *h.engine.View().Config
	cfg.Devices = append(slices.Clone(cfg.Devices), queue.Device{ID: "board-9", Kind: "board", Profile: "mine", Port: pty.Name(), Window: "1"})
	at := h.listener.Addr().String()
	h.system.close()
	sys, err := startSystem(t.Context(), systemOptions{Data: h.dir, Create: true, Listen: at, Config: &cfg, Ports: h.sims.ports, Log: h.log})
	if err != nil {
		t.Fatal(err)
	}
	defer sys.close()
	h.system = sys
	within(t, 10*time.Second, "the hall does not use the new board", func() bool { return h.device("board-9").State == "ok" && h.device("board-9").Received > 0 })
	h.dialogues()
	used = display.BenchUsed{}
	changed := strings.Replace(mine, `text = "休"`, `text = "下班"`, 1)
	if code := h.ask("POST", "/api/bench/profiles", display.BenchProfileText{Text: changed}, &used); code != "" || !slices.Equal(used.Restarted, []string{"board-9"}) {
		t.Fatalf("use of a changed text: %s %+v", code, used)
	}
	within(t, 10*time.Second, "the changed text is not shown", func() bool {
		for len(shows) > 0 {
			if <-shows == "下班" {
				return true
			}
		}
		return false
	})
	var text display.BenchText
	if code := h.ask("GET", "/api/bench/profiles/mine", nil, &text); code != "" || !text.Own || text.Text != changed {
		t.Errorf("the text of the profile: %s %+v", code, text)
	}
	text = display.BenchText{}
	if code := h.ask("GET", "/api/bench/profiles/yongtai", nil, &text); code != "" || text.Own || !strings.Contains(text.Text, `id = "yongtai"`) {
		t.Errorf("the text of a built-in profile: %s %+v", code, text)
	}
}

// form looks at the set-up form of a text, and at what a trial refuses of it before it opens the port.
func (h benchHall) form() {
	h.t.Helper()
	text := strings.Replace(mine, `{ text = "text"`, `{ u8 = "addr" }, { u8 = "light" }, { text = "text"`, 1)
	text = strings.Replace(text, "55 41 00 0D 41", "55 01 03 41 00 0D 43", 1) + `
[param.addr]
default = 1
min = 1
max = 9
label = "屏号"
label_en = "board number"
[param.light]
default = "middle"
map = { dark = 1, middle = 3, bright = 5 }
label = "亮度"
label_en = "brightness"
`
	var check display.BenchCheck
	if code := h.ask("POST", "/api/bench/check", display.BenchProfileText{Text: text}, &check); code != "" || !check.OK || len(check.Models) != 1 {
		h.t.Fatalf("check: %s %+v", code, check)
	}
	m := check.Models[0]
	if m.ID != "mine" || m.Address == nil || m.Address.Label != "屏号" || *m.Address.Min != 1 || *m.Address.Max != 9 || len(m.Set) != 1 || m.Set[0].Name != "light" ||
		m.Set[0].LabelEn != "brightness" || m.Set[0].Default != "middle" || !slices.Equal(m.Set[0].Of, []string{"dark", "middle", "bright"}) {
		h.t.Errorf("the form: %+v", m)
	}
	for _, c := range []struct {
		address       int
		set           map[string]string
		place, reason string
	}{
		{10, nil, "address", "10 超出范围；请写 1 到 9"}, {1, map[string]string{"light": "7"}, "set.light", `"7" 不对；请写其中之一：bright、dark、middle`},
		{1, map[string]string{"volume": "1"}, "set.volume", "型号 mine 没有这个参数"},
	} {
		var no *display.Problem
		err := askHall(h.t.Context(), h.url(), h.token, "POST", "/api/bench/try", display.BenchTry{Text: text, Port: "/dev/null", Address: c.address, Set: c.set}, &struct{}{})
		if !errors.As(err, &no) || no.Code != display.BadValue || len(no.Errors) != 1 || no.Errors[0].Location != c.place || !strings.Contains(no.Errors[0].MessageZh, c.reason) {
			h.t.Errorf("try with address %d and %v: %v %+v", c.address, c.set, err, no)
		}
	}
	if code := h.ask("POST", "/api/bench/try", display.BenchTry{Text: text, Port: "/dev/null", Address: 1, Set: map[string]string{"light": ""}}, &struct{}{}); code == display.BadValue {
		h.t.Error("a field that is left empty is refused")
	}
}

// dialogues lets board-9 carry out what has several steps: each is told with its bytes, and the first that fails ends it.
func (h benchHall) dialogues() {
	h.t.Helper()
	var r display.BenchResult
	if code := h.ask("POST", "/api/bench/devices/board-9/send", display.BenchSend{Op: "twice", Args: map[string]string{"text": "A"}}, &r); code != "" || !r.OK || len(r.Steps) != 4 {
		h.t.Fatalf("a dialogue: %s %+v", code, r)
	}
	for i, want := range []display.BenchStep{{Send: "show"}, {Expect: "ack"}, {Send: "show"}, {Expect: "ack"}} {
		got, bytes := r.Steps[i], "06"
		if want.Send != "" {
			bytes = "55 41 00 0D 41"
		}
		if !got.OK || got.Send != want.Send || got.Expect != want.Expect || len(got.Pieces) != 1 || got.Pieces[0].Hex != bytes || got.Pieces[0].Out != (want.Send != "") {
			h.t.Errorf("step %d: %+v", i+1, got)
		}
	}
	r = display.BenchResult{}
	if code := h.ask("POST", "/api/bench/devices/board-9/send", display.BenchSend{Op: "hopeless", Args: map[string]string{"text": "A"}}, &r); code != "" || r.OK || r.Error == "" ||
		len(r.Steps) != 2 || r.Steps[1].OK || r.Steps[1].Expect != "done" || r.Steps[1].Error == "" {
		h.t.Errorf("a dialogue whose second step is not answered: %s %+v", code, r)
	}
	for _, bad := range []map[string]string{{}, {"text": "👋"}, {"text": "A", "colour": "red"}} {
		if code := h.ask("POST", "/api/bench/devices/board-9/send", display.BenchSend{Op: "twice", Args: bad}, &r); code != display.BadBytes {
			h.t.Errorf("a dialogue with %v: %q", bad, code)
		}
	}
	var all display.BenchProfiles
	if code := h.ask("GET", "/api/bench/profiles", nil, &all); code != "" || !slices.ContainsFunc(all.Profiles, func(p display.BenchProfile) bool {
		return p.ID == "mine" && slices.ContainsFunc(p.Ops, func(o display.BenchOp) bool {
			return o.Name == "twice" && slices.Equal(o.Steps, []string{"show", "<ack", "show", "<ack"}) && len(o.Asks) == 1 && o.Asks[0].Needed
		})
	}) {
		h.t.Errorf("the form of a dialogue is missing: %s", code)
	}
}

// board06 is the unknown board: it answers every frame that is right with 06. It knows nothing of profiles.
func board06(pty io.ReadWriter, shows chan<- string) {
	buf := make([]byte, 256)
	var got []byte
	for {
		n, err := pty.Read(buf)
		if err != nil {
			return
		}
		for _, c := range buf[:n] {
			got = append(got, c)
			end := len(got) - 1
			if end < 3 || got[end-1] != 0x0D || got[end-2] != 0 {
				continue
			}
			var sum byte
			for _, x := range got[1 : end-1] {
				sum ^= x
			}
			if got[0] == 0x55 && sum == c {
				if text, err := frame.Decode("gbk", got[1:end-2]); err == nil {
					select {
					case shows <- text:
					default:
					}
				}
				if _, err := pty.Write([]byte{0x06}); err != nil {
					return
				}
			}
			got = nil
		}
	}
}

// What arrives at a port of the hall is recognised without disturbing it, and the forms of every profile are given.
func TestTeachAndForms(t *testing.T) {
	t.Parallel()
	h := newBenchHall(t)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			_ = h.sims.devices["caller-2"].(*sim.CallerPad).Press("call")
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	var taught display.BenchTaught
	if code := h.ask("POST", "/api/bench/teach", display.BenchTeach{Port: h.sims.ports["sim:caller-2"], Seconds: 2}, &taught); code != "" || taught.Heard == 0 ||
		taught.Candidates[0].Profile != "caller-ff68" {
		t.Errorf("teach: %s %+v", code, taught)
	}
	if h.device("caller-2").State != "ok" {
		t.Error("listening disturbed the device")
	}
	var ports display.BenchPorts
	if code := h.ask("GET", "/api/bench/ports", nil, &ports); code != "" || !slices.ContainsFunc(ports.Ports, func(p display.BenchPort) bool { return slices.Contains(p.Devices, "board-1") }) {
		t.Errorf("ports: %s %+v", code, ports)
	}
	var all display.BenchProfiles
	if code := h.ask("GET", "/api/bench/profiles", nil, &all); code != "" {
		t.Fatal(code)
	}
	ops := 0
	for _, p := range all.Profiles {
		ops += len(p.Ops)
		if p.ID == "onbon-bx5k" && !slices.ContainsFunc(p.Ops, func(o display.BenchOp) bool {
			return o.Name == "show" && slices.ContainsFunc(o.Asks, func(a display.BenchAsks) bool { return a.Name == "text" && a.Needed })
		}) {
			b, _ := json.Marshal(p)
			t.Errorf("the form of a board: %s", b)
		}
	}
	if len(all.Profiles) < 20 || ops < 40 {
		t.Errorf("%d profiles with %d operations", len(all.Profiles), ops)
	}
}

// A caller that is tried is listened to: its keys come as the hall understands them.
func TestTryListensToKeys(t *testing.T) {
	t.Parallel()
	h := newBenchHall(t)
	dev, link := simulate(t, "caller-ff68", 2)
	tty, err := filepath.EvalSymlinks(link)
	if err != nil {
		t.Fatal(err)
	}
	var text display.BenchText
	if code := h.ask("GET", "/api/bench/profiles/caller-ff68", nil, &text); code != "" {
		t.Fatal(code)
	}
	text.Text = strings.Replace(text.Text, `id = "caller-ff68"`, `id = "my-caller"`, 1)
	var check display.BenchCheck
	if code := h.ask("POST", "/api/bench/check", display.BenchProfileText{Text: text.Text}, &check); code != "" || !check.OK || !check.Models[0].Presses || check.Models[0].Blind {
		t.Fatalf("check: %s %+v", code, check)
	}
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			_ = dev.(*sim.CallerPad).Press("call")
			_ = dev.(*sim.CallerPad).Rate(4)
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	var r display.BenchResult
	if code := h.ask("POST", "/api/bench/try", display.BenchTry{Text: text.Text, Port: tty, Address: 2, Seconds: 3}, &r); code != "" || !r.OK {
		t.Fatalf("try: %s %+v", code, r)
	}
	if !slices.Contains(r.Inputs, display.BenchInput{Key: "call"}) || !slices.Contains(r.Inputs, display.BenchInput{Key: "rate", Level: 4}) {
		t.Errorf("what was pressed: %+v", r.Inputs)
	}
}
