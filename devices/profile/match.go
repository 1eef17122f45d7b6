package profile

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"halld/devices/frame"
)

// matcher compares bytes with a frame.
type matcher struct {
	p      *Protocol
	g      *program
	b      []byte
	silent bool // nothing more will come
}

// state is how far a comparison has come. A copy of it is a place to return to: its slices only grow.
type state struct {
	at     int    // bytes of the line that were read
	plain  []byte // what was read, unescaped
	in     bool   // between the marks of the escaping
	fields []field
	bits   []field        // what the parts of a split value gave so far
	marks  [mostMarks]int // where they stand; -1: not passed
	ends   [mostMarks]int // where a length says that they stand; -1: nothing does
	lens   []knownLen     // lengths whose start was not passed yet
	chars  []field        // text → its characters, as a length says
	sums   []lateSum
}

type field struct {
	name string
	v    any
}

type knownLen struct{ from, to, n int }

// lateSum is a checksum that stands before the end of what it covers.
type lateSum struct {
	s   *step
	got int64
}

func newState() *state {
	s := &state{}
	for i := range s.marks {
		s.marks[i], s.ends[i] = -1, -1
	}
	return s
}

func look(in []field, name string) (any, bool) {
	for i := len(in) - 1; i >= 0; i-- {
		if in[i].name == name {
			return in[i].v, true
		}
	}
	return nil, false
}

func (m *matcher) next(s *state) (byte, error) {
	if s.at >= len(m.b) {
		return 0, errShort
	}
	x, n := m.b[s.at], 1
	if s.in {
		var err error
		if x, n, err = m.g.esc.read(m.b[s.at:]); err != nil {
			return 0, err
		}
	}
	s.at += n
	s.plain = append(s.plain, x)
	return x, nil
}

func (m *matcher) take(s *state, n int) ([]byte, error) {
	if len(m.b)-s.at < n {
		return nil, errShort // not worth a look before it is there
	}
	start := len(s.plain)
	if !s.in {
		s.plain = append(s.plain, m.b[s.at:s.at+n]...)
		s.at += n
		return s.plain[start:], nil
	}
	for range n {
		if _, err := m.next(s); err != nil {
			return nil, err
		}
	}
	return s.plain[start:], nil
}

// mostGuessed bounds how long a piece may be whose size nothing tells.
const mostGuessed = 1024

// run matches the steps from k on. Where a size is told by nothing, every size is tried, the shortest first.
func (m *matcher) run(k int, s *state) error {
	for ; k < len(m.g.steps); k++ {
		part := &m.g.steps[k]
		if part.isMark {
			if err := m.mark(part.mark, s); err != nil {
				return err
			}
			continue
		}
		if err := m.fixed(part, s); err != errVariable {
			if err != nil {
				return err
			}
			continue
		}
		n, known, err := m.room(k, s)
		switch {
		case err != nil:
			return err
		case known:
			if err := m.variable(part, n, s); err != nil {
				return err
			}
		default:
			return m.guess(k, s)
		}
	}
	return m.late(s)
}

// guess tries the sizes of a part, the shortest first. A size whose end has not arrived is waited for, so that the cutting of what arrives decides
// nothing. Where nothing but silence ends the frame, it is all that came.
func (m *matcher) guess(k int, s *state) error {
	part := &m.g.steps[k]
	least, most := part.Min, part.Max
	if part.Digits == "" && (part.Nibbles || part.Pre != nil || part.Post != nil) {
		least, most = 0, 4*most // min and max count the text, not what is sent for it
	}
	if most <= 0 {
		most = mostGuessed
	}
	if m.open(k) {
		if !m.silent {
			return errShort
		}
		for n := min(most, len(m.b)-s.at); n >= least; n-- {
			try := *s
			if m.variable(part, n, &try) == nil && m.run(k+1, &try) == nil {
				*s = try
				return nil
			}
		}
		return errShort
	}
	lit, litMarks := m.literalBehind(k)
	for n := least; n <= most; n++ {
		if len(m.b)-s.at < n {
			return errShort
		}
		if lit != nil && !s.in && litMarks { // the byte behind it is known: not worth a closer look otherwise
			if at := s.at + n; at >= len(m.b) {
				return errShort
			} else if m.b[at] != lit[0] {
				continue
			}
		}
		try := *s
		err := m.variable(part, n, &try)
		if err == nil {
			if err = m.run(k+1, &try); err == nil {
				*s = try
				return nil
			}
		}
		if err == errShort && !m.silent {
			return err
		}
	}
	return errOther
}

// open says that only silence ends the frame whose step k has no size.
func (m *matcher) open(k int) bool {
	for _, r := range m.g.steps[k+1:] {
		if r.isMark || r.Pause > 0 {
			continue
		}
		if !m.p.idle || !r.sized || r.raw != nil {
			return false
		}
	}
	return true
}

// literalBehind are the fixed bytes behind step k, if nothing but marks stands between that do not begin or end the escaping.
func (m *matcher) literalBehind(k int) ([]byte, bool) {
	for _, r := range m.g.steps[k+1:] {
		switch {
		case r.isMark && (m.g.esc == nil || r.mark != m.g.escFrom && r.mark != m.g.escTo):
		case r.raw != nil:
			return r.raw, true
		default:
			return nil, false
		}
	}
	return nil, false
}

// mark notes a place, and holds it against the lengths that were read.
func (m *matcher) mark(n int, s *state) error {
	here := len(s.plain)
	s.marks[n] = here
	if s.ends[n] >= 0 && s.ends[n] != here {
		return errLength
	}
	for _, l := range s.lens {
		if l.from == n {
			if err := m.end(l.to, here+l.n, s); err != nil {
				return err
			}
		}
	}
	if m.g.esc != nil {
		s.in = n == m.g.escFrom && m.g.escFrom != m.g.escTo || s.in && n != m.g.escTo
	}
	return nil
}

// end notes where a length says that a mark stands.
func (m *matcher) end(mark, at int, s *state) error {
	if s.marks[mark] >= 0 && s.marks[mark] != at || s.ends[mark] >= 0 && s.ends[mark] != at || at > maxPending || at < len(s.plain) && s.marks[mark] < 0 {
		return errLength
	}
	s.ends[mark] = at
	return nil
}

var (
	errVariable = errors.New("of no fixed size")
	errLength   = fmt.Errorf("%w: the length does not fit", errOther)
	errEscape   = fmt.Errorf("%w: two bytes that stand for none", errOther)
	errBare     = fmt.Errorf("%w: a byte stands bare where it must be escaped", errOther)
	errSum      = fmt.Errorf("%w: wrong checksum", errOther)
)

// fixed matches a part whose size is known from itself.
func (m *matcher) fixed(part *step, s *state) error {
	if part.whole {
		return m.number(part, s)
	}
	switch {
	case part.Pause > 0:
		return nil
	case part.small != nil:
		return m.packed(part, s)
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
	case part.Text != "" && part.Width == 0:
		if n, ok := look(s.chars, part.Text); ok {
			return m.counted(part, n.(int), s)
		}
	}
	if part.sized {
		return m.variable(part, part.size, s)
	}
	return errVariable
}

// word is one of several words, the longest that is there.
func (m *matcher) word(part *step, s *state) error {
	for _, w := range part.words {
		try := *s
		err := m.literal([]byte(w.bytes), &try)
		if err == nil {
			*s = try
			return m.set(part, w.word, s)
		}
		if err == errShort && !m.silent {
			return err
		}
	}
	return errOther
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

// set notes a field, as the word that stands for it where there is a list. A list whose words are numbers stands for those numbers.
func (m *matcher) set(part *step, v any, s *state) error {
	words := part.back
	if words == nil && part.Map == nil {
		words = m.p.back[part.arg]
	}
	if words != nil && part.Str == "" {
		word, ok := words[plain(v)]
		if !ok {
			return errOther
		}
		v = word
		if n, err := strconv.ParseInt(word, 10, 64); err == nil {
			v = n
		}
	}
	if part.Drop {
		return nil
	}
	if was, again := look(s.fields, part.arg); again {
		if was != v {
			return errOther // said twice, and not the same
		}
		return nil
	}
	s.fields = append(s.fields, field{part.arg, v})
	return nil
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

// variable matches a text, bytes or digits of n bytes.
func (m *matcher) variable(part *step, n int, s *state) error {
	if part.Text == "" && part.Width == 0 && (n < part.Min || part.Max > 0 && n > part.Max) {
		return errOther
	}
	b, err := m.take(s, n)
	if err != nil {
		return err
	}
	switch {
	case part.inner != nil:
		return m.inside(part, b, s)
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
		return m.set(part, fmt.Sprintf("% X", b), s)
	}
}

// inside matches a frame that stands in another. It takes all of b.
func (m *matcher) inside(part *step, b []byte, s *state) error {
	sub := newState()
	sub.fields = s.fields
	inner := matcher{p: m.p, g: part.inner, b: bytes.Clone(b), silent: true}
	if err := inner.run(0, sub); err == errShort {
		return errOther
	} else if err != nil {
		return err
	}
	if sub.at != len(b) {
		return errOther
	}
	s.fields = sub.fields
	return nil
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

// room is how many bytes are left for a part of variable size: up to the next mark whose place a length gave, less what stands between.
func (m *matcher) room(k int, s *state) (n int, known bool, err error) {
	between := 0
	for i := k + 1; i < len(m.g.steps); i++ {
		r := &m.g.steps[i]
		if r.isMark {
			if end := s.ends[r.mark]; end >= 0 {
				if n := end - len(s.plain) - between; n >= 0 {
					return n, true, nil
				}
				return 0, false, errLength
			}
			continue
		}
		if !r.sized {
			return 0, false, nil
		}
		between += r.size
	}
	return 0, false, nil
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
		if n = frame.CharLen(s.enc(), []byte{rest[0]<<4 | rest[1]&15, 0xA1, 0xA1, 0xA1}); n > 0 {
			n *= 2
		}
	} else {
		n = frame.CharLen(s.enc(), rest)
	}
	if n == 0 || len(b) < before+n+behind {
		return 0
	}
	return before + n + behind
}
