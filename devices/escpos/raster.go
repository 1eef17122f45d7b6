package escpos

import (
	"fmt"
	"image"
	"image/color"

	"github.com/boombuler/barcode/qr"
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

// raster sends a picture as GS v 0 in bands: one tall raster overruns the buffer of many printers and the rest prints as text.
// double prints every dot as two by two, for a quarter of the bytes.
func raster(out []byte, g *image.Gray, bandRows int, double bool) []byte {
	data, per := bits(g)
	mode := byte(0)
	if double {
		mode = 3
	}
	rows := len(data) / max(per, 1)
	for y := 0; y < rows; y += bandRows {
		n := min(bandRows, rows-y)
		band := data[y*per : (y+n)*per]
		defuse(band)
		out = append(out, 0x1D, 0x76, 0x30, mode, byte(per), byte(per>>8), byte(n), byte(n>>8))
		out = append(out, band...)
	}
	return out
}

const (
	quiet     = 4   // modules of white that a QR code needs beside it; above and below it the layout leaves paper
	codeWidth = 190 // dots a code may take, 24 mm
)

// code draws a QR code with its quiet zone left and right. double asks for half the dots, to be printed twice as large.
func code(contents string, dots int, double bool) (*image.Gray, error) {
	m, err := qr.Encode(contents, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("make a QR code of %d characters: %w", len(contents), err)
	}
	n := m.Bounds().Dx()
	scale := max(3, min(codeWidth, dots)/(n+2*quiet))
	if scale*(n+2*quiet) > dots {
		return nil, fmt.Errorf("a QR code of %d characters does not fit on %d dots", len(contents), dots)
	}
	if double {
		scale = max(1, (scale+1)/2)
		if 2*scale*(n+2*quiet) > dots {
			scale = max(1, scale-1)
		}
	}
	g := white((n+2*quiet)*scale, n*scale)
	for y := range n * scale {
		for x := range n * scale {
			if r, _, _, _ := m.At(x/scale, y/scale).RGBA(); r < 0x8000 {
				g.SetGray(x+quiet*scale, y, color.Gray{})
			}
		}
	}
	return g, nil
}
