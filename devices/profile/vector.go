package profile

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Vector is an example: what an operation puts on the line, or what arriving bytes mean.
type Vector struct {
	Protocol string         `toml:"protocol" json:"protocol"` // of a variant; empty: the file's own
	Op       string         `toml:"op" json:"op"`
	Args     map[string]any `toml:"args" json:"args"`
	Hex      string         `toml:"hex" json:"hex"`
	Rx       string         `toml:"rx" json:"rx"`
	Stream   []string       `toml:"rx_stream" json:"rx_stream"` // pieces that arrive one after the other
	Event    string         `toml:"event" json:"event"`
	Fields   map[string]any `toml:"fields" json:"fields"`
	Ack      string         `toml:"ack" json:"ack"`
	Events   []VectorEvent  `toml:"events" json:"events"`
	Reject   bool           `toml:"reject" json:"reject"` // must be refused
	Grade    string         `toml:"grade" json:"grade"`   // V published, D computed from a document, C from a program
	Note     string         `toml:"note" json:"note"`

	file string // where it stands
	line int
}

// VectorEvent is one of several events of a stream.
type VectorEvent struct {
	Event  string         `toml:"event" json:"event"`
	Fields map[string]any `toml:"fields" json:"fields"`
	Ack    string         `toml:"ack" json:"ack"`
}

// Mistake is what is wrong with one line of a profile's file.
type Mistake struct {
	Line int
	Err  error
}

// WrongVectors tries every example of the profile; each error says what came out instead.
func (p *Profile) WrongVectors() []Mistake {
	var wrong []Mistake
	for i, v := range p.Vectors {
		if p.Protocol == nil {
			return []Mistake{{v.line, errors.New("vector: only a described protocol has vectors; remove it, or describe the frames")}}
		}
		if err := p.Protocol.Check(v); err != nil {
			wrong = append(wrong, Mistake{v.line, fmt.Errorf("vector %d of %s: %w", i+1, p.ID, err)})
		}
	}
	return wrong
}

// CheckVectors is WrongVectors as one error, which names file and line of each.
func (p *Profile) CheckVectors() error {
	var errs []error
	for _, m := range p.WrongVectors() {
		errs = append(errs, fmt.Errorf("%s:%d: %w", p.Vectors[0].file, m.Line, m.Err))
	}
	return errors.Join(errs...)
}

// complete refuses an example of which something would be forgotten.
func (p *Protocol) complete(v Vector) error {
	receives := v.Rx != "" || v.Stream != nil
	events := v.Events
	if v.Event != "" {
		events = append(events[:len(events):len(events)], VectorEvent{Event: v.Event})
	}
	switch {
	case v.Op == "" && !receives:
		return errors.New("write op with hex, or rx with event")
	case v.Op != "" && (receives || events != nil):
		return errors.New("has op and rx; write two vectors")
	case v.Op == "" && (v.Hex != "" || v.Args != nil):
		return errors.New("hex and args go with op; write it")
	case v.Event == "" && (v.Fields != nil || v.Ack != ""):
		return errors.New("fields and ack go with event; write it")
	case v.Reject && (events != nil || v.Hex != ""):
		return errors.New("has reject and event or hex; write what comes out, or reject = true")
	}
	for _, e := range events {
		if !slices.Contains(p.Events(), e.Event) {
			return fmt.Errorf("there is no event %q; there are %s", e.Event, strings.Join(p.Events(), ", "))
		}
	}
	return nil
}

// Check tries an example. The error says what came out instead.
func (p *Protocol) Check(v Vector) error {
	if err := p.complete(v); err != nil {
		return err
	}
	if v.Op != "" {
		return p.checkSend(v)
	}
	want := v.Events
	if v.Event != "" {
		want = append(want, VectorEvent{v.Event, v.Fields, v.Ack})
	}
	d := p.NewDecoder()
	var got []Event
	for _, piece := range append(v.Stream, v.Rx) {
		b, err := hex.DecodeString(strings.Join(strings.Fields(piece), ""))
		if err != nil {
			return fmt.Errorf("%q: write pairs of hex digits such as A5 5A", piece)
		}
		got = append(got, d.Feed(b)...)
	}
	n := 0
	for _, e := range append(got, d.Flush()...) {
		if e.Reject != "" {
			continue
		}
		if n >= len(want) {
			return fmt.Errorf("%s%s: one event too many: %s %v", v.Rx, v.Stream, e.Name, e.Fields)
		}
		w := want[n]
		if e.Name != w.Event || !sameFields(e.Fields, w.Fields) || fmt.Sprintf("% X", e.Ack) != w.Ack {
			return fmt.Errorf("%s%s: %s %v, answered with % X; want %s %v, %s", v.Rx, v.Stream, e.Name, e.Fields, e.Ack, w.Event, w.Fields, w.Ack)
		}
		n++
	}
	if n < len(want) {
		return fmt.Errorf("%s%s: %d events; want %d", v.Rx, v.Stream, n, len(want))
	}
	return nil
}

func (p *Protocol) checkSend(v Vector) error {
	got, err := p.Encode(v.Op, v.Args)
	switch {
	case v.Reject && err == nil:
		return fmt.Errorf("%s: must be refused, but gives % X", v.asked(), got)
	case v.Reject:
		return nil
	case err != nil:
		return err
	case fmt.Sprintf("% X", got) != strings.ToUpper(strings.Join(strings.Fields(v.Hex), " ")):
		return fmt.Errorf("%s gives\n  % X, want\n  %s; byte %d is the first that differs", v.asked(), got, v.Hex, v.differs(got))
	}
	return nil
}

// asked is the operation of an example as it is typed at halld profile encode.
func (v Vector) asked() string {
	out := v.Op
	for _, k := range slices.Sorted(maps.Keys(v.Args)) {
		out += " " + k + "=" + plain(v.Args[k])
	}
	return out
}

// differs counts to the first byte that is not as the example has it, from 1 on.
func (v Vector) differs(got []byte) int {
	want, err := hex.DecodeString(strings.Join(strings.Fields(v.Hex), ""))
	if err != nil {
		return 1
	}
	n := 0
	for n < len(got) && n < len(want) && got[n] == want[n] {
		n++
	}
	return n + 1
}

// sameFields compares as JSON does: 1 and 1.0 are the same, no fields and none named are the same.
func sameFields(a, b map[string]any) bool {
	if len(a) == 0 && len(b) == 0 {
		return true
	}
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}
