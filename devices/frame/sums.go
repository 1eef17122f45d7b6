package frame

import (
	"hash/adler32"
	"hash/crc32"
)

// Sums holds every checksum by the name that profiles use. Check values over "123456789" stand in the test.
var Sums = map[string]func([]byte) uint32{
	"sum":               sum,
	"sum8":              func(b []byte) uint32 { return sum(b) & 0xFF },
	"sum16":             func(b []byte) uint32 { return sum(b) & 0xFFFF },
	"sum32":             sum,
	"negsum8":           func(b []byte) uint32 { return -sum(b) & 0xFF },
	"notsum8":           func(b []byte) uint32 { return ^sum(b) & 0xFF },
	"xor8":              xor8,
	"lrc":               func(b []byte) uint32 { return -sum(b) & 0xFF },
	"crc8":              func(b []byte) uint32 { return crc(b, crcShape{bits: 8, poly: 0x07}) },
	"crc8-maxim":        func(b []byte) uint32 { return crc(b, crcShape{bits: 8, poly: 0x31, reflect: true}) },
	"crc16-arc":         func(b []byte) uint32 { return crc(b, crcShape{bits: 16, poly: 0x8005, reflect: true}) },
	"crc16-modbus":      func(b []byte) uint32 { return crc(b, crcShape{bits: 16, poly: 0x8005, start: 0xFFFF, reflect: true}) },
	"crc16-ccitt-false": func(b []byte) uint32 { return crc(b, crcShape{bits: 16, poly: 0x1021, start: 0xFFFF}) },
	"crc16-xmodem":      func(b []byte) uint32 { return crc(b, crcShape{bits: 16, poly: 0x1021}) },
	"crc16-kermit":      func(b []byte) uint32 { return crc(b, crcShape{bits: 16, poly: 0x1021, reflect: true}) },
	"crc16-x25": func(b []byte) uint32 {
		return crc(b, crcShape{bits: 16, poly: 0x1021, start: 0xFFFF, end: 0xFFFF, reflect: true})
	},
	"crc32":   crc32.ChecksumIEEE,
	"adler32": adler32.Checksum,
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

// crcShape is a cyclic redundancy check of up to 32 bits, by the parameters of the usual catalogues.
type crcShape struct {
	bits             int
	poly, start, end uint32
	reflect          bool // bits come lowest first, both ways
}

func crc(b []byte, s crcShape) uint32 {
	top := uint32(1) << (s.bits - 1)
	mask := top<<1 - 1
	v := s.start
	for _, c := range b {
		if s.reflect {
			c = reverse8(c)
		}
		v ^= uint32(c) << (s.bits - 8)
		for range 8 {
			if v&top != 0 {
				v = v<<1 ^ s.poly
			} else {
				v <<= 1
			}
		}
	}
	v &= mask
	if s.reflect {
		var r uint32
		for i := range s.bits {
			r |= v >> i & 1 << (s.bits - 1 - i)
		}
		v = r
	}
	return v ^ s.end
}

func reverse8(c byte) byte {
	var r byte
	for i := range 8 {
		r |= c >> i & 1 << (7 - i)
	}
	return r
}
