package rack

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"halld/devices"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/wire"
)

// What the bench can be told. Errors of this file wrap one of them, or come from the device.
var (
	ErrUnknown = errors.New("there is no such device")
	ErrAway    = errors.New("the device is away")
	ErrCannot  = errors.New("the device cannot do that")
	ErrLent    = errors.New("the port is on the bench already")
)

// mostPast is how many problems that are over a device remembers.
const mostPast = 20

// Past is a problem that is over.
type Past struct {
	devices.Problem
	Ended time.Time `json:"ended"`
}

// bench is a line's part in what a technician does with it.
type bench struct {
	mu   sync.Mutex
	stop context.CancelFunc // ends the present opening
	lent chan struct{}      // closed when the port comes back from the bench; nil: it is here
	away chan struct{}      // closed when the line has let go of its lent port

	live   *live             // while the port is open
	single map[*slot]opening // of devices that share the line: what opens one of them anew
}

// free waits while the port is on the bench. It returns the context of the next opening.
func (l *line) free(ctx context.Context) (context.Context, bool) {
	l.bench.mu.Lock()
	lent, away := l.lent, l.away
	if lent == nil {
		if l.stop != nil {
			l.stop()
		}
		var once context.Context
		once, l.stop = context.WithCancel(ctx)
		l.bench.mu.Unlock()
		return once, true
	}
	l.bench.mu.Unlock()
	close(away)
	select {
	case <-ctx.Done():
	case <-lent:
	}
	return nil, false
}

// tap notes everything that goes over a port. On a line of its own all of it is the device's; on a bus nobody knows whose what arrives is.
func (l *line) tap(conn devices.Port, s *slot) devices.Port {
	return &wire.Tap{Port: conn, Note: func(out bool, b []byte) {
		if s == nil {
			if !out { // what goes out is noted where it is known who speaks
				l.note(nil, false, b)
			}
			return
		}
		l.note(s, out, b)
	}}
}

func (l *line) tapWrites(p devices.Port, s *slot) devices.Port {
	return &wire.Tap{Port: p, Note: func(out bool, b []byte) {
		if out {
			l.note(s, true, b)
		}
	}}
}

func (l *line) note(s *slot, out bool, b []byte) {
	now := time.Now()
	piece := wire.Piece{At: now, Out: out, Bytes: b}
	if !out && l.private() {
		piece.Bytes, piece.Hidden = nil, len(b)
	}
	if s != nil {
		piece.Device = s.cfg.ID
		l.r.mu.Lock()
		if out {
			s.sent = now
		} else {
			s.seen = now
		}
		l.r.mu.Unlock()
	}
	l.log.Note(piece)
}

// private says that what arrives may say who a citizen is: cards and codes are never shown, kept or recorded.
func (l *line) private() bool {
	for _, s := range l.members() {
		if p, err := l.profile(s); s.cfg.Kind == "reader" || err == nil && p.Kind == "reader" {
			return true
		}
	}
	return false
}

// over ends a problem and remembers it. The rack's lock is held.
func (s *slot) over(code string) {
	p, was := s.problems[code]
	if !was {
		return
	}
	delete(s.problems, code)
	s.past = append(s.past, Past{p, time.Now()})
	if len(s.past) > mostPast {
		s.past = s.past[1:]
	}
}

func (r *Rack) heard(s *slot) {
	r.mu.Lock()
	s.seen = time.Now()
	r.mu.Unlock()
}

func (r *Rack) sendOnly(id string) bool {
	p, err := r.o.Profiles.Get(id)
	return err == nil && p.SendOnly()
}

// lastAnswer is when a device was last heard. The rack's lock is held.
func (s *slot) lastAnswer() time.Time {
	if s.dev != nil {
		if at := devices.AnsweredBy(s.dev); at.After(s.answered) {
			return at
		}
	}
	return s.answered
}

// hearing is what a device lets be heard. The rack's lock is held.
func (r *Rack) hearing(s *slot) devices.Hearing {
	switch {
	case !s.lastAnswer().IsZero():
		return devices.Answers
	case r.sendOnly(s.cfg.Profile):
		return devices.OnlyListens
	}
	return devices.NeverAnswered
}

// Answered is when a device was last heard; zero: never.
func (r *Rack) Answered(id string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.all[id]; s != nil {
		return s.lastAnswer()
	}
	return time.Time{}
}

// Saw notes who saw a device do its work. Of what gives no answer nothing else tells.
func (r *Rack) Saw(id, by string, at time.Time) error {
	s, err := r.slot(id)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s.witness = &devices.Witness{By: by, At: at}
	return nil
}

func (r *Rack) slot(id string) (*slot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.all[id]
	if s == nil {
		return nil, fmt.Errorf("%w: %q", ErrUnknown, id)
	}
	return s, nil
}

// there finds a device that is present, with its port and the turn of a line that it shares.
func (r *Rack) there(id string) (devices.Device, devices.Port, *devices.Turn, error) {
	s, err := r.slot(id)
	if err != nil {
		return nil, nil, nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.dev == nil {
		return nil, nil, nil, fmt.Errorf("%w: %s", ErrAway, id)
	}
	return s.dev, s.port, s.turn, nil
}

// Config is how a device is set up.
func (r *Rack) Config(id string) (Config, error) {
	s, err := r.slot(id)
	if err != nil {
		return Config{}, err
	}
	return s.cfg, nil
}

// Past lists the last problems of a device that are over, oldest first.
func (r *Rack) Past(id string) []Past {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.all[id]; s != nil {
		return append([]Past{}, s.past...)
	}
	return nil
}

// Profile is the profile of a device as it is now.
func (r *Rack) Profile(id string) (*profile.Profile, error) {
	s, err := r.slot(id)
	if err != nil {
		return nil, err
	}
	return r.o.Profiles.Get(s.cfg.Profile)
}

// Line is what went over the line of a device: of all devices, where several share it.
func (r *Rack) Line(id string) (*wire.Log, error) {
	s, err := r.slot(id)
	if err != nil {
		return nil, err
	}
	return &s.line.log, nil
}

// OnPort lists the devices that are set up at a port, by its name in the hall file or with the TCP port number that it leaves out there.
func (r *Rack) OnPort(name string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []string
	for _, id := range r.ids {
		cfg := r.all[id].cfg
		whole := cfg.Port
		if p, err := r.o.Profiles.Get(cfg.Profile); err == nil {
			if w, err := port.Whole(cfg.Port, p.Line.TCP); err == nil {
				whole = w
			}
		}
		if cfg.Port == name || whole == name {
			ids = append(ids, id)
		}
	}
	return ids
}

// Probe asks a device for a sign of life.
func (r *Rack) Probe(ctx context.Context, id string) error {
	dev, _, _, err := r.there(id)
	if err != nil {
		return err
	}
	return dev.Probe(ctx)
}

// Exercise lets a device do everything its roles can, and then brings it back to the present.
func (r *Rack) Exercise(ctx context.Context, id string) error {
	dev, _, _, err := r.there(id)
	if err != nil {
		return err
	}
	if r.o.Exercise == nil {
		return fmt.Errorf("%w: %s has no exercise", ErrCannot, id)
	}
	cfg, err := r.Config(id)
	if err != nil {
		return err
	}
	if r.o.OnUp != nil {
		defer r.o.OnUp(id)
	}
	return r.o.Exercise(ctx, dev, cfg.Window)
}

// Send writes bytes to the line of a device, in a turn of their own.
func (r *Rack) Send(ctx context.Context, id string, b []byte) error {
	dev, port, turn, err := r.there(id)
	if err != nil {
		return err
	}
	if raw, ok := dev.(devices.RawSender); ok {
		return raw.SendRaw(ctx, b)
	}
	if turn != nil {
		if err := turn.Take(ctx); err != nil {
			return err
		}
		defer turn.Give(ctx)
	}
	_, err = port.Write(b)
	return err
}

// Converse lets a device carry out a dialogue, and tells after each step what came of it.
func (r *Rack) Converse(ctx context.Context, id, op string, args map[string]any, told func(err error)) error {
	dev, _, _, err := r.there(id)
	if err != nil {
		return err
	}
	c, ok := dev.(devices.Converser)
	if !ok {
		return fmt.Errorf("%w: %s has no dialogues", ErrCannot, id)
	}
	return c.Converse(ctx, op, args, told)
}

// Clear lets a device give up what it received and has not done yet.
func (r *Rack) Clear(ctx context.Context, id string) error {
	dev, _, _, err := r.there(id)
	if err != nil {
		return err
	}
	c, ok := dev.(devices.Clearer)
	if !ok {
		return fmt.Errorf("%w: %s holds nothing that could be given up", ErrCannot, id)
	}
	err = c.Clear(ctx)
	if errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("%w: %w", ErrCannot, err)
	}
	return err
}

// Identify has a device show the window it is set up for. It returns false where there is nothing to show it on.
func (r *Rack) Identify(ctx context.Context, id string) (bool, error) {
	dev, _, _, err := r.there(id)
	if err != nil {
		return false, err
	}
	if i, ok := dev.(devices.Identifier); ok {
		return i.Identify(ctx)
	}
	return false, nil
}

// Restart opens a device anew, with its profile as it is now. On a line that devices share the others go on; also names those that cannot, because the line
// itself must be opened anew.
func (r *Rack) Restart(id string) (also []string, err error) {
	r.changing.Lock()
	defer r.changing.Unlock()
	s, err := r.slot(id)
	if err != nil {
		return nil, err
	}
	l := s.line
	if l.alone(s) {
		return nil, nil
	}
	l.bench.mu.Lock()
	defer l.bench.mu.Unlock()
	if l.stop != nil {
		l.stop()
	}
	for _, o := range l.members() {
		if o != s {
			also = append(also, o.cfg.ID)
		}
	}
	return also, nil
}

// Lend takes a port from the devices that are set up at it, and returns when it is closed. Until giveBack they have the problem on-bench. A port that
// no device is set up at is lent at once.
func (r *Rack) Lend(ctx context.Context, name string) (giveBack func(), err error) {
	giveBack, away, err := r.lend(name)
	if err != nil || away == nil {
		return giveBack, err
	}
	select {
	case <-away:
		return giveBack, nil
	case <-ctx.Done():
		giveBack()
		return nil, ctx.Err()
	}
}

// lend takes a port from its line, which closes away when it has let go; nil: nobody has it.
func (r *Rack) lend(name string) (giveBack func(), away <-chan struct{}, err error) {
	r.changing.Lock()
	defer r.changing.Unlock()
	ids := r.OnPort(name)
	if len(ids) == 0 {
		return func() {}, nil, nil
	}
	s, err := r.slot(ids[0])
	if err != nil {
		return nil, nil, err
	}
	l := s.line
	l.bench.mu.Lock()
	if l.lent != nil {
		l.bench.mu.Unlock()
		return nil, nil, fmt.Errorf("%w: %s", ErrLent, name)
	}
	release, away := l.hold()
	l.bench.mu.Unlock()
	for _, s := range l.members() {
		r.report(s, devices.NewProblem(s.cfg.ID, "on-bench", time.Now()))
	}
	return sync.OnceFunc(func() {
		r.changing.Lock()
		defer r.changing.Unlock()
		for _, s := range l.members() { // those of now: the set-up may have changed meanwhile
			p := devices.NewProblem(s.cfg.ID, "on-bench", time.Now())
			p.Cleared = true
			r.report(s, p)
		}
		release()
	}), away, nil
}
