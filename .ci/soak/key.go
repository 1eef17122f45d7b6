package main

import (
	"fmt"
	"strings"
)

// moment are the places of an answer that say how the hall stands, not what was decided: the description of the API says that a repeated answer has those of the
// moment in which it is given.
var moment = []string{"windows", "wait_basis", "wait_low", "wait_high", "wait_median", "wait_n", "day.id", "day.opened_at", "day.closes_at"}

func ofTheMoment(place string) bool {
	place = strings.TrimPrefix(strings.TrimPrefix(place, "answer."), "ticket.")
	return contains(moment, place) || strings.HasPrefix(place, "queues.") || strings.HasPrefix(place, "kiosks.")
}

// repeat sends a settled command again: the same key answers the same thing, and nothing happens.
func (r *Run) repeat(s Step) *Difference {
	var n int
	if _, err := fmt.Sscanf(s.Args[argOf], "%d", &n); err != nil || r.ops[n] == nil {
		return nil
	}
	was := r.ops[n]
	again := &Op{step: s, cmd: was.cmd, key: was.key}
	r.fig.Repeats++
	r.send(again)
	if again.failed != nil {
		return r.differ(s, "no answer", "%v", again.failed)
	}
	if again.status != was.status || again.code != was.code {
		return r.differ(s, "repeat/"+was.cmd.Verb, "%s\nanswered first  %s\nanswered now    %s", was.step, was.text(), again.text())
	}
	for _, p := range changes(was.body, again.body, "answer") {
		place, _, _ := strings.Cut(p, " ")
		if ofTheMoment(place) {
			continue
		}
		return r.differ(s, "repeat."+place+"/"+was.cmd.Verb, "%s\nanswered first  %s\nanswered now    %s\nat %s", was.step, was.text(), again.text(), p)
	}
	return r.quiet(s)
}

// reuse sends something else under a key that was used: refused, and nothing happens.
func (r *Run) reuse(s Step, op *Op) *Difference {
	var n int
	if _, err := fmt.Sscanf(s.Args[argKeyOf], "%d", &n); err != nil || r.ops[n] == nil {
		return nil
	}
	was := r.ops[n]
	op.key = was.key
	kept, sent := r.used[op.space()]
	if sent && !kept {
		return nil // what can never be right may be remembered, or not
	}
	if !kept { // another token's keys are another's
		r.fig.Commands++
		if r.send(op); op.failed != nil {
			return r.differ(s, "no answer", "%v", op.failed)
		}
		return r.settle(s, []*Op{op})
	}
	r.fig.Repeats++
	r.send(op)
	switch {
	case op.failed != nil:
		return r.differ(s, "no answer", "%v", op.failed)
	case op.code != "key-reused" && (op.ok() || r.decidesOtherwise(op)):
		return r.differ(s, "key-reused/"+op.cmd.Verb, "%s\nwent before with this key; now %s is answered %s", was.step, s, op.text())
	}
	return r.quiet(s)
}

// decidesOtherwise: what is refused before the key is looked at may be refused so.
func (r *Run) decidesOtherwise(op *Op) bool {
	d := r.model.Decide(op.cmd, op.at)
	return !contains(d.Codes, op.code)
}
