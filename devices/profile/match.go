package profile

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// matcher compares bytes with a frame.
type matcher struct {
	p      *Protocol
	g      *program
	b      []byte
	silent bool // nothing more will come
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
		if err := m.fixed(part, s); !errors.Is(err, errVariable) {
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
	lit, escaped := m.literalBehind(k, s.in)
	start := len(s.plain)
	longer := *s // what has been read of it so far
	for n := 0; ; n++ {
		at := longer.at
		switch {
		case n < least:
		case lit != nil && !escaped && at >= len(m.b):
			return errShort
		case lit != nil && !escaped && m.b[at] != lit[0]: // not worth a closer look
		default:
			try := longer
			err := m.is(part, try.plain[start:], &try)
			if err == nil {
				if err = m.run(k+1, &try); err == nil {
					*s = try
					return nil
				}
			}
			if errors.Is(err, errShort) && !m.silent {
				return err
			}
		}
		if n == most {
			return errOther
		}
		if _, err := m.next(&longer); errors.Is(err, errShort) {
			return err
		} else if err != nil {
			return errOther // nor can any longer one be
		}
	}
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

// literalBehind are the fixed bytes behind step k, where nothing but marks stands between, and whether they are escaped.
func (m *matcher) literalBehind(k int, in bool) (lit []byte, escaped bool) {
	for _, r := range m.g.steps[k+1:] {
		switch {
		case r.isMark:
			in = m.g.inside(r.mark, in)
		case r.raw != nil:
			return r.raw, in
		default:
			return nil, false
		}
	}
	return nil, false
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
	case part.Fill != "":
		if len(s.plain) > part.To {
			return errOther
		}
		return m.literal(bytes.Repeat(part.pad, part.To-len(s.plain)), s)
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
		if errors.Is(err, errShort) && !m.silent {
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

// variable matches a text, bytes, digits or an inner frame of n bytes.
func (m *matcher) variable(part *step, n int, s *state) error {
	if part.Text == "" && part.Width == 0 && (n < part.Min || part.Max > 0 && n > part.Max) {
		return errOther
	}
	b, err := m.take(s, n)
	if err != nil {
		return err
	}
	return m.is(part, b, s)
}

// is reads a part of no fixed size from all of its bytes.
func (m *matcher) is(part *step, b []byte, s *state) error {
	switch {
	case part.inner != nil:
		return m.within(part, b, s)
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

// within matches a frame that stands in another. It takes all of b.
func (m *matcher) within(part *step, b []byte, s *state) error {
	sub := newState()
	sub.fields = s.fields
	inner := matcher{p: m.p, g: part.inner, b: bytes.Clone(b), silent: true}
	if err := inner.run(0, sub); errors.Is(err, errShort) {
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
