package sim

import (
	"image"
	"image/color"
	"slices"
	"strings"
	"sync"
	"time"

	"halld/devices/profile"
)

// Receipt is one piece of paper that came out, up to its cut.
type Receipt struct {
	Text  string // the printed lines
	Raw   []byte // the bytes that made it
	Image *image.Gray
	At    time.Time
}

// Printer is a simulated ESC/POS ticket printer with Chinese fonts.
type Printer struct {
	*cable
	dots  int
	bits  []profile.StatusBit
	input chan byte
	quit  chan struct{}
	live  sync.WaitGroup

	state    sync.Mutex
	receipts []Receipt
	unknown  [][]byte

	seen    int // bytes of a real-time request seen so far
	chinese bool
	double  int
	line    []byte
	text    strings.Builder
	rows    []*image.Gray
	raw     []byte
	wake    chan struct{}
}

func newPrinter(p *profile.Profile, o Options) *Printer {
	pr := &Printer{cable: newCable(p, o), dots: p.Printer.Dots, bits: p.Printer.Bits, input: make(chan byte, 1<<16), quit: make(chan struct{}), wake: make(chan struct{}, 1)}
	pr.receive = pr.got
	pr.live.Go(pr.work)
	return pr
}

// Receipts lists what came out, oldest first.
func (p *Printer) Receipts() []Receipt {
	p.state.Lock()
	defer p.state.Unlock()
	return slices.Clone(p.receipts)
}

// Unknown lists commands that it did not understand.
func (p *Printer) Unknown() [][]byte {
	p.state.Lock()
	defer p.state.Unlock()
	return slices.Clone(p.unknown)
}

// SetFault switches a fault on or off; a printer that stood still goes on.
func (p *Printer) SetFault(name string, on bool) error {
	err := p.cable.SetFault(name, on)
	select {
	case p.wake <- struct{}{}:
	default:
	}
	return err
}

// Close switches the printer off.
func (p *Printer) Close() error {
	err := p.cable.Close()
	close(p.quit)
	p.live.Wait()
	return err
}

// got answers real-time requests at once, even while printing or out of paper, and passes everything on to the print engine.
func (p *Printer) got(b []byte) {
	for _, c := range b {
		switch {
		case p.seen == 2:
			p.seen = 0
			p.realTime(c)
		case p.seen == 1 && c == 0x04:
			p.seen = 2
		case c == 0x10:
			p.seen = 1
		default:
			p.seen = 0
		}
		select {
		case p.input <- c:
		case <-p.quit:
			return
		}
	}
}

// stopped says that a fault is on with which the model does not print.
func (p *Printer) stopped() bool {
	for _, b := range p.bits {
		if b.Stops && p.has(b.Means) {
			return true
		}
	}
	return false
}

// realTime answers DLE EOT n with the bits of the model (fixed bits 1 and 4: Epson ESC/POS reference).
func (p *Printer) realTime(n byte) {
	s := byte(0x12)
	if n == 1 && p.stopped() {
		s |= 0x08 // off line
	}
	for _, b := range p.bits {
		if b.Query == int(n) && (p.has(b.Means) || b.Means == "paper-low" && p.has("paper-out")) {
			s |= byte(b.Equals)
		}
	}
	p.send([]byte{s})
}

// next hands the engine its next byte.
func (p *Printer) next() (byte, bool) {
	select {
	case c := <-p.input:
		p.raw = append(p.raw, c)
		return c, true
	case <-p.quit:
		return 0, false
	}
}

func (p *Printer) take(n int) []byte {
	out := make([]byte, 0, n)
	for range n {
		c, ok := p.next()
		if !ok {
			return make([]byte, n)
		}
		out = append(out, c)
	}
	return out
}

// ready waits while the printer cannot print: paper out, cover open, cutter jammed.
func (p *Printer) ready() bool {
	for p.stopped() {
		select {
		case <-p.wake:
		case <-p.quit:
			return false
		}
	}
	return true
}

func (p *Printer) work() {
	for {
		c, ok := p.next()
		if !ok {
			return
		}
		switch c {
		case 0x0A:
			if !p.ready() {
				return
			}
			p.feedLine()
		case 0x10:
			p.take(2) // answered in real time
		case 0x1B:
			p.escape()
		case 0x1C:
			p.chineseCommand()
		case 0x1D:
			p.group()
		case 0x0D:
		default:
			p.line = append(p.line, c)
		}
	}
}

func (p *Printer) feedLine() {
	s := string(p.line)
	if p.chinese {
		s = gbk(p.line)
	}
	p.line = nil
	p.text.WriteString(s + "\n")
	height := 30 * max(1, p.double)
	band := image.NewGray(image.Rect(0, 0, p.dots, height))
	fill(band)
	for i := range []rune(s) { // the characters are not drawn, their places are
		w := 24 * max(1, p.double)
		for y := 6; y < height-6; y++ {
			for x := i*w + 2; x < (i+1)*w-2 && x < p.dots; x++ {
				if (x+y)%3 == 0 {
					band.SetGray(x, y, color.Gray{})
				}
			}
		}
	}
	p.rows = append(p.rows, band)
	time.Sleep(time.Duration(height) * time.Second / 1600) // 200 mm/s at 8 dots per mm
}

func fill(g *image.Gray) {
	for i := range g.Pix {
		g.Pix[i] = 0xFF
	}
}

func (p *Printer) note(cmd ...byte) {
	p.state.Lock()
	p.unknown = append(p.unknown, cmd)
	p.state.Unlock()
}

func (p *Printer) escape() {
	switch c := p.take(1)[0]; c {
	case '@':
		p.chinese, p.double, p.line = false, 0, nil
	case 'a', 'E', '3', 'M', '-', 'R', 't', 'G', 'J', ' ', '{':
		p.take(1)
	case 'd':
		p.rows = append(p.rows, blank(p.dots, 30*int(p.take(1)[0])))
	case '!':
		if n := p.take(1)[0]; n&0x30 != 0 {
			p.double = 2
		} else {
			p.double = 0
		}
	case '2':
	case '$':
		p.take(2)
	default:
		p.note(0x1B, c)
	}
}

func blank(w, h int) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, w, h))
	fill(g)
	return g
}

func (p *Printer) chineseCommand() {
	switch c := p.take(1)[0]; c {
	case '&':
		p.chinese = true
	case '.':
		if len(p.line) > 0 {
			p.text.WriteString(gbk(p.line))
			p.line = nil
		}
		p.chinese = false
	case '!':
		p.take(1)
	case 'S':
		p.take(2)
	default:
		p.note(0x1C, c)
	}
}

func (p *Printer) group() {
	switch c := p.take(1)[0]; c {
	case '!':
		p.double = int(p.take(1)[0]>>4) + 1
	case 'B', 'a', 'H', 'h', 'w', 'f':
		p.take(1)
	case 'L', 'W':
		p.take(2)
	case 'V':
		if m := p.take(1)[0]; m >= 65 {
			p.take(1)
		}
		if p.ready() {
			p.cut()
		}
	case 'e': // presenter
		p.take(map[byte]int{3: 1, 20: 2}[p.take(1)[0]])
	case 'r':
		n := p.take(1)[0]
		var s byte
		if n == 1 || n == 49 {
			if p.has("paper-out") {
				s = 0x0C
			} else if p.has("paper-low") {
				s = 0x03
			}
		}
		if p.ready() {
			p.send([]byte{s})
		}
	case 'v':
		h := p.take(6) // '0' m xL xH yL yH
		w, rows := int(h[2])|int(h[3])<<8, int(h[4])|int(h[5])<<8
		data := p.take(w * rows)
		if p.ready() {
			p.raster(w, rows, data)
		}
	case '(':
		h := p.take(3)
		data := p.take(int(h[1]) | int(h[2])<<8)
		if h[0] == 'H' && len(data) == 6 && data[0] == 0x30 && p.ready() {
			p.send(append(append([]byte{0x37, 0x22}, data[2:6]...), 0))
		} else if h[0] != 'H' && h[0] != 'k' {
			p.note(0x1D, '(', h[0])
		}
	default:
		p.note(0x1D, c)
	}
}

func (p *Printer) raster(w, rows int, data []byte) {
	g := blank(p.dots, rows)
	for y := range rows {
		for x := range min(w*8, p.dots) {
			if data[y*w+x/8]&(0x80>>(x%8)) != 0 {
				g.SetGray(x, y, color.Gray{})
			}
		}
	}
	p.rows = append(p.rows, g)
	time.Sleep(time.Duration(rows) * time.Second / 1600)
}

// cut lets the paper go.
func (p *Printer) cut() {
	height := 0
	for _, r := range p.rows {
		height += r.Rect.Dy()
	}
	paper := blank(p.dots, max(1, height))
	y := 0
	for _, r := range p.rows {
		copy(paper.Pix[y*paper.Stride:], r.Pix)
		y += r.Rect.Dy()
	}
	p.state.Lock()
	p.receipts = append(p.receipts, Receipt{Text: p.text.String(), Raw: p.raw, Image: paper, At: time.Now()})
	if len(p.receipts) > 200 {
		p.receipts = p.receipts[50:]
	}
	p.state.Unlock()
	p.text.Reset()
	p.rows, p.raw = nil, nil
}
