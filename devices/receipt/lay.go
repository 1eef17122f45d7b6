package receipt

import (
	"image"
	"slices"
	"strings"
)

// Row is one row of the paper.
type Row struct {
	Runs  []Run // from left to right; none: a blank row
	Align Align // of the runs together, where Whole
	Whole bool  // the row is one column as wide as the paper: Align says all about its place
	Cut   bool  //
	Code  *Code // stands by Align between Left and Left+Width
	Image *image.Gray
	Left  int   // cells from the paper's left edge to the area of a code or picture
	Width int   // cells of that area
	Up    []int // cells in which a rule of a box meets a bar above it
	Down  []int // the same beneath it
}

// Run is text in one style.
type Run struct {
	X    int // half cells from the paper's left edge
	Text string
	Style
	Rule bool // the text is a rule of - | and +, which may be drawn as lines
}

// Cells is the width of a run.
func (r Run) Cells() int {
	n := 0
	for _, c := range r.Text {
		n += Cells(c)
	}
	return n * r.W
}

// Height is the height of a row in times of the font: 1 at least.
func (r Row) Height() int {
	h := 1
	for _, run := range r.Runs {
		h = max(h, run.H)
	}
	return h
}

// Text is what a row says, its columns apart by blanks.
func (r Row) Text() string {
	var out []string
	for _, run := range r.Runs {
		out = append(out, run.Text)
	}
	return strings.Join(out, " ")
}

// layer puts lines onto paper of so many cells.
type layer struct {
	cells int
	rows  []Row
	box   boxState
	last  area // where the box stands now
}

type boxState int

const (
	noBox    boxState = iota
	boxReady          // it begins with the next text
	boxOpen           //
	boxRuled          // a rule waits for the columns beneath it
)

// area is the part of the paper that a line takes, and its columns.
type area struct {
	left, width int
	widths      []int
}

// Lay puts the ticket onto paper that is so many cells wide (20 to 96).
func (d *Document) Lay(cells int) []Row {
	l := &layer{cells: max(cells, 8)}
	border := 1
	for i := range d.lines {
		ln := &d.lines[i]
		switch {
		case border >= 0 && ln.border < 0:
			l.box = boxReady
		case border < 0 && ln.border >= 0:
			l.closeBox()
		}
		border = ln.border
		l.line(ln)
	}
	l.closeBox()
	for n := len(l.rows); n > 0 && l.rows[n-1].Cut; n-- {
		l.rows = l.rows[:n-1] // the ticket is cut at its end anyway
	}
	return l.rows
}

func (l *layer) line(ln *line) {
	switch ln.kind {
	case textLine:
		l.text(ln)
	case ruleLine:
		switch l.box {
		case noBox:
			a := l.area(ln, []int{-1})
			if len(ln.widths) > 0 {
				a = l.area(ln, ln.widths)
			}
			l.rows = append(l.rows, Row{Runs: []Run{{X: 2 * a.left, Text: strings.Repeat("-", a.width), Style: plain, Rule: true}}})
		case boxOpen:
			l.box = boxRuled
		case boxReady, boxRuled: // a line stands there already
		}
	case cutLine:
		open := l.box == boxOpen || l.box == boxRuled
		l.closeBox()
		l.rows = append(l.rows, Row{Cut: true})
		if open {
			l.box = boxReady
		}
	case codeLine, imageLine:
		a := l.area(ln, []int{-1})
		if len(ln.widths) > 0 {
			a = l.area(ln, ln.widths)
		}
		r := Row{Image: ln.image, Align: ln.columns[0].align, Left: a.left, Width: a.width, Whole: a.width == l.cells}
		if ln.kind == codeLine {
			code := ln.code
			r.Code = &code
		}
		l.rows = append(l.rows, r)
	case setLine: // prints nothing itself
	}
}

// area shares the paper among columns: those with a width get it, those without share what is left. Where the paper is too narrow, the
// widest give way.
func (l *layer) area(ln *line, widths []int) area {
	var a area
	for _, w := range widths {
		if w != 0 {
			a.widths = append(a.widths, w)
		}
	}
	gap := max(ln.border, 0)
	if ln.kind != textLine && ln.border < 0 {
		gap = 1
	}
	between := func(n int) int {
		if ln.border < 0 {
			return n + 1
		}
		return (n - 1) * gap
	}
	for len(a.widths) > 1 && 2*len(a.widths)+between(len(a.widths)) > l.cells {
		a.widths = a.widths[:len(a.widths)-1] // paper of 32 cells has room for ten columns
	}
	fixed, free := 0, 0
	for _, w := range a.widths {
		if w > 0 {
			fixed += w
		} else {
			free++
		}
	}
	room := l.cells - between(len(a.widths))
	for fixed+2*free > room {
		widest := -1
		for i, w := range a.widths {
			if w > 2 && (widest < 0 || w > a.widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		a.widths[widest]--
		fixed--
	}
	rest, n := room-fixed, 0
	for i, w := range a.widths {
		if w < 0 {
			a.widths[i] = max(1, (rest+n)/free)
			n++
		}
	}
	if free > 0 {
		rest = 0
	}
	a.width = l.cells - max(rest, 0)
	a.left = max(rest, 0) * int(ln.align) / 2
	return a
}

func (l *layer) text(ln *line) {
	widths := ln.widths
	if len(widths) == 0 {
		widths = make([]int, len(ln.columns))
		for i := range widths {
			widths[i] = -1
		}
	}
	var cols []column
	for i, w := range widths {
		switch {
		case w == 0:
		case i < len(ln.columns):
			cols = append(cols, ln.columns[i])
		default:
			cols = append(cols, column{align: Centre})
		}
	}
	a := l.area(ln, widths)
	cols = cols[:min(len(cols), len(a.widths))]
	switch l.box {
	case boxReady:
		l.rows = append(l.rows, rule(area{}, a))
		l.box = boxOpen
	case boxRuled:
		l.rows = append(l.rows, rule(l.last, a))
		l.box = boxOpen
	case noBox, boxOpen: // no line goes before this one
	}
	l.last = a
	wrapped := make([][][]glyph, len(cols))
	high := 1
	for i, c := range cols {
		shrink(c.text, a.widths[i])
		switch {
		case c.align == Centre && !ln.nowrap:
			wrapped[i] = balance(c.text, a.widths[i])
		default:
			wrapped[i] = wrap(c.text, a.widths[i])
		}
		high = max(high, len(wrapped[i]))
	}
	if ln.nowrap {
		high = 1
	}
	whole := len(cols) == 1 && a.width == l.cells && l.box == noBox
	for n := range high {
		l.rows = append(l.rows, l.textRow(ln, a, cols, wrapped, n, whole))
	}
}

// textRow is the nth row of a line that was broken.
func (l *layer) textRow(ln *line, a area, cols []column, wrapped [][][]glyph, n int, whole bool) Row {
	row := Row{Whole: whole}
	x := a.left
	bar := func() {
		if l.box == boxOpen {
			row.Runs = append(row.Runs, Run{X: 2 * x, Text: "|", Style: plain, Rule: true})
			x++
		}
	}
	bar()
	for i, c := range cols {
		if n < len(wrapped[i]) {
			part := wrapped[i][n]
			at := 2*x + (a.widths[i]-min(cellsOf(part), a.widths[i]))*int(c.align)
			row.Runs = append(row.Runs, runs(part, at)...)
			if whole {
				row.Align = c.align
			}
		}
		x += a.widths[i]
		if l.box == boxOpen {
			bar()
		} else {
			x += max(ln.border, 0)
		}
	}
	if l.box == boxOpen { // bars are as high as the row
		h := row.Height()
		for i := range row.Runs {
			if row.Runs[i].Rule {
				row.Runs[i].H = h
			}
		}
	}
	return row
}

func runs(gs []glyph, x int) []Run {
	var out []Run
	for _, g := range gs {
		if n := len(out); n > 0 && out[n-1].Style == g.Style {
			out[n-1].Text += string(g.r)
		} else {
			out = append(out, Run{X: x, Text: string(g.r), Style: g.Style})
		}
		x += 2 * g.cells()
	}
	return out
}

func (l *layer) closeBox() {
	if l.box == boxOpen || l.box == boxRuled {
		l.rows = append(l.rows, rule(l.last, area{}))
	}
	l.box = noBox
}

// rule is a line of a box with the corners of what stands above and beneath it.
func rule(above, below area) Row {
	left, right := 1<<20, 0
	corners := func(a area) []int {
		if len(a.widths) == 0 {
			return nil
		}
		x := a.left
		at := []int{x}
		for _, w := range a.widths {
			x += w + 1
			at = append(at, x)
		}
		left, right = min(left, a.left), max(right, x)
		return at
	}
	row := Row{Up: corners(above), Down: corners(below)}
	var b strings.Builder
	for x := left; x <= right; x++ {
		if slices.Contains(row.Up, x) || slices.Contains(row.Down, x) {
			b.WriteByte('+')
		} else {
			b.WriteByte('-')
		}
	}
	row.Runs = []Run{{X: 2 * left, Text: b.String(), Style: plain, Rule: true}}
	return row
}

// Plain lays out text that is no template.
func Plain(text string, cells int) []Row {
	var gs []glyph
	for _, r := range clean(text) {
		gs = append(gs, glyph{r, plain})
	}
	var rows []Row
	for _, part := range wrap(gs, cells) {
		rows = append(rows, Row{Runs: runs(part, 0), Whole: true})
	}
	return rows
}
