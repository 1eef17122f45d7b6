package profile

import (
	"fmt"
	"slices"
)

// longest is how many bytes the part takes at most; not bounded where the file does not say.
func (s *step) longest() (n int, bounded bool) {
	switch {
	case s.isMark || s.sized:
		return s.size, true
	case s.Fill != "":
		return s.To, true
	case s.inner != nil:
		for k := range s.inner.steps {
			more, bounded := s.inner.steps[k].longest()
			if !bounded {
				return 0, false
			}
			n += more
		}
		if s.inner.esc != nil {
			n *= s.inner.esc.most()
		}
		return n, true
	case s.words != nil:
		return len(s.words[0].bytes), true // the longest comes first
	case s.Max == 0:
		return 0, false
	}
	return s.Max*s.perByte() + len(s.term), true
}

// perByte is how many bytes of the line one byte of a text becomes at most.
func (s *step) perByte() int {
	n := 1
	if s.Nibbles {
		n = 2
	}
	if s.pre != nil {
		n += s.pre.size
	}
	if s.post != nil {
		n += s.post.size
	}
	return n
}

// overflows refuses parts that can be longer than a length around them can say. It returns the number of the part at fault with the error. Of lengths of
// more than a byte, parts without max are let pass: nobody writes so much, and what does not fit is refused when it is sent.
func (g *program) overflows() (int, error) {
	where := func(mark int) int {
		return slices.IndexFunc(g.steps, func(o step) bool { return o.isMark && o.mark == mark })
	}
	for k := range g.steps {
		s := &g.steps[k]
		if s.Len == "" || s.counts() || s.Shift > 0 || s.Mask != 0 {
			continue
		}
		_, most := s.form.limits()
		most = (most - s.Add) / max(s.Mul, 1) * max(s.Per, 1)
		from, to := where(s.from), where(s.to)
		if s.Unit == "chars" {
			from = slices.IndexFunc(g.steps, func(o step) bool { return o.Text == s.Chars }) - 1
			to = from + 2
		}
		total, widest, unbounded := int64(0), -1, -1
		for i := from + 1; i < to; i++ {
			n, bounded := g.steps[i].longest()
			if s.Unit == "chars" {
				n /= g.steps[i].perByte() * g.steps[i].unit()
			}
			switch {
			case !bounded:
				unbounded = i
			case !g.steps[i].sized && (widest < 0 || g.steps[i].Max > g.steps[widest].Max):
				widest = i
			}
			total += int64(n)
		}
		at := unbounded
		switch {
		case unbounded >= 0 && most > 255:
			continue
		case unbounded < 0 && (total <= most || widest < 0):
			continue // a fixed span that does not fit is refused by its first vector
		case unbounded < 0:
			at = widest
		}
		part := &g.steps[at]
		if part.inner != nil {
			return g.at[at], fmt.Errorf("frame.%s inside can be too great for the length around it, len = %q, which says %d at most; write max to its texts", part.Inner, s.Len, most)
		}
		own, _ := part.longest()
		if s.Unit == "chars" {
			own, total = 0, 0
		}
		room := max(0, (most-(total-int64(own))-int64(len(part.term)))/int64(part.perByte()))
		return g.at[at], fmt.Errorf("%q: max is missing or too great for its length, len = %q, which says %d at most; write max = %d or less", part.arg, s.Len, most, room)
	}
	return 0, nil
}
