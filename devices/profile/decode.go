package profile

import (
	"errors"
	"fmt"
	"strings"

	"halld/devices/frame"
)

// Event is one thing that a device said. Fields are numbers or words; byte strings are upper-case hex. Reject is set instead when bytes were
// passed over, and says why.
type Event struct {
	Name   string
	Fields map[string]any
	Ack    []byte // to be sent back at once
	Reject string
}

// Decoder finds frames in what arrives. It keeps at most maxPending bytes.
type Decoder struct {
	p       *Protocol
	buf     []byte
	dropped int
}

// maxPending bounds what an unfinished frame may hold: the longest frame of a hall's devices has some hundred bytes.
const maxPending = 1024

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

// cursor reads a frame and undoes its escaping between two marks.
type cursor struct {
	b     []byte
	at    int
	plain []byte // what was read, unescaped
	esc   *Escape
	in    bool
}

func (c *cursor) next() (byte, error) {
	if c.at >= len(c.b) {
		return 0, errShort
	}
	x := c.b[c.at]
	c.at++
	if c.in {
		if pairs := c.esc.back[x]; pairs != nil {
			if c.at >= len(c.b) {
				return 0, errShort
			}
			from, ok := pairs[c.b[c.at]]
			if !ok {
				return 0, fmt.Errorf("%w: % X is no escaped byte", errOther, []byte{x, c.b[c.at]})
			}
			c.at++
			x = from
		} else if c.esc.replace(x) != nil {
			return 0, fmt.Errorf("%w: %02X stands bare where it must be escaped", errOther, x)
		}
	}
	c.plain = append(c.plain, x)
	return x, nil
}

func (c *cursor) take(n int) ([]byte, error) {
	start := len(c.plain)
	for range n {
		if _, err := c.next(); err != nil {
			return nil, err
		}
	}
	return c.plain[start:], nil
}

func (p *Protocol) match(e *namedEvent, b []byte) (Event, int, error) {
	parts := p.whole(e.Frame, e.Body)
	c := &cursor{b: b, esc: p.frames[e.Frame].Escape}
	fields := map[string]any{}
	marks := map[string]int{}
	ends := map[string]int{} // mark → where a length said that it stands
	lens := map[string]int{}
	for i := range parts {
		part := &parts[i]
		if part.Mark != "" {
			marks[part.Mark] = len(c.plain)
			if want, ok := ends[part.Mark]; ok && want != len(c.plain) {
				return Event{}, 0, fmt.Errorf("%w: the length does not fit", errOther)
			}
			for of, n := range lens {
				from, to, _ := strings.Cut(of, "..")
				if from == part.Mark {
					ends[to] = len(c.plain) + n
				}
			}
			if c.esc != nil {
				from, to, _ := strings.Cut(c.esc.Of, "..")
				c.in = part.Mark == from || c.in && part.Mark != to
			}
			continue
		}
		if err := p.matchPart(part, parts[i+1:], c, fields, marks, ends, lens); err != nil {
			return Event{}, 0, err
		}
	}
	ev := Event{Name: e.name, Fields: fields}
	switch {
	case e.Ack == "echo":
		ev.Ack = append([]byte{}, b[:c.at]...)
	case e.AckBy != nil:
		ack, err := p.write(p.whole("tx", e.AckBy), fields, p.frames["tx"].Escape)
		if err != nil {
			return Event{}, 0, fmt.Errorf("answer %s: %w", e.name, err)
		}
		ev.Ack = ack
	}
	return ev, c.at, nil
}

func (p *Protocol) matchPart(part *Part, rest []Part, c *cursor, fields map[string]any, marks, ends, lens map[string]int) error {
	switch {
	case part.raw != nil:
		for _, want := range part.raw {
			x, err := c.next()
			if err != nil {
				return err
			}
			if x != want {
				return errOther
			}
		}
		return nil
	case part.Len != "":
		b, err := c.take(sizes[part.Len])
		if err != nil {
			return err
		}
		n := int(get(part.Len, b)) - part.Add
		if was, ok := lens[part.Of]; ok && was != n || n < 0 {
			return fmt.Errorf("%w: the length does not fit", errOther)
		}
		lens[part.Of] = n
		return nil
	case part.Sum != "":
		from, to, err := span(part.Of, marks)
		if err != nil {
			return err
		}
		want := uint64(checksum(part, c.plain[from:to]))
		b, err := c.take(sizes[sumForm(part)])
		if err != nil {
			return err
		}
		if got := get(sumForm(part), b); got != want {
			return fmt.Errorf("%w: wrong checksum %X, the bytes give %X", errOther, got, want)
		}
		return nil
	}
	if _, form := part.number(); form != "" {
		return p.matchNumber(part, form, c, fields)
	}
	n := part.Width
	if part.Bytes == "" || n == 0 {
		var err error
		if n, err = room(rest, len(c.plain), ends); err != nil {
			return err
		}
	}
	if part.Digits != "" && part.Width == 0 && (n < part.Min || n > part.Max) {
		return errOther
	}
	b, err := c.take(n)
	if err != nil {
		return err
	}
	if part.Drop {
		return nil
	}
	switch {
	case part.Digits != "":
		s := ""
		for _, d := range b {
			if d > 9 {
				return errOther
			}
			s += string(rune('0' + d))
		}
		fields[part.Digits] = s
	case part.Text != "":
		fields[part.Text] = frame.Decode(b)
	default:
		fields[part.Bytes] = fmt.Sprintf("% X", b)
	}
	return nil
}

// room is how many bytes are left for a part of variable size: up to the next mark whose place a length gave, less what stands between.
func room(rest []Part, at int, ends map[string]int) (int, error) {
	between := 0
	for i := range rest {
		r := &rest[i]
		if r.Mark != "" {
			if end, ok := ends[r.Mark]; ok {
				if n := end - at - between; n >= 0 {
					return n, nil
				}
				return 0, errOther
			}
			continue
		}
		_, form := r.number()
		between += len(r.raw) + sizes[form] + sizes[r.Len] + r.Width
	}
	return 0, errOther
}

func (p *Protocol) matchNumber(part *Part, form string, c *cursor, fields map[string]any) error {
	b, err := c.take(sizes[form])
	if err != nil {
		return err
	}
	n := int64(get(form, b))
	v, _ := part.number()
	name, named := v.(string)
	if !named {
		if fixed, ok := v.(int64); !ok || fixed != n {
			return errOther
		}
		return nil
	}
	if part.Not != nil && n == int64(*part.Not) {
		return errOther
	}
	if part.Drop {
		return nil
	}
	if part.Map == nil {
		fields[name] = n
		return nil
	}
	for word, code := range part.Map {
		if int64(code) == n {
			fields[name] = word
			return nil
		}
	}
	return errOther
}
