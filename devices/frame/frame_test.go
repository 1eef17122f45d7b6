package frame

import "testing"

func TestCheckValues(t *testing.T) {
	for name, want := range map[string]uint32{"crc16-arc": 0xBB3D, "crc16-modbus": 0x4B37, "xor8": 0x31, "sum8": 0xDD, "sum16": 0x01DD} {
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
			if Decode(b) != string(r) {
				t.Errorf("%q does not read back", string(r))
			}
		}
	}
	if n != 7445 {
		t.Errorf("%d characters pass as GB 2312, it has 7445", n)
	}
}
