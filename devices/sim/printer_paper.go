package sim

import (
	"image"
	"image/color"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
)

// bitmap is a picture in which true is black.
type bitmap struct {
	w, h int
	on   []bool
}

func newBitmap(w, h int) *bitmap { return &bitmap{w, h, make([]bool, w*h)} }

func (d *bitmap) set(x, y int) {
	if x >= 0 && x < d.w && y >= 0 && y < d.h {
		d.on[y*d.w+x] = true
	}
}

// packed reads rows of bytes, eight dots each.
func packed(data []byte, w, h int) *bitmap {
	d := newBitmap(w, h)
	per := (w + 7) / 8
	for y := range h {
		for x := range w {
			if i := y*per + x/8; i < len(data) && data[i]&(0x80>>(x%8)) != 0 {
				d.set(x, y)
			}
		}
	}
	return d
}

// mark is a character or a picture in the line that is being filled.
type mark struct {
	x, w  int
	r     rune
	style style
	pic   *bitmap
}

// paper is what has run past the head since the last cut.
type paper struct {
	width int
	rows  []*image.Gray
}

// mostPaper bounds what is kept of paper that is never cut, in bands.
const mostPaper = 4000

func (p *paper) band(h int) *image.Gray {
	g := blank(p.width, h)
	if len(p.rows) < mostPaper {
		p.rows = append(p.rows, g)
	}
	return g
}

// cut takes the paper off.
func (p *paper) cut() *image.Gray {
	h := 0
	for _, r := range p.rows {
		h += r.Rect.Dy()
	}
	out := blank(p.width, max(1, h))
	y := 0
	for _, r := range p.rows {
		copy(out.Pix[y*out.Stride:], r.Pix)
		y += r.Rect.Dy()
	}
	p.rows = nil
	return out
}

func blank(w, h int) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, w, max(h, 0)))
	for i := range g.Pix {
		g.Pix[i] = 0xFF
	}
	return g
}

// put adds a character to the line, which is printed when it is full.
func (e *engine) put(r rune, w int) {
	if e.style.small {
		w = w * 3 / 4
	}
	w *= e.style.wide
	if e.x+w > e.area() {
		e.flushLine(true)
	}
	e.line = append(e.line, mark{x: e.x, w: w, r: r, style: e.style})
	e.x += w
}

// area is the printable width.
func (e *engine) area() int { return max(24, min(e.width, e.p.m.Dots-e.margin)) }

// feedLine is LF.
func (e *engine) feedLine() { e.flushLine(true) }

// flushLine prints the line. An empty one feeds only when it was ended by LF.
func (e *engine) flushLine(lf bool) {
	if len(e.line) == 0 && !lf {
		e.x = 0
		return
	}
	e.p.ready()
	h, right := e.pitch, 0
	for _, m := range e.line {
		mh := 24 * m.style.high
		if m.pic != nil {
			mh = m.pic.h
		}
		h, right = max(h, mh), max(right, m.x+m.w)
	}
	shift := e.margin
	switch e.align {
	case 1:
		shift += max(0, (e.area()-right)/2)
	case 2:
		shift += max(0, e.area()-right)
	}
	g := e.paper.band(h)
	at := 0
	for i, m := range e.line {
		if i > 0 && m.x > at+6 && m.r != 0 {
			e.text.WriteByte(' ') // a column set by its place
		}
		at = m.x + m.w
		if m.pic != nil {
			stamp(g, m.pic, shift+m.x, 0, 1, 1)
			continue
		}
		e.text.WriteRune(m.r)
		drawMark(g, m, shift+m.x, h)
	}
	e.text.WriteByte('\n')
	e.printed = e.printed || len(e.line) > 0
	e.line, e.x = nil, 0
	e.p.print(h)
}

// feed lets white paper run.
func (e *engine) feed(rows int) {
	e.p.ready()
	e.paper.band(rows)
	e.p.print(rows)
}

// drawMark draws a character as a thermal head does: the dots of its font, each as large as the size says.
func drawMark(g *image.Gray, m mark, x, lineHeight int) {
	cell := newBitmap(m.w/m.style.wide, 24)
	glyph(cell, m.r, m.style.small)
	if m.style.bold {
		for y := range cell.h {
			for x := cell.w - 1; x > 0; x-- {
				if cell.on[y*cell.w+x-1] {
					cell.set(x, y)
				}
			}
		}
	}
	if m.style.underline {
		for x := range cell.w {
			cell.set(x, 23)
		}
	}
	if m.style.reverse {
		for i := range cell.on {
			cell.on[i] = !cell.on[i]
		}
	}
	stamp(g, cell, x, lineHeight-24*m.style.high-max(0, min(3, lineHeight-24*m.style.high)), m.style.wide, m.style.high)
}

// stamp puts a picture onto paper, every dot so wide and so high.
func stamp(g *image.Gray, d *bitmap, left, top, wide, high int) {
	for y := range d.h * high {
		for x := range d.w * wide {
			if d.on[y/high*d.w+x/wide] {
				g.SetGray(left+x, top+y, color.Gray{})
			}
		}
	}
}

// picture prints dots on lines of their own.
func (e *engine) picture(d *bitmap, wide, high int) {
	e.flushLine(false)
	e.p.ready()
	left := e.margin
	switch e.align {
	case 1:
		left += max(0, (e.area()-d.w*wide)/2)
	case 2:
		left += max(0, e.area()-d.w*wide)
	}
	stamp(e.paper.band(d.h*high), d, left, 0, wide, high)
	e.printed = true
	e.p.print(d.h * high)
}

// raster is GS v 0: m 1 doubles the width, 2 the height, 3 both.
func (e *engine) raster(m byte, bytesPerRow, rows int) {
	data := e.p.take(bytesPerRow * rows)
	e.picture(packed(data, bytesPerRow*8, rows), 1+int(m&1), 1+int(m>>1&1))
}

// columns is ESC *: columns of 8 or 24 dots in the line.
func (e *engine) columns() {
	h := e.p.take(3)
	n, per := int(h[1])|int(h[2])<<8, 1
	if h[0] >= 32 {
		per = 3
	}
	data := e.p.take(n * per)
	d := newBitmap(n, 8*per)
	for i, b := range data {
		for bit := range 8 {
			if b&(0x80>>bit) != 0 {
				d.set(i/per, i%per*8+bit)
			}
		}
	}
	e.line = append(e.line, mark{x: e.x, w: n, pic: d, style: style{wide: 1, high: 1}})
	e.x += n
}

// graphics is GS ( L and GS 8 L: function 112 stores a picture, 50 prints it.
func (e *engine) graphics(b []byte) {
	switch {
	case len(b) >= 10 && b[0] == 0x30 && b[1] == 0x70:
		e.storedX, e.storedY = max(1, int(b[3])), max(1, int(b[4])) // every dot so wide and so high
		e.stored = packed(b[10:], int(b[6])|int(b[7])<<8, int(b[8])|int(b[9])<<8)
	case len(b) >= 2 && b[0] == 0x30 && (b[1] == 0x32 || b[1] == 2):
		if e.stored != nil {
			e.picture(e.stored, e.storedX, e.storedY)
		}
	default:
		e.p.note(append([]byte{0x1D, '(', 'L'}, b[:min(len(b), 2)]...)...)
	}
}

type qrSettings struct {
	size  int
	level byte
	data  []byte
}

// qr is GS ( k for QR codes.
func (e *engine) qr(b []byte) {
	if len(b) < 3 || b[0] != '1' {
		return
	}
	switch b[1] {
	case 'C':
		e.code.size = int(b[2])
	case 'E':
		e.code.level = b[2]
	case 'P':
		e.code.data = b[3:]
	case 'Q':
		level := map[byte]qr.ErrorCorrectionLevel{'0': qr.L, '1': qr.M, '2': qr.Q, '3': qr.H}[e.code.level]
		code, err := qr.Encode(string(e.code.data), level, qr.Auto)
		if err != nil {
			e.p.note(0x1D, '(', 'k')
			return
		}
		e.picture(modules(code, code.Bounds().Dy()), max(1, e.code.size), max(1, e.code.size))
	}
}

// modules takes a code's dark places.
func modules(code barcode.Barcode, rows int) *bitmap {
	w := code.Bounds().Dx()
	d := newBitmap(w, rows)
	for y := range rows {
		for x := range w {
			if v, _, _, _ := code.At(x, min(y, code.Bounds().Dy()-1)).RGBA(); v < 0x8000 {
				d.set(x, y)
			}
		}
	}
	return d
}

type barSettings struct {
	height, module int
	text           byte // 0 none, 1 above, 2 below, 3 both
}

// barcode is GS k. CODE128 is drawn; of the others the text is kept.
func (e *engine) barcode() {
	m := e.p.take(1)[0]
	var data []byte
	if m >= 65 {
		data = e.p.take(int(e.p.take(1)[0]))
	} else {
		for c := e.p.next(); c != 0; c = e.p.next() {
			data = append(data, c)
		}
	}
	s := string(data)
	if m == 73 {
		s = code128Text(data)
	}
	code, err := code128.Encode(s)
	if m != 73 || err != nil {
		e.p.note(0x1D, 'k', m)
		return
	}
	e.picture(modules(code, max(1, e.bar.height)), max(1, e.bar.module), 1)
	if e.bar.text != 0 {
		for _, r := range s {
			e.put(r, 12)
		}
		e.flushLine(false)
	}
}

// code128Text undoes the set switches {A, {B and {C of GS k 73; set C holds two digits per byte.
func code128Text(data []byte) string {
	var s strings.Builder
	set := byte('B')
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch {
		case c == '{' && i+1 < len(data) && data[i+1] == '{':
			s.WriteByte('{')
			i++
		case c == '{' && i+1 < len(data):
			set = data[i+1]
			i++
		case set == 'C' && c < 100:
			s.WriteByte('0' + c/10)
			s.WriteByte('0' + c%10)
		default:
			s.WriteByte(c)
		}
	}
	return s.String()
}
