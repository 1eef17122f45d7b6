package profile

import (
	"bytes"
	"fmt"
	"slices"

	"halld/devices/frame"
)

func (p *Part) enc() string {
	if p.Enc == "" {
		return "ascii"
	}
	return p.Enc
}

// text writes a text as the part asks: in its character set, decorated character by character, padded, ended.
func (p *Protocol) text(part *Part, s string, args map[string]any) ([]byte, error) {
	b, err := frame.Encode(part.enc(), s)
	if err != nil {
		return nil, err
	}
	if part.Max > 0 && len(b) > part.Max || len(b) < part.Min {
		return nil, fmt.Errorf("%d bytes; it takes %d to %d", len(b), part.Min, part.Max)
	}
	if i := bytes.IndexFunc(b, func(r rune) bool { return r < 0x20 || r == 0x7F }); part.Printable && i >= 0 {
		return nil, fmt.Errorf("character %d is a control character", i+1)
	}
	if part.term != nil && bytes.Contains(b, part.term) {
		return nil, fmt.Errorf("it contains the bytes that end it, % X", part.term)
	}
	if part.Pre != nil || part.Post != nil {
		if b, err = p.decorate(part, b, args); err != nil {
			return nil, err
		}
	}
	if part.Nibbles {
		out := make([]byte, 0, 2*len(b))
		for _, c := range b {
			if c < 0x80 {
				out = append(out, c)
				continue
			}
			out = append(out, c>>4, c&0x0F)
		}
		b = out
	}
	if part.Width > 0 {
		if len(b) > part.Width {
			return nil, fmt.Errorf("%d bytes; it takes at most %d", len(b), part.Width)
		}
		fill := bytes.Repeat([]byte{part.pad}, part.Width-len(b))
		if part.Align == "right" {
			b = append(fill, b...)
		} else {
			b = append(b, fill...)
		}
	}
	return append(b, part.term...), nil
}

// decorate puts bytes before and behind every character.
func (p *Protocol) decorate(part *Part, b []byte, args map[string]any) ([]byte, error) {
	around := func(parts []Part) ([]byte, error) {
		pieces, err := p.write(parts, args, nil)
		if err != nil {
			return nil, err
		}
		return pieces[0].Bytes, nil
	}
	pre, err := around(part.Pre)
	if err != nil {
		return nil, err
	}
	post, err := around(part.Post)
	if err != nil {
		return nil, err
	}
	var out []byte
	for len(b) > 0 {
		n := frame.CharLen(part.enc(), b)
		if n == 0 {
			return nil, fmt.Errorf("% X is half a character", b)
		}
		out = slices.Concat(out, pre, b[:n], post)
		b = b[n:]
	}
	return out, nil
}

// readText is text backwards, without the end bytes. It sets the fields of what stands around the characters.
func (p *Protocol) readText(part *Part, b []byte, fields map[string]any) (string, error) {
	if part.Width > 0 && part.Pad != "" {
		for len(b) > part.Min { // a text of fill bytes alone keeps as many as it must have
			if part.Align == "right" && b[0] == part.pad {
				b = b[1:]
			} else if part.Align != "right" && b[len(b)-1] == part.pad {
				b = b[:len(b)-1]
			} else {
				break
			}
		}
	}
	if part.Nibbles {
		var out []byte
		for i := 0; i < len(b); i++ {
			switch {
			case b[i] > 15:
				out = append(out, b[i])
			case b[i] < 8 || i+1 == len(b) || b[i+1] > 15:
				return "", errOther
			default:
				out = append(out, b[i]<<4|b[i+1])
				i++
			}
		}
		b = out
	}
	if part.Pre != nil || part.Post != nil {
		var err error
		if b, err = p.undecorate(part, b, fields); err != nil {
			return "", err
		}
	}
	if part.Max > 0 && len(b) > part.Max || len(b) < part.Min {
		return "", errOther
	}
	for _, c := range b {
		if part.Printable && (c < 0x20 || c == 0x7F) {
			return "", errOther
		}
	}
	s, err := frame.Decode(part.enc(), b)
	if err != nil {
		return "", errOther
	}
	return s, nil
}

func (p *Protocol) undecorate(part *Part, b []byte, fields map[string]any) ([]byte, error) {
	var out []byte
	for len(b) > 0 {
		m := matcher{p: p, b: b}
		st, err := m.run(part.Pre, newState(fields))
		if err != nil {
			return nil, errOther
		}
		n := frame.CharLen(part.enc(), b[st.at:])
		if n == 0 {
			return nil, errOther
		}
		out = append(out, b[st.at:st.at+n]...)
		m.b = b[st.at+n:]
		if st, err = m.run(part.Post, newState(fields)); err != nil {
			return nil, errOther
		}
		b = m.b[st.at:]
	}
	return out, nil
}
