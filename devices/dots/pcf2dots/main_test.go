package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

const source = "/usr/share/fonts/X11/misc/guob16.pcf.gz"

// TestFromTheSource makes the embedded font anew.
func TestFromTheSource(t *testing.T) {
	have, err := os.ReadFile("../guob16.bin")
	if err != nil {
		t.Fatal(err)
	}
	note, err := os.ReadFile("../guob16.txt")
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(have); !strings.Contains(string(note), hex.EncodeToString(sum[:])) {
		t.Errorf("guob16.bin has the sum %x, which is not the one in guob16.txt", sum)
	}
	font, err := os.ReadFile(source)
	if err != nil {
		t.Skipf("%s is not there to compare with (Debian's package xfonts-intl-chinese)", source)
	}
	made, err := convert(font)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made, have) {
		t.Error("guob16.bin is not what the font gives: run pcf2dots and look at the difference")
	}
}

func TestBadFonts(t *testing.T) {
	for want, data := range map[string][]byte{
		"no PCF font":            []byte("STARTFONT 2.1"),
		"list of tables":         []byte("\x01fcp\x02\x00\x00\x00"),
		"lies outside the file":  append([]byte("\x01fcp\x01\x00\x00\x00"), bytes.Repeat([]byte{0xFF, 0xFF, 0xFF, 0x7F}, 4)...),
		"no encodings or no bit": []byte("\x01fcp\x00\x00\x00\x00"),
	} {
		if _, err := convert(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", data, err, want)
		}
	}
}
