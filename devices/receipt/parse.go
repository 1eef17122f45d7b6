package receipt

import (
	"image"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Align is where something stands in its column or on the paper.
type Align int

// The alignments.
const (
	Left Align = iota
	Centre
	Right
)

// Style is how text looks.
type Style struct {
	W, H                     int // times the font, 1 to 6
	Bold, Underline, Reverse bool
}

var plain = Style{W: 1, H: 1}

// Code is a QR code or a bar code (CODE128).
type Code struct {
	Data   string
	QR     bool
	Cell   int    // QR: dots per module, 3 to 8
	Level  string // QR: L, M, Q or H
	Module int    // bar code: dots per module, 2 to 4
	Height int    // bar code: dots
	HRI    bool   // bar code: with its text beneath
}

// kind is what a line of the template is.
type kind int

const (
	textLine kind = iota
	ruleLine
	cutLine
	codeLine
	imageLine
	setLine // sets something for the lines after it, and prints nothing itself
)

// glyph is a character in its style; '\n' is a break.
type glyph struct {
	r rune
	Style
}

type column struct {
	align Align
	text  []glyph
}

// state is what properties set for the lines after them.
type state struct {
	widths []int // cells, -1 for what is left; none: all alike
	align  Align
	border int // cells between columns; -1: a line
	nowrap bool
	option Code
}

// line is one line of the template, read.
type line struct {
	kind
	columns []column
	state
	code  Code
	image *image.Gray
}

// Document is a ticket, read, for paper of any width.
type Document struct{ lines []line }

// Read reads ReceiptLine text with its fields filled in; a {{field}} left in it is a mistake. The error is an *Error.
func Read(text string) (*Document, error) { return read(lines(text)) }

// Make fills a template and reads it. The error is an *Error with the place in the template.
func Make(template string, v Values) (*Document, error) {
	var all []source
	for _, s := range lines(template) {
		filled, err := s.fill(v)
		if err != nil {
			return nil, err
		}
		all = append(all, filled...)
	}
	return read(all)
}

// maxTemplate is the length of a template in bytes: a picture and much text.
const maxTemplate = 64 << 10

// Check finds the first mistake of a template. Every row is tried with its fields filled.
func Check(template string) error {
	if len(template) > maxTemplate {
		return &Error{Line: 1, Column: 1, Text: "the template is longer than 64 KB; use a smaller picture"}
	}
	doc, err := Make(template, Samples())
	if err != nil {
		return err
	}
	for _, l := range doc.lines {
		if l.kind != setLine && l.kind != cutLine && l.kind != ruleLine {
			return nil
		}
	}
	return &Error{Line: 1, Column: 1, Text: "nothing is printed; write at least {{number}}"}
}

func read(all []source) (*Document, error) {
	doc := &Document{}
	st := state{align: Centre, border: 1, option: defaultOption}
	for _, s := range all {
		l, err := s.read(&st)
		if err != nil {
			return nil, err
		}
		doc.lines = append(doc.lines, l)
	}
	return doc, nil
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' }

// trim takes blanks off both ends and says whether there were any.
func (s source) trim() (t source, before, after bool) {
	from, to := 0, len(s.text)
	for from < to && isBlank(s.text[from]) {
		from++
	}
	for to > from && isBlank(s.text[to-1]) {
		to--
	}
	return s.sub(from, to), from > 0, to < len(s.text)
}

func (s source) read(st *state) (line, error) {
	for i, r := range s.text {
		if r != '\t' && unicode.IsControl(r) || r == utf8.RuneError {
			return line{}, s.fail(i, "character %U cannot be printed; take it out", r)
		}
	}
	body, _, _ := s.trim()
	l := line{state: *st}
	cols, aligns := body.split()
	if len(cols) == 1 {
		one := cols[0]
		if len(one.text) > 0 && one.text[0] == '{' {
			return one.property(st, aligns[0])
		}
		if n := len(one.text); n > 0 && (one.text[0] == '-' || one.text[0] == '=') && strings.Count(string(one.text), string(one.text[0])) == n {
			l.kind = ruleLine
			if one.text[0] == '=' {
				l.kind = cutLine
			}
			return l, nil
		}
	}
	if n := len(st.widths); n > 0 && len(cols) > n {
		return line{}, cols[n].fail(0, "the row has %d columns and the width above it names %d; name as many, or write {width:auto}", len(cols), n)
	}
	for i, c := range cols {
		if len(c.text) > 0 && c.text[0] == '{' && c.text[len(c.text)-1] == '}' {
			return line{}, c.fail(0, `a property stands alone on its line; write it on a line of its own, or \{ for the character itself`)
		}
		text, err := c.glyphs()
		if err != nil {
			return line{}, err
		}
		l.columns = append(l.columns, column{align: aligns[i], text: text})
	}
	return l, nil
}

// split takes a line apart at its bars. The outer bars may be left out; a blank behind a column's text pulls it left, one before it right.
func (s source) split() ([]source, []Align) {
	var bars []int
	for i := 0; i < len(s.text); i++ {
		switch s.text[i] {
		case '\\':
			i++
		case '|':
			bars = append(bars, i)
		}
	}
	from, to := 0, len(s.text)
	// text that touches the one bar beside it is pulled towards the paper's edge: "text|" stands right, "|text" stands left
	pullRight, pullLeft := false, false
	if n := len(bars); n > 0 {
		first, last := bars[0], bars[n-1]
		pullRight = first > 0 && !isBlank(s.text[first-1])
		pullLeft = last < to-1 && !isBlank(s.text[last+1])
		if first == 0 {
			from, bars = 1, bars[1:]
		}
		if last == to-1 && len(bars) > 0 {
			to, bars = last, bars[:len(bars)-1]
		}
	}
	var cols []source
	var aligns []Align
	for i := 0; i <= len(bars); i++ {
		end := to
		if i < len(bars) {
			end = bars[i]
		}
		t, before, after := s.sub(from, end).trim()
		before, after = before || i == 0 && pullRight, after || i == len(bars) && pullLeft
		a := Centre
		switch {
		case after && !before:
			a = Left
		case before && !after:
			a = Right
		}
		cols, aligns = append(cols, t), append(aligns, a)
		from = end + 1
	}
	return cols, aligns
}

const escapes = `write \\ for a backslash itself; the escapes are \\ \{ \} \| \- \= \_ \" \` + "\\` " + `\^ \~ \; \n and \x with two hex digits`

// checkEscape looks at the escape that begins at i.
func (s source) checkEscape(i int) error {
	if i+1 >= len(s.text) {
		return s.fail(i, "a backslash stands at the end; %s", escapes)
	}
	switch c := s.text[i+1]; {
	case c == 'x':
		if i+3 >= len(s.text) || hex(s.text[i+2]) < 0 || hex(s.text[i+3]) < 0 {
			return s.fail(i, `\x needs two hex digits, as in \x41; %s`, escapes)
		}
		if n := hex(s.text[i+2])<<4 | hex(s.text[i+3]); n < 0x20 || n >= 0x7F && n < 0xA0 {
			return s.fail(i, `\x%02x is a control code, which is never printed; take it out`, n)
		}
	case c != 'n' && !strings.ContainsRune(marks, c):
		return s.fail(i, `\%c is no escape; %s`, c, escapes)
	}
	return nil
}

func hex(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0')
	case r >= 'a' && r <= 'f':
		return int(r-'a') + 10
	case r >= 'A' && r <= 'F':
		return int(r-'A') + 10
	}
	return -1
}

// escaped reads the escape at i: the character, and how many characters it took.
func (s source) escaped(i int) (rune, int, error) {
	if err := s.checkEscape(i); err != nil {
		return 0, 0, err
	}
	switch c := s.text[i+1]; c {
	case 'x':
		return rune(hex(s.text[i+2])<<4 | hex(s.text[i+3])), 4, nil
	case 'n':
		return '\n', 2, nil
	default:
		return c, 2, nil
	}
}

// sizes are what one to seven ^ stand for.
var sizes = [8][2]int{{1, 1}, {2, 1}, {1, 2}, {2, 2}, {3, 3}, {4, 4}, {5, 5}, {6, 6}}

// glyphs reads the text of a column.
func (s source) glyphs() ([]glyph, error) {
	var out []glyph
	st, size := plain, 0
	for i := 0; i < len(s.text); {
		n := 1
		switch c := s.text[i]; c {
		case '\\':
			r, took, err := s.escaped(i)
			if err != nil {
				return nil, err
			}
			out, n = append(out, glyph{r, st}), took
		case '{', '}':
			return nil, s.fail(i, `%c begins or ends a property, which stands alone on its line, as in {code:…;option:qrcode,5,M}; write \%c for the character itself`, c, c)
		case '_':
			st.Underline = !st.Underline
		case '"':
			st.Bold = !st.Bold
		case '`':
			st.Reverse = !st.Reverse
		case '^':
			for i+n < len(s.text) && s.text[i+n] == '^' {
				n++
			}
			if n >= len(sizes) {
				return nil, s.fail(i, `%d times ^; the largest size is ^^^^^^^ (6×6); write \^ for the character itself`, n)
			}
			if size == n {
				size = 0
			} else {
				size = n
			}
			st.W, st.H = sizes[size][0], sizes[size][1]
		case '~', '\t':
			out = append(out, glyph{' ', st})
		default:
			out = append(out, glyph{c, st})
		}
		i += n
	}
	return out, nil
}

// EachText hands every text of the ticket to f and puts what it returns in its place, in the style of the text's first character. A code's
// contents are no text.
func (d *Document) EachText(f func(string) string) {
	for i := range d.lines {
		for k := range d.lines[i].columns {
			c := &d.lines[i].columns[k]
			var out []glyph
			for _, g := range c.text {
				if g.r == '\n' {
					out = append(out, g)
					continue
				}
				for _, r := range f(string(g.r)) {
					out = append(out, glyph{r, g.Style})
				}
			}
			c.text = out
		}
	}
}
