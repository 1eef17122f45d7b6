package escpos

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// printed is what a stream of ESC/POS bytes puts onto paper, read apart from the driver that makes them: which character stands where and how,
// the pictures, the bar codes and the cuts.
type printed struct {
	lines    [][]mark
	pictures []picture
	bars     []string // contents of native CODE128 commands
	codes    []nativeCode
	cuts     int
}

// mark is one visible character. x is in dots from the paper's left edge.
type mark struct {
	r                     rune
	x                     int
	w, h                  int
	bold, under, reversed bool
}

// nativeCode is a QR code that the printer draws by itself.
type nativeCode struct {
	model, cell int
	level       byte
	data        string
	align       int
}

type picture struct {
	x   int
	img *image.Gray
}

type paperReader struct {
	dots, left, width int
	in                []byte
	out               printed
	line              []mark
	pos, align        int
	w, h              int
	bold, under, rev  bool
	chinese           bool
	joins             bool // the last thing printed was a picture: the next one is its next band
	code              nativeCode
	stored            []byte // GS ( L keeps a picture, as the head and data of a GS v 0, until it is printed
}

// readPaper reads a stream. A command that it does not know is an error: nothing is skipped.
func readPaper(stream []byte, dots int) (printed, error) {
	p := &paperReader{dots: dots, width: dots, in: stream, w: 1, h: 1}
	for len(p.in) > 0 {
		if err := p.next(); err != nil {
			return p.out, fmt.Errorf("at byte %d: %w", len(stream)-len(p.in), err)
		}
	}
	if len(p.line) > 0 {
		return p.out, fmt.Errorf("the last line %q was never fed", p.line[0].r)
	}
	return p.out, nil
}

func (p *paperReader) take(n int) ([]byte, error) {
	if n > len(p.in) {
		return nil, fmt.Errorf("the stream ends inside a command")
	}
	b := p.in[:n]
	p.in = p.in[n:]
	return b, nil
}

func (p *paperReader) next() error {
	switch c := p.in[0]; {
	case c == 0x0A:
		p.in = p.in[1:]
		p.feed()
		return nil
	case c == 0x1B || c == 0x1C || c == 0x1D:
		return p.command(c)
	case c < 0x20:
		return fmt.Errorf("control code %02X in text", c)
	}
	n := 0
	for n < len(p.in) && p.in[n] >= 0x20 {
		n++
		if p.chinese && p.in[n-1] >= 0x81 && n < len(p.in) {
			n++ // the second byte of a pair; four-byte characters are two pairs
		}
	}
	b, _ := p.take(n)
	text := string(b)
	if p.chinese {
		var err error
		if text, err = simplifiedchinese.GB18030.NewDecoder().String(text); err != nil || strings.ContainsRune(text, 0xFFFD) {
			return fmt.Errorf("% X is no Chinese text", b)
		}
	} else {
		text = ""
		for _, c := range b {
			text += string(ruleGlyph(c))
		}
	}
	for _, r := range text {
		if r != ' ' {
			p.line = append(p.line, mark{r, p.pos, p.w, p.h, p.bold, p.under, p.rev})
		}
		cells := 1
		if r >= 0x80 {
			cells = 2
		}
		p.pos += cells * 12 * p.w
	}
	p.joins = false
	return nil
}

// ruleGlyph reads the box characters of code page 1, as they are used for rules.
func ruleGlyph(c byte) rune {
	switch {
	case c < 0x80:
		return rune(c)
	case c == 0x95:
		return '-'
	case c == 0x96:
		return '|'
	case c >= 0x8F && c <= 0x9F:
		return '+'
	}
	return 0xFFFD
}

func (p *paperReader) feed() {
	shift := p.left
	if p.align > 0 {
		shift += (p.width - p.pos) * p.align / 2
	}
	for i := range p.line {
		p.line[i].x += shift
	}
	if len(p.line) > 0 {
		p.out.lines = append(p.out.lines, p.line)
	}
	p.line, p.pos, p.joins = nil, 0, false
}

func (p *paperReader) command(c byte) error {
	if len(p.in) < 2 {
		return fmt.Errorf("the stream ends inside a command")
	}
	k := p.in[1]
	p.in = p.in[2:]
	args := map[string]int{"\x1b@": 0, "\x1ba": 1, "\x1bM": 1, "\x1b ": 1, "\x1b2": 0, "\x1b3": 1, "\x1b{": 1, "\x1bR": 1, "\x1bt": 1, "\x1bE": 1, "\x1b-": 1, "\x1bd": 1,
		"\x1b$": 2, "\x1b\\": 2, "\x1c&": 0, "\x1c.": 0, "\x1cC": 1, "\x1cS": 2, "\x1c-": 1, "\x1d!": 1, "\x1dB": 1, "\x1dL": 2, "\x1dW": 2, "\x1dV": 2, "\x1da": 1, "\x1dr": 1,
		"\x1dw": 1, "\x1dh": 1, "\x1dH": 1, "\x1dv": 6, "\x1dk": 2, "\x1d(": 3}
	n, known := args[string([]byte{c, k})]
	if !known {
		return fmt.Errorf("command %02X %02X is not known", c, k)
	}
	a, err := p.take(n)
	if err != nil {
		return err
	}
	on := n == 1 && a[0]&1 != 0 || n == 1 && a[0]&2 != 0
	two := func() int { return int(a[0]) | int(a[1])<<8 }
	switch string([]byte{c, k}) {
	case "\x1b@":
		p.left, p.width, p.align, p.w, p.h, p.bold, p.under, p.rev, p.chinese = 0, p.dots, 0, 1, 1, false, false, false, false
	case "\x1ba":
		if len(p.line) > 0 {
			return fmt.Errorf("align in mid-line has no effect")
		}
		p.align = int(a[0] & 3)
	case "\x1bE":
		p.bold = on
	case "\x1b-":
		p.under = on
	case "\x1dB":
		p.rev = on
	case "\x1d!":
		p.w, p.h = int(a[0]>>4)+1, int(a[0]&15)+1
	case "\x1b$":
		p.pos = two()
	case "\x1b\\":
		p.pos += two()
	case "\x1c&":
		p.chinese = true
	case "\x1c.":
		p.chinese = false
	case "\x1dL":
		p.left = two()
	case "\x1dW":
		p.width = two()
	case "\x1dV":
		if len(p.line) > 0 {
			return fmt.Errorf("cut in mid-line")
		}
		p.out.cuts++
	case "\x1dv":
		return p.raster(a)
	case "\x1d(":
		return p.graphics(a)
	case "\x1dk":
		if a[0] != 73 {
			return fmt.Errorf("bar code %d", a[0])
		}
		data, err := p.take(int(a[1]))
		if err != nil {
			return err
		}
		s, err := code128Text(data)
		p.out.bars = append(p.out.bars, s)
		return err
	}
	return nil
}

// code128Text reads the data of GS k 73: {A {B {C switch, {{ is a brace, in C a byte is two digits.
func code128Text(data []byte) (string, error) {
	var out strings.Builder
	set := byte(0)
	for i := 0; i < len(data); i++ {
		switch {
		case data[i] == '{' && i+1 < len(data) && data[i+1] != '{':
			set = data[i+1]
			i++
			continue
		case data[i] == '{':
			i++
			out.WriteByte('{')
			continue
		}
		switch set {
		case 'C':
			fmt.Fprintf(&out, "%02d", data[i])
		case 'A', 'B':
			out.WriteByte(data[i])
		default:
			return "", fmt.Errorf("bar code without a code set")
		}
	}
	return out.String(), nil
}

// graphics reads GS ( L: function 112 keeps a picture, function 50 prints it.
func (p *paperReader) graphics(a []byte) error {
	b, err := p.take(int(a[1]) | int(a[2])<<8)
	if err != nil {
		return err
	}
	switch {
	case a[0] == 'k' && len(b) > 2 && b[0] == '1':
		return p.qr(b[1], b[2:])
	case a[0] == 'L' && len(b) > 10 && string(b[:3]) == "0p0" && b[3] == b[4] && b[3] >= 1 && b[3] <= 2 && b[5] == '1' && p.stored == nil:
		per, rows := (int(b[6])|int(b[7])<<8+7)/8, int(b[8])|int(b[9])<<8
		if len(b) != 10+per*rows {
			return fmt.Errorf("a stored picture of %d x %d bytes has %d", per, rows, len(b)-10)
		}
		p.stored = append([]byte{'0', 3 * (b[3] - 1), byte(per), byte(per >> 8), b[8], b[9]}, b[10:]...)
		return nil
	case a[0] == 'L' && string(b) == "02" && p.stored != nil:
		rest := p.in
		p.in = p.stored[6:]
		err := p.raster(p.stored[:6])
		p.in, p.stored = rest, nil
		return err
	}
	return fmt.Errorf("GS ( % X % X", a, b[:min(len(b), 10)])
}

// qr reads GS ( k: the model, the size, the level, the data, and that it is printed, which is only at the start of a line and out of Chinese mode.
func (p *paperReader) qr(fn byte, b []byte) error {
	switch {
	case fn == 0x41 && len(b) == 2 && b[1] == 0:
		p.code.model = int(b[0] - 0x30)
	case fn == 0x43 && len(b) == 1:
		p.code.cell = int(b[0])
	case fn == 0x45 && len(b) == 1:
		p.code.level = b[0]
	case fn == 0x50 && len(b) > 1 && b[0] == 0x30:
		p.code.data = string(b[1:])
	case fn == 0x51 && len(b) == 1 && b[0] == 0x30 && len(p.line) == 0 && !p.chinese:
		p.code.align = p.align
		p.out.codes = append(p.out.codes, p.code)
		p.code.data = ""
	default:
		return fmt.Errorf("GS ( k %02X % X", fn, b)
	}
	return nil
}

func (p *paperReader) raster(a []byte) error {
	if a[0] != '0' || a[1] != 0 && a[1] != 3 || len(p.line) > 0 {
		return fmt.Errorf("raster % X in a line of %d characters", a, len(p.line))
	}
	k := 1
	if a[1] == 3 {
		k = 2
	}
	per, rows := int(a[2])|int(a[3])<<8, int(a[4])|int(a[5])<<8
	data, err := p.take(per * rows)
	if err != nil {
		return err
	}
	for _, code := range [][]byte{{0x10, 0x04}, {0x10, 0x05}, {0x10, 0x14}} {
		if bytes.Contains(data, code) {
			return fmt.Errorf("a printer obeys % X inside a raster", code)
		}
	}
	g := white(per*8*k, rows*k)
	for y := range rows * k {
		for x := range per * 8 * k {
			if data[y/k*per+x/k/8]&(0x80>>(x/k%8)) != 0 {
				g.SetGray(x, y, color.Gray{})
			}
		}
	}
	x := p.left
	if p.align > 0 {
		x += (p.width - g.Rect.Dx()) * p.align / 2
	}
	if n := len(p.out.pictures); p.joins && p.out.pictures[n-1].x == x && p.out.pictures[n-1].img.Rect.Dx() == g.Rect.Dx() {
		last := p.out.pictures[n-1].img
		last.Pix = append(last.Pix, g.Pix...)
		last.Rect.Max.Y += g.Rect.Dy()
	} else {
		p.out.pictures = append(p.out.pictures, picture{x, g})
	}
	p.joins = true
	return nil
}

// String writes the paper line by line.
func (p printed) String() string {
	var b strings.Builder
	for _, l := range p.lines {
		for _, m := range l {
			fmt.Fprintf(&b, "%c@%d", m.r, m.x)
			if m.w != 1 || m.h != 1 {
				fmt.Fprintf(&b, "(%dx%d)", m.w, m.h)
			}
			b.WriteByte(' ')
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%d pictures, %d bar codes, %d cuts\n", len(p.pictures), len(p.bars), p.cuts)
	return b.String()
}
