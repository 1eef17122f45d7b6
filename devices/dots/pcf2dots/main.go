// Command pcf2dots makes guob16.bin, the embedded font of package dots, from the X11 font guob16. It knows the file format PCF and nothing of boards.
//
//	apt-get install xfonts-intl-chinese
//	go run ./devices/dots/pcf2dots /usr/share/fonts/X11/misc/guob16.pcf.gz devices/dots/guob16.bin
//
// The same font gives the same file, byte for byte. Half-width letters and digits are row 10 of the font (GB 8565.2-88), which has ¥ and ‾ where ASCII
// has $ and ~: those two are drawn here.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// own are the two ASCII characters that GB 1988 replaces, in the style of the font.
var own = map[byte]string{
	'$': `
........
...#....
..####..
.#.#..#.
#..#..#.
#..#....
#..#....
.#.#....
..###...
...#.#..
...#..#.
#..#..#.
.#.#..#.
..####..
...#....
........`,
	'~': `
........
........
........
........
........
........
.##...#.
#..#..#.
#...##..
........
........
........
........
........
........
........`,
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "pcf2dots: give the font guob16.pcf.gz and the file to write")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "pcf2dots:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	out, err := convert(data)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	return os.WriteFile(to, out, 0o644)
}

// convert makes the whole file.
func convert(data []byte) ([]byte, error) {
	f, err := readPCF(data)
	if err != nil {
		return nil, err
	}
	var out []byte
	for c := byte(0x20); c < 0x7F; c++ {
		var rows [16]byte
		switch picture, drawn := own[c]; {
		case drawn:
			rows = fromArt(picture)
		case c > 0x20:
			g := f.glyph(10, int(c)-0x20)
			if g == nil {
				return nil, fmt.Errorf("the font lacks the half-width %c", c)
			}
			for y := range rows {
				rows[y] = g[2*y]
			}
		}
		out = append(out, rows[:]...)
	}
	for row := 1; row <= 87; row++ {
		if row == 10 {
			row = 16
		}
		for col := 1; col <= 94; col++ {
			g := f.glyph(row, col)
			if g == nil {
				g = make([]byte, 32)
			}
			out = append(out, g...)
		}
	}
	return out, nil
}

func fromArt(s string) (rows [16]byte) {
	for y, line := range strings.Fields(s) {
		for x, c := range line {
			if c == '#' {
				rows[y] |= 0x80 >> x
			}
		}
	}
	return rows
}

// font is what is needed of a PCF file: which glyph stands for a code, and its bitmap.
type font struct {
	order      binary.ByteOrder
	low, high  int // bytes of the first code
	columns    int
	index      []byte // two bytes per code
	bitmaps    []byte
	offsets    []byte // four bytes per glyph
	rowPadding int    // bytes of a bitmap's row
}

const (
	tableBitmaps   = 8
	tableEncodings = 32
)

// readPCF reads a font of fixed 16 × 16 cells (X.Org "The X Font Library", Portable Compiled Format).
func readPCF(data []byte) (*font, error) {
	if bytes.HasPrefix(data, []byte{0x1F, 0x8B}) {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		if data, err = io.ReadAll(z); err != nil {
			return nil, err
		}
	}
	if !bytes.HasPrefix(data, []byte("\x01fcp")) || len(data) < 8 {
		return nil, errors.New("it is no PCF font")
	}
	tables := map[uint32][]byte{}
	for i := range int(binary.LittleEndian.Uint32(data[4:])) {
		at := 8 + 16*i
		if at+16 > len(data) {
			return nil, errors.New("the list of tables ends too early")
		}
		size, offset := int(binary.LittleEndian.Uint32(data[at+8:])), int(binary.LittleEndian.Uint32(data[at+12:]))
		if size < 0 || offset < 0 || offset > len(data) {
			return nil, fmt.Errorf("table %d lies outside the file", i)
		}
		tables[binary.LittleEndian.Uint32(data[at:])] = data[offset:min(offset+size, len(data))] // bdftopcf counts padding that it does not write
	}
	enc, bits := tables[tableEncodings], tables[tableBitmaps]
	if len(enc) < 14 || len(bits) < 8 {
		return nil, errors.New("it has no encodings or no bitmaps")
	}
	format := binary.LittleEndian.Uint32(bits)
	if format&4 == 0 || format&8 == 0 || binary.LittleEndian.Uint32(enc)&4 == 0 {
		return nil, errors.New("its bytes or bits are in the other order: only fonts with the most significant first are read")
	}
	f := &font{order: binary.BigEndian, rowPadding: 1 << (format & 3)}
	if f.rowPadding < 2 {
		f.rowPadding = 2 // a row of 16 dots
	}
	first, last := int(f.order.Uint16(enc[4:])), int(f.order.Uint16(enc[6:]))
	f.low, f.columns = first, last-first+1
	f.high = int(f.order.Uint16(enc[8:]))
	f.index = enc[14:]
	count := int(f.order.Uint32(bits[4:]))
	if len(bits) < 8+4*count+16 {
		return nil, errors.New("its bitmaps end too early")
	}
	f.offsets, f.bitmaps = bits[8:8+4*count], bits[8+4*count+16:]
	return f, nil
}

// glyph is the bitmap of a cell, 32 bytes; nil if the font has none.
func (f *font) glyph(row, col int) []byte {
	i := 2 * ((row+0x20-f.high)*f.columns + col + 0x20 - f.low)
	if i < 0 || i+2 > len(f.index) {
		return nil
	}
	n := int(f.order.Uint16(f.index[i:]))
	if n == 0xFFFF || 4*n+4 > len(f.offsets) {
		return nil
	}
	at := int(f.order.Uint32(f.offsets[4*n:]))
	if at+15*f.rowPadding+2 > len(f.bitmaps) {
		return nil
	}
	out := make([]byte, 0, 32)
	for y := range 16 {
		out = append(out, f.bitmaps[at+y*f.rowPadding:at+y*f.rowPadding+2]...)
	}
	return out
}
