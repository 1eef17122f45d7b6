package profile_test

import (
	"strings"
	"testing"

	"halld/devices/profile"
)

// sends takes every kind of argument, so that every refusal can be tried.
const sends = `
id = "sends"
kind = "reader"
driver = "described"
proof = "manual"

[line]
baud = 9600
format = "8N1"

[param.level]
min = -5
max = 100
[param.colour]
map = { red = 1, green = 2 }

[frame.tx]
parts = [{ hex = "02" }, { body = true }]

[op.number]
args = ["n"]
body = [{ u8 = "n" }]
[op.level]
body = [{ i16le = "level" }]
[op.colour]
body = [{ u8 = "colour" }]
[op.not]
body = [{ u8 = "n", not = 17 }]
[op.seq]
body = [{ seq = "u8", min = 1, max = 99 }]
[op.bits]
body = [{ u8 = "n", mask = 0x0F }, { u8 = "n", shift = 4, mask = 0x03 }]
[op.or]
body = [{ u8 = "n", or = 0x80 }]
[op.fixed]
body = [{ u8 = 300 }]
[op.ascii]
body = [{ dec = "n", width = 2 }]
[op.digits]
body = [{ digits = "n", width = 3 }]
[op.free]
body = [{ digits = "n", radix = 100, min = 1, max = 2 }]
[op.bytes]
body = [{ bytes = "data", min = 2, max = 3 }]
[op.text]
body = [{ text = "text", enc = "gb2312", min = 2, max = 6, printable = true, term = "0D 0A" }]
[op.narrow]
body = [{ text = "text", width = 4 }]
[op.both]
steps = [{ send = "number" }]
`

// TestEveryRefusalBeforeSending: what the device could not take is refused with the argument's name, before a byte is made.
func TestEveryRefusalBeforeSending(t *testing.T) {
	all, err := profile.ReadFile("sends.toml", []byte(sends))
	if err != nil {
		t.Fatal(err)
	}
	p := all[0].Protocol
	for _, c := range []struct {
		op   string
		args map[string]any
		want string
	}{
		{"gone", nil, `has no operation "gone"; it has`},
		{"both", nil, "is a dialogue of other operations"},
		{"number", map[string]any{"n": 1, "m": 2}, `there is no argument "m"`},
		{"number", nil, `argument "n" is missing`},
		{"level", nil, `argument "level" is missing`},
		{"number", map[string]any{"n": "one"}, `"one" is no whole number`},
		{"number", map[string]any{"n": 2.5}, `"2.5" is no whole number`},
		{"number", map[string]any{"n": 256}, "256 does not fit: it takes 0 to 255"},
		{"number", map[string]any{"n": -1}, "-1 is out of range"},
		{"level", map[string]any{"level": 101}, "101 is out of range; write -5 to 100"},
		{"level", map[string]any{"level": -6}, "-6 is out of range; write -5 to 100"},
		{"colour", map[string]any{"colour": "blue"}, `"blue" is not one of green, red`},
		{"not", map[string]any{"n": 17}, "17 cannot be sent here"},
		{"seq", map[string]any{"seq": 100}, "100 is out of range; write 1 to 99"},
		{"bits", map[string]any{"n": 64}, "64 does not fit into the bits"},
		{"or", map[string]any{"n": 128}, "128 needs bits that are always set"},
		{"fixed", nil, "fixed value: 300 does not fit"},
		{"ascii", map[string]any{"n": 100}, "100 does not fit: it takes 0 to 99"},
		{"digits", map[string]any{"n": 1000}, "has more than 3 places"},
		{"digits", map[string]any{"n": -1}, "-1 is out of range"},
		{"free", map[string]any{"n": "123"}, "write 2 to 4 digits"},
		{"free", map[string]any{"n": "1x"}, "write digits only"},
		{"bytes", map[string]any{"data": "0A"}, "has 1 bytes"},
		{"bytes", map[string]any{"data": "0A 0B 0C 0D"}, "has 4 bytes"},
		{"bytes", map[string]any{"data": "0G"}, "write bytes in hex"},
		{"text", map[string]any{"text": "1"}, "1 bytes; it takes at least 2"},
		{"text", map[string]any{"text": "1234567"}, "7 bytes; it takes 2 to 6"},
		{"text", map[string]any{"text": "欢㛃"}, `no "㛃" (U+36C3)`},
		{"text", map[string]any{"text": "a\tb"}, "character 2 is a control character"},
		{"text", map[string]any{"text": "a\r\nb"}, "control character"},
		{"narrow", map[string]any{"text": "12345"}, "5 bytes; it takes at most 4"},
		{"narrow", map[string]any{"text": "123"}, "it takes exactly 4"},
	} {
		b, err := p.Encode(c.op, c.args)
		if err == nil || b != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %v: % X, %v; want %s", c.op, c.args, b, err, c.want)
		}
	}
	if _, err := p.WithSubstitutes("㛃=?"); err == nil || !strings.Contains(err.Error(), "never a question mark") {
		t.Errorf("%v", err)
	}
}

// TestWrongVectorsSayWhy: an example that is not what comes out says what does.
func TestWrongVectorsSayWhy(t *testing.T) {
	all, err := profile.ReadFile("good.toml", []byte(good2))
	if err != nil {
		t.Fatal(err)
	}
	p := all[0].Protocol
	for _, c := range []struct {
		v    profile.Vector
		want string
	}{
		{profile.Vector{Op: "ask", Hex: "02 21 3E 03"}, "02 21 3F 03, want"},
		{profile.Vector{Op: "ask", Reject: true}, "must be refused, but gives 02 21 3F 03"},
		{profile.Vector{Op: "show_ticket", Hex: "02"}, `argument "ticket" is missing`},
		{profile.Vector{Op: "ask", Hex: "02 21 3F 03", Rx: "06"}, "has op and rx"},
		{profile.Vector{Rx: "02 21 4B 01 03", Fields: map[string]any{"key": "call"}}, "fields and ack go with event"},
		{profile.Vector{Rx: "02 21 4B 01 03", Event: "key", Reject: true}, "has reject and event"},
		{profile.Vector{Rx: "02 21 4B 01 03", Event: "press"}, `there is no event "press"`},
		{profile.Vector{Op: "press"}, `has no operation "press"`},
		{profile.Vector{}, "write op with hex, or rx"},
		{profile.Vector{Rx: "0"}, `"0": write pairs of hex digits`},
		{profile.Vector{Rx: "02 21 4B 01 03"}, "one event too many: key"},
		{profile.Vector{Rx: "02 21 4B 01 03", Reject: true}, "one event too many: key"},
		{profile.Vector{Rx: "02 21 4B 01", Event: "key", Fields: map[string]any{"addr": 1, "key": "call"}}, "0 events; want 1"},
		{profile.Vector{Rx: "02 21 4B 01 03", Event: "key", Fields: map[string]any{"addr": 1, "key": "here"}, Ack: "02 21 4B 01 03"}, "want key map[addr:1 key:here]"},
		{profile.Vector{Rx: "02 21 4B 01 03", Event: "key", Fields: map[string]any{"addr": 1, "key": "call"}}, "answered with 02 21 4B 01 03"},
		{profile.Vector{Rx: "02 21 4B 01 03", Event: "key", Fields: map[string]any{"addr": 1, "key": "call"}, Ack: "02 21 4B 01 03"}, ""},
	} {
		err := p.Check(c.v)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.v, err, c.want)
		}
	}
}
