package wait

import (
	"slices"
	"sync"
	"time"

	"halld/queue"
)

// Live is an estimator that one follows the hall with and everybody asks. Its methods may be called from any goroutine.
type Live struct {
	mu        sync.Mutex
	e         *Estimator
	perPerson time.Duration
}

// NewLive makes one; perPerson is as in New.
func NewLive(perPerson time.Duration) *Live { return &Live{e: New(perPerson), perPerson: perPerson} }

// See takes what was stored next.
func (l *Live) See(events []queue.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range events {
		l.e.See(e)
	}
}

// Anew forgets everything and begins with what load hands over: the events of the latest day. If that fails, nothing is estimated but
// from what comes.
func (l *Live) Anew(load func(see func(queue.Event)) error) error {
	e := New(l.perPerson)
	err := load(e.See)
	if err != nil {
		e = New(l.perPerson)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.e = e
	return err
}

// Estimate says how long somebody waits who has ahead others of a queue before him.
func (l *Live) Estimate(v *queue.View, q queue.QueueID, ahead int) Minutes {
	if v.Day == "" {
		return Minutes{Basis: None}
	}
	open, idle := 0, false
	for i := range v.Windows {
		w := &v.Windows[i]
		if w.State == queue.WindowOpen && slices.Contains(w.Queues, q) {
			open, idle = open+1, idle || w.Ticket == nil
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.e.Of(q, ahead, v.At, open, idle).Minutes()
}

// Over counts those who wait in a queue for longer than d.
func (l *Live) Over(q queue.QueueID, d time.Duration, now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.e.Over(q, d, now)
}
