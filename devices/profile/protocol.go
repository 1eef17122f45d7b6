package profile

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Protocol is the frames of a model, ready to encode and decode.
type Protocol struct {
	id     string
	params map[string]Param
	frames map[string]Frame
	ops    map[string]Op
	events []namedEvent

	programs    map[string]*program          // by operation
	back        map[string]map[string]string // parameter → what stands on the wire → its word
	substitutes map[string]string            // characters and what is sent for them where the device lacks them
	countsChars bool                         // a length counts characters
	idle        bool                         // silence ends frames
}

type namedEvent struct {
	*program
	name  string
	parts []Part   // of the whole frame
	ack   *program // nil: no answer of its own
	Evt
}

// Param is a value that operations take: its range, its default, its names.
type Param struct {
	Default any            `toml:"default"`
	Min     *int64         `toml:"min"`
	Max     *int64         `toml:"max"`
	Map     map[string]any `toml:"map"`      // words and what stands for them: numbers, characters, or bytes in hex
	Rolls   bool           `toml:"rolls"`    // where nobody gives it, every operation takes the next number from min to max
	Label   string         `toml:"label"`    // 中文, for the set-up form
	LabelEn string         `toml:"label_en"` //
}

// Frame is what stands around a body.
type Frame struct {
	Parts  []Part  `toml:"parts"`
	Escape *Escape `toml:"escape"`
}

// Op is one thing the host can send.
type Op struct {
	Frame string   `toml:"frame"` // default tx
	Args  []string `toml:"args"`  // must be given
	Body  []Part   `toml:"body"`
	Reply []Reply  `toml:"reply"` // left out: any event answers; []: nothing does
	Done  *Done    `toml:"done"`
	Steps []Step   `toml:"steps"` // instead of body: a dialogue of other operations
}

// Evt is one thing the device can send. Ack is sent back at once: "echo", or a body in frame tx.
type Evt struct {
	Frame string `toml:"frame"` // default rx, or tx where there is no rx
	Body  []Part `toml:"body"`
	Ack   string `toml:"ack"` // "" or "echo"
	AckBy []Part `toml:"ack_body"`
	AckIn string `toml:"ack_frame"` // default tx
}

// Reply is one answer that an operation may get.
type Reply struct {
	Hex   string `toml:"hex"`
	Str   string `toml:"str"`
	Event string `toml:"event"` // a frame of this event
	Echo  bool   `toml:"echo"`  // the sent bytes again
	Is    string `toml:"is"`    // ok, the code of a problem, or another word for what went wrong
	Retry bool   `toml:"retry"` // worth sending again

	When map[string]any `toml:"when"` // with event: its fields have these values

	raw []byte
}

// Done is the later answer that says that an operation is carried out.
type Done struct {
	Hex    string `toml:"hex"`
	Within int    `toml:"within_ms"`

	raw []byte
}

// Step is one turn of a dialogue: something to send, or something to wait for.
type Step struct {
	Send   string `toml:"send"`   // an operation
	Expect string `toml:"expect"` // an event
	Within int    `toml:"within_ms"`
}

// compile checks a described protocol. It returns the key at fault with the error.
func compile(f *file) (*Protocol, string, error) {
	p := &Protocol{id: f.ID, params: f.Param, frames: f.Frame, ops: f.Op, programs: map[string]*program{}, back: map[string]map[string]string{},
		substitutes: f.Substitute, idle: f.Line.IdleMS > 0}
	if _, ok := f.Frame["tx"]; !ok && len(f.Frame) == 0 {
		return nil, "driver", fmt.Errorf("frame: a described protocol needs at least [frame.tx]")
	}
	own, at, err := readCharsets(f)
	if err != nil {
		return nil, at, err
	}
	for _, name := range slices.Sorted(maps.Keys(f.Frame)) {
		fr := f.Frame[name]
		if fr.Escape != nil {
			if err := fr.Escape.prepare(); err != nil {
				return nil, "frame." + name + ".escape", fmt.Errorf("frame.%s: %w", name, err)
			}
		}
		if err := prepare(fr.Parts, own); err != nil {
			return nil, "frame." + name + ".parts", fmt.Errorf("frame.%s: %w", name, err)
		}
	}
	if at, err := checkInner(f); err != nil {
		return nil, at, err
	}
	for _, name := range slices.Sorted(maps.Keys(f.Op)) {
		op := f.Op[name]
		if err := prepare(op.Body, own); err != nil {
			return nil, "op." + name + ".body", fmt.Errorf("op.%s: %w", name, err)
		}
		if op.Frame == "" {
			op.Frame = "tx"
		}
		if _, ok := f.Frame[op.Frame]; !ok && op.Steps == nil {
			return nil, "op." + name + ".frame", fmt.Errorf("op.%s.frame: there is no [frame.%s]", name, op.Frame)
		}
		if err := op.prepare(f); err != nil {
			return nil, "op." + name, fmt.Errorf("op.%s.%w", name, err)
		}
		f.Op[name] = op
		if op.Steps != nil {
			continue
		}
		g, i, err := build(p.whole(op.Frame, op.Body), p.frames[op.Frame].Escape)
		if err != nil {
			return nil, p.locate(op.Frame, "op."+name+".body", len(op.Body), i), fmt.Errorf("op.%s in frame.%s: %w", name, op.Frame, err)
		}
		p.programs[name] = g
		for _, s := range g.all() {
			p.countsChars = p.countsChars || s.Chars != ""
		}
	}
	if at, err := p.checkSubstitutes(); err != nil {
		return nil, at, err
	}
	for _, name := range slices.Sorted(maps.Keys(f.Param)) {
		prm := f.Param[name]
		if prm.Map == nil {
			continue
		}
		bytes := false
		for _, g := range p.programs {
			bytes = bytes || slices.ContainsFunc(g.all(), func(s *step) bool { return s.Part.Bytes == name })
		}
		var err error
		if p.back[name], err = turned(prm.Map, bytes); err != nil {
			return nil, "param." + name + ".map", fmt.Errorf("param.%s.%w", name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.Event)) {
		if !slices.Contains(f.EventsIn, name) {
			return nil, "event." + name, fmt.Errorf("event.%s: the key events at the top must list every event in the order of trying", name)
		}
	}
	for n, name := range f.EventsIn {
		e, ok := f.Event[name]
		if slices.Contains(f.EventsIn[:n], name) {
			return nil, fmt.Sprintf("events[%d]", n), fmt.Errorf("events: %q stands twice; name every event once, in the order of trying", name)
		}
		if !ok {
			return nil, fmt.Sprintf("events[%d]", n), fmt.Errorf("events: there is no [event.%s]", name)
		}
		if e.Frame == "" {
			e.Frame = "rx"
			if _, ok := f.Frame["rx"]; !ok {
				e.Frame = "tx"
			}
		}
		if _, ok := f.Frame[e.Frame]; !ok {
			return nil, "event." + name + ".frame", fmt.Errorf("event.%s.frame: there is no [frame.%s]", name, e.Frame)
		}
		for _, b := range []struct {
			key  string
			body []Part
		}{{"body", e.Body}, {"ack_body", e.AckBy}} {
			if err := prepare(b.body, own); err != nil {
				return nil, "event." + name + "." + b.key, fmt.Errorf("event.%s: %w", name, err)
			}
		}
		if e.AckIn == "" {
			e.AckIn = "tx"
		}
		if _, ok := f.Frame[e.AckIn]; !ok && e.AckBy != nil {
			return nil, "event." + name + ".ack_frame", fmt.Errorf("event.%s.ack_frame: there is no [frame.%s]", name, e.AckIn)
		}
		if e.Ack != "" && e.Ack != "echo" {
			return nil, "event." + name + ".ack", fmt.Errorf("event.%s.ack: %q; write \"echo\", or ack_body", name, e.Ack)
		}
		parts := p.whole(e.Frame, e.Body)
		if err := measurable(parts); err != nil {
			return nil, "event." + name, fmt.Errorf("event.%s: %w", name, err)
		}
		g, i, err := build(parts, p.frames[e.Frame].Escape)
		if err != nil {
			return nil, p.locate(e.Frame, "event."+name+".body", len(e.Body), i), fmt.Errorf("event.%s in frame.%s: %w", name, e.Frame, err)
		}
		ev := namedEvent{program: g, name: name, parts: parts, Evt: e}
		if e.AckBy != nil {
			if ev.ack, i, err = build(p.whole(e.AckIn, e.AckBy), p.frames[e.AckIn].Escape); err != nil {
				return nil, p.locate(e.AckIn, "event."+name+".ack_body", len(e.AckBy), i), fmt.Errorf("event.%s.ack_body in frame.%s: %w", name, e.AckIn, err)
			}
		}
		p.events = append(p.events, ev)
	}
	for _, key := range slices.Sorted(maps.Keys(f.Role.Board)) {
		s := f.Role.Board[key]
		if _, ok := f.Op[s.Op]; !ok {
			return nil, "role.board." + key + ".op", fmt.Errorf("role.board.%s.op: there is no [op.%s]", key, s.Op)
		}
	}
	if _, ok := f.Op[f.Role.Voice.Say]; f.Role.Voice.Say != "" && !ok {
		return nil, "role.voice.say", fmt.Errorf("role.voice.say: there is no [op.%s]", f.Role.Voice.Say)
	}
	if _, ok := f.Op[f.Role.Pad.Ask]; f.Role.Pad.Ask != "" && !ok {
		return nil, "role.pad.ask", fmt.Errorf("role.pad.ask: there is no [op.%s]", f.Role.Pad.Ask)
	}
	if _, ok := f.Op[f.Role.Poll]; f.Role.Poll != "" && !ok {
		return nil, "role.poll", fmt.Errorf("role.poll: there is no [op.%s]", f.Role.Poll)
	}
	if f.Role.Probe != "" {
		if _, ok := f.Op[f.Role.Probe]; !ok {
			return nil, "role.probe", fmt.Errorf("role.probe: there is no [op.%s]", f.Role.Probe)
		}
	}
	if at, err := p.check(f); err != nil {
		return nil, at, err
	}
	return p, "", nil
}

// prepare checks what an operation is answered with.
func (o *Op) prepare(f *file) error {
	for i := range o.Reply {
		r := &o.Reply[i]
		kinds := 0
		for _, set := range []bool{r.Hex != "", r.Str != "", r.Event != "", r.Echo} {
			if set {
				kinds++
			}
		}
		if kinds != 1 || r.Is == "" {
			return &fault{fmt.Sprintf("reply[%d]", i), fmt.Errorf("reply %d: write one of hex, str, event, echo, and is = \"ok\" or what it means", i+1)}
		}
		r.raw = []byte(r.Str)
		if r.Hex != "" {
			var err error
			if r.raw, err = readHex("hex", r.Hex); err != nil {
				return &fault{fmt.Sprintf("reply[%d]", i), fmt.Errorf("reply %d: %w", i+1, err)}
			}
		}
		if r.When != nil && r.Event == "" {
			return &fault{fmt.Sprintf("reply[%d]", i), fmt.Errorf("reply %d: when goes with event; write it", i+1)}
		}
		if _, ok := f.Event[r.Event]; r.Event != "" && !ok {
			return &fault{fmt.Sprintf("reply[%d]", i), fmt.Errorf("reply %d: there is no [event.%s]", i+1, r.Event)}
		}
	}
	if o.Done != nil {
		var err error
		if o.Done.raw, err = readHex("hex", o.Done.Hex); err != nil {
			return &fault{"done", fmt.Errorf("done: %w", err)}
		}
	}
	for i, s := range o.Steps {
		if (s.Send == "") == (s.Expect == "") {
			return &fault{fmt.Sprintf("steps[%d]", i), fmt.Errorf("steps: step %d: write send or expect", i+1)}
		}
		if _, ok := f.Op[s.Send]; s.Send != "" && !ok {
			return &fault{fmt.Sprintf("steps[%d]", i), fmt.Errorf("steps: step %d: there is no [op.%s]", i+1, s.Send)}
		}
		if _, ok := f.Event[s.Expect]; s.Expect != "" && !ok {
			return &fault{fmt.Sprintf("steps[%d]", i), fmt.Errorf("steps: step %d: there is no [event.%s]", i+1, s.Expect)}
		}
	}
	return nil
}

// measurable refuses an event that takes no byte: it would match everywhere.
func measurable(parts []Part) error {
	for _, part := range flat(parts) {
		if n, fixed := part.fixedSize(); !fixed && (part.Min > 0 || part.term != nil || part.Str != "") || n > 0 || part.small != nil {
			return nil
		}
	}
	return errors.New("it takes no byte; write at least one part that does")
}

// whole puts a body into its frame.
func (p *Protocol) whole(frame string, body []Part) []Part {
	var out []Part
	for _, part := range p.frames[frame].Parts {
		if part.Body {
			out = append(out, body...)
			continue
		}
		if part.Inner != "" {
			part.inner, part.esc = p.whole(part.Inner, body), p.frames[part.Inner].Escape
		}
		out = append(out, part)
	}
	return out
}

// locate is the path of part i of a whole frame: in the frame's own parts, or in the body of n parts that stands in it. Part -1 is the escape.
func (p *Protocol) locate(frame, body string, n, i int) string {
	if i < 0 {
		return "frame." + frame + ".escape.of"
	}
	for k, part := range p.frames[frame].Parts {
		switch {
		case !part.Body && i == 0:
			return fmt.Sprintf("frame.%s.parts[%d]", frame, k)
		case !part.Body:
			i--
		case i < n:
			return fmt.Sprintf("%s[%d]", body, i)
		default:
			i -= n
		}
	}
	return strings.TrimSuffix(strings.TrimSuffix(body, ".body"), ".ack_body")
}

// Op returns an operation; nil if there is none of that name.
func (p *Protocol) Op(name string) *Op {
	o, ok := p.ops[name]
	if !ok {
		return nil
	}
	return &o
}

// Ops lists the operations in alphabetical order.
func (p *Protocol) Ops() []string { return slices.Sorted(maps.Keys(p.ops)) }

// Arguments are the names that an operation takes.
func (p *Protocol) Arguments(op string) map[string]bool {
	g := p.programs[op]
	if g == nil {
		return map[string]bool{}
	}
	return maps.Clone(g.args)
}

// Rolling are the parameters that go round where nobody gives them, at the n-th operation: from their least to their greatest and round again.
func (p *Protocol) Rolling(n uint16) map[string]any {
	var now map[string]any
	for name, prm := range p.params {
		if !prm.Rolls {
			continue
		}
		if now == nil {
			now = map[string]any{}
		}
		now[name] = *prm.Min + int64(n)%(*prm.Max-*prm.Min+1)
	}
	return now
}

// Sequence is the n-th number that an operation's frame counts with, from its least to its greatest and round again.
func (p *Protocol) Sequence(op string, n uint16) int64 {
	o := p.ops[op]
	for _, part := range flat(p.whole(o.Frame, o.Body)) {
		if part.Seq == "" {
			continue
		}
		_, f, _ := part.number()
		_, most := f.limits()
		if part.Max > 0 {
			most = int64(part.Max)
		}
		return int64(part.Min) + int64(n)%(most-int64(part.Min)+1)
	}
	return 0
}

// Answered says whether the device answers the operation, on a line where it answers at all.
func (o *Op) Answered() bool { return o.Reply == nil || len(o.Reply) > 0 }

// Means says whether an event is this answer to the bytes that were sent.
func (r *Reply) Means(e Event, sent []byte) bool {
	switch {
	case r.Echo:
		return bytes.Equal(e.Raw, sent)
	case r.Event != "":
		for field, v := range r.When {
			if plain(e.Fields[field]) != plain(v) {
				return false
			}
		}
		return e.Name == r.Event
	default:
		return bytes.Equal(e.Raw, r.raw)
	}
}

// Is says whether these bytes are the late answer.
func (d *Done) Is(raw []byte) bool { return bytes.Equal(raw, d.raw) }
