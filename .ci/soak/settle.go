package main

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"soak/oracle"
)

// patience is how long an event may be on its way over the live push after its answer.
const patience = 10 * time.Second

// settle finds one order in which the model gives every answer and every event. Events have their order; each answer has a place between
// what was answered before it was sent and what was sent after it was answered. What came without being asked for must be something that
// happens by itself.
func (r *Run) settle(s Step, ops []*Op) *Difference {
	deadline := time.Now().Add(patience)
	for _, op := range ops {
		if err := r.live.wait(time.Until(deadline), func() bool { return r.live.last() >= op.seq() }); err != nil {
			if errors.Is(err, errLate) {
				return r.differ(op.step, "never told", "%s\nhalld: %s\nand the live push stays at event %d", op.step, op.text(), r.live.Last())
			}
			return r.differ(s, "live", "%v", err)
		}
	}
	for {
		seq := r.live.Last()
		d, wait := r.order(s, ops)
		if d != nil {
			return d
		}
		if wait == "" {
			return nil
		}
		err := r.live.wait(time.Until(deadline), func() bool { return r.live.last() > seq })
		if err != nil && !errors.Is(err, errLate) {
			return r.differ(s, "live", "%v", err)
		}
		if err != nil {
			return r.differ(s, "never told", "%s", wait)
		}
	}
}

// order goes as far as the events that were heard allow. wait says for what it waits.
func (r *Run) order(s Step, ops []*Op) (d *Difference, wait string) {
	for {
		r.placeQuiet(ops)
		events := r.live.since(r.model.Seq)
		if len(events) == 0 {
			break
		}
		op, n := r.owner(ops, events)
		if op != nil {
			if late := r.missedPlace(ops, op); late != nil {
				return r.unexplained(late), ""
			}
			if d := r.takeOp(op, events[:n], len(ops) == 1); d != nil {
				return d, ""
			}
			continue
		}
		e := events[0]
		err := r.model.Alone(e)
		if err == nil {
			if err = r.model.Apply(e); err != nil {
				return r.differ(s, "event/"+e.Kind, "%v", err), ""
			}
			continue
		}
		if part := r.partOf(ops, events); part != nil {
			return nil, fmt.Sprintf("the rest of %s after %s", part.step, e)
		}
		return r.stranger(s, ops, e, err), ""
	}
	for _, op := range ops {
		if op.settled || !eligible(ops, op) { // of those that are left, the first one is what went wrong
			continue
		}
		if op.ok() {
			dec := r.model.Decide(op.cmd, op.at)
			if !dec.Done && len(r.live.since(r.model.Seq)) == 0 && op.seq() <= r.model.Seq && op.seq() != 0 {
				return r.differ(op.step, "answer/"+op.cmd.Verb, "%s\nright: %s\nhalld: %s", op.step, dec, op.text()), ""
			}
			return nil, fmt.Sprintf("%s\nright: %s\nhalld: %s, and no event that fits", op.step, dec, op.text())
		}
		return r.unexplained(op), ""
	}
	return nil, ""
}

// eligible: everything that was answered before this was sent is placed already.
func eligible(ops []*Op, op *Op) bool {
	return !slices.ContainsFunc(ops, func(o *Op) bool { return o != op && !o.settled && o.got < op.sent })
}

// firstOf is the command that waits for no other.
func firstOf(ops []*Op) *Op {
	for _, op := range ops {
		if !op.settled && eligible(ops, op) {
			return op
		}
	}
	return nil
}

// placeQuiet places what changed nothing: refusals, and acts that found everything done.
func (r *Run) placeQuiet(ops []*Op) {
	for again := true; again; {
		again = false
		for _, op := range ops {
			if op.settled || op.heard > r.model.Seq || !eligible(ops, op) {
				continue
			}
			dec := r.model.Decide(op.cmd, op.at)
			switch {
			case !op.ok() && contains(dec.Codes, op.code):
			case op.ok() && dec.Done && op.seq() >= r.model.Seq && oracle.Match(dec.Facts, nil) == 0 && !r.follows(op, dec):
				r.model.Did(op.cmd, nil)
			default:
				continue
			}
			if !op.ok() {
				r.fig.Refusals++
			}
			r.finish(op)
			again = true
		}
	}
}

// follows: the event that the answer names is the command's own, so it did change something.
func (r *Run) follows(op *Op, dec oracle.Decision) bool {
	n := op.seq() - r.live.begin
	r.live.mu.Lock()
	defer r.live.mu.Unlock()
	if op.seq() <= r.model.Seq || n == 0 || n > uint64(len(r.live.events)) {
		return false
	}
	return slices.ContainsFunc(dec.Facts, func(f oracle.Fact) bool { return f.Fits(r.live.events[n-1]) })
}

func (r *Run) finish(op *Op) {
	op.settled = true
	r.used[op.space()] = r.used[op.space()] || op.ok() || op.status == http.StatusConflict
	r.placed = append(r.placed, fmt.Sprintf("  at %d, sent %d, answered %d: %s → %s", r.model.Seq, op.sent, op.got, op.step, op.text()))
	r.ops[op.step.N] = op
}

// owner finds the command whose facts the next events are; of several the one with the fewest, because a closing day takes all kinds in.
func (r *Run) owner(ops []*Op, events []oracle.Event) (own *Op, most int) {
	for _, op := range ops {
		if op.settled || !op.ok() || !eligible(ops, op) {
			continue
		}
		dec := r.model.Decide(op.cmd, events[0].At)
		if !dec.Done {
			continue
		}
		n := oracle.Match(dec.Facts, events)
		if n > 0 && op.names(events[:n]) && (own == nil || n < most) {
			own, most = op, n
		}
	}
	return own, most
}

// names says whether the answer speaks of these events.
func (o *Op) names(events []oracle.Event) bool {
	if seq := o.seq(); seq != 0 && seq != events[len(events)-1].Seq {
		return false
	}
	id, _ := o.body["id"].(string)
	if id == "" {
		return true
	}
	return slices.ContainsFunc(events, func(e oracle.Event) bool { return e.Str("ticket") == id })
}

// partOf: the first event belongs to a command whose other events are still on their way.
func (r *Run) partOf(ops []*Op, events []oracle.Event) *Op {
	for _, op := range ops {
		if op.settled || !op.ok() {
			continue
		}
		dec := r.model.Decide(op.cmd, events[0].At)
		if dec.Done && len(dec.Facts) > len(events) && slices.ContainsFunc(dec.Facts, func(f oracle.Fact) bool { return f.Fits(events[0]) }) {
			return op
		}
	}
	return nil
}

// missedPlace finds a command that had to be placed before this one and was not.
func (r *Run) missedPlace(ops []*Op, op *Op) *Op {
	for _, o := range ops {
		if o != op && !o.settled && o.got < op.sent {
			return o
		}
	}
	return nil
}

// unexplained: there is no place where the model gives this answer.
func (r *Run) unexplained(op *Op) *Difference {
	return r.differ(op.step, "answer/"+op.cmd.Verb, "%s\nright: %s\nhalld: %s", op.step, r.model.Decide(op.cmd, op.at), op.text())
}

// stranger: an event that belongs to no command as the model decides it.
func (r *Run) stranger(s Step, ops []*Op, e oracle.Event, err error) *Difference {
	for _, op := range ops {
		id, _ := op.body["id"].(string)
		if !op.settled && op.ok() && (op.seq() == e.Seq || id != "" && id == e.Str("ticket") || e.Str("window") != "" && e.Str("window") == op.cmd.Get("window")) {
			if first := firstOf(ops); first != op && !eligible(ops, op) {
				return r.unexplained(first)
			}
			text := fmt.Sprintf("%s\nright: %s\nhalld: %s\nwith event %s", op.step, r.model.Decide(op.cmd, e.At), op.text(), e)
			if op.cmd.Verb == "call" {
				text += "\nwaiting:" + r.model.Standing(r.model.Seats[op.cmd.Get("window")].Queues...)
			}
			return &Difference{Kind: "answer/" + op.cmd.Verb, Text: text, Step: op.step.N}
		}
	}
	text := ""
	for _, op := range ops {
		if !op.settled {
			text += fmt.Sprintf("\n%s\nright: %s\nhalld: %s", op.step, r.model.Decide(op.cmd, e.At), op.text())
		}
	}
	for _, e := range r.live.since(r.model.Seq) {
		text += fmt.Sprintf("\nevent %s", e)
	}
	return r.differ(s, "event/"+e.Kind, "%v%s", err, text)
}

// takeOp applies the events of a command and holds its answer against the model.
func (r *Run) takeOp(op *Op, events []oracle.Event, alone bool) *Difference {
	var wrong map[string]string
	if events[0].Kind == "ticket.called" {
		wrong = r.reasons(op, events[0])
	}
	for _, e := range events {
		if err := r.model.Apply(e); err != nil {
			return r.differ(op.step, "event/"+e.Kind, "%s\n%v", op.step, err)
		}
		switch e.Kind {
		case "ticket.issued":
			r.made[op.step.N] = e.Str("ticket")
		case "ticket.transferred":
			r.made[op.step.N] = e.Str("next")
		}
	}
	r.model.Did(op.cmd, events)
	r.finish(op)
	for _, place := range slices.Sorted(maps.Keys(wrong)) {
		if id, ok := knownAt(place); ok {
			r.fig.Known[id]++
			continue
		}
		return r.differ(op.step, place, "%s\n%s", op.step, wrong[place])
	}
	if !alone {
		return nil
	}
	return r.checkAnswer(op, events)
}

// checkAnswer compares the body of an answer with the model right after its command.
func (r *Run) checkAnswer(op *Op, events []oracle.Event) *Difference {
	diffs := r.answerDiffs(op, events)
	if len(diffs) > 0 && !r.world.Exact { // something may have happened by itself before the answer was written
		_ = r.live.wait(100*time.Millisecond, func() bool { return r.live.last() > r.model.Seq }) // nothing more is an answer, too
		for _, e := range r.live.since(r.model.Seq) {
			if r.model.Alone(e) != nil || r.model.Apply(e) != nil {
				break
			}
		}
		diffs = r.answerDiffs(op, events)
	}
	if op.again {
		diffs = slices.DeleteFunc(diffs, func(d oracle.Diff) bool { return ofTheMoment(d.At) })
	}
	text := op.text()
	if t := r.model.Find(fmt.Sprint(op.body["id"])); t != nil && len(diffs) > 0 {
		text += "\nwaiting:" + r.model.Standing(t.Queue)
	}
	return r.report(op.step, "answer/"+op.cmd.Verb, diffs, text)
}

func (r *Run) answerDiffs(op *Op, events []oracle.Event) []oracle.Diff {
	id := ""
	for _, e := range events {
		if e.Kind != "band.warned" && e.Kind != "band.extended" {
			id = e.Str("ticket")
			break
		}
	}
	t := r.model.Find(id)
	switch {
	case op.cmd.Verb == "day-open":
		return oracle.Compare(oracle.V{"service_day": r.model.Day}, op.body, "day", "answer")
	case op.cmd.Verb == "day-close":
		return oracle.Compare(oracle.V{"service_day": ""}, op.body, "day", "answer")
	case oracle.AtWindow(op.cmd.Verb):
		out := oracle.Compare(r.model.ViewWindow(r.model.Seats[op.cmd.Get("window")]), op.body["window"], "window", "answer.window")
		if t != nil {
			if op.body["ticket"] == nil {
				out = append(out, oracle.Diff{Path: op.cmd.Verb + ".ticket", Text: "the answer must show ticket " + t.Number + ", on which was acted, and shows none"})
			} else {
				out = append(out, oracle.Compare(r.model.ViewTicket(t), op.body["ticket"], "ticket", "answer.ticket")...)
			}
		}
		return out
	case t != nil:
		return oracle.Compare(r.model.ViewTicket(t), op.body, "ticket", "answer")
	}
	return nil
}

// report makes a difference of what is not known.
func (r *Run) report(s Step, kind string, diffs []oracle.Diff, text string) *Difference {
	var lines []string
	first := ""
	for _, d := range diffs {
		if id, ok := knownAt(d.Path); ok {
			r.fig.Known[id]++
			continue
		}
		if first == "" {
			first = d.Path
		}
		lines = append(lines, d.Text)
	}
	if len(lines) == 0 {
		return nil
	}
	if text != "" {
		text = "\nhalld: " + text
	}
	return r.differ(s, kind+": "+first, "%s\n%s%s", s, strings.Join(lines, "\n"), text)
}

// reasons says what is wrong with the reason of a call, before it is applied, by the place of the difference.
func (r *Run) reasons(op *Op, e oracle.Event) map[string]string {
	t := r.model.Find(e.Str("ticket"))
	if t == nil || op.cmd.Verb != "call" {
		return nil
	}
	out := map[string]string{}
	all := r.model.Seats[op.cmd.Get("window")].Queues
	why := r.model.Why(t, op.cmd, all...)
	if got := e.Str("why"); why != "" && got != why {
		out["call.why"] = fmt.Sprintf("the reason of the call of %s: right is %s, halld says %s", t.Number, why, got)
	}
	over := r.model.Overtakes(t, all...)
	if got := e.Num("overtook"); !t.Returned && got != over {
		out["call.overtook"] = fmt.Sprintf("the call of %s passed over %d with an earlier place, halld says %d", t.Number, over, got)
	}
	return out
}
