package wire

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"halld/devices/profile"
)

// silence ends an unfinished frame when pieces of one direction lie so far apart.
const silence = 60 * time.Millisecond

// Reader says what pieces mean, both directions by themselves. Frames may be cut anywhere.
type Reader struct {
	host, device reading         // what the host sends, what the device sends
	owed         []profile.Event // of the device, each with the answer that the host gives at once
	printer      *receipt
}

// mostOwed bounds the answers that are looked for: they go out at once, or never.
const mostOwed = 16

type reading struct {
	dec    *profile.Decoder
	at     time.Time
	recent []byte // the end of what came, to tell a lead-in from noise
}

// mostRecent is how much of a direction is remembered: more than any frame with its lead-in.
const mostRecent = 4096 + 64

// quiet takes the reports of bytes passed over out of events where those bytes were only the frame's own first byte again: many models send it several
// times to wake the receiver.
func (r *reading) quiet(events []profile.Event) []profile.Event {
	var out []profile.Event
	for i, e := range events {
		var n int
		if _, err := fmt.Sscanf(e.Reject, "%d bytes passed over", &n); err == nil && i+1 < len(events) && len(events[i+1].Raw) > 0 {
			raw := events[i+1].Raw
			at := bytes.LastIndex(r.recent, raw)
			if at >= n && string(bytes.Repeat(raw[:1], n)) == string(r.recent[at-n:at]) {
				continue
			}
		}
		out = append(out, e)
	}
	return out
}

// NewReader makes a reader for a model. A nil profile, or one that describes no frames, reads nothing.
func NewReader(p *profile.Profile) *Reader {
	r := &Reader{}
	switch {
	case p == nil:
	case p.Protocol != nil:
		r.host.dec, r.device.dec = p.Protocol.DeviceSide().NewDecoder(), p.Protocol.NewDecoder()
	case p.Printer != nil:
		r.printer = &receipt{bits: p.Printer.Bits}
	}
	return r
}

// Read takes a piece and returns what is complete with it.
func (r *Reader) Read(p Piece) []profile.Event {
	if r.printer != nil {
		return r.printer.read(p)
	}
	end := &r.device
	if p.Out {
		end = &r.host
	}
	if end.dec == nil {
		return nil
	}
	var out []profile.Event
	if p.At.Sub(end.at) > silence {
		out = end.dec.Flush()
	}
	end.at = p.At
	end.recent = append(end.recent, p.Bytes...)
	if over := len(end.recent) - mostRecent; over > 0 {
		end.recent = end.recent[over:]
	}
	if p.Out && !end.dec.Pending() {
		if e, is := r.answer(p.Bytes); is {
			return append(out, e)
		}
	}
	said := end.quiet(end.dec.Feed(p.Bytes))
	if !p.Out {
		for _, e := range said {
			if e.Ack != nil {
				r.owed = append(r.owed, e)
			}
		}
		r.owed = r.owed[max(0, len(r.owed)-mostOwed):]
	}
	return append(out, said...)
}

// answer finds the event that bytes of the host answer. Such an answer may be no operation of the protocol, but what the device said, given back.
func (r *Reader) answer(b []byte) (profile.Event, bool) {
	for i, e := range r.owed {
		if bytes.Equal(e.Ack, b) {
			r.owed = slices.Delete(r.owed, i, i+1)
			return profile.Event{Name: "answer to " + e.Name, Raw: b}, true
		}
	}
	return profile.Event{}, false
}

// Silence says that nothing came for a while: what is incomplete will not be completed.
func (r *Reader) Silence() []profile.Event {
	var out []profile.Event
	for _, end := range []*reading{&r.host, &r.device} {
		if end.dec != nil {
			out = append(out, end.dec.Flush()...)
		}
	}
	return out
}

// Words says an event in a line: its name and fields, or why bytes were passed over.
func Words(e profile.Event) string {
	if e.Reject != "" {
		return "? " + e.Reject
	}
	words := []string{e.Name}
	for _, k := range slices.Sorted(maps.Keys(e.Fields)) {
		words = append(words, fmt.Sprintf("%s=%v", k, e.Fields[k]))
	}
	return strings.Join(words, " ")
}
