package rack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"halld/devices"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/wire"
)

// line is a port and the devices that hang on it: one on a line of its own, or several on a bus.
type line struct {
	r     *Rack
	name  string
	slots []*slot // as set up; the rack's lock guards them
	end   context.CancelFunc
	done  chan struct{} // closed when it has ended

	log wire.Log
	bench
}

// keep opens the port again and again until the context ends.
func (l *line) keep(ctx context.Context) {
	wait := retryFirst
	for ctx.Err() == nil {
		once, ok := l.free(ctx) // ends early when the bench wants the port, or wants it opened anew
		if !ok {
			continue
		}
		p := l.plan()
		l.complain(p)
		conn, err := l.open(once, p)
		if err == nil {
			begun := time.Now()
			err = l.run(once, conn, p)
			_ = conn.Close() // it is given up either way
			if time.Since(begun) >= steady {
				wait = retryFirst
			}
		}
		if ctx.Err() != nil {
			return
		}
		if once.Err() != nil {
			continue
		}
		for _, s := range p.usable {
			l.r.begin(s, code(err), err)
		}
		select {
		case <-once.Done():
		case <-time.After(wait):
		}
		wait = min(wait*2, retryLast)
	}
}

// plan is who can be on a line, and how its port is opened for them.
type plan struct {
	usable []*slot
	wrong  map[*slot]error // why the others cannot be
	last   error           // of them
	at     port.Line
}

// members are the devices of the line as it is set up now.
func (l *line) members() []*slot {
	l.r.mu.Lock()
	defer l.r.mu.Unlock()
	return l.slots
}

// plan looks which profiles can be used, and together.
func (l *line) plan() plan {
	var first *profile.Profile
	var lead *slot
	out := plan{wrong: map[*slot]error{}}
	for _, s := range l.members() {
		p, err := l.profile(s)
		if err == nil {
			err = misfit(p, s.cfg)
		}
		switch {
		case err != nil:
		case first == nil:
			first, lead = p, s
		case p.Line.Baud != first.Line.Baud || p.Line.Format != first.Line.Format || p.Driver != "described" || first.Driver != "described":
			err = fmt.Errorf("%w: %s (%s) and %s (%s) cannot share %s: a bus has one speed, and only described devices wait for their turn", errProfile,
				lead.cfg.ID, first.ID, s.cfg.ID, p.ID, l.name)
		case !l.samePort(first, p):
			err = fmt.Errorf("%w: %s (%s) listens on TCP port %d, %s (%s) on %d; write the port number behind %s", errProfile,
				lead.cfg.ID, first.ID, first.Line.TCP, s.cfg.ID, p.ID, p.Line.TCP, l.name)
		}
		if err != nil {
			out.wrong[s], out.last = err, err
			continue
		}
		out.usable = append(out.usable, s)
	}
	if first != nil {
		out.at = port.Line{Baud: first.Line.Baud, Format: first.Line.Format, Flow: first.Line.Flow, RS485: lead.cfg.Line.RS485,
			TCP: first.Line.TCP, PerJob: first.Printer != nil && first.Printer.TCP.PerJob}
	}
	return out
}

// complain says of the devices that cannot be used why.
func (l *line) complain(p plan) {
	for s, err := range p.wrong {
		l.r.begin(s, code(err), err)
	}
}

// open opens the port for the devices that can be used.
func (l *line) open(ctx context.Context, p plan) (port.Conn, error) {
	if len(p.usable) == 0 {
		return nil, p.last
	}
	return port.Open(ctx, l.name, p.at)
}

// misfit says what is wrong with a device whose profile is of another kind, or that has no window to show or to serve.
func misfit(p *profile.Profile, c Config) error {
	if c.Kind == "" {
		return nil // the bench's, which tries a profile
	}
	window := ""
	if c.Window > 0 {
		window = strconv.Itoa(c.Window)
	}
	for _, m := range p.Misfits(c.Kind, window) {
		return m
	}
	return nil
}

// samePort says whether both profiles make the same port of the line's name: they may give the number that it leaves out.
func (l *line) samePort(a, b *profile.Profile) bool {
	x, err1 := port.Whole(l.name, a.Line.TCP)
	y, err2 := port.Whole(l.name, b.Line.TCP)
	return x == y && (err1 == nil) == (err2 == nil) // where both lack one, opening says so
}

func (l *line) profile(s *slot) (*profile.Profile, error) {
	p, err := l.r.o.Profiles.Get(s.cfg.Profile)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errProfile, err)
	}
	if l.r.o.Openers[p.Driver] == nil {
		return nil, fmt.Errorf("%w: there is no driver %q", errProfile, p.Driver)
	}
	own := *p
	own.Line.Baud = cmp.Or(s.cfg.Line.Baud, p.Line.Baud)
	own.Line.Format = cmp.Or(s.cfg.Line.Format, p.Line.Format)
	if own.Line.Flow = cmp.Or(s.cfg.Line.Flow, p.Line.Flow); own.Line.Flow == "none" {
		own.Line.Flow = ""
	}
	return own.At(l.name), nil // drivers reckon with the line as it is
}

// run drives the devices of an open port until it hangs up or the context ends.
func (l *line) run(ctx context.Context, conn port.Conn, p plan) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	v := &live{l: l, ctx: ctx, cancel: cancel, conn: conn, at: p.at, on: map[*slot]*member{}}
	if len(p.usable) > 1 {
		v.turn, v.taps = new(devices.Turn), share(l.tap(conn, nil))
	}
	v.pace(p.usable)
	for _, s := range p.usable {
		v.join(s)
	}
	l.bench.mu.Lock()
	l.live = v // from now on a change of the set-up may leave it open
	l.bench.mu.Unlock()
	err := v.wait()
	l.bench.mu.Lock()
	l.live = nil
	l.bench.mu.Unlock()
	return err
}

// probeEvery is how often each device of the line is asked for a sign of life: often, but all of them together take at most half of the line's time.
func (l *line) probeEvery(usable []*slot) time.Duration {
	p, err := l.profile(usable[0])
	if err != nil || len(usable) == 1 {
		return probeEvery
	}
	const frames = 2 * 32 // a question and an answer are about so many bytes
	cost := p.Line.Gap() + p.Line.Wire(frames) + frames*time.Duration(p.Line.ByteMS)*time.Millisecond
	return max(probeEvery, 2*time.Duration(len(usable))*cost)
}

func (l *line) one(ctx context.Context, s *slot, p devices.Port, v *live) error {
	prof, err := l.profile(s)
	if err != nil {
		return err
	}
	r, turn := l.r, v.turn
	report := r.enter(s)
	defer r.leave(s)
	dev, err := r.o.Openers[prof.Driver](ctx, p, devices.Setting{ID: s.cfg.ID, Profile: prof, Window: s.cfg.Window, Address: s.cfg.Address, Set: s.cfg.Set, Log: r.o.Log, Turn: turn,
		Report: report, Input: r.o.Input,
		Read: r.o.Read, Pseudonym: r.o.Pseudonym, Heard: func() { r.heard(s) },
		Proved: func(job string, proof devices.Proof) { r.o.Proved(s.cfg.ID, job, proof) }})
	if errors.Is(err, port.ErrBusy) || errors.Is(err, port.ErrDenied) || errors.Is(err, port.ErrHangup) || devices.ProblemOf(err) != "" {
		return err // the cable's fault, found when it was first used
	}
	if err != nil {
		r.begin(s, "bad-profile", err)
		if turn == nil {
			return fmt.Errorf("%w: %w", errProfile, err)
		}
		<-ctx.Done() // the others on the line go on
		return ctx.Err()
	}
	r.mu.Lock()
	s.port, s.turn = p, turn
	r.mu.Unlock()
	err = r.watch(ctx, s, dev)
	r.mu.Lock()
	s.answered = s.lastAnswer()
	s.dev, s.port, s.turn = nil, nil, nil // nobody shows anything behind the Halt
	spared := s.spared
	r.mu.Unlock()
	if errors.Is(err, context.Canceled) && !spared {
		halt, cancel := context.WithTimeout(context.WithoutCancel(ctx), v.haltTime())
		_ = dev.Halt(halt) // leaving: a board that cannot be blanked now will not be
		cancel()
	}
	return err
}

// tap is one device's ear on a shared line. All hear everything; who speaks, and when, is decided by the turn.
type tap struct {
	conn  devices.Port
	write *sync.Mutex

	mu       sync.Mutex
	heard    []byte
	deadline time.Time
	wake     chan struct{} // holds one token while there is something to look at
	err      error
}

// mostHeard bounds what a device that does not read can hold back.
const mostHeard = 1 << 16

// share makes ears on a port. They end when the port is closed.
func share(conn devices.Port) *taps {
	taps := &taps{conn: conn, ears: map[*slot]*tap{}}
	go func() {
		buf := make([]byte, 512)
		_ = conn.SetReadDeadline(time.Time{}) // a port that refuses fails at the Read below
		for {
			n, err := conn.Read(buf)
			taps.hear(buf[:n], err)
			if ended(err) {
				return
			}
		}
	}()
	return taps
}

// ended says whether an error of a port is its end.
func ended(err error) bool { return err != nil && !errors.Is(err, os.ErrDeadlineExceeded) }

func (t *tap) hear(b []byte, err error) {
	t.mu.Lock()
	t.heard = append(t.heard, b...)
	if over := len(t.heard) - mostHeard; over > 0 {
		t.heard = t.heard[over:]
	}
	if ended(err) {
		t.err = err
	}
	t.mu.Unlock()
	t.poke()
}

func (t *tap) poke() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Read returns what the line brought. It ends at the deadline, and when the line hangs up.
func (t *tap) Read(b []byte) (int, error) {
	for {
		t.mu.Lock()
		n := copy(b, t.heard)
		t.heard = t.heard[n:]
		err, deadline := t.err, t.deadline
		t.mu.Unlock()
		switch {
		case n > 0:
			return n, nil
		case err != nil:
			return 0, err
		case deadline.IsZero():
			<-t.wake
			continue
		}
		timer := time.NewTimer(time.Until(deadline))
		select {
		case <-t.wake:
			timer.Stop()
		case <-timer.C:
			return 0, os.ErrDeadlineExceeded
		}
	}
}

// Write sends a frame whole. A driver that was given up says nothing any more.
func (t *tap) Write(b []byte) (int, error) {
	t.write.Lock()
	defer t.write.Unlock()
	t.mu.Lock()
	err := t.err
	t.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return t.conn.Write(b)
}

// SetReadDeadline ends a Read under way at a moment; zero: never.
func (t *tap) SetReadDeadline(at time.Time) error {
	t.mu.Lock()
	t.deadline = at
	t.mu.Unlock()
	t.poke()
	return nil
}

// Close leaves the cable to the others.
func (t *tap) Close() error {
	t.hear(nil, os.ErrClosed)
	return nil
}
