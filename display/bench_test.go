package display

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"halld/devices"
	"halld/queue"
)

// oneLine is a bench that only lets its one line be watched; the rest of it is not asked.
type oneLine struct {
	Bench
	next    chan BenchPiece
	stopped chan struct{}
}

func (b oneLine) Watch(device string) ([]BenchPiece, <-chan BenchPiece, func(), error) {
	if device != "board-1" {
		return nil, nil, nil, queue.Refuse(UnknownDevice, "no %s", device)
	}
	return []BenchPiece{{At: noon, Out: true, Hex: "A5"}}, b.next, func() { close(b.stopped) }, nil
}

func (b oneLine) Exercise(context.Context, string, string, bool) (BenchResult, error) {
	return BenchResult{}, queue.Refuse(ConfirmNeeded, "people would see it")
}

func watchBench(t *testing.T, b oneLine) (*rig, *websocket.Conn) {
	t.Helper()
	r := newRig(t, func(o *Options) { o.Bench = b })
	srv := httptest.NewServer(r.Handler())
	t.Cleanup(srv.Close)
	d := websocket.Dialer{Subprotocols: []string{"halld", "bearer.t-admin"}}
	ws, res, err := d.Dial("ws"+strings.TrimPrefix(srv.URL, "http")+"/api/bench/live?device=board-1", nil)
	if err != nil {
		t.Fatal(err, res)
	}
	t.Cleanup(func() { _ = ws.Close() })
	if err := ws.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var m BenchLine
	if err := ws.ReadJSON(&m); err != nil || m.Type != "past" || len(m.Pieces) != 1 || m.Pieces[0].Hex != "A5" {
		t.Fatalf("first message: %v %+v", err, m)
	}
	return r, ws
}

// A watched line is told piece by piece in order. A page that falls behind is told to start again, and a server that closes says goodbye.
func TestLineOfTheBench(t *testing.T) {
	b := oneLine{next: make(chan BenchPiece, 8), stopped: make(chan struct{})}
	_, ws := watchBench(t, b)
	for _, h := range []string{"01", "02", "03"} {
		b.next <- BenchPiece{At: noon, Hex: h}
	}
	var got string
	for len(got) < 6 {
		var m BenchLine
		if err := ws.ReadJSON(&m); err != nil || m.Type != "pieces" {
			t.Fatalf("%v %+v", err, m)
		}
		for _, p := range m.Pieces {
			got += p.Hex
		}
	}
	if got != "010203" {
		t.Errorf("told %s", got)
	}
	close(b.next)
	if _, _, err := ws.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseTryAgainLater) {
		t.Errorf("behind: %v", err)
	}
	<-b.stopped

	b = oneLine{next: make(chan BenchPiece), stopped: make(chan struct{})}
	r, ws := watchBench(t, b)
	r.Close()
	if _, _, err := ws.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("closed server: %v", err)
	}
	<-b.stopped
}

// The bench refuses as everything else does, and a hall without one says so.
func TestBenchRefusals(t *testing.T) {
	newRig(t).ask(t, "admin", "GET", "/api/bench/devices", "").refusal(t, NotFound)
	r := newRig(t, func(o *Options) { o.Bench = oneLine{} })
	r.ask(t, "admin", "POST", "/api/bench/devices/printer-1/exercise", "").refusal(t, ConfirmNeeded)
	r.ask(t, "admin", "GET", "/api/bench/live?device=board-1", "").refusal(t, NotWebSocket)
	r.ask(t, "manager", "POST", "/api/bench/devices/printer-1/exercise", "").refusal(t, NotAllowed)
	r.ask(t, "admin", "POST", "/api/bench/check", `{"text":"`+strings.Repeat("x", 60001)+`"}`).refusal(t, BadValue)
	for _, c := range []queue.Code{UnknownDevice, UnknownProfile, DeviceAway, DeviceCannot, BenchBusy, ConfirmNeeded, PortRefused, BadBytes, BadProfile, ProfileTaken} {
		if w := titles[c]; w.zh == "" || w.en == "" {
			t.Errorf("%s has no words", c)
		}
	}
}

type witnessed struct {
	Bench
	saw []string
}

func (b *witnessed) Saw(who, device string, at time.Time) error {
	if device != "board-1" {
		return queue.Refuse(UnknownDevice, "no %s", device)
	}
	b.saw = append(b.saw, who+" "+device+" "+at.UTC().Format(time.RFC3339))
	return nil
}

// Who saw a device work is noted under the name of the token, with the hall's time; only who may use the bench can say it.
func TestSawItWorking(t *testing.T) {
	b := &witnessed{}
	r := newRig(t, func(o *Options) { o.Bench = b })
	got := r.ask(t, "admin", "POST", "/api/bench/devices/board-1/saw", "")
	if got.status != 200 || !strings.Contains(string(got.body), `"by":"`) {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if len(b.saw) != 1 || !strings.HasSuffix(b.saw[0], " board-1 "+noon.UTC().Format(time.RFC3339)) || strings.HasPrefix(b.saw[0], " ") {
		t.Errorf("noted %q", b.saw)
	}
	r.ask(t, "admin", "POST", "/api/bench/devices/board-9/saw", "").refusal(t, UnknownDevice)
	r.ask(t, "manager", "POST", "/api/bench/devices/board-1/saw", "").refusal(t, NotAllowed)
}

// A device that was only sent to is never called well, and who saw it stands beside its words, not in them.
func TestWordsOfDevices(t *testing.T) {
	r := newRig(t, func(o *Options) {
		o.Health = bench{{ID: "a", State: "ok", Hearing: devices.Answers}, {ID: "b", State: "ok", Hearing: devices.OnlyListens, Witness: &devices.Witness{By: "W", At: noon}},
			{ID: "c", State: "ok", Hearing: devices.NeverAnswered}, {ID: "d", State: "failing", Hearing: devices.Answers}}
	})
	body := string(r.ask(t, "manager", "GET", "/api/devices", "").body)
	for _, want := range []string{`"words":"正常","words_en":"Working"`, `"words":"已发送，未确认：只发不收"`, `"words":"已发送，未确认：从未应答"`, `"words":"故障"`, `"witness":{"by":"W"`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	if strings.Count(body, "正常") != 1 {
		t.Error("called well without an answer: ", body)
	}
}
