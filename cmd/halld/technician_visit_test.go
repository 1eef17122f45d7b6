package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"halld/devices/sim"
	"halld/queue"
)

// TestVisitBench goes to the technician's page in a real browser: a board is unplugged and comes back, shows its window, a sent text and its exercise.
func TestVisitBench(t *testing.T) {
	if os.Getenv("HALLD_VISIT") == "" {
		t.Skip("set HALLD_VISIT=1 and CHROMIUM; `make test` does")
	}
	h := newBenchHall(t, queue.Device{ID: "sign-1", Kind: "board", Profile: "prolite", Port: "sim:sign-1", Window: "2"})
	strip, link := simulate(t, "yongtai", 7) // the board that nobody has heard of
	tty, err := filepath.EvalSymlinks(link)
	if err != nil {
		t.Fatal(err)
	}
	b := startBrowser(t, demoReady{URL: h.url(), Tokens: map[string]string{"admin": h.token}, Devices: []demoDevice{{Port: tty}, {Port: unknownCaller(t)}}}, "e2e/bench.mjs")
	b.step("there")
	h.fault("board-3", "unplugged", true)
	b.step("failing")
	h.fault("board-3", "unplugged", false)
	b.step("back")
	b.step("identified")
	within(t, 5*time.Second, "the board does not show its window", func() bool { return h.board("board-3").Text() == "3号窗口" })
	b.step("sent")
	within(t, 5*time.Second, "the board does not show what was sent", func() bool { return h.board("board-3").Text() == "测试一下" })
	b.step("talked")
	within(t, 5*time.Second, "the sign was not told what to show", func() bool { return h.board("sign-1").Text() == "A007 TO 2" })
	b.step("exercised")
	shown := ""
	for _, f := range h.sims.devices["board-3"].(*sim.Board).Frames() {
		shown += f.Text + "|"
	}
	if !strings.Contains(shown, "A123号到3号窗口") {
		t.Errorf("the exercise showed %q", shown)
	}
	b.step("used")
	said := ""
	for _, op := range strip.(*sim.Described).Ops() {
		said += fmt.Sprint(op.Fields["text"]) + "|"
	}
	if !strings.Contains(said, "请A123号到") {
		t.Errorf("the new board was told %q", said)
	}
	if text, err := os.ReadFile(filepath.Join(h.dir, "profiles", "my-board.toml")); err != nil || !strings.Contains(string(text), `id = "my-board"`) {
		t.Errorf("the profile that is used: %v", err)
	}
	b.step("walked")

	// the hall goes away and comes back at the same address
	at := h.listener.Addr().String()
	h.system.close()
	b.step("offline")
	sys, err := startSystem(t.Context(), systemOptions{Data: h.dir, Create: true, Listen: at, Ports: h.sims.ports, Log: h.log})
	if err != nil {
		t.Fatal(err)
	}
	defer sys.close()
	b.step("returned")
	b.end()
}

// unknownCaller is a caller whose key is pressed all the time, and its port.
func unknownCaller(t *testing.T) string {
	t.Helper()
	dev, link := simulate(t, "caller-ff68", 2)
	tty, err := filepath.EvalSymlinks(link)
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	go func() {
		for {
			_ = dev.(*sim.CallerPad).Press("call")
			select {
			case <-stop:
				return
			case <-time.After(500 * time.Millisecond):
			}
		}
	}()
	return tty
}
