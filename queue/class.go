package queue

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"halld/queue/order"
)

// Class says by which rule a ticket waits. It is a routing class, never a statement about the person. Ordinary is in every hall; the others are the
// hall's own, see Config.Classes.
type Class string

// The classes of a hall that names none.
const (
	Ordinary    Class = "ordinary"
	Priority    Class = "priority"
	Appointment Class = "appointment"
)

// Giver 谁可给 is who may give a class.
type Giver string

// Those who may give a class.
const (
	GivenAtKiosk   Giver = "kiosk"   // citizens say so themselves; where evidence is asked for, it is pending until staff have seen it
	GivenByStaff   Giver = "staff"   // clerks, guides and managers, who see the evidence
	GivenByBooking Giver = "booking" // an appointment that is checked in
)

// Givers lists those who may give a class.
func Givers() []Giver { return []Giver{GivenAtKiosk, GivenByStaff, GivenByBooking} }

// ClassSetup 号类 is a class as set up: how it is called and what it is worth. Which of its numbers count is a matter of the discipline.
type ClassSetup struct {
	ID       Class         `json:"id"`
	Name     string        `json:"name"`
	NameEn   string        `json:"name_en,omitempty"`
	Head     time.Duration `json:"head,omitempty"`     // counts as having come so much earlier
	Tier     int           `json:"tier,omitempty"`     // the higher goes first where the order is strict; above 0 is the favoured side of a ratio
	Slope    int           `json:"slope,omitempty"`    // how fast a wait counts where priority accumulates, in percent
	Evidence string        `json:"evidence,omitempty"` // what staff look at, in words; it is seen, never stored
	By       []Giver       `json:"by,omitempty"`       // who may give it; empty: whoever gives numbers
}

// usualSlope is a wait that counts as it is.
const usualSlope = 100

// ClassList is the classes of the hall. Without any of its own it has the three usual ones, with the head starts of its policy.
func (c *Config) ClassList() []ClassSetup {
	if len(c.Classes) > 0 {
		return c.Classes
	}
	return []ClassSetup{
		{ID: Ordinary, Name: "普通", NameEn: "Ordinary", Slope: usualSlope},
		{ID: Priority, Name: "优先", NameEn: "Priority", Head: c.Policy.PriorityHead, Tier: 2, Slope: usualSlope},
		{ID: Appointment, Name: "预约", NameEn: "Appointment", Head: c.Policy.AppointmentHead, Tier: 1, Slope: usualSlope},
	}
}

// Class finds a class.
func (c *Config) Class(id Class) (ClassSetup, bool) {
	list := c.ClassList()
	i := slices.IndexFunc(list, func(s ClassSetup) bool { return s.ID == id })
	if i < 0 {
		return ClassSetup{}, false
	}
	return list[i], true
}

// class finds the class that a command names, or refuses it with those there are.
func (h *Hall) class(id Class) (ClassSetup, error) {
	if s, ok := h.cfg.Class(id); ok {
		return s, nil
	}
	var known []string
	for _, s := range h.cfg.ClassList() {
		known = append(known, string(s.ID))
	}
	return ClassSetup{}, Refuse(BadClass, "%q is no class: %s", id, strings.Join(known, ", "))
}

// given says what becomes of a class that somebody asks for: it is given, or pending until staff have seen the evidence, or refused. proved: a device
// has seen it.
func (s ClassSetup) given(by Role, proved bool) (pending bool, err error) {
	if len(s.By) == 0 || s.ID == Ordinary || proved {
		return false, nil
	}
	atKiosk := slices.Contains(s.By, GivenAtKiosk)
	switch {
	case by == Kiosk || by == DeviceRole:
		if !atKiosk {
			return false, Refuse(ClassNotGiven, "%s is not given at a kiosk: ask the staff", s.Name)
		}
		return s.Evidence != "", nil
	case !atKiosk && !slices.Contains(s.By, GivenByStaff):
		return false, Refuse(ClassNotGiven, "%s is given to those who have booked, by their check-in alone", s.Name)
	default:
		return false, nil
	}
}

// AtKiosk reports whether citizens are offered the class at a kiosk: only where the hall has said so.
func (s ClassSetup) AtKiosk() bool { return s.ID != Ordinary && slices.Contains(s.By, GivenAtKiosk) }

// Discipline 叫号次序 names a rule for who is next. The words are stored with every call: never rename one.
type Discipline string

// The disciplines. Empty is HeadStart, of a queue the hall's.
const (
	LongestWaitFirst Discipline = "longest-wait"
	HeadStart        Discipline = "head-start"
	Accumulating     Discipline = "accumulating"
	RatioOf          Discipline = "ratio"
	StrictTiers      Discipline = "strict"
)

// Disciplines lists them, the usual one first.
func Disciplines() []Discipline {
	return []Discipline{HeadStart, LongestWaitFirst, Accumulating, RatioOf, StrictTiers}
}

// ratioMost is how many calls one side of a ratio may have in a row.
const ratioMost = 20

// ParseRatio reads 2:1: so many ordinary calls, then so many favoured ones.
func ParseRatio(text string) (ordinary, favoured int, err error) {
	left, right, ok := strings.Cut(text, ":")
	ordinary, err1 := strconv.Atoi(left)
	favoured, err2 := strconv.Atoi(right)
	if !ok || err1 != nil || err2 != nil || min(ordinary, favoured) < 1 || max(ordinary, favoured) > ratioMost ||
		text != fmt.Sprintf("%d:%d", ordinary, favoured) {
		return 0, 0, fmt.Errorf("%q is no ratio: write 2:1 for two ordinary calls and one favoured, each from 1 to %d", text, ratioMost)
	}
	return ordinary, favoured, nil
}

// rule is how a queue decides who is next; of the empty queue the hall.
func (c *Config) rule(q *Queue) order.Discipline {
	name, ratio, limit := c.Policy.Discipline, c.Policy.Ratio, c.Policy.WaitCap
	if q != nil {
		if q.Discipline != "" {
			name = q.Discipline
		}
		if q.Ratio != "" {
			ratio = q.Ratio
		}
		if q.WaitCap > 0 {
			limit = q.WaitCap
		}
	}
	var by order.Discipline
	switch name {
	case LongestWaitFirst:
		by = order.Arrival{}
	case Accumulating:
		by = order.Accumulating{}
	case StrictTiers:
		by = order.Strict{}
	case RatioOf:
		n, m, err := ParseRatio(ratio)
		if err != nil {
			n, m = 1, 1 // no checked configuration has it
		}
		by = order.Ratio{Ordinary: n, Favoured: m}
	default: // HeadStart
		by = order.HeadStart{}
	}
	if limit > 0 {
		by = order.Cap{Discipline: by, Max: limit}
	}
	return by
}

// own reports whether the queue has anything of a rule of its own.
func (q *Queue) own() bool { return q.Discipline != "" || q.Ratio != "" || q.WaitCap > 0 }

// rules are the hall's as the order of calling sees them, with the turns of today.
func (h *Hall) rules() order.Rules {
	c := h.cfg
	r := order.Rules{Discipline: c.rule(nil), Turns: map[string]int{}}
	for _, s := range c.ClassList() {
		n := order.Class{ID: string(s.ID), Head: s.Head, Tier: s.Tier, Slope: s.Slope, Why: order.PriorityClass}
		if s.ID == Appointment || slices.Equal(s.By, []Giver{GivenByBooking}) {
			n.Why = order.Appointment
		}
		r.Classes = append(r.Classes, n)
	}
	for i := range c.Queues {
		q := &c.Queues[i]
		if q.own() {
			if r.Queues == nil {
				r.Queues = map[string]order.Discipline{}
			}
			r.Queues[string(q.ID)] = c.rule(q)
		}
		if s := h.day.series[q.ID]; s != nil && s.Turn > 0 {
			r.Turns[string(q.ID)] = s.Turn
		}
	}
	return r
}

// checkClasses looks at the classes and at the rules that use them.
func (p *problems) checkClasses(c *Config) {
	var seen ids[Class]
	for i, s := range c.Classes {
		at := fmt.Sprintf("classes[%d]", i)
		take(p, &seen, s.ID, at+".id", idRE, BadID)
		p.name(at+".name", s.Name, true)
		p.name(at+".name_en", s.NameEn, false)
		p.name(at+".evidence", s.Evidence, false)
		p.bound(at+".head", "classes.head", int64(s.Head), true)
		p.bound(at+".tier", "classes.tier", int64(s.Tier), false)
		p.bound(at+".slope", "classes.slope", int64(s.Slope), false)
		for k, g := range s.By {
			if slices.Index(s.By, g) != k {
				p.add(fmt.Sprintf("%s.by[%d]", at, k), ListedTwice, "got", string(g))
				continue
			}
			choice(p, fmt.Sprintf("%s.by[%d]", at, k), g, Givers())
		}
	}
	if _, ok := seen.at[Ordinary]; len(c.Classes) > 0 && !ok {
		p.add("classes", NoOrdinary, "got", string(Ordinary))
	}
	p.rule("policy", c.Policy.Discipline, c.Policy.Ratio, c.Policy.Ratio)
	for i, q := range c.Queues {
		at := fmt.Sprintf("queues[%d]", i)
		p.bound(at+".wait_cap", "queues.wait_cap", int64(q.WaitCap), true)
		ratio := q.Ratio
		if ratio == "" {
			ratio = c.Policy.Ratio
		}
		p.rule(at, q.Discipline, q.Ratio, ratio)
	}
}

// rule checks a discipline and the ratio that stands beside it; inForce is the ratio that it would go by.
func (p *problems) rule(at string, by Discipline, ratio, inForce string) {
	if by != "" {
		choice(p, at+".discipline", by, Disciplines())
	}
	if ratio != "" {
		if _, _, err := ParseRatio(ratio); err != nil {
			p.add(at+".ratio", RatioForm, "got", ratio, "max", strconv.Itoa(ratioMost))
		}
	} else if by == RatioOf && inForce == "" {
		p.add(at+".ratio", Missing)
	}
}
