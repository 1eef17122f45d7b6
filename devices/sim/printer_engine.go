package sim

import (
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// style is how characters look.
type style struct {
	wide, high               int // times the font
	bold, underline, reverse bool
	small                    bool // font B
}

// engine is what works on the commands: the modes that are set, the line that is being filled, and the paper since the last cut.
type engine struct {
	p          *Printer
	clearsSeen int

	chinese  bool
	codepage byte
	style    style
	align    byte
	pitch    int // of lines, dots
	margin   int
	width    int // of the print area, dots
	line     []mark
	x        int
	text     strings.Builder
	paper    paper
	raw      []byte
	stored   *bitmap // GS ( L keeps a picture until it is printed
	storedX  int     // its scale
	storedY  int
	code     qrSettings
	bar      barSettings
	eatLF    bool
	printed  bool // something stands on the paper since the last cut
}

func (e *engine) init(p *Printer) {
	e.p = p
	e.paper = paper{width: p.m.Dots}
	e.reset()
}

// reset is ESC @.
func (e *engine) reset() {
	e.chinese, e.codepage, e.style, e.align, e.pitch, e.margin, e.width = false, 0, style{wide: 1, high: 1}, 0, 30, 0, e.p.m.Dots
	e.line, e.x, e.stored, e.eatLF = nil, 0, nil, false
	e.code, e.bar = qrSettings{size: 3, level: '0'}, barSettings{height: 162, module: 3}
}

func (p *Printer) work() {
	for p.workOn() {
	}
}

// workOn works until the printer is switched off (false) or its buffer is cleared.
func (p *Printer) workOn() (again bool) {
	defer func() {
		v := recover()
		if _, over := v.(ended); v != nil && !over {
			panic(v)
		}
		p.state.Lock()
		again = !p.closed
		p.clearsSeen = p.cleared
		p.state.Unlock()
		p.engine.reset()
	}()
	for {
		p.command(p.next())
	}
}

func (p *Printer) command(c byte) {
	eat := p.eatLF
	p.eatLF = false
	switch c {
	case 0x0A:
		if !eat {
			p.feedLine()
		}
	case 0x09:
		p.x = (p.x/96 + 1) * 96
	case 0x10:
		switch p.take(1)[0] {
		case 0x04:
			if n := p.take(1)[0]; p.m.InOrder && p.m.Status {
				p.ready()
				p.realTime(n)
			}
		case 0x05:
			p.take(1)
		case 0x14:
			p.take(3)
		}
	case 0x1B:
		p.escape()
	case 0x1C:
		p.chineseCommand()
	case 0x1D:
		p.group()
	case 0x12:
		p.take(1)
	case 0x00, 0x0C, 0x0D, 0x18:
	default:
		p.character(c)
	}
}

// character puts one into the line: of one byte, or with the next of two or four.
func (p *Printer) character(c byte) {
	if !p.chinese || c < 0x81 {
		r := rune(c)
		switch {
		case c >= 0x80 && p.codepage == 1 && c == 0x95:
			r = '─'
		case c >= 0x80:
			r = charmap.CodePage437.DecodeByte(c)
		}
		p.put(r, 12)
		return
	}
	b := []byte{c, p.next()}
	if p.m.Charset == "gb18030" && b[1] >= 0x30 && b[1] <= 0x39 {
		b = append(b, p.take(2)...)
	}
	s, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil || len(s) == 0 {
		s = []byte("?")
	}
	for _, r := range string(s) {
		p.put(r, 24)
	}
}

func (p *Printer) escape() {
	switch c := p.take(1)[0]; c {
	case '@':
		p.engine.reset()
		p.state.Lock()
		p.asb = 0 // as Epson's do
		p.state.Unlock()
	case 'a':
		p.align = p.take(1)[0] % 48
	case 'E', 'G':
		p.style.bold = p.take(1)[0]&1 == 1
	case '-':
		p.style.underline = p.take(1)[0]%48 != 0
	case 'M':
		p.style.small = p.take(1)[0]&1 == 1
	case '3':
		p.pitch = int(p.take(1)[0])
	case '2':
		p.pitch = 30
	case 't':
		p.codepage = p.take(1)[0]
	case 'R', ' ', '{', 'V', '=', 'U', 'S', 'T':
		p.take(1)
	case 'B', 'c':
		p.take(2)
		p.beep(c == 'B')
	case 'p':
		p.take(3)
	case 'J':
		if n := int(p.take(1)[0]); !p.m.Has("esc_j_ignored") {
			p.flushLine(false)
			p.feed(n)
		}
	case 'd':
		n := int(p.take(1)[0])
		p.flushLine(false)
		p.feed(n * p.pitch)
	case '!':
		n := p.take(1)[0]
		p.style = style{wide: 1 + int(n>>5&1), high: 1 + int(n>>4&1), bold: n&8 != 0, underline: n&0x80 != 0, small: n&1 != 0}
	case '$':
		b := p.take(2)
		if len(p.line) == 0 || !p.m.Has("esc_dollar_after_data_ignored") {
			p.x = int(b[0]) | int(b[1])<<8
		}
	case '\\':
		b := p.take(2)
		p.x = max(0, p.x+int(int16(uint16(b[0])|uint16(b[1])<<8)))
	case '*':
		p.columns()
	case 'i', 'm':
		p.cutNow()
	case '(':
		h := p.take(3)
		data := p.take(int(h[1]) | int(h[2])<<8)
		p.beep(h[0] == 'A' && len(data) > 3 && data[0] == 0x30)
	default:
		p.note(0x1B, c)
	}
}

func (p *Printer) chineseCommand() {
	switch c := p.take(1)[0]; c {
	case '&':
		p.chinese = true
	case '.':
		p.chinese = false
	case '!':
		n := p.take(1)[0]
		p.style.wide, p.style.high, p.style.underline = 1+int(n>>2&1), 1+int(n>>3&1), n&0x80 != 0
	case 'W':
		n := 1 + int(p.take(1)[0]&1)
		p.style.wide, p.style.high = n, n
	case 'C', '-':
		p.take(1)
	case 'S', 'p':
		p.take(2)
	case '(':
		h := p.take(3)
		p.take(int(h[1]) | int(h[2])<<8)
	default:
		p.note(0x1C, c)
	}
}

func (p *Printer) group() {
	switch c := p.take(1)[0]; c {
	case '!':
		n := p.take(1)[0]
		p.style.wide, p.style.high = int(n>>4&7)+1, int(n&7)+1
	case 'B':
		p.style.reverse = p.take(1)[0]&1 == 1
	case 'a':
		p.setASB(p.take(1)[0])
	case 'h':
		p.bar.height = int(p.take(1)[0])
	case 'w':
		p.bar.module = int(p.take(1)[0])
	case 'H':
		p.bar.text = p.take(1)[0] % 48
	case 'f', '|':
		p.take(1)
	case 'L':
		b := p.take(2)
		p.margin = min(int(b[0])|int(b[1])<<8, p.m.Dots-12)
	case 'W':
		b := p.take(2)
		p.width = int(b[0]) | int(b[1])<<8
	case 'P':
		p.take(2)
	case 'V':
		p.cutCommand()
	case 'e', 'R':
		p.present(c)
	case 'r':
		p.paperStatus(p.take(1)[0])
	case 'I':
		p.identity(p.take(1)[0])
	case 'v':
		h := p.take(6) // '0' m xL xH yL yH
		p.raster(h[1]%48, int(h[2])|int(h[3])<<8, int(h[4])|int(h[5])<<8)
		p.eatLF = p.m.Has("gs_v0_eats_lf")
	case 'k':
		p.barcode()
	case '8':
		h := p.take(5)
		p.graphics(p.take(int(h[1]) | int(h[2])<<8 | int(h[3])<<16 | int(h[4]&0x0F)<<24))
	case '(':
		h := p.take(3)
		data := p.take(int(h[1]) | int(h[2])<<8)
		switch {
		case h[0] == 'H' && len(data) == 6 && data[0] == 0x30 && data[1] == 0x30:
			p.processID(data[2:6])
		case h[0] == 'k':
			p.qr(data)
		case h[0] == 'L':
			p.graphics(data)
		case h[0] == 'H', h[0] == 'K', h[0] == 'D', h[0] == 'E', h[0] == 'A', h[0] == 'C':
		default:
			p.note(0x1D, '(', h[0])
		}
	default:
		p.note(0x1D, c)
	}
}

func (p *Printer) cutCommand() {
	m := p.take(1)[0]
	feed := 0
	if m >= 65 {
		feed = int(p.take(1)[0])
	}
	if m == 66 && p.m.Has("gs_v_42_ignored") || len(p.line) > 0 && p.m.Has("cut_only_at_line_start") {
		return
	}
	p.flushLine(false)
	if feed > 0 {
		p.feed(feed)
	}
	p.cutNow()
}

// cutNow lets the paper go.
func (p *Printer) cutNow() {
	p.ready()
	p.flushLine(false)
	if p.m.Has("cut_needs_print") && !p.printed {
		return
	}
	r := Receipt{Text: p.text.String(), Raw: p.raw, Image: p.paper.cut(), At: time.Now()}
	p.text.Reset()
	p.raw, p.printed = nil, false
	p.state.Lock()
	p.receipts = append(p.receipts, r)
	if len(p.receipts) > 200 {
		p.receipts = p.receipts[50:]
	}
	p.tookBack, p.steps = false, 0
	p.state.Unlock()
}

func (p *Printer) beep(is bool) {
	if is {
		p.state.Lock()
		p.beeps++
		p.state.Unlock()
	}
}

// present obeys GS e (Custom, Pyramid) and GS R (Citizen): the ticket is handed out, taken back or thrown out.
func (p *Printer) present(c byte) {
	n := p.take(1)[0]
	if c == 'R' {
		if n == 0x31 {
			p.take(1)
		}
		n = 2
	}
	more := p.take(map[byte]int{3: 1, 32: 2}[n])
	forgotten := p.has("ticket-not-taken")
	p.state.Lock()
	switch {
	case n == 2:
		if forgotten && !p.tookBack || time.Now().Before(p.atBezel) {
			p.backs++
		}
		p.tookBack, p.atBezel = true, time.Time{}
	case n == 5:
		p.atBezel = time.Time{}
	case len(more) > 0:
		p.steps, p.atBezel = more[0], time.Now().Add(takenAfter)
	}
	p.state.Unlock()
	if n == 6 && c == 'e' {
		var s byte
		if p.hangs() {
			s |= 0x08
		}
		if p.has("jam") {
			s |= 0x80
		}
		p.send([]byte{s})
	}
}
