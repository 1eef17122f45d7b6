package port

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/gpio"
)

const (
	edgeWait    = 200 * time.Millisecond // periph's waits must be finite: 0 and -1 mean opposite things in its drivers (periph/host#78)
	edgeRest    = time.Millisecond       // a line that flutters is sampled, not followed
	mostRecords = 1 << 12                // bytes that a driver which does not read can hold back
	mostLines   = 16
)

// GPIO is a few lines of GPIO chips as a cable. The lines have letters, a to p, in the order of the port's name:
//
//	> a^   watch a, pulled up (a_ down, a? as it is)
//	< a1   the level of a: at once, and after every change
//	> b0   drive b low; it is an output from now on
//
// Levels are what a meter shows; what they mean is for the driver. A Write is carried out when it returns. The records are for debouncing: an edge says
// only that it is time to look at the level, because the kernel keeps 16 edges and periph tells neither direction nor time.
type GPIO struct {
	stop chan struct{}
	wake chan struct{} // holds one token while there is something to look at
	wg   sync.WaitGroup

	out sync.Mutex // guards lines and half
	// lines are never read while they are outputs: periph would make them inputs (v3.8.5).
	lines []gpioLine
	half  byte

	mu       sync.Mutex // guards what follows
	heard    []byte
	err      error
	deadline time.Time
	closed   bool
}

type gpioLine struct {
	chipLine
	watched, driven bool
}

// openGPIO opens "gpio:LINE,LINE": each a line's name, or chip/number.
func openGPIO(name string) (*GPIO, error) {
	Init()
	chips.mu.Lock()
	defer chips.mu.Unlock()
	names := strings.Split(strings.TrimPrefix(name, "gpio:"), ",")
	if len(names) > mostLines {
		return nil, fmt.Errorf("open %s: %d lines; a port has at most %d", name, len(names), mostLines)
	}
	if err := rescan(); err != nil {
		return nil, fmt.Errorf("open %s: %w: %w", name, ErrNotThere, err)
	}
	g := &GPIO{stop: make(chan struct{}), wake: make(chan struct{}, 1)}
	own := map[string]bool{}
	for _, n := range names {
		l, err := findLine(strings.TrimSpace(n))
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", name, err)
		}
		if chips.held[l.key()] || own[l.key()] {
			return nil, fmt.Errorf("open %s: %w: line %s is used by another device of this hall", name, ErrBusy, n)
		}
		own[l.key()] = true
		g.lines = append(g.lines, gpioLine{chipLine: l})
	}
	for k := range own {
		chips.held[k] = true
	}
	g.wg.Go(g.guard)
	return g, nil
}

// guard sees a chip go from which nothing is awaited.
func (g *GPIO) guard() {
	tick := time.NewTicker(edgeWait)
	defer tick.Stop()
	for {
		select {
		case <-g.stop:
			return
		case <-tick.C:
		}
		for i := range g.lines {
			if l := g.lines[i].chipLine; !l.there() {
				g.fail(fmt.Errorf("%w: GPIO chip %s is gone", ErrHangup, l.path))
				return
			}
		}
	}
}

func (g *GPIO) fail(err error) {
	g.mu.Lock()
	if g.err == nil {
		g.err = err
	}
	g.mu.Unlock()
	g.poke()
}

func (g *GPIO) poke() {
	select {
	case g.wake <- struct{}{}:
	default:
	}
}

// watch follows an input until the port closes or its chip is gone.
func (g *GPIO) watch(i int, l chipLine, last gpio.Level) {
	for {
		began := time.Now()
		edge := l.WaitForEdge(edgeWait)
		rest := edgeRest
		if !edge {
			rest = edgeWait - time.Since(began) // nothing is left of it, unless the wait failed at once
		}
		if rest > 0 {
			t := time.NewTimer(rest)
			select {
			case <-g.stop:
				t.Stop()
				return
			case <-t.C:
			}
		}
		select {
		case <-g.stop:
			return
		default:
		}
		level := l.Read()
		if !l.there() {
			return // the guard tells
		}
		if level != last {
			last = level
			g.tell(i, level)
		}
	}
}

func (g *GPIO) tell(i int, level gpio.Level) {
	record := []byte{byte('a' + i), '0'}
	if level {
		record[1] = '1'
	}
	g.mu.Lock()
	g.heard = append(g.heard, record...)
	if over := len(g.heard) - mostRecords; over > 0 {
		g.heard = g.heard[over:]
	}
	g.mu.Unlock()
	g.poke()
}

// Read returns records, as many as there are room for. It ends at the deadline, and when a chip is gone.
func (g *GPIO) Read(b []byte) (int, error) {
	for {
		g.mu.Lock()
		n := copy(b, g.heard)
		g.heard = g.heard[n:]
		err, deadline := g.err, g.deadline
		if g.closed {
			n, err = 0, os.ErrClosed
		}
		g.mu.Unlock()
		switch {
		case n > 0:
			return n, nil
		case err != nil:
			g.poke() // for whoever else reads
			return 0, err
		case deadline.IsZero():
			<-g.wake
			continue
		}
		t := time.NewTimer(time.Until(deadline))
		select {
		case <-g.wake:
			t.Stop()
		case <-t.C:
			return 0, os.ErrDeadlineExceeded
		}
	}
}

// SetReadDeadline bounds Reads, also one under way; the zero time means no bound.
func (g *GPIO) SetReadDeadline(t time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return os.ErrClosed
	}
	g.deadline = t
	g.poke()
	return nil
}

// Write carries commands out, in order. One that fails ends it.
func (g *GPIO) Write(b []byte) (int, error) {
	g.out.Lock()
	defer g.out.Unlock()
	g.mu.Lock()
	err := g.err
	if g.closed {
		err = os.ErrClosed
	}
	g.mu.Unlock()
	if err != nil {
		return 0, err
	}
	for n, c := range b {
		switch {
		case c >= 'a' && c < 'a'+mostLines:
			g.half = c
			continue
		case g.half == 0:
			return n, fmt.Errorf("write to GPIO: %q is no command; a letter comes first", c)
		}
		i := int(g.half - 'a')
		g.half = 0
		if i >= len(g.lines) {
			return n, fmt.Errorf("write to GPIO: there is no line %c: the port names %d", 'a'+i, len(g.lines))
		}
		if err := g.carryOut(i, c); err != nil {
			return n, err
		}
	}
	return len(b), nil
}

func (g *GPIO) carryOut(i int, c byte) error {
	l := &g.lines[i]
	switch pull, watch := map[byte]gpio.Pull{'?': gpio.PullNoChange, '^': gpio.PullUp, '_': gpio.PullDown}[c]; {
	case watch && (l.watched || l.driven), l.watched:
		return fmt.Errorf("write to GPIO: line %c is in use as it is", 'a'+i)
	case watch:
		if err := l.In(pull, gpio.BothEdges); err != nil {
			return g.failed(l, "watch", err)
		}
		for range 64 { // setting the pull up leaves an edge behind
			if !l.WaitForEdge(time.Millisecond) {
				break
			}
		}
		l.watched = true
		level := l.Read()
		g.tell(i, level)
		line := l.chipLine
		g.wg.Go(func() { g.watch(i, line, level) })
		return nil
	case c == '0' || c == '1':
		if err := l.Out(c == '1'); err != nil {
			return g.failed(l, "drive", err)
		}
		l.driven = true
		return nil
	}
	return fmt.Errorf("write to GPIO: %q is no command", c)
}

// failed closes the line: periph would talk to descriptor 0 from now on, even when the line is free again (v3.8.5).
func (g *GPIO) failed(l *gpioLine, what string, err error) error {
	l.Close()
	l.driven = false
	is := func(e syscall.Errno) bool { return strings.Contains(err.Error(), e.Error()) } // periph keeps only the text
	kind := error(nil)
	switch {
	case is(unix.ENODEV) || !l.there():
		kind = ErrHangup
	case is(unix.EBUSY):
		kind = ErrBusy
	case is(unix.EPERM) || is(unix.EACCES):
		kind = ErrDenied
	default:
		return fmt.Errorf("%s GPIO line %s: %w", what, l.key(), err)
	}
	return fmt.Errorf("%s GPIO line %s: %w: %w", what, l.key(), kind, err)
}

// Close lets go of the lines; outputs fall back to what drives them from outside. It may take as long as a wait for an edge.
func (g *GPIO) Close() error {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return os.ErrClosed
	}
	g.closed = true
	g.mu.Unlock()
	close(g.stop)
	g.poke()
	g.out.Lock()
	defer g.out.Unlock()
	g.wg.Wait()
	chips.mu.Lock()
	defer chips.mu.Unlock()
	for _, l := range g.lines {
		l.GPIOLine.Close()
		delete(chips.held, l.key())
	}
	return nil
}
