// Package dots turns text into the dots of an LED board: 16 rows, a Chinese character 16 dots wide, a letter or digit 8. It holds the characters of
// GB 2312-80 and ASCII (guob16.bin; where they come from stands in guob16.txt) and knows no board and no cable.
//
// guob16.bin is made by `go run ./devices/dots/pcf2dots` and holds nothing but dots, rows from the top, the left dot in the high bit:
//
//	95 × 16 bytes      U+0020 to U+007E
//	846 × 32 bytes     rows 1 to 9 of GB 2312, 94 cells each; a cell without a character is dark
//	6768 × 32 bytes    rows 16 to 87
package dots

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"halld/devices/frame"
)

// Height is how many dots every character is high.
const Height = 16

const (
	asciiBytes = 95 * Height
	cellBytes  = 2 * Height
	symbolRows = 9  // rows 1 to 9 of GB 2312
	hanziFirst = 16 // rows 16 to 87 are hanzi
	perRow     = 94 // cells of a row
	systemFont = "/usr/share/unifont/unifont.hex"
	widest     = 1 << 15 // dots of one text
)

//go:embed guob16.bin
var guob16 []byte

// Font draws text. Its methods may be called from several goroutines.
type Font struct {
	rare string

	mu    sync.Mutex
	found map[rune]Dots // taken from rare so far
}

// New makes a font. Characters outside GB 2312, such as those of rare surnames, are looked for in rare, a file in the form of GNU Unifont
// (unifont.hex); empty: where the system keeps it. It need not exist.
func New(rare string) *Font {
	if rare == "" {
		rare = systemFont
	}
	return &Font{rare: rare, found: map[rune]Dots{}}
}

// Text draws a line of text. A character that neither font has is an error that names it; nothing is replaced.
func (f *Font) Text(s string) (Dots, error) {
	var out Dots
	for _, r := range s {
		d, err := f.rune(r)
		if err != nil {
			return Dots{}, err
		}
		out.columns = append(out.columns, d.columns...)
		if len(out.columns) > widest {
			return Dots{}, fmt.Errorf("the text is wider than %d dots", widest)
		}
	}
	return out, nil
}

func (f *Font) rune(r rune) (Dots, error) {
	if r >= 0x20 && r < 0x7F {
		i := int(r-0x20) * Height
		return fromRows(guob16[i:i+Height], 8), nil
	}
	if code, err := frame.Encode("gb2312", string(r)); err == nil && len(code) == 2 {
		if i := cell(int(code[0])-0xA0, int(code[1])-0xA0); i >= 0 {
			return fromRows(guob16[i:i+cellBytes], 16), nil
		}
	}
	return f.fromRare(r)
}

// cell is where a cell of GB 2312 stands in guob16; -1 if it does not.
func cell(row, col int) int {
	switch {
	case row >= 1 && row <= symbolRows:
		row--
	case row >= hanziFirst && row <= 87:
		row += symbolRows - hanziFirst
	default:
		return -1
	}
	return asciiBytes + (row*perRow+col-1)*cellBytes
}

// fromRare looks a character up in the other font: one line "4E2D:" and 32 or 64 hexadecimal digits.
func (f *Font) fromRare(r rune) (Dots, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d, ok := f.found[r]; ok {
		return d, nil
	}
	missing := fmt.Errorf("no font has the character %q (U+%04X): GB 2312 lacks it; the package unifont would bring %s", string(r), r, systemFont)
	file, err := os.Open(f.rare)
	if err != nil {
		return Dots{}, missing
	}
	defer func() { _ = file.Close() }() // it was only read
	key := fmt.Appendf(nil, "%04X:", r)
	for s := bufio.NewScanner(file); s.Scan(); {
		digits, ok := bytes.CutPrefix(s.Bytes(), key)
		if !ok {
			continue
		}
		rows, err := hex.DecodeString(string(bytes.TrimSpace(digits)))
		if err != nil || len(rows) != Height && len(rows) != cellBytes {
			return Dots{}, fmt.Errorf("%s: the line of U+%04X has no 32 or 64 hexadecimal digits", f.rare, r)
		}
		d := fromRows(rows, len(rows)/Height*8)
		f.found[r] = d
		return d, nil
	}
	return Dots{}, missing
}

// Dots is a picture of lit and dark dots, Height high. The zero value has no width.
type Dots struct{ columns []uint16 } // the top dot in bit 0

func fromRows(rows []byte, width int) Dots {
	d := Dots{columns: make([]uint16, width)}
	for y := range Height {
		for x := range width {
			if rows[y*width/8+x/8]&(0x80>>(x%8)) != 0 {
				d.columns[x] |= 1 << y
			}
		}
	}
	return d
}

// Width is how many dots it is wide.
func (d Dots) Width() int { return len(d.columns) }

// Lit says whether a dot is lit; outside all are dark. The left top dot is 0, 0.
func (d Dots) Lit(x, y int) bool {
	return x >= 0 && x < len(d.columns) && y >= 0 && y < Height && d.columns[x]&(1<<y) != 0
}

// Cut is what stands behind a gap of width dots whose left edge is at x; x may be negative.
func (d Dots) Cut(x, width int) Dots {
	out := Dots{columns: make([]uint16, max(0, width))}
	for i := range out.columns {
		if at := x + i; at >= 0 && at < len(d.columns) {
			out.columns[i] = d.columns[at]
		}
	}
	return out
}

// Over lays another picture over this one: a dot is lit that is lit in either. It keeps its width.
func (d Dots) Over(other Dots) Dots {
	out := Dots{columns: slices.Clone(d.columns)}
	for i := range min(len(out.columns), len(other.columns)) {
		out.columns[i] |= other.columns[i]
	}
	return out
}

// Join puts another picture behind this one.
func (d Dots) Join(other Dots) Dots { return Dots{columns: slices.Concat(d.columns, other.columns)} }

// Equal says whether both are the same picture.
func (d Dots) Equal(other Dots) bool { return slices.Equal(d.columns, other.columns) }

// String draws it with # and . a row per line.
func (d Dots) String() string {
	var b strings.Builder
	for y := range Height {
		for x := range d.columns {
			if d.Lit(x, y) {
				b.WriteByte('#')
			} else {
				b.WriteByte('.')
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// From makes a picture by asking for every dot.
func From(width int, lit func(x, y int) bool) Dots {
	d := Dots{columns: make([]uint16, width)}
	for x := range d.columns {
		for y := range Height {
			if lit(x, y) {
				d.columns[x] |= 1 << y
			}
		}
	}
	return d
}
