package main

import (
	"reflect"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"halld/queue/hallfile"
)

// What the programs of an office write is read: GB 18030 or UTF-8, commas, semicolons or tabs, CSV or XLSX; no cell becomes a formula.
func TestSheetsOfAnOffice(t *testing.T) {
	t.Parallel()
	want := [][]string{{"名称 (name)", "id"}, {"=1+1", "'a"}, {"两行\n一格", "0012"}}
	s := hallfile.Sheet{Name: "item", Rows: want}
	for _, form := range []string{formCSV, formXLSX} {
		data, err := writeSheet(s, form)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := readSheet("item", data); err != nil || !reflect.DeepEqual(back, s) {
			t.Errorf("%s: %q, %v", form, back, err)
		}
	}
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte("名称;id\r\n身份证;sfz\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if back, err := readSheet("item", gb); err != nil || !reflect.DeepEqual(back.Rows, [][]string{{"名称", "id"}, {"身份证", "sfz"}}) {
		t.Errorf("%q, %v", back, err)
	}
	for _, bad := range []string{"a,b\n\xff\xff,c\n", "a,\"b\nc", zipMagic + "nothing"} {
		if _, err := readSheet("item", []byte(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}
