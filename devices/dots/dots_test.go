package dots_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"halld/devices/dots"
	"halld/devices/frame"
)

// nowhere is a font file that does not exist: only what is embedded counts.
const nowhere = "/nonexistent/unifont.hex"

// cells are the characters of GB 2312 in rows from to to, in order.
func cells(from, to byte) []rune {
	var out []rune
	for row := from; row <= to; row++ {
		for col := byte(1); col <= 94; col++ {
			s, err := simplifiedchinese.GBK.NewDecoder().Bytes([]byte{0xA0 + row, 0xA0 + col})
			if err != nil || strings.ContainsRune(string(s), '�') {
				continue
			}
			r := []rune(string(s))[0]
			if code, err := frame.Encode("gb2312", string(r)); err == nil && len(code) == 2 {
				out = append(out, r)
			}
		}
	}
	return out
}

func TestAllOfGB2312(t *testing.T) {
	f := dots.New(nowhere)
	hanzi, symbols := cells(16, 87), cells(1, 9)
	if len(hanzi) != 6763 || len(symbols) != 682 {
		t.Fatalf("GB 2312 has 6763 hanzi and 682 symbols, not %d and %d", len(hanzi), len(symbols))
	}
	seen := map[string]rune{}
	for i, r := range append(hanzi, symbols...) {
		d, err := f.Text(string(r))
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		art := d.String()
		if d.Width() != 16 || !strings.Contains(art, "#") && r != '\u3000' {
			t.Errorf("%c is %d wide, or dark", r, d.Width())
		}
		if other, twice := seen[art]; twice && i < len(hanzi) {
			t.Errorf("%c looks as %c does", r, other)
		}
		seen[art] = r
	}
	for r := rune(0x21); r < 0x7F; r++ {
		d, err := f.Text(string(r))
		if err != nil || d.Width() != 8 || !strings.Contains(d.String(), "#") {
			t.Errorf("%c: %d wide, %v", r, d.Width(), err)
		}
	}
}

func TestPictures(t *testing.T) {
	for text, file := range map[string]string{"请A042号到3号窗口": "call", "暂停服务": "paused", "$~": "own"} {
		d, err := dots.New(nowhere).Text(text)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("testdata", file+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		if d.String() != string(want) {
			t.Errorf("%s is drawn as\n%swant\n%s", text, d, want)
		}
	}
}

func TestCut(t *testing.T) {
	d, err := dots.New(nowhere).Text("1")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Cut(-3, 20); got.Width() != 20 || !got.Lit(3+3, 2) || got.Lit(3, 2) || got.Lit(19, 5) {
		t.Errorf("a 1 behind a gap of 20 dots looks so:\n%s", got)
	}
	if d.Cut(2, 0).Width() != 0 || d.Lit(-1, 0) || d.Lit(0, 16) {
		t.Error("there are dots outside the picture")
	}
}

// TestNothingIsReplaced: what no font has is refused by its name, and found in the other font where that is there.
func TestNothingIsReplaced(t *testing.T) {
	for text, name := range map[string]string{"王㛃": "U+36C3", "A\n": "U+000A", "😀": "U+1F600"} {
		if _, err := dots.New(nowhere).Text(text); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: %v; want %s named", text, err, name)
		}
	}
	rare := filepath.Join(t.TempDir(), "unifont.hex")
	lines := "0041:" + strings.Repeat("FF", 16) + "\n36C3:" + strings.Repeat("8001", 16) + "\n4DAE:12\n1F600:" + strings.Repeat("80", 16) + "\n"
	if err := os.WriteFile(rare, []byte(lines), 0o644); err != nil {
		t.Fatal(err)
	}
	f := dots.New(rare)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			d, err := f.Text("㛃A😀")
			if err != nil || d.Width() != 16+8+8 || !d.Lit(0, 7) || !d.Lit(15, 7) || d.Lit(1, 7) || d.Lit(16, 0) || !d.Lit(24, 3) {
				t.Errorf("%v:\n%s", err, d)
			}
		})
	}
	wg.Wait()
	if _, err := f.Text("䶮"); err == nil || !strings.Contains(err.Error(), "U+4DAE") {
		t.Errorf("a broken line of the other font: %v", err)
	}
}
