// Package speech knows how a call is said: the words of each language in their order, and how numbers are read. A sentence is a list of pieces; each
// has a name, under which a recording may lie, and a text, for what reads text. It knows no device, no queue and no file.
package speech

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Kind is what an announcement is about.
type Kind string

// The kinds of announcement.
const (
	Call     Kind = "call"     // come to the window
	Again    Kind = "again"    // the same, not for the first time
	Onward   Kind = "onward"   // the visit goes on at another window after a transfer
	Evacuate Kind = "evacuate" // everybody is to leave the hall: neither number nor window
)

// Announcement is what is to be said.
type Announcement struct {
	Kind   Kind
	Number string // as it stands on the ticket: A012
	Window string // a number, read as a cardinal; a name with Chinese characters, read as it stands; or signs such as 3A
	Yao    bool   // in Chinese, a 1 among the digits of a ticket is 幺
}

// Piece is a part of a sentence that is said in one go.
type Piece struct {
	Name  string // of its recording, without .wav: "7", "A", "window"; the text itself for names of windows
	Text  string // as it is written for what reads text
	Voice string // who reads it where there is no recording: an espeak-ng voice; empty for a Pause
	Pause bool   // a comma: a short silence
}

// Sentence is what is said in one language.
type Sentence struct {
	Lang   string
	Pieces []Piece
	spaced bool
}

// language is a language as data: which words, in which order.
type language struct {
	name     string
	voice    string            // espeak-ng's
	spaced   bool              // words are written apart
	words    map[string]string // piece → text
	orders   map[Kind][]string // {number}, {window} and names of pieces; "," is a pause
	place    []string          // how a window with a number or signs is said
	named    []string          // how a window with a name is said
	cardinal func(digits string) []string
}

// letters are said by their English names in every language, as halls do.
const lettersVoice = "en"

var languages = map[string]language{
	"zh": {
		name: "普通话", voice: "cmn-latn-pinyin",
		words: chinese(map[string]string{"please": "请", "number": "号", "to": "到", "onward": "继续到", "window": "号窗口", "again": "再次呼叫", "evacuate": "请全体人员立即有序离开大厅", "liang": "两", "yao": "幺"}),
		orders: map[Kind][]string{
			Call:     {"please", "{number}", "number", "to", "{window}"},
			Again:    {"please", "{number}", "number", "to", "{window}", ",", "again"},
			Onward:   {"please", "{number}", "number", "onward", "{window}"},
			Evacuate: {"evacuate", ",", "evacuate"},
		},
		place: []string{"{n}", "window"}, named: []string{"{n}"},
		cardinal: func(d string) []string { return hanCardinal(d, true) },
	},
	"yue": {
		name: "粤语", voice: "yue",
		words: chinese(map[string]string{"please": "请", "number": "号", "to": "去", "onward": "再去", "window": "号窗口", "again": "再叫一次", "evacuate": "请各位即刻有秩序离开大堂", "yao": "一"}),
		orders: map[Kind][]string{
			Call:     {"please", "{number}", "number", "to", "{window}"},
			Again:    {"again", ",", "please", "{number}", "number", "to", "{window}"},
			Onward:   {"please", "{number}", "number", "onward", "{window}"},
			Evacuate: {"evacuate", ",", "evacuate"},
		},
		place: []string{"{n}", "window"}, named: []string{"{n}"},
		cardinal: func(d string) []string { return hanCardinal(d, false) },
	},
	"en": {
		name: "English", voice: "en", spaced: true,
		words: english(map[string]string{"number": "number", "please": "please go to", "onward": "please go on to", "window": "window", "again": "calling again", "evacuate": "please leave the hall at once and in order", "and": "and",
			"hundred": "hundred", "thousand": "thousand", "million": "million", "billion": "billion"}),
		orders: map[Kind][]string{
			Call:     {"number", "{number}", ",", "please", "{window}"},
			Again:    {"again", ",", "number", "{number}", ",", "please", "{window}"},
			Onward:   {"number", "{number}", ",", "onward", "{window}"},
			Evacuate: {"evacuate", ",", "evacuate"},
		},
		place: []string{"window", "{n}"}, named: []string{"{n}"},
		cardinal: englishCardinal,
	},
}

// Languages lists the languages that can be spoken, by their codes in alphabetical order.
func Languages() []string { return slices.Sorted(maps.Keys(languages)) }

// Name is how a language calls itself; empty for one that is not known.
func Name(lang string) string { return languages[lang].name }

// Make says an announcement in a language. An error names the languages there are.
func Make(lang string, a Announcement) (Sentence, error) {
	l, ok := languages[lang]
	if !ok {
		return Sentence{}, fmt.Errorf("there is no language %q to speak; there are %s", lang, strings.Join(Languages(), ", "))
	}
	s := Sentence{Lang: lang, spaced: l.spaced}
	for _, w := range l.orders[a.Kind] {
		switch w {
		case "{number}":
			s.Pieces = append(s.Pieces, l.spell(a.Number, a.Yao)...)
		case "{window}":
			s.Pieces = append(s.Pieces, l.window(a.Window)...)
		case ",":
			s.Pieces = append(s.Pieces, l.pause())
		default:
			s.Pieces = append(s.Pieces, l.piece(w))
		}
	}
	if len(s.Pieces) == 0 {
		return Sentence{}, fmt.Errorf("%q is no kind of announcement", a.Kind)
	}
	return s, nil
}

// Pieces lists what there is to record for a language, in a fixed order: words first, then digits and numbers, then letters.
func Pieces(lang string) ([]Piece, error) {
	l, ok := languages[lang]
	if !ok {
		return nil, fmt.Errorf("there is no language %q to speak; there are %s", lang, strings.Join(Languages(), ", "))
	}
	var out []Piece
	for _, name := range slices.SortedFunc(maps.Keys(l.words), func(a, b string) int {
		x, err1 := strconv.Atoi(a)
		y, err2 := strconv.Atoi(b)
		switch {
		case err1 == nil && err2 == nil:
			return x - y
		case err1 == nil:
			return 1
		case err2 == nil:
			return -1
		}
		return strings.Compare(a, b)
	}) {
		out = append(out, l.piece(name))
	}
	for r := 'A'; r <= 'Z'; r++ {
		out = append(out, letter(r))
	}
	return out, nil
}

// Text is the sentence as it is written for what reads text: 请A零一二号到三号窗口.
func (s Sentence) Text() string {
	var b strings.Builder
	for i, p := range s.Pieces {
		if i > 0 && s.spaced && !p.Pause {
			b.WriteByte(' ')
		}
		b.WriteString(p.Text)
	}
	return b.String()
}

func (l language) piece(name string) Piece {
	if text, ok := l.words[name]; ok {
		return Piece{Name: name, Text: text, Voice: l.voice}
	}
	return Piece{Name: name, Text: name, Voice: l.voice}
}

func (l language) pause() Piece {
	text := "，"
	if l.spaced {
		text = ","
	}
	return Piece{Text: text, Pause: true}
}

func letter(r rune) Piece { return Piece{Name: string(r), Text: string(r), Voice: lettersVoice} }

// spell says signs one by one.
func (l language) spell(signs string, yao bool) []Piece {
	var out []Piece
	for _, r := range strings.ToUpper(signs) {
		switch {
		case r == '1' && yao && l.words["yao"] != "":
			out = append(out, l.piece("yao"))
		case r >= 'A' && r <= 'Z':
			out = append(out, letter(r))
		case r > ' ' && r != '-' && r != '.' && r != '_':
			out = append(out, l.piece(string(r)))
		}
	}
	return out
}

// window says where to go. Whatever its name, something is said for it.
func (l language) window(id string) []Piece {
	form, n := l.place, []Piece(nil)
	if strings.ContainsFunc(id, func(r rune) bool { return r > 0x2E7F }) {
		form = l.named
		n = []Piece{l.piece(id)}
	} else {
		for _, run := range runs(id) {
			if isDigits(run) {
				for _, name := range l.cardinal(run) {
					n = append(n, l.piece(name))
				}
				continue
			}
			n = append(n, l.spell(run, false)...)
		}
	}
	var out []Piece
	for _, w := range form {
		if w == "{n}" {
			out = append(out, n...)
			continue
		}
		out = append(out, l.piece(w))
	}
	return out
}

// runs cuts a name into runs of digits and of others: B12 is B, 12.
func runs(s string) []string {
	var out []string
	for i, r := range s {
		digit := r >= '0' && r <= '9'
		if i == 0 || digit != isDigits(out[len(out)-1]) {
			out = append(out, "")
		}
		out[len(out)-1] += string(r)
	}
	return out
}

func isDigits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
