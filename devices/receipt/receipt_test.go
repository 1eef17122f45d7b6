package receipt_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"halld/devices/receipt"
)

// show writes rows as a person would mark them up: where each run begins, its size and its style.
func show(rows []receipt.Row) string {
	var out []string
	for _, r := range rows {
		switch {
		case r.Cut:
			out = append(out, "CUT")
		case r.Code != nil:
			out = append(out, fmt.Sprintf("CODE %s qr=%v %d,%s,%d,%d,%v %v", r.Code.Data, r.Code.QR, r.Code.Cell, r.Code.Level, r.Code.Module, r.Code.Height, r.Code.HRI, r.Align))
		case r.Image != nil:
			out = append(out, fmt.Sprintf("IMAGE %dx%d", r.Image.Rect.Dx(), r.Image.Rect.Dy()))
		default:
			var runs []string
			for _, run := range r.Runs {
				s := fmt.Sprintf("%g:%s", float64(run.X)/2, run.Text)
				if run.W != 1 || run.H != 1 {
					s += fmt.Sprintf("(%dx%d)", run.W, run.H)
				}
				for name, on := range map[string]bool{"B": run.Bold, "U": run.Underline, "R": run.Reverse} {
					if on {
						s += "/" + name
					}
				}
				runs = append(runs, s)
			}
			out = append(out, strings.Join(runs, " "))
		}
	}
	return strings.Join(out, "\n")
}

func laid(t *testing.T, template string, cells int) string {
	t.Helper()
	doc, err := receipt.Make(template, receipt.Samples())
	if err != nil {
		t.Fatalf("%q: %v", template, err)
	}
	return show(doc.Lay(cells))
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct{ name, template, want string }{
		{"text is centred", "abcd", "8:abcd"},
		{"a bar at its left pulls it left", "|abcd", "0:abcd"},
		{"a bar at its right pulls it right", "abcd|", "16:abcd"},
		{"two bars centre it", "|abcd|", "8:abcd"},
		{"outer bars are optional", "ab | cd", "0:ab 18:cd"},
		{"outer bars are optional, with them", "|ab | cd|", "0:ab 18:cd"},
		{"a doubled outer bar is a column", "||ab|", "14:ab"},
		{"blanks on both sides centre", "| ab | cd |", "3.5:ab 14:cd"},
		{"Chinese takes two cells", "政务", "8:政务"},
		{"sizes", "^a^ ^^b^^ ^^^c^^^ ^^^^d", "4.5:a(2x1) 6.5:  7.5:b(1x2) 8.5:  9.5:c(2x2) 11.5:  12.5:d(3x3)"},
		{"the largest size", "^^^^^^^A", "7:A(6x6)"},
		{"bold and underline and reverse end with their mark", "\"a\"_b_`c`d", "8:a/B 9:b/U 10:c/R 11:d"},
		{"a rule and a cut", "a\n---\n=\nb", "9.5:a\n0:--------------------\nCUT\n9.5:b"},
		{"a cut at the end is the ticket's own", "a\n===", "9.5:a"},
		{"a tilde is a blank", "a~~b", "8:a  b"},
		{"escapes", `\{\}\|\\\^\~\_\"` + "\\`" + `\x41`, "5:{}|\\^~_\"`A"},
		{"a row broken by hand", `ab\nc`, "9:ab\n9.5:c"},
		{"an escaped rule is text", `\-\-\-`, "8.5:---"},
		{"widths", "{width:*,6}\nab | cd", "0:ab 18:cd"},
		{"widths hold until they change", "{w:6,*}\n|ab | cd|\n{w:auto}\nx", "0:ab 18:cd\n9.5:x"},
		{"columns that do not fill the paper stand by align", "{width:4,4;border:0;align:right}\n|ab |cd |", "12:ab 16:cd"},
		{"a border of no cells", "{border:none}\nab | cd", "0:ab 18:cd"},
		{"a box", "{border:line;width:4,4;align:left}\n|ab |cd |\n---\n|x |y |\n{border:space}", "0:+----+----+\n0:| 1:ab 5:| 6:cd 10:|\n0:+----+----+\n0:| 1:x 5:| 6:y 10:|\n0:+----+----+"},
		{"no wrapping", "{text:nowrap}\n|aaaaaaaaaa bbbbbbbbbb cccccccc", "0:aaaaaaaaaa"},
		{"a QR code", "{code:http://x/y;option:qrcode,6,q}", "CODE http://x/y qr=true 6,Q,2,72,false 1"},
		{"options hold for the codes after them", "{o:code128,3,48,hri}\n|{c:A012}", "CODE A012 qr=false 3,L,3,48,true 0"},
		{"a semicolon in a code", `{code:a\;b;option:qrcode}`, "CODE a;b qr=true 3,L,2,72,false 1"},
		{"a comment", "{_:nothing to see}\na", "9.5:a"},
		{"an image", "{image:iVBORw0KGgoAAAANSUhEUgAAAAIAAAABAQAAAADcWUInAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==}", "IMAGE 2x1"},
		{"text breaks at blanks", "|aaaaaaaaaa bbbbbbbbb cc", "0:aaaaaaaaaa bbbbbbbbb\n0:cc"},
		{"Chinese breaks anywhere but before a closing mark", "|一二三四五六七八九十。好", "0:一二三四五六七八九\n0:十。好"},
		{"and neither before a full-width comma nor behind a full-width bracket", "|一二三四五六七八九十\uff0c好", "0:一二三四五六七八九\n0:十\uff0c好"},
		{"a full-width bracket goes to the next row with its word", "|一二三四五六七八九\uff08好\uff09", "0:一二三四五六七八九\n0:\uff08好\uff09"},
		{"what is centred breaks into like lines", "一二三四五六七八九十一二", "4:一二三四五六\n4:七八九十一二"},
		{"a number that does not fit becomes smaller", "^^^^^^^AB1234", "1:AB1234(3x3)"},
		{"a column's lines stand beside each other", "{width:8,*}\n|aaaa bbbb | cccc dddd eeee|", "0:aaaa 11:cccc dddd\n0:bbbb 16:eeee"},
		{"fields", "|{{number}}: {{ahead}}", "0:A042: 7"},
		{"a list is joined", "|{{windows}}", "0:1、2、8"},
		{"what to bring has a row each", "|- {{bring}}", "0:- 户口簿\n0:- 旧证（换领时）"},
		{"what to bring is joined beside another field", "{text:nowrap}\n|{{number}} {{bring}}", "0:A042 户口簿、旧证"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := laid(t, c.template, 20); got != c.want {
				t.Errorf("%s\ngot\n%s\nwant\n%s", c.template, got, c.want)
			}
		})
	}
}

func TestRowsAreLeftOut(t *testing.T) {
	const template = "|{{number}}\n|{{business}} {{department}}\n|wait {{wait}}\n|bring:{{?bring}}\n|{{number}}{{?copy}}\n---{{?missed}}\n{code:{{url}};option:qrcode}\n|end"
	for name, c := range map[string]struct {
		v    receipt.Values
		want string
	}{
		"nothing known":    {receipt.Values{}, "0:end"},
		"one of two":       {receipt.Values{"department": {"公安局"}}, "0:公安局\n0:end"},
		"blank is empty":   {receipt.Values{"wait": {" \t　\x1b"}, "url": {"\u202e"}}, "0:end"},
		"list without end": {receipt.Values{"bring": {"", "x"}}, "0:bring:\n0:end"},
		"a condition":      {receipt.Values{"number": {"A1"}, "copy": {"1"}}, "0:A1\n0:A1\n0:end"},
		"a rule":           {receipt.Values{"missed": {"m"}}, "0:--------------------\n0:end"},
	} {
		doc, err := receipt.Make(template, c.v)
		if err != nil {
			t.Fatal(err)
		}
		if got := show(doc.Lay(20)); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// An empty field beside others moves nothing to another side or column.
func TestEmptyFieldKeepsItsPlace(t *testing.T) {
	for template, want := range map[string]string{
		"|{{wait}} {{number}}":              "0:A1",
		"|{{number}} {{wait}}":              "0:A1",
		"|{{number}} {{wait}}|":             "9:A1",
		"{{number}} {{wait}}|":              "18:A1",
		"{{number}} | {{wait}}":             "0:A1 19: ",
		"{{wait}} | {{number}}":             "0:  18:A1",
		"|{{number}} | {{wait}} | {{date}}": "0:A1 9.5:  19: ",
	} {
		doc, err := receipt.Make(template, receipt.Values{"number": {"A1"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := show(doc.Lay(20)); got != want {
			t.Errorf("%s: %q, want %q", template, got, want)
		}
	}
}

// Every mistake is found with its line, its column and the right form.
func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		template  string
		line, col int
		want      string
	}{
		{"a\n  b{c", 2, 4, `\{`},
		{"a}b", 1, 2, `\}`},
		{"{code:x;option:qrcode} tail", 1, 23, "alone on its line"},
		{"{code:x;option:qrcode", 1, 1, "no end"},
		{"a | {code:x}", 1, 5, "alone on its line"},
		{"{{nmae}}", 1, 1, "number"},
		{"x {{number}", 1, 3, "{{number}}"},
		{"x {{number", 1, 3, "no end"},
		{"\n\n{command:\\x1b@}", 3, 10, "control code"},
		{"{command:x}", 1, 2, "belong in the printer's profile"},
		{"{x:abc}", 1, 2, "belong in the printer's profile"},
		{"{colour:red}", 1, 2, "there are align"},
		{"{align:middle}", 1, 8, "center"},
		{"{border:9}", 1, 9, "line, space, none"},
		{"{text:no}", 1, 7, "nowrap"},
		{"{width:*,x}", 1, 8, "2 to 96"},
		{"{width:1}", 1, 8, "2 to 96"},
		{"{width:0,0}", 1, 8, "hidden"},
		{"{option:ean,3}", 1, 9, "qrcode"},
		{"{option:qrcode,9}", 1, 9, "3 to 8"},
		{"{option:qrcode,72}", 1, 9, "3 to 8"},
		{"{option:3}", 1, 9, "qrcode or code128"},
		{"{code:}", 1, 7, "empty"},
		{"{image:AAAA}", 1, 8, "PNG"},
		{"{image:!}", 1, 8, "base64"},
		{"{width}", 1, 2, "a colon"},
		{`a\qb`, 1, 2, `\\`},
		{`a\`, 1, 2, "backslash"},
		{`a\x4`, 1, 2, "two hex digits"},
		{`a\x1bb`, 1, 2, "control code"},
		{"a\x1bb", 1, 2, "cannot be printed"},
		{`a\x{{number}}`, 1, 2, "two hex digits"},
		{"^^^^^^^^a", 1, 1, "largest"},
		{"{width:*,10}\na|b|c", 2, 5, "names 2"},
		{"---\n{align:left}", 1, 1, "nothing is printed"},
	} {
		err := receipt.Check(c.template)
		var e *receipt.Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", c.template, err)
			continue
		}
		if e.Line != c.line || e.Column != c.col || !strings.Contains(e.Text, c.want) {
			t.Errorf("%q: %v; want line %d, column %d and %q", c.template, e, c.line, c.col, c.want)
		}
	}
}

func TestBuiltinTemplates(t *testing.T) {
	for _, name := range receipt.Builtins() {
		text, ok := receipt.Builtin(name)
		if !ok {
			t.Fatalf("no template %s", name)
		}
		if err := receipt.Check(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		explained, err := receipt.Make(receipt.Explained(name), receipt.Samples())
		if err != nil {
			t.Fatalf("%s, explained: %v", name, err)
		}
		if got, want := show(explained.Lay(48)), laid(t, text, 48); got != want {
			t.Errorf("%s, explained, is another ticket:\n%s", name, got)
		}
	}
}

// hostile makes values that try to be markup.
func hostile() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringOf(rapid.SampledFrom([]rune("\\|{}~_\"`^-=;:xabn10{}\n\r\t \x1b\x00\x10\u202e\u2028\ufeff政"))),
		rapid.SampledFrom([]string{"---", "=", "===", "{code:x}", "{{number}}", "}}{{", "\\x1b@", "\\n", "\\", "{command:\\x1b@}", "a|b", "^^^", "~", ";option:qrcode"}),
		rapid.String(),
	)
}

const everywhere = "{{hall}}\n|{{number}}\n{{business}}|\n|x {{department}} | \"^^^{{ahead}}^^^\" y|\n--{{copy}}\n={{missed}}\n{code:{{url}};option:qrcode,4,M}\n_{{wait}}_\n{width:*,*}\n|{{windows}} | {{bring}} {{number}}|"

// A value is text and nothing else: whatever it is, the ticket has the same rows in the same styles, and says the value.
func TestValuesAreNeverMarkup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, harmless := receipt.Values{}, receipt.Values{}
		for _, f := range receipt.Fields {
			s := hostile().Draw(t, f.Name)
			if visible(s) == "" {
				s = "x"
			}
			v[f.Name], harmless[f.Name] = []string{s}, []string{"v"}
		}
		doc, err := receipt.Make(everywhere, v)
		if err != nil {
			t.Fatalf("a value broke the template: %v", err)
		}
		plain, err := receipt.Make(everywhere, harmless)
		if err != nil {
			t.Fatal(err)
		}
		const wide = 4096 // nothing is broken into lines
		got, want := doc.Lay(wide), plain.Lay(wide)
		if len(got) != len(want) {
			t.Fatalf("%d rows instead of %d:\n%s", len(got), len(want), show(got))
		}
		for i := range got {
			g, w := got[i], want[i]
			if g.Cut != w.Cut || (g.Code == nil) != (w.Code == nil) || (g.Image == nil) != (w.Image == nil) || g.Align != w.Align || len(g.Runs) != len(w.Runs) {
				t.Fatalf("row %d is another kind of row:\n%s\n%s", i, show(got[i:i+1]), show(want[i:i+1]))
			}
			for k := range g.Runs {
				if g.Runs[k].Style != w.Runs[k].Style || g.Runs[k].Rule != w.Runs[k].Rule {
					t.Fatalf("row %d has another style: %s", i, show(got[i:i+1]))
				}
				for _, r := range g.Runs[k].Text {
					if unicode.IsControl(r) {
						t.Fatalf("a control character came through: %q", g.Runs[k].Text)
					}
				}
			}
		}
		for _, c := range []struct {
			row  int
			name string
		}{{0, "hall"}, {1, "number"}} {
			if got, want := got[c.row].Text(), limited(visible(v[c.name][0])); got != want {
				t.Fatalf("%s says %q for %q, want %q", c.name, got, v[c.name][0], want)
			}
		}
		if got, want := got[6].Code.Data, visible(v["url"][0]); got != want {
			t.Fatalf("the code says %q, want %q", got, want)
		}
	})
}

// visible is what may come onto paper of a value, worked out apart from the package.
func visible(s string) string {
	var words []string
	for _, w := range strings.FieldsFunc(strings.ToValidUTF8(s, ""), unicode.IsSpace) {
		w = strings.Map(func(r rune) rune {
			if unicode.In(r, unicode.Cc, unicode.Cf) || r == 0xFFFD {
				return -1
			}
			return r
		}, w)
		if w != "" {
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}

func limited(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}

// Whatever a template says, it is laid out within the paper or refused with a place.
func FuzzTemplate(f *testing.F) {
	for _, name := range receipt.Builtins() {
		text, _ := receipt.Builtin(name)
		f.Add(text)
	}
	f.Add(everywhere)
	f.Add("{border:line;width:2,90,*}\n|政|政|政\n-\n=\n^^^^^^^A\\nB|x")
	f.Add("{w:96,96,96,96}\na|b|c|d\n{i:iVBORw0KGgoAAAANSUhEUgAAAAIAAAABAQAAAADcWUInAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==}")
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := receipt.Make(text, receipt.Samples())
		if err != nil {
			var e *receipt.Error
			if !errors.As(err, &e) || e.Line < 1 || e.Column < 1 || e.Line > strings.Count(strings.ReplaceAll(text, "\r", "\n"), "\n")+1 {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		for _, cells := range []int{32, 42, 48} {
			for _, r := range doc.Lay(cells) {
				end := 0
				for _, run := range r.Runs {
					if run.X < 0 || run.W < 1 || run.W > 6 || run.H < 1 || run.H > 6 || run.X < end-1 {
						t.Fatalf("%q: run %+v begins before %d", text, run, end)
					}
					if end = run.X + 2*run.Cells(); end > 2*cells+2 {
						t.Fatalf("%q: run %+v ends at %d of %d half cells", text, run, end, 2*cells)
					}
				}
			}
		}
	})
}
