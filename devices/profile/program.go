package profile

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// program is a whole frame worked out once: every mark is a number, every span two of them, and the order in which lengths and checksums are
// filled in is settled. Encoding and decoding look nothing up by name any more.
type program struct {
	steps   []step
	esc     *Escape
	escaped []span          // what the escape covers, in order
	size    int             // a guess of how long it gets
	args    map[string]bool // the names that it takes
	fill    []int           // lengths, then checksums: those that are covered by others first
	bits    map[string]int64
	first   *byte // that it begins with; nil: with any
	checked bool  // a checksum stands in it
	vague   bool  // nothing in it tells it from other bytes
	at      []int // step → part
}

// step is one part with its places.
type step struct {
	*Part
	isMark   bool
	mark     int
	from, to int    // of a length
	spans    []span // of a checksum
	form     form   // of an integer, length or checksum
	whole    bool   // form is that of an integer
	arg      string // argument or field
	fixed    int64  // the value of an integer without a name
	named    bool
	last     bool // the last part that carries bits of its field
	size     int
	sized    bool // size is always that
	pre      *program
	post     *program
	inner    *program // the frame that stands here
}

// span is what lies between two marks.
type span struct{ from, to int }

// mostMarks bounds the marks of a frame, those for "^", "$" and "here" among them.
const mostMarks = 24

// build works out a frame. It returns the number of the part at fault with the error.
func build(parts []Part, esc *Escape) (*program, int, error) {
	g := &program{esc: esc, args: map[string]bool{}, vague: true}
	marks := map[string]int{}
	mark := func(name string) {
		marks[name] = len(marks)
		g.steps = append(g.steps, step{Part: &Part{}, isMark: true, mark: marks[name], sized: true})
	}
	at := []int{} // step → part
	mark("^")
	at = append(at, 0)
	for i := range parts {
		p := &parts[i]
		if p.Mark != "" {
			if _, twice := marks[p.Mark]; twice || slices.Contains([]string{"^", "$", "here"}, p.Mark) {
				return nil, i, fmt.Errorf("mark %q: stands twice in this frame, or is a word of its own; give every mark a name of its own", p.Mark)
			}
			mark(p.Mark)
			at = append(at, i)
			continue
		}
		if slices.ContainsFunc(strings.Fields(p.Of), func(of string) bool { return strings.HasPrefix(of, "here..") || strings.HasSuffix(of, "..here") }) {
			mark(fmt.Sprintf("here %d", i))
			at = append(at, i)
		}
		s := step{Part: p, arg: p.name(), from: -1, to: -1}
		if v, f, is := p.number(); is {
			s.form, s.whole = f, true
			s.fixed, _ = v.(int64)
		} else if p.Len != "" {
			s.form = p.lenForm()
		} else if p.Sum != "" {
			s.form = p.sumForm()
			g.checked = true
		} else if p.Pack != "" {
			s.form = forms[p.Pack]
		}
		for _, small := range p.small {
			if name := small.name(); name != "" {
				g.args[name] = true
			}
		}
		s.named = s.arg != ""
		g.vague = g.vague && (p.Bytes != "" || p.Pause > 0 || s.whole && s.named && p.Map == nil && p.Not == nil)
		s.size, s.sized = p.fixedSize()
		for _, around := range []struct {
			parts []Part
			to    **program
		}{{p.Pre, &s.pre}, {p.Post, &s.post}} {
			if around.parts == nil {
				continue
			}
			sub, _, err := build(around.parts, nil)
			if err != nil {
				return nil, i, err
			}
			for k := range sub.steps {
				if !sub.steps[k].sized || sub.steps[k].Len != "" || sub.steps[k].Sum != "" {
					return nil, i, errors.New("pre and post: write parts of fixed size, without lengths and checksums")
				}
			}
			*around.to = sub
			for name := range sub.args {
				g.args[name] = true
			}
		}
		if p.inner != nil {
			sub, _, err := build(p.inner, p.esc)
			if err != nil {
				return nil, i, fmt.Errorf("frame.%s inside: %w", p.Inner, err)
			}
			if slices.ContainsFunc(sub.steps, func(s step) bool { return s.Pause > 0 }) {
				return nil, i, fmt.Errorf("inner: frame.%s has a pause; only the outer frame may have one", p.Inner)
			}
			s.inner, s.sized = sub, sub.esc == nil
			for k := range sub.steps {
				s.size += sub.steps[k].size
				s.sized = s.sized && sub.steps[k].sized
			}
			maps.Copy(g.args, sub.args)
			g.checked = g.checked || sub.checked
		}
		if s.named {
			g.args[s.arg] = true
		}
		if p.counts() {
			g.args[p.Chars] = true
		}
		g.size += s.size
		g.steps = append(g.steps, s)
		at = append(at, i)
	}
	mark("$")
	at = append(at, max(0, len(parts)-1))
	if len(marks) > mostMarks {
		return nil, 0, fmt.Errorf("%d marks; a frame has at most %d, counting ^, $ and here", len(marks), mostMarks)
	}
	place := func(name string, here int, empty string) (int, error) {
		switch name {
		case "":
			name = empty
		case "here":
			name = fmt.Sprintf("here %d", here)
		}
		n, ok := marks[name]
		if !ok {
			var names []string
			for m := range marks {
				if !strings.Contains(m, " ") {
					names = append(names, m)
				}
			}
			slices.Sort(names)
			return 0, fmt.Errorf("there is no mark %q; this frame has %s and here", name, strings.Join(names, ", "))
		}
		return n, nil
	}
	find := func(of string, here int) (from, to int, err error) {
		a, z, ok := strings.Cut(of, "..")
		if !ok {
			return 0, 0, fmt.Errorf("of %q: write the span as two marks, such as \"a..z\"", of)
		}
		if from, err = place(a, here, "^"); err == nil {
			to, err = place(z, here, "$")
		}
		if err != nil {
			return 0, 0, fmt.Errorf("of %q: %w", of, err)
		}
		if from > to { // marks are numbered as they stand
			return 0, 0, fmt.Errorf("of %q: the span runs backwards; write the mark that stands first before the two dots", of)
		}
		return from, to, nil
	}
	for k := range g.steps {
		s := &g.steps[k]
		if s.isMark || s.Len == "" && s.Sum == "" {
			continue
		}
		var err error
		if s.counts() {
			continue // it counts an argument
		}
		if s.Unit == "chars" && !slices.ContainsFunc(parts, func(p Part) bool { return p.Text == s.Chars }) {
			return nil, at[k], fmt.Errorf("chars %q: there is no text of that name in this frame; write its name", s.Chars)
		}
		if s.Len != "" && s.Unit == "chars" && s.Of == "" {
			continue // it counts a text, not a span
		}
		if s.Len != "" {
			if s.from, s.to, err = find(s.Of, at[k]); err != nil {
				return nil, at[k], err
			}
			if s.Unit == "chars" {
				text := slices.IndexFunc(g.steps, func(o step) bool { return o.Text == s.Chars })
				before := slices.ContainsFunc(g.steps[:text], func(o step) bool { return o.isMark && o.mark == s.from })
				behind := slices.ContainsFunc(g.steps[text:], func(o step) bool { return o.isMark && o.mark == s.to })
				if !before || !behind {
					return nil, at[k], fmt.Errorf("of %q: the text %q does not lie there; leave of out, or write marks around it", s.Of, s.Chars)
				}
			}
			g.fill = append(g.fill, k)
			continue
		}
		for _, of := range strings.Fields(s.Of) {
			from, to, err := find(of, at[k])
			if err != nil {
				return nil, at[k], err
			}
			s.spans = append(s.spans, span{from, to})
		}
	}
	if esc != nil {
		of := strings.Fields(esc.Of)
		if len(of) == 0 {
			of = []string{""} // refused below
		}
		for i, one := range of {
			from, to, err := find(one, -1)
			if err == nil && i > 0 && from < g.escaped[i-1].to {
				err = fmt.Errorf("of %q: the spans overlap; write them in order, one behind the other", esc.Of)
			}
			if err != nil {
				return nil, -1, fmt.Errorf("escape.%w", err)
			}
			g.escaped = append(g.escaped, span{from, to})
		}
	}
	if k, err := g.order(); err != nil {
		return nil, at[k], err
	}
	if err := g.readBits(); err != nil {
		return nil, 0, err
	}
	g.first, g.at = g.firstByte(), at
	return g, 0, nil
}

// all are the steps, with those of inner frames.
func (g *program) all() []*step {
	var out []*step
	for k := range g.steps {
		out = append(out, &g.steps[k])
		if g.steps[k].inner != nil {
			out = append(out, g.steps[k].inner.all()...)
		}
	}
	return out
}

// order settles which checksum is filled in before which: one that another covers first.
func (g *program) order() (int, error) {
	where := map[int]int{} // mark → step
	var sums []int
	for k := range g.steps {
		switch {
		case g.steps[k].isMark:
			where[g.steps[k].mark] = k
		case g.steps[k].Sum != "":
			sums = append(sums, k)
		}
	}
	covers := func(a, b int) bool {
		return slices.ContainsFunc(g.steps[a].spans, func(of span) bool { return where[of.from] < b && b < where[of.to] })
	}
	done := map[int]bool{}
	for len(done) < len(sums) {
		moved := false
		for _, k := range sums {
			if covers(k, k) {
				return k, fmt.Errorf("sum %q of %q: covers its own place; end the span at a mark before it, or at \"here\"", g.steps[k].Sum, g.steps[k].Of)
			}
			if done[k] || slices.ContainsFunc(sums, func(o int) bool { return o != k && !done[o] && covers(k, o) }) {
				continue
			}
			done[k], moved = true, true
			g.fill = append(g.fill, k)
		}
		if !moved {
			return sums[0], errors.New("sum: two checksums cover each other; neither can be worked out")
		}
	}
	return 0, nil
}

// readBits notes which bits of a value its parts carry together.
func (g *program) readBits() error {
	g.bits = map[string]int64{}
	last := map[string]int{}
	for k := range g.steps {
		s := &g.steps[k]
		if !s.named || !s.whole || !s.splits() {
			continue
		}
		bits := int64(s.Mask)
		if s.Mask == 0 {
			_, bits = s.form.limits()
		}
		g.bits[s.arg] |= (bits &^ int64(s.Or)) << s.Shift
		last[s.arg] = k
	}
	for _, k := range last {
		g.steps[k].last = true
	}
	return nil
}

// inside says whether what follows a mark is escaped, if what stands before it is or is not.
func (g *program) inside(mark int, in bool) bool {
	for _, e := range g.escaped {
		switch {
		case mark == e.from && e.from != e.to:
			return true
		case mark == e.to:
			in = false
		}
	}
	return in
}

func (g *program) firstByte() *byte {
	in := false
	for k := range g.steps {
		switch s := &g.steps[k]; {
		case s.isMark:
			in = g.inside(s.mark, in)
		case s.Pause > 0:
		case s.raw != nil && in && g.esc.replace(s.raw[0]) != nil:
			return nil
		case s.raw != nil:
			return &s.raw[0]
		default:
			return nil
		}
	}
	return nil
}

// substitute replaces the characters that an encoding lacks by what the site wants to see instead.
func substitute(part *Part, text string, by map[string]string) string {
	if len(by) == 0 {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		if instead, ok := by[string(r)]; ok {
			if _, err := part.encode(string(r)); err != nil {
				out.WriteString(instead)
				continue
			}
		}
		out.WriteRune(r)
	}
	return out.String()
}
