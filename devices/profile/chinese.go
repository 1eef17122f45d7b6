package profile

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Chinese says in Chinese what a message of this package says in English: a mistake in a file, or a value that an operation does not take. Keys, numbers and
// what the author wrote stay as they are. It returns false for what it has no words for; a test holds the catalogue against every message of the package.
func Chinese(message string) (string, bool) {
	message = strings.TrimSpace(message)
	for _, p := range phrases() {
		got := p.re.FindStringSubmatch(message)
		if got == nil {
			continue
		}
		out, ok := p.say(got[1:])
		if ok {
			return out, true
		}
	}
	return "", false
}

// phrase is a message, with the verbs of its format, and its words in Chinese, in which {1} is what stands at the first verb. A %w is a message of its own.
type phrase struct {
	re    *regexp.Regexp
	inner []bool // which of the verbs are messages
	lists []bool // which are lists of words in English, such as "left or right"
	zh    string
}

// say fills the Chinese words in.
func (p *phrase) say(got []string) (string, bool) {
	out := p.zh
	for i, g := range got {
		switch {
		case p.inner[i]:
			zh, ok := Chinese(g)
			if !ok {
				return "", false
			}
			g = zh
		case p.lists[i]:
			g = strings.NewReplacer(", or ", " 或 ", ", and ", "、", ", ", "、", " or ", " 或 ", " and ", " 和 ", " to ", " 到 ").Replace(g)
		}
		out = strings.ReplaceAll(out, "{"+strconv.Itoa(i+1)+"}", strings.ReplaceAll(g, "{", "\x00"))
	}
	return strings.ReplaceAll(out, "\x00", "{"), true
}

var verb = regexp.MustCompile(`%[ #0-9]*[a-zA-Z]`)

// newPhrase makes the pattern of a format. %L is a list of words.
func newPhrase(en, zh string) *phrase {
	p := &phrase{zh: zh}
	var re strings.Builder
	re.WriteString(`^(?s)`)
	at := 0
	for _, v := range verb.FindAllStringIndex(en, -1) {
		re.WriteString(regexp.QuoteMeta(en[at:v[0]]))
		at = v[1]
		kind := en[v[1]-1]
		p.inner, p.lists = append(p.inner, kind == 'w'), append(p.lists, kind == 'L')
		switch kind {
		case 'd':
			re.WriteString(`(-?\d+)`)
		case 'q':
			re.WriteString(`("(?:[^"\\]|\\.)*")`)
		case 'k': // a place: the key of a table, or of an entry in a list
			re.WriteString(`([A-Za-z_][\w.+\[\]-]*)`)
		case 'L':
			re.WriteString(`([\w"'.=+-]+(?:(?:,|, or|, and| or| to| and)? [\w"'.=+-]+){0,80}?)`)
		case 'w', 's':
			re.WriteString(`(.+)`)
		case 'X':
			re.WriteString(`([0-9A-F ]+)`)
		default:
			re.WriteString(`(.+?)`)
		}
	}
	re.WriteString(regexp.QuoteMeta(en[at:]) + `$`)
	p.re = regexp.MustCompile(re.String())
	return p
}

// phrases are tried in this order: the particular before the general. They are made when somebody first asks: that takes longer than the rest of a command.
var phrases = sync.OnceValue(func() []*phrase {
	var out []*phrase
	for _, c := range catalogue {
		out = append(out, newPhrase(c.en, c.zh))
	}
	return out
})
