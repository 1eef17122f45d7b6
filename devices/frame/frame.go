// Package frame knows checksums and text encodings of serial device protocols. It knows no device and no protocol.
package frame

import (
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Sums holds every checksum by the name that profiles use. Check values over "123456789" stand in the test.
var Sums = map[string]func([]byte) uint32{
	"sum":          sum,
	"sum8":         func(b []byte) uint32 { return sum(b) & 0xFF },
	"sum16":        func(b []byte) uint32 { return sum(b) & 0xFFFF },
	"xor8":         xor8,
	"crc16-arc":    func(b []byte) uint32 { return crc16(b, 0) },
	"crc16-modbus": func(b []byte) uint32 { return crc16(b, 0xFFFF) },
}

func sum(b []byte) uint32 {
	var s uint32
	for _, c := range b {
		s += uint32(c)
	}
	return s
}

func xor8(b []byte) uint32 {
	var x byte
	for _, c := range b {
		x ^= c
	}
	return uint32(x)
}

// crc16 is the reflected polynomial 8005 (A001), as ARC starts it with 0 and Modbus with FFFF.
func crc16(b []byte, start uint16) uint32 {
	crc := start
	for _, c := range b {
		crc ^= uint16(c)
		for range 8 {
			if crc&1 != 0 {
				crc = crc>>1 ^ 0xA001
			} else {
				crc >>= 1
			}
		}
	}
	return uint32(crc)
}

// Encode writes text in an encoding: ascii, gb2312 or gbk. A character that the encoding lacks is an error that names it; nothing is replaced.
func Encode(enc, text string) ([]byte, error) {
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("the text is no valid UTF-8")
	}
	var out []byte
	gbk := simplifiedchinese.GBK.NewEncoder()
	for _, r := range text {
		if r < 0x80 {
			out = append(out, byte(r))
			continue
		}
		b, err := gbk.Bytes([]byte(string(r)))
		if enc == "ascii" || err != nil || len(b) != 2 || enc == "gb2312" && !inGB2312(b[0], b[1]) {
			return nil, fmt.Errorf("the device's character set %s has no %q (U+%04X)", enc, string(r), r)
		}
		out = append(out, b...)
	}
	return out, nil
}

// inGB2312 reports whether a GBK code is one of the 7445 of GB 2312-80: rows A1–F7, cells A1–FE, without the 34 that GBK put into its gaps.
func inGB2312(lead, trail byte) bool {
	if lead < 0xA1 || lead > 0xF7 || trail < 0xA1 || trail > 0xFE {
		return false
	}
	switch {
	case lead == 0xA2 && trail <= 0xAA, lead == 0xA6 && trail >= 0xE0 && trail <= 0xF5, lead == 0xA8 && trail >= 0xBB && trail <= 0xC0:
		return false
	}
	return true
}

// Decode reads GBK, of which GB 2312 and ASCII are parts; bytes that are none become U+FFFD, so that a reader sees them.
func Decode(b []byte) string {
	s, err := simplifiedchinese.GBK.NewDecoder().Bytes(b)
	if err != nil {
		return string(utf8.RuneError)
	}
	return string(s)
}
