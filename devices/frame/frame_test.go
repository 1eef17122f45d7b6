package frame

import "testing"

func TestCheckValues(t *testing.T) {
	want := map[string]uint32{
		"sum": 0x1DD, "sum8": 0xDD, "sum16": 0x01DD, "sum32": 0x1DD, "negsum8": 0x23, "notsum8": 0x22, "xor8": 0x31, "lrc": 0x23, "crc8": 0xF4, "crc8-maxim": 0xA1,
		"crc16-arc": 0xBB3D, "crc16-modbus": 0x4B37, "crc16-ccitt-false": 0x29B1, "crc16-xmodem": 0x31C3, "crc16-kermit": 0x2189, "crc16-x25": 0x906E,
		"crc32": 0xCBF43926, "adler32": 0x091E01DE,
	}
	if len(want) != len(Sums) {
		t.Errorf("%d check values for %d checksums", len(want), len(Sums))
	}
	for name, want := range want {
		if got := Sums[name]([]byte("123456789")); got != want {
			t.Errorf("%s = %04X, want %04X", name, got, want)
		}
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
