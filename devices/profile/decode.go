package profile

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// Event is one thing that a device said. Fields are numbers or words; byte strings are upper-case hex. Reject is set instead when bytes were
// passed over, and says why.
type Event struct {
	Name   string
	Fields map[string]any
	Raw    []byte // as it came
	Ack    []byte // to be sent back at once
	// Checked says that a checksum of the frame was right.
	Checked bool
	Reject  string
}

// Decoder finds frames in what arrives. It keeps at most maxPending bytes.
type Decoder struct {
	p       *Protocol
	buf     []byte
	dropped int
}

// maxPending bounds what an unfinished frame may hold: the longest of a hall's devices is an identity card with its picture, 1,295 bytes.
const maxPending = 4096

// NewDecoder makes a decoder for what the host receives.
func (p *Protocol) NewDecoder() *Decoder { return &Decoder{p: p} }

// DecodeAll reads bytes that are followed by silence.
func (p *Protocol) DecodeAll(b []byte) []Event {
	d := p.NewDecoder()
	return append(d.Feed(b), d.Flush()...)
}

// Feed takes bytes as they arrive, cut anywhere, and returns the events they complete.
func (d *Decoder) Feed(b []byte) []Event {
	d.buf = append(d.buf, b...)
	return d.scan(false)
}

// Flush says that the line fell silent: what is incomplete will not be completed.
func (d *Decoder) Flush() []Event { return d.scan(true) }

// Pending reports whether an unfinished frame is held.
func (d *Decoder) Pending() bool { return len(d.buf) > 0 }

var (
	errShort = errors.New("incomplete")
	errOther = errors.New("no frame of this protocol")
)

func (d *Decoder) scan(silent bool) []Event {
	var out []Event
	why := ""
	for len(d.buf) > 0 {
		ev, n, err := d.first()
		if err == nil {
			if d.dropped > 0 {
				out = append(out, Event{Reject: fmt.Sprintf("%d bytes passed over: %s", d.dropped, why)})
				d.dropped = 0
			}
			out = append(out, ev)
			d.buf = d.buf[n:]
			continue
		}
		if errors.Is(err, errShort) && !silent && len(d.buf) < maxPending {
			break
		}
		if why == "" {
			why = err.Error()
		}
		d.buf = d.buf[1:]
		d.dropped++
	}
	if d.dropped > 0 && (silent || len(d.buf) == 0) {
		if why == "" {
			why = errOther.Error()
		}
		out = append(out, Event{Reject: fmt.Sprintf("%d bytes passed over: %s", d.dropped, why)})
		d.dropped = 0
	}
	if len(d.buf) == 0 {
		d.buf = nil
	}
	return out
}

// first tries every event at the start of the buffer, in order.
func (d *Decoder) first() (Event, int, error) {
	worst := errOther
	for i := range d.p.events {
		e := &d.p.events[i]
		ev, n, err := d.p.match(e, d.buf)
		if err == nil {
			return ev, n, nil
		}
		if errors.Is(err, errShort) || errors.Is(worst, errOther) && !errors.Is(worst, errShort) {
			worst = err
		}
	}
	return Event{}, 0, worst
}

// match compares an event with the start of b, and says how many bytes it took.
func (p *Protocol) match(e *namedEvent, b []byte) (Event, int, error) {
	if e.first != nil && b[0] != *e.first {
		return Event{}, 0, errOther
	}
	m := matcher{p: p, b: b, esc: p.frames[e.Frame].Escape}
	s, err := m.run(e.parts, newState(map[string]any{}))
	if err != nil {
		return Event{}, 0, err
	}
	ev := Event{Name: e.name, Fields: s.fields, Raw: bytes.Clone(b[:s.at]), Checked: slices.ContainsFunc(e.parts, func(p Part) bool { return p.Sum != "" })}
	switch {
	case e.Ack == "echo":
		ev.Ack = ev.Raw
	case e.AckBy != nil:
		pieces, err := p.write(p.whole(e.AckIn, e.AckBy), s.fields, p.frames[e.AckIn].Escape)
		if err != nil {
			return Event{}, 0, fmt.Errorf("answer %s: %w", e.name, err)
		}
		for _, piece := range pieces {
			ev.Ack = append(ev.Ack, piece.Bytes...)
		}
	}
	return ev, s.at, nil
}
