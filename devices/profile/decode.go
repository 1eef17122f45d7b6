package profile

import (
	"bytes"
	"errors"
	"fmt"
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
	// Vague says that any bytes would have done: nothing in the frame is fixed, checked or a word of a list.
	Vague  bool
	Reject string
}

// Decoder finds frames in what arrives. It keeps at most maxPending bytes.
type Decoder struct {
	p       *Protocol
	buf     []byte
	dropped int
}

// maxPending bounds what an unfinished frame may hold: the longest of a hall's devices is an identity card with its picture, 1,295 bytes, and the longest text of a voice module 4,098.
const maxPending = 8192

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
		ev, n, err := d.first(silent || len(d.buf) >= maxPending)
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

// first tries every event at the start of the buffer, in order. One that may still be completed is waited for, unless nothing more will come: how
// what arrives is cut decides nothing.
func (d *Decoder) first(silent bool) (Event, int, error) {
	b := d.buf[:min(len(d.buf), maxPending)]
	worst := errOther
	for i := range d.p.events {
		e := &d.p.events[i]
		if e.first != nil && b[0] != *e.first {
			continue
		}
		ev, n, err := d.p.match(e, b, silent)
		if err == nil {
			return ev, n, nil
		}
		if errors.Is(err, errShort) && !silent {
			return Event{}, 0, err
		}
		if worst == errOther { //nolint:errorlint // the others wrap it and say more: only the bare one gives way
			worst = err
		}
	}
	return Event{}, 0, worst
}

// match compares an event with the start of b, and says how many bytes it took.
func (p *Protocol) match(e *namedEvent, b []byte, silent bool) (Event, int, error) {
	m := matcher{p: p, g: e.program, b: b, silent: silent}
	s := newState()
	if err := m.run(0, s); err != nil {
		return Event{}, 0, err
	}
	ev := Event{Name: e.name, Fields: make(map[string]any, len(s.fields)), Raw: bytes.Clone(b[:s.at]), Checked: e.checked, Vague: e.vague}
	for _, f := range s.fields {
		ev.Fields[f.name] = f.v
	}
	switch {
	case e.Ack == "echo":
		ev.Ack = ev.Raw
	case e.ack != nil:
		pieces, err := p.write(e.ack, ev.Fields)
		if err != nil {
			return Event{}, 0, fmt.Errorf("answer %s: %w", e.name, err)
		}
		ev.Ack = joined(pieces)
	}
	return ev, s.at, nil
}
