package profile

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"halld/devices/frame"
)

// Encode makes the bytes of an operation. Values are numbers, or words as a command line has them. What is unknown, missing, out of range or not in
// the device's character set is refused before a byte is made.
func (p *Protocol) Encode(op string, args map[string]any) ([]byte, error) {
	o, ok := p.ops[op]
	if !ok {
		return nil, fmt.Errorf("encode: %s has no operation %q", p.id, op)
	}
	parts := p.whole(o.Frame, o.Body)
	used := map[string]bool{}
	for _, part := range parts {
		if name := part.name(); name != "" {
			used[name] = true
		}
	}
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

// name is the argument or field of a part; empty if it has none.
func (p *Part) name() string {
	if v, form := p.number(); form != "" {
		s, _ := v.(string)
		return s
	}
	return p.Text + p.Digits + p.Bytes
}

func (p *Protocol) write(parts []Part, args map[string]any, esc *Escape) ([]byte, error) {
	var out []byte
	marks := map[string]int{}
	holes := map[int]int{} // part → where its length or checksum goes
	for i := range parts {
		part := &parts[i]
		switch {
		case part.raw != nil:
			out = append(out, part.raw...)
		case part.Mark != "":
			marks[part.Mark] = len(out)
		case part.Len != "":
			holes[i] = len(out)
			out = append(out, make([]byte, sizes[part.Len])...)
		case part.Sum != "":
			holes[i] = len(out)
			out = append(out, make([]byte, sizes[sumForm(part)])...)
		default:
			b, err := p.value(part, args)
			if err != nil {
				return nil, err
			}
			out = append(out, b...)
		}
	}
	for _, sums := range []bool{false, true} { // a checksum covers lengths, never the other way round
		for i := range parts {
			part := &parts[i]
			at, ok := holes[i]
			if !ok || (part.Sum != "") != sums {
				continue
			}
			from, to, err := span(part.Of, marks)
			if err != nil {
				return nil, err
			}
			var b []byte
			if sums {
				b, err = put(sumForm(part), uint64(checksum(part, out[from:to])))
			} else {
				b, err = put(part.Len, uint64(to-from+part.Add))
			}
			if err != nil {
				return nil, err
			}
			copy(out[at:], b)
		}
	}
	if esc == nil {
		return out, nil
	}
	from, to, err := span(esc.Of, marks)
	if err != nil {
		return nil, err
	}
	escaped := append([]byte{}, out[:from]...)
	for _, c := range out[from:to] {
		if r := esc.replace(c); r != nil {
			escaped = append(escaped, r...)
		} else {
			escaped = append(escaped, c)
		}
	}
	return append(escaped, out[to:]...), nil
}

func sumForm(p *Part) string {
	if p.Put != "" {
		return p.Put
	}
	return "u8"
}

func checksum(p *Part, b []byte) uint32 {
	v := frame.Sums[p.Sum](b)
	if p.Mod > 0 {
		v %= p.Mod
	}
	return v
}

func span(of string, marks map[string]int) (from, to int, err error) {
	a, z, ok := strings.Cut(of, "..")
	from, ok1 := marks[a]
	to, ok2 := marks[z]
	if !ok || !ok1 || !ok2 || from > to {
		return 0, 0, fmt.Errorf("the span %q does not name two marks in order", of)
	}
	return from, to, nil
}

// replace gives the bytes that stand for c; nil if it stands for itself.
func (e *Escape) replace(c byte) []byte { return e.to[c] }

// prepare reads the map of an escape.
func (e *Escape) prepare() error {
	e.to, e.back = map[byte][]byte{}, map[byte]map[byte]byte{}
	for _, m := range e.Map {
		from, to, ok := strings.Cut(m, ">")
		a, err1 := hex.DecodeString(from)
		b, err2 := hex.DecodeString(strings.ReplaceAll(to, " ", ""))
		if !ok || err1 != nil || err2 != nil || len(a) != 1 || len(b) != 2 {
			return fmt.Errorf("escape.map %q: write one byte, >, and the two that stand for it, such as \"A5>A6 02\"", m)
		}
		e.to[a[0]] = b
		if e.back[b[0]] == nil {
			e.back[b[0]] = map[byte]byte{}
		}
		e.back[b[0]][b[1]] = a[0]
	}
	return nil
}

// value writes the argument of a part.
func (p *Protocol) value(part *Part, args map[string]any) ([]byte, error) {
	name := part.name()
	v, form := part.number()
	if form != "" && name == "" {
		n, ok := v.(int64)
		if !ok {
			return nil, fmt.Errorf("a fixed value must be a whole number")
		}
		return put(form, uint64(n))
	}
	given, ok := args[name]
	if !ok {
		given = p.params[name].Default
	}
	if given == nil {
		return nil, fmt.Errorf("argument %q is missing", name)
	}
	switch {
	case part.Text != "":
		return text(part, fmt.Sprint(given))
	case part.Bytes != "":
		return nil, fmt.Errorf("argument %q cannot be sent", name)
	}
	n, err := p.whole64(part, name, given)
	if err != nil {
		return nil, err
	}
	if part.Digits != "" {
		return digits(part, name, n)
	}
	b, err := put(form, uint64(n))
	if err != nil {
		return nil, fmt.Errorf("argument %q: %w", name, err)
	}
	return b, nil
}

func (p *Protocol) whole64(part *Part, name string, given any) (int64, error) {
	prm := p.params[name]
	names := prm.Map
	if part.Map != nil {
		names = part.Map
	}
	word := fmt.Sprint(given)
	if names != nil {
		n, ok := names[word]
		if !ok {
			var known []string
			for k := range names {
				known = append(known, k)
			}
			slices.Sort(known)
			return 0, fmt.Errorf("argument %q: %q is not one of %s", name, word, strings.Join(known, ", "))
		}
		return int64(n), nil
	}
	if f, ok := given.(float64); ok {
		word = strconv.FormatFloat(f, 'f', -1, 64)
	}
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("argument %q: %q is no whole number", name, word)
	}
	least := int64(0)
	if prm.Min != nil {
		least = int64(*prm.Min)
	}
	if n < least || prm.Max != nil && n > int64(*prm.Max) {
		most := "the field's size"
		if prm.Max != nil {
			most = strconv.Itoa(*prm.Max)
		}
		return 0, fmt.Errorf("argument %q: %d is out of range; write %d to %s", name, n, least, most)
	}
	return n, nil
}

func digits(part *Part, name string, n int64) ([]byte, error) {
	radix := int64(max(part.Radix, 0))
	if radix == 0 {
		radix = 10
	}
	out := make([]byte, part.Width)
	for i := part.Width - 1; i >= 0; i-- {
		out[i] = byte(n % radix)
		n /= radix
	}
	if n != 0 && part.Keep != "last" {
		return nil, fmt.Errorf("argument %q has more than %d places", name, part.Width)
	}
	return out, nil
}

func text(part *Part, s string) ([]byte, error) {
	enc := part.Enc
	if enc == "" {
		enc = "ascii"
	}
	b, err := frame.Encode(enc, s)
	if err != nil {
		return nil, fmt.Errorf("argument %q: %w", part.Text, err)
	}
	if part.Max > 0 && len(b) > part.Max || len(b) < part.Min {
		return nil, fmt.Errorf("argument %q: %d bytes; it takes %d to %d", part.Text, len(b), part.Min, part.Max)
	}
	return b, nil
}
