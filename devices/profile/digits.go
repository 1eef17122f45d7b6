package profile

import (
	"fmt"
	"strconv"
	"strings"
)

func (p *Part) radix() int64 {
	if p.Radix == 0 {
		return 10
	}
	return int64(p.Radix)
}

func digits(part *Part, name string, n int64) ([]byte, error) {
	radix := part.radix()
	if n < 0 {
		return nil, fmt.Errorf("argument %q: %d; digits have no sign", name, n)
	}
	out := make([]byte, part.Width)
	for i := part.Width - 1; i >= 0; i-- {
		out[i] = byte(n%radix + part.Base)
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

// freeDigits writes a string of digits whose count is free: one byte for each, or for each two.
func freeDigits(part *Part, word string) ([]byte, error) {
	per := 1
	if part.radix() == 100 {
		per = 2
	}
	n := len(word) / per
	if len(word)%per != 0 || n < part.Min || n > part.Max {
		return nil, fmt.Errorf("argument %q: %q; write %d to %d digits", part.Digits, word, part.Min*per, part.Max*per)
	}
	out := make([]byte, 0, n)
	for i := 0; i < len(word); i += per {
		v, err := strconv.ParseUint(word[i:i+per], 10, 8)
		if err != nil {
			return nil, fmt.Errorf("argument %q: %q; write digits only", part.Digits, word)
		}
		out = append(out, byte(int64(v)+part.Base))
	}
	return out, nil
}

// digits become a string where their count is free, else a number.
func (m *matcher) digits(part *step, b []byte, s *state) error {
	radix := part.radix()
	var word strings.Builder
	n, begun := int64(0), false
	for i, c := range b {
		if part.Blank != nil && int(c) == *part.Blank && !begun && i < len(b)-1 {
			continue
		}
		d := int64(c) - part.Base
		if d < 0 || d >= radix || part.Blank != nil && d == 0 && !begun && i < len(b)-1 {
			return errOther
		}
		begun = true
		if radix == 100 {
			fmt.Fprintf(&word, "%02d", d)
		} else {
			word.WriteByte(byte('0' + d))
		}
		n = n*radix + d
	}
	if part.Width > 0 {
		return m.set(part, n, s)
	}
	return m.set(part, word.String(), s)
}
