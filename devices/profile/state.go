package profile

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
	s.in = m.g.inside(n, s.in)
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
