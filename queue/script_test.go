package queue_test

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"halld/queue"
)

const scriptDay = "2026-03-02"

// TestScripts runs testdata/*.txt. A block "hall" sets a hall up and opens its day; in a block "do" every line is a time and a command, and
// what the hall decided stands below, or its refusal. `go test ./queue -run TestScripts -rewrite` writes the answers anew: read the difference.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		var s *script
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "hall":
				s = newScript(t, d)
				return "open\n"
			case "do":
				return s.lines(d.Input, s.do)
			case "line":
				return s.lines(d.Input, func(q string) string { return q + ": " + s.line(queue.QueueID(q)) })
			case "moves":
				return movesTable(t)
			default:
				d.Fatalf(t, "there is no block %q", d.Cmd)
				return ""
			}
		})
	})
	for _, c := range queue.Commands() {
		if !scripted[c.Command.Kind()] {
			t.Errorf("command %s stands in no script of testdata: write one that shows what it leads to", c.Command.Kind())
		}
	}
	for _, f := range queue.Facts() {
		if !scripted[f.Kind()] {
			t.Errorf("fact %s comes out of no script of testdata", f.Kind())
		}
	}
}

// scripted are the kinds of commands and facts that some script has shown.
var scripted = map[string]bool{}

// script is a hall that a script works on.
type script struct {
	t    *testing.T
	h    *queue.Hall
	ids  map[string]queue.TicketID // by number, ".2" behind that of a second leg
	name map[queue.TicketID]string
	by   queue.Actor
}

func begin(t *testing.T) *script {
	return &script{t: t, h: queue.New(), ids: map[string]queue.TicketID{}, name: map[queue.TicketID]string{}, by: queue.Actor{Role: queue.Clerk, Name: "x"}}
}

// usual is the policy of a hall file that says nothing of it.
var usual = queue.Policy{RecallLimit: 5, MissAfter: 3, ReturnAfter: 3, ReturnLimit: 1, UndoMissWithin: 10 * time.Minute, HoldLimit: 3, LegLimit: 6,
	PriorityHead: 15 * time.Minute, AppointmentHead: 10 * time.Minute, UnprovedGrace: time.Minute, FailedGrace: time.Minute, WarnAt: 90,
	RateWithin: 3 * time.Minute, Overtime: 4 * time.Hour, OnePerPerson: true}

// newScript reads the arguments of "hall" (the policy) and its lines: "queue A 1 999 widen" and "window 1 A B".
func newScript(t *testing.T, d *datadriven.TestData) *script {
	cfg := queue.Config{Name: "t", Policy: usual, Devices: []queue.Device{{ID: "p", Kind: "printer", Profile: "x", Port: "y"}}}
	for _, a := range d.CmdArgs {
		switch a.Key { // who is next
		case "discipline":
			cfg.Policy.Discipline = queue.Discipline(a.Vals[0])
			continue
		case "ratio":
			cfg.Policy.Ratio = a.Vals[0]
			continue
		case "wait_cap":
			cfg.Policy.WaitCap, _ = time.ParseDuration(a.Vals[0])
			continue
		}
		n, err := strconv.Atoi(a.Vals[0])
		if err != nil {
			d.Fatalf(t, "%s: %v", a.Key, err)
		}
		f := map[string]*int{"recall_limit": &cfg.Policy.RecallLimit, "miss_after": &cfg.Policy.MissAfter, "return_after": &cfg.Policy.ReturnAfter,
			"batch_limit": &cfg.Policy.BatchLimit, "return_limit": &cfg.Policy.ReturnLimit, "hold_limit": &cfg.Policy.HoldLimit, "leg_limit": &cfg.Policy.LegLimit}[a.Key]
		if f == nil {
			d.Fatalf(t, "there is no policy %q", a.Key)
		}
		*f = n
	}
	for _, l := range strings.Split(d.Input, "\n") {
		w := strings.Fields(l)
		switch w[0] {
		case "queue":
			first, _ := strconv.Atoi(w[2])
			last, _ := strconv.Atoi(w[3])
			q := queue.Queue{ID: queue.QueueID(w[1]), Name: w[1], Prefix: w[1], First: first, Last: last, Width: 3, BandEnd: queue.BandEnd(w[4])}
			if len(w) > 5 {
				q.Reserve = w[5]
			}
			cfg.Queues = append(cfg.Queues, q)
		case "window":
			s := queue.WindowSetup{ID: queue.WindowID(w[1])}
			for _, q := range w[2:] {
				s.Queues = append(s.Queues, queue.QueueID(q))
			}
			cfg.WindowSetup = append(cfg.WindowSetup, s)
		case "class":
			cfg.Classes = append(cfg.Classes, classIn(w))
		default:
			if !issueRule(t, &cfg, w) {
				d.Fatalf(t, "%q: write queue, window, rule, quota, item, kiosk or hours", l)
			}
		}
	}
	s := begin(t)
	s.decide(s.at("08:00"), queue.Configure{Config: cfg})
	s.decide(s.at("08:00"), queue.OpenDay{Day: scriptDay})
	return s
}

// classIn reads "class p1 20m tier=1 slope=200 by=kiosk,staff evidence=card".
func classIn(w []string) queue.ClassSetup {
	head, _ := time.ParseDuration(w[2])
	k := queue.ClassSetup{ID: queue.Class(w[1]), Name: w[1], Head: head, Slope: 100}
	for _, a := range w[3:] {
		key, value, _ := strings.Cut(a, "=")
		n, _ := strconv.Atoi(value)
		switch key {
		case "tier":
			k.Tier = n
		case "slope":
			k.Slope = n
		case "evidence":
			k.Evidence = value
		case "by":
			for _, g := range strings.Split(value, ",") {
				k.By = append(k.By, queue.Giver(g))
			}
		}
	}
	return k
}

func (s *script) lines(input string, f func(string) string) string {
	var b strings.Builder
	for _, l := range strings.Split(input, "\n") {
		b.WriteString(f(l) + "\n")
	}
	return b.String()
}

// at reads 09:30, or 03-03/09:30 of another day.
func (s *script) at(clock string) time.Time {
	layout, day := "2006-01-02 15:04", scriptDay
	if date, rest, other := strings.Cut(clock, "/"); other {
		day, clock = "2026-"+date, rest
	}
	if strings.Count(clock, ":") == 2 {
		layout += ":05"
	}
	at, err := time.Parse(layout, day+" "+clock)
	if err != nil {
		s.t.Fatal(err)
	}
	return at
}

func (s *script) decide(at time.Time, cmd queue.Command) string {
	scripted[cmd.Kind()] = true
	events, err := s.h.Decide(cmd, queue.When{Now: at, By: s.by})
	if err != nil {
		return fmt.Sprintf("  refused %s: %v", queue.CodeOf(err), err)
	}
	if len(events) == 0 {
		return "  nothing to do"
	}
	var out []string
	for _, e := range events {
		s.h.Apply(e)
		scripted[e.Fact.Kind()] = true
		switch f := e.Fact.(type) {
		case queue.TicketIssued:
			s.ids[f.Number], s.name[f.Ticket] = f.Ticket, f.Number
		case queue.TicketTransferred:
			leg := s.name[f.Ticket]
			leg, _, _ = strings.Cut(leg, ".")
			n, _ := s.h.Ticket(f.Next)
			s.ids[fmt.Sprintf("%s.%d", leg, n.Leg)], s.name[f.Next] = f.Next, fmt.Sprintf("%s.%d", leg, n.Leg)
		}
		out = append(out, "  "+e.Fact.Kind()+s.named(fields(reflect.ValueOf(e.Fact))))
	}
	return strings.Join(out, "\n")
}

var anID = regexp.MustCompile(`20260302-[0-9]+(\.[0-9]+)?`)

// named puts numbers in the place of ids.
func (s *script) named(text string) string {
	return anID.ReplaceAllStringFunc(text, func(id string) string { return s.name[queue.TicketID(id)] })
}

// moment reads 2026-03-02T10:00.
func (s *script) moment(text string) time.Time {
	at, err := time.Parse("2006-01-02T15:04", text)
	if err != nil {
		s.t.Fatal(err)
	}
	return at
}

// without is a set-up that has a queue no more.
func without(c queue.Config, q queue.QueueID) queue.Config {
	c.Queues = slices.DeleteFunc(slices.Clone(c.Queues), func(o queue.Queue) bool { return o.ID == q })
	c.WindowSetup = slices.Clone(c.WindowSetup)
	for i := range c.WindowSetup {
		w := &c.WindowSetup[i]
		w.Queues = slices.DeleteFunc(slices.Clone(w.Queues), func(o queue.QueueID) bool { return o == q })
	}
	c.WindowSetup = slices.DeleteFunc(c.WindowSetup, func(w queue.WindowSetup) bool { return len(w.Queues) == 0 })
	return c
}

// fields writes what a fact says, without what is empty.
func fields(v reflect.Value) string {
	var b strings.Builder
	for i := range v.NumField() {
		f := v.Field(i)
		if f.IsZero() || !v.Type().Field(i).IsExported() || v.Type().Field(i).Name == "Setup" {
			continue
		}
		if f.Kind() == reflect.Pointer {
			f = f.Elem()
		}
		if f.Kind() == reflect.Struct && f.Type() != reflect.TypeFor[time.Time]() {
			b.WriteString(fields(f))
			continue
		}
		text := fmt.Sprint(f.Interface())
		if at, ok := f.Interface().(time.Time); ok {
			text = at.Format("15:04:05")
		}
		fmt.Fprintf(&b, " %s=%s", strings.ToLower(v.Type().Field(i).Name), text)
	}
	return b.String()
}

func (s *script) line(q queue.QueueID) string {
	var out []string
	for _, t := range s.h.Line(q, 99) {
		out = append(out, t.Number)
	}
	if out == nil {
		return "nobody"
	}
	return strings.Join(out, " ")
}

// do reads "09:30 call 1" and decides it.
func (s *script) do(line string) string {
	w := strings.Fields(line)
	if len(w) < 2 {
		s.t.Fatalf("%q: write a time and a command", line)
	}
	at := s.at(w[0])
	if w[1] == "kiosk" { // as a kiosk asks for it
		s.by.Role = queue.Kiosk
		defer func() { s.by.Role = queue.Clerk }()
		w = append(w[:1:1], w[2:]...)
	}
	if name, rest, ok := asKiosk(w[1:]); ok { // 09:00 k1: issue A
		was := s.by
		defer func() { s.by = was }()
		s.by, w = queue.Actor{Role: queue.Kiosk, Name: name}, append(w[:1:1], rest...)
	}
	if w[1] == "due" {
		return line + "\n" + s.due(at)
	}
	return line + "\n" + s.decide(at, s.command(w[1], w[2:]))
}

// due lets the hall do what is due by now.
func (s *script) due(at time.Time) string {
	var out []string
	for _, d := range s.h.Due(at, queue.Trusted) {
		s.by = d.By
		out = append(out, s.decide(at, d.Cmd))
	}
	s.by = queue.Actor{Role: queue.Clerk, Name: "x"}
	if out == nil {
		return "  nothing to do"
	}
	return strings.Join(out, "\n")
}

func (s *script) command(name string, w []string) queue.Command {
	arg := func(i int) string {
		if i < len(w) {
			return w[i]
		}
		return ""
	}
	rest := func(i int) string { return strings.Join(w[min(i, len(w)):], " ") }
	ticket := func(i int) queue.TicketID {
		if arg(i) == "" {
			return ""
		}
		number, job, printed := strings.Cut(arg(i), "#")
		id, ok := s.ids[number]
		if !ok {
			id = queue.TicketID(number)
		}
		if printed {
			id += queue.TicketID("#" + job)
		}
		return id
	}
	window, holder, _ := strings.Cut(arg(0), "@")
	seat := queue.Seat{Window: queue.WindowID(window), Holder: holder}
	job := queue.JobID(ticket(0))
	switch name {
	case "issue": // issue A [class] [printer]
		c := queue.Issue{Queue: queue.QueueID(arg(0))}
		for _, a := range w[1:] {
			if a == "p" {
				c.Printer = "p"
			} else if !issueOption(&c, a) {
				c.Class = queue.Class(a)
			}
		}
		return c
	case "stop", "go-on", "lock", "unlock":
		return halting(name, arg(0), rest(1))
	case "open":
		return queue.OpenWindow{Seat: seat, Clerk: arg(1), TakeOver: slices.Contains(w, "takeover")}
	case "pause":
		return queue.PauseWindow{Seat: seat, Reason: queue.PauseReason(arg(1))}
	case "close":
		return queue.CloseWindow{Seat: seat}
	case "call":
		if len(w) > 1 {
			return queue.CallTicket{Seat: seat, Ticket: ticket(1), Reason: rest(2)}
		}
		return queue.CallNext{Seat: seat}
	case "recall":
		return queue.Recall{Seat: seat}
	case "serve":
		return queue.Serve{Seat: seat}
	case "finish":
		c := queue.Finish{Seat: seat, Outcome: queue.Outcome(arg(1)), Note: rest(2)}
		if c.Outcome == "" {
			c.Outcome = queue.DoneAtOnce
		}
		return c
	case "no-show":
		return queue.NoShow{Seat: seat, Force: arg(1) == "force"}
	case "undo-miss":
		return queue.UndoMiss{Seat: seat}
	case "return":
		return queue.Return{Ticket: ticket(0)}
	case "hold":
		return queue.Hold{Seat: seat, Reason: rest(1)}
	case "resume":
		return queue.Resume{Seat: seat, Ticket: ticket(1)}
	case "transfer":
		return queue.Transfer{Seat: seat, Queue: queue.QueueID(arg(1)), Reason: rest(2)}
	case "give-back":
		return queue.GiveBack{Seat: seat, Reason: rest(1)}
	case "cancel":
		return queue.Cancel{Ticket: ticket(0), Reason: rest(1)}
	case "keep":
		return queue.KeepWithoutPaper{Ticket: ticket(0)}
	case "print":
		return queue.StartPrint{Job: job}
	case "printed":
		return queue.EndPrint{Job: job, Result: queue.PrintState(arg(1)), Problem: arg(2)}
	case "reprint":
		return queue.Reprint{Ticket: ticket(0)}
	case "rate":
		level, _ := strconv.Atoi(arg(1))
		return queue.Rate{Ticket: ticket(0), Level: level, Source: queue.FromScreen}
	case "class": // class A001 priority why
		return queue.Reclassify{Ticket: ticket(0), Class: queue.Class(arg(1)), Reason: rest(2)}
	case "claim": // claim A001 yes
		return queue.AnswerClaim{Ticket: ticket(0), Granted: arg(1) == "yes"}
	case "confirm-clock": // confirm-clock 2026-03-02T10:00 [since 2026-03-02T09:00]
		c := queue.ConfirmClock{To: s.moment(arg(0))}
		if arg(1) == "since" {
			c.Behind, c.From = true, s.moment(arg(2))
		}
		return c
	case "accept-log":
		n, _ := strconv.Atoi(arg(0))
		return queue.AcceptLog{Skip: n, Why: rest(1)}
	case "configure": // configure without B move B=A
		cfg := *s.h.View().Config
		for i := 0; i+1 < len(w); i += 2 {
			if w[i] == "without" {
				cfg = without(cfg, queue.QueueID(w[i+1]))
			}
		}
		c := queue.Configure{Config: cfg}
		for i := 0; i+1 < len(w); i += 2 {
			if w[i] == "move" {
				from, to, _ := strings.Cut(w[i+1], "=")
				c.Move = map[queue.QueueID]queue.QueueID{queue.QueueID(from): queue.QueueID(to)}
			}
		}
		return c
	case "rate-window":
		level, _ := strconv.Atoi(arg(1))
		return queue.RateWindow{Window: queue.WindowID(arg(0)), Level: level}
	case "void":
		return queue.VoidUnprinted{Ticket: ticket(0)}
	case "open-day":
		return queue.OpenDay{Day: queue.DayID(arg(0)), Force: arg(1) == "force"}
	case "skip-day":
		return queue.SkipDay{Date: arg(0), Reason: rest(1)}
	case "unskip-day":
		return queue.UnskipDay{Date: arg(0)}
	case "pause-issue":
		return queue.PauseIssue{Reason: rest(0)}
	case "resume-issue":
		return queue.ResumeIssue{}
	case "evacuate":
		return queue.Evacuate{Reason: rest(0)}
	case "end-evacuation":
		return queue.EndEvacuation{}
	case "close-day":
		return queue.CloseDay{Force: arg(0) == "force"}
	}
	s.t.Fatalf("there is no command %q", name)
	return nil
}

// movesTable asks every command of a ticket in every state that it can have, and writes what came of it.
func movesTable(t *testing.T) string {
	ways := []struct {
		state queue.State
		way   string
	}{
		{queue.Issued, "issue A p"}, {queue.Waiting, "issue A"}, {queue.Called, "issue A,call 1"}, {queue.Serving, "issue A,call 1,serve 1"},
		{queue.Held, "issue A,call 1,serve 1,hold 1 papers"}, {queue.Missed, "issue A,call 1,no-show 1 force"},
		{queue.Transferred, "issue A,call 1,serve 1,transfer 1 B"}, {queue.Done, "issue A,call 1,serve 1,finish 1"}, {queue.Cancelled, "issue A,cancel A001 left"},
		{queue.Expired, "issue A,close-day force"}, {queue.Void, "issue A p,cancel A001 left"},
	}
	acts := []string{"print A001#1", "printed A001#1 printed", "reprint A001", "keep A001", "call 1", "call 1 A001 asked", "recall 1", "serve 1", "finish 1", "no-show 1 force",
		"undo-miss 1", "return A001", "hold 1 papers", "resume 1 A001", "transfer 1 B", "give-back 1 slip", "cancel A001 left", "rate A001 5"}
	var b strings.Builder
	for _, w := range ways {
		fmt.Fprintf(&b, "%s\n", w.state)
		for _, act := range acts {
			s := begin(t)
			cfg := smallHall()
			cfg.Policy = usual
			s.decide(s.at("08:00"), queue.Configure{Config: cfg})
			s.decide(s.at("08:00"), queue.OpenDay{Day: scriptDay})
			for i, step := range strings.Split("open 1 wang,"+w.way, ",") {
				s.do(fmt.Sprintf("08:%02d %s", i+1, step))
			}
			if got, ok := s.h.Ticket(s.ids["A001"]); ok && got.State != w.state {
				t.Fatalf("%q leads to %s, not to %s", w.way, got.State, w.state)
			}
			_, answer, _ := strings.Cut(s.do("08:30 "+act), "\n")
			answer = strings.TrimSpace(strings.Split(answer, "\n")[0])
			if rest, refused := strings.CutPrefix(answer, "refused "); refused {
				code, _, _ := strings.Cut(rest, ":")
				answer = "- " + code
			}
			after, ok := s.h.Ticket(s.ids["A001"])
			to := "gone"
			if ok {
				to = string(after.State)
			}
			if !strings.HasPrefix(answer, "-") {
				fmt.Fprintf(&b, "  %-22s %s\n", act, to)
			} else {
				fmt.Fprintf(&b, "  %-22s %s\n", act, answer)
			}
		}
	}
	return b.String()
}
