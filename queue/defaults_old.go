package queue

import "time"

// PersonID is a staff number 工号.
type PersonID string

// Defaults goes with this file: the integrator removes it when the hall file's reader alone has defaults.
func (p Policy) Defaults() Policy {
	set := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	dur := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	set(&p.RecallLimit, 5)
	set(&p.MissAfter, 3)
	set(&p.ReturnAfter, 3)
	set(&p.ReturnLimit, 1)
	dur(&p.UndoMissWithin, 10*time.Minute)
	set(&p.HoldLimit, 3)
	set(&p.LegLimit, 6)
	dur(&p.PriorityHead, 15*time.Minute)
	dur(&p.AppointmentHead, 10*time.Minute)
	dur(&p.UnprovedGrace, 60*time.Second)
	set(&p.WarnAt, 90)
	return p
}
