package escpos

import (
	"bytes"
	"strings"
	"testing"

	"halld/devices"
	"halld/devices/profile"
	configs "halld/firmware-configs"
)

// quirky is a printer with one quirk.
func quirky(t *testing.T, pr profile.Printer, quirk string) *model {
	t.Helper()
	pr.Dots, pr.Columns, pr.BandRows, pr.Charset = 384, 32, 24, "gb2312"
	if quirk != "" {
		pr.Quirks = []profile.Quirk{{Name: quirk, Evidence: "a test"}}
	}
	m, err := modelOf(&profile.Profile{ID: "test", Line: profile.Line{Baud: 115200}, Printer: &pr}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &m
}

// codeSlip is a ticket with a QR code between two lines of text, all at the left.
func codeSlip() devices.Slip {
	s := fullSlip()
	s.Template = "|A\n|{code:https://hall.example/t/1; option:qrcode,4,M}\n|end\n"
	return s
}

// What a printer with gs_v0_eats_lf loses is sent once more: with the first line feed behind each picture taken away, the stream is what any other
// printer gets.
func TestLineFeedBehindAPictureIsSentTwice(t *testing.T) {
	t.Parallel()
	sound, _, plain := printedOf(t, quirky(t, profile.Printer{}, ""), codeSlip(), false)
	_, _, more := printedOf(t, quirky(t, profile.Printer{}, "gs_v0_eats_lf"), codeSlip(), false)
	if len(more) <= len(plain) {
		t.Fatalf("%d bytes with the quirk, %d without: no line feed was added", len(more), len(plain))
	}
	if eaten := eatLF(more); !bytes.Equal(eaten, plain) {
		t.Errorf("after the printer swallowed its line feeds:\n% X\nwant\n% X", eaten, plain)
	}
	if len(sound.pictures) != 1 {
		t.Errorf("%d pictures", len(sound.pictures))
	}
	// a stored picture swallows nothing
	_, _, a := printedOf(t, quirky(t, profile.Printer{Images: []string{"gs_l"}}, "gs_v0_eats_lf"), codeSlip(), false)
	_, _, b := printedOf(t, quirky(t, profile.Printer{Images: []string{"gs_l"}}, ""), codeSlip(), false)
	if !bytes.Equal(a, b) {
		t.Error("a line feed was added behind a picture of the other form")
	}
}

// eatLF takes away a line feed that stands directly behind a GS v 0.
func eatLF(b []byte) []byte {
	var out []byte
	for len(b) > 0 {
		i := bytes.Index(b, []byte{0x1D, 0x76, 0x30})
		if i < 0 {
			return append(out, b...)
		}
		end := i + 8 + (int(b[i+4])|int(b[i+5])<<8)*(int(b[i+6])|int(b[i+7])<<8)
		out = append(out, b[:end]...)
		if b = b[end:]; len(b) > 0 && b[0] == 0x0A {
			b = b[1:]
		}
	}
	return out
}

// The first form that images names is the one that is sent, and both put the same dots onto the paper, doubled ones too.
func TestStoredPictures(t *testing.T) {
	t.Parallel()
	for _, baud := range []int{115200, 9600} { // doubled on the slow one
		want, got := testModel(t, 48, "gb18030", baud), testModel(t, 48, "gb18030", baud)
		m, err := modelOf(&profile.Profile{ID: "test", Line: profile.Line{Baud: baud}, Printer: &profile.Printer{Dots: 576, Columns: 48, BandRows: 24, Feed: 2, Charset: "gb18030",
			Images: []string{"gs_l", "gs_v_0"}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		*got = m
		a, _, plain := printedOf(t, want, fullSlip(), false)
		b, _, stored := printedOf(t, got, fullSlip(), false)
		if bytes.Contains(stored, []byte{0x1D, 0x76, 0x30}) || !bytes.Contains(stored, []byte{0x1D, 0x28, 0x4C, 0x02, 0x00, 0x30, 0x32}) || bytes.Contains(plain, []byte{0x1D, 0x28, 0x4C}) {
			t.Error("pictures are not sent in the form that images names first")
		}
		if a.String() != b.String() || len(a.pictures) != len(b.pictures) || len(a.pictures) == 0 {
			t.Fatalf("paper\n%s\nwant\n%s", b, a)
		}
		for i := range a.pictures {
			if a.pictures[i].x != b.pictures[i].x || !bytes.Equal(a.pictures[i].img.Pix, b.pictures[i].img.Pix) {
				t.Errorf("picture %d differs", i)
			}
		}
	}
	g := white(16, 2)
	g.Pix[0], g.Pix[31] = 0, 0
	want := []byte{0x1D, 0x28, 0x4C, 14, 0, 0x30, 0x70, 0x30, 2, 2, 0x31, 16, 0, 2, 0, 0x80, 0, 0, 1, 0x1D, 0x28, 0x4C, 2, 0, 0x30, 0x32}
	if b := raster(nil, g, 24, true, true); !bytes.Equal(b, want) {
		t.Errorf("% X\nwant\n% X", b, want)
	}
	if m := quirky(t, profile.Printer{Images: []string{"gs_v_0", "gs_l"}}, ""); m.stored {
		t.Error("gs_v_0 stands first and is not used")
	}
}

// The head of a stored picture never reads as a real-time command, however large the band.
func TestStoredPictureIsNoRealTimeCommand(t *testing.T) {
	t.Parallel()
	for per := 1; per <= 128; per++ {
		for rows := 1; rows <= 128; rows++ {
			b := storeHead(rows, per, 1)
			if harmless(rows, per) != rows { // else the picture begins so
				b = raster(nil, white(per*8, rows), rows, false, true)
			}
			for _, code := range [][]byte{{0x10, 0x04}, {0x10, 0x05}, {0x10, 0x14}} {
				if bytes.Contains(b, code) {
					t.Fatalf("%d bytes by %d rows: % X", per, rows, b[:15])
				}
			}
		}
	}
}

// No printer model gets a command that one of the quirks makes useless, and every cut stands at the start of a line (readPaper refuses another).
func TestQuirksThatNeverMatter(t *testing.T) {
	t.Parallel()
	set, err := profile.Load(configs.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range set.IDs() {
		prof, _ := set.Get(id)
		if prof.Printer == nil {
			continue
		}
		for _, template := range []string{"zh", "en", "both"} {
			m, err := modelOf(prof, nil)
			if err != nil {
				t.Fatal(err)
			}
			m.before, m.after, m.cut = nil, nil, []byte{0x1D, 0x56, 0x42, 0x00} // the profile's own bytes are not the driver's
			s := fullSlip()
			s.Template = template
			p, _, b := printedOf(t, &m, s, false)
			if p.cuts != 1 {
				t.Errorf("%s %s: %d cuts", id, template, p.cuts)
			}
			b = withoutPictures(b)
			for _, never := range []string{"\x1bJ", "\x1b$", "\x1b\\", "\x1bi", "\x1bm"} {
				if bytes.Contains(b, []byte(never)) {
					t.Errorf("%s %s: % X is sent", id, template, never)
				}
			}
		}
	}
}

func withoutPictures(b []byte) []byte {
	for {
		i := bytes.Index(b, []byte{0x1D, 0x76, 0x30})
		if i < 0 {
			return b
		}
		end := i + 8 + (int(b[i+4])|int(b[i+5])<<8)*(int(b[i+6])|int(b[i+7])<<8)
		b = append(append([]byte{}, b[:i]...), b[end:]...)
	}
}

// A printer that ignores a cut with nothing printed before it is not sent one.
func TestCutNeedsPrint(t *testing.T) {
	t.Parallel()
	s := fullSlip()
	s.Template = "|A\n=\n=\n|B\n=\n"
	for quirk, want := range map[string]int{"": 3, "cut_needs_print": 2} {
		if p, _, b := printedOf(t, quirky(t, profile.Printer{}, quirk), s, false); p.cuts != want || strings.TrimSpace(words(p)) != "A\nB" {
			t.Errorf("quirk %q: %d cuts, want %d: % X", quirk, p.cuts, want, b)
		}
	}
}

// A cut that does not feed by itself is made where the ticket ends, not through its last lines.
func TestFeedToTheKnife(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cut  string
		mm   int
		feed int
		want int // lines of 30 dots
	}{
		{"1D 56 01", 15, 2, 4}, {"1D 56 00", 20, 2, 6}, {"1B 69", 20, 2, 6}, {"1D 56 42 00", 20, 2, 2}, {"1D 56 01", 0, 2, 2}, {"1D 56 01", 5, 4, 4}, {"none", 20, 2, 2},
	} {
		m := quirky(t, profile.Printer{Cut: c.cut, CutterMM: c.mm, Feed: c.feed}, "")
		sh, err := newSheet(m, codeSlip(), false)
		if err != nil {
			t.Fatal(err)
		}
		b, err := sh.bytes()
		if err != nil {
			t.Fatal(err)
		}
		if want := append([]byte{0x1B, 0x64, byte(c.want)}, m.cut...); !bytes.HasSuffix(b, want) {
			t.Errorf("%+v: ends in % X, want % X", c, b[len(b)-8:], want)
		}
	}
}
