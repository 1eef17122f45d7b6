package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"halld/queue"
	"halld/queue/catalogue"
	"halld/queue/engine"
	"halld/queue/sqlite"
)

const yearEnv = "HALLD_TEST_YEAR" // what a child process lives through until it kills itself

// What is special about a stretch of days.
const (
	plainDays = iota
	noClock   // the machine starts in 1970, and its clock comes later
	hourBack  // its clock goes an hour back, and is set right the next day
	twoAhead  // its clock goes two days ahead, unconfirmed, and is set right later
	newSetUp  // the hall is set up anew, by day and at night
	skipsDays // it stays closed, for today and for tomorrow; and closes early
	leftOpen  // people stay over closing time
	stretches
)

// stretch is what one process lives through, in true time.
type stretch struct {
	Dir         string
	Seed        uint64
	From, Until time.Time
	Special     int
	Visitors    int
	Shut        map[string]bool // dates on which somebody closed the hall
}

var shanghai = time.FixedZone("CST", 8*60*60)

// offDays and workedDays are the State Council's of 2026, as printed.
var (
	offDays = "01-01 01-02 01-03 02-15 02-16 02-17 02-18 02-19 02-20 02-21 02-22 02-23 04-04 04-05 04-06 05-01 05-02 05-03 05-04 05-05 " +
		"06-19 06-20 06-21 09-25 09-26 09-27 10-01 10-02 10-03 10-04 10-05 10-06 10-07"
	workedDays = "01-04 02-14 02-28 05-09 09-20 10-10"
)

func workingDay(t time.Time) bool {
	md := t.In(shanghai).Format("01-02")
	if w := t.In(shanghai).Weekday(); w == time.Saturday || w == time.Sunday {
		return strings.Contains(workedDays, md)
	}
	return !strings.Contains(offDays, md)
}

func yearConfig(version int) queue.Config {
	cfg := hallConfig(3, 3+version%2)
	cfg.Items = []queue.Item{{ID: "i", Name: fmt.Sprintf("事项%d", version), Department: "d", Queue: "A"}}
	cfg.Calendar = catalogue.Calendar{Zone: "Asia/Shanghai", Holidays: "cn"}
	for _, w := range []catalogue.Weekday{catalogue.Monday, catalogue.Tuesday, catalogue.Wednesday, catalogue.Thursday, catalogue.Friday} {
		cfg.Calendar.Hours.Set(w, []catalogue.Span{{From: 9 * 60, To: 12 * 60}, {From: 13*60 + 30, To: 17 * 60}})
	}
	cfg.Calendar, _ = cfg.Calendar.Fill()
	return cfg
}

// yearMachine is a machine whose clock may be wrong. Time passes only as it is told to.
type yearMachine struct {
	mu          sync.Mutex
	truth, born time.Time
	step        time.Duration
	unset       bool
}

func (m *yearMachine) now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.unset {
		return time.Unix(0, 0).Add(m.truth.Sub(m.born))
	}
	return m.truth.Add(m.step)
}

func (m *yearMachine) boot() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.truth.Sub(m.born) + time.Minute
}

func (m *yearMachine) turn(f func()) { m.mu.Lock(); defer m.mu.Unlock(); f() }

// counted is the store, and what starts and checkpoints cost.
type counted struct {
	*sqlite.Store
	replayed, checkpoint int
}

func (c *counted) Load() (*queue.Hall, int, error) {
	h, n, err := c.Store.Load()
	c.replayed = n
	return h, n, err
}

func (c *counted) Commit(b *queue.Batch) error {
	if b.Checkpoint != nil {
		c.checkpoint = len(b.Checkpoint)
	}
	return c.Store.Commit(b)
}

// life is a process that lives through a stretch. It says each answer it got, and each thing that is not as it should be, in a line.
type life struct {
	stretch
	rng     *rand.Rand
	m       yearMachine
	store   counted
	e       *engine.Engine
	version int
}

func yearChild(plan string) error {
	var l life
	if err := json.Unmarshal([]byte(plan), &l.stretch); err != nil {
		return err
	}
	l.rng = rand.New(rand.NewPCG(l.Seed, 1))
	l.m.truth, l.m.born, l.m.unset = l.From, l.From, l.Special == noClock
	before := bytesRead()
	s, err := sqlite.Open(l.Dir, sqlite.Options{Reserve: -1, Now: l.m.now})
	if err != nil {
		return err
	}
	l.store.Store = s
	if l.e, err = engine.Open(&l.store, engine.Options{Now: l.m.now, Boot: l.m.boot}); err != nil {
		return err
	}
	l.to(l.From)
	read := bytesRead() - before
	runtime.GC()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	l.say("start", l.store.replayed, read, mem.HeapAlloc)
	for day := l.From.In(shanghai); l.m.truth.Before(l.Until); day = day.AddDate(0, 0, 1) {
		l.day(day)
	}
	l.say("checkpoint", l.store.checkpoint)
	l.die()
	return errors.New("it should have killed itself")
}

// bytesRead is how much this process has read from files; 0 where the system does not tell.
func bytesRead() (n int) {
	data, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0
	}
	if _, err := fmt.Sscanf(string(data), "rchar: %d", &n); err != nil {
		return 0
	}
	return n
}

func (l *life) say(words ...any) { fmt.Println(words...) }

func (l *life) wrong(format string, args ...any) {
	v, c := l.e.View(), l.e.Clock()
	l.say("wrong", l.m.truth.In(shanghai).Format(time.DateTime), fmt.Sprintf(format, args...), fmt.Sprintf("(day %q of %q, special %d, clock %s, hall time %s)",
		v.Day, v.Date, l.Special, c.Quality, c.Hall.In(shanghai).Format(time.DateTime)))
}

func (l *life) ask(cmd queue.Command) (queue.Answer, error) {
	a, err := l.e.Do(context.Background(), "", somebody, cmd)
	if err != nil && queue.CodeOf(err) == "" {
		l.wrong("%T: %v", cmd, err)
	}
	if _, ok := cmd.(queue.Issue); ok && err == nil {
		l.say("issued", a.Ticket.ID, a.Ticket.Number)
	}
	return a, err
}

// to lets time pass until a moment, and has the hall do what it asks for. It is false when the stretch ends before.
func (l *life) to(t time.Time) bool {
	if t.After(l.Until) {
		t = l.Until
	}
	l.m.turn(func() {
		if t.After(l.m.truth) {
			l.m.truth = t
		}
	})
	l.ask(queue.StartPrint{Job: "none"}) //nolint:errcheck // refused; whatever is asked has what is due done first
	return l.m.truth.Before(l.Until)
}

// sound reports whether the machine's clock is right and the hall trusts it.
func (l *life) sound() bool {
	return !l.m.unset && l.m.step == 0 && l.e.Clock().Quality == queue.Trusted
}

// shuts reports whether the day of the hall ends by its hours now: one that was opened on a day off, without a clock, lasts until midnight.
func (l *life) shuts(d time.Time) bool { return l.sound() && workingDay(d) }

// day lives through one date, from wherever it is.
func (l *life) day(d time.Time) {
	date := d.Format(time.DateOnly)
	at := func(h, m int) time.Time { return time.Date(d.Year(), d.Month(), d.Day(), h, m, 0, 0, shanghai) }
	second := d.YearDay() != l.From.In(shanghai).YearDay()
	open := func(want bool) {
		v := l.e.View()
		if l.Shut[date] {
			want = false
		}
		if l.sound() && (want != (v.Day != "") || want && v.Date != date) {
			l.wrong("on %s the hall should be open: %v", date, want)
		}
	}
	for _, t := range []time.Time{at(7, 30), at(8, 59)} {
		if !l.to(t) {
			return
		} else if l.m.truth.Equal(t) {
			open(false)
		}
	}
	if !l.to(at(9, 0)) {
		return
	}
	if workingDay(d) {
		l.m.turn(func() { // what happens to the clock comes at nine, while the hall runs
			switch {
			case !second:
			case l.Special == hourBack:
				l.m.step = -time.Hour - l.m.step // and on the next day it is right again
			case l.Special == twoAhead:
				l.m.step = 48*time.Hour - l.m.step
			}
			if l.m.step != -time.Hour && l.m.step != 48*time.Hour {
				l.m.step = 0
			}
		})
	}
	if l.m.truth.Before(at(16, 0)) {
		if l.to(at(9, 2)); l.m.truth.Before(l.Until) { // an old day that was left open ends at most a minute after the clock is trusted
			open(workingDay(d))
		}
	}
	if !l.hours(d, at) || !l.evening(d, at) {
		return
	}
	if l.to(at(23, 50)) && l.shuts(d) && l.e.View().Day != "" {
		l.wrong("the day is open at night")
	}
}

// hours are those in which people come.
func (l *life) hours(d time.Time, at func(h, m int) time.Time) bool {
	special := l.rng.IntN(max(1, l.Visitors))
	var times []time.Time
	for range l.Visitors {
		times = append(times, at(9, 1+l.rng.IntN(470)))
	}
	slices.SortFunc(times, time.Time.Compare)
	for i, t := range times {
		if t.Before(l.m.truth) { // the machine was off
			continue
		}
		if !l.to(t) {
			return false
		}
		if i == special && l.special(d) {
			break
		}
		l.visitor()
	}
	return true
}

// visitor takes a number, and some window goes on.
func (l *life) visitor() {
	class := []queue.Class{"", "", queue.Priority}[l.rng.IntN(3)]
	l.ask(queue.Issue{Queue: queue.QueueID(rune('A' + l.rng.IntN(3))), Class: class}) //nolint:errcheck // the hall may be closed
	if w := 1 + l.rng.IntN(3); l.rng.IntN(2) == 0 && l.next(w) && l.rng.IntN(6) == 0 {
		l.ask(queue.NoShow{Seat: seat(w), Force: true}) //nolint:errcheck // it was just called
	}
}

// next ends what is at a window and calls the next there; it is false when nobody waits.
func (l *life) next(w int) bool {
	v := l.e.View()
	if v.Day == "" {
		return false
	}
	at := v.Windows[w-1]
	if at.State == queue.WindowClosed {
		l.ask(queue.OpenWindow{Seat: seat(w), Clerk: fmt.Sprint("c", w)}) //nolint:errcheck // the call will tell
	}
	if at.Ticket == nil {
		_, err := l.ask(queue.CallNext{Seat: seat(w)})
		return err == nil
	}
	a, err := l.ask(queue.Finish{Seat: seat(w), Next: true})
	return err == nil && a.Window != nil && a.Window.Ticket != nil
}

// special does in the middle of a day what is special about the stretch; it is true when nobody comes any more.
func (l *life) special(d time.Time) bool {
	date := d.Format(time.DateOnly)
	switch {
	case l.Special == noClock && l.m.unset: // the time server is heard
		l.m.turn(func() { l.m.unset = false })
		l.ask(queue.StartPrint{Job: "none"}) //nolint:errcheck // refused
		if v := l.e.View(); !l.sound() || workingDay(d) && v.Date != date {
			l.wrong("the clock has come")
		}
		if l.rng.IntN(2) == 0 {
			return l.shut(date, queue.CloseDay{Force: true})
		}
	case l.Special == newSetUp:
		l.setUp()
	case l.Special == skipsDays && workingDay(d):
		switch l.rng.IntN(4) {
		case 0:
			return l.shut(date, queue.SkipDay{Reason: "停电", Force: true})
		case 1:
			return l.shut(date, queue.CloseDay{Force: true})
		case 2:
			tomorrow := d.AddDate(0, 0, 1).Format(time.DateOnly)
			l.shut(tomorrow, queue.SkipDay{Date: tomorrow, Reason: "检修"})
		case 3: // said, and taken back: the hall opens tomorrow
			tomorrow := d.AddDate(0, 0, 1).Format(time.DateOnly)
			if _, err := l.ask(queue.SkipDay{Date: tomorrow, Reason: "检修"}); err == nil {
				if _, err := l.ask(queue.UnskipDay{Date: tomorrow}); err != nil {
					l.wrong("taken back: %v", err)
				}
			}
		}
	}
	return false
}

func (l *life) setUp() {
	l.version++
	if _, err := l.ask(queue.Configure{Config: yearConfig(l.version)}); err != nil && queue.CodeOf(err) != queue.StrandsTickets {
		l.wrong("set up: %v", err)
	}
}

// shut closes the hall for the rest of a date: the hours do not open it again.
func (l *life) shut(date string, cmd queue.Command) bool {
	if _, err := l.ask(cmd); err != nil {
		return false
	}
	if l.Shut == nil {
		l.Shut = map[string]bool{}
	}
	l.Shut[date] = true
	l.say("shut", date)
	l.ask(queue.StartPrint{Job: "none"}) //nolint:errcheck // refused
	if l.sound() && l.e.View().Date == date && l.e.View().Day != "" {
		l.wrong("the hall was closed by a person and opened again")
	}
	return true
}

// evening is after closing time.
func (l *life) evening(d time.Time, at func(h, m int) time.Time) bool {
	if !l.to(at(17, 0)) {
		return false
	}
	if _, err := l.ask(queue.Issue{Queue: "A"}); err == nil && l.shuts(d) {
		l.wrong("a number is given after closing time")
	}
	stays := l.Special == leftOpen && l.rng.IntN(2) == 0 && l.e.View().Day != ""
	if stays {
		l.next(1)
		if v := l.e.View(); !slices.ContainsFunc(v.Windows, func(w queue.WindowView) bool { return w.Ticket != nil }) {
			stays = false
		}
	}
	if stays {
		if !l.to(at(20, 59)) {
			return false
		}
		if l.shuts(d) && l.e.View().Day == "" {
			l.wrong("the day ended although somebody is served")
		}
		if !l.to(at(21, 1)) {
			return false
		}
	} else {
		for w := range l.e.View().Windows { // everybody is served
			for n := 0; l.next(w+1) && n < 400; n++ {
			}
		}
		if !l.to(at(17, 30)) {
			return false
		}
	}
	if l.shuts(d) && l.e.View().Day != "" {
		l.wrong("the day did not end by itself (somebody stayed: %v)", stays)
	}
	if l.Special == newSetUp && l.to(at(22, 0)) {
		l.setUp()
	}
	return true
}

// die kills the process in the middle of whatever it does.
func (l *life) die() {
	kill := func() {
		if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
			panic(err)
		}
	}
	if l.e.View().Day == "" {
		kill()
	}
	answered := make(chan bool)
	for range 4 {
		go func() {
			for {
				_, err := l.ask(queue.Issue{Queue: "C"})
				answered <- err == nil
			}
		}()
	}
	for range 1 + l.rng.IntN(8) {
		if !<-answered {
			break
		}
	}
	kill()
	select {}
}
