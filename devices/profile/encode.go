package profile

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"halld/devices/frame"
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
	var out []byte
	for _, piece := range pieces {
		out = append(out, piece.Bytes...)
	}
	return out, nil
}

// EncodePieces makes the bytes of an operation with the pauses inside its frame.
func (p *Protocol) EncodePieces(op string, args map[string]any) ([]Piece, error) {
	o, ok := p.ops[op]
	if !ok {
		return nil, fmt.Errorf("encode: %s has no operation %q; it has %s", p.id, op, strings.Join(slices.Sorted(maps.Keys(p.ops)), ", "))
	}
	parts := p.whole(o.Frame, o.Body)
	used := map[string]bool{}
	names(parts, used)
	for name := range args {
		if !used[name] {
			return nil, fmt.Errorf("encode %s: there is no argument %q", op, name)
		}
	}
	for _, name := range o.Args {
		if _, ok := args[name]; !ok {
			return nil, fmt.Errorf("encode %s: argument %q is missing", op, name)
		}
	}
	out, err := p.write(parts, args, p.frames[o.Frame].Escape)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", op, err)
	}
	return out, nil
}

func names(parts []Part, into map[string]bool) {
	for i := range parts {
		if n := parts[i].name(); n != "" {
			into[n] = true
		}
		names(parts[i].Pre, into)
		names(parts[i].Post, into)
	}
}

// writer collects a frame: bytes first, lengths and checksums when all else stands, escaping last.
type writer struct {
	out    []byte
	marks  map[string]int
	holes  map[int]int // part → where its length or checksum goes
	chars  map[string]int
	pauses []pauseAt
}

type pauseAt struct {
	at int
	d  time.Duration
}

func (p *Protocol) write(parts []Part, args map[string]any, esc *Escape) ([]Piece, error) {
	w := writer{marks: map[string]int{}, holes: map[int]int{}, chars: map[string]int{}}
	for i := range parts {
		part := &parts[i]
		switch {
		case part.raw != nil:
			w.out = append(w.out, part.raw...)
		case part.Mark != "":
			w.marks[part.Mark] = len(w.out)
		case part.Pause > 0:
			w.pauses = append(w.pauses, pauseAt{len(w.out), time.Duration(part.Pause) * time.Millisecond})
		case part.Len != "":
			w.holes[i] = len(w.out)
			w.out = append(w.out, make([]byte, part.lenForm().size)...)
		case part.Sum != "":
			w.holes[i] = len(w.out)
			w.out = append(w.out, make([]byte, part.sumForm().size)...)
		default:
			b, err := p.value(part, args)
			if err != nil {
				return nil, err
			}
			if part.Text != "" {
				w.chars[part.Text] = len([]rune(fmt.Sprint(args[part.Text])))
			}
			w.out = append(w.out, b...)
		}
	}
	for _, sums := range []bool{false, true} { // a checksum covers lengths, never the other way round
		for i := range parts {
			if at, ok := w.holes[i]; ok && (parts[i].Sum != "") == sums {
				if err := w.fill(&parts[i], at); err != nil {
					return nil, err
				}
			}
		}
	}
	return w.escape(esc)
}

func (w *writer) fill(part *Part, at int) error {
	from, to, err := span(part.Of, w.marks, at, len(w.out))
	if err != nil {
		return err
	}
	var b []byte
	switch {
	case part.Sum != "":
		b, err = part.sumForm().put(int64(checksum(part, w.out[from:to])))
	case part.Unit == "chars":
		b, err = part.lenForm().put(part.cook(int64(w.chars[part.Chars])))
	default:
		b, err = part.lenForm().put(part.cook(int64(to - from)))
	}
	if err != nil {
		return fmt.Errorf("length or checksum of %s: %w", part.Of, err)
	}
	copy(w.out[at:], b)
	return nil
}

// escape replaces what must not stand bare, and cuts the frame at its pauses.
func (w *writer) escape(esc *Escape) ([]Piece, error) {
	from, to := 0, 0
	if esc != nil {
		var err error
		if from, to, err = span(esc.Of, w.marks, len(w.out), len(w.out)); err != nil {
			return nil, err
		}
	}
	var pieces []Piece
	var now []byte
	for i, c := range w.out {
		for _, p := range w.pauses {
			if p.at == i {
				pieces = append(pieces, Piece{now, p.d})
				now = nil
			}
		}
		if i >= from && i < to {
			if r := esc.replace(c); r != nil {
				now = append(now, r...)
				continue
			}
		}
		now = append(now, c)
	}
	return append(pieces, Piece{Bytes: now}), nil
}

func checksum(p *Part, b []byte) uint32 {
	v := frame.Sums[p.Sum](b)
	if p.Mod > 0 {
		v %= p.Mod
	}
	return v
}

// span finds two places: marks, "^" or nothing for the start, "here" for the part itself, "$" or nothing for the end.
func span(of string, marks map[string]int, here, end int) (from, to int, err error) {
	place := func(name string, empty int) (int, bool) {
		switch name {
		case "^":
			return 0, true
		case "":
			return empty, true
		case "$":
			return end, true
		case "here":
			return here, true
		}
		at, ok := marks[name]
		return at, ok
	}
	a, z, ok := strings.Cut(of, "..")
	from, ok1 := place(a, 0)
	to, ok2 := place(z, end)
	if !ok || !ok1 || !ok2 || from > to {
		return 0, 0, fmt.Errorf("the span %q does not name two marks in order", of)
	}
	return from, to, nil
}

// value writes the argument of a part.
func (p *Protocol) value(part *Part, args map[string]any) ([]byte, error) {
	v, f, isNumber := part.number()
	name := part.name()
	if isNumber && name == "" {
		b, err := f.put(part.cook(v.(int64)))
		if err != nil {
			return nil, fmt.Errorf("fixed value: %w", err)
		}
		return b, nil
	}
	given, err := p.argument(part, name, args)
	if err != nil {
		return nil, err
	}
	switch {
	case part.Str != "":
		return []byte(fmt.Sprint(given)), nil
	case part.Text != "":
		b, err := p.text(part, fmt.Sprint(given), args)
		if err != nil {
			return nil, fmt.Errorf("argument %q: %w", name, err)
		}
		return b, nil
	case part.Bytes != "":
		b, err := hex.DecodeString(strings.ReplaceAll(fmt.Sprint(given), " ", ""))
		if err != nil {
			return nil, fmt.Errorf("argument %q: %q; write bytes in hex such as 0A FF", name, given)
		}
		if part.Width > 0 && len(b) != part.Width || part.Max > 0 && len(b) > part.Max || len(b) < part.Min {
			return nil, fmt.Errorf("argument %q has %d bytes, which is not what the device takes", name, len(b))
		}
		return b, nil
	}
	n, err := p.integer(name, given, f)
	if err != nil {
		return nil, err
	}
	if part.Digits != "" {
		return digits(part, name, n)
	}
	if part.Not != nil && n == int64(*part.Not) {
		return nil, fmt.Errorf("argument %q: %d cannot be sent here", name, n)
	}
	b, err := f.put(part.cook(n))
	if err != nil {
		return nil, fmt.Errorf("argument %q: %w", name, err)
	}
	return b, nil
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
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

func (p *Protocol) integer(name string, given any, f form) (int64, error) {
	n, err := strconv.ParseInt(plain(given), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("argument %q: %q is no whole number", name, plain(given))
	}
	prm := p.params[name]
	least, most := int64(0), int64(1)<<62
	if f.signed {
		least, _ = f.limits()
	}
	if prm.Min != nil {
		least = *prm.Min
	}
	if prm.Max != nil {
		most = *prm.Max
	}
	if n < least || n > most {
		top := "the field's size"
		if prm.Max != nil {
			top = strconv.FormatInt(most, 10)
		}
		return 0, fmt.Errorf("argument %q: %d is out of range; write %d to %s", name, n, least, top)
	}
	return n, nil
}

func digits(part *Part, name string, n int64) ([]byte, error) {
	radix := int64(part.Radix)
	if radix == 0 {
		radix = 10
	}
	out := make([]byte, part.Width)
	for i := part.Width - 1; i >= 0; i-- {
		out[i] = byte(n % radix)
		if part.Blank != nil && n == 0 && i < part.Width-1 {
			out[i] = byte(*part.Blank)
		}
		n /= radix
	}
	if n != 0 && part.Keep != "last" {
		return nil, fmt.Errorf("argument %q has more than %d places", name, part.Width)
	}
	return out, nil
}
