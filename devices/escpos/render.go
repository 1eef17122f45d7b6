package escpos

import (
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"strconv"
	"strings"
	"time"

	"halld/devices"
	"halld/devices/frame"
	"halld/devices/profile"
)

// model is what the driver knows of a printer: its profile, and what the hall file set for this one.
type model struct {
	dots, columns  int
	bandRows, feed int
	charset        string // gb2312, gbk, or gb18030 with four-byte characters
	chineseOn      []byte
	chineseOff     []byte
	cut            []byte
	density        int // 0 standard, 1 to 5 darker, -1 to -5 lighter
	dense          bool
	confirm        devices.Proof
	confirmIn      time.Duration
	status         bool
	bits           []profile.StatusBit
	loose          bool   // answers lack the fixed bits
	before, after  []byte // around the ticket
	slow           bool   // a line on which a full raster takes seconds
	bytesPerSec    int
	replyIn        time.Duration // to DLE EOT, which is answered even while printing
	font           string
}

// modelOf takes a profile and a device's own settings: charset, chinese_on, chinese_off, cut (hex bytes), density and font (a path).
func modelOf(p *profile.Profile, set map[string]string) (model, error) {
	if p == nil || p.Printer == nil {
		return model{}, errors.New("its profile has no [printer] table")
	}
	pr := p.Printer
	m := model{dots: pr.Dots, columns: pr.Columns, bandRows: pr.BandRows, feed: pr.Feed, charset: pr.Charset, bits: pr.Bits, loose: pr.Loose,
		confirm: devices.Proof(pr.Confirm), confirmIn: time.Duration(pr.ConfirmMS) * time.Millisecond, status: pr.Status}
	for _, b := range []struct {
		to        *[]byte
		hex, none string
	}{
		{&m.chineseOn, pr.ChineseOn, "1C 26"}, {&m.chineseOff, pr.ChineseOff, "1C 2E"}, {&m.cut, pr.Cut, "1D 56 42 00"}, {&m.before, pr.Density + pr.Before, ""}, {&m.after, pr.After, ""},
	} {
		if b.hex == "" {
			b.hex = b.none
		}
		var err error
		if *b.to, err = hexBytes(strings.ReplaceAll(b.hex, "none", "")); err != nil {
			return model{}, err
		}
	}
	if m.dots < 8 {
		m.dots = 576
	}
	m.dots -= m.dots % 8
	if most := m.dots / cellW; m.columns < 1 || m.columns > most {
		m.columns = most
	}
	if m.bandRows < 1 || m.bandRows > 128 {
		m.bandRows = 128
	}
	if m.confirmIn <= 0 {
		m.confirmIn = 8 * time.Second
	}
	if m.confirm == "" {
		m.confirm = devices.NoProof
	}
	m.replyIn = time.Duration(p.Line.ReplyMS) * time.Millisecond
	if m.replyIn <= 0 {
		m.replyIn = 400 * time.Millisecond
	}
	if baud := p.Line.Baud; baud > 0 {
		m.bytesPerSec, m.slow = baud/11, baud < 38400
	}
	return m, m.apply(set)
}

func (m *model) apply(set map[string]string) error {
	for key, v := range set {
		var err error
		switch key {
		case "charset":
			if v != "gb2312" && v != "gbk" && v != "gb18030" {
				err = errors.New("write gb2312, gbk or gb18030")
			}
			m.charset = v
		case "chinese_on":
			m.chineseOn, err = hexBytes(v)
		case "chinese_off":
			m.chineseOff, err = hexBytes(v)
		case "cut":
			m.cut, err = hexBytes(v)
		case "density":
			m.density, err = strconv.Atoi(v)
			m.dense = true
			if err == nil && (m.density < -5 || m.density > 5) {
				err = errors.New("write -5 to 5")
			}
		case "font":
			m.font = v
		}
		if err != nil {
			return fmt.Errorf("setting %s = %q: %w", key, v, err)
		}
	}
	return nil
}

// wire is how long bytes take on the line; 0 where the cable has no such speed.
func (m *model) wire(n int) time.Duration {
	if m.bytesPerSec == 0 {
		return 0
	}
	return time.Duration(n) * time.Second / time.Duration(m.bytesPerSec)
}

func hexBytes(s string) ([]byte, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		return nil, fmt.Errorf("write bytes in hex, such as 1D 56 42 00: %w", err)
	}
	return b, nil
}

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
