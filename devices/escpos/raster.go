package escpos

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"

	"halld/devices/receipt"
)

// bits packs a picture into rows of bytes, 1 for black. Text is cut at half grey, never dithered.
func bits(g *image.Gray) (data []byte, bytesPerRow int) {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	bytesPerRow = (w + 7) / 8
	data = make([]byte, bytesPerRow*h)
	for y := range h {
		for x := range w {
			if g.Pix[y*g.Stride+x] < 128 {
				data[y*bytesPerRow+x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	return data, bytesPerRow
}

// defuse adds a dot wherever picture bytes would read as a real-time command (10 04, 10 05, 10 14): printers obey those even inside raster
// data, and would answer, clear their buffer or switch off.
func defuse(band []byte) {
	for i := 0; i+1 < len(band); i++ {
		if band[i] == 0x10 && (band[i+1] == 0x04 || band[i+1] == 0x05 || band[i+1] == 0x14) {
			band[i+1] |= 0x08
		}
	}
}

// mostHead is how many bytes of commands stand around a band at most.
const mostHead = 32

// raster sends a picture in bands: one tall raster overruns the buffer of many printers and the rest prints as text. stored: as GS ( L, kept
// (function 112) and printed (function 50), instead of GS v 0. double prints every dot as two by two, for a quarter of the bytes.
func raster(out []byte, g *image.Gray, bandRows int, double, stored bool) []byte {
	data, per := bits(g)
	rows := len(data) / max(per, 1)
	for y := 0; y < rows; {
		n := min(bandRows, rows-y)
		var head, tail []byte
		if stored {
			n = harmless(n, per)
			head, tail = storeHead(n, per, byte(times(double))), []byte{0x1D, 0x28, 0x4C, 0x02, 0x00, 0x30, 0x32}
		} else {
			mode := byte(0)
			if double {
				mode = 3
			}
			head = []byte{0x1D, 0x76, 0x30, mode, byte(per), byte(per >> 8), byte(n), byte(n >> 8)}
		}
		band := data[y*per : (y+n)*per]
		defuse(band)
		out = append(append(append(out, head...), band...), tail...)
		y += n
	}
	return out
}

// storeHead begins GS ( L function 112: one picture of n rows, black, every dot k by k. Its width is in dots, its length counts ten bytes of its own.
// Source: Epson ESC/POS command reference.
func storeHead(n, per int, k byte) []byte {
	long, x := n*per+10, per*8
	return []byte{0x1D, 0x28, 0x4C, byte(long), byte(long >> 8), 0x30, 0x70, 0x30, k, k, 0x31, byte(x), byte(x >> 8), byte(n), byte(n >> 8)}
}

// harmless is n, or one row less where the length of a stored picture would read as a real-time command.
func harmless(n, per int) int {
	long := n*per + 10
	if hi := long >> 8; n > 1 && long&0xFF == 0x10 && (hi == 0x04 || hi == 0x05 || hi == 0x14) {
		return n - 1
	}
	return n
}

// crop takes white bytes off the sides of a picture that the printer then puts back by aligning it: at the right of what stands left, at
// the left of what stands right, and as many at both of what stands in the middle. One byte stays at least.
func crop(g *image.Gray, a receipt.Align) *image.Gray {
	w := g.Rect.Dx()
	first, last := w, -1
	for y := range g.Rect.Dy() {
		for x, v := range g.Pix[y*g.Stride : y*g.Stride+w] {
			if v < 128 {
				first, last = min(first, x), max(last, x)
			}
		}
	}
	if last < 0 {
		return white(8, g.Rect.Dy())
	}
	left, right := first/8*8, min(w, last/8*8+8)
	switch a {
	case receipt.Left:
		left = 0
	case receipt.Right:
		right = w
	case receipt.Centre:
		left = min(left, (w-right)/8*8)
		right = w - left
	}
	out := white(right-left, g.Rect.Dy())
	draw.Draw(out, out.Rect, g, image.Pt(left, 0), draw.Src)
	return out
}

// shift puts white columns to the left of a picture.
func shift(g *image.Gray, by int) *image.Gray {
	out := white(g.Rect.Dx()+by, g.Rect.Dy())
	draw.Draw(out, image.Rect(by, 0, out.Rect.Dx(), out.Rect.Dy()), g, g.Rect.Min, draw.Src)
	return out
}

// fit makes a picture small enough for so many dots.
func fit(g *image.Gray, dots int) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	if w <= dots {
		return g
	}
	out := white(dots, max(1, h*dots/w))
	for y := range out.Rect.Dy() {
		for x := range dots {
			out.SetGray(x, y, g.GrayAt(x*w/dots, min(h-1, y*w/dots)))
		}
	}
	return out
}

const quiet = 4 // modules of white that a QR code needs beside it; above and below it a row of white paper is fed

// code draws a QR code, with the white that it needs at its sides if the paper there is not white anyway. half asks for half the dots, to be printed twice as large;
// doubled says that it is so. A code too wide for the place gets smaller modules, down to 2 dots.
func code(c *receipt.Code, dots int, half, sides bool) (_ *image.Gray, doubled bool, _ error) {
	m, cell, err := modules(c, dots)
	if err != nil {
		return nil, false, err
	}
	n := m.Bounds().Dx()
	if half {
		doubled = true
		if cell = (cell + 1) / 2; 2*cell*(n+2*quiet) > dots {
			cell = max(1, cell-1)
		}
	}
	side := 0
	if sides {
		side = quiet
	}
	return scaled(m, n, cell, side), doubled, nil
}

// modules makes a QR code, and says how many dots a module has so that the code fits with its quiet zone.
func modules(c *receipt.Code, dots int) (m image.Image, cell int, err error) {
	level := map[string]qr.ErrorCorrectionLevel{"L": qr.L, "M": qr.M, "Q": qr.Q, "H": qr.H}[c.Level]
	if m, err = qr.Encode(c.Data, level, qr.Auto); err != nil {
		return nil, 0, fmt.Errorf("make a QR code of %d characters: %w", len(c.Data), err)
	}
	n := m.Bounds().Dx() + 2*quiet
	for cell = c.Cell; cell > 2 && cell*n > dots; {
		cell--
	}
	if cell*n > dots {
		return nil, 0, fmt.Errorf("a QR code of %d characters does not fit on %d dots", len(c.Data), dots)
	}
	return m, cell, nil
}

func scaled(m image.Image, n, cell, side int) *image.Gray {
	g := white((n+2*side)*cell, n*cell)
	for y := range n * cell {
		for x := range n * cell {
			if dark(m, x/cell, y/cell) {
				g.SetGray(x+side*cell, y, color.Gray{})
			}
		}
	}
	return g
}

func dark(m image.Image, x, y int) bool {
	r, _, _, _ := m.At(m.Bounds().Min.X+x, m.Bounds().Min.Y+y).RGBA()
	return r < 0x8000
}

const barQuiet = 10 // modules of white that a CODE128 needs beside it

// bars draws a bar code with its white sides. One too wide for the place gets thinner bars, down to 2 dots.
func bars(c *receipt.Code, dots int) (*image.Gray, error) {
	m, err := code128.Encode(c.Data)
	if err != nil {
		return nil, fmt.Errorf("make a bar code of %q: %w", c.Data, err)
	}
	n, module := m.Bounds().Dx(), c.Module
	for module > 2 && module*(n+2*barQuiet) > dots {
		module--
	}
	if module*(n+2*barQuiet) > dots {
		return nil, fmt.Errorf("a bar code of %d characters does not fit on %d dots", len(c.Data), dots)
	}
	g := white((n+2*barQuiet)*module, c.Height)
	for x := range n * module {
		if dark(m, x/module, 0) {
			for y := range c.Height {
				g.SetGray(x+barQuiet*module, y, color.Gray{})
			}
		}
	}
	return g, nil
}
