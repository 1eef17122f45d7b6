package main

import (
	"os"
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
	b := startBrowser(t, demoReady{URL: h.url(), Tokens: map[string]string{"admin": h.token}}, "e2e/bench.mjs")
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
	if !strings.Contains(shown, "A123") {
		t.Errorf("the exercise showed %q", shown)
	}
	b.step("walked")
	b.end()
}
