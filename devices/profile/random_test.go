package profile_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"halld/devices/profile"
)

// randomProtocol makes a description out of random parts, with values for its arguments: numbers of every width and order, text in every set, a length, a
// checksum before or behind what it covers, an escape.
func randomProtocol(t *rapid.T) (string, map[string]any) {
	var params, parts []string
	args := map[string]any{}
	parts = append(parts, `{ hex = "7E A1" }`, `{ mark = "a" }`)
	sumFirst := rapid.Bool().Draw(t, "sum before")
	sum := rapid.SampledFrom([]string{`sum = "crc16-modbus", of = "b..z", put = "u16le"`, `sum = "crc16-xmodem", of = "b..z", put = "u16be"`, `sum = "crc32", of = "b..z", put = "u32be"`,
		`sum = "xor8", of = "b..z"`, `sum = "sum8", of = "b..z"`, `sum = "crc16-arc", of = "b..z", put = "hex4"`}).Draw(t, "sum")
	length := rapid.SampledFrom([]string{`len = "u8", of = "b..z"`, `len = "u16be", of = "b..z"`, `len = "u16le", of = "b..z", add = 2`, `len = "hex4", of = "b..z"`}).Draw(t, "length")
	parts = append(parts, "{ "+length+" }") // before what it measures: only so can the end of free text be known
	if sumFirst {
		parts = append(parts, "{ "+sum+" }")
	}
	parts = append(parts, `{ mark = "b" }`)
	for i := range rapid.IntRange(1, 5).Draw(t, "parts") {
		name := fmt.Sprint("v", i)
		bits := rapid.SampledFrom([]int{8, 16, 24, 32}).Draw(t, "bits")
		signed := rapid.Bool().Draw(t, "signed")
		kind := fmt.Sprint(map[bool]string{false: "u", true: "i"}[signed], bits)
		if bits > 8 {
			kind += rapid.SampledFrom([]string{"le", "be"}).Draw(t, "order")
		}
		low, high := int64(0), int64(1)<<bits-1
		if signed {
			low, high = -(int64(1) << (bits - 1)), int64(1)<<(bits-1)-1
		}
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			parts = append(parts, fmt.Sprintf(`{ %s = "%s" }`, kind, name))
			args[name] = rapid.Int64Range(low, high).Draw(t, name)
		case 1:
			parts = append(parts, fmt.Sprintf(`{ dec = "%s", width = 5 }`, name))
			args[name] = rapid.Int64Range(0, 99999).Draw(t, name)
		default:
			parts = append(parts, fmt.Sprintf(`{ digits = "%s", width = 4 }`, name))
			args[name] = rapid.IntRange(0, 9999).Draw(t, name)
		}
		params = append(params, fmt.Sprintf("[param.%s]\nmin = %d\nmax = %d\n", name, low, max(high, 99999)))
	}
	enc := rapid.SampledFrom([]string{"ascii", "gb2312", "gbk", "gb18030", "big5", "utf-8", "utf-16-le", "utf-16-be"}).Draw(t, "enc")
	letters := []rune("AZ09 -请号窗口一二三到")
	switch enc {
	case "ascii":
		letters = letters[:6]
	case "big5":
		letters = []rune("AZ09請號一二三到")
	}
	args["text"] = string(rapid.SliceOfN(rapid.SampledFrom(letters), 1, 12).Draw(t, "text"))
	parts = append(parts, fmt.Sprintf(`{ text = "text", enc = "%s", max = 60 }`, enc), `{ mark = "z" }`)
	if !sumFirst {
		parts = append(parts, "{ "+sum+" }")
	}
	parts = append(parts, `{ mark = "q" }`, `{ hex = "7F" }`)
	escape := ""
	if rapid.Bool().Draw(t, "escape") {
		escape = "escape = { of = \"a..q\", map = [\"7E>7D 5E\", \"7F>7D 5F\", \"7D>7D 5D\"] }\n"
	}
	names := make([]string, 0, len(args))
	for i := range len(args) - 1 {
		names = append(names, fmt.Sprintf("%q", fmt.Sprint("v", i)))
	}
	return "id = \"r\"\nmaker = \"m\"\nmodel = \"m\"\nkind = \"reader\"\ndriver = \"described\"\nproof = \"manual\"\nsource = [\"made up\"]\nevents = [\"set\"]\n[line]\nbaud = 9600\nformat = \"8N1\"\n" +
		strings.Join(params, "") + "[frame.tx]\nparts = [\n  " + strings.Join(parts[:3], ", ") + ",\n  " + strings.Join(parts[3:], ",\n  ") + ",\n]\n" + escape +
		"[op.set]\nargs = [" + strings.Join(append(names, `"text"`), ", ") + "]\n[event.set]\n", args
}

// TestRandomProtocols: what a random description makes it understands, cut into pieces and behind noise too, and a flipped bit is never taken for the frame's
// values.
func TestRandomProtocols(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, args := randomProtocol(t)
		all, err := profile.ReadFile("r.toml", []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		p := all[0].Protocol
		frame, err := p.Encode("set", args)
		if err != nil {
			t.Fatalf("%v\n%v\n%s", err, args, text)
		}
		same := func(what string, events []profile.Event) {
			var good []profile.Event
			for _, e := range events {
				if e.Reject == "" {
					good = append(good, e)
				}
			}
			if len(good) != 1 {
				t.Fatalf("%s: % X gave %+v\n%v\n%s", what, frame, events, args, text)
			}
			for k, v := range args {
				if fmt.Sprint(good[0].Fields[k]) != fmt.Sprint(v) {
					t.Fatalf("%s: %s = %v became %v\n% X\n%s", what, k, v, good[0].Fields[k], frame, text)
				}
			}
		}
		same("whole", p.DecodeAll(frame))
		dec := p.NewDecoder()
		var events []profile.Event
		for rest := append([]byte{0x7E, 0x00, 0x13}, frame...); len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			events = append(events, dec.Feed(bytes.Clone(rest[:n]))...)
			rest = rest[n:]
		}
		same("in pieces behind noise", append(events, dec.Flush()...))
		bit := rapid.IntRange(0, 8*len(frame)-1).Draw(t, "bit")
		bad := bytes.Clone(frame)
		bad[bit/8] ^= 1 << (bit % 8)
		for _, e := range p.DecodeAll(bad) {
			if e.Reject == "" && fmt.Sprint(e.Fields) != fmt.Sprint(p.DecodeAll(frame)[0].Fields) {
				t.Fatalf("bit %d: % X was taken for %v\n%s", bit, bad, e.Fields, text)
			}
		}
	})
}
