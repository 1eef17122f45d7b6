package engine

import (
	"sync"

	"halld/queue"
)

// remembered is how many events back a listener can resume without a fresh start.
const remembered = 2048

// Told is what a listener hears: events in the order of their Seq, and the hall after the last of them.
//
// The first Told comes at once. It holds the events after the Seq the listener asked for, if the engine still remembers all of them;
// otherwise Events is empty and View is where to start afresh. Every later one goes on without a gap.
type Told struct {
	Events []queue.Event
	View   *queue.View
	Anew   bool // of Follow: what was told before counts no more, start from View; Events is empty
}

// Listener hears what is stored. A listener that falls behind by more than its buffer is dropped: C is closed, and it may listen
// again from the last Seq it handled.
type Listener struct {
	C    <-chan Told
	c    chan Told
	from *listeners
}

// Close ends the listening and closes C. It may be called more than once and after a drop.
func (l *Listener) Close() {
	l.from.mu.Lock()
	defer l.from.mu.Unlock()
	l.from.drop(l)
}

// listeners are all who listen, and what was told to them last.
type listeners struct {
	mu     sync.Mutex
	all    map[*Listener]struct{}
	view   *queue.View   // as last told
	recent []queue.Event // the last ones told, ending at view.Seq; trimmed when twice as long as remembered
	closed bool
	drops  uint64
}

func (ls *listeners) start(view *queue.View) {
	ls.all = make(map[*Listener]struct{})
	ls.view = view
}

// Listen starts listening after the event numbered after; buffer is how many batches may wait unread, at least 1. After Close of the
// engine C is closed at once.
func (e *Engine) Listen(after uint64, buffer int) *Listener {
	c := make(chan Told, max(buffer, 1)+1) // one more for the first
	l := &Listener{C: c, c: c, from: &e.listeners}
	ls := &e.listeners
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.closed {
		close(c)
		return l
	}
	ls.all[l] = struct{}{}
	c <- Told{Events: ls.since(after), View: ls.view}
	return l
}

// since returns the remembered events after a Seq, or nil if some of them are no longer remembered.
func (ls *listeners) since(after uint64) []queue.Event {
	if len(ls.recent) == 0 || after >= ls.view.Seq {
		return nil
	}
	first := ls.recent[0].Seq
	if after+1 < first {
		return nil
	}
	return ls.recent[after+1-first : len(ls.recent) : len(ls.recent)]
}

// tell hands a batch to everybody and waits for nobody.
func (ls *listeners) tell(t Told) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.view = t.View
	if len(ls.recent)+len(t.Events) > 2*remembered {
		keep := min(len(ls.recent), max(remembered-len(t.Events), 0))
		ls.recent = append(make([]queue.Event, 0, 2*remembered), ls.recent[len(ls.recent)-keep:]...) // slices handed out stay as they are
	}
	ls.recent = append(ls.recent, t.Events...)
	for l := range ls.all {
		select {
		case l.c <- t:
		default:
			ls.drops++
			ls.drop(l)
		}
	}
}

// restart forgets what was told and drops everybody: after a rebuild the hall may hold events that nobody was told of.
func (ls *listeners) restart(view *queue.View) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.view, ls.recent = view, nil
	for l := range ls.all {
		ls.drop(l)
	}
}

func (ls *listeners) close() {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.closed = true
	for l := range ls.all {
		ls.drop(l)
	}
}

// drop closes a listener; mu is held.
func (ls *listeners) drop(l *Listener) {
	if _, ok := ls.all[l]; ok {
		delete(ls.all, l)
		close(l.c)
	}
}
