package frame

import "testing"

func TestCheckValues(t *testing.T) {
	want := map[string]uint32{
		"sum": 0x1DD, "sum8": 0xDD, "sum16": 0x01DD, "sum32": 0x1DD, "negsum8": 0x23, "notsum8": 0x22, "xor8": 0x31, "lrc": 0x23, "negsum16": 0xFE23, "notsum16": 0xFE22,
		"crc8": 0xF4, "crc8-maxim": 0xA1, "crc8-rohc": 0xD0, "crc8-j1850": 0x4B,
		"crc16-arc": 0xBB3D, "crc16-modbus": 0x4B37, "crc16-usb": 0xB4C8, "crc16-buypass": 0xFEE8, "crc16-ccitt-false": 0x29B1, "crc16-aug-ccitt": 0xE5CC, "crc16-genibus": 0xD64E,
		"crc16-xmodem": 0x31C3, "crc16-kermit": 0x2189, "crc16-mcrf4xx": 0x6F91, "crc16-x25": 0x906E, "crc16-dnp": 0xEA82,
		"crc32": 0xCBF43926, "crc32c": 0xE3069283, "crc32-mpeg2": 0x0376E6E7, "jamcrc": 0x340BC6D9, "adler32": 0x091E01DE, "fletcher16": 0x1EDE,
		"words16-be": 0x9D4, "words16-le": 0xD509, "inet16": 0xF62A,
	}
	if len(want) != len(Sums) || len(Names) != len(Sums) {
		t.Errorf("%d check values for %d checksums with %d names", len(want), len(Sums), len(Names))
	}
	for name, want := range want {
		got := Sums[name]([]byte("123456789"))
		if got != want {
			t.Errorf("%s = %04X, want %04X", name, got, want)
		}
		if uint64(got)>>Bits(name) != 0 {
			t.Errorf("%s has more than %d bits", name, Bits(name))
		}
	}
}

// TestSeeds: another beginning, another shape.
func TestSeeds(t *testing.T) {
	text := []byte("123456789")
	for _, c := range []struct {
		name string
		seed uint32
		want uint32
	}{{"xor8", 0xFF, 0xCE}, {"sum8", 1, 0xDE}, {"negsum8", 1, 0x22}, {"crc16-xmodem", 0xFFFF, 0x29B1}, {"crc16-arc", 0xFFFF, 0x4B37}, {"crc16-kermit", 0xFFFF, 0x6F91}, {"crc16-xmodem", 0x1D0F, 0xE5CC}} {
		f, err := Seeded(c.name, c.seed)
		if err != nil {
			t.Fatal(err)
		}
		if got := f(text); got != c.want {
			t.Errorf("%s from %X = %04X, want %04X", c.name, c.seed, got, c.want)
		}
	}
	if teledisk, err := (CRC{Bits: 16, Poly: 0xA097}).Sum(); err != nil || teledisk(text) != 0x0FB3 {
		t.Errorf("CRC-16/TELEDISK is not 0FB3: %v", err)
	}
	for _, bad := range []CRC{{Bits: 12, Poly: 0x80F}, {Bits: 8, Poly: 0x107}, {Bits: 16, Poly: 0x8004}, {Bits: 8, Poly: 7, Init: 0x100}} {
		if _, err := bad.Sum(); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
	if _, err := Seeded("adler32", 1); err == nil {
		t.Error("adler32 begins with a seed")
	}
	if _, err := Seeded("xor8", 0x100); err == nil {
		t.Error("a seed of nine bits for eight")
	}
}

// TestGB2312IsExact counts: GB 2312 has 7445 characters beside ASCII.
func TestGB2312IsExact(t *testing.T) {
	n := 0
	for r := rune(0x80); r <= 0xFFFF; r++ {
		if r >= 0xD800 && r < 0xE000 {
			continue
		}
		if b, err := Encode("gb2312", string(r)); err == nil {
			n++
			if back, err := Decode("gb2312", b); err != nil || back != string(r) || CharLen("gb2312", b) != len(b) {
				t.Errorf("%q does not read back: %q, %v", string(r), back, err)
			}
		}
	}
	if n != 7445 {
		t.Errorf("%d characters pass as GB 2312, it has 7445", n)
	}
}

// TestEveryEncodingReadsBack: what is written is read, what is no text is refused.
func TestEveryEncodingReadsBack(t *testing.T) {
	for _, enc := range Encodings {
		for _, text := range []string{"A012", "请到3号窗口", "請到3號窗口", "𠮷"} {
			b, err := Encode(enc, text)
			if err != nil {
				continue
			}
			if back, err := Decode(enc, b); err != nil || back != text {
				t.Errorf("%s %q: % X reads as %q, %v", enc, text, b, back, err)
			}
			n := 0
			for rest := b; len(rest) > 0; n++ {
				l := CharLen(enc, rest)
				if l == 0 {
					t.Fatalf("%s: % X has no first character", enc, rest)
				}
				rest = rest[l:]
			}
			if n != len([]rune(text)) {
				t.Errorf("%s %q has %d characters, counted %d", enc, text, len([]rune(text)), n)
			}
		}
		if s, err := Decode(enc, []byte{0xFF, 0xFF, 0x81}); err == nil {
			t.Errorf("%s reads FF FF 81 as %q", enc, s)
		}
	}
}
