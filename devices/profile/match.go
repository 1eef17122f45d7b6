package profile

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"strings"

	"halld/devices/frame"
)

// matcher compares bytes with the parts of a frame.
type matcher struct {
	p   *Protocol
	b   []byte
	esc *Escape
}

// state is how far a comparison has come.
type state struct {
	at     int    // bytes of the line that were read
	plain  []byte // what was read, unescaped
	in     bool   // between the marks of the escaping
	fields map[string]any
	marks  map[string]int
	ends   map[string]int // mark → where a length said that it stands
	lens   map[string]int // span → its length, where the start was not passed yet
	chars  map[string]int // text → its characters
	sums   []lateSum
}

// lateSum is a checksum that stands before what it covers.
type lateSum struct {
	part *Part
	at   int
	got  int64
}

func newState(fields map[string]any) *state {
	return &state{fields: fields, marks: map[string]int{}, ends: map[string]int{}, lens: map[string]int{}, chars: map[string]int{}}
}

func (s *state) clone() *state {
	c := *s
	c.plain = bytes.Clone(s.plain)
	c.fields, c.marks, c.ends, c.lens, c.chars = maps.Clone(s.fields), maps.Clone(s.marks), maps.Clone(s.ends), maps.Clone(s.lens), maps.Clone(s.chars)
	c.sums = append([]lateSum{}, s.sums...)
	return &c
}

func (m *matcher) next(s *state) (byte, error) {
	if s.at >= len(m.b) {
		return 0, errShort
	}
	x := m.b[s.at]
	s.at++
	if s.in {
		if pairs := m.esc.back[x]; pairs != nil {
			if s.at >= len(m.b) {
				return 0, errShort
			}
			from, ok := pairs[m.b[s.at]]
			if !ok {
				return 0, fmt.Errorf("%w: % X is no escaped byte", errOther, []byte{x, m.b[s.at]})
			}
			s.at++
			x = from
		} else if m.esc.replace(x) != nil {
			return 0, fmt.Errorf("%w: %02X stands bare where it must be escaped", errOther, x)
		}
	}
	s.plain = append(s.plain, x)
	return x, nil
}

func (m *matcher) take(s *state, n int) ([]byte, error) {
	if len(m.b)-s.at < n {
		return nil, errShort // not worth a look before it is there
	}
	start := len(s.plain)
	for range n {
		if _, err := m.next(s); err != nil {
			return nil, err
		}
	}
	return s.plain[start:], nil
}

// mostGuessed bounds how long a piece may be whose size nothing tells.
const mostGuessed = 512

// run matches parts from a state on. Where a size is told by nothing, every size is tried, the shortest first.
func (m *matcher) run(parts []Part, s *state) (*state, error) {
	for i := range parts {
		part := &parts[i]
		if part.Mark != "" {
			if err := m.mark(part.Mark, s); err != nil {
				return nil, err
			}
			continue
		}
		if err := m.fixed(part, s); !errors.Is(err, errVariable) {
			if err != nil {
				return nil, err
			}
			continue
		}
		n, known, err := m.room(part, parts[i+1:], s)
		switch {
		case err != nil:
			return nil, err
		case known:
			if err := m.variable(part, n, s); err != nil {
				return nil, err
			}
		default:
			return m.guess(part, parts[i+1:], s)
		}
	}
	return s, m.late(s)
}

// guess tries the sizes of a part.
func (m *matcher) guess(part *Part, rest []Part, s *state) (*state, error) {
	least, most := part.Min, part.Max
	if part.Digits == "" && (part.Nibbles || part.Pre != nil || part.Post != nil) {
		least, most = 0, 0 // min and max count the text, not what is sent for it
	}
	if most <= 0 || most > mostGuessed {
		most = mostGuessed
	}
	worst := error(errOther)
	for n := least; n <= most; n++ {
		try := s.clone()
		err := m.variable(part, n, try)
		if err == nil {
			var done *state
			if done, err = m.run(rest, try); err == nil {
				return done, nil
			}
		}
		if errors.Is(err, errShort) {
			worst = err
			if n > len(m.b)-s.at {
				break
			}
		}
	}
	return nil, worst
}

// mark notes a place, and holds it against the lengths that were read.
func (m *matcher) mark(name string, s *state) error {
	here := len(s.plain)
	s.marks[name] = here
	if want, ok := s.ends[name]; ok && want != here {
		return fmt.Errorf("%w: the length does not fit", errOther)
	}
	for of, n := range s.lens {
		if from, to, _ := strings.Cut(of, ".."); from == name {
			s.ends[to] = here + n
		}
	}
	if m.esc != nil {
		from, to, _ := strings.Cut(m.esc.Of, "..")
		s.in = name == from || s.in && name != to
	}
	return nil
}

var errVariable = errors.New("of no fixed size")

// fixed matches a part whose size is known from itself.
func (m *matcher) fixed(part *Part, s *state) error {
	if _, f, is := part.number(); is {
		return m.number(part, f, s)
	}
	switch {
	case part.Pause > 0:
		return nil
	case part.raw != nil:
		return m.literal(part.raw, s)
	case part.Str != "":
		return m.word(part, s)
	case part.Len != "":
		return m.length(part, s)
	case part.Sum != "":
		return m.sum(part, s)
	case part.Text != "" && part.term != nil && part.Width == 0:
		return m.ended(part, s)
	case part.Text != "" && part.Chars == "" && m.hasChars(part, s):
		return m.counted(part, s)
	}
	if n, is := part.fixedSize(); is {
		return m.variable(part, n, s)
	}
	return errVariable
}

func (m *matcher) hasChars(part *Part, s *state) bool { _, ok := s.chars[part.Text]; return ok }

// word is one of several words.
func (m *matcher) word(part *Part, s *state) error {
	worst := error(errOther)
	for name, v := range part.Map {
		try := s.clone()
		err := m.literal([]byte(fmt.Sprint(v)), try)
		if err == nil {
			*s = *try
			s.fields[part.Str] = name
			return nil
		}
		if errors.Is(err, errShort) {
			worst = err
		}
	}
	return worst
}

func (m *matcher) literal(want []byte, s *state) error {
	for _, c := range want {
		x, err := m.next(s)
		if err != nil {
			return err
		}
		if x != c {
			return errOther
		}
	}
	return nil
}

func (m *matcher) length(part *Part, s *state) error {
	f := part.lenForm()
	b, err := m.take(s, f.size)
	if err != nil {
		return err
	}
	v, err := f.get(b)
	if err != nil {
		return err
	}
	if v, err = part.uncook(v); err != nil || v < 0 || v > maxPending {
		return fmt.Errorf("%w: the length does not fit", errOther)
	}
	n := int(v)
	if part.Unit == "chars" {
		s.chars[part.Chars] = n
		return nil
	}
	if was, ok := s.lens[part.Of]; ok && was != n {
		return fmt.Errorf("%w: the length does not fit", errOther)
	}
	s.lens[part.Of] = n
	from, to, _ := strings.Cut(part.Of, "..")
	start, passed := s.marks[from]
	if from == "^" || from == "" {
		start, passed = 0, true
	}
	if passed {
		s.ends[to] = start + n
	}
	return nil
}

func (m *matcher) sum(part *Part, s *state) error {
	here := len(s.plain)
	f := part.sumForm()
	b, err := m.take(s, f.size)
	if err != nil {
		return err
	}
	got, err := f.get(b)
	if err != nil {
		return err
	}
	_, to, _ := strings.Cut(part.Of, "..")
	if _, passed := s.marks[to]; !passed && to != "here" {
		s.sums = append(s.sums, lateSum{part, here, got})
		return nil
	}
	return check(part, s, here, got)
}

// late checks the sums that stand before what they cover. It runs when all parts are read.
func (m *matcher) late(s *state) error {
	for _, l := range s.sums {
		if err := check(l.part, s, l.at, l.got); err != nil {
			return err
		}
	}
	s.sums = nil
	return nil
}

func check(part *Part, s *state, here int, got int64) error {
	from, to, err := span(part.Of, s.marks, here, len(s.plain))
	if err != nil {
		return fmt.Errorf("%w: %w", errOther, err)
	}
	if want := int64(checksum(part, s.plain[from:to])); got != want {
		return fmt.Errorf("%w: wrong checksum %X, the bytes give %X", errOther, got, want)
	}
	return nil
}

func (m *matcher) number(part *Part, f form, s *state) error {
	b, err := m.take(s, f.size)
	if err != nil {
		return err
	}
	raw, err := f.get(b)
	if err != nil {
		return err
	}
	n, err := part.uncook(raw)
	if err != nil {
		return err
	}
	name := part.name()
	if name == "" {
		if v, _, _ := part.number(); v != n {
			return errOther
		}
		return nil
	}
	if part.Not != nil && n == int64(*part.Not) {
		return errOther
	}
	if part.splits() {
		if was, ok := s.fields[name].(int64); ok {
			n |= was
		}
	}
	if part.Map != nil {
		for word, code := range part.Map {
			if code == any(n) {
				return m.set(part, name, word, s)
			}
		}
		return errOther
	}
	return m.set(part, name, n, s)
}

// set notes a field. A list whose words are numbers stands for those numbers.
func (m *matcher) set(part *Part, name string, v any, s *state) error {
	if part.Drop {
		return nil
	}
	if word, ok := v.(string); ok && part.Map != nil {
		if n, err := m.p.integer(name, word, form{size: 4}); err == nil {
			v = n
		}
	}
	if was, again := s.fields[name]; again && was != v && !part.splits() {
		return errOther // said twice, and not the same
	}
	s.fields[name] = v
	return nil
}

// ended is a text up to its end bytes.
func (m *matcher) ended(part *Part, s *state) error {
	start := len(s.plain)
	most := mostGuessed
	if part.Max > 0 {
		most = 4 * part.Max // decorated, it is longer on the line
	}
	for {
		x, err := m.next(s)
		if err != nil {
			return err
		}
		got := s.plain[start:]
		if bytes.HasSuffix(got, part.term) {
			return m.text(part, got[:len(got)-len(part.term)], s)
		}
		if part.Printable && (x < 0x20 || x == 0x7F) && !bytes.Contains(part.term, []byte{x}) || len(got) > most+len(part.term) {
			return errOther
		}
	}
}

// counted is a text of so many characters.
func (m *matcher) counted(part *Part, s *state) error {
	start := len(s.plain)
	for range s.chars[part.Text] {
		at := len(s.plain)
		for frame.CharLen(part.enc(), s.plain[at:]) == 0 {
			if _, err := m.next(s); err != nil {
				return err
			}
		}
	}
	return m.text(part, s.plain[start:], s)
}

func (m *matcher) text(part *Part, b []byte, s *state) error {
	text, err := m.p.readText(part, b, s.fields)
	if err != nil {
		return err
	}
	return m.set(part, part.Text, text, s)
}

// variable matches a text, bytes or digits of n bytes.
func (m *matcher) variable(part *Part, n int, s *state) error {
	if part.Digits != "" && part.Width == 0 && (n < part.Min || part.Max > 0 && n > part.Max) {
		return errOther
	}
	b, err := m.take(s, n)
	if err != nil {
		return err
	}
	switch {
	case part.Digits != "":
		return m.digits(part, b, s)
	case part.Text != "":
		if part.term != nil {
			if !bytes.HasSuffix(b, part.term) {
				return errOther
			}
			b = b[:len(b)-len(part.term)]
		}
		return m.text(part, b, s)
	default:
		return m.set(part, part.Bytes, fmt.Sprintf("% X", b), s)
	}
}

// digits become a string where their count is free, else a number.
func (m *matcher) digits(part *Part, b []byte, s *state) error {
	radix := max(part.Radix, 0)
	if radix == 0 {
		radix = 10
	}
	word, n := "", int64(0)
	for i, d := range b {
		if part.Blank != nil && int(d) == *part.Blank && n == 0 && i < len(b)-1 {
			continue
		}
		if int(d) >= radix {
			return errOther
		}
		word += string(rune('0' + d%10))
		n = n*int64(radix) + int64(d)
	}
	if part.Width > 0 {
		return m.set(part, part.Digits, n, s)
	}
	return m.set(part, part.Digits, word, s)
}

// room is how many bytes are left for a part of variable size: up to the next mark whose place a length gave, less what stands between.
func (m *matcher) room(part *Part, rest []Part, s *state) (n int, known bool, err error) {
	between := 0
	for i := range rest {
		r := &rest[i]
		if r.Mark != "" {
			if end, ok := s.ends[r.Mark]; ok {
				if n := end - len(s.plain) - between; n >= 0 {
					return n, true, nil
				}
				return 0, false, errOther
			}
			continue
		}
		size, fixed := r.fixedSize()
		if !fixed {
			return 0, false, nil
		}
		between += size
	}
	return 0, false, nil
}
