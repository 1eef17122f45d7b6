package profile

import (
	"fmt"
	"strconv"
	"strings"
)

// form is a way to write a number.
type form struct {
	size             int
	big, signed, hex bool
	decimal          bool // characters 0 to 9
	bcd              bool // two digits in a byte
	lower            bool // of hex: a to f
	nibbles          bool // of hex: the characters 30 to 3F
	halves           bool // of nibbles: the bytes 00 to 0F
}

var forms = map[string]form{
	"u8": {size: 1}, "u16le": {size: 2}, "u16be": {size: 2, big: true}, "u32le": {size: 4}, "u32be": {size: 4, big: true},
	"u24le": {size: 3}, "u24be": {size: 3, big: true}, "u64le": {size: 8}, "u64be": {size: 8, big: true},
	"i24le": {size: 3, signed: true}, "i24be": {size: 3, big: true, signed: true}, "i32le": {size: 4, signed: true}, "i32be": {size: 4, big: true, signed: true},
	"i8": {size: 1, signed: true}, "i16le": {size: 2, signed: true}, "i16be": {size: 2, big: true, signed: true},
	"hex2": {size: 2, hex: true}, "hex4": {size: 4, hex: true}, "hex8": {size: 8, hex: true}, "dec": {decimal: true},
	"nib2": {size: 2, hex: true, nibbles: true}, "nib4": {size: 4, hex: true, nibbles: true}, "nib8": {size: 8, hex: true, nibbles: true}, "bcd": {bcd: true},
	"raw2": {size: 2, hex: true, nibbles: true, halves: true}, "raw4": {size: 4, hex: true, nibbles: true, halves: true},
	"raw8": {size: 8, hex: true, nibbles: true, halves: true},
}

// formOf finds a form; the width of dec and bcd stands in the part.
func (p *Part) formOf(name string) form {
	f := forms[name]
	if f.decimal || f.bcd {
		f.size = p.Width
	}
	f.lower = p.Lower
	return f
}

// zero is the nibble 0.
func (f form) zero() byte {
	if f.halves {
		return 0
	}
	return 0x30
}

func (f form) limits() (least, most int64) {
	switch {
	case f.decimal:
		most = 1
		for range min(f.size, 18) {
			most *= 10
		}
		return 0, most - 1
	case f.bcd:
		most = 1
		for range min(2*f.size, 18) {
			most *= 10
		}
		return 0, most - 1
	case f.hex:
		return 0, 1<<(4*min(f.size, 15)) - 1
	case f.signed:
		return -1 << (8*f.size - 1), 1<<(8*f.size-1) - 1
	case f.size == 8:
		return 0, 1<<63 - 1
	default:
		return 0, 1<<(8*f.size) - 1
	}
}

func (f form) put(v int64) ([]byte, error) {
	if least, most := f.limits(); v < least || v > most {
		return nil, fmt.Errorf("%d does not fit: it takes %d to %d", v, least, most)
	}
	switch {
	case f.decimal:
		return fmt.Appendf(nil, "%0*d", f.size, v), nil
	case f.nibbles:
		out := spell(fmt.Appendf(nil, "%0*X", f.size, v))
		for i := range out {
			out[i] -= 0x30 - f.zero()
		}
		return out, nil
	case f.hex && f.lower:
		return fmt.Appendf(nil, "%0*x", f.size, v), nil
	case f.hex:
		return fmt.Appendf(nil, "%0*X", f.size, v), nil
	}
	out := make([]byte, f.size)
	if f.bcd {
		for i := f.size - 1; i >= 0; i-- {
			out[i] = byte(v%10 + v/10%10<<4)
			v /= 100
		}
		return out, nil
	}
	for i := range out {
		if f.big {
			out[f.size-1-i] = byte(v >> (8 * i))
		} else {
			out[i] = byte(v >> (8 * i))
		}
	}
	return out, nil
}

func (f form) get(b []byte) (int64, error) {
	switch {
	case f.decimal, f.hex:
		base := 10
		if f.hex {
			base = 16
		}
		word := string(b)
		if f.nibbles {
			digits := make([]byte, len(b))
			for i, c := range b {
				if c&0xF0 != f.zero() {
					return 0, errOther
				}
				digits[i] = c&0x0F | 0x30
			}
			word = strings.NewReplacer(":", "A", ";", "B", "<", "C", "=", "D", ">", "E", "?", "F").Replace(string(digits))
		}
		right := strings.ToUpper(word)
		if f.lower {
			right = strings.ToLower(word)
		}
		v, err := strconv.ParseUint(word, base, 63)
		if err != nil || right != word || b[0] == '+' {
			return 0, errOther
		}
		return int64(v), nil
	}
	var v uint64
	if f.bcd {
		for _, c := range b {
			if c>>4 > 9 || c&15 > 9 {
				return 0, errOther
			}
			v = v*100 + uint64(c>>4)*10 + uint64(c&15)
		}
		return int64(v), nil
	}
	for i := range b {
		if f.big {
			v = v<<8 | uint64(b[i])
		} else {
			v |= uint64(b[i]) << (8 * i)
		}
	}
	if v > 1<<63-1 {
		return 0, errOther
	}
	if f.signed && v>>(8*f.size-1) != 0 {
		return int64(v) - 1<<(8*f.size), nil
	}
	return int64(v), nil
}

// spell turns hexadecimal characters into those that follow 9: A is 3A, F is 3F.
func spell(hex []byte) []byte {
	for i, c := range hex {
		if c >= 'A' {
			hex[i] = c - 'A' + 0x3A
		}
	}
	return hex
}

func isForm(name string) bool { _, is := forms[name]; return is }

// scale is what a value becomes before it is cut into bits: value × mul + add.
func (p *Part) scale(n int64) int64 {
	if p.Mul != 0 {
		n *= p.Mul
	}
	return n + p.Add
}

func (p *Part) unscale(n int64) (int64, error) {
	n -= p.Add
	if p.Mul != 0 {
		if n%p.Mul != 0 {
			return 0, errOther
		}
		n /= p.Mul
	}
	return n, nil
}

// cook turns a value into what stands on the wire, and uncook back.
func (p *Part) cook(n int64) int64 {
	n = p.scale(n) >> p.Shift
	if p.Mask != 0 {
		n &= int64(p.Mask)
	}
	return n ^ int64(p.Xor) | int64(p.Or)
}

func (p *Part) uncook(n int64) (int64, error) {
	n, err := p.spread(n)
	if err != nil {
		return 0, err
	}
	return p.unscale(n)
}

// bare takes away the bits that are always set, and refuses a number that lacks one; what was turned round is turned back.
func (p *Part) bare(n int64) (int64, error) {
	if n&int64(p.Or) != int64(p.Or) {
		return 0, errOther
	}
	return n&^int64(p.Or) ^ int64(p.Xor&^p.Or), nil
}

// spread puts the bits that the part carries where they belong in the value.
func (p *Part) spread(n int64) (int64, error) {
	n, err := p.bare(n)
	if err != nil || p.Mask != 0 && n&^int64(p.Mask) != 0 {
		return 0, errOther
	}
	return n << p.Shift, nil
}

// covered are the bits of a value that the part carries.
func (p *Part) covered() int64 {
	bits := int64(p.Mask)
	if p.Mask == 0 {
		_, f, _ := p.number()
		_, bits = f.limits()
	}
	return (bits &^ int64(p.Or)) << p.Shift
}

// splits says that the part carries only some bits of its value; the others stand in other parts.
func (p *Part) splits() bool { return p.Shift > 0 || p.Mask != 0 }

func (p *Protocol) integer(name string, given any, f form) (int64, error) {
	n, whole := given.(int64)
	if !whole {
		var err error
		if n, err = strconv.ParseInt(plain(given), 10, 64); err != nil {
			return 0, fmt.Errorf("argument %q: %q is no whole number", name, plain(given))
		}
	}
	prm := p.params[name]
	least, most := int64(0), int64(1)<<62
	if f.signed {
		least, _ = f.limits()
	}
	if f.size == 8 {
		_, most = f.limits()
	}
	if prm.Map != nil { // the word was checked; its number may be any
		return n, nil
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

func (m *matcher) number(part *step, s *state) error {
	b, err := m.take(s, part.form.size)
	if err != nil {
		return err
	}
	raw, err := part.form.get(b)
	if err != nil {
		return err
	}
	if !part.named {
		if raw != part.cook(part.fixed) {
			return errOther
		}
		return nil
	}
	if part.splits() {
		bits, err := part.spread(raw)
		if err != nil {
			return err
		}
		if was, ok := look(s.bits, part.arg); ok {
			if both := part.covered() & m.covered(part, s); both != 0 && (was.(int64)^bits)&both != 0 {
				return errOther // said twice, and not the same
			}
			bits |= was.(int64)
		}
		s.bits = append(s.bits, field{part.arg, bits})
		if !part.last {
			return nil
		}
		raw = bits
	} else if raw, err = part.bare(raw); err != nil {
		return err
	}
	n, err := part.unscale(raw)
	if err != nil {
		return err
	}
	if part.Not != nil && n == int64(*part.Not) || part.Seq != "" && (n < int64(part.Min) || part.Max > 0 && n > int64(part.Max)) {
		return errOther
	}
	return m.set(part, n, s)
}

// covered are the bits of the field that the parts before this one carried.
func (m *matcher) covered(part *step, _ *state) int64 {
	var bits int64
	for k := range m.g.steps {
		s := &m.g.steps[k]
		if s == part {
			break
		}
		if s.whole && s.named && s.splits() && s.arg == part.arg {
			bits |= s.covered()
		}
	}
	return bits
}
