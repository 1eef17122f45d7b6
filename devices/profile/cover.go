package profile

import (
	"fmt"
	"slices"

	"halld/devices/frame"
)

// lenForm and sumForm are how a length and a checksum are written.
func (p *Part) lenForm() form { return p.formOf(p.Len) }

func (p *Part) sumForm() form {
	if p.Put == "" {
		return forms["u8"]
	}
	return p.formOf(p.Put)
}

// prepareSum finds out how the checksum is worked out.
func (p *Part) prepareSum() (err error) {
	switch {
	case p.Sum == "crc":
		shape := frame.CRC{Bits: p.Bits, Poly: p.Poly, Reflect: p.Reflect}
		if p.Init != nil {
			shape.Init = *p.Init
		}
		p.sum, err = shape.Sum()
	case p.Init != nil:
		p.sum, err = frame.Seeded(p.Sum, *p.Init)
	default:
		p.sum = frame.Sums[p.Sum]
	}
	if err != nil {
		return fmt.Errorf("sum: %w", err)
	}
	if bits := p.sumBits(); p.Xor>>bits != 0 {
		return fmt.Errorf("xor: %d is wider than the %d bits of the checksum", p.Xor, bits)
	}
	return nil
}

// sumBits is how wide the checksum is before mod.
func (p *Part) sumBits() int {
	if p.Sum == "crc" {
		return p.Bits
	}
	return frame.Bits(p.Sum)
}

// encoded is how many bytes an argument takes in another frame.
func (p *Protocol) encoded(s *step, args map[string]any) (int64, error) {
	given, err := p.argument(&Part{}, s.Chars, args)
	if err != nil {
		return 0, err
	}
	b, err := s.encode(substitute(s.Part, plain(given), p.substitutes))
	if err != nil {
		return 0, fmt.Errorf("argument %q: %w", s.Chars, err)
	}
	return int64(len(b)), nil
}

// put fills a length in.
func (w *writer) put(s *step, at int, n int64) error {
	of := s.Of
	if s.counts() {
		of = s.Chars
	}
	if s.Per > 1 {
		if n%s.Per != 0 {
			return fmt.Errorf("length of %s: %d bytes are no whole number of items of %d", of, n, s.Per)
		}
		n /= s.Per
	}
	v := s.cook(n)
	if back, err := s.uncook(v); err != nil || back != n {
		return fmt.Errorf("length of %s: %d cannot be written as this length is", of, n)
	}
	b, err := s.form.put(v)
	if err != nil {
		return fmt.Errorf("length of %s: %w", of, err)
	}
	copy(w.out[at:], b)
	return nil
}

// checksum is that of the spans that the step covers, in the order in which the file names them.
func (s *step) checksum(b []byte, marks []int) int64 {
	over := b[marks[s.spans[0].from]:marks[s.spans[0].to]]
	if len(s.spans) > 1 {
		over = slices.Clone(over)
		for _, more := range s.spans[1:] {
			over = append(over, b[marks[more.from]:marks[more.to]]...)
		}
	}
	v := s.sum(over)
	if s.Mod > 0 {
		v %= s.Mod
	}
	return (int64(v) ^ int64(s.Xor) + s.Add) | int64(s.Or)
}

type knownLen struct{ from, to, n int }

// lateSum is a checksum that stands before the end of what it covers.
type lateSum struct {
	s   *step
	got int64
}

func (m *matcher) length(part *step, s *state) error {
	b, err := m.take(s, part.form.size)
	if err != nil {
		return err
	}
	v, err := part.form.get(b)
	if err != nil {
		return err
	}
	if v, err = part.uncook(v); err != nil || v < 0 || v > maxPending {
		return errLength
	}
	n := int(v)
	if part.counts() {
		return nil // what it counts stands in another frame
	}
	if part.Per > 1 {
		if n *= int(part.Per); n > maxPending {
			return errLength
		}
	}
	if part.Unit == "chars" {
		if text, ok := look(s.fields, part.Chars); ok {
			if word, _ := text.(string); len([]rune(word)) != n {
				return errLength
			}
		}
		s.chars = append(s.chars, field{part.Chars, n})
		return nil
	}
	if s.marks[part.from] >= 0 {
		return m.end(part.to, s.marks[part.from]+n, s)
	}
	for _, l := range s.lens {
		if l.from == part.from && l.to == part.to && l.n != n {
			return errLength
		}
	}
	s.lens = append(s.lens, knownLen{part.from, part.to, n})
	return nil
}

func (m *matcher) sum(part *step, s *state) error {
	b, err := m.take(s, part.form.size)
	if err != nil {
		return err
	}
	got, err := part.form.get(b)
	if err != nil {
		return err
	}
	for _, of := range part.spans {
		if s.marks[of.to] < 0 || s.marks[of.from] < 0 {
			s.sums = append(s.sums, lateSum{part, got})
			return nil
		}
	}
	return check(part, s, got)
}

// late checks the sums that stand before what they cover. It runs when all parts are read.
func (m *matcher) late(s *state) error {
	for _, l := range s.sums {
		if err := check(l.s, s, l.got); err != nil {
			return err
		}
	}
	return nil
}

func check(part *step, s *state, got int64) error {
	if part.checksum(s.plain, s.marks[:]) != got {
		return errSum
	}
	return nil
}
