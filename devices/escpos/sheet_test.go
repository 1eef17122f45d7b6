package escpos

import (
	"bytes"
	"fmt"
	"image"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"halld/devices"
	"halld/devices/profile"
	"halld/devices/receipt"
)

func fullSlip() devices.Slip {
	return devices.Slip{Job: "j#1", Hall: "清溪县政务服务中心", HallEn: "Qingxi County Government Service Centre", Number: "A042", Business: "居民身份证申领换领", BusinessEn: "Identity card",
		Department: "公安局", Ahead: 7, WaitLow: 10, WaitHigh: 25, Windows: []string{"1", "2", "8"}, Issued: time.Date(2026, 3, 2, 9, 41, 0, 0, time.UTC), Bring: []string{"户口簿", "旧证"},
		Missed: "过号后请到窗口报号。", MissedEn: "Missed your call? Report at the window.", URL: "http://192.0.2.10/t/20260302-A042", Copy: 1}
}

func needFont(t *testing.T) {
	t.Helper()
	if _, err := findPen(""); err != nil {
		t.Skip("no font with Chinese characters is installed: apt-get install fonts-noto-cjk")
	}
}

func printedOf(t *testing.T, m *model, s devices.Slip, drawn bool) (printed, *sheet, []byte) {
	t.Helper()
	sh, err := newSheet(m, s, drawn)
	if err != nil {
		t.Fatal(err)
	}
	b, err := sh.bytes()
	if err != nil {
		t.Fatal(err)
	}
	p, err := readPaper(b, m.dots)
	if err != nil {
		t.Fatal(err)
	}
	return p, sh, b
}

func words(p printed) string {
	var b strings.Builder
	for _, l := range p.lines {
		for _, m := range l {
			b.WriteRune(m.r)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Every field stands on the ticket of every template and paper, and a field that is not known leaves nothing behind.
//
// Hard case: reprint_keeps_number_and_place.
func TestEveryFieldIsOnTheTicket(t *testing.T) {
	t.Parallel()
	for _, cells := range []int{48, 32} {
		m := testModel(t, cells, "gb18030", 115200)
		for lang, want := range map[string][]string{
			"zh":   {"A042", "公安局", "前面等候7人", "约10-25分钟", "1、2、8", "2026-03-0209:41", "-户口簿", "-旧证", "过号后请到窗口报号。", "扫码"},
			"en":   {"A042", "Identitycard", "Ahead7", "about10-25min", "1、2、8", "2026-03-0209:41", "Scantofollow"},
			"both": {"A042", "Identitycard", "公安局", "Ahead7人", "约10-25分钟", "Window1、2、8", "2026-03-0209:41", "-旧证", "扫码"},
		} {
			s := fullSlip()
			s.Template = lang
			p, _, _ := printedOf(t, m, s, false)
			for _, w := range want {
				if !strings.Contains(words(p), w) {
					t.Errorf("%s on %d lacks %q:\n%s", lang, cells, w, words(p))
				}
			}
			if strings.Contains(words(p), "补打") || strings.Contains(words(p), "COPY") {
				t.Errorf("%s: a first print is marked as a copy", lang)
			}
			if len(p.pictures) != 1 || scan(t, p.pictures[0]) != s.URL {
				t.Errorf("%s on %d: %d pictures, or the code does not say %s", lang, cells, len(p.pictures), s.URL)
			}
			number := slices.IndexFunc(p.lines, func(l []mark) bool { return l[0].r == 'A' && l[0].w == 6 && l[0].h == 6 })
			if number < 0 {
				t.Errorf("%s on %d: the number is not the largest:\n%s", lang, cells, p)
			}
			s.Copy = 3
			if p, _, _ := printedOf(t, m, s, false); !strings.Contains(words(p), "2") || !strings.Contains(words(p), map[string]string{"zh": "补打第2次", "en": "COPY2", "both": "补打COPY2"}[lang]) {
				t.Errorf("%s: the second copy is not marked:\n%s", lang, words(p))
			} else if len(p.pictures) != 1 || scan(t, p.pictures[0]) != s.URL {
				t.Errorf("%s: the code of a copy does not say %s", lang, s.URL)
			}
			p, _, _ = printedOf(t, m, devices.Slip{Number: "A042", Ahead: -1, Copy: 1, Template: lang}, false)
			if !strings.Contains(words(p), "--:--") {
				t.Errorf("%s: a ticket of a hall that does not know the time has no place for it:\n%s", lang, words(p))
			}
			for _, w := range []string{"人", "Ahead", "约", "Wait", "窗口", "Window", "0001", "备齐", "bring", "扫码", "Scan"} {
				if strings.Contains(words(p), w) {
					t.Errorf("%s: %q stands on a ticket that knows nothing of it:\n%s", lang, w, words(p))
				}
			}
		}
	}
}

// A name is printed as it is: as text where the printer has it, drawn where it does not, as its code where nothing can draw it; never as "?".
//
// Hard case: printer_codepage_lost_and_rare_characters.
func TestRareCharacters(t *testing.T) {
	t.Parallel()
	needFont(t)
	for _, c := range []struct {
		charset, text string
		drawn         bool
	}{
		{"gb2312", "镕", true}, {"gb2312", "龑", true}, {"gbk", "镕", false}, {"gbk", "龑", false}, {"gbk", "㐀", true}, {"gbk", "𠮷", true},
		{"gb18030", "㐀", false}, {"gb18030", "𠮷", false}, {"ascii", "国", true},
	} {
		s := fullSlip()
		s.Template, s.Business = "|{{business}} X\n|end\n", c.text
		p, sh, _ := printedOf(t, testModel(t, 48, c.charset, 115200), s, false)
		if sh.lacks {
			t.Errorf("%s %s: a font has it, yet it is reported as missing", c.charset, c.text)
		}
		want, pictures := c.text+"X\nend\n", 0
		if c.drawn {
			want, pictures = "end\n", 1
		}
		if words(p) != want || len(p.pictures) != pictures {
			t.Errorf("%s %s: text %q and %d pictures", c.charset, c.text, words(p), len(p.pictures))
		}
		if c.drawn && !black(p.pictures[0].img) {
			t.Errorf("%s %s: the picture is white", c.charset, c.text)
		}
	}
	m := testModel(t, 48, "gbk", 115200)
	s := fullSlip()
	s.Template, s.Business = "|{{business}}X\n", "\U000F1234" // private use: no font has it
	if p, sh, _ := printedOf(t, m, s, false); words(p) != "[U+F1234]X\n" || !sh.lacks {
		t.Errorf("a character that nobody has is printed as %q, reported: %v", words(p), sh.lacks)
	}
	m.font = "/nowhere.ttf"
	s.Business = "㐀"
	for _, drawn := range []bool{false, true} {
		if p, sh, _ := printedOf(t, m, s, drawn); words(p) != "[U+3400]X\n" || !sh.lacks {
			t.Errorf("without a font 㐀 is printed as %q, reported: %v", words(p), sh.lacks)
		}
	}
}

func black(g *image.Gray) bool {
	return slices.ContainsFunc(g.Pix, func(v byte) bool { return v < 128 })
}

// A drawn ticket is, dot by dot, the picture that --png shows; only dots that keep a band from being a command may be more.
func TestDrawnTicketIsThePicture(t *testing.T) {
	t.Parallel()
	needFont(t)
	for _, cells := range []int{48, 32} {
		m := testModel(t, cells, "gbk", 115200)
		s := fullSlip()
		s.Template = "both"
		p, sh, b := printedOf(t, m, s, true)
		if words(p) != "" {
			t.Errorf("text in a drawn ticket: %q", words(p))
		}
		img, err := sh.paper()
		if err != nil {
			t.Fatal(err)
		}
		paper := img.(*image.Gray)
		y, wrong, dots := 24, 0, 0
		for _, pic := range p.pictures {
			for py := range pic.img.Rect.Dy() {
				row := slices.Repeat([]byte{0xFF}, m.dots)
				copy(row[pic.x:], pic.img.Pix[py*pic.img.Stride:(py+1)*pic.img.Stride])
				for x, v := range row {
					if v < 128 {
						dots++
					}
					if v != paper.GrayAt(24+x, y).Y {
						wrong++
					}
				}
				y++
			}
		}
		if wrong > 8 || dots < 5000 || y != paper.Rect.Dy()-24-m.feed*pitch {
			t.Errorf("%d cells: %d of %d black dots differ; %d rows of %d", cells, wrong, dots, y, paper.Rect.Dy())
		}
		if other, _, err := sameButBold(m, s); err != nil || bytes.Equal(other, b) {
			t.Error("bold and regular are drawn alike: the comparison compares nothing")
		}
		t.Logf("%d cells: drawn %d bytes, %d of %d dots differ", cells, len(b), wrong, dots)
	}
}

func sameButBold(m *model, s devices.Slip) ([]byte, *sheet, error) {
	text, _ := receipt.Builtin(s.Template)
	s.Template = strings.ReplaceAll(text, `"`, "")
	sh, err := newSheet(m, s, true)
	if err != nil {
		return nil, nil, err
	}
	b, err := sh.bytes()
	return b, sh, err
}

// On a slow line a QR code costs a quarter of the bytes and still reads.
//
// Hard case: ticket_fits_58_and_80_mm.
func TestCodesOnSlowLinesAndNarrowPaper(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		template, url string
		baud, cells   int
		codes         int
	}{
		{"{code:{{url}};option:qrcode,5,M}\n|end\n", "http://192.0.2.10/t/20260302-A042", 9600, 48, 1},
		{"{code:{{url}};option:qrcode,5,M}\n|end\n", "http://192.0.2.10/t/20260302-A042", 9600, 32, 1},
		{"|{code:{{url}};option:qrcode,8,H}\n|end\n", "http://192.0.2.10/t/20260302-A042?token=" + strings.Repeat("0123456789", 6), 115200, 32, 1},
		{"{code:{{url}};option:qrcode,5,H}\n|end\n", strings.Repeat("0123456789abcdef", 120), 115200, 32, 0},
		{"{code:{{url}};option:code128,3,60,hri}\n|end\n", "A042-20260302", 115200, 32, 1},
		{"{width:20,12;align:left}\n{code:{{url}};option:code128,2,60}\n{width:auto}\n|end\n", "A042", 115200, 48, 1},
		{"{code:{{url}};option:code128,2,60,hri}\n|end\n", "号票", 115200, 32, 0},
		{"{code:{{url}};option:code128,4,60}\n|end\n", strings.Repeat("0123456789abcdef", 4), 115200, 32, 0},
	} {
		t.Run(fmt.Sprint(c.template, c.baud, c.cells), func(t *testing.T) {
			s := fullSlip()
			s.Template, s.URL = c.template, c.url
			p, _, b := printedOf(t, testModel(t, c.cells, "gbk", c.baud), s, false)
			if len(p.pictures) != c.codes {
				t.Fatalf("%d pictures", len(p.pictures))
			}
			text := strings.ReplaceAll(words(p), "\n", "")
			if c.codes == 0 || strings.Contains(c.template, "hri") {
				if text != c.url+"end" {
					t.Errorf("what the code says does not stand beside it as text: %q", text)
				}
			} else if text != "end" {
				t.Errorf("text %q", text)
			}
			if c.codes > 0 {
				if got := scan(t, p.pictures[0]); got != c.url {
					t.Errorf("it reads %q", got)
				}
				if pic := p.pictures[0]; pic.x < 0 || pic.x+pic.img.Rect.Dx() > c.cells*cellW {
					t.Errorf("it stands from %d to %d", pic.x, pic.x+pic.img.Rect.Dx())
				}
			}
			if c.baud == 9600 && len(b) > 1300 {
				t.Errorf("%d bytes on a slow line", len(b))
			}
		})
	}
}

// A ticket is printed whatever its template is like.
func TestBadTemplateCostsNoTicket(t *testing.T) {
	t.Parallel()
	m := testModel(t, 48, "gbk", 115200)
	for _, template := range []string{"{{nmae}}\n", "a{b\n", "{command:\\x1b@}\n", "\x1b@\n", "{image:AAAA}\n"} {
		s := fullSlip()
		s.Template = template
		p, sh, _ := printedOf(t, m, s, false)
		if sh.bad == nil {
			t.Errorf("%q: nothing is reported", template)
		}
		if !strings.Contains(words(p), "A042") || !strings.Contains(words(p), "约10-25分钟") {
			t.Errorf("%q: the ticket is lost:\n%s", template, words(p))
		}
	}
}

func TestCopiesOfOneTicketInTwoParts(t *testing.T) {
	t.Parallel()
	m := testModel(t, 48, "gbk", 115200)
	s := fullSlip()
	s.Template = "^^^{{number}}\n=\n|存根 {{number}}\n====\n"
	p, _, b := printedOf(t, m, s, false)
	if p.cuts != 2 || words(p) != "A042\n存根A042\n" {
		t.Errorf("%d cuts: %q", p.cuts, words(p))
	}
	for i, part := range bytes.Split(b, []byte("\x1dVB\x00"))[:2] {
		if !bytes.HasSuffix(part, []byte{0x1B, 0x64, 2}) || bytes.LastIndex(part, []byte("\x1c&")) > bytes.LastIndex(part, []byte("\x1c.")) {
			t.Errorf("part %d is cut in Chinese mode or without feeding: % X", i, part[max(0, len(part)-12):])
		}
	}
}

// Whatever stands in a field, the stream is made of the commands of its template and nothing else.
func TestFieldsAreNeverCommands(t *testing.T) {
	t.Parallel()
	var m, small *model
	m, small = testModel(t, 48, "gb18030", 115200), testModel(t, 32, "gb2312", 9600)
	text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("\x1b\x1d\x1c\x10\x04\x14@!V&.a政㐀|{}\\=-^~\n;:"))), rapid.SampledFrom([]string{"=", "---", "{command:\\x1b@}", "\\x1dV0", "{{url}}"}))
	rapid.Check(t, func(t *rapid.T) {
		s := devices.Slip{Hall: text.Draw(t, "hall"), Number: text.Draw(t, "number"), Business: text.Draw(t, "business"), Department: text.Draw(t, "department"), Missed: text.Draw(t, "missed"),
			URL: text.Draw(t, "url"), Bring: []string{text.Draw(t, "bring"), text.Draw(t, "bring2")}, Windows: []string{text.Draw(t, "window")}, Ahead: 3, Copy: rapid.IntRange(1, 4).Draw(t, "copy"),
			Template: rapid.SampledFrom(receipt.Builtins()).Draw(t, "template")}
		for _, m := range []*model{m, small} {
			sh, err := newSheet(m, s, false)
			if err != nil || sh.bad != nil {
				t.Fatalf("%v, %v", err, sh)
			}
			b, err := sh.bytes()
			if err != nil {
				t.Fatal(err)
			}
			p, err := readPaper(b, m.dots)
			if err != nil {
				t.Fatalf("%v\n% X", err, b)
			}
			if p.cuts != 1 || len(p.bars) != 0 {
				t.Fatalf("%d cuts, %d bar codes", p.cuts, len(p.bars))
			}
			for _, l := range p.lines {
				if last := l[len(l)-1]; last.x < -2*cellW || last.x > m.dots {
					t.Fatalf("text beside the paper: %s", p)
				}
			}
		}
	})
}

// A printer tells of a bad template once, and of its end.
func TestTemplateProblemIsReported(t *testing.T) {
	t.Parallel()
	var told []devices.Problem
	p := &Printer{log: slog.New(slog.DiscardHandler), set: devices.Setting{ID: "p1", Report: func(pr devices.Problem) { told = append(told, pr) }}, problems: map[string]bool{}}
	m, err := modelOf(&profile.Profile{Printer: &profile.Printer{Dots: 576, Columns: 48, BandRows: 128, Charset: "gb18030"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.m = m
	s := fullSlip()
	for _, template := range []string{"{{nmae}}\n", "{{nmae}}\n", "zh"} {
		s.Template = template
		if _, err := p.ticket(s); err != nil {
			t.Fatal(err)
		}
	}
	if len(told) != 2 || told[0].Code != "bad-template" || told[0].Cleared || !told[1].Cleared || told[0].Text == "" || told[0].HintEn == "" {
		t.Errorf("told %+v", told)
	}
	if _, err := rasterMode(map[string]string{"mode": "fast"}); err == nil || !strings.Contains(err.Error(), "text or raster") {
		t.Errorf("a wrong mode is taken: %v", err)
	}
}
