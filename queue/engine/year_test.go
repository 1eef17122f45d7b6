package engine_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"halld/queue"
	"halld/queue/sqlite"
)

const (
	visitorsEnv = "HALLD_YEAR_VISITORS" // how many come on each day of TestYear; 2 if not set, and with it each year is another one
	seedEnv     = "HALLD_YEAR_SEED"     // which year: what a failed run logged
)

// TestYear lives through the whole of 2026: hours, weekends and holidays, power cuts, a machine that comes back days later, a clock that is wrong, new set-ups,
// days that are skipped, closed early or left open. Each stretch between two power cuts is a process of its own that ends by SIGKILL.
//
// Hard case: off_over_midnight_weekend_and_year.
func TestYear(t *testing.T) {
	number := func(env string, otherwise uint64) uint64 {
		v := os.Getenv(env)
		if v == "" {
			return otherwise
		}
		n, err := strconv.ParseUint(v, 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", env, err)
		}
		return n
	}
	seed := uint64(2026) // the usual run is the same each time, up to where in its work each process is killed
	if os.Getenv(visitorsEnv) != "" {
		seed = rand.Uint64()
	}
	visitors := int(number(visitorsEnv, 2))
	seed = number(seedEnv, seed)
	t.Logf("%s=%d", seedEnv, seed)
	y := year{t: t, dir: t.TempDir(), rng: rand.New(rand.NewPCG(seed, 0)), shut: map[string]bool{}, issued: map[string]string{}}
	y.setUp()
	end := time.Date(2027, 1, 1, 0, 0, 0, 0, shanghai)
	n := 0
	for from := time.Date(2026, 1, 1, 6, 0, 0, 0, shanghai); from.Before(end); n++ {
		until := from.Add(time.Duration(24+y.rng.IntN(24*16)) * time.Hour).Add(time.Duration(y.rng.IntN(3600)) * time.Second)
		if until.After(end) {
			until = end.Add(-time.Minute)
		}
		s := stretch{Dir: y.dir, Seed: y.rng.Uint64(), From: from, Until: until, Special: n % stretches, Visitors: visitors, Shut: y.shut}
		y.live(s)
		if t.Failed() {
			t.Logf("stretch %d: %+v", n, s)
			y.tail()
			t.FailNow()
		}
		off := []time.Duration{time.Minute, 2 * time.Hour, 14 * time.Hour, 3 * 24 * time.Hour}[y.rng.IntN(4)]
		if n == 20 {
			off = 12 * 24 * time.Hour
		}
		from = until.Add(off)
	}
	y.check()
	y.flat()
}

type year struct {
	t      *testing.T
	dir    string
	rng    *rand.Rand
	shut   map[string]bool
	issued map[string]string // every number that was answered, by ticket
	starts []start
}

// start is what one start cost.
type start struct {
	at                               time.Time
	replayed, read, heap, checkpoint int
}

// setUp stores the set-up as the first event: a machine that had no clock when the hall was made would not know the year.
func (y *year) setUp() {
	s := openStore(y.t, y.dir)
	h := queue.New()
	when := queue.When{Now: time.Date(2026, 1, 1, 0, 0, 0, 0, shanghai).UTC(), By: queue.Actor{Role: queue.Script, Name: "test"}}
	events, err := h.Decide(queue.Configure{Config: yearConfig(0)}, when)
	if err != nil {
		y.t.Fatal(err)
	}
	var b queue.Batch
	for _, e := range events {
		h.Apply(e)
		b.Add(h, e)
	}
	if err := errors.Join(s.Commit(&b), s.Close()); err != nil {
		y.t.Fatal(err)
	}
}

// live runs a stretch in a process of its own.
func (y *year) live(s stretch) {
	t := y.t
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^$")
	cmd.Env = append(os.Environ(), yearEnv+"="+string(plan))
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for r := bufio.NewReader(out); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			break // a line that was cut off was not answered in full
		}
		y.heard(s, strings.Fields(line))
	}
	err = cmd.Wait()
	if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !ws.Signaled() || ws.Signal() != syscall.SIGKILL {
		t.Fatalf("from %s: %v\n%s", s.From.Format(time.DateTime), err, complaint.String())
	}
}

func (y *year) heard(s stretch, f []string) {
	switch f[0] {
	case "issued":
		if was, ok := y.issued[f[1]]; ok {
			y.t.Errorf("ticket %s was given twice: %s and %s", f[1], was, f[2])
		}
		y.issued[f[1]] = f[2]
	case "shut":
		y.shut[f[1]] = true
	case "start":
		st := start{at: s.From}
		if _, err := fmt.Sscan(strings.Join(f[1:], " "), &st.replayed, &st.read, &st.heap); err != nil {
			y.t.Fatalf("%q: %v", f, err)
		}
		y.starts = append(y.starts, st)
	case "checkpoint":
		n, err := strconv.Atoi(f[1])
		if err != nil {
			y.t.Fatalf("%q: %v", f, err)
		}
		y.starts[len(y.starts)-1].checkpoint = n
	default:
		y.t.Errorf("%s", strings.Join(f, " "))
	}
}

// tail logs the end of what happened.
func (y *year) tail() {
	r, err := sqlite.OpenReader(y.dir)
	if err != nil {
		y.t.Fatal(err)
	}
	defer r.Close()
	events, err := r.Events(y.t.Context(), 0, 0)
	if err != nil {
		y.t.Fatal(err)
	}
	for _, e := range events[max(0, len(events)-60):] {
		if _, ok := e.Fact.(queue.Configured); !ok {
			y.t.Logf("%d %s %s %s %s %+v", e.Seq, e.At.In(shanghai).Format(time.DateTime), e.Clock, e.By.Name, e.Fact.Kind(), e.Fact)
		}
	}
}

// check holds the log of the whole year to what may never happen.
func (y *year) check() {
	t := y.t
	r, err := sqlite.OpenReader(y.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rep := verified(t, r)
	events, err := r.Events(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	tickets, numbers := map[queue.TicketID]string{}, map[string]queue.TicketID{}
	byPerson := map[string]bool{} // dates that a person ended
	openings, closes := map[string]int{}, map[string]int{}
	var date string
	for _, e := range events {
		if e.By.Role == "" || e.Clock != queue.Trusted && e.Clock != queue.Suspect {
			t.Errorf("event %d names actor %+v and clock %q", e.Seq, e.By, e.Clock)
		}
		today := e.At.In(shanghai).Format(time.DateOnly)
		switch f := e.Fact.(type) {
		case queue.DayOpened:
			clear(numbers)
			date = f.Day.Date()
			openings[e.By.Name]++
			if e.By.Name != "hours" {
				continue
			}
			switch {
			case e.Clock != queue.Trusted || date != today:
				t.Errorf("event %d: day %s was opened by the hours on %s, by a %s clock", e.Seq, f.Day, today, e.Clock)
			case !workingDay(e.At):
				t.Errorf("event %d: day %s was opened by the hours, and it is a day off", e.Seq, f.Day)
			case byPerson[today]:
				t.Errorf("event %d: day %s was opened by the hours, and a person had closed it", e.Seq, f.Day)
			}
		case queue.ClockConfirmed:
			if f.Date != "" {
				date = f.Date
			}
		case queue.DayClosed:
			closes[e.By.Name]++
			if e.By.Role == queue.Manager {
				byPerson[date] = true
			}
		case queue.DaySkipped:
			byPerson[f.Date] = true
		case queue.DayUnskipped:
			delete(byPerson, f.Date)
		case queue.TicketIssued:
			if was, ok := tickets[f.Ticket]; ok {
				t.Errorf("event %d: ticket %s was issued before, as %s", e.Seq, f.Ticket, was)
			}
			if other, ok := numbers[f.Number]; ok {
				t.Errorf("event %d: number %s is of ticket %s already", e.Seq, f.Number, other)
			}
			if e.Clock == queue.Trusted && date != today {
				t.Errorf("event %d: a number of the day %s was given on %s", e.Seq, date, today)
			}
			tickets[f.Ticket], numbers[f.Number] = f.Number, f.Ticket
		}
	}
	for id, number := range y.issued {
		if tickets[queue.TicketID(id)] != number {
			t.Errorf("ticket %s, %s was answered and is lost", id, number)
		}
	}
	for _, rule := range []string{"hours", "no-clock"} {
		if openings[rule] == 0 {
			t.Errorf("no day was opened by %s: %v", rule, openings)
		}
	}
	for _, rule := range []string{"closing-time", "overtime", somebody.Name} {
		if closes[rule] == 0 {
			t.Errorf("no day was closed by %s: %v", rule, closes)
		}
	}
	t.Logf("%d power cuts, %d days, %d events, %d tickets; opened by %v, closed by %v", len(y.starts), rep.Days, rep.Events, rep.Tickets, openings, closes)
}

// flat compares the starts of the last months with those of the first: a hall that runs for long starts no slower and is no bigger.
func (y *year) flat() {
	t := y.t
	part := len(y.starts) / 4
	mean := func(of []start, what func(start) int) (n int) {
		for _, s := range of {
			n += what(s)
		}
		return n / max(1, len(of))
	}
	for _, c := range []struct {
		name  string
		what  func(start) int
		slack int // what one day more or less is worth
	}{
		{"events replayed", func(s start) int { return s.replayed }, 200},
		{"bytes of memory", func(s start) int { return s.heap }, 500_000},
		{"bytes of a checkpoint", func(s start) int { return s.checkpoint }, 10_000},
	} {
		first, last := mean(y.starts[1:1+part], c.what), mean(y.starts[len(y.starts)-part:], c.what)
		t.Logf("%s at a start: %d in the first months, %d in the last", c.name, first, last)
		if last > 2*first+c.slack {
			t.Errorf("%s at a start grew from %d to %d over the year", c.name, first, last)
		}
	}
	// After a power cut the write-ahead log is read twice; it is as long as it happens to be, up to 16 MB.
	const most = 40 << 20
	for _, s := range y.starts {
		if s.read > most {
			t.Errorf("the start of %s read %d bytes, and should need no more than %d", s.at.Format(time.DateTime), s.read, most)
		}
	}
}
