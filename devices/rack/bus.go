package rack

import (
	"context"
	"sync"

	"halld/devices"
	"halld/devices/profile"
)

// opening is one device of a shared line as it is open now.
type opening struct {
	stop context.CancelFunc
	line profile.Line // of the profile that it was opened with
}

// again keeps one device of a shared line: it is opened anew as often as the bench wants it, while the others go on.
func (l *line) again(ctx context.Context, s *slot, v *live) error {
	defer v.taps.drop(s)
	for {
		prof, err := l.profile(s)
		if err != nil {
			return err
		}
		once, stop := context.WithCancel(ctx)
		l.bench.mu.Lock()
		if l.single == nil {
			l.single = map[*slot]opening{}
		}
		l.single[s] = opening{stop, prof.Line}
		l.bench.mu.Unlock()
		p := v.taps.fresh(s)
		err = l.one(once, s, l.tapWrites(p, s), v)
		anew := once.Err() != nil && ctx.Err() == nil
		l.bench.mu.Lock()
		delete(l.single, s)
		l.bench.mu.Unlock()
		stop()
		_ = p.Close() // ends the reader of the driver that is given up
		if !anew {
			return err
		}
	}
}

// alone opens one device of a shared line anew. It returns false where that cannot be done without the others: the line is the device's own or is not open,
// or the profile has come to want another line.
func (l *line) alone(s *slot) bool {
	prof, err := l.profile(s)
	if err != nil {
		return false
	}
	l.bench.mu.Lock()
	defer l.bench.mu.Unlock()
	now, open := l.single[s]
	if !open || l.lent != nil || prof.Driver != "described" || prof.Line.Baud != now.line.Baud || prof.Line.Format != now.line.Format || prof.Line.Flow != now.line.Flow {
		return false
	}
	now.stop()
	return true
}

// taps are the ears on one port.
type taps struct {
	conn  devices.Port
	write sync.Mutex

	mu   sync.Mutex
	ears map[*slot]*tap
	err  error // of the port, once it has ended
}

// fresh is a new ear in place of an old one: what was said before it is not heard.
func (t *taps) fresh(s *slot) devices.Port {
	t.mu.Lock()
	defer t.mu.Unlock()
	ear := &tap{conn: t.conn, write: &t.write, wake: make(chan struct{}, 1), err: t.err}
	t.ears[s] = ear
	return ear
}

// drop takes the ear of a device off that is not on the line any more.
func (t *taps) drop(s *slot) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.ears, s)
}

func (t *taps) hear(b []byte, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, ear := range t.ears {
		ear.hear(b, err)
	}
	if ended(err) {
		t.err = err
	}
}
