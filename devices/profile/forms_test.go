package profile_test

import (
	"strings"
	"testing"

	"halld/devices/profile"
	firmware "halld/firmware-configs"
)

const forms = `
id = "forms"
kind = "reader"
driver = "described"
proof = "manual"
events = ["wide", "tail"]
[line]
baud = 9600
format = "8N1"
rx_idle_ms = 20
[substitute]
"㛃" = "洁"
[frame.tx]
parts = [{ hex = "A5" }, { len = "u24be", of = "a..$" }, { mark = "a" }, { body = true }, { sum = "crc16-modbus", of = "^..here", put = "u16le" }]
[frame.rtu]
parts = [{ hex = "B6" }, { body = true }, { sum = "crc16-modbus", of = "^..here", put = "u16le" }]
[op.wide]
body = [{ u24le = "a" }, { i24be = "b" }, { i32le = "c" }, { u64be = "d" }, { digits = "n", width = 3, base = 48 }, { text = "text", enc = "gb2312" }]
[op.tail]
frame = "rtu"
body = [{ bytes = "data", max = 200 }]
[event.wide]
body = [{ u24le = "a" }, { i24be = "b" }, { i32le = "c" }, { u64be = "d" }, { digits = "n", width = 3, base = 48 }, { text = "text", enc = "gb2312" }]
[event.tail]
frame = "rtu"
body = [{ bytes = "data", max = 200 }]
`

// TestWideForms: every width and order reads back however it is cut, a length up to the frame's end is held, and no flipped bit passes.
func TestWideForms(t *testing.T) {
	all, err := profile.ReadFile("forms.toml", []byte(forms))
	if err != nil {
		t.Fatal(err)
	}
	p := all[0].Protocol
	b, err := p.Encode("wide", map[string]any{"a": 0x123456, "b": -8388608, "c": -2, "d": int64(1) << 62, "n": 7, "text": "张㛃"})
	if err != nil {
		t.Fatal(err)
	}
	want := unhex(t, "A5 00 00 1B 56 34 12 80 00 00 FE FF FF FF 40 00 00 00 00 00 00 00 30 30 37 D5 C5 BD E0")
	if string(b[:len(want)]) != string(want) {
		t.Fatalf("% X", b)
	}
	for cut := range b {
		d := p.NewDecoder()
		got := good(append(append(d.Feed(b[:cut]), d.Feed(b[cut:])...), d.Flush()...))
		if len(got) != 1 || got[0].Fields["text"] != "张洁" || got[0].Fields["b"] != int64(-8388608) || got[0].Fields["n"] != int64(7) {
			t.Fatalf("cut at %d: %+v", cut, got)
		}
	}
	for bit := range 8 * len(b) {
		bad := append([]byte{}, b...)
		bad[bit/8] ^= 1 << (bit % 8)
		if got := good(p.DecodeAll(bad)); len(got) != 0 {
			t.Errorf("bit %d flipped passes as %+v", bit, got)
		}
	}
	for _, args := range []map[string]any{{"a": 1 << 24}, {"b": 8388608}, {"text": "䶮"}} {
		full := map[string]any{"a": 1, "b": 1, "c": 1, "d": 1, "n": 1, "text": "a"}
		for k, v := range args {
			full[k] = v
		}
		if b, err := p.Encode("wide", full); err == nil {
			t.Errorf("%v gives % X", args, b)
		}
	}
}

// TestSilenceEndsAFrame that has neither a length nor an end.
func TestSilenceEndsAFrame(t *testing.T) {
	all, err := profile.ReadFile("forms.toml", []byte(forms))
	if err != nil {
		t.Fatal(err)
	}
	p := all[0].Protocol
	b, err := p.Encode("tail", map[string]any{"data": "01 02 03 04"})
	if err != nil {
		t.Fatal(err)
	}
	d := p.NewDecoder()
	if got := d.Feed(b); len(got) != 0 {
		t.Errorf("it did not wait for silence: %+v", got)
	}
	if got := good(d.Flush()); len(got) != 1 || got[0].Fields["data"] != "01 02 03 04" {
		t.Errorf("%+v", got)
	}
}

// TestSpansAreChecked when the file is read.
func TestSpansAreChecked(t *testing.T) {
	for old, c := range map[string]struct{ instead, want string }{
		`of = "a..$"`:                      {`of = "q..$"`, `there is no mark "q"`},
		`"A5" }, { len`:                    {`"A5" }, { mark = "a" }, { len`, "stands twice"},
		`of = "^..here", put = "u16le" }]`: {`of = "^..$", put = "u16le" }]`, "covers its own place"},
		`len = "u24be", of = "a..$"`:       {`len = "u24be", of = "a..^"`, "runs backwards"},
		`"㛃" = "洁"`:                        {`"㛃" = "?"`, "never a question mark"},
		`rx_idle_ms = 20`:                  {`rx_idle_ms = -20`, "line.rx_idle_ms: -20; write 0 to"},
	} {
		_, err := profile.ReadFile("forms.toml", []byte(strings.Replace(forms, old, c.instead, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.instead, err)
		}
	}
}

func BenchmarkEncodeOnbon(b *testing.B) {
	set, err := profile.Load(firmware.FS)
	if err != nil {
		b.Fatal(err)
	}
	p, _ := set.Get("onbon-bx5k")
	args := map[string]any{"text": "请A012号到3号窗口"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Protocol.Encode("show", args); err != nil {
			b.Fatal(err)
		}
	}
}
