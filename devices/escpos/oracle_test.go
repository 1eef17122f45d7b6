package escpos

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"halld/devices/profile"
	"halld/devices/receipt"
)

// The documents are of the language that both generators know. Where they differ on purpose (text is broken at blanks, what is centred into
// like lines) the documents keep to what fits.
var shared = map[string]string{
	"plain":        "政务服务中心\nabc\n|left\nright|\n|both|\n",
	"sizes":        "^a^b\n^^高^^低\n^^^A012\n^^^^中\n^^^^^5\n^^^^^^6\n^^^^^^^A1",
	"styles":       "\"粗体\" a _下划线_ b `反白` \"_`all`_\"",
	"columns":      "前面等候 | 12 人\n|前面等候 | 12 人|\na|b|c\n| a | b | c | d |\n||x|",
	"widths":       "{width:*,10}\n业务|12345\n|业务 |1 |\n{width:6,*,8}\na|b|c\n{width:auto}\nx",
	"narrow":       "{width:8,8;align:right}\n|ab |cd |\n{align:center}\n|ab |cd |\n{align:left}\n|ab |cd |",
	"borders":      "{border:none}\nab|cd|ef\n{border:2}\nab|cd|ef\n{border:space}\nab|cd|ef",
	"rules":        "a\n---\nb\n{width:10,10}\n-\n{width:auto}\nc",
	"box":          "{border:line;width:8,8;align:left}\n|业务 | 12|\n---\n|x |^^y|\n{border:space;width:auto}\nend",
	"box shift":    "{border:line;width:8,8;align:left}\n|业务 |12 |\n---\n{width:4,12}\n|x |y |\n{border:space;width:auto}\nend",
	"cut":          "a\n=\nb\n===\nc",
	"escapes":      `\\ \{ \} \| \- \= \_ \" \^ \~ \x41 a~~b` + "\n\\-\\-\\-\nab\\ncd",
	"names":        "镕 龑 㐀 𠮷\n\"^^^㐀𠮷",
	"wrap":         "{width:8,*}\n|一二三四五六七八九十|x\n|一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十",
	"nowrap":       "{text:nowrap}\n|一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十",
	"qr":           "{code:http://192.0.2.10/t/20260302-A042;option:qrcode,5,M}\n|{code:号票A042;option:qrcode,4,q}",
	"bar code":     "{code:A012345;option:code128,2,72}\n|{c:20260302;o:code128,3,40}",
	"image":        "{image:PNG}\n|{image:PNG}\nx",
	"short keys":   "{w:*,6;b:0}\na|b\n{_:comment}\n{w:auto}\n{c:x;o:qrcode,3,l}",
	"filled zh":    "zh",
	"filled en":    "en",
	"filled both":  "both",
	"hostile text": "hostile",
}

// documentOf makes the ReceiptLine text of a case: the built-in templates are filled first, as for a ticket.
func documentOf(t *testing.T, name string) string {
	t.Helper()
	text := shared[name]
	v := receipt.Samples()
	switch builtin, ok := receipt.Builtin(text); {
	case text == "hostile":
		text = "|{{hall}}\n{{number}}|\n|{{business}} {{department}}\n|--{{missed}}\n{code:{{url}};option:qrcode,4,M}"
		v = receipt.Values{"hall": {"---"}, "number": {"=="}, "business": {`a|b{c}~_"^` + "`" + `\x1b@\n`}, "department": {"{command:x}"}, "missed": {"--"}, "url": {`a;b|c{d}\e:f`}}
	case ok: // words that are broken in other places by the other generator are made short
		v["hall"], v["hall_en"], v["business"] = []string{"政务大厅"}, []string{"Hall"}, []string{"户籍"}
		v["missed"], v["missed_en"], v["copy"], v["bring"] = []string{"过号请重新取号"}, []string{"Take a new number"}, []string{"2"}, []string{"户口簿", "旧证"}
		v["notice"], v["notice_en"] = []string{"今天办不到"}, []string{"Not today"}
		text = strings.NewReplacer("扫码查看排队 Scan to follow the queue", "扫码 Scan", "Valid today only. Watch for your number.", "Valid today").Replace(builtin)
	default:
		return strings.ReplaceAll(text, "PNG", testPNG(t))
	}
	filled, err := receipt.Fill(text, v)
	if err != nil {
		t.Fatal(err)
	}
	return filled
}

// testPNG is a picture that no code reader takes for a code.
func testPNG(t *testing.T) string {
	t.Helper()
	g := white(48, 20)
	for y := range 20 {
		for x := range 48 {
			if x/3+y/2 < 9 || x == 47 {
				g.SetGray(x, y, color.Gray{})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, g); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// transformed runs npm receiptline over documents.
func transformed(t *testing.T, docs []string, cells int) [][]byte {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed: the second ticket generator cannot run")
	}
	module, err := filepath.Abs("../../.ci/oracles/node_modules/receiptline")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(module); errors.Is(err, os.ErrNotExist) {
		t.Skip("npm receiptline is not installed: cd .ci/oracles && npm ci --ignore-scripts")
	}
	in, err := json.Marshal(docs)
	if err != nil {
		t.Fatal(err)
	}
	const script = `const r=require(process.argv[1]);const d=JSON.parse(require('fs').readFileSync(0));
process.stdout.write(JSON.stringify(d.map(x=>Buffer.from(r.transform(x,{cpl:+process.argv[2],encoding:'gb18030',command:'generic',spacing:true,cutting:true,gradient:false}),'latin1').toString('base64'))))`
	cmd := exec.CommandContext(t.Context(), node, "-e", script, module, fmt.Sprint(cells))
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("receiptline: %v: %s", err, stderr.String())
	}
	var coded []string
	if err := json.Unmarshal(out, &coded); err != nil {
		t.Fatal(err)
	}
	var streams [][]byte
	for _, c := range coded {
		b, err := base64.StdEncoding.DecodeString(c)
		if err != nil {
			t.Fatal(err)
		}
		streams = append(streams, b)
	}
	return streams
}

func testModel(t *testing.T, cells int, charset string, baud int) *model {
	t.Helper()
	m, err := modelOf(&profile.Profile{ID: "test", Line: profile.Line{Baud: baud}, Printer: &profile.Printer{Dots: cells * cellW, Columns: cells, BandRows: 24, Feed: 2, Charset: charset}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &m
}

// oursOf makes the bytes of a document without fields.
func oursOf(t *testing.T, text string, cells int) []byte {
	t.Helper()
	doc, err := receipt.Read(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	s := &sheet{m: testModel(t, cells, "gb18030", 115200), rows: doc.Lay(cells)}
	b, err := s.bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// scan reads a picture with zbar, which knows neither generator.
func scan(t *testing.T, p picture) string {
	t.Helper()
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("zbarimg is not installed: apt-get install zbar-tools")
	}
	b := p.img.Rect
	framed := white(b.Dx()+80, b.Dy()+80)
	draw.Draw(framed, image.Rect(40, 40, 40+b.Dx(), 40+b.Dy()), p.img, image.Point{}, draw.Src)
	name := filepath.Join(t.TempDir(), "code.png")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, framed), f.Close()); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.CommandContext(t.Context(), zbar, "-q", "--raw", name).Output() // no symbol is exit 4 and no output
	return strings.TrimSuffix(string(out), "\n")
}

// differences compares what two streams put onto paper: every character with its place (to half a cell, because columns are kept by blanks),
// size and style, what the codes say, the pictures and the cuts.
func differences(t *testing.T, ours, theirs []byte, cells int) []string {
	t.Helper()
	a, err := readPaper(ours, cells*cellW)
	if err != nil {
		return []string{"ours: " + err.Error()}
	}
	b, err := readPaper(theirs, cells*cellW)
	if err != nil {
		t.Fatalf("theirs: %v", err)
	}
	var out []string
	if a.cuts != b.cuts {
		out = append(out, fmt.Sprintf("%d cuts, theirs %d", a.cuts, b.cuts))
	}
	if len(a.lines) != len(b.lines) {
		return append(out, fmt.Sprintf("%d lines, theirs %d:\n%s\n%s", len(a.lines), len(b.lines), a, b))
	}
	for i := range a.lines {
		x, y := sorted(a.lines[i]), sorted(b.lines[i])
		same := len(x) == len(y)
		for k := 0; same && k < len(x); k++ {
			m, n := x[k], y[k]
			if d := m.x - n.x; d < -cellW/2 || d > cellW/2 {
				same = false
			}
			m.x = n.x
			same = same && m == n
		}
		if !same {
			out = append(out, fmt.Sprintf("line %d\n  ours   %+v\n  theirs %+v", i+1, x, y))
		}
	}
	said := func(p printed) (codes []string, pictures []picture) {
		codes = slices.Clone(p.bars)
		for _, pic := range p.pictures {
			if s := scan(t, pic); s != "" {
				codes = append(codes, s)
			} else {
				pictures = append(pictures, pic)
			}
		}
		return codes, pictures
	}
	ac, ap := said(a)
	bc, bp := said(b)
	if !slices.Equal(ac, bc) {
		out = append(out, fmt.Sprintf("codes say %q, theirs %q", ac, bc))
	}
	if len(ap) != len(bp) {
		return append(out, fmt.Sprintf("%d pictures, theirs %d", len(ap), len(bp)))
	}
	for i := range ap {
		if !bytes.Equal(ap[i].img.Pix, bp[i].img.Pix) || ap[i].x != bp[i].x {
			out = append(out, fmt.Sprintf("picture %d at %d is not theirs at %d", i+1, ap[i].x, bp[i].x))
		}
	}
	return out
}

func sorted(l []mark) []mark {
	l = slices.Clone(l)
	slices.SortStableFunc(l, func(a, b mark) int { return a.x - b.x })
	return l
}

// The tickets of npm receiptline and ours agree on the shared language, on 80 mm and on 58 mm paper.
func TestAgreesWithReceiptline(t *testing.T) {
	t.Parallel()
	var names, docs []string
	for name := range shared {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		docs = append(docs, documentOf(t, name))
	}
	for _, cells := range []int{48, 32} {
		for i, theirs := range transformed(t, docs, cells) {
			t.Run(fmt.Sprintf("%s on %d", names[i], cells), func(t *testing.T) {
				for _, d := range differences(t, oursOf(t, docs[i], cells), theirs, cells) {
					t.Error(d)
				}
			})
		}
	}
}

// What the comparison must find: one deliberate mistake for each thing that it compares.
func TestComparisonFindsMistakes(t *testing.T) {
	t.Parallel()
	const doc = "{width:6,*}\n|业务 | \"户籍\"|\n{width:auto}\n|^^^大\n_下_\n`反`\n右|\n=\n{code:http://192.0.2.10/t/A1;option:qrcode,5,M}\n---\n{image:PNG}\nx"
	text := strings.ReplaceAll(doc, "PNG", testPNG(t))
	theirs := transformed(t, []string{text}, 48)[0]
	good := oursOf(t, text, 48)
	if d := differences(t, good, theirs, 48); d != nil {
		t.Fatalf("the stream to be broken is not sound: %v", d)
	}
	replaced := func(from, to string) func([]byte) []byte {
		return func(b []byte) []byte {
			if n := bytes.Count(b, []byte(from)); n == 0 {
				t.Fatalf("there is no % X to be broken", from)
			}
			return bytes.Replace(b, []byte(from), []byte(to), 1)
		}
	}
	for name, mutate := range map[string]func([]byte) []byte{
		"text: UTF-8 instead of GB 18030":       replaced("\xbb\xa7\xbc\xae", "户籍"),
		"text: half of a pair is lost":          replaced("\xbb\xa7\xbc\xae", "\xbb\xa7\xbc"),
		"text: Chinese mode is not switched on": replaced("\x1c&", ""),
		"size: one too small":                   replaced("\x1d!\x11", "\x1d!\x10"),
		"size: never ended":                     replaced("\x1d!\x00", ""),
		"bold: never begun":                     replaced("\x1bE\x01", ""),
		"underline: never begun":                replaced("\x1b-\x01", ""),
		"reverse: never ended":                  replaced("\x1dB\x00", ""),
		"align: left instead of right":          replaced("\x1ba\x02", "\x1ba\x00"),
		"columns: one blank too few":            replaced("    ", "   "),
		"cut: one is lost":                      replaced("\x1dVB\x00", ""),
		"end: the last bytes are lost":          func(b []byte) []byte { return b[:len(b)-2] },
		"QR: what it says": func([]byte) []byte {
			return oursOf(t, strings.Replace(text, "/A1", "/A2", 1), 48)
		},
		"QR: a band is lost": func(b []byte) []byte {
			i := bytes.Index(b, []byte("\x1dv0"))
			return slices.Concat(b[:i], b[i+8+int(b[i+4])*int(b[i+6]):])
		},
		"picture: one dot": func(b []byte) []byte {
			i := bytes.LastIndex(b, []byte("\x1dv0"))
			b = slices.Clone(b)
			b[i+9] ^= 4
			return b
		},
		"rule: one dash less": replaced("------", "-----"),
	} {
		if d := differences(t, mutate(good), theirs, 48); d == nil {
			t.Errorf("%s: not found", name)
		}
	}
}
