package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"halld/devices/sim"
	"halld/queue"
)

// visitHall starts the demo's hall with its devices behind ttys.
func visitHall(t *testing.T, changes ...func(*queue.Config)) (*system, *simulators, string) {
	t.Helper()
	cfg, err := demoConfig()
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		change(&cfg)
	}
	dir := t.TempDir()
	sims, err := startSims(cfg, filepath.Join(dir, "ports"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sims.close)
	log := slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	sys, err := startSystem(t.Context(), systemOptions{Data: dir, Create: true, Listen: "127.0.0.1:0", Config: &cfg, Ports: sims.ports, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sys.close)
	return sys, sims, dir
}

type testLog struct{ t *testing.T }

func (l testLog) Write(b []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// within asks until it is so.
func within(t *testing.T, d time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %v: %s", d, what)
		}
	}
}

// TestVisit goes through one visit in a real browser, and reads at every step what the devices got over their ttys. It runs in `make test`.
func TestVisit(t *testing.T) {
	if os.Getenv("HALLD_VISIT") == "" {
		t.Skip("set HALLD_VISIT=1 and CHROMIUM; `make test` does")
	}
	sys, sims, dir := visitHall(t)
	hall := demoReady{URL: sys.url(), Tokens: map[string]string{}}
	for _, role := range []string{"kiosk", "board", "clerk", "manager"} {
		token, err := sys.sessions.CreateToken(role, "visit "+role)
		if err != nil {
			t.Fatal(err)
		}
		hall.Tokens[role] = token
	}
	printer := sims.devices["printer-1"].(*sim.Printer)
	board := sims.devices["board-1"].(*sim.Board)
	pad := sims.devices["caller-1"].(*sim.CallerPad)

	b := startBrowser(t, hall, "e2e/visit.mjs")
	number := b.step("issued")
	within(t, 10*time.Second, "no ticket "+number+" came out of the printer", func() bool {
		r := printer.Receipts()
		return len(r) == 1 && strings.Contains(r[0].Text, number)
	})
	if u := printer.Unknown(); len(u) > 0 {
		t.Errorf("the printer got commands that it does not know: % X", u)
	}
	if got := b.step("called"); got != number {
		t.Fatalf("the clerk called %s, the citizen holds %s", got, number)
	}
	within(t, 5*time.Second, "the window's board does not show "+number, func() bool { return strings.Contains(board.Text(), number) })
	within(t, 5*time.Second, "the caller does not show "+number, func() bool { return strings.Contains(number, pad.Shown()) && pad.Shown() != "" })
	if got := b.step("shown"); got != number {
		t.Fatalf("the hall board shows %s", got)
	}
	b.step("serving")
	asked := pad.Asked()
	b.step("finished")
	within(t, 5*time.Second, "the pad was not asked for a rating", func() bool { return pad.Asked() > asked || asked > 0 })
	if err := pad.Rate(5); err != nil {
		t.Fatal(err)
	}
	answer, err := sys.engine.Ticket(t.Context(), queue.TicketID(number))
	if err != nil {
		t.Fatal(err)
	}
	id := answer.Ticket.ID
	within(t, 5*time.Second, "the rating is not stored with the visit", func() bool {
		ticket, err := sys.store.Ticket(context.Background(), id)
		return err == nil && ticket.State == queue.Done && ticket.Rating == 5
	})
	b.step("manager")

	// the daemon goes away and comes back at the same address: the board says since when, and shows the same call again
	at := sys.listener.Addr().String()
	sys.close()
	checkVerified(t, dir)
	b.step("offline")
	log := slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	sys, err = startSystem(t.Context(), systemOptions{Data: dir, Create: true, Listen: at, Ports: sims.ports, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer sys.close()
	if got := b.step("back"); got != number {
		t.Errorf("after its return the hall board shows %s", got)
	}
	b.end()
}

// checkVerified asks `halld verify` whether the folder is right.
func checkVerified(t *testing.T, dir string) {
	t.Helper()
	var out, fault strings.Builder
	if code := run(t.Context(), []string{"verify", "--data", dir}, &out, &fault); code != 0 {
		t.Fatalf("halld verify: exit %d\n%s%s", code, &out, &fault)
	}
}

// browser is a Chromium that a script of display/web/e2e leads through the screens, a step at a time.
type browser struct {
	t     *testing.T
	cmd   *exec.Cmd
	steps *bufio.Scanner
	goOn  io.WriteCloser
	begun bool
}

func startBrowser(t *testing.T, hall demoReady, script string) *browser {
	t.Helper()
	words, err := json.Marshal(hall)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "node", script)
	cmd.Dir = "../../display/web"
	cmd.Env = append(os.Environ(), "HALL="+string(words))
	cmd.Stderr = testLog{t}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start node: %v; install Node 20 or later", err)
	}
	return &browser{t: t, cmd: cmd, steps: bufio.NewScanner(out), goOn: in}
}

// step lets the browser go on to its next step, and returns the number it read there.
func (b *browser) step(want string) string {
	b.t.Helper()
	if b.begun {
		if _, err := io.WriteString(b.goOn, "\n"); err != nil {
			b.t.Fatal(err)
		}
	}
	b.begun = true
	if !b.steps.Scan() {
		b.t.Fatalf("the browser ended before %q; see its words above", want)
	}
	var got struct{ Step, Number string }
	if err := json.Unmarshal(b.steps.Bytes(), &got); err != nil || got.Step != want {
		b.t.Fatalf("the browser is at %s, not at %q (%v)", b.steps.Text(), want, err)
	}
	return got.Number
}

func (b *browser) end() {
	b.t.Helper()
	_ = b.goOn.Close() // its last wait ends
	if err := b.cmd.Wait(); err != nil {
		b.t.Fatalf("the browser: %v", err)
	}
}
