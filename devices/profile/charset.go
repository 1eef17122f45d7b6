package profile

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"halld/devices/frame"
)

// charset is a character set of a model's own, such as the segments of a digit: [charset.NAME], from characters to their bytes in hex.
type charset struct {
	name    string
	to      map[string][]byte
	back    map[string]string
	chars   []string // the longest first: "1." goes before "1"
	longest int      // bytes of a code
}

// readCharsets reads all of a file's. It returns the key at fault with the error.
func readCharsets(f *file) (map[string]*charset, string, error) {
	out := map[string]*charset{}
	for _, name := range slices.Sorted(maps.Keys(f.Charset)) {
		at := "charset." + name
		if slices.Contains(frame.Encodings, name) {
			return nil, at, fmt.Errorf("%s: is the name of a known set; write another", at)
		}
		c := &charset{name: name, to: map[string][]byte{}, back: map[string]string{}}
		for _, char := range slices.Sorted(maps.Keys(f.Charset[name])) {
			here := at + "." + char
			code, err := readHex(here, f.Charset[name][char])
			switch {
			case err != nil:
				return nil, here, err
			case char == "":
				return nil, at, fmt.Errorf("%s: a code without a character; write the character on the left", at)
			case len(code) > 4:
				return nil, here, fmt.Errorf("%s: % X; write one to four bytes", here, code)
			}
			for _, other := range slices.Sorted(maps.Keys(c.to)) {
				if bytes.HasPrefix(code, c.to[other]) || bytes.HasPrefix(c.to[other], code) {
					return nil, here, fmt.Errorf("%s: % X and the % X of %q cannot be told apart; write codes of which none begins another", here, code, c.to[other], other)
				}
			}
			c.to[char], c.back[string(code)] = code, char
			c.chars = append(c.chars, char)
			c.longest = max(c.longest, len(code))
		}
		slices.SortStableFunc(c.chars, func(a, b string) int { return len(b) - len(a) })
		out[name] = c
	}
	return out, "", nil
}

func (c *charset) encode(text string) ([]byte, error) {
	var out []byte
	for rest := text; rest != ""; {
		i := slices.IndexFunc(c.chars, func(char string) bool { return strings.HasPrefix(rest, char) })
		if i < 0 {
			r := []rune(rest)[0]
			return nil, fmt.Errorf("the device's character set %s has no %q (U+%04X)", c.name, string(r), r)
		}
		out = append(out, c.to[c.chars[i]]...)
		rest = rest[len(c.chars[i]):]
	}
	return out, nil
}

// size is how many bytes the first character of b takes; 0: none begins so, or it is not all there.
func (c *charset) size(b []byte) int {
	for n := 1; n <= min(c.longest, len(b)); n++ {
		if _, ok := c.back[string(b[:n])]; ok {
			return n
		}
	}
	return 0
}

func (c *charset) decode(b []byte) (string, error) {
	var out strings.Builder
	for len(b) > 0 {
		n := c.size(b)
		if n == 0 {
			return "", errOther
		}
		out.WriteString(c.back[string(b[:n])])
		b = b[n:]
	}
	return out.String(), nil
}

// encode writes a text in the part's character set. A character that it lacks is an error that names it; nothing is replaced.
func (p *Part) encode(text string) ([]byte, error) {
	if p.own != nil {
		return p.own.encode(text)
	}
	return frame.Encode(p.enc(), text)
}

func (p *Part) decode(b []byte) (string, error) {
	if p.own != nil {
		return p.own.decode(b)
	}
	return frame.Decode(p.enc(), b)
}

// charSize is how many bytes the first character of b takes; 0 if b ends within it.
func (p *Part) charSize(b []byte) int {
	if p.own != nil {
		return p.own.size(b)
	}
	return frame.CharLen(p.enc(), b)
}
