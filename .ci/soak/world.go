package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"soak/oracle"
)

// World is a hall to be driven.
type World struct {
	Name  string
	Setup oracle.Setup
	// Exact says that nothing in it depends on the time between two steps: the same seed gives the same answers.
	Exact bool
}

var pauseReasons = []string{"restroom", "meeting", "lunch", "tidy-up", "fault"}

// worlds are the halls, by name.
var worlds = map[string]World{
	"lines":  {Name: "lines", Exact: true, Setup: lines()},
	"strict": {Name: "strict", Exact: true, Setup: strict()},
	"bands":  {Name: "bands", Exact: true, Setup: bands()},
	"timers": {Name: "timers", Setup: timers()},
}

// lines has much order in it: windows with overlapping queues, classes with a head start longer than any run, a return after two others.
func lines() oracle.Setup {
	s := oracle.Setup{Items: map[string]string{"idcard": "A", "company": "B", "house": "C"}, PauseReasons: pauseReasons}
	for i, id := range []string{"A", "B", "C", "D"} {
		s.Queues = append(s.Queues, oracle.Queue{ID: id, Name: "队列" + id, Prefix: id, First: 1, Last: 999, Width: 3, BandEnd: []string{"widen", "refuse"}[i%2]})
	}
	s.Windows = []oracle.Window{{ID: "1", Queues: []string{"A"}}, {ID: "2", Queues: []string{"A", "B"}}, {ID: "3", Queues: []string{"B", "C"}},
		{ID: "4", Queues: []string{"C", "D", "A"}}, {ID: "5", Queues: []string{"A", "B", "C", "D"}}}
	s.Policy = oracle.Policy{RecallLimit: 4, MissAfter: 2, ReturnAfter: 2, ReturnLimit: 2, HoldLimit: 2, LegLimit: 3, WarnAt: 90,
		UndoMiss: 3 * time.Hour, PriorityHead: 24 * time.Hour, AppointmentHead: 12 * time.Hour, UnprovedGrace: time.Minute}
	return s
}

// strict has classes of its own, one of which is claimed at the kiosk, and calls by their tiers alone.
func strict() oracle.Setup {
	s := lines()
	s.Strict = true
	return s
}

// bands has few numbers, so that every kind of end comes often, and classes that hardly count.
func bands() oracle.Setup {
	s := lines()
	s.Queues = []oracle.Queue{
		{ID: "A", Name: "队列A", Prefix: "A", First: 990, Last: 999, Width: 3, BandEnd: "widen"},
		{ID: "B", Name: "队列B", Prefix: "B", First: 993, Last: 999, Width: 3, BandEnd: "reserve", Reserve: "X"},
		{ID: "C", Name: "队列C", Prefix: "C", First: 992, Last: 999, Width: 3, BandEnd: "refuse"},
		{ID: "D", Name: "队列D", Prefix: "ZD", First: 9989, Last: 9999, Width: 4, BandEnd: "refuse"},
	}
	s.Policy.WarnAt, s.Policy.ReturnAfter, s.Policy.ReturnLimit, s.Policy.HoldLimit, s.Policy.LegLimit, s.Policy.MissAfter = 50, 1, 1, 1, 2, 1
	return s
}

// timers has limits that run out while one looks, and a printer that is not there.
func timers() oracle.Setup {
	s := lines()
	s.Printers = []string{"printer-1"}
	s.Policy.UndoMiss, s.Policy.PriorityHead, s.Policy.AppointmentHead, s.Policy.UnprovedGrace = time.Second, 300*time.Millisecond, 100*time.Millisecond, 2*time.Second
	s.Policy.ReturnAfter = 3
	return s
}

// hallFile writes a world as a hall file.
func hallFile(s oracle.Setup) string {
	var b strings.Builder
	p := s.Policy
	fmt.Fprintf(&b, "[hall]\nname = \"试验大厅\"\n\n[policy]\nrecall_limit = %d\nmiss_after = %d\nreturn_after = %d\nreturn_limit = %d\nhold_limit = %d\nleg_limit = %d\nwarn_at = %d\n",
		p.RecallLimit, p.MissAfter, p.ReturnAfter, p.ReturnLimit, p.HoldLimit, p.LegLimit, p.WarnAt)
	fmt.Fprintf(&b, "undo_miss_within = %q\npriority_head = %q\nappointment_head = %q\nunproved_grace = %q\n", p.UndoMiss, p.PriorityHead, p.AppointmentHead, p.UnprovedGrace)
	if s.Strict {
		b.WriteString("discipline = \"strict\"\n\n[[class]]\nid = \"ordinary\"\nname = \"普通\"\n\n[[class]]\nid = \"priority\"\nname = \"优先\"\ntier = 2\n" +
			"evidence = \"优待证\"\nby = [\"kiosk\", \"staff\"]\n\n[[class]]\nid = \"appointment\"\nname = \"预约\"\ntier = 1\nby = [\"booking\"]\n")
	}
	fmt.Fprintf(&b, "\n[[department]]\nid = \"gongan\"\nname = \"公安局\"\n")
	for _, q := range s.Queues {
		fmt.Fprintf(&b, "\n[[queue]]\nid = %q\nname = %q\nprefix = %q\nfirst = %d\nlast = %d\nwidth = %d\nband_end = %q\n", q.ID, q.Name, q.Prefix, q.First, q.Last, q.Width, q.BandEnd)
		if q.Reserve != "" {
			fmt.Fprintf(&b, "reserve = %q\n", q.Reserve)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.Items)) {
		fmt.Fprintf(&b, "\n[[item]]\nid = %q\nname = \"事项 %s\"\ndepartment = \"gongan\"\nqueue = %q\n", id, id, s.Items[id])
	}
	for _, w := range s.Windows {
		fmt.Fprintf(&b, "\n[[window]]\nid = %q\nqueues = [\"%s\"]\n", w.ID, strings.Join(w.Queues, `", "`))
	}
	for _, id := range s.Printers { // a port where nobody listens
		fmt.Fprintf(&b, "\n[[device]]\nid = %q\nkind = \"printer\"\nprofile = \"epson-tm\"\nport = \"tcp:127.0.0.1:1\"\n", id)
	}
	return b.String()
}

// Client is who sends commands.
type Client struct {
	Name, Role, Holder string
}

var clients = []Client{
	{"kiosk-1", "kiosk", ""}, {"kiosk-2", "kiosk", ""}, {"clerk-1", "clerk", "desk-1"}, {"clerk-2", "clerk", "desk-2"}, {"clerk-3", "clerk", "desk-3"},
	{"manager-1", "manager", ""}, {"admin-1", "admin", "desk-a"}, {"board-1", "board", ""},
}
