package rack

import (
	"context"
	"sync"
	"time"

	"halld/devices"
	"halld/devices/port"
)

// live is a line while its port is open: who is on it now.
type live struct {
	l      *line
	ctx    context.Context
	cancel context.CancelFunc
	conn   port.Conn
	at     port.Line     // how the port was opened
	turn   *devices.Turn // of a line that devices may share
	taps   *taps         // nil: the only device has the port for itself

	mu    sync.Mutex
	on    map[*slot]*member
	over  bool  // nobody joins any more
	first error // that ended it
	wg    sync.WaitGroup
}

// member is a device that is on a line.
type member struct {
	stop context.CancelFunc
	gone chan struct{}
	left bool // it was asked to go, so the others stay
}

// carries says whether the line can stay open as it is for these devices.
func (v *live) carries(p plan) bool {
	if len(p.usable) == 0 || p.at != v.at {
		return false
	}
	if v.taps != nil {
		return true
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(p.usable) == 1 && v.on[p.usable[0]] != nil
}

// join takes a device in, unless it is there or the line ends.
func (v *live) join(s *slot) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.over || v.on[s] != nil {
		return
	}
	ctx, stop := context.WithCancel(v.ctx)
	m := &member{stop: stop, gone: make(chan struct{})}
	v.on[s] = m
	v.wg.Go(func() {
		defer close(m.gone)
		defer stop()
		err := v.stay(ctx, s)
		v.mu.Lock()
		defer v.mu.Unlock()
		delete(v.on, s)
		if m.left {
			return
		}
		if v.first == nil {
			v.first = err
		}
		v.cancel() // they share the cable: it is gone for all
	})
}

func (v *live) stay(ctx context.Context, s *slot) error {
	if v.taps == nil {
		return v.l.one(ctx, s, v.l.tap(v.conn, s), v)
	}
	return v.l.again(ctx, s, v)
}

// leave asks a device to go, and returns what ends when it is gone; nil if it is not there.
func (v *live) leave(s *slot) <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	m := v.on[s]
	if m == nil {
		return nil
	}
	m.left = true
	m.stop()
	return m.gone
}

// pace says how often each of the devices is asked for a sign of life.
func (v *live) pace(all []*slot) {
	every := v.l.probeEvery(all)
	v.l.r.mu.Lock()
	defer v.l.r.mu.Unlock()
	for _, s := range all {
		s.every = every
	}
}

// haltTime is how long a device may take to be blanked: those that go with it may be blanked before it.
func (v *live) haltTime() time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	going := 0
	for _, m := range v.on {
		if m.left || v.ctx.Err() != nil {
			going++
		}
	}
	return haltTime + time.Duration(max(0, going-1))*haltEach
}

// wait returns when the line ended and everybody is gone.
func (v *live) wait() error {
	<-v.ctx.Done()
	v.mu.Lock()
	v.over = true
	v.mu.Unlock()
	v.wg.Wait()
	if v.first != nil {
		return v.first
	}
	return v.ctx.Err()
}
