// Package frame knows checksums and text encodings of serial device protocols. It knows no device and no protocol.
package frame

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// Encodings lists the names that Encode and Decode take.
var Encodings = []string{"ascii", "gb2312", "gbk", "gb18030", "big5", "utf-8", "utf-16-le", "utf-16-be"}

var tables = map[string]encoding.Encoding{
	"gb2312": simplifiedchinese.GBK, "gbk": simplifiedchinese.GBK, "gb18030": simplifiedchinese.GB18030, "big5": traditionalchinese.Big5,
	"utf-16-le": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16-be": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
}

// Encode writes text in an encoding. A character that the encoding lacks is an error that names it; nothing is replaced.
func Encode(enc, text string) ([]byte, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("the text is no valid UTF-8")
	}
	table := tables[enc]
	var coder *encoding.Encoder
	if table != nil {
		coder = table.NewEncoder()
	}
	var out []byte
	for _, r := range text {
		switch {
		case enc == "utf-8":
			out = utf8.AppendRune(out, r)
			continue
		case r < 0x80 && enc != "utf-16-le" && enc != "utf-16-be":
			out = append(out, byte(r))
			continue
		case coder == nil:
			return nil, lacks(enc, r)
		}
		b, err := coder.Bytes([]byte(string(r)))
		if err != nil || enc == "gbk" && len(b) != 2 || enc == "gb2312" && (len(b) != 2 || !inGB2312(b[0], b[1])) {
			return nil, lacks(enc, r)
		}
		out = append(out, b...)
	}
	return out, nil
}

func lacks(enc string, r rune) error {
	return fmt.Errorf("the device's character set %s has no %q (U+%04X)", enc, string(r), r)
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

// Decode reads text in an encoding. Bytes that are no text in it are an error: nothing is replaced.
func Decode(enc string, b []byte) (string, error) {
	table := tables[enc]
	if table == nil {
		for _, c := range b {
			if enc != "utf-8" && c >= 0x80 {
				return "", fmt.Errorf("% X is no text in %s", b, enc)
			}
		}
		if !utf8.Valid(b) {
			return "", fmt.Errorf("% X is no text in %s", b, enc)
		}
		return string(b), nil
	}
	s, err := table.NewDecoder().Bytes(b)
	if err != nil {
		return "", fmt.Errorf("% X is no text in %s", b, enc)
	}
	if back, err := Encode(enc, string(s)); err != nil || string(back) != string(b) {
		return "", fmt.Errorf("% X is no text in %s", b, enc)
	}
	return string(s), nil
}

// CharLen is how many bytes the first character of b takes in an encoding; 0 if b ends within it.
func CharLen(enc string, b []byte) int {
	n := 1
	switch {
	case len(b) == 0:
		return 0
	case enc == "utf-16-le" || enc == "utf-16-be":
		n = 2
		hi := b[0]
		if enc == "utf-16-le" && len(b) > 1 {
			hi = b[1]
		}
		if hi >= 0xD8 && hi <= 0xDB {
			n = 4
		}
	case b[0] < 0x80 || enc == "ascii":
	case enc == "utf-8":
		switch {
		case b[0] >= 0xF0:
			n = 4
		case b[0] >= 0xE0:
			n = 3
		default:
			n = 2
		}
	default:
		n = 2
		if enc == "gb18030" && len(b) > 1 && b[1] >= 0x30 && b[1] <= 0x39 {
			n = 4
		}
	}
	if len(b) < n {
		return 0
	}
	return n
}
