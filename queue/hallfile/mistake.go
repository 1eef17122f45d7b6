package hallfile

import (
	"fmt"
	"strconv"
	"strings"

	"halld/queue"
	"halld/queue/catalogue"
)

// The languages of words.
const (
	Chinese = "zh"
	English = "en"
)

// What can be wrong with a file before it is a hall, and what a file should say. The other codes are those of the package queue and of what checks devices.
const (
	Syntax          queue.ProblemCode = "syntax"           //
	FullWidth       queue.ProblemCode = "full-width"       // got, want
	StrayMark       queue.ProblemCode = "stray-mark"       // got
	TextOpen        queue.ProblemCode = "text-open"        //
	QuotesMissing   queue.ProblemCode = "quotes-missing"   // got, near
	EqualsMissing   queue.ProblemCode = "equals-missing"   //
	NoValue         queue.ProblemCode = "no-value"         //
	CommaMissing    queue.ProblemCode = "comma-missing"    //
	ListOpen        queue.ProblemCode = "list-open"        //
	DuplicateKey    queue.ProblemCode = "duplicate-key"    // got
	DuplicateTable  queue.ProblemCode = "duplicate-table"  // got
	WideEncoding    queue.ProblemCode = "wide-encoding"    //
	ChineseEncoding queue.ProblemCode = "chinese-encoding" //
	BadEncoding     queue.ProblemCode = "bad-encoding"     //
	UnknownKey      queue.ProblemCode = "unknown-key"      // got, table, belongs; Known
	UnknownTable    queue.ProblemCode = "unknown-table"    // got; Known
	OneOfMany       queue.ProblemCode = "one-of-many"      // got: [queue] in place of [[queue]]
	OnlyOne         queue.ProblemCode = "only-one"         // got: [[hall]] in place of [hall]
	WantText        queue.ProblemCode = "want-text"        // got, near
	WantNumber      queue.ProblemCode = "want-number"      // got, near
	WantSwitch      queue.ProblemCode = "want-switch"      // got
	WantDuration    queue.ProblemCode = "want-duration"    // got, near
	WantList        queue.ProblemCode = "want-list"        // got, near
	WantPairs       queue.ProblemCode = "want-pairs"       // got
	TooLarge        queue.ProblemCode = "too-large"        // got
	NoHours         queue.ProblemCode = "no-hours"         // a warning
)

// Codes lists them.
func Codes() []queue.ProblemCode {
	return []queue.ProblemCode{Syntax, FullWidth, StrayMark, TextOpen, QuotesMissing, EqualsMissing, NoValue, CommaMissing, ListOpen, DuplicateKey,
		DuplicateTable, WideEncoding,
		ChineseEncoding, BadEncoding, UnknownKey, UnknownTable, OneOfMany, OnlyOne, WantText, WantNumber, WantSwitch, WantDuration, WantList, WantPairs, TooLarge, NoHours}
}

// Mistake is one thing that is wrong with a hall file, and where. Its words come from Text.
type Mistake struct {
	Code    queue.ProblemCode `json:"code"`
	Line    int               `json:"line"`   // from 1
	Column  int               `json:"column"` // from 1, in characters
	Key     string            `json:"key"`    // queue[1].prefix, as the file has it; empty: the file itself
	Args    map[string]string `json:"args,omitempty"`
	Warning bool              `json:"warning,omitempty"` // the hall can be so
}

// Text says the mistake and its remedy.
func (m Mistake) Text(lang string) string {
	if code, ok := strings.CutPrefix(string(m.Code), queue.FromCatalogue); ok {
		f := catalogue.Finding{Code: catalogue.Code(code)}
		for i := 0; ; i++ {
			a, ok := m.Args[strconv.Itoa(i)]
			if !ok {
				return f.Words(lang)
			}
			f.Args = append(f.Args, a)
		}
	}
	return fill(lang, string(m.Code), m.Args)
}

// In says the mistake with its place, as compilers do: hall.toml:12:1: …
func (m Mistake) In(name, lang string) string {
	return fmt.Sprintf("%s:%d:%d: %s", name, m.Line, m.Column, m.Text(lang))
}

// Sound reports whether nothing is a mistake: warnings may be left.
func Sound(all []Mistake) bool {
	for _, m := range all {
		if !m.Warning {
			return false
		}
	}
	return true
}

// mistakeOf gives a problem the arguments that its words may use: the key, what is near, what is known.
func mistakeOf(path string, p queue.ConfigProblem) Mistake {
	m := Mistake{Code: p.Code, Key: path, Warning: p.Warning, Args: map[string]string{}}
	for k, v := range p.Args {
		m.Args[k] = v
	}
	m.Args["key"] = lastName(path)
	if len(p.Known) > 0 {
		if m.Args["near"] == "" {
			m.Args["near"] = nearest(m.Args["got"], p.Known)
		}
		if m.Args["near"] == "" || len(p.Known) <= fewKnown {
			m.Args["known"] = someOf(p.Known)
		}
	}
	if s, ok := Find(withoutPositions(path)); ok && p.Code == queue.Missing {
		m.Args["example"] = s.Example
	}
	return m
}

const (
	mostKnown = 12 // of a list that is shown
	fewKnown  = 8  // beside the one that is near
)

func someOf(list []string) string {
	if len(list) > mostKnown {
		return strings.Join(list[:mostKnown], ", ") + " …"
	}
	return strings.Join(list, ", ")
}

// lastName is the key itself: queue[1].prefix → prefix, window[0].queues[2] → queues.
func lastName(path string) string {
	name := path[strings.LastIndexByte(path, '.')+1:]
	name, _, _ = strings.Cut(name, "[")
	return name
}

func withoutPositions(path string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(path, "[") {
		if _, rest, ok := strings.Cut(part, "]"); ok {
			part = rest
		}
		b.WriteString(part)
	}
	return b.String()
}

// lists has the names of the lists of a configuration and of their tables in the file.
var lists = [][2]string{{"departments", "department"}, {"queues", "queue"}, {"items", "item"}, {"windows", "window"}, {"people", "person"}, {"kiosks", "kiosk"}, {"zones",
	"zone"}, {"devices", "device"},
	{"calendar.specials", "special"}, {"classes", "class"}}

// single has the paths that stand elsewhere in the file; the longer ones first.
var single = [][2]string{{"calendar.zone", "hall.zone"}, {"calendar.specials", "special"}, {"calendar.hours", "hours"}, {"calendar", "hours"},
	{"policy.target", "target"}, {"policy.day_end", "day.day_end"}, {"policy.overtime", "day.overtime"}, {"name_en", "hall.name_en"}, {"name", "hall.name"},
	{"zone", "hall.zone"}, {"address", "ticket.address"}, {"ticket", "ticket.template"}}

// filePath turns a path of the configuration into one of the file: queues[1].prefix → queue[1].prefix, policy.overtime → day.overtime.
func filePath(path string) string {
	for _, s := range single {
		if rest, ok := strings.CutPrefix(path, s[0]); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return s[1] + rest
		}
	}
	for _, l := range lists {
		if rest, ok := strings.CutPrefix(path, l[0]); ok && (rest == "" || rest[0] == '[' || rest[0] == '.') {
			return l[1] + strings.NewReplacer(".no_chime", ".chime", ".materials", ".material", ".quotas", ".quota").Replace(rest)
		}
	}
	return path
}

// configPath is its inverse, for keys without positions.
func configPath(key string) string {
	for _, s := range single {
		if rest, ok := strings.CutPrefix(key, s[1]); ok && (rest == "" || rest[0] == '.') {
			return s[0] + rest
		}
	}
	for _, l := range lists {
		if rest, ok := strings.CutPrefix(key, l[1]+"."); ok {
			return l[0] + "." + rest
		}
	}
	return key
}

// note is a mistake while a file is read.
type note struct {
	queue.ConfigProblem
	at    place
	other place // the line of what it collides with; 0: none
}

type notes struct{ list []*note }

func (n *notes) add(at place, path string, code queue.ProblemCode, args ...string) *note {
	m := &note{ConfigProblem: queue.Problem(path, code, args...), at: at}
	n.list = append(n.list, m)
	return m
}

func (n *note) mistake() Mistake {
	m := mistakeOf(n.Path, n.ConfigProblem)
	m.Line, m.Column = n.at.line, n.at.column
	if n.other.line > 0 {
		m.Args["line"] = strconv.Itoa(n.other.line)
	}
	return m
}
