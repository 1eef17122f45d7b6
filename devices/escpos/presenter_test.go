package escpos

import (
	"bytes"
	"strings"
	"testing"

	"halld/devices/profile"
	configs "halld/firmware-configs"
)

// bytesOf are a ticket's bytes on a shipped model with these settings of its device.
func bytesOf(t *testing.T, id string, set map[string]string) []byte {
	t.Helper()
	r, err := Render(codeSlip(), shipped(t, id), set)
	if err != nil {
		t.Fatal(err)
	}
	return r.Bytes
}

func shipped(t *testing.T, id string) *profile.Profile {
	t.Helper()
	set, err := profile.Load(configs.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Each setting of a device adds its own bytes and nothing else: the density right behind ESC @, which takes it back, the rest behind the cut.
func TestSettingsOfADevice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id, key, v string
		head, tail []byte
	}{
		{"epson-tm", "density", "-5", []byte{0x1D, 0x28, 0x4B, 0x02, 0x00, 0x31, 0xFB}, nil},
		{"epson-tm", "density", "0", []byte{0x1D, 0x28, 0x4B, 0x02, 0x00, 0x31, 0x00}, nil},
		{"epson-tm", "density", "3", []byte{0x1D, 0x28, 0x4B, 0x02, 0x00, 0x31, 0x03}, nil},
		{"custom-kpm", "density", "-4", []byte{0x1D, 0x7C, 0x00}, nil},
		{"custom-kpm", "density", "4", []byte{0x1D, 0x7C, 0x08}, nil},
		{"epson-tm", "beep", "yes", nil, []byte{0x1B, 0x28, 0x41, 0x04, 0x00, 0x30, 0x31, 0x01, 0x0A}},
		{"epson-tm", "beep", "no", nil, nil},
		{"custom-kpm", "take_within", "10", nil, nil},
		{"custom-kpm", "retract_after", "60", nil, nil},
	} {
		plain, set := bytesOf(t, c.id, nil), bytesOf(t, c.id, map[string]string{c.key: c.v})
		if c.head != nil && bytes.Index(set, c.head) > 8 {
			t.Errorf("%s %s = %s: % X stands at byte %d", c.id, c.key, c.v, c.head, bytes.Index(set, c.head))
		}
		want := append(bytes.Clone(plain), c.tail...)
		if c.head != nil {
			want = append(append(bytes.Clone(plain[:8]), c.head...), plain[8:]...)
		}
		if !bytes.Equal(set, want) {
			t.Errorf("%s %s = %s: % X\nwant % X", c.id, c.key, c.v, set, want)
		}
	}
	// a presenter hands out as the model does, or holds the ticket out for so many steps of its own
	for _, c := range []struct {
		id, mm string
		want   []byte
	}{
		{"custom-kpm", "", []byte{0x1D, 0x65, 0x05}}, {"custom-kpm", "50", []byte{0x1D, 0x65, 0x03, 80}}, {"custom-kpm", "1", []byte{0x1D, 0x65, 0x03, 2}},
		{"pyramid-reliance", "84", []byte{0x1D, 0x65, 0x03, 12}}, {"pyramid-reliance", "", []byte{0x1D, 0x65, 0x05}},
	} {
		set := map[string]string{"present_mm": c.mm}
		if c.mm == "" {
			set = nil
		}
		if b := bytesOf(t, c.id, set); !bytes.HasSuffix(b, append([]byte{0x1D, 0x56, 0x42, 0x00}, c.want...)) {
			t.Errorf("%s, %q mm: ends in % X, want % X behind the cut", c.id, c.mm, b[len(b)-10:], c.want)
		}
	}
}

// A setting that the model cannot follow, or that no printer has, is refused in words that say what would be right. None is taken and ignored.
func TestSettingsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ id, key, v, want string }{
		{"epson-tm", "density", "6", "-5 to 5"}, {"custom-kpm", "density", "5", "-4, -3, -2, -1, 0, 1, 2, 3, 4"}, {"generic-escpos", "density", "1", "printer.densities"},
		{"generic-escpos", "beep", "yes", "printer.beep"}, {"epson-tm", "beep", "loud", "yes or no"},
		{"epson-tm", "present_mm", "50", "leave it out"}, {"custom-kpm", "present_mm", "160", "1 to 159"}, {"custom-kpm", "present_mm", "x", "1 to 159"},
		{"epson-tm", "retract_after", "60", "leave it out"}, {"custom-kpm", "retract_after", "0", "1 to 3600"}, {"custom-kpm", "take_within", "soon", "1 to 3600"},
		{"epson-tm", "qr", "yes", "printer"}, {"epson-tm", "densty", "1", "density"},
	} {
		if _, err := Render(codeSlip(), shipped(t, c.id), map[string]string{c.key: c.v}); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.key) {
			t.Errorf("%s %s = %s: %v; want words about %q", c.id, c.key, c.v, err, c.want)
		}
	}
}

// A model that draws QR codes by itself is told their data, size and level, with white above and beneath, and nothing is sent as a picture. Where the code is
// not alone in its row, or every row is drawn, or the code does not fit, it is what any other model gets.
func TestNativeQR(t *testing.T) {
	t.Parallel()
	own := quirky(t, profile.Printer{NativeQR: true}, "")
	s := codeSlip()
	s.Template = "|名 A\n{code:https://hall.example/t/1; option:qrcode,6,Q}\n|end\n"
	p, _, b := printedOf(t, own, s, false)
	if len(p.codes) != 1 || len(p.pictures) != 0 || p.codes[0] != (nativeCode{2, 6, '2', "https://hall.example/t/1", 1}) {
		t.Fatalf("codes %+v, %d pictures", p.codes, len(p.pictures))
	}
	if at := bytes.Index(b, []byte{0x1D, 0x28, 0x6B}); !bytes.HasSuffix(bytes.ReplaceAll(b[:at], []byte{0x1C, 0x2E}, nil), []byte{0x0A, 0x0A, 0x1B, 0x61, 0x01}) {
		t.Errorf("no white above the code: % X", b[max(0, at-12):at])
	}
	if end := []byte{0x1D, 0x28, 0x6B, 0x03, 0x00, 0x31, 0x51, 0x30}; !bytes.HasPrefix(b[bytes.Index(b, end)+len(end):], []byte{0x1B, 0x61, 0x00, 0x0A}) {
		t.Errorf("no white beneath the code: % X", b[bytes.Index(b, end):])
	}
	for name, c := range map[string]struct {
		template string
		drawn    bool
	}{
		"in a column": {"{width:24}\n{code:https://hall.example/t/1; option:qrcode,3,M}\n", false},
		"at an edge":  {"|{code:https://hall.example/t/1; option:qrcode,4,M}\n", false}, "bar code": {"{code:A042; option:code128,2,40,hri}\n", false},
		"too long": {"{code:" + strings.Repeat("x", 2400) + "; option:qrcode,4,M}\n", false},
	} {
		s.Template = c.template
		got, _, a := printedOf(t, own, s, c.drawn)
		_, _, want := printedOf(t, quirky(t, profile.Printer{}, ""), s, c.drawn)
		if len(got.codes) != 0 || !bytes.Equal(a, want) {
			t.Errorf("%s: %d native codes, or other bytes than another model gets", name, len(got.codes))
		}
	}
	needFont(t)
	s.Template = "{code:https://hall.example/t/1; option:qrcode,6,Q}\n"
	if got, _, _ := printedOf(t, own, s, true); len(got.codes) != 0 || len(got.pictures) == 0 {
		t.Errorf("every row is to be drawn, and there are %d native codes", len(got.codes))
	}
}

// An Epson's ticket is text with the data of its code; a hall with an older one has the code drawn, and one whose printer can may say so.
func TestQROfAHall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id, qr string
		native bool
	}{{"epson-tm", "", true}, {"epson-tm", "picture", false}, {"xprinter-80", "", false}, {"xprinter-80", "printer", true}} {
		set := map[string]string{}
		if c.qr != "" {
			set["qr"] = c.qr
		}
		s := codeSlip()
		s.Template = "" // the usual one
		r, err := Render(s, shipped(t, c.id), set)
		if err != nil {
			t.Fatal(err)
		}
		if own := bytes.Contains(r.Bytes, []byte{0x1D, 0x28, 0x6B}); own != c.native || bytes.Contains(r.Bytes, []byte{0x1D, 0x76, 0x30}) == own {
			t.Errorf("%s with qr = %q: drawn by the printer %v, want %v", c.id, c.qr, own, c.native)
		}
		if c.native && len(r.Bytes) > 1200 {
			t.Errorf("%s: a ticket of text has %d bytes", c.id, len(r.Bytes))
		}
	}
}

// The answer of a presenter may be any byte, flow control and the heads of other answers included.
func TestAnswerOfAPresenter(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		var got []reply
		d := demux{emit: func(r reply) { got = append(got, r) }, full: true, flow: true}
		q := d.ask(isPresenter, 0)
		d.feed([]byte{byte(c), 0x12})
		select {
		case r := <-q.answer:
			if r.data[0] != byte(c) || len(got) != 2 || got[1].kind != isStray {
				t.Errorf("%02X: %v", c, got)
			}
		default:
			t.Errorf("%02X is no answer", c)
		}
	}
}
