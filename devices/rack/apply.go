package rack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"halld/devices"
)

// ErrStopped says that the rack keeps no devices any more.
var ErrStopped = errors.New("the devices are stopped")

// letGo is how long a change waits for ports that it takes away. After that it goes on: who needs such a port finds it busy and tries again.
const letGo = 3 * time.Second

// Start keeps these devices from now on, until ctx ends. Devices with the same port share a line.
func (r *Rack) Start(ctx context.Context, cfgs []Config) error {
	context.AfterFunc(ctx, r.stop)
	return r.Apply(ctx, cfgs)
}

// Apply changes the set-up to these devices: those that are gone are left blank, changed ones are opened anew, new ones begin, and all others keep their port, their
// driver and what is known of them. A device that cannot be used is a line of health, no error. It returns when what had to go is gone; the context bounds only the
// waiting. Of two calls the later one holds.
func (r *Rack) Apply(ctx context.Context, cfgs []Config) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	if r.ctx.Err() != nil {
		return fmt.Errorf("set devices up: %w", ErrStopped)
	}
	next, fresh, err := r.adopt(cfgs)
	if err != nil {
		return err
	}
	var going []<-chan struct{}
	var after []func()
	for name, l := range r.lines {
		slots, stays := next[name]
		if !stays {
			l.end()
			going = append(going, l.done)
			delete(r.lines, name)
			continue
		}
		gone, then := l.change(slots)
		going, after = append(going, gone...), append(after, then)
	}
	err = r.gone(ctx, going)
	for _, then := range after {
		then()
	}
	for name, l := range fresh {
		r.begins(l)
		r.lines[name] = l
	}
	return err
}

// adopt makes what is known of the devices follow a set-up. It returns the slots of every port, in order, and the lines that are new. Nothing has changed where it
// returns an error.
func (r *Rack) adopt(cfgs []Config) (next map[string][]*slot, fresh map[string]*line, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all, ids := make(map[string]*slot, len(cfgs)), make([]string, 0, len(cfgs))
	next, fresh = map[string][]*slot{}, map[string]*line{}
	for _, c := range cfgs {
		if all[c.ID] != nil {
			return nil, nil, fmt.Errorf("set devices up: %s is set up twice", c.ID)
		}
		l := cmp.Or(r.lines[c.Port], fresh[c.Port])
		if l == nil {
			l = &line{r: r, name: c.Port, done: make(chan struct{})}
			fresh[c.Port] = l
		}
		s := r.all[c.ID]
		if s == nil || !s.cfg.same(c) {
			s = newSlot(c, s)
			s.line = l
		}
		all[c.ID] = s
		ids = append(ids, c.ID)
		next[c.Port] = append(next[c.Port], s)
	}
	for name, l := range fresh {
		l.slots = next[name]
	}
	r.all, r.ids = all, ids // from now on nobody gets a device that goes
	return next, fresh, nil
}

// newSlot makes the place of a device. What was known of it holds on where it is the same thing in the same place.
func newSlot(c Config, was *slot) *slot {
	s := &slot{cfg: c, problems: map[string]devices.Problem{}, said: map[string]bool{}, flutters: map[string]flutter{}}
	if was != nil && was.cfg.Port == c.Port && was.cfg.Profile == c.Profile && was.cfg.Address == c.Address {
		s.seen, s.sent, s.answered, s.witness, s.past = was.seen, was.sent, was.lastAnswer(), was.witness, slices.Clone(was.past)
		for _, p := range was.problems {
			s.past = append(s.past, Past{p, time.Now()})
		}
		s.past = s.past[max(0, len(s.past)-mostPast):]
	}
	return s
}

// same says whether a device is set up the same way.
func (c Config) same(o Config) bool {
	if !maps.Equal(c.Set, o.Set) {
		return false
	}
	return c.ID == o.ID && c.Kind == o.Kind && c.Profile == o.Profile && c.Port == o.Port && c.Window == o.Window && c.Address == o.Address && c.Line == o.Line
}

// gone waits until everything that goes has let go.
func (r *Rack) gone(ctx context.Context, going []<-chan struct{}) error {
	late := time.NewTimer(letGo)
	defer late.Stop()
	for _, g := range going {
		select {
		case <-g:
		case <-ctx.Done():
			return fmt.Errorf("set devices up: did not wait for all that go: %w", ctx.Err())
		case <-r.ctx.Done():
			return fmt.Errorf("set devices up: %w", ErrStopped)
		case <-late.C:
			r.o.Log.Warn("a device that was taken out of the set-up holds its port; who needs the port waits for it", "after", letGo)
			return nil
		}
	}
	return nil
}

// begins keeps a line from now on.
func (r *Rack) begins(l *line) {
	var ctx context.Context
	ctx, l.end = context.WithCancel(r.ctx)
	r.wg.Go(func() {
		defer close(l.done)
		defer l.end()
		l.keep(ctx)
	})
}

// change gives a line other devices. Where the line itself stays as it is, only those that change leave and come; otherwise it is opened anew, and who stays is not
// blanked for it. The channels end when who goes is gone; then is to be called after that.
func (l *line) change(next []*slot) (going []<-chan struct{}, then func()) {
	l.r.mu.Lock()
	was := l.slots
	l.slots = next // an opening that begins now has them
	l.r.mu.Unlock()
	if slices.Equal(was, next) {
		return nil, func() {}
	}
	p := l.plan()
	l.bench.mu.Lock()
	defer l.bench.mu.Unlock()
	switch {
	case l.lent != nil: // nobody of the line is there
		for _, s := range next {
			if !slices.Contains(was, s) {
				l.r.report(s, devices.NewProblem(s.cfg.ID, "on-bench", time.Now()))
			}
		}
		return nil, func() {}
	case l.live != nil && l.live.carries(p):
		return l.exchange(l.live, was, next, p)
	}
	l.r.mu.Lock()
	for _, s := range was {
		s.spared = slices.Contains(next, s)
	}
	l.r.mu.Unlock()
	release, away := l.hold()
	return []<-chan struct{}{away}, release
}

// exchange lets devices leave and come on an open line. The bench is locked.
func (l *line) exchange(v *live, was, next []*slot, p plan) (going []<-chan struct{}, then func()) {
	for _, s := range was {
		if !slices.Contains(next, s) {
			if gone := v.leave(s); gone != nil {
				going = append(going, gone)
			}
		}
	}
	return going, func() {
		l.complain(p)
		v.pace(p.usable)
		for _, s := range p.usable {
			v.join(s)
		}
	}
}

// hold closes the line's port until it is released. The bench is locked.
func (l *line) hold() (release func(), away <-chan struct{}) {
	held, gone := make(chan struct{}), make(chan struct{})
	l.lent, l.away = held, gone
	if l.stop != nil {
		l.stop()
	}
	return func() {
		l.bench.mu.Lock()
		l.lent, l.away = nil, nil
		l.bench.mu.Unlock()
		close(held)
	}, gone
}
