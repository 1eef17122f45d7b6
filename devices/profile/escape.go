package profile

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"
)

// Escape writes the bytes between two marks in another way, when the frame is otherwise ready: some of them as two others (map), or every one (as).
type Escape struct {
	Of  string   `toml:"of"`
	Map []string `toml:"map"` // "A5>A6 02"
	As  string   `toml:"as"`  // one of escapeForms

	to     map[byte][]byte
	back   map[byte]map[byte]byte // first byte → second → what they stand for
	single map[byte]byte          // one byte → what it stands for; nil: bytes stand for themselves
	busy   [256]bool              // bytes that stand for others, or are stood for
}

// escapeForms are the ways in which all bytes of a span may be written.
var escapeForms = map[string]func(byte) []byte{
	"hex":       func(c byte) []byte { return fmt.Appendf(nil, "%02X", c) },
	"hex-lower": func(c byte) []byte { return fmt.Appendf(nil, "%02x", c) },
	"nibbles":   func(c byte) []byte { return []byte{0x30 | c>>4, 0x30 | c&15} },
	"mirrored":  func(c byte) []byte { return []byte{bits.Reverse8(c)} },
	"inverted":  func(c byte) []byte { return []byte{^c} },
}

// replace gives the bytes that stand for c; nil if it stands for itself.
func (e *Escape) replace(c byte) []byte {
	if !e.busy[c] {
		return nil
	}
	return e.to[c]
}

// read takes the first byte of a span, and says how many bytes of the line it took.
func (e *Escape) read(b []byte) (c byte, n int, err error) {
	if len(b) == 0 {
		return 0, 0, errShort
	}
	if !e.busy[b[0]] {
		return b[0], 1, nil
	}
	if e.single != nil {
		return e.single[b[0]], 1, nil
	}
	pairs := e.back[b[0]]
	switch {
	case pairs == nil && e.to[b[0]] != nil:
		return 0, 0, errBare
	case pairs == nil:
		return b[0], 1, nil
	case len(b) < 2:
		return 0, 0, errShort
	}
	c, ok := pairs[b[1]]
	if !ok {
		return 0, 0, errEscape
	}
	return c, 2, nil
}

// most is how many bytes of the line one byte of a span takes at most.
func (e *Escape) most() int {
	if e.single != nil {
		return 1
	}
	return 2
}

// prepare reads the map of an escape, or makes that of a form.
func (e *Escape) prepare() error {
	e.to, e.back, e.busy = map[byte][]byte{}, map[byte]map[byte]byte{}, [256]bool{}
	switch {
	case (len(e.Map) == 0) == (e.As == ""):
		return errors.New("escape: write map with what stands for each byte, such as \"A5>A6 02\", or as")
	case e.As != "":
		return e.prepareForm()
	}
	for i, m := range e.Map {
		from, to, ok := strings.Cut(m, ">")
		a, err1 := hex.DecodeString(strings.TrimSpace(from))
		b, err2 := hex.DecodeString(strings.ReplaceAll(to, " ", ""))
		if !ok || err1 != nil || err2 != nil || len(a) != 1 || len(b) != 2 {
			return &fault{fmt.Sprintf("map[%d]", i), fmt.Errorf("escape.map %q: write one byte, >, and the two that stand for it, such as \"A5>A6 02\"", m)}
		}
		switch {
		case e.to[a[0]] != nil:
			return &fault{fmt.Sprintf("map[%d]", i), fmt.Errorf("escape.map %q: the byte %X has a line already; write every byte once", m, a)}
		case a[0] == b[1] && a[0] != b[0]:
			return &fault{fmt.Sprintf("map[%d]", i), fmt.Errorf("escape.map %q: the byte %X stays in what stands for it; write another second byte", m, a)}
		}
		if other, twice := e.back[b[0]][b[1]]; twice {
			return &fault{fmt.Sprintf("map[%d]", i), fmt.Errorf("escape.map %q: the same two bytes stand for %02X; write others", m, other)}
		}
		e.to[a[0]] = b
		if e.back[b[0]] == nil {
			e.back[b[0]] = map[byte]byte{}
		}
		e.back[b[0]][b[1]] = a[0]
		e.busy[a[0]], e.busy[b[0]] = true, true
	}
	for _, lead := range slices.Sorted(maps.Keys(e.back)) {
		if e.to[lead] == nil {
			return &fault{"map", fmt.Errorf("escape.map: %02X begins what stands for another byte, but is not escaped itself; add a line such as \"%02X>%02X 00\"", lead, lead, lead)}
		}
	}
	return nil
}

func (e *Escape) prepareForm() error {
	form, ok := escapeForms[e.As]
	if !ok {
		return &fault{"as", fmt.Errorf("escape.as: %q; write one of %s", e.As, strings.Join(slices.Sorted(maps.Keys(escapeForms)), ", "))}
	}
	for i := range 256 {
		c := byte(i)
		to := form(c)
		e.to[c], e.busy[c] = to, true
		if len(to) == 1 {
			if e.single == nil {
				e.single = map[byte]byte{}
			}
			e.single[to[0]] = c
			continue
		}
		if e.back[to[0]] == nil {
			e.back[to[0]] = map[byte]byte{}
		}
		e.back[to[0]][to[1]] = c
	}
	return nil
}
