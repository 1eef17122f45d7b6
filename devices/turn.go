package devices

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Turn is the right to speak on a line that devices share: one dialogue at a time, a call before a refresh. The zero value is free.
type Turn struct {
	mu      sync.Mutex
	taken   bool
	waiting [2][]chan struct{} // those in a hurry, the others; each in order
	hurry   chan struct{}      // closed when somebody in a hurry begins to wait; nil: nobody asked
	end     time.Time
	owed    time.Time // until then an answer may come that was given up
}

// ErrOvertaken says that what waited for its turn need not be said any more.
var ErrOvertaken = errors.New("something newer is to be said")

// Take waits for the turn, for the end of ctx, or until ctx is overtaken.
func (t *Turn) Take(ctx context.Context) error {
	t.mu.Lock()
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return nil
	}
	line := 1
	if Urgent(ctx) {
		line = 0
	}
	mine := make(chan struct{})
	t.waiting[line] = append(t.waiting[line], mine)
	if line == 0 && t.hurry != nil {
		close(t.hurry)
		t.hurry = nil
	}
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	case <-newer(ctx):
	}
	t.mu.Lock()
	i := slices.Index(t.waiting[line], mine)
	if i >= 0 {
		t.waiting[line] = slices.Delete(t.waiting[line], i, i+1)
	}
	t.mu.Unlock()
	if i < 0 {
		t.Give() // it came just then
	}
	return cmp.Or(ctx.Err(), ErrOvertaken)
}

// Hurried is closed while somebody in a hurry waits for the turn. Who only waits for a device that does not answer anyway gives way to them.
func (t *Turn) Hurried() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting[0]) > 0 {
		now := make(chan struct{})
		close(now)
		return now
	}
	if t.hurry == nil {
		t.hurry = make(chan struct{})
	}
	return t.hurry
}

// Give passes the turn on.
func (t *Turn) Give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, w := range t.waiting {
		if len(w) > 0 {
			t.waiting[i] = w[1:]
			close(w[0])
			return
		}
	}
	t.taken = false
}

// Sent notes when the last byte will be off the wire.
func (t *Turn) Sent(end time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = end
}

// End is when the last byte is off the wire.
func (t *Turn) End() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.end
}

// Owe notes that somebody was asked whose answer may come until a moment, and is not waited for any more.
func (t *Turn) Owe(until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if until.After(t.owed) {
		t.owed = until
	}
}

// Owed is until when an answer that names nobody may be a late one to somebody else.
func (t *Turn) Owed() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.owed
}

type urgency struct{}

// InHurry marks what must overtake refreshes: somebody is being called.
func InHurry(ctx context.Context) context.Context { return context.WithValue(ctx, urgency{}, true) }

// Urgent says whether ctx is in a hurry.
func Urgent(ctx context.Context) bool { return ctx.Value(urgency{}) != nil }

type overtaking struct{}

// UntilNewer marks what need not be said any more once something newer is to be said, if it still waits for its turn then: what is on the wire is finished.
func UntilNewer(ctx context.Context, newer <-chan struct{}) context.Context {
	return context.WithValue(ctx, overtaking{}, newer)
}

func newer(ctx context.Context) <-chan struct{} {
	c, _ := ctx.Value(overtaking{}).(<-chan struct{})
	return c
}

// Overtaken says whether something newer than ctx is to be said.
func Overtaken(ctx context.Context) bool {
	select {
	case <-newer(ctx):
		return true
	default:
		return false
	}
}
