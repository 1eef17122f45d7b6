package profile

import (
	"bytes"
	"fmt"
	"strings"
)

func (p *Part) enc() string {
	if p.Enc == "" {
		return "ascii"
	}
	return p.Enc
}

// text writes a text as the part asks: in its character set, decorated character by character, padded, ended.
func (p *Protocol) text(part *step, s string, args map[string]any) ([]byte, error) {
	b, err := part.encode(s)
	if err != nil {
		return nil, err
	}
	if part.Max > 0 && len(b) > part.Max {
		return nil, fmt.Errorf("%d bytes; it takes %d to %d", len(b), part.Min, part.Max)
	}
	if len(b) < part.Min {
		return nil, fmt.Errorf("%d bytes; it takes at least %d", len(b), part.Min)
	}
	if i := strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7F }); part.Printable && i >= 0 {
		return nil, fmt.Errorf("character %d is a control character", len([]rune(s[:i]))+1)
	}
	if part.Pre != nil || part.Post != nil || part.Nibbles {
		if b, err = p.decorate(part, b, args); err != nil {
			return nil, err
		}
	}
	if part.term != nil {
		whole := append(b[:len(b):len(b)], part.term...)
		for i := 0; i < len(b); i += part.unit() {
			if bytes.HasPrefix(whole[i:], part.term) {
				return nil, fmt.Errorf("it contains the bytes that end it, % X", part.term)
			}
		}
	}
	if part.Width > 0 {
		if len(b) > part.Width {
			return nil, fmt.Errorf("%d bytes; it takes at most %d", len(b), part.Width)
		}
		if part.pad == nil && len(b) < part.Width {
			return nil, fmt.Errorf("%d bytes; it takes exactly %d, for nothing is said of what fills it up (pad)", len(b), part.Width)
		}
		if len(b) < part.Width {
			n := (part.Width - len(b)) / len(part.pad)
			left := map[string]int{"right": n, "center": n / 2}[part.Align]
			b = append(append(bytes.Repeat(part.pad, left), b...), bytes.Repeat(part.pad, n-left)...)
		}
	}
	return append(b, part.term...), nil
}

// decorate puts bytes before and behind every character, and halves those above 7F.
func (p *Protocol) decorate(part *step, b []byte, args map[string]any) ([]byte, error) {
	around := func(g *program) ([]byte, error) {
		if g == nil {
			return nil, nil
		}
		pieces, err := p.write(g, args)
		if err != nil {
			return nil, err
		}
		return joined(pieces), nil
	}
	pre, err := around(part.pre)
	if err != nil {
		return nil, err
	}
	post, err := around(part.post)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, 2*len(b))
	for len(b) > 0 {
		n := part.charSize(b)
		if n == 0 {
			return nil, fmt.Errorf("% X is half a character", b)
		}
		out = append(out, pre...)
		for _, c := range b[:n] {
			if part.Nibbles && c >= 0x80 {
				out = append(out, c>>4, c&0x0F)
				continue
			}
			out = append(out, c)
		}
		out = append(out, post...)
		b = b[n:]
	}
	return out, nil
}

// unpad takes away what fills a text up. Whole characters are walked over: the last byte of one may look like filling.
func (s *step) unpad(b []byte) []byte {
	if s.Width == 0 || s.pad == nil {
		return b
	}
	if s.Align == "right" || s.Align == "center" {
		for len(b) > s.Min && bytes.HasPrefix(b, s.pad) {
			b = b[len(s.pad):]
		}
		if s.Align == "right" {
			return b
		}
	}
	k := len(b)
	for k >= len(s.pad) && k > s.Min && bytes.Equal(b[k-len(s.pad):k], s.pad) {
		k -= len(s.pad)
	}
	at := 0
	for at < k {
		n := s.charLen(b[at:])
		if n == 0 {
			return b[:k]
		}
		at += n
	}
	return b[:at]
}

// readText is text backwards, without the end bytes. It sets the fields of what stands around the characters.
func (p *Protocol) readText(part *step, b []byte, st *state) (string, error) {
	b = part.unpad(b)
	if part.Pre != nil || part.Post != nil || part.Nibbles {
		var err error
		if b, err = p.undecorate(part, b, st); err != nil {
			return "", err
		}
	}
	if part.Max > 0 && len(b) > part.Max || len(b) < part.Min {
		return "", errOther
	}
	s, err := part.decode(b)
	if err != nil {
		return "", errOther
	}
	if part.Printable && strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7F }) {
		return "", errOther
	}
	return s, nil
}

func (p *Protocol) undecorate(part *step, b []byte, st *state) ([]byte, error) {
	var out []byte
	around := func(g *program, b []byte) error {
		if g == nil {
			return nil
		}
		m := matcher{p: p, g: g, b: b, silent: true}
		sub := newState()
		sub.fields = st.fields
		if m.run(0, sub) != nil {
			return errOther
		}
		st.fields = sub.fields
		return nil
	}
	before, behind := 0, 0
	if part.pre != nil {
		before = part.pre.size
	}
	if part.post != nil {
		behind = part.post.size
	}
	for len(b) > 0 {
		n := part.charLen(b)
		if n == 0 || around(part.pre, b[:before]) != nil || around(part.post, b[n-behind:n]) != nil {
			return nil, errOther
		}
		char := b[before : n-behind]
		for i := 0; i < len(char); i++ {
			switch c := char[i]; {
			case !part.Nibbles || c > 15:
				out = append(out, c)
			case c < 8 || i+1 == len(char) || char[i+1] > 15:
				return nil, errOther
			default:
				out = append(out, c<<4|char[i+1])
				i++
			}
		}
		b = b[n:]
	}
	return out, nil
}

// ended is a text up to its end bytes.
func (m *matcher) ended(part *step, s *state) error {
	start := len(s.plain)
	most := mostGuessed
	if part.Max > 0 {
		most = 4*part.Max + 4 // decorated, it is longer on the line
	}
	unit := part.unit()
	for {
		x, err := m.next(s)
		if err != nil {
			return err
		}
		got := s.plain[start:]
		if bytes.HasSuffix(got, part.term) && (len(got)-len(part.term))%unit == 0 {
			return m.text(part, got[:len(got)-len(part.term)], s)
		}
		if part.Printable && unit == 1 && (x < 0x20 || x == 0x7F) && !bytes.Contains(part.term, []byte{x}) || len(got) > most+len(part.term) {
			return errOther
		}
	}
}

// counted is a text of so many characters.
func (m *matcher) counted(part *step, n int, s *state) error {
	start := len(s.plain)
	for range n {
		at := len(s.plain)
		for part.charLen(s.plain[at:]) == 0 {
			if _, err := m.next(s); err != nil {
				return err
			}
		}
	}
	return m.text(part, s.plain[start:], s)
}

func (m *matcher) text(part *step, b []byte, s *state) error {
	text, err := m.p.readText(part, b, s)
	if err != nil {
		return err
	}
	if n, ok := look(s.chars, part.Text); ok && n.(int) != len([]rune(text)) {
		return errLength
	}
	return m.set(part, text, s)
}

// charLen is how many bytes the first character of a text takes on the line, with what stands around it; 0: it is not all there.
func (s *step) charLen(b []byte) int {
	before, behind := 0, 0
	if s.pre != nil {
		before = s.pre.size
	}
	if s.post != nil {
		behind = s.post.size
	}
	if len(b) <= before {
		return 0
	}
	rest := b[before:]
	n := 0
	if s.Nibbles && rest[0] < 16 {
		if len(rest) < 2 {
			return 0
		}
		if n = s.charSize([]byte{rest[0]<<4 | rest[1]&15, 0xA1, 0xA1, 0xA1}); n > 0 {
			n *= 2
		}
	} else {
		n = s.charSize(rest)
	}
	if n == 0 || len(b) < before+n+behind {
		return 0
	}
	return before + n + behind
}

// unit is how many bytes a text counts in: 2 for UTF-16.
func (p *Part) unit() int {
	if strings.HasPrefix(p.Enc, "utf-16") && p.Pre == nil && p.Post == nil {
		return 2
	}
	return 1
}
