package hallfile

import (
	"fmt"
	"strings"
)

// Reference is docs/hall-file.md: every key of the file, out of Settings.
func Reference() string {
	var b strings.Builder
	b.WriteString(referenceHead)
	for _, t := range tableWords {
		fmt.Fprintf(&b, "\n## %s\n\n%s。%s\n\n", bracketed(t.name), t.zh, t.en)
		b.WriteString("| Key | 名称 · Name | Value | Default |\n|---|---|---|---|\n")
		for i := range Settings {
			s := &Settings[i]
			if s.Table() != t.name {
				continue
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.Name(), s.cell(), s.valueCell(), s.defaultCell())
		}
	}
	return b.String()
}

const referenceHead = `# The hall file

HALL.toml is the hall as its people have set it up. ` + "`halld check hall.toml`" + ` finds every mistake in it without a hall, a daemon
or a device, each with its line and what would be right (` + "`--lang zh`" + ` in Chinese, ` + "`--json`" + ` for machines).
` + "`halld export`" + ` writes a hall as such a file, with every setting in it.

This page is made from the table of settings that the program itself reads; a test holds them together. What a file leaves out has its
default; what it says as 0, "0s" or [] is that: ` + "`return_limit = 0`" + ` lets no missed ticket return. Durations are texts with a unit:
"500ms", "90s", "15m", "1h30m". The file is UTF-8, with or without the mark that Windows puts in front; an editor that saves as GBK or
UTF-16 is told so.
`

// cell is a setting's names and what it does.
func (s *Setting) cell() string {
	words := s.Zh + " · " + s.En
	if s.AboutZh != "" {
		words += "<br>" + s.AboutZh
	}
	if s.AboutEn != "" {
		words += "<br>" + s.AboutEn
	}
	return strings.ReplaceAll(words, "|", "\\|")
}

func (s *Setting) valueCell() string {
	least, most := s.bound()
	switch {
	case len(s.Choices) > 0:
		return "`" + strings.Join(s.Choices, "`, `") + "`"
	case s.Key == "device.address": // what its model allows is the model's business
		return string(s.Kind)
	case most != "":
		return fmt.Sprintf("%s, %s to %s%s", s.Kind, least, most, s.Unit)
	default:
		return string(s.Kind)
	}
}

func (s *Setting) defaultCell() string {
	switch {
	case s.Required:
		return "required, such as `" + s.Example + "`"
	case s.Default != "":
		return "`" + s.Default + "`"
	case s.Example != "":
		return "none; such as `" + s.Example + "`"
	default:
		return "none"
	}
}
