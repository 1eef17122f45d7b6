package profile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// smallNumber is some bits of an integer that several numbers share.
type smallNumber struct {
	*Part         // with the name, or the fixed number
	bits, low int // how many, and where the lowest stands
	fixed     int64
	free      bool // sent as 0, and of no meaning when it arrives
}

// preparePack reads the fields of a shared integer. They fill it.
func (p *Part) preparePack() error {
	f, ok := forms[p.Pack]
	if !ok || f.hex || f.decimal || f.bcd || f.signed {
		return fmt.Errorf("pack %q: write u8, u16le, u16be, u24le, u24be, u32le or u32be", p.Pack)
	}
	left := 8 * f.size
	for _, field := range p.Fields {
		name, word, ok := strings.Cut(field, ":")
		bits, err := strconv.Atoi(word)
		if !ok || name == "" || err != nil || bits < 1 || bits > 32 {
			return fmt.Errorf("fields %q: write the name or the fixed number, a colon and how many bits it has, such as \"flags:4\"", field)
		}
		left -= bits
		s := smallNumber{Part: &Part{U32BE: name}, bits: bits, low: left}
		if name == "_" {
			s.Part, s.free = &Part{U32BE: int64(0)}, true
			p.small = append(p.small, s)
			continue
		}
		switch n, err := strconv.ParseInt(name, 0, 64); {
		case err == nil && (n < 0 || n>>bits != 0):
			return fmt.Errorf("fields %q: %d does not fit into %d bits", field, n, bits)
		case err == nil:
			s.Part, s.fixed = &Part{U32BE: n}, n
		case name == "seq":
			s.Part = &Part{Seq: "u32be", Max: 1<<bits - 1}
		}
		p.small = append(p.small, s)
	}
	if left != 0 {
		return errors.New("fields: their bits must fill the " + strconv.Itoa(8*f.size) + " of the integer; write \"_:3\" for three of no meaning")
	}
	return nil
}

// flat are parts with those that share an integer, and those of inner frames, one by one.
func flat(parts []Part) []*Part {
	var out []*Part
	for i := range parts {
		switch {
		case parts[i].inner != nil:
			out = append(out, flat(parts[i].inner)...)
		case parts[i].small == nil:
			out = append(out, &parts[i])
		}
		for _, s := range parts[i].small {
			out = append(out, s.Part)
		}
	}
	return out
}

// pack writes the numbers that share an integer.
func (p *Protocol) pack(s *step, args map[string]any, w *writer) error {
	var all int64
	for _, n := range s.small {
		v := n.fixed
		if name := n.name(); name != "" {
			given, err := p.argument(n.Part, name, args)
			if err != nil {
				return err
			}
			if v, err = p.integer(name, given, forms["u32be"]); err != nil {
				return err
			}
			if v>>n.bits != 0 {
				return fmt.Errorf("argument %q: %d does not fit: it has %d bits, so write 0 to %d", name, v, n.bits, 1<<n.bits-1)
			}
		}
		all |= v << n.low
	}
	b, err := s.form.put(all)
	w.out = append(w.out, b...)
	return err
}

// packed reads the numbers that share an integer.
func (m *matcher) packed(part *step, s *state) error {
	b, err := m.take(s, part.form.size)
	if err != nil {
		return err
	}
	all, err := part.form.get(b)
	if err != nil {
		return err
	}
	for i := range part.small {
		n := &part.small[i]
		v := all >> n.low & (1<<n.bits - 1)
		if name := n.name(); name == "" {
			if v != n.fixed && !n.free {
				return errOther
			}
		} else if err := m.set(&step{Part: n.Part, arg: name}, v, s); err != nil {
			return err
		}
	}
	return nil
}
