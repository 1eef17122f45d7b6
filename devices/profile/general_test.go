package profile_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"halld/devices/profile"
)

// general uses what no built-in profile uses: an engine that only knows its own makes is none.
const general = `
id = "general"
kind = "reader"
driver = "described"
proof = "manual"
events = ["long", "chars", "decorated", "numbers", "split", "ended", "blanks", "before", "record"]

[line]
baud = 9600
format = "7E1"

[param.level]
min = -5
max = 1000
[param.mode]
map = { day = "D", night = "N" }

[frame.tx]
parts = [{ str = "[" }, { body = true }, { str = "]" }]
[frame.long] # a length in four bytes that counts from the start, a checksum up to here
parts = [{ hex = "55 01" }, { len = "u32be", of = "^..e", add = 4 }, { body = true }, { sum = "crc32", of = "^..here", put = "u32be" }, { mark = "e" }]
[frame.chars] # counted in characters
parts = [{ hex = "55 02" }, { len = "u8", of = "t..z", unit = "chars", chars = "text" }, { mark = "t" }, { body = true }, { mark = "z" }, { sum = "crc8-maxim", of = "^..z" }]
[frame.ascii] # everything readable
parts = [{ str = "#" }, { mark = "a" }, { body = true }, { mark = "z" }, { sum = "sum", of = "a..z", mod = 1000, put = "dec", width = 3 }, { hex = "0D" }]
[frame.pre] # length and checksum stand before all that they cover, the length first covers the sum too
parts = [{ hex = "55 03" }, { sum = "crc16-x25", of = "a..z", put = "u16be" }, { len = "hex4", of = "a..z" }, { mark = "a" }, { body = true }, { mark = "z" }]
[frame.esc]
parts = [{ hex = "7E" }, { mark = "a" }, { body = true }, { mark = "z" }, { sum = "crc16-kermit", of = "a..z", put = "u16le" }, { mark = "q" }, { hex = "7E" }]
escape = { of = "a..q", map = ["7E>7D 5E", "7D>7D 5D"] }

[op.long]
frame = "long"
args = ["text"]
body = [{ text = "text", enc = "gb18030" }]
[op.chars]
frame = "chars"
args = ["text"]
body = [{ text = "text", enc = "big5", max = 255 }]
[op.decorated]
frame = "pre"
args = ["text", "colour"]
body = [{ text = "text", enc = "utf-16-be", pre = [{ hex = "1B" }], post = [{ u8 = "colour" }] }]
[op.numbers]
frame = "ascii"
args = ["level", "count"]
body = [{ i16be = "level", add = 8224 }, { dec = "count", width = 4 }, { hexnum = "level2", width = 2 }, { text = "mode", min = 1, max = 1 }]
[op.split]
frame = "pre"
args = ["value"]
body = [{ u8 = "value", mask = 0x7F }, { u8 = "value", shift = 7, mask = 0x7F, or = 0x80 }]
[op.ended]
frame = "tx"
args = ["text"]
body = [{ text = "text", enc = "ascii", term = "0D 0A" }]
[op.blanks]
frame = "pre"
args = ["n"]
body = [{ digits = "n", width = 5, blank = 0x0A }]
[op.before]
frame = "pre"
args = ["seq"]
body = [{ seq = "u16le", min = 1 }]
[op.record]
frame = "esc"
args = ["data"]
body = [{ bytes = "data", max = 64 }]
[op.slow]
args = ["text"]
body = [{ text = "text" }, { pause = 250 }, { hex = "04" }]

[param.level2]
default = 7

[event.long]
frame = "long"
body = [{ text = "text", enc = "gb18030" }]
[event.chars]
frame = "chars"
body = [{ text = "text", enc = "big5" }]
[event.decorated]
frame = "pre"
body = [{ text = "text", enc = "utf-16-be", min = 2, pre = [{ hex = "1B" }], post = [{ u8 = "colour" }] }]
[event.numbers]
frame = "ascii"
body = [{ i16be = "level", add = 8224 }, { dec = "count", width = 4 }, { hexnum = "level2", width = 2 }, { text = "mode", min = 1, max = 1 }]
[event.split]
frame = "pre"
body = [{ u8 = "value", mask = 0x7F }, { u8 = "value", shift = 7, mask = 0x7F, or = 0x80 }]
[event.ended]
frame = "tx"
body = [{ text = "text", term = "0D 0A" }]
[event.blanks]
frame = "pre"
body = [{ digits = "n", width = 5, blank = 0x0A }]
[event.before]
frame = "pre"
body = [{ seq = "u16le" }, { str = "!" }]
[event.record]
frame = "esc"
body = [{ bytes = "data" }]

[[vector]]
op = "numbers"
args = { level = -5, count = 42, mode = "night" }
hex = "23 20 1B 30 30 34 32 30 37 4E 34 33 38 0D"
[[vector]]
op = "numbers"
args = { level = -6, count = 42, mode = "night" }
reject = true
[[vector]]
op = "numbers"
args = { level = 1, count = 10000, mode = "night" }
reject = true
[[vector]]
op = "ended"
args = { text = "two\r\nlines" }
reject = true
`

func generalProtocol(t *testing.T) *profile.Profile {
	t.Helper()
	all, err := profile.ReadFile("general.toml", []byte(general))
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

// TestGeneralVectors are examples worked out by hand.
func TestGeneralVectors(t *testing.T) {
	if err := generalProtocol(t).CheckVectors(); err != nil {
		t.Error(err)
	}
}

// TestGeneralReadsBack: what the engine writes it reads, in every form.
func TestGeneralReadsBack(t *testing.T) {
	p := generalProtocol(t).Protocol
	for _, c := range []struct {
		op     string
		args   map[string]any
		fields map[string]any // nil: the same
	}{
		{"long", map[string]any{"text": "请𠮷到3号"}, nil},
		{"long", map[string]any{"text": ""}, nil},
		{"chars", map[string]any{"text": "請A到3號"}, nil},
		{"decorated", map[string]any{"text": "号A", "colour": int64(2)}, nil},
		{"numbers", map[string]any{"level": int64(-5), "count": int64(9999), "level2": int64(255), "mode": "day"},
			nil},
		{"split", map[string]any{"value": int64(0x1234)}, nil},
		{"ended", map[string]any{"text": "A]001"}, nil},
		{"blanks", map[string]any{"n": int64(702)}, nil},
		{"blanks", map[string]any{"n": int64(0)}, nil},
	} {
		b, err := p.Encode(c.op, c.args)
		if err != nil {
			t.Errorf("%s %v: %v", c.op, c.args, err)
			continue
		}
		want := c.fields
		if want == nil {
			want = c.args
		}
		d := p.NewDecoder()
		var got []profile.Event
		for _, x := range b { // a byte at a time
			got = append(got, d.Feed([]byte{x})...)
		}
		got = good(append(got, d.Flush()...))
		if len(got) != 1 || got[0].Name != c.op || !same(got[0], profile.Event{Name: c.op, Fields: want}) {
			t.Errorf("%s %v = % X reads as %+v", c.op, c.args, b, got)
		}
	}
}

// TestEscapedNoise: 3,000 frames full of bytes that must be escaped come back, and none of their single-bit corruptions passes.
func TestEscapedNoise(t *testing.T) {
	p := generalProtocol(t).Protocol
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		data := make([]byte, r.IntN(20)+1)
		for i := range data {
			data[i] = []byte{0x7E, 0x7D, 0x5E, 0x5D, byte(r.IntN(256))}[r.IntN(5)]
		}
		word := strings.ToUpper(strings.TrimSpace(hexWords(data)))
		b, err := p.Encode("record", map[string]any{"data": word})
		if err != nil {
			t.Fatal(err)
		}
		if got := good(p.DecodeAll(b)); len(got) != 1 || got[0].Fields["data"] != word {
			t.Fatalf("%s = % X reads as %+v", word, b, got)
		}
		bad := bytes.Clone(b)
		bit := r.IntN(8 * len(bad))
		bad[bit/8] ^= 1 << (bit % 8)
		for _, e := range good(p.DecodeAll(bad)) {
			t.Fatalf("bit %d of % X flipped passes as %+v", bit, b, e)
		}
	}
}

func hexWords(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		s.WriteString(string("0123456789ABCDEF"[c>>4]) + string("0123456789ABCDEF"[c&15]) + " ")
	}
	return s.String()
}

func TestPausesCutAFrame(t *testing.T) {
	pieces, err := generalProtocol(t).Protocol.EncodePieces("slow", map[string]any{"text": "AB"})
	if err != nil {
		t.Fatal(err)
	}
	if len(pieces) != 2 || string(pieces[0].Bytes) != "[AB" || pieces[0].Pause != 250*time.Millisecond || string(pieces[1].Bytes) != "\x04]" {
		t.Errorf("%q", pieces)
	}
}
