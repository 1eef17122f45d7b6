package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"halld/devices/sim"
	"halld/queue"
	"halld/queue/hallfile"
	"halld/queue/sqlite"
)

// TestKilled kills the whole daemon with SIGKILL at random moments, three times or HALLD_KILLS times, while 32 clients issue and 8 windows
// call over HTTP and a printer prints. The printer lives on: it is the witness that no number came out twice.
//
// Hard cases: numbers_unique_under_load_and_restart, power_cut_during_print, power_cut_at_every_print_step.
func TestKilled(t *testing.T) {
	t.Parallel()
	rounds := 3
	if s := os.Getenv("HALLD_KILLS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("HALLD_KILLS=%q: %v", s, err)
		}
		rounds = n
	}
	k := newKilled(t)
	for round := range rounds {
		k.round(round)
	}
	k.check()
}

// killedQueues are enough for the numbers of thirty rounds.
const killedQueues = 40

// killed is a daemon to be killed, and what its clients were told.
type killed struct {
	t     *testing.T
	dir   string
	hall  string
	sims  *simulators
	token map[string]string
	http  *http.Client

	mu     sync.Mutex
	issued map[string]string // ticket by key, as acknowledged
	calls  map[string]bool   // "ticket@window", as acknowledged
	open   []string          // keys whose answer never came
}

func newKilled(t *testing.T) *killed {
	t.Helper()
	cfg, err := demoConfig()
	if err != nil {
		t.Fatal(err)
	}
	k := &killed{t: t, dir: t.TempDir(), token: map[string]string{}, issued: map[string]string{}, calls: map[string]bool{},
		http: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	for i := range cfg.Queues {
		cfg.Queues[i].Last, cfg.Queues[i].Width = 9999, 4
	}
	for i := len(cfg.Queues); i < killedQueues; i++ {
		p := prefixOf(i)
		cfg.Queues = append(cfg.Queues, queue.Queue{ID: queue.QueueID(p), Name: p, Prefix: p, First: 1, Last: 9999, Width: 4, BandEnd: queue.Widen})
		cfg.WindowSetup[0].Queues = append(cfg.WindowSetup[0].Queues, queue.QueueID(p))
	}
	var kept []queue.Device
	for _, d := range cfg.Devices {
		if d.ID == "printer-1" || d.ID == "board-1" || d.ID == "caller-1" {
			kept = append(kept, d)
		}
	}
	cfg.Devices = kept
	if k.sims, err = startSims(cfg, filepath.Join(k.dir, "ports")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.sims.close)
	for i, d := range cfg.Devices {
		cfg.Devices[i].Port = k.sims.ports[d.Port]
	}
	text, err := hallfile.Write(cfg)
	if err != nil {
		t.Fatal(err)
	}
	k.hall = filepath.Join(k.dir, "hall.toml")
	if err := os.WriteFile(k.hall, text, 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(k.dir, "data")
	store, err := sqlite.Create(data, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	sessions, err := sqlite.OpenSessions(data)
	if err != nil {
		t.Fatal(err)
	}
	defer sessions.Close()
	for _, role := range []string{"kiosk", "clerk"} {
		if k.token[role], err = sessions.CreateToken(role, "test "+role); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

// start starts the daemon as its own process and returns its address.
func (k *killed) start() (*exec.Cmd, string) {
	k.t.Helper()
	cmd := exec.Command("halld", "serve", "--data", filepath.Join(k.dir, "data"), "--listen", "127.0.0.1:0", "--hall", k.hall)
	var fault bytes.Buffer
	cmd.Stderr = &fault
	out, err := cmd.StdoutPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		k.t.Fatalf("halld serve did not start: %v\n%s", err, &fault)
	}
	return cmd, strings.TrimSpace(strings.TrimPrefix(line, "halld serves "))
}

func (k *killed) round(n int) {
	k.t.Helper()
	cmd, url := k.start()
	ctx, stop := context.WithCancel(k.t.Context())
	defer stop()
	k.repeatOpen(ctx, url)
	var clients sync.WaitGroup
	for i := range 32 {
		clients.Go(func() { k.issue(ctx, url, n, i) })
	}
	for i := range 8 {
		clients.Go(func() { k.call(ctx, url, n, strconv.Itoa(i+1)) })
	}
	if n == 0 {
		k.underWay()
	}
	time.Sleep(200*time.Millisecond + rand.N(1200*time.Millisecond))
	if err := cmd.Process.Kill(); err != nil {
		k.t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	stop()
	clients.Wait()
	checkVerified(k.t, filepath.Join(k.dir, "data"))
}

// underWay returns when numbers were given and called and one came out of the printer, so that kills meet a hall at work on a slow machine, too.
func (k *killed) underWay() {
	k.t.Helper()
	printer, _ := k.sims.devices["printer-1"].(*sim.Printer)
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		k.mu.Lock()
		working := len(k.issued) > 0 && len(k.calls) > 0 && len(printer.Receipts()) > 0
		k.mu.Unlock()
		if working {
			return
		}
		if time.Now().After(end) {
			k.t.Fatal("within a minute the hall did not give, call and print a number")
		}
	}
}

// repeatOpen asks again, with the same keys, what the last kill left unanswered.
func (k *killed) repeatOpen(ctx context.Context, url string) {
	k.t.Helper()
	open := k.open
	k.open = nil
	for _, key := range open {
		k.issueOnce(ctx, url, key)
	}
	if len(k.open) > 0 {
		k.t.Fatalf("%d keys have no answer although the hall runs again", len(k.open))
	}
}

func (k *killed) issue(ctx context.Context, url string, round, client int) {
	for i := 0; ctx.Err() == nil; i++ {
		if !k.issueOnce(ctx, url, fmt.Sprintf("r%d-c%d-%d", round, client, i)) {
			return
		}
	}
}

// issueOnce takes a number; one in eight is printed. It says whether an answer came.
func (k *killed) issueOnce(ctx context.Context, url, key string) bool {
	sum := 0
	for _, c := range key {
		sum += int(c)
	}
	printer := "none"
	if sum%40 == 0 {
		printer = "printer-1"
	}
	var got struct{ ID, Number string }
	status, err := k.post(ctx, url+"/api/tickets", "kiosk", key, map[string]any{"queue": prefixOf(sum % killedQueues), "class": "ordinary", "print": printer}, &got)
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case err != nil || status == http.StatusServiceUnavailable: // not known: to be repeated with the same key
		k.open = append(k.open, key)
		return false
	case status != http.StatusCreated:
		k.t.Errorf("issue: status %d", status)
		return false
	}
	k.issued[key] = got.ID
	return true
}

func (k *killed) call(ctx context.Context, url string, round int, window string) {
	at := url + "/api/windows/" + window
	if status, err := k.post(ctx, at+"/open", "clerk", "", map[string]any{"clerk": "clerk " + window}, nil); err != nil {
		return
	} else if status != http.StatusOK && status != http.StatusConflict {
		k.t.Errorf("open window %s: status %d", window, status)
	}
	for i := 0; ctx.Err() == nil; i++ {
		key := fmt.Sprintf("call-r%d-w%s-%d", round, window, i)
		var got struct {
			Ticket *struct{ ID string }
		}
		status, err := k.post(ctx, at+"/call", "clerk", key, nil, &got)
		if err != nil {
			return
		}
		if status == http.StatusOK && got.Ticket != nil {
			k.mu.Lock()
			k.calls[got.Ticket.ID+"@"+window] = true
			k.mu.Unlock()
		}
		// a refusal: nobody waits, or the window still has the ticket of before the kill
		for _, act := range []string{"/serve", "/finish"} {
			if _, err := k.post(ctx, at+act, "clerk", key+act, nil, nil); err != nil {
				return
			}
		}
	}
}

func (k *killed) post(ctx context.Context, url, role, key string, body, answer any) (int, error) {
	data := []byte("{}")
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return 0, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(data))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+k.token[role])
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := k.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if answer != nil && res.StatusCode < 300 {
		if err := json.Unmarshal(got, answer); err != nil {
			return 0, fmt.Errorf("read %s: %w", got, err)
		}
	}
	return res.StatusCode, nil
}

// check starts the hall a last time, lets it settle, and compares what is stored and what came out of the printer with what was told.
func (k *killed) check() {
	t := k.t
	cmd, url := k.start()
	k.repeatOpen(t.Context(), url)
	time.Sleep(500 * time.Millisecond) // what the last kill left printing is recorded
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("halld serve after an interrupt: %v", err)
	}
	data := filepath.Join(k.dir, "data")
	checkVerified(t, data)
	r, err := sqlite.OpenReader(data)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w := readWitness(t, r)
	byID := map[string]string{}
	for key, id := range k.issued {
		if other, twice := byID[id]; twice {
			t.Errorf("ticket %s answered the keys %s and %s", id, key, other)
		}
		byID[id] = key
		if w.issued[id] != 1 {
			t.Errorf("acknowledged ticket %s is %d times in the log", id, w.issued[id])
		}
	}
	for call := range k.calls {
		if !w.calls[call] {
			t.Errorf("acknowledged call %s is not in the log", call)
		}
	}
	printer, _ := k.sims.devices["printer-1"].(*sim.Printer)
	came := map[string]int{}
	for _, r := range printer.Receipts() {
		for number := range w.numbers {
			if strings.Contains(r.Text, number) {
				came[number]++
			}
		}
	}
	for number, n := range came {
		if n > 1 {
			t.Errorf("number %s came out of the printer %d times", number, n)
		}
	}
	for job, state := range w.prints {
		if state == "started" {
			t.Errorf("print %s was under way at a kill and is not recorded as unknown", job)
		}
	}
	t.Logf("%d tickets and %d calls acknowledged; %d numbers printed; prints: %v", len(k.issued), len(k.calls), len(came), count(w.prints))
	if len(k.issued) == 0 || len(k.calls) == 0 || len(came) == 0 {
		t.Error("the test did nothing")
	}
}

func count(states map[queue.JobID]string) map[string]int {
	n := map[string]int{}
	for _, s := range states {
		n[s]++
	}
	return n
}

// witness is what the log tells.
type witness struct {
	issued  map[string]int
	numbers map[string]bool
	calls   map[string]bool
	prints  map[queue.JobID]string
}

// readWitness reads the whole log, and fails where a number is issued twice or a ticket is at two windows.
func readWitness(t *testing.T, r *sqlite.Reader) witness {
	t.Helper()
	w := witness{map[string]int{}, map[string]bool{}, map[string]bool{}, map[queue.JobID]string{}}
	at := map[queue.TicketID]queue.WindowID{}
	for after := uint64(0); ; {
		events, err := r.Events(t.Context(), after, 5000)
		if err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if len(events) == 0 {
			return w
		}
		after = events[len(events)-1].Seq
		for _, e := range events {
			switch f := e.Fact.(type) {
			case queue.TicketIssued:
				if w.issued[string(f.Ticket)]++; w.numbers[f.Number] {
					t.Errorf("number %s was issued twice", f.Number)
				}
				w.numbers[f.Number] = true
			case queue.TicketCalled:
				if was, held := at[f.Ticket]; held {
					t.Errorf("ticket %s was called to window %s while it was at window %s", f.Ticket, f.Window, was)
				}
				at[f.Ticket] = f.Window
				w.calls[string(f.Ticket)+"@"+string(f.Window)] = true
			case queue.TicketDone:
				delete(at, f.Ticket)
			case queue.PrintStarted:
				w.prints[f.Job] = "started"
			case queue.PrintEnded:
				w.prints[f.Job] = string(f.Result)
			}
		}
	}
}
