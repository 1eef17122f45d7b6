package profile

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Piece is bytes to send, and how long the line is to be silent behind them.
type Piece struct {
	Bytes []byte
	Pause time.Duration
}

// Encode makes the bytes of an operation. Values are numbers, or words as a command line has them. What is unknown, missing, out of range or not in
// the device's character set is refused before a byte is made.
func (p *Protocol) Encode(op string, args map[string]any) ([]byte, error) {
	pieces, err := p.EncodePieces(op, args)
	if err != nil {
		return nil, err
	}
	return joined(pieces), nil
}

func joined(pieces []Piece) []byte {
	if len(pieces) == 1 {
		return pieces[0].Bytes
	}
	var out []byte
	for _, piece := range pieces {
		out = append(out, piece.Bytes...)
	}
	return out
}

// EncodePieces makes the bytes of an operation with the pauses inside its frame.
func (p *Protocol) EncodePieces(op string, args map[string]any) ([]Piece, error) {
	o, ok := p.ops[op]
	if !ok {
		return nil, fmt.Errorf("encode: %s has no operation %q; it has %s", p.id, op, strings.Join(slices.Sorted(maps.Keys(p.ops)), ", "))
	}
	if o.Steps != nil {
		return nil, fmt.Errorf("encode: %s is a dialogue of other operations and has no bytes of its own", op)
	}
	g := p.programs[op]
	for name := range args {
		if !g.args[name] {
			return nil, fmt.Errorf("encode %s: there is no argument %q", op, name)
		}
	}
	for _, name := range o.Args {
		if _, ok := args[name]; !ok {
			return nil, fmt.Errorf("encode %s: argument %q is missing", op, name)
		}
	}
	out, err := p.write(g, args)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", op, err)
	}
	return out, nil
}

// writer collects a frame: bytes first, lengths and checksums when all else stands, escaping last.
type writer struct {
	out    []byte
	marks  [mostMarks]int
	holes  []int // step → where its length or checksum goes
	chars  map[string]int
	pauses []pauseAt
}

type pauseAt struct {
	at int
	d  time.Duration
}

func (p *Protocol) write(g *program, args map[string]any) ([]Piece, error) {
	var room [64]int
	w := writer{out: make([]byte, 0, g.size+64), holes: room[:]}
	if len(g.steps) > len(room) {
		w.holes = make([]int, len(g.steps))
	}
	for k := range g.steps {
		s := &g.steps[k]
		switch {
		case s.isMark:
			w.marks[s.mark] = len(w.out)
		case s.raw != nil:
			w.out = append(w.out, s.raw...)
		case s.Pause > 0:
			w.pauses = append(w.pauses, pauseAt{len(w.out), time.Duration(s.Pause) * time.Millisecond})
		case s.Len != "" || s.Sum != "":
			w.holes[k] = len(w.out)
			w.out = append(w.out, make([]byte, s.form.size)...)
		case s.Fill != "":
			n := s.To - len(w.out)
			if n < 0 {
				return nil, fmt.Errorf("%d bytes; the frame takes at most %d up to its filling", len(w.out), s.To)
			}
			w.out = append(w.out, bytes.Repeat(s.pad, n)...)
		case s.inner != nil:
			pieces, err := p.write(s.inner, args)
			if err != nil {
				return nil, err
			}
			w.out = append(w.out, joined(pieces)...)
		case s.small != nil:
			if err := p.pack(s, args, &w); err != nil {
				return nil, err
			}
		default:
			if err := p.value(g, s, args, &w); err != nil {
				return nil, err
			}
		}
	}
	for k := range g.steps {
		switch s := &g.steps[k]; {
		case s.Len != "" && s.Unit == "chars":
			if err := w.put(s, w.holes[k], int64(w.chars[s.Chars])); err != nil {
				return nil, err
			}
		case s.counts():
			n, err := p.encoded(s, args)
			if err != nil {
				return nil, err
			}
			if err := w.put(s, w.holes[k], n); err != nil {
				return nil, err
			}
		}
	}
	for _, k := range g.fill {
		s := &g.steps[k]
		switch {
		case s.Len != "" && s.Unit == "chars":
		case s.Len != "":
			if err := w.put(s, w.holes[k], int64(w.marks[s.to]-w.marks[s.from])); err != nil {
				return nil, err
			}
		default:
			b, err := s.form.put(s.checksum(w.out, w.marks[:]))
			if err != nil {
				return nil, fmt.Errorf("checksum of %s: %w", s.Of, err)
			}
			copy(w.out[w.holes[k]:], b)
		}
	}
	return w.escape(g), nil
}

// escape replaces what must not stand bare, and cuts the frame at its pauses.
func (w *writer) escape(g *program) []Piece {
	if g.esc == nil && w.pauses == nil {
		return []Piece{{Bytes: w.out}}
	}
	var pieces []Piece
	spans := g.escaped // that are not behind us
	now := make([]byte, 0, len(w.out)+16)
	for i, c := range w.out {
		for len(w.pauses) > 0 && w.pauses[0].at == i {
			pieces = append(pieces, Piece{now, w.pauses[0].d})
			now, w.pauses = nil, w.pauses[1:]
		}
		for len(spans) > 0 && i >= w.marks[spans[0].to] {
			spans = spans[1:]
		}
		if len(spans) > 0 && i >= w.marks[spans[0].from] {
			if r := g.esc.replace(c); r != nil {
				now = append(now, r...)
				continue
			}
		}
		now = append(now, c)
	}
	for _, p := range w.pauses { // behind the last byte
		pieces = append(pieces, Piece{now, p.d})
		now = nil
	}
	if now == nil && pieces != nil {
		return pieces
	}
	return append(pieces, Piece{Bytes: now})
}

// value writes the argument of a part.
func (p *Protocol) value(g *program, s *step, args map[string]any, w *writer) error {
	if s.whole && !s.named {
		b, err := s.form.put(s.cook(s.fixed))
		w.out = append(w.out, b...)
		if err != nil {
			return fmt.Errorf("fixed value: %w", err)
		}
		return nil
	}
	given, err := p.argument(s.Part, s.arg, args)
	if err != nil {
		return err
	}
	switch {
	case s.Str != "":
		w.out = append(w.out, plain(given)...)
		return nil
	case s.Text != "":
		text := substitute(s.Part, plain(given), p.substitutes)
		b, err := p.text(s, text, args)
		if err != nil {
			return fmt.Errorf("argument %q: %w", s.arg, err)
		}
		if p.countsChars {
			if w.chars == nil {
				w.chars = map[string]int{}
			}
			w.chars[s.Text] = len([]rune(text))
		}
		w.out = append(w.out, b...)
		return nil
	case s.Bytes != "":
		b, err := hex.DecodeString(strings.ReplaceAll(plain(given), " ", ""))
		if err != nil {
			return fmt.Errorf("argument %q: %q; write bytes in hex such as 0A FF", s.arg, given)
		}
		if s.Width > 0 && len(b) != s.Width || s.Max > 0 && len(b) > s.Max || len(b) < s.Min {
			return fmt.Errorf("argument %q has %d bytes, which is not what the device takes", s.arg, len(b))
		}
		w.out = append(w.out, b...)
		return nil
	case s.Digits != "" && s.Width == 0:
		b, err := freeDigits(s.Part, plain(given))
		w.out = append(w.out, b...)
		return err
	}
	n, err := p.integer(s.arg, given, s.form)
	if err != nil {
		return err
	}
	if s.Digits != "" {
		b, err := digits(s.Part, s.arg, n)
		w.out = append(w.out, b...)
		return err
	}
	if s.Not != nil && n == int64(*s.Not) {
		return fmt.Errorf("argument %q: %d cannot be sent here", s.arg, n)
	}
	if s.Seq != "" && (n < int64(s.Min) || s.Max > 0 && n > int64(s.Max)) {
		return fmt.Errorf("argument %q: %d is out of range; write %d to %d", s.arg, n, s.Min, s.Max)
	}
	if s.splits() {
		if whole := s.scale(n); whole < 0 || whole&^g.bits[s.arg] != 0 {
			return fmt.Errorf("argument %q: %d does not fit into the bits that the device takes of it", s.arg, n)
		}
	} else if s.Or != 0 && s.scale(n)&int64(s.Or) != 0 {
		return fmt.Errorf("argument %q: %d needs bits that are always set", s.arg, n)
	}
	b, err := s.form.put(s.cook(n))
	if err != nil {
		return fmt.Errorf("argument %q: %w", s.arg, err)
	}
	w.out = append(w.out, b...)
	return nil
}

// argument finds what was given for a name, or its default, and turns a word of its list into what stands for it.
func (p *Protocol) argument(part *Part, name string, args map[string]any) (any, error) {
	prm := p.params[name]
	given, ok := args[name]
	if !ok {
		given = prm.Default
	}
	if given == nil && part.Seq != "" {
		given = int64(part.Min)
	}
	if given == nil {
		return nil, fmt.Errorf("argument %q is missing", name)
	}
	words := prm.Map
	if part.Map != nil {
		words = part.Map
	}
	if words == nil {
		return given, nil
	}
	v, ok := words[plain(given)]
	if !ok {
		return nil, fmt.Errorf("argument %q: %q is not one of %s", name, plain(given), strings.Join(slices.Sorted(maps.Keys(words)), ", "))
	}
	return v, nil
}

// plain writes a value as a person types it: JSON numbers without exponent.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}
