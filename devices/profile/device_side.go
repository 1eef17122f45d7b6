package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// DeviceSide reads what a host sends and writes what a device says: the protocol seen from its other end, for simulators and monitors.
type DeviceSide struct {
	p    *Protocol
	read *Protocol
}

// DeviceSide turns the protocol round. Operations that take no byte of their own are left out.
func (p *Protocol) DeviceSide() *DeviceSide {
	read := *p
	read.events = nil
	for _, name := range p.Ops() {
		o := p.ops[name]
		if o.Steps != nil {
			continue
		}
		parts := p.whole(o.Frame, o.Body)
		if measurable(parts) != nil {
			continue
		}
		read.events = append(read.events, namedEvent{program: p.programs[name], name: name, parts: parts, Evt: Evt{Frame: o.Frame}})
	}
	// what is told apart by more fixed bytes is tried first
	slices.SortStableFunc(read.events, func(a, b namedEvent) int { return literalBytes(b.parts) - literalBytes(a.parts) })
	return &DeviceSide{p, &read}
}

func literalBytes(parts []Part) int {
	n := 0
	for _, part := range flat(parts) {
		n += len(part.raw)
		if v, f, is := part.number(); is {
			if _, named := v.(string); !named {
				n += f.size
			}
		}
	}
	return n
}

// NewDecoder finds operations in what the host sends.
func (d *DeviceSide) NewDecoder() *Decoder { return d.read.NewDecoder() }

// Say writes an event. Fields that are not given are zero, empty or "ok".
func (d *DeviceSide) Say(event string, fields map[string]any) ([]byte, error) {
	i := slices.IndexFunc(d.p.events, func(e namedEvent) bool { return e.name == event })
	if i < 0 {
		return nil, fmt.Errorf("say: %s has no event %q", d.p.id, event)
	}
	e := d.p.events[i]
	all := map[string]any{}
	for _, part := range flat(e.parts) {
		if part.name() != "" {
			all[part.name()] = d.p.harmless(part)
		}
	}
	for k, v := range fields {
		if _, takes := all[k]; takes {
			all[k] = v
		}
	}
	pieces, err := d.p.write(e.program, all)
	if err != nil {
		return nil, fmt.Errorf("say %s: %w", event, err)
	}
	return joined(pieces), nil
}

// harmless is a value that reports nothing bad.
func (p *Protocol) harmless(part *Part) any {
	list := part.Map
	if list == nil {
		list = p.params[part.name()].Map
	}
	switch {
	case list != nil:
		words := slices.Sorted(maps.Keys(list))
		if slices.Contains(words, "ok") {
			return "ok"
		}
		return words[0]
	case part.Digits != "" && part.Width == 0:
		return strings.Repeat("0", part.Min)
	case part.Text != "":
		return strings.Repeat("0", part.Min)
	case part.Bytes != "":
		return strings.TrimSpace(strings.Repeat("00 ", max(part.Width, part.Min)))
	}
	if part.Not != nil && *part.Not == 0 {
		return int64(1)
	}
	return int64(0)
}

// Answer is what a sound device says to an operation at once, and what it says when it is carried out; both may be empty. The fields are those
// of the operation.
func (d *DeviceSide) Answer(op string, fields map[string]any, sent []byte) (now, done []byte, err error) {
	o := d.p.Op(op)
	if o == nil {
		return nil, nil, fmt.Errorf("answer: %s has no operation %q", d.p.id, op)
	}
	if o.Done != nil {
		done = o.Done.raw
	}
	for _, r := range o.Reply {
		switch {
		case r.Is != "ok":
		case r.Echo:
			return sent, done, nil
		case r.Event != "":
			all := maps.Clone(fields)
			if all == nil {
				all = map[string]any{}
			}
			maps.Copy(all, r.When)
			now, err = d.Say(r.Event, all)
			return now, done, err
		default:
			return r.raw, done, nil
		}
	}
	if len(d.p.events) == 0 || !o.Answered() {
		return nil, done, nil
	}
	now, err = d.Say(d.p.events[0].name, fields)
	return now, done, err
}

// Says says whether the device has this event.
func (d *DeviceSide) Says(event string) bool {
	return slices.ContainsFunc(d.p.events, func(e namedEvent) bool { return e.name == event })
}

// Speaks says whether the device says anything at all.
func (d *DeviceSide) Speaks() bool { return len(d.p.events) > 0 }

// Checked says whether any of what the device says carries a checksum.
func (d *DeviceSide) Checked() bool {
	return slices.ContainsFunc(d.p.events, func(e namedEvent) bool {
		return e.checked
	})
}
