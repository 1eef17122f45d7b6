package hallfile

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	bomUTF8  = []byte("\xef\xbb\xbf")
	bomsWide = [][]byte{{0xff, 0xfe}, {0xfe, 0xff}}
)

// plain is the file as UTF-8 without a mark in front; false with a note if it is written otherwise.
func plain(data []byte, notes *notes) ([]byte, bool) {
	data = bytes.TrimPrefix(data, bomUTF8)
	for _, mark := range bomsWide {
		if bytes.HasPrefix(data, mark) {
			notes.add(place{1, 1}, "", WideEncoding)
			return nil, false
		}
	}
	if i := bytes.IndexByte(data, 0); i >= 0 && i < 4 {
		notes.add(place{1, 1}, "", WideEncoding) // UTF-16 without its mark
		return nil, false
	}
	if utf8.Valid(data) {
		return data, true
	}
	bad := 0
	for bad < len(data) {
		r, n := utf8.DecodeRune(data[bad:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		bad += n
	}
	code := BadEncoding
	if looksGBK(data) {
		code = ChineseEncoding
	}
	t := tree{data: data, lines: lineStarts(data)}
	notes.add(t.place(bad), "", code)
	return nil, false
}

// looksGBK reports whether every byte beyond ASCII is part of a pair as GBK has them.
func looksGBK(data []byte) bool {
	for i := 0; i < len(data); i++ {
		if data[i] < 0x80 {
			continue
		}
		if data[i] == 0x80 || data[i] == 0xff || i+1 == len(data) || data[i+1] < 0x40 || data[i+1] == 0x7f || data[i+1] == 0xff {
			return false
		}
		i++
	}
	return true
}

// fullWidth has the marks of a Chinese keyboard that stand where TOML has its own.
var fullWidth = map[rune]string{'“': `"`, '”': `"`, '‘': `'`, '’': `'`, '＂': `"`, '「': `"`, '」': `"`, '，': ",", '、': ",", '。': ".", '．': ".", '＝': "=",
	'［': "[", '］': "]",
	'【': "[", '】': "]", '｛': "{", '｝': "}", '：': "=", '；': "", '＃': "#", '\u3000': " ", '\u00a0': " "}

var (
	bareWord   = regexp.MustCompile(`^\s*[A-Za-z0-9_.-]+\s*=\s*([^\s"'\[{#][^#,]*?)\s*(#.*)?$`)
	noEquals   = regexp.MustCompile(`^\s*[A-Za-z0-9_.-]+\s+["'\d\[]`)
	twoValues  = regexp.MustCompile(`["'\d]\s+["'\d]`)
	colonValue = regexp.MustCompile(`^\s*[A-Za-z0-9_.-]+\s*:\s*\S`)
	nothing    = regexp.MustCompile(`^\s*[A-Za-z0-9_.-]+\s*=\s*(#.*)?$`)
	listOpens  = regexp.MustCompile(`=\s*\[[^\]]*$`)
)

// noteSyntax says what is wrong with the line in which the parser stopped, and takes it out. It is false where reading on makes no sense.
func (t *tree) noteSyntax(offset int) bool {
	start := bytes.LastIndexByte(t.data[:offset], '\n') + 1
	end := len(t.data)
	if i := bytes.IndexByte(t.data[start:], '\n'); i >= 0 {
		end = start + i
	}
	line := strings.TrimRight(string(t.data[start:end]), "\r")
	at := t.place(offset)
	key, _, _ := strings.Cut(line, "=")
	key = strings.TrimSpace(key)
	if strings.ContainsAny(key, " \t[\"'") {
		key = ""
	}
	first := t.place(start + len(line) - len(strings.TrimLeft(line, " \t")))
	if off, r, ok := strayMark(line); ok {
		if fullWidth[r] == "" {
			t.notes.add(t.place(start+off), key, StrayMark, "got", string(r))
		} else {
			t.notes.add(t.place(start+off), key, FullWidth, "got", string(r), "want", fullWidth[r])
		}
		return t.blank(start, end)
	}
	if offset >= len(t.data)-1 {
		for _, mark := range []string{`"""`, "'''"} {
			if opened := bytes.LastIndex(t.data, []byte(mark)); opened >= 0 && bytes.Count(t.data, []byte(mark))%2 == 1 {
				t.notes.add(t.place(opened), "", TextOpen)
				return false
			}
		}
	}
	switch m := bareWord.FindStringSubmatch(line); {
	case strings.Count(line, `"`)%2 == 1:
		t.notes.add(first, key, TextOpen)
	case nothing.MatchString(line):
		t.notes.add(first, key, NoValue)
	case m != nil:
		t.notes.add(first, key, QuotesMissing, "got", m[1], "near", key+` = "`+m[1]+`"`)
	case colonValue.MatchString(line), noEquals.MatchString(line):
		t.notes.add(first, key, EqualsMissing)
	case strings.Contains(line, "[") && twoValues.MatchString(line):
		t.notes.add(at, key, CommaMissing)
	default:
		if from, ok := t.openList(start); ok {
			t.notes.add(t.place(from), "", ListOpen)
			e := len(t.data)
			if i := bytes.IndexByte(t.data[from:], '\n'); i >= 0 {
				e = from + i
			}
			return t.blank(from, e)
		}
		t.notes.add(at, key, Syntax)
	}
	return t.blank(start, end)
}

// strayMark finds a full-width mark of a line outside its texts.
func strayMark(line string) (int, rune, bool) {
	var quote rune
	for i, r := range line {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'':
			quote = r
		case r == '#':
			return 0, 0, false
		default:
			if _, ok := fullWidth[r]; ok {
				return i, r, true
			}
		}
	}
	return 0, 0, false
}

// openList finds the line above that opens a list which is not closed up to here.
func (t *tree) openList(start int) (int, bool) {
	for start > 0 {
		begin := bytes.LastIndexByte(t.data[:start-1], '\n') + 1
		line := strings.TrimRight(string(t.data[begin:start-1]), "\r")
		switch {
		case listOpens.MatchString(line):
			return begin, true
		case strings.Contains(line, "=") || strings.Contains(line, "]"):
			return 0, false
		}
		start = begin
	}
	return 0, false
}

// blank takes a line out without moving any other.
func (t *tree) blank(start, end int) bool {
	if start >= end || strings.TrimSpace(string(t.data[start:end])) == "" {
		return false // nothing is left to take out: the parser would stop here for ever
	}
	header := bytes.HasPrefix(bytes.TrimLeft(t.data[start:end], " \t"), []byte("["))
	for i := start; i < end; i++ {
		if t.data[i] != '\r' {
			t.data[i] = ' '
		}
	}
	if stand := "[[\"" + noTable + "\"]]"; header && end-start > len(stand) {
		copy(t.data[start:], stand) // what stands below it belongs to no other table
	}
	return true
}

// noTable is the name of tables whose header could not be read.
const noTable = "?"
