package hallfile

import (
	"strings"

	"halld/queue"
	"halld/queue/catalogue"
)

// Words are templates: {name} is an argument, and what stands between ⟨ and ⟩ is left out where one of its arguments is empty.
type wording map[string]string

var languages = map[string]wording{Chinese: wordsZh, English: wordsEn}

// Has reports whether there are words for a code in every language.
func Has(code string) bool {
	if c, ok := strings.CutPrefix(code, queue.FromCatalogue); ok {
		f := catalogue.Finding{Code: catalogue.Code(c)}
		return f.Words(Chinese) != "" && f.Words(English) != ""
	}
	for _, w := range languages {
		if w[code] == "" {
			return false
		}
	}
	return true
}

// Say gives the words of a code in a language, for what is said around mistakes and changes.
func Say(code, lang string, args map[string]string) string { return fill(lang, code, args) }

// fill gives a code's words with their arguments. A code without words, which a test forbids, is shown as it is.
func fill(lang, code string, args map[string]string) string {
	words, ok := languages[lang]
	if !ok {
		lang, words = English, wordsEn
	}
	t, ok := words[code]
	if !ok {
		return code
	}
	var out strings.Builder
	for t != "" {
		before, rest, found := strings.Cut(t, "⟨")
		out.WriteString(fillIn(before, lang, args))
		if !found {
			break
		}
		part, after, _ := strings.Cut(rest, "⟩")
		if whole(part, args) {
			out.WriteString(fillIn(part, lang, args))
		}
		t = after
	}
	return out.String()
}

// whole reports whether every argument of a part is there.
func whole(part string, args map[string]string) bool {
	for _, name := range placeholders(part) {
		if args[name] == "" {
			return false
		}
	}
	return true
}

func fillIn(t, lang string, args map[string]string) string {
	for _, name := range placeholders(t) {
		v := args[name]
		if lang == Chinese && name == "known" {
			v = strings.ReplaceAll(v, ", ", "、")
		}
		t = strings.ReplaceAll(t, "{"+name+"}", escape(v))
	}
	return unescape(t)
}

// An argument is text, whatever it contains: it is no place for other arguments.
func escape(s string) string   { return strings.ReplaceAll(s, "{", "\x00") }
func unescape(s string) string { return strings.ReplaceAll(s, "\x00", "{") }

// placeholders lists the arguments of a template: {name}, of letters and _ alone, so that TOML in words is no argument.
func placeholders(t string) []string {
	var out []string
	for {
		_, rest, ok := strings.Cut(t, "{")
		if !ok {
			return out
		}
		name, after, ok := strings.Cut(rest, "}")
		if ok && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") == "" {
			out = append(out, name)
			t = after
			continue
		}
		t = rest
	}
}
