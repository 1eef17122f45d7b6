package frame

import (
	"fmt"
	"hash/adler32"
	"maps"
	"slices"
	"strings"
)

// Sum works out a checksum. It is never changed, and may be used from several goroutines.
type Sum func([]byte) uint32

// crcs are the cyclic redundancy checks by the parameters of the usual catalogues. Check values over "123456789" stand in the test.
var crcs = map[string]CRC{
	"crc8":              {Bits: 8, Poly: 0x07},
	"crc8-maxim":        {Bits: 8, Poly: 0x31, Reflect: true},
	"crc8-rohc":         {Bits: 8, Poly: 0x07, Init: 0xFF, Reflect: true},
	"crc8-j1850":        {Bits: 8, Poly: 0x1D, Init: 0xFF, Final: 0xFF},
	"crc16-arc":         {Bits: 16, Poly: 0x8005, Reflect: true},
	"crc16-modbus":      {Bits: 16, Poly: 0x8005, Init: 0xFFFF, Reflect: true},
	"crc16-usb":         {Bits: 16, Poly: 0x8005, Init: 0xFFFF, Final: 0xFFFF, Reflect: true},
	"crc16-buypass":     {Bits: 16, Poly: 0x8005},
	"crc16-ccitt-false": {Bits: 16, Poly: 0x1021, Init: 0xFFFF},
	"crc16-aug-ccitt":   {Bits: 16, Poly: 0x1021, Init: 0x1D0F},
	"crc16-genibus":     {Bits: 16, Poly: 0x1021, Init: 0xFFFF, Final: 0xFFFF},
	"crc16-xmodem":      {Bits: 16, Poly: 0x1021},
	"crc16-kermit":      {Bits: 16, Poly: 0x1021, Reflect: true},
	"crc16-mcrf4xx":     {Bits: 16, Poly: 0x1021, Init: 0xFFFF, Reflect: true},
	"crc16-x25":         {Bits: 16, Poly: 0x1021, Init: 0xFFFF, Final: 0xFFFF, Reflect: true},
	"crc16-dnp":         {Bits: 16, Poly: 0x3D65, Final: 0xFFFF, Reflect: true},
	"crc32":             {Bits: 32, Poly: 0x04C11DB7, Init: 0xFFFFFFFF, Final: 0xFFFFFFFF, Reflect: true},
	"crc32c":            {Bits: 32, Poly: 0x1EDC6F41, Init: 0xFFFFFFFF, Final: 0xFFFFFFFF, Reflect: true},
	"crc32-mpeg2":       {Bits: 32, Poly: 0x04C11DB7, Init: 0xFFFFFFFF},
	"jamcrc":            {Bits: 32, Poly: 0x04C11DB7, Init: 0xFFFFFFFF, Reflect: true},
}

// plain are the sums that begin with a value of their own: nothing but them is added.
var plain = map[string]struct {
	bits int
	sum  func(seed uint32, b []byte) uint32
}{
	"sum":     {32, add},
	"sum8":    {8, func(s uint32, b []byte) uint32 { return add(s, b) & 0xFF }},
	"sum16":   {16, func(s uint32, b []byte) uint32 { return add(s, b) & 0xFFFF }},
	"sum32":   {32, add},
	"negsum8": {8, func(s uint32, b []byte) uint32 { return -add(s, b) & 0xFF }},
	"notsum8": {8, func(s uint32, b []byte) uint32 { return ^add(s, b) & 0xFF }},
	"lrc":     {8, func(s uint32, b []byte) uint32 { return -add(s, b) & 0xFF }},
	"xor8":    {8, xor8},

	"negsum16": {16, func(s uint32, b []byte) uint32 { return -add(s, b) & 0xFFFF }},
	"notsum16": {16, func(s uint32, b []byte) uint32 { return ^add(s, b) & 0xFFFF }},
}

// Names lists the checksums by the names that profiles use, in alphabetical order. Beside them stands crc, of any shape.
var Names = slices.Sorted(maps.Keys(Sums))

// Sums holds every checksum that has a name.
var Sums = func() map[string]Sum {
	all := map[string]Sum{"adler32": adler32.Checksum, "fletcher16": fletcher16, "inet16": inet16,
		"words16-be": func(b []byte) uint32 { return words(b, 8, 0) & 0xFFFF },
		"words16-le": func(b []byte) uint32 { return words(b, 0, 8) & 0xFFFF }}
	for name, p := range plain {
		all[name] = func(b []byte) uint32 { return p.sum(0, b) }
	}
	for name, c := range crcs {
		all[name] = c.table()
	}
	return all
}()

// Seeded is a checksum that begins with another value than usual: a sum or xor with that, a cyclic check with that in its register.
func Seeded(name string, seed uint32) (Sum, error) {
	if c, ok := crcs[name]; ok {
		c.Init = seed
		return c.Sum()
	}
	if p, ok := plain[name]; ok {
		if uint64(seed)>>p.bits != 0 {
			return nil, fmt.Errorf("init %d is wider than %s, which has %d bits", seed, name, p.bits)
		}
		return func(b []byte) uint32 { return p.sum(seed, b) }, nil
	}
	return nil, fmt.Errorf("%s always begins with the same value", name)
}

// Bits is how wide a checksum is: 8, 16 or 32.
func Bits(name string) int {
	if c, ok := crcs[name]; ok {
		return c.Bits
	}
	if p, ok := plain[name]; ok {
		return p.bits
	}
	if strings.Contains(name, "16") {
		return 16
	}
	return 32
}

func add(s uint32, b []byte) uint32 {
	for _, c := range b {
		s += uint32(c)
	}
	return s
}

func xor8(s uint32, b []byte) uint32 {
	for _, c := range b {
		s ^= uint32(c)
	}
	return s
}

// fletcher16 is the sum of Fletcher with modulus 255; the second sum is the high byte.
func fletcher16(b []byte) uint32 {
	var x, y uint32
	for _, c := range b {
		x = (x + uint32(c)) % 255
		y = (y + x) % 255
	}
	return y<<8 | x
}

// words adds numbers of two bytes each; a last odd byte counts as one with nothing behind it.
func words(b []byte, first, second int) uint32 {
	var s uint32
	for i, c := range b {
		if i%2 == 0 {
			s += uint32(c) << first
		} else {
			s += uint32(c) << second
		}
	}
	return s
}

// inet16 is the Internet checksum (RFC 1071): the complement of the sum of words with the carries added.
func inet16(b []byte) uint32 {
	s := words(b, 8, 0)
	for s>>16 != 0 {
		s = s&0xFFFF + s>>16
	}
	return ^s & 0xFFFF
}

// CRC is a cyclic redundancy check by the parameters of the usual catalogues.
type CRC struct {
	Bits    int    // 8, 16 or 32
	Poly    uint32 // without its highest bit, highest power first
	Init    uint32 // in the register before the first byte
	Final   uint32 // turned round at the end
	Reflect bool   // bits come lowest first, both ways
}

func (c CRC) check() error {
	switch {
	case c.Bits != 8 && c.Bits != 16 && c.Bits != 32:
		return fmt.Errorf("bits %d; write 8, 16 or 32", c.Bits)
	case c.Poly&1 == 0:
		return fmt.Errorf("poly %d; write the polynomial without its highest bit, such as 0x1021: its lowest bit is set", c.Poly)
	case uint64(c.Poly)>>c.Bits != 0 || uint64(c.Init)>>c.Bits != 0 || uint64(c.Final)>>c.Bits != 0:
		return fmt.Errorf("poly or init is wider than %d bits", c.Bits)
	}
	return nil
}

// Sum is the check of this shape.
func (c CRC) Sum() (Sum, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return c.table(), nil
}

// table works by a table of what each byte does to the register.
func (c CRC) table() Sum {
	var table [256]uint32
	top := uint32(1) << (c.Bits - 1)
	mask := top<<1 - 1
	if c.Reflect {
		poly, init := reverse(c.Poly, c.Bits), reverse(c.Init, c.Bits)
		for i := range table {
			v := uint32(i)
			for range 8 {
				if v&1 != 0 {
					v = v>>1 ^ poly
				} else {
					v >>= 1
				}
			}
			table[i] = v
		}
		return func(b []byte) uint32 {
			v := init
			for _, x := range b {
				v = v>>8 ^ table[byte(v)^x]
			}
			return v ^ c.Final
		}
	}
	for i := range table {
		v := uint32(i) << (c.Bits - 8)
		for range 8 {
			if v&top != 0 {
				v = v<<1 ^ c.Poly
			} else {
				v <<= 1
			}
		}
		table[i] = v & mask
	}
	down := c.Bits - 8
	return func(b []byte) uint32 {
		v := c.Init
		for _, x := range b {
			v = (v<<8 ^ table[byte(v>>down)^x]) & mask
		}
		return v ^ c.Final
	}
}

func reverse(v uint32, bits int) uint32 {
	var r uint32
	for i := range bits {
		r |= v >> i & 1 << (bits - 1 - i)
	}
	return r
}
