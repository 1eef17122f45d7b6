package hallfile

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"halld/queue"
)

// given are arguments that every mistake may use, beside its own.
var given = []string{"key", "line", "near", "known", "example"}

// Every code has words in both languages, and both use the same arguments: what one reader learns the other learns.
func TestWords(t *testing.T) {
	t.Parallel()
	for code := range wordsEn {
		if wordsZh[code] == "" {
			t.Errorf("%s has no Chinese words", code)
		}
	}
	for code := range wordsZh {
		if wordsEn[code] == "" {
			t.Errorf("%s has no English words", code)
			continue
		}
		zh, en := arguments(wordsZh[code]), arguments(wordsEn[code])
		if !slices.Equal(zh, en) {
			t.Errorf("%s: Chinese says %v, English %v", code, zh, en)
		}
	}
	for _, code := range slices.Concat(queue.ProblemCodes(), Codes()) {
		if !Has(string(code)) {
			t.Errorf("%s has no words", code)
		}
	}
	for _, kind := range Kinds {
		for k := range strings.SplitSeq(kind, "+") {
			if !Has("kind-" + k) {
				t.Errorf("a %s has no name", k)
			}
		}
	}
	for _, p := range []Part{Core, Screens, Devices} {
		if !Has("touches-" + string(p)) {
			t.Errorf("the part %s has no name", p)
		}
	}
	for _, table := range tableWords {
		if _, list := Find(table.name + ".id"); !list {
			continue
		}
		for _, code := range []string{isNew, isGone, isChanged, moved} {
			if !Has(table.name + code) {
				t.Errorf("%s%s has no words", table.name, code)
			}
		}
	}
}

func arguments(t string) []string {
	seen := map[string]bool{}
	for _, a := range placeholders(t) {
		seen[a] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// Whatever a mistake is told with, its words say; and what its words need, it has.
func TestArgumentsAreUsed(t *testing.T) {
	t.Parallel()
	made := map[queue.ProblemCode]bool{}
	var all []Mistake
	for _, p := range everyProblem() {
		all = append(all, mistakeOf(filePath(p.Path), p))
	}
	for _, c := range bad {
		_, more := Read([]byte(strings.Replace(good, c.old, c.new, 1)), Options{})
		all = append(all, more...)
	}
	_, warned := Read([]byte(good), Options{Today: "2026-03-02"})
	all = append(all, warned...)
	_, wide := Read([]byte{0xff, 0xfe}, Options{})
	_, gbk := Read([]byte("# \xc7\xe5\n"), Options{})
	_, latin := Read([]byte("# \xe9\n"), Options{})
	for _, m := range slices.Concat(all, wide, gbk, latin) {
		made[m.Code] = true
		if strings.HasPrefix(string(m.Code), queue.FromCatalogue) {
			if !Has(string(m.Code)) || strings.ContainsAny(m.Text(Chinese)+m.Text(English), "{}") {
				t.Errorf("%s: %q", m.Code, m.Text(Chinese))
			}
			continue // their arguments are the catalogue's business
		}
		p := m
		for _, lang := range []string{Chinese, English} {
			words := languages[lang][string(p.Code)]
			for a := range p.Args {
				if !slices.Contains(given, a) && !slices.Contains(arguments(words), a) {
					t.Errorf("%s (%s): its words do not say %s", p.Code, lang, a)
				}
			}
			must := regexp.MustCompile(`⟨[^⟩]*⟩`).ReplaceAllString(words, "")
			for _, a := range arguments(must) {
				if _, own := p.Args[a]; !own && !slices.Contains(given, a) {
					t.Errorf("%s (%s): nobody gives it %s", p.Code, lang, a)
				}
			}
			if text := m.Text(lang); strings.ContainsAny(text, "⟨⟩") {
				t.Errorf("%s: %q", p.Code, text)
			}
		}
	}
	for _, code := range slices.Concat(queue.ProblemCodes(), Codes()) {
		if !made[code] {
			t.Errorf("no test makes %s", code)
		}
	}
}

// everyProblem is what spoilt configurations and files make.
func everyProblem() []queue.ConfigProblem {
	var out []queue.ConfigProblem
	c := Usual()
	c.Calendar.Zone, c.Address, c.Name = "Mars", "x", "a\u202e"
	c.NameEn = strings.Repeat("x", 101)
	c.Departments = []queue.Department{{ID: "a", Name: "\a"}, {ID: "a", Name: " "}, {ID: "ä"}}
	c.Queues = []queue.Queue{{ID: "A", Prefix: "A", Width: 3, First: 5, Last: 5, BandEnd: "wrap"}, {ID: "B", Prefix: "A", Width: 9}, {ID: "C", Prefix: "c"}}
	c.Items = []queue.Item{{ID: "i", Queue: "X", Department: "x", Bring: []string{"a", "b", "c", "d"}}}
	c.WindowSetup = []queue.WindowSetup{{ID: "1", Queues: []queue.QueueID{"A", "A"}}, {ID: "08"}}
	c.Zones = []queue.Zone{{ID: "z"}, {ID: "y", Windows: []queue.WindowID{"1", "7"}, Languages: []string{"??"}}, {ID: "x", Windows: []queue.WindowID{"1"}}}
	c.Devices = []queue.Device{{ID: "d", Zone: "n"}}
	c.Policy.RecallLimit = 1
	c.Classes, c.Policy.Ratio = []queue.ClassSetup{{ID: "p1"}}, "two to one"
	c.Kiosks = []queue.KioskSetup{{ID: "k", Items: []queue.ItemID{"j"}}}
	out = append(out, c.Problems()...)
	empty := queue.Config{}
	return append(out, empty.Problems()...)
}

func TestFill(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ code, lang, want string }{
		{"unknown-queue", English, "there is no queue {near} (did you mean B?); there are A, B"}, {"unknown-queue", Chinese, "没有队列 {near}（是不是 B？）；已有的：A、B"},
		{"unknown-queue", "pl", "there is no queue {near} (did you mean B?); there are A, B"}, {"no-such-code", English, "no-such-code"},
	} {
		if got := fill(c.lang, c.code, map[string]string{"got": "{near}", "near": "B", "known": "A, B"}); got != c.want {
			t.Errorf("%s in %s: %q", c.code, c.lang, got)
		}
	}
	if got := fill(English, "want-pairs", map[string]string{"key": "line", "got": "3"}); got != `line is a table in braces such as { wait = "15m" }, not 3` {
		t.Errorf("braces in words: %q", got)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{"mis_after": "miss_after", "MISS_AFTER": "miss_after", "miss_atfer": "miss_after", "pritner": "printer", "x": "",
		"": "", "hold": "", "printer": ""} {
		if near := nearest(got, []string{"miss_after", "hold_limit", "printer"}); near != want {
			t.Errorf("%q: %q, want %q", got, near, want)
		}
	}
}

func TestNearDuration(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{"60": "60s", "15分钟": "15m", "15 min": "15m", "2小时": "2h", "3 Hours": "3h", "90秒": "90s", "soon": "", "": ""} {
		if near := nearDuration(got); near != want {
			t.Errorf("%q: %q, want %q", got, near, want)
		}
	}
}
