package escpos

import (
	"fmt"
	"image"
	"image/draw"

	"halld/devices"
	"halld/devices/frame"
	"halld/devices/profile"
)

// ticket makes the bytes of a slip up to its cut. A line with a character that the printer lacks is drawn: nothing is ever replaced.
func (m *model) ticket(s devices.Slip) ([]byte, error) {
	out := []byte{0x1B, 0x40, 0x1B, 0x52, 0x00, 0x1B, 0x33, pitch}
	if m.dense {
		out = append(out, 0x1D, 0x28, 0x4B, 0x02, 0x00, 0x31, byte(int8(m.density)))
	}
	out = append(out, m.before...)
	for _, r := range layout(s, m.columns) {
		var err error
		switch {
		case r.blank > 0:
			out = append(out, 0x0A)
		case r.code != "":
			out, err = m.code(out, r.code)
		default:
			out, err = m.text(out, r)
		}
		if err != nil {
			return nil, err
		}
	}
	out = append(out, 0x1D, 0x21, 0x00)
	out = append(out, m.chineseOff...)
	if m.feed > 0 {
		out = append(out, 0x1B, 0x64, byte(min(m.feed, 20)))
	}
	out = append(out, m.cut...)
	return append(out, m.after...), nil
}

func (m *model) text(out []byte, r row) ([]byte, error) {
	text, err := frame.Encode(m.charset, r.text)
	if err != nil {
		g, drawErr := m.drawn(r)
		if drawErr != nil {
			return nil, fmt.Errorf("%w; drawing the line instead: %w", err, drawErr)
		}
		out = append(out, m.chineseOff...)
		out = append(out, 0x1B, 0x61, 0x00)
		return raster(out, g, m.bandRows, false), nil
	}
	out = append(out, 0x1B, 0x61, flag(r.centre))
	out = append(out, m.chineseOn...)
	out = append(out, 0x1D, 0x21, byte((r.size-1)<<4|(r.size-1)), 0x1B, 0x45, flag(r.bold))
	out = append(out, text...)
	return append(out, 0x0A), nil
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// left is where a row starts on the paper.
func (m *model) left(r row) int {
	if !r.centre {
		return 0
	}
	return max(0, (m.dots-columnsOf(r.text)*cellW*r.size)/2)
}

func height(r row) int {
	if r.blank > 0 {
		return pitch
	}
	return max(pitch, cellH*r.size)
}

// drawn is a row as a picture of the paper's width.
func (m *model) drawn(r row) (*image.Gray, error) {
	p, err := findPen(m.font)
	if err != nil {
		return nil, err
	}
	g := white(m.dots, height(r))
	return g, p.draw(g, m.left(r), 0, r.text, r.size, r.bold)
}

// code sends a QR code as our own raster: many printers lack the native command, and some lose it after Chinese text.
func (m *model) code(out []byte, contents string) ([]byte, error) {
	g, err := code(contents, m.dots, m.slow)
	if err != nil {
		return nil, err
	}
	out = append(out, m.chineseOff...)
	out = append(out, 0x1D, 0x21, 0x00, 0x1B, 0x61, 0x01)
	return raster(out, g, m.bandRows, m.slow), nil
}

// paper draws the whole ticket as it will look.
func (m *model) paper(s devices.Slip) (image.Image, error) {
	rows := layout(s, m.columns)
	var parts []*image.Gray
	total := 0
	for _, r := range rows {
		g := white(m.dots, height(r))
		var err error
		switch {
		case r.blank > 0:
		case r.code != "":
			g, err = m.codePicture(r.code)
		default:
			g, err = m.drawn(r)
		}
		if err != nil {
			return nil, fmt.Errorf("draw the ticket: %w", err)
		}
		parts = append(parts, g)
		total += g.Rect.Dy()
	}
	const margin = 24
	paper := white(m.dots+2*margin, total+2*margin+m.feed*pitch)
	y := margin
	for _, g := range parts {
		draw.Draw(paper, image.Rect(margin, y, margin+m.dots, y+g.Rect.Dy()), g, image.Point{}, draw.Src)
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

func (m *model) codePicture(contents string) (*image.Gray, error) {
	small, err := code(contents, m.dots, m.slow)
	if err != nil {
		return nil, err
	}
	k := 1
	if m.slow {
		k = 2
	}
	w, h := small.Rect.Dx()*k, small.Rect.Dy()*k
	g := white(m.dots, h)
	left := (m.dots - w) / 2
	for y := range h {
		for x := range w {
			g.SetGray(left+x, y, small.GrayAt(x/k, y/k))
		}
	}
	return g, nil
}

// Render makes a ticket: the bytes a printer of this profile gets, cut included, and a picture of the paper as it will look. The picture
// needs an installed font with Chinese characters; without one the error says so and the bytes are returned all the same, unless they too
// need the font.
func Render(slip devices.Slip, p *profile.Profile) ([]byte, image.Image, error) {
	m, err := modelOf(p, nil)
	if err != nil {
		return nil, nil, err
	}
	data, err := m.ticket(slip)
	if err != nil {
		return nil, nil, fmt.Errorf("make the bytes of ticket %s: %w", slip.Number, err)
	}
	paper, err := m.paper(slip)
	return data, paper, err
}
