package catalogue_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"halld/queue/catalogue"
)

// spoken checks that findings can be said in both languages without a gap.
func spoken(t *testing.T, found []catalogue.Finding) {
	t.Helper()
	for _, f := range found {
		for _, lang := range []string{"zh", "en"} {
			if s := f.Words(lang); s == "" || regexp.MustCompile(`\{\d\}`).MatchString(s) {
				t.Errorf("%s in %s: %q with arguments %q", f.Code, lang, s, f.Args)
			}
		}
		if f.Words("pl") != f.Words("en") || !strings.HasSuffix(f.Error(), f.Words("en")) {
			t.Errorf("%s: %q, %q", f.Code, f.Words("pl"), f.Error())
		}
	}
}

// codes reads the codes from the source, so that none can be forgotten.
func codes(t *testing.T) []catalogue.Code {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "finding.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []catalogue.Code
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Code" {
			return true
		}
		word, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, catalogue.Code(word))
		return true
	})
	return all
}

func TestEveryCodeHasWords(t *testing.T) {
	t.Parallel()
	all := codes(t)
	if len(all) < 40 {
		t.Fatalf("only %d codes were read", len(all))
	}
	argument := regexp.MustCompile(`\{\d\}`)
	latin := regexp.MustCompile(`\p{Han}\s?[,;:?!(]|[,;:?!)]\p{Han}`) // marks of Latin script beside Chinese (GB/T 15834)
	seen := map[catalogue.Code]bool{}
	for _, code := range all {
		if seen[code] {
			t.Errorf("%s is two codes", code)
		}
		seen[code] = true
		zh, en := catalogue.Finding{Code: code}.Words("zh"), catalogue.Finding{Code: code}.Words("en")
		if zh == "" || en == "" || zh == en {
			t.Errorf("%s says %q and %q", code, zh, en)
		}
		inZh, inEn := argument.FindAllString(zh, -1), argument.FindAllString(en, -1)
		for _, list := range []*[]string{&inZh, &inEn} {
			slices.Sort(*list)
			*list = slices.Compact(*list)
		}
		if !slices.Equal(inZh, inEn) {
			t.Errorf("%s names %v in Chinese and %v in English", code, inZh, inEn)
		}
		if bad := latin.FindString(zh); bad != "" {
			t.Errorf("%s: %q has the mark of another script", code, bad)
		}
		if s := code.Severity(); s != catalogue.Refuse && s != catalogue.Warn {
			t.Errorf("%s is %q", code, s)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	named := func(w string) {
		if zh, en := catalogue.NameOf("zh", w), catalogue.NameOf("en", w); zh == w || en == "" || !regexp.MustCompile(`\p{Han}`).MatchString(zh) {
			t.Errorf("%s is called %q and %q", w, zh, en)
		}
	}
	for _, k := range catalogue.Kinds() {
		named(string(k))
	}
	for _, p := range catalogue.Seven() {
		named(string(p))
	}
	for _, w := range []string{string(catalogue.AtOnce), string(catalogue.Promised), string(catalogue.Enterprises), string(catalogue.Citizens),
		string(catalogue.AtWindow),
		string(catalogue.BackOffice), string(catalogue.Centre), string(catalogue.ByLaw), string(catalogue.ByMeeting),
		string(catalogue.UnitNew), string(catalogue.UnitAdded), string(catalogue.UnitNone)} {
		named(w)
	}
	if catalogue.NameOf("zh", catalogue.Kind("x")) != "x" || len(catalogue.Kinds()) != 8 || len(catalogue.Seven()) != 7 {
		t.Error("a word without a name is not its own, or a kind is missing")
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]catalogue.Place{"": {}, "items[2].bring[0]": {List: "items", Row: 3, ID: "a", Field: "bring", Sub: 1},
		"hours.mon":   {List: "hours", Field: "mon"},
		"specials[0]": {List: "specials", Row: 1}, "until": {Field: "until"}} {
		if p.String() != want {
			t.Errorf("%+v reads %q; want %q", p, p.String(), want)
		}
	}
}
