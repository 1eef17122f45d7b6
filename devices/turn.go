package devices

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Turn is the right to speak on a line that devices share: one dialogue at a time, a call before all else, and what only is said again because time passed
// behind all else. Who speaks at leisure leaves the line to others afterwards for as long as he had it. The zero value is free.
type Turn struct {
	mu      sync.Mutex
	taken   bool
	by      haste              // who has it
	since   time.Time          // since when
	rest    [3]time.Time       // by haste: before then nobody speaks so
	waking  time.Time          // when somebody will look whether a rest is over; zero: nobody will
	waiting [3][]chan struct{} // by haste, each in order
	hurry   chan struct{}      // closed when somebody in a hurry begins to wait; nil: nobody asked
	end     time.Time
	owed    time.Time // until then an answer may come that was given up
}

// ErrOvertaken says that what waited for its turn need not be said any more.
var ErrOvertaken = errors.New("something newer is to be said")

// haste is how much what is to be said hurries.
type haste int

const (
	urgent haste = iota
	usual
	leisure
)

// mostRest bounds how long the line is left to others: a dead device that was waited for must not keep it from the living.
const mostRest = 250 * time.Millisecond

// askAgain is how long somebody takes to ask for the turn again.
const askAgain = 2 * time.Millisecond

// Take waits for the turn, for the end of ctx, or until ctx is overtaken.
func (t *Turn) Take(ctx context.Context) error {
	t.mu.Lock()
	line := hasteOf(ctx)
	if !t.taken && (line != leisure || len(t.waiting[leisure]) == 0) && !time.Now().Before(t.rest[line]) {
		t.take(line)
		t.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	t.waiting[line] = append(t.waiting[line], mine)
	if line == urgent && t.hurry != nil {
		close(t.hurry)
		t.hurry = nil
	}
	t.pass() // on a line that rests
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
		t.Give(ctx) // it came just then
	}
	return cmp.Or(ctx.Err(), ErrOvertaken)
}

// Hurried is closed while somebody in a hurry waits for the turn. Who only waits for a device that does not answer anyway gives way to them.
func (t *Turn) Hurried() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting[urgent]) > 0 {
		now := make(chan struct{})
		close(now)
		return now
	}
	if t.hurry == nil {
		t.hurry = make(chan struct{})
	}
	return t.hurry
}

// Give passes the turn on. Who was overtaken while speaking may have to call somebody next: until that can be asked for, the line is kept for calls.
func (t *Turn) Give(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if t.by == leisure {
		t.rest[leisure] = now.Add(min(now.Sub(t.since), mostRest))
	}
	if Overtaken(ctx) {
		t.rest[usual] = now.Add(askAgain)
	}
	t.taken = false
	t.pass()
}

// take notes who speaks now. The lock is held.
func (t *Turn) take(by haste) { t.taken, t.by, t.since = true, by, time.Now() }

// pass gives a free turn to whoever is next. The lock is held.
func (t *Turn) pass() {
	for i, w := range t.waiting {
		if t.taken || len(w) == 0 {
			continue
		}
		if wait := time.Until(t.rest[i]); wait > 0 {
			t.wakeAfter(wait)
			return // behind those who wait longer, too, nobody goes first who hurries less
		}
		t.waiting[i] = w[1:]
		t.take(haste(i))
		close(w[0])
	}
}

// wakeAfter looks again when the rest is over. The lock is held.
func (t *Turn) wakeAfter(wait time.Duration) {
	at := time.Now().Add(wait)
	if !t.waking.IsZero() && !at.Before(t.waking) {
		return
	}
	t.waking = at
	time.AfterFunc(wait, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.waking.Equal(at) {
			t.waking = time.Time{}
		}
		t.pass()
	})
}

// Sent notes that bytes were handed to the line which take so long on the wire, behind those that are still on it.
func (t *Turn) Sent(takes time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if t.end.Before(now) {
		t.end = now
	}
	t.end = t.end.Add(takes)
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

type hasteKey struct{}

// InHurry marks what must overtake all else: somebody is being called.
func InHurry(ctx context.Context) context.Context {
	return context.WithValue(ctx, hasteKey{}, urgent)
}

// AtLeisure marks what can wait: it is shown already, as far as is known.
func AtLeisure(ctx context.Context) context.Context {
	return context.WithValue(ctx, hasteKey{}, leisure)
}

func hasteOf(ctx context.Context) haste {
	if h, marked := ctx.Value(hasteKey{}).(haste); marked {
		return h
	}
	return usual
}

// Urgent says whether ctx is in a hurry.
func Urgent(ctx context.Context) bool { return hasteOf(ctx) == urgent }

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
