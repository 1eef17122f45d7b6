package hallfile

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Every kind of tables of any hall comes back from its sheet, whichever language its header has.
func TestSheetsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := halls(t)
		for i := range c.Devices { // the parameters of models are bare words
			if set := c.Devices[i].Set; set != nil {
				c.Devices[i].Set = map[string]string{}
				for k, v := range set {
					c.Devices[i].Set[fmt.Sprintf("p%x", k)] = v
				}
			}
		}
		for _, name := range Sheets() {
			s, err := SheetOf(&c, name, rapid.SampledFrom([]string{Chinese, English}).Draw(t, "lang"))
			if err != nil {
				t.Fatal(err)
			}
			again, all, err := WithSheet(&c, s, Options{})
			if err != nil || len(all) > 0 {
				t.Fatalf("%s: %v, %v\n%q", name, err, all, s.Rows)
			}
			if !reflect.DeepEqual(c, again) {
				t.Fatalf("%s: was %+v\nis  %+v\n%q", name, c, again, s.Rows)
			}
		}
	})
}

func TestSheetsOfAFile(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"department", "queue", "item", "window", "person"} {
		if !slices.Contains(Sheets(), name) {
			t.Errorf("%s is no sheet: %v", name, Sheets())
		}
	}
	if _, err := SheetOf(new(Usual()), "hall", Chinese); !errors.Is(err, ErrNoSheet) || !strings.Contains(err.Error(), "item") {
		t.Errorf("a table that stands once: %v", err)
	}
}

const forSheets = `
[hall]
name = "测试大厅"
[[department]]
id = "gongan"
name = "公安局"
[[queue]]
id = "A"
name = "户籍"
[[window]]
id = "1"
queues = ["A"]
`

// People write sheets as they please: any order of columns, Chinese names, 是 for true, rows left empty; what they leave out is as in a file.
func TestASheetOfAHand(t *testing.T) {
	t.Parallel()
	c, all := Read([]byte(forSheets), Options{})
	if len(all) > 0 {
		t.Fatal(all)
	}
	c, all, err := WithSheet(&c, Sheet{"item", [][]string{
		{"名称", "id", "queue", "（备注）", "department", "material", "target.wait", "listed", "fee.lower"},
		{"身份证", "sfz", "A", "", "gongan", "户口簿 | form=原件 | copies=1\n照片", "15m", "是", "2000"},
		{"", "", " ", "", "", "", "", "", ""},
		{"落户", "lh", "A", "", "gongan", "", "", "", "0"},
	}}, Options{})
	if err != nil || len(all) != 1 || all[0].Line != 1 || all[0].Column != 4 || all[0].Code != UnknownKey {
		t.Fatalf("a column that nobody knows: %+v, %v", all, err)
	}
	c, _ = Read([]byte(forSheets), Options{})
	next, all, err := WithSheet(&c, Sheet{"item", [][]string{
		{"名称", "id", "queue", "", "department", "material", "target.wait", "listed", "fee.lower", "fee.basis"},
		{"身份证", "sfz", "A", "x", "gongan", "户口簿 | form=原件 | copies=1\n照片", "15m", "是", "2000", "发改价格"},
		{"", "", " ", "", "", "", "", "", ""},
		{"落户", "lh", "A", "", "gongan", "", "", "", "0"},
	}}, Options{})
	if err != nil || len(all) > 0 {
		t.Fatalf("%+v, %v", all, err)
	}
	if n := len(next.Items); n != 2 {
		t.Fatalf("%d items", n)
	}
	first := next.Items[0]
	if first.Name != "身份证" || !first.Listed || first.Target.Wait.Minutes() != 15 || len(first.Materials) != 2 || first.Materials[0].Form != "原件" ||
		first.Materials[0].Copies != 1 || first.Materials[1].Name != "照片" || first.Fee == nil || first.Fee.Lower != 2000 {
		t.Errorf("%+v", first)
	}
	if next.Items[1].Fee == nil || next.Items[1].Fee.Lower != 0 {
		t.Errorf("free of charge is not nothing said: %+v", next.Items[1].Fee)
	}
}

// A mistake stands at its row and cell; one that the sheet causes elsewhere has no place in it.
func TestMistakesOfASheet(t *testing.T) {
	t.Parallel()
	c, _ := Read([]byte(forSheets), Options{})
	_, all, err := WithSheet(&c, Sheet{"queue", [][]string{{"id", "name", "first", "last", "width"}, {"B", "一", "x", "99", "3"}, {"B", "二", "1", "9999", "3"}}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][2]int{}
	for _, m := range all {
		got[string(m.Code)+" "+m.Key] = [2]int{m.Line, m.Column}
		if m.Code == "id-taken" && m.Args["line"] != "2" {
			t.Errorf("it collides with row %s", m.Args["line"])
		}
	}
	for want, at := range map[string][2]int{"want-number queue[0].first": {2, 3}, "id-taken queue[1].id": {3, 1}, "last-below-first queue[1].last": {3, 4}} {
		if got[want] != at {
			t.Errorf("%s stands at %v, want %v; all: %v", want, got[want], at, got)
		}
	}
	if _, all, _ = WithSheet(&c, Sheet{"queue", [][]string{{"id", "name"}, {"B", "二"}}}, Options{}); !slices.ContainsFunc(all, func(m Mistake) bool {
		return m.Code == "unknown-queue" && m.Key == "window[0].queues[0]" && m.Line == 0
	}) {
		t.Errorf("a window whose queue the sheet leaves out: %+v", all)
	}
}
