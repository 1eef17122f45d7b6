package hallfile

import (
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"halld/queue"
)

// Write is the inverse of Read: the hall as a file in which every setting stands, with what it does above it.
func Write(c queue.Config) ([]byte, error) {
	text, err := toml.Marshal(fileOf(&c))
	if err != nil {
		return nil, fmt.Errorf("write the hall as a file: %w", err)
	}
	return explain(text), nil
}

// explain puts what a setting does above its first line, in both languages.
func explain(text []byte) []byte {
	var out strings.Builder
	table, said, quoted := "", map[string]bool{}, false
	for line := range strings.Lines(string(text)) {
		inside := quoted
		if strings.Count(line, `"""`)%2 == 1 {
			quoted = !quoted
		}
		if inside || quoted {
			out.WriteString(line)
			continue
		}
		if strings.HasPrefix(line, "[") {
			table = strings.Trim(strings.TrimSpace(line), "[]")
		}
		key, _, isKey := strings.Cut(line, " = ")
		if s, ok := Find(table + "." + key); ok && isKey && !said[s.Key] && (s.AboutZh != "" || s.Default != "") {
			said[s.Key] = true
			out.WriteString(s.comment())
		}
		out.WriteString(usualQuotes(line))
	}
	return []byte(out.String())
}

// usualQuotes writes "…" for '…', as people do, where that is the same text.
func usualQuotes(line string) string {
	if strings.ContainsAny(line, "\"\\") || strings.Count(line, "'")%2 == 1 {
		return line
	}
	return strings.ReplaceAll(line, "'", `"`)
}

// comment says a setting in a line of each language.
func (s *Setting) comment() string {
	zh, en := s.Zh, s.En
	if s.AboutZh != "" {
		zh += "：" + s.AboutZh
	}
	if s.AboutEn != "" {
		en += ": " + s.AboutEn
	}
	var moreZh, moreEn []string
	if least, most := s.bound(); most != "" {
		moreZh, moreEn = append(moreZh, least+" 到 "+most), append(moreEn, least+" to "+most)
	}
	if s.Default != "" {
		moreZh, moreEn = append(moreZh, "默认 "+s.Default), append(moreEn, "default "+s.Default)
	}
	if len(moreZh) > 0 {
		zh, en = zh+"（"+strings.Join(moreZh, "，")+"）", en+" ("+strings.Join(moreEn, ", ")+")"
	}
	return "# " + zh + "\n# " + en + "\n"
}
