package engine

import (
	"fmt"
	"time"
)

// Pauses between two attempts to get the store back.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 5 * time.Second
)

// lookEvery is how often a store that can be looked at is: what happens to its files is known in half a second.
const lookEvery = 500 * time.Millisecond

// looking returns when to look at the store; never, if it cannot be looked at.
func (e *Engine) looking() (<-chan time.Time, func()) {
	if _, ok := e.store.(Checker); !ok {
		return nil, func() {}
	}
	t := time.NewTicker(lookEvery)
	return t.C, t.Stop
}

// check looks at the store, and holds the hall up while it is not well.
func (e *Engine) check() {
	if err := e.store.(Checker).Check(); err != nil {
		e.rebuild(fmt.Errorf("%w: %w", ErrNotKnown, err))
	}
}

// rebuild throws memory away and loads the hall from the store, however long that takes. A commit that failed can come back after a
// crash until another one succeeded, so the store is marked before it is read. Meanwhile commands are refused with ErrNotKnown.
func (e *Engine) rebuild(fault error) {
	e.stats.faults.Add(1)
	e.faulty.Store(true)
	e.log.Error("the store failed; the hall is rebuilt from it", "err", fault)
	e.onFault(fault)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := e.reload()
		if err == nil {
			break
		}
		e.log.Error("the store still fails", "err", err, "next_attempt_in", pause)
		if !e.refuseFor(pause, err) {
			e.closeErr = fmt.Errorf("close the hall: the store never came back: %w", err)
			e.sinceCheck = 0 // memory is not what the store has: no checkpoint of it
			return
		}
	}
	e.stats.rebuilds.Add(1)
	e.faulty.Store(false)
	e.log.Info("the store works again; the hall is rebuilt", "seq", e.hall.Seq())
	e.onFault(nil)
}

func (e *Engine) reload() error {
	if err := e.store.Mark(); err != nil {
		return fmt.Errorf("mark the store: %w", err)
	}
	hall, replayed, err := e.store.Load()
	if err != nil {
		return err
	}
	e.hall, e.sinceCheck = hall, replayed
	view := hall.View()
	e.view.Store(view)
	e.listeners.restart(view) // the batch may have been stored after all, and nobody was told of it
	return nil
}

// refuseFor answers whoever asks while the store is away, for as long as pause. It returns false when the engine is to close.
func (e *Engine) refuseFor(pause time.Duration, cause error) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		e.beat.Store(time.Now().UnixNano())
		select {
		case r := <-e.requests:
			if r.reply != nil {
				r.reply <- reply{err: fmt.Errorf("%w: the store is away, nothing is taken until it is back: %w", ErrNotKnown, cause)}
			}
		case look := <-e.looks:
			look(nil) // whoever asks is told at once: memory is not what the store has
		case <-timer.C:
			return true
		case <-e.closing:
			return false
		}
	}
}
