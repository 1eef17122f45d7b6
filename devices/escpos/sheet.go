package escpos

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"slices"
	"strings"

	"halld/devices"
	"halld/devices/frame"
	"halld/devices/receipt"
)

// sheet is one ticket on its way to one printer.
type sheet struct {
	m     *model
	rows  []receipt.Row
	drawn bool // every row as a picture
	pen   *pen // nil: no font is installed
	bad   error
	lacks bool

	out    []byte
	now    setting
	behind int  // where out ended with a picture; 0: nowhere yet
	bare   bool // nothing is printed since the last cut
}

// setting is what the printer was told so far. After ESC @ it is the zero value, and then the pitch is set.
type setting struct {
	align             receipt.Align
	size, pitch       byte
	bold, under, back bool
	chinese           bool
}

// newSheet lays a slip out. A character that neither the printer nor a font has is written as its code, never left out and never as "?".
func newSheet(m *model, s devices.Slip, drawn bool) (*sheet, error) {
	doc, bad, err := document(s)
	if err != nil {
		return nil, err
	}
	sh := &sheet{m: m, drawn: drawn, bad: bad}
	if sh.pen, err = findPen(m.font); err != nil {
		if sh.lacks = drawn; !errors.Is(err, errNoFont) {
			sh.lacks = true // the font that the device's setting names
		}
		sh.pen, sh.drawn = nil, false
	}
	doc.EachText(func(c string) string {
		if sh.can(c) {
			return c
		}
		sh.lacks = true
		return fmt.Sprintf("[%U]", []rune(c)[0])
	})
	sh.rows = doc.Lay(m.columns)
	return sh, nil
}

// can says whether a character comes onto the paper.
func (s *sheet) can(c string) bool {
	if c < "\x80" && !s.drawn {
		return true
	}
	if !s.drawn {
		if _, err := frame.Encode(s.m.charset, c); err == nil {
			return true
		}
	}
	return s.pen != nil && (c == " " || s.pen.has([]rune(c)[0]))
}

// bytes is the ticket up to its cut.
func (s *sheet) bytes() ([]byte, error) {
	s.out, s.now = []byte{0x1B, 0x40, 0x1B, 0x52, 0x00, 0x1B, 0x33, pitch}, setting{pitch: pitch}
	s.bare = true
	s.out = append(append(s.out, s.m.before...), s.m.density...) // ESC @ took an earlier one back
	for _, r := range s.rows {
		if err := s.row(r); err != nil {
			return nil, err
		}
	}
	s.cut()
	s.swallowed(s.m.after)
	return append(s.out, s.m.after...), nil
}

func (s *sheet) row(r receipt.Row) error {
	if r.Cut {
		s.cut()
		return nil
	}
	s.bare = false
	switch {
	case r.Code != nil:
		return s.code(r)
	case r.Image != nil:
		s.picture(fit(r.Image, r.Width*cellW), r, false)
	default:
		return s.text(r)
	}
	return nil
}

// cut feeds and cuts, out of Chinese mode. Every row has ended its line, so it stands at the start of one, as some printers demand.
func (s *sheet) cut() {
	if s.bare && s.m.quirks["cut_needs_print"] {
		return
	}
	s.bare = true
	s.set(plainRun)
	s.chinese(false)
	if s.m.feed > 0 {
		s.out = append(s.out, 0x1B, 0x64, byte(min(s.m.feed, 20)))
	}
	s.swallowed(s.m.cut)
	s.out = append(s.out, s.m.cut...)
}

// raster sends a picture in the form that the model draws best.
func (s *sheet) raster(g *image.Gray, doubled bool) {
	s.out = raster(s.out, g, s.m.bandRows, doubled, s.m.stored)
	s.behind = len(s.out)
}

// swallowed sends one line feed more where a line feed would stand directly behind a picture and the model swallows that one.
func (s *sheet) swallowed(next []byte) {
	if s.m.quirks["gs_v0_eats_lf"] && !s.m.stored && s.behind > 0 && s.behind == len(s.out) && len(next) > 0 && next[0] == 0x0A {
		s.out = append(s.out, 0x0A)
	}
}

var plainRun = receipt.Run{Style: receipt.Style{W: 1, H: 1}}

func (s *sheet) chinese(on bool) {
	if on == s.now.chinese {
		return
	}
	s.now.chinese = on
	if on {
		s.out = append(s.out, s.m.chineseOn...)
	} else {
		s.out = append(s.out, s.m.chineseOff...)
	}
}

func (s *sheet) align(a receipt.Align) {
	if a != s.now.align {
		s.now.align = a
		s.out = append(s.out, 0x1B, 0x61, byte(a))
	}
}

// set brings the printer to the style of a run with what differs only.
func (s *sheet) set(r receipt.Run) {
	if size := byte((r.W-1)<<4 | (r.H - 1)); size != s.now.size {
		s.now.size = size
		s.out = append(s.out, 0x1D, 0x21, size)
	}
	if r.Bold != s.now.bold {
		s.now.bold = r.Bold
		s.out = append(s.out, 0x1B, 0x45, flag(r.Bold))
	}
	if r.Underline != s.now.under {
		s.now.under = r.Underline
		s.out = append(s.out, 0x1B, 0x2D, flag(r.Underline), 0x1C, 0x2D, flag(r.Underline)) // Chinese characters have an underline of their own
	}
	if r.Reverse != s.now.back {
		s.now.back = r.Reverse
		s.out = append(s.out, 0x1D, 0x42, flag(r.Reverse))
	}
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// text sends a row as text, or draws all of it if the printer lacks a character of it.
func (s *sheet) text(r receipt.Row) error {
	parts := make([][]byte, len(r.Runs))
	drawn, wide := s.drawn, false
	for i, run := range r.Runs {
		b, err := frame.Encode(s.m.charset, run.Text)
		drawn = drawn || err != nil
		parts[i] = b
		wide = wide || strings.ContainsFunc(run.Text, func(c rune) bool { return c >= 0x80 })
	}
	if drawn {
		g, err := s.drawRow(r)
		if err != nil {
			return err
		}
		s.rasterRow(g, r)
		return nil
	}
	if r.Whole {
		s.align(r.Align)
	} else {
		s.align(receipt.Left)
	}
	if p := byte(height(r)); p != s.now.pitch {
		s.now.pitch = p
		s.out = append(s.out, 0x1B, 0x33, p)
	}
	if wide {
		s.chinese(true)
	}
	cell := 0
	for i, run := range r.Runs {
		if x := run.X / 2; !r.Whole && x > cell {
			s.set(plainRun) // columns are kept by blanks: some clones ignore positions
			s.out = append(s.out, strings.Repeat(" ", x-cell)...)
			cell = x
		}
		if strings.TrimSpace(run.Text) != "" || run.Underline || run.Reverse || run.W > 1 {
			s.set(run)
		}
		s.out = append(s.out, parts[i]...)
		cell += run.Cells()
	}
	s.swallowed([]byte{0x0A})
	s.out = append(s.out, 0x0A)
	return nil
}

// rasterRow sends a picture of the paper's width without the white at its sides.
func (s *sheet) rasterRow(g *image.Gray, r receipt.Row) {
	s.chinese(false)
	a := receipt.Left
	if r.Whole {
		a = r.Align
	}
	s.align(a)
	s.set(plainRun)
	s.raster(crop(g, a), false)
}

// picture sends a picture of its own width to its place. doubled: its dots are printed two by two.
func (s *sheet) picture(g *image.Gray, r receipt.Row, doubled bool) {
	s.chinese(false)
	s.set(plainRun)
	if r.Whole {
		s.align(r.Align)
	} else {
		s.align(receipt.Left)
		g = shift(g, s.place(g, r, doubled)/times(doubled))
	}
	s.raster(g, doubled)
}

func times(doubled bool) int {
	if doubled {
		return 2
	}
	return 1
}

// place is where a picture begins on the paper, in dots.
func (s *sheet) place(g *image.Gray, r receipt.Row, doubled bool) int {
	left, width := r.Left*cellW, r.Width*cellW
	if r.Whole {
		left, width = 0, s.m.dots
	}
	sent := (g.Rect.Dx() + 7) / 8 * 8 * times(doubled) // whole bytes are sent, and aligned by the printer
	return left + max(0, width-sent)*int(r.Align)/2
}

// code sends a QR or bar code as our own raster: many printers lack the native command, and some lose it after Chinese text. A code that
// does not fit, or cannot be made, stands as text: a number to type is better than none.
func (s *sheet) code(r receipt.Row) error {
	if s.native(r) {
		return nil
	}
	g, doubled, err := s.codePicture(r)
	if err != nil {
		for _, row := range receipt.Plain(r.Code.Data, s.m.columns) {
			if err := s.row(row); err != nil {
				return err
			}
		}
		return nil
	}
	if r.Code.QR {
		s.blank() // white above and beneath belongs to the code
	}
	s.picture(g, r, doubled)
	if r.Code.QR {
		s.blank()
	} else if r.Code.HRI {
		return s.text(s.under(g, r))
	}
	return nil
}

func (s *sheet) codePicture(r receipt.Row) (g *image.Gray, doubled bool, err error) {
	width := r.Width * cellW
	if r.Whole {
		width = s.m.dots
	}
	if !r.Code.QR {
		g, err = bars(r.Code, width)
		return g, false, err
	}
	return code(r.Code, width, s.m.slow, !r.Whole || r.Align != receipt.Centre)
}

// under is the row with a bar code's text, in the middle of the code.
func (s *sheet) under(g *image.Gray, r receipt.Row) receipt.Row {
	run := receipt.Run{Text: r.Code.Data, Style: plainRun.Style}
	if r.Whole && r.Align == receipt.Centre {
		return receipt.Row{Runs: []receipt.Run{run}, Whole: true, Align: receipt.Centre}
	}
	run.X = max(0, (s.place(g, r, false)+(g.Rect.Dx()-run.Cells()*cellW)/2)*2/cellW)
	return receipt.Row{Runs: []receipt.Run{run}}
}

// blank feeds a line of white paper.
func (s *sheet) blank() {
	if !s.drawn {
		_ = s.text(receipt.Row{}) // nothing to encode
		return
	}
	s.rasterRow(white(8, pitch), receipt.Row{}) // some clones swallow a line feed behind a raster
}

// height is how much paper a row takes, in dots.
func height(r receipt.Row) int { return cellH*r.Height() + pitch - cellH }

// drawRow is a row of text as a picture of the paper's width.
func (s *sheet) drawRow(r receipt.Row) (*image.Gray, error) {
	g := white(s.m.dots, height(r))
	if len(r.Runs) == 0 {
		return g, nil
	}
	if s.pen == nil {
		return nil, errNoFont
	}
	shift := 0
	if last := r.Runs[len(r.Runs)-1]; r.Whole {
		used := (last.X-r.Runs[0].X)/2*cellW + last.Cells()*cellW
		shift = max(0, s.m.dots-used)*int(r.Align)/2 - r.Runs[0].X*cellW/2
	}
	base := cellH * r.Height()
	for _, run := range r.Runs {
		x, y := shift+run.X*cellW/2, base-cellH*run.H
		if run.Rule {
			lines(g, r, run, x)
			continue
		}
		if err := s.pen.draw(g, x, y, run.Text, run.Style); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// lines draws a rule: its dashes and bars as lines that meet.
func lines(g *image.Gray, row receipt.Row, r receipt.Run, x int) {
	const thick = 2
	high, text := height(row), "+"+r.Text+"+"
	mid := pitch/2 - 1
	black := func(x0, y0, x1, y1 int) {
		draw.Draw(g, image.Rect(x0, y0, x1, y1), image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	for i := range len(r.Text) {
		cell, half := r.X/2+i, x+cellW/2-1
		switch r.Text[i] {
		case '-':
			black(x, mid, x+cellW, mid+thick)
		case '|':
			black(half, 0, half+thick, high)
		case '+':
			if text[i] == '-' {
				black(x, mid, half+thick, mid+thick)
			}
			if text[i+2] == '-' {
				black(half, mid, x+cellW, mid+thick)
			}
			if slices.Contains(row.Up, cell) {
				black(half, 0, half+thick, mid+thick)
			}
			if slices.Contains(row.Down, cell) {
				black(half, mid, half+thick, high)
			}
		}
		x += cellW
	}
}

// paper draws the whole ticket as the raster form prints it.
func (s *sheet) paper() (image.Image, error) {
	var parts []*image.Gray
	total := 0
	add := func(g *image.Gray) {
		parts = append(parts, g)
		total += g.Rect.Dy()
	}
	var draws func(rows []receipt.Row) error
	draws = func(rows []receipt.Row) error {
		for _, r := range rows {
			switch {
			case r.Cut:
				add(s.knife())
			case r.Image != nil:
				g := fit(r.Image, r.Width*cellW)
				add(s.onPaper(g, r, false))
			case r.Code != nil:
				g, doubled, err := s.codePicture(r)
				if err != nil {
					if err := draws(receipt.Plain(r.Code.Data, s.m.columns)); err != nil {
						return err
					}
					continue
				}
				if r.Code.QR {
					add(white(s.m.dots, pitch))
				}
				add(s.onPaper(g, r, doubled))
				if r.Code.QR {
					add(white(s.m.dots, pitch))
				} else if r.Code.HRI {
					if err := draws([]receipt.Row{s.under(g, r)}); err != nil {
						return err
					}
				}
			default:
				g, err := s.drawRow(r)
				if err != nil {
					return err
				}
				add(g)
			}
		}
		return nil
	}
	if err := draws(s.rows); err != nil {
		return nil, err
	}
	const margin = 24
	paper := white(s.m.dots+2*margin, total+2*margin+s.m.feed*pitch)
	y := margin
	for _, g := range parts {
		draw.Draw(paper, image.Rect(margin, y, margin+s.m.dots, y+g.Rect.Dy()), g, image.Point{}, draw.Src)
		y += g.Rect.Dy()
	}
	for i, v := range paper.Pix { // thermal paper knows no grey
		if v < 128 {
			paper.Pix[i] = 0
		} else {
			paper.Pix[i] = 0xFF
		}
	}
	return paper, nil
}

// onPaper is a picture at its place on the paper.
func (s *sheet) onPaper(g *image.Gray, r receipt.Row, doubled bool) *image.Gray {
	k := times(doubled)
	out := white(s.m.dots, g.Rect.Dy()*k)
	left := s.place(g, r, doubled)
	for y := range g.Rect.Dy() * k {
		for x := range g.Rect.Dx() * k {
			out.SetGray(left+x, y, g.GrayAt(x/k, y/k))
		}
	}
	return out
}

// knife shows in a picture where the paper is cut.
func (s *sheet) knife() *image.Gray {
	g := white(s.m.dots, s.m.feed*pitch+pitch)
	y := g.Rect.Dy() - pitch/2
	for x := range s.m.dots {
		if x/8%2 == 0 {
			g.SetGray(x, y, color.Gray{})
		}
	}
	return g
}
