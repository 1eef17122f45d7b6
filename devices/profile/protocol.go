package profile

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"halld/devices/frame"
)

// Protocol is the frames of a model, ready to encode and decode.
type Protocol struct {
	id     string
	params map[string]Param
	frames map[string]Frame
	ops    map[string]Op
	events []namedEvent
}

type namedEvent struct {
	name string
	Evt
}

// Param is a value that operations take: its range, its default, its names.
type Param struct {
	Default any            `toml:"default"`
	Min     *int           `toml:"min"`
	Max     *int           `toml:"max"`
	Map     map[string]int `toml:"map"`
}

// Frame is what stands around a body.
type Frame struct {
	Parts  []Part  `toml:"parts"`
	Escape *Escape `toml:"escape"`
}

// Escape replaces bytes between two marks when the frame is otherwise ready: "A5>A6 02".
type Escape struct {
	Of  string   `toml:"of"`
	Map []string `toml:"map"`

	to   map[byte][]byte
	back map[byte]map[byte]byte // first byte → second → what they stand for
}

// Op is one thing the host can send.
type Op struct {
	Frame string   `toml:"frame"` // default tx
	Args  []string `toml:"args"`  // must be given
	Body  []Part   `toml:"body"`
}

// Evt is one thing the device can send. Ack is sent back at once: "echo", or a body in frame tx.
type Evt struct {
	Frame string `toml:"frame"` // default rx, or tx where there is no rx
	Body  []Part `toml:"body"`
	Ack   string `toml:"ack"` // "" or "echo"
	AckBy []Part `toml:"ack_body"`
}

// Part is one piece of a frame: exactly one of its first group of keys is set, the others refine it.
type Part struct {
	Hex    string `toml:"hex"`
	U8     any    `toml:"u8"` // a name or a fixed value
	U16LE  any    `toml:"u16le"`
	U16BE  any    `toml:"u16be"`
	Len    string `toml:"len"` // how a length is written: u8, u16le, u32le
	Sum    string `toml:"sum"` // a checksum of package frame
	Mark   string `toml:"mark"`
	Text   string `toml:"text"`
	Digits string `toml:"digits"`
	Bytes  string `toml:"bytes"`
	Body   bool   `toml:"body"`

	Of    string         `toml:"of"`    // the span a length or checksum covers: "a..z"
	Put   string         `toml:"put"`   // how a checksum is written: u8 (default), u16le
	Mod   uint32         `toml:"mod"`   // checksum modulo this
	Add   int            `toml:"add"`   // added to a length
	Enc   string         `toml:"enc"`   // gb2312 or ascii
	Width int            `toml:"width"` // digits or bytes
	Radix int            `toml:"radix"` // of digits, default 10
	Keep  string         `toml:"keep"`  // "last": only the last digits
	Min   int            `toml:"min"`
	Max   int            `toml:"max"`
	Map   map[string]int `toml:"map"`
	Not   *int           `toml:"not"`
	Drop  bool           `toml:"drop"` // received, not reported

	raw []byte
}

// number says whether the part is an integer, which name or value it has, and how it is written.
func (p *Part) number() (v any, form string) {
	switch {
	case p.U8 != nil:
		return p.U8, "u8"
	case p.U16LE != nil:
		return p.U16LE, "u16le"
	case p.U16BE != nil:
		return p.U16BE, "u16be"
	}
	return nil, ""
}

var sizes = map[string]int{"u8": 1, "u16le": 2, "u16be": 2, "u32le": 4}

func put(form string, v uint64) ([]byte, error) {
	n := sizes[form]
	if n < 8 && v >= 1<<(8*n) {
		return nil, fmt.Errorf("%d does not fit into %s", v, form)
	}
	out := make([]byte, n)
	for i := range out {
		if strings.HasSuffix(form, "be") {
			out[n-1-i] = byte(v >> (8 * i))
		} else {
			out[i] = byte(v >> (8 * i))
		}
	}
	return out, nil
}

func get(form string, b []byte) uint64 {
	var v uint64
	for i := range b {
		if strings.HasSuffix(form, "be") {
			v = v<<8 | uint64(b[i])
		} else {
			v |= uint64(b[i]) << (8 * i)
		}
	}
	return v
}

// compile checks a described protocol. It returns the key at fault with the error.
func compile(f *file) (*Protocol, string, error) {
	p := &Protocol{id: f.ID, params: f.Param, frames: f.Frame, ops: f.Op}
	if _, ok := f.Frame["tx"]; !ok && len(f.Frame) == 0 {
		return nil, "driver", fmt.Errorf("frame: a described protocol needs at least [frame.tx]")
	}
	for name, fr := range f.Frame {
		if fr.Escape != nil {
			if err := fr.Escape.prepare(); err != nil {
				return nil, "[frame." + name + "]", fmt.Errorf("frame.%s: %w", name, err)
			}
		}
		if err := prepare(fr.Parts); err != nil {
			return nil, "[frame." + name + "]", fmt.Errorf("frame.%s: %w", name, err)
		}
	}
	for name, op := range f.Op {
		if err := prepare(op.Body); err != nil {
			return nil, "[op." + name + "]", fmt.Errorf("op.%s: %w", name, err)
		}
		if op.Frame == "" {
			op.Frame = "tx"
		}
		if _, ok := f.Frame[op.Frame]; !ok {
			return nil, "[op." + name + "]", fmt.Errorf("op.%s.frame: there is no [frame.%s]", name, op.Frame)
		}
		f.Op[name] = op
	}
	for name := range f.Event {
		if !slices.Contains(f.EventsIn, name) {
			return nil, "[event." + name + "]", fmt.Errorf("event.%s: the key events at the top must list every event in the order of trying", name)
		}
	}
	for _, name := range f.EventsIn {
		e, ok := f.Event[name]
		if !ok {
			return nil, "events", fmt.Errorf("events: there is no [event.%s]", name)
		}
		if e.Frame == "" {
			e.Frame = "rx"
			if _, ok := f.Frame["rx"]; !ok {
				e.Frame = "tx"
			}
		}
		if _, ok := f.Frame[e.Frame]; !ok {
			return nil, "[event." + name + "]", fmt.Errorf("event.%s.frame: there is no [frame.%s]", name, e.Frame)
		}
		for _, body := range [][]Part{e.Body, e.AckBy} {
			if err := prepare(body); err != nil {
				return nil, "[event." + name + "]", fmt.Errorf("event.%s: %w", name, err)
			}
		}
		if e.Ack != "" && e.Ack != "echo" {
			return nil, "[event." + name + "]", fmt.Errorf("event.%s.ack: %q; write \"echo\", or ack_body", name, e.Ack)
		}
		p.events = append(p.events, namedEvent{name, e})
	}
	for key, s := range f.Role.Board {
		if _, ok := f.Op[s.Op]; !ok {
			return nil, "[role.board", fmt.Errorf("role.board.%s.op: there is no [op.%s]", key, s.Op)
		}
	}
	if f.Role.Probe != "" {
		if _, ok := f.Op[f.Role.Probe]; !ok {
			return nil, "probe", fmt.Errorf("role.probe: there is no [op.%s]", f.Role.Probe)
		}
	}
	return p, "", nil
}

func prepare(parts []Part) error {
	for i := range parts {
		p := &parts[i]
		if p.Hex != "" {
			b, err := hex.DecodeString(strings.ReplaceAll(p.Hex, " ", ""))
			if err != nil {
				return fmt.Errorf("hex %q: write pairs of hex digits such as A5 5A", p.Hex)
			}
			p.raw = b
		}
		if p.Len != "" && sizes[p.Len] == 0 {
			return fmt.Errorf("len %q: write u8, u16le or u32le", p.Len)
		}
		if p.Sum != "" && frame.Sums[p.Sum] == nil {
			return fmt.Errorf("sum %q: write sum, sum8, sum16, xor8, crc16-arc or crc16-modbus", p.Sum)
		}
		if p.Put != "" && sizes[p.Put] == 0 {
			return fmt.Errorf("put %q: write u8 or u16le", p.Put)
		}
		kinds := 0
		_, form := p.number()
		for _, set := range []bool{p.Hex != "", form != "", p.Len != "", p.Sum != "", p.Mark != "", p.Text != "", p.Digits != "", p.Bytes != "", p.Body} {
			if set {
				kinds++
			}
		}
		if kinds != 1 {
			return fmt.Errorf("part %d: write exactly one of hex, u8, u16le, u16be, len, sum, mark, text, digits, bytes, body", i+1)
		}
	}
	return nil
}

// whole puts a body into its frame.
func (p *Protocol) whole(frame string, body []Part) []Part {
	var out []Part
	for _, part := range p.frames[frame].Parts {
		if part.Body {
			out = append(out, body...)
			continue
		}
		out = append(out, part)
	}
	return out
}
