package halld_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// latin finds a mark of Latin script beside a Chinese character: what people read in Chinese has Chinese marks (GB/T 15834).
var latin = regexp.MustCompile(`\p{Han}\s?[,;:?!(]|[,;:?!)]\p{Han}`)

// Chinese words for people are set as Chinese is set: on screens, tickets, forms, in problems and mistakes.
func TestChineseMarks(t *testing.T) {
	literal := regexp.MustCompile("\"((?:[^\"\\\\]|\\\\.)*)\"|`([^`]*)`")
	for _, c := range []struct {
		files string
		words *regexp.Regexp // what of a file people read
	}{
		{"display/web/src/i18n/*zh.json", regexp.MustCompile(`: "(.*)"`)},
		{"firmware-configs/*/*.toml", regexp.MustCompile(`label = "(.*)"`)},
		{"devices/receipt/templates/*.receipt", regexp.MustCompile(`(?m)^([^{].*)$`)},
		{"devices/problems.go", literal}, {"devices/floor/slip.go", literal}, {"display/words.go", literal}, {"display/phone.go", literal}, {"cmd/halld/simpage.go", literal},
		{"queue/hallfile/words_zh.go", regexp.MustCompile("`(.*)`")}, {"queue/hallfile/settings.go", regexp.MustCompile(`(?:Zh: +|, )"([^"]*\p{Han}[^"]*)"`)},
		{"devices/profile/catalogue.go", regexp.MustCompile("`, `(.*)`")},
		{"cmd/halld/simpage.html", regexp.MustCompile(`'([^']*)'`)}, {"display/web/src/shared/api.ts", regexp.MustCompile(`'([^']*)'`)},
	} {
		names, err := filepath.Glob(c.files)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v", c.files, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			found := 0
			for _, m := range c.words.FindAllStringSubmatch(string(text), -1) {
				words := strings.ReplaceAll(strings.Join(m[1:], ""), "tcp:地址:端口", "")
				found++
				if bad := latin.FindString(words); bad != "" {
					t.Errorf("%s: %q in %q; write the Chinese mark", name, bad, words)
				}
			}
			if found == 0 && !strings.Contains(c.files, "*") {
				t.Errorf("%s: no words found", name)
			}
		}
	}
}
