package dots

import (
	"strings"
	"sync"

	"halld/devices/frame"
)

// known are the embedded characters by their dots.
var known = sync.OnceValue(func() map[string]rune {
	out := map[string]rune{}
	f := New("/nonexistent")
	add := func(r rune) {
		if d, err := f.rune(r); err == nil {
			if key := key(d.columns); out[key] == 0 {
				out[key] = r
			}
		}
	}
	for r := rune(0x20); r < 0x7F; r++ {
		add(r)
	}
	for row := hanziFirst; row <= 87+symbolRows; row++ { // hanzi first: where a symbol looks the same, it is read as one
		lead := byte(0xA0 + row)
		if row > 87 {
			lead = byte(0xA0 + row - 87)
		}
		for col := byte(1); col <= perRow; col++ {
			if s, err := frame.Decode("gb2312", []byte{lead, 0xA0 + col}); err == nil {
				add([]rune(s)[0])
			}
		}
	}
	return out
})

func key(columns []uint16) string {
	var b strings.Builder
	for _, c := range columns {
		b.WriteByte(byte(c))
		b.WriteByte(byte(c >> 8))
	}
	return b.String()
}

// Read reads a text back from its dots, wherever it begins. It is "" where the picture is dark or shows anything else, such as half a character.
func Read(d Dots) string {
	first, last := 0, len(d.columns)
	for first < last && d.columns[first] == 0 {
		first++
	}
	for last > first && d.columns[last-1] == 0 {
		last--
	}
	if first == last {
		return ""
	}
	for start := first; start > first-16; start-- { // a character may begin with dark columns
		if s, ok := readFrom(d, start, last); ok {
			return strings.TrimSpace(s)
		}
	}
	return ""
}

func readFrom(d Dots, x, last int) (string, bool) {
	var out strings.Builder
	for x < last {
		r, width := known()[key(d.Cut(x, 16).columns)], 16
		if r == 0 {
			r, width = known()[key(d.Cut(x, 8).columns)], 8
		}
		if r == 0 {
			return "", false
		}
		out.WriteRune(r)
		x += width
	}
	return out.String(), true
}
