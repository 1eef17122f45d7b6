package sim

import (
	"image"
	"image/color"
	"strings"
	"time"

	"halld/devices/dots"
	"halld/devices/profile"
)

// Pictured is a device that can be looked at. Picture is nil where there is nothing to see yet.
type Pictured interface{ Picture() image.Image }

// Keyed is a device with keys. Press fails where nobody answers it, if its protocol has an answer.
type Keyed interface {
	Keys() []string
	Press(key string) error
}

// Scanning is a device that may read codes that are held before it.
type Scanning interface {
	Scans() bool
	Scan(code string) error
}

// Rated is a device with the levels of a pad, the best first.
type Rated interface {
	Levels() []int
	Rate(level int) error
}

var (
	glyphs  = dots.New("")
	colours = map[string]color.RGBA{"red": {0xFF, 0x3B, 0x2A, 0xFF}, "green": {0x39, 0xE0, 0x5A, 0xFF}, "yellow": {0xFF, 0xB5, 0x1E, 0xFF}}
)

// dotSize is how many pixels of a picture a dot takes, its dark edge of one pixel among them.
const dotSize = 4

// stepTime is how long a running text stands at a dot.
const stepTime = 40 * time.Millisecond

// led is the face of a board that draws its text itself.
type led struct {
	looks profile.Looks
	text  string
	col   string
	since time.Time
}

func (l *led) show(text, colour string) {
	if colours[colour] == (color.RGBA{}) {
		colour = l.looks.Colour
	}
	if text != l.text {
		l.since = time.Now()
	}
	l.text, l.col = text, colour
}

func (l led) picture(now time.Time) image.Image {
	ink, ok := colours[l.col]
	if !ok {
		ink = colours["red"]
	}
	if l.looks.Form == "segments" {
		return segments(l.text, max(1, l.looks.Places), ink)
	}
	width := max(16, l.looks.Width)
	d := drawn(l.text)
	if d.Width() > width { // it runs to the left, round and round
		at := int(max(0, now.Sub(l.since)-time.Second)/stepTime) % (d.Width() + 32)
		d = d.Cut(at, width).Over(d.Cut(at-d.Width()-32, width))
	} else {
		d = d.Cut(-(width-d.Width())/2, width)
	}
	return matrix(width, dots.Height, ink, color.RGBA{0x0B, 0x0B, 0x0B, 0xFF}, d.Lit)
}

// drawn draws what a board's own character memory can show; it shows a frame for what that lacks, as boards do.
func drawn(text string) dots.Dots {
	if d, err := glyphs.Text(text); err == nil {
		return d
	}
	var d dots.Dots
	for _, r := range text {
		one, err := glyphs.Text(string(r))
		if err != nil {
			one = dots.From(16, func(x, y int) bool {
				return x > 0 && x < 15 && y > 0 && y < 15 && (x == 1 || x == 14 || y == 1 || y == 14)
			})
		}
		d = d.Join(one)
	}
	return d
}

// matrix is a picture of dots on black.
func matrix(width, height int, ink, ground color.RGBA, lit func(x, y int) bool) image.Image {
	faint := color.RGBA{blend(ground.R, ink.R), blend(ground.G, ink.G), blend(ground.B, ink.B), 0xFF}
	halo := color.RGBA{mix(ground.R, ink.R, 5), mix(ground.G, ink.G, 5), mix(ground.B, ink.B, 5), 0xFF}
	img := image.NewPaletted(image.Rect(0, 0, width*dotSize+dotSize, height*dotSize+dotSize), color.Palette{ground, faint, ink, halo})
	square := func(x, y, from, to int, c uint8) {
		for py := y*dotSize + from; py < y*dotSize+to; py++ {
			for px := x*dotSize + from; px < x*dotSize+to; px++ {
				img.SetColorIndex(px, py, c)
			}
		}
	}
	const first, end = dotSize/2 + 1, dotSize/2 + dotSize // of a dot without its edge
	for y := range height {
		for x := range width {
			square(x, y, first, end, 1)
		}
	}
	for y := range height {
		for x := range width {
			if lit(x, y) {
				square(x, y, first-1, end+1, 3) // light spills over the edge
			}
		}
	}
	for y := range height {
		for x := range width {
			if lit(x, y) {
				square(x, y, first, end, 2)
			}
		}
	}
	return img
}

// mix goes ninths of the way from a ground to an ink.
func mix(ground, ink uint8, ninths int) uint8 {
	return uint8(((9-ninths)*int(ground) + ninths*int(ink)) / 9)
}

// blend is the colour of a dot that is dark.
func blend(ground, ink uint8) uint8 { return mix(ground, ink, 1) }

// bars of a digit: a to g from bit 0, as on a Modbus display's register 0x80.
var bars = map[rune]byte{'0': 0x3F, '1': 0x06, '2': 0x5B, '3': 0x4F, '4': 0x66, '5': 0x6D, '6': 0x7D, '7': 0x07, '8': 0x7F, '9': 0x6F, '-': 0x40, '_': 0x08, ' ': 0,
	'A': 0x77, 'B': 0x7C, 'C': 0x39, 'D': 0x5E, 'E': 0x79, 'F': 0x71, 'G': 0x3D, 'H': 0x76, 'I': 0x06, 'J': 0x1E, 'L': 0x38, 'N': 0x54, 'O': 0x5C, 'P': 0x73, 'Q': 0x67, 'R': 0x50,
	'S': 0x6D, 'T': 0x78, 'U': 0x3E, 'Y': 0x6E, '=': 0x48}

// barAt is where the bars of a digit lie, in a cell of 32 × 56 pixels.
var barAt = [7]image.Rectangle{
	image.Rect(9, 4, 23, 8), image.Rect(23, 8, 27, 26), image.Rect(23, 30, 27, 48), image.Rect(9, 48, 23, 52), image.Rect(5, 30, 9, 48), image.Rect(5, 8, 9, 26), image.Rect(9, 26, 23, 30),
}

// segments is a picture of digits of seven bars; what they cannot form is dark.
func segments(text string, places int, ink color.RGBA) image.Image {
	text = strings.ToUpper(strings.TrimSpace(text))
	chars := []rune(text)
	if len(chars) > places {
		chars = chars[len(chars)-places:]
	}
	ground := color.RGBA{0x0B, 0x0B, 0x0B, 0xFF}
	faint := color.RGBA{blend(ground.R, ink.R), blend(ground.G, ink.G), blend(ground.B, ink.B), 0xFF}
	img := image.NewPaletted(image.Rect(0, 0, places*32, 56), color.Palette{ground, faint, ink})
	for i := range places {
		var on byte
		if at := i - (places - len(chars)); at >= 0 {
			on = bars[chars[at]]
		}
		for bar, r := range barAt {
			c := uint8(1)
			if on&(1<<bar) != 0 {
				c = 2
			}
			r = r.Add(image.Pt(32*i, 0))
			for y := r.Min.Y; y < r.Max.Y; y++ {
				for x := r.Min.X; x < r.Max.X; x++ {
					img.SetColorIndex(x, y, c)
				}
			}
		}
	}
	return img
}

// Picture is its lit dots.
func (b *Board) Picture() image.Image {
	b.state.Lock()
	l := b.led
	b.state.Unlock()
	return l.picture(time.Now())
}

// Picture is the face of a board; nil for a device without one.
func (d *Described) Picture() image.Image {
	if d.p.Kind != "board" {
		return nil
	}
	d.state.Lock()
	l := d.led
	d.state.Unlock()
	return l.picture(time.Now())
}

// Picture is what glows.
func (m *Matrix) Picture() image.Image {
	m.state.Lock()
	defer m.state.Unlock()
	width, height := m.Size()
	return matrix(width, height, colours["red"], color.RGBA{0x0B, 0x0B, 0x0B, 0xFF}, m.lit)
}

// Picture is the paper that came out last.
func (p *Printer) Picture() image.Image {
	p.state.Lock()
	defer p.state.Unlock()
	if len(p.receipts) == 0 {
		return nil
	}
	return p.receipts[len(p.receipts)-1].Image
}

// Picture is the unit's display of dark dots on a pale ground: the ticket or how many wait, and below it that the pad asks for a rating.
func (c *CallerPad) Picture() image.Image {
	c.state.Lock()
	shown, queue, lit := c.shown, c.queue, c.lit
	c.state.Unlock()
	above, below := "", ""
	if shown != "" {
		above = "票号 " + shown
		if queue {
			above = "等候 " + shown
		}
	}
	if lit {
		below = "★请评价★"
	}
	top, bottom := drawn(above), drawn(below)
	return matrix(80, 2*dots.Height+2, color.RGBA{0x12, 0x22, 0x14, 0xFF}, color.RGBA{0xC3, 0xD3, 0x9C, 0xFF}, func(x, y int) bool {
		if y < dots.Height {
			return top.Lit(x-8, y)
		}
		return bottom.Lit(x, y-dots.Height-2)
	})
}

// Levels are the levels of the pad behind the unit.
func (c *CallerPad) Levels() []int { return []int{5, 4, 3, 2, 1} }
