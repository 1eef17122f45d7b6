package engine_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"halld/cmd/testmain"
	"halld/queue"
	"halld/queue/engine"
	"halld/queue/sqlite"
)

const (
	childEnv    = "HALLD_TEST_CHILD" // the folder that a child process works on until it is killed
	killsEnv    = "HALLD_KILLS"      // rounds of TestKill; 3 if not set
	killQueues  = 26
	killWindows = 8
	killIssuers = 32
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if plan := os.Getenv(yearEnv); plan != "" {
		if err := yearChild(plan); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(testmain.SideBySide(m, 16).Run())
}

// child issues, calls and finishes as fast as it can and writes a line for every answer it got.
func child(dir string) error {
	s, err := sqlite.Open(dir, sqlite.Options{})
	if errors.Is(err, sqlite.ErrNoHall) {
		s, err = sqlite.Create(dir, sqlite.Options{})
	}
	if err != nil {
		return err
	}
	e, err := engine.Open(s, engine.Options{})
	if err != nil {
		return err
	}
	ctx := context.Background()
	lines := make(chan string, 1024)
	run := strconv.FormatUint(rand.Uint64(), 36)
	for c := range killIssuers {
		go func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("%s-%d-%d", run, c, i)
				q := queue.QueueID(rune('A' + (c+i)%killQueues))
				cmd := queue.Issue{Queue: q}
				if i%4 == 0 {
					cmd.Printer = "printer-1"
				}
				a, err := e.Do(ctx, key, somebody, cmd)
				if err != nil {
					lines <- "error " + err.Error()
					return
				}
				lines <- fmt.Sprintf("issued %s %s %s %s %s", a.Ticket.ID, a.Ticket.Number, key, q, cmd.Printer)
			}
		}()
	}
	for w := range killWindows {
		go func() {
			for {
				a, err := e.Do(ctx, "", somebody, queue.CallNext{Seat: seat(w + 1)})
				switch {
				case err == nil:
					lines <- fmt.Sprintf("called %s %d", a.Ticket.ID, w+1)
				case queue.CodeOf(err) != queue.WindowBusy && queue.CodeOf(err) != queue.NobodyWaiting:
					lines <- "error " + err.Error()
					return
				}
				if a, err = e.Do(ctx, "", somebody, queue.Finish{Seat: seat(w + 1), Outcome: queue.Accepted}); err == nil {
					lines <- fmt.Sprintf("done %s %d", a.Ticket.ID, w+1)
				}
			}
		}()
	}
	for l := range lines {
		if _, err := fmt.Println(l); err != nil {
			return err
		}
	}
	return nil
}

// TestKill kills a working hall with SIGKILL again and again: whatever was answered must be there, and no number twice.
//
// Hard case: kill_at_any_moment_loses_nothing.
func TestKill(t *testing.T) {
	rounds := 3
	if v := os.Getenv(killsEnv); v != "" {
		var err error
		if rounds, err = strconv.Atoi(v); err != nil {
			t.Fatalf("%s: %v", killsEnv, err)
		}
	} else if testing.Short() {
		rounds = 1
	}
	dir := t.TempDir()
	s := openStore(t, dir)
	e := openEngine(t, s, engine.Options{})
	setUp(t, e, killQueues, killWindows)
	if err := errors.Join(e.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	numbers := make(map[string]string) // every number ever answered, and the key it was answered to
	for round := range rounds {
		acks := killOnce(t, dir)
		checkAcks(t, dir, round, acks, numbers)
	}
	t.Logf("%d rounds, %d tickets answered", rounds, len(numbers))
}

func killOnce(t *testing.T, dir string) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^$")
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var acks []string
	r := bufio.NewReader(out)
	var timer *time.Timer
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			break // a line that was cut off was not answered in full
		}
		acks = append(acks, strings.TrimSpace(line))
		if timer == nil { // it works: kill it somewhere in the middle
			timer = time.AfterFunc(time.Duration(50+rand.IntN(400))*time.Millisecond, func() {
				if err := cmd.Process.Kill(); err != nil {
					t.Error(err)
				}
			})
		}
	}
	err = cmd.Wait()
	if timer == nil {
		t.Fatalf("the child never answered: %v\n%s", err, complaint.String())
	}
	return acks
}

func checkAcks(t *testing.T, dir string, round int, acks []string, numbers map[string]string) {
	t.Helper()
	s := openStore(t, dir)
	e := openEngine(t, s, engine.Options{})
	defer func() {
		if err := errors.Join(e.Close(), s.Close()); err != nil {
			t.Fatal(err)
		}
	}()
	ctx := context.Background()
	tickets, err := s.Tickets(ctx, sqlite.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	stored := make(map[queue.TicketID]queue.Ticket, len(tickets))
	for _, tk := range tickets {
		stored[tk.ID] = tk
	}
	repeats := 0
	for _, line := range acks {
		f := strings.Fields(line)
		if f[0] == "error" {
			t.Fatalf("round %d: the child met: %s", round, line)
		}
		tk, ok := stored[queue.TicketID(f[1])]
		if !ok {
			t.Fatalf("round %d: %q was answered and is lost", round, line)
		}
		switch f[0] {
		case "issued":
			if key, ok := numbers[f[2]]; ok {
				t.Fatalf("round %d: number %s was given twice: for keys %s and %s", round, f[2], key, f[3])
			}
			numbers[f[2]] = f[3]
			if repeats++; repeats <= 20 {
				cmd := queue.Issue{Queue: queue.QueueID(f[4])}
				if len(f) > 5 {
					cmd.Printer = queue.DeviceID(f[5])
				}
				if a := doKey(t, e, f[3], cmd); a.Ticket.Number != f[2] {
					t.Errorf("round %d: key %s answered %s, and %s after the kill", round, f[3], f[2], a.Ticket.Number)
				}
			}
		case "called":
			if string(tk.Window) != f[2] || tk.CalledAt.IsZero() {
				t.Errorf("round %d: %q was answered; stored is %+v", round, line, tk)
			}
		case "done":
			if tk.State != queue.Done || string(tk.Window) != f[2] {
				t.Errorf("round %d: %q was answered; stored is %+v", round, line, tk)
			}
		}
	}
	if len(acks) == 0 {
		t.Errorf("round %d: nothing was answered", round)
	}
	verified(t, s)
}
