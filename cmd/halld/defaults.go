package main

import (
	"cmp"
	"time"

	"halld/queue"
)

func usualPolicy(p queue.Policy) queue.Policy {
	p.RecallLimit, p.MissAfter, p.ReturnAfter = cmp.Or(p.RecallLimit, 5), cmp.Or(p.MissAfter, 3), cmp.Or(p.ReturnAfter, 3)
	p.ReturnLimit, p.HoldLimit, p.LegLimit, p.WarnAt = cmp.Or(p.ReturnLimit, 1), cmp.Or(p.HoldLimit, 3), cmp.Or(p.LegLimit, 6), cmp.Or(p.WarnAt, 90)
	p.UndoMissWithin, p.PriorityHead = cmp.Or(p.UndoMissWithin, 10*time.Minute), cmp.Or(p.PriorityHead, 15*time.Minute)
	p.AppointmentHead, p.UnprovedGrace = cmp.Or(p.AppointmentHead, 10*time.Minute), cmp.Or(p.UnprovedGrace, time.Minute)
	p.FailedGrace, p.RateWithin, p.Overtime, p.OnePerPerson = time.Minute, 3*time.Minute, 4*time.Hour, true
	return p
}
