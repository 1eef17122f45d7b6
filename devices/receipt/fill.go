package receipt

import (
	"fmt"
	"strings"
	"unicode"
)

// Field is a name that a template may use as {{name}}.
type Field struct {
	Name      string
	List      bool // has entries, which stand with 、 between them
	Rows      bool // is a list whose entries get a row each where it is the only field of its row
	Meaning   string
	MeaningEn string
	Sample    []string
}

// Fields lists what a ticket can say.
var Fields = []Field{
	{Name: "hall", Meaning: "大厅名称", MeaningEn: "name of the hall", Sample: []string{"清溪县政务服务中心"}},
	{Name: "hall_en", Meaning: "大厅英文名称", MeaningEn: "its English name", Sample: []string{"Qingxi County Government Service Centre"}},
	{Name: "number", Meaning: "号码", MeaningEn: "the number", Sample: []string{"A042"}},
	{Name: "business", Meaning: "事项或业务", MeaningEn: "item or queue", Sample: []string{"居民身份证申领换领"}},
	{Name: "business_en", Meaning: "事项或业务的英文名称", MeaningEn: "its English name", Sample: []string{"Identity card"}},
	{Name: "department", Meaning: "部门", MeaningEn: "department", Sample: []string{"公安局"}},
	{Name: "department_en", Meaning: "部门英文名称", MeaningEn: "its English name", Sample: []string{"Public Security"}},
	{Name: "ahead", Meaning: "前面等候人数，未知时为空", MeaningEn: "people ahead, empty if not known", Sample: []string{"7"}},
	{Name: "wait", Meaning: "预计等候，如 约 10-25 分钟，未知时为空", MeaningEn: "estimated wait in Chinese words, empty if not known", Sample: []string{"约 15-25 分钟"}},
	{Name: "wait_en", Meaning: "预计等候（英文）", MeaningEn: "the same in English, such as about 10-25 min", Sample: []string{"about 15-25 min"}},
	{Name: "windows", List: true, Meaning: "办理窗口（列表）", MeaningEn: "windows that serve it (list)", Sample: []string{"1", "2", "8"}},
	{Name: "date", Meaning: "取号日期，不知道时间时为空", MeaningEn: "date of issue, empty if the hall does not know the time", Sample: []string{"2026-03-02"}},
	{Name: "time", Meaning: "取号时间，不知道时为 --:--", MeaningEn: "time of issue, --:-- if the hall does not know it", Sample: []string{"09:41"}},
	{Name: "bring", List: true, Rows: true, Meaning: "需带材料（列表）", MeaningEn: "what to bring (list)", Sample: []string{"户口簿", "旧证（换领时）"}},
	{Name: "missed", Meaning: "过号规则", MeaningEn: "what becomes of a missed number, in Chinese words", Sample: []string{"过号后请到窗口或导办台报号，再叫 3 位后为您办理。"}},
	{Name: "missed_en", Meaning: "过号规则（英文）", MeaningEn: "the same in English", Sample: []string{"If you miss your call, report at the window or the desk: you are served after 3 others."}},
	{Name: "notice", Meaning: "取号时的提醒，如预计下班前办不到，没有时为空", MeaningEn: "what was said when the number was given, such as that it may not be served before closing time, in Chinese words, empty if there is nothing", Sample: []string{"预计休息前办不到，14:00 起继续叫号。"}},
	{Name: "notice_en", Meaning: "取号时的提醒（英文）", MeaningEn: "the same in English", Sample: []string{"Not expected to be called before the break: calls go on at 14:00."}},
	{Name: "url", Meaning: "二维码内容，没有时为空", MeaningEn: "contents of the QR code, empty if there is none", Sample: []string{"http://192.0.2.10/t/20260302-A042"}},
	{Name: "copy", Meaning: "补打次数，首次打印为空", MeaningEn: "which reprint this is, from 1, empty on the first print", Sample: []string{"1"}},
}

func fieldOf(name string) *Field {
	for i := range Fields {
		if Fields[i].Name == name {
			return &Fields[i]
		}
	}
	return nil
}

// Values are the entries of fields by name: one for a plain field, any number for a list. What is missing is empty.
type Values map[string][]string

// Samples fills every field.
func Samples() Values {
	v := Values{}
	for _, f := range Fields {
		v[f.Name] = f.Sample
	}
	return v
}

// maxValue is how much of one value stands in text, in characters: a wrong name must not print paper by the metre.
const maxValue = 200

// clean makes one line of a value: no control or direction characters, single blanks, none at the ends.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf) || r == unicode.ReplacementChar || r > unicode.MaxRune:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// marks are the characters that mean something somewhere in a template; in a value each becomes \xHH, which is read as the character alone.
const marks = "\\|{};~_\"`^-="

func escape(s string) string {
	var out strings.Builder
	for _, r := range s {
		if strings.ContainsRune(marks, r) {
			fmt.Fprintf(&out, `\x%02x`, r)
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// source is one line with the column that each of its characters has in the template.
type source struct {
	row  int
	text []rune
	col  []int
	next int // the column behind its last character
}

func (s source) fail(at int, format string, args ...any) error {
	col := s.next
	if at >= 0 && at < len(s.col) {
		col = s.col[at]
	}
	return &Error{Line: s.row, Column: col, Text: fmt.Sprintf(format, args...)}
}

func (s source) sub(from, to int) source {
	next := s.next
	if to < len(s.col) {
		next = s.col[to]
	}
	return source{row: s.row, text: s.text[from:to], col: s.col[from:to], next: next}
}

// use is a field at its place in a line.
type use struct {
	field    *Field
	from, to int  // in the line's characters
	only     bool // {{?name}}
}

// uses finds the fields of a line.
func (s source) uses() ([]use, error) {
	var out []use
	for i := 0; i < len(s.text); i++ {
		switch {
		case s.text[i] == '\\':
			if err := s.checkEscape(i); err != nil {
				return nil, err
			}
			i++ // what is escaped starts nothing
		case s.text[i] == '{' && i+1 < len(s.text) && s.text[i+1] == '{':
			end := i + 2
			for end < len(s.text) && s.text[end] != '}' && s.text[end] != '{' {
				end++
			}
			if end+1 >= len(s.text) || s.text[end] != '}' || s.text[end+1] != '}' {
				return nil, s.fail(i, `{{ has no end; write {{number}}, or \{\{ for the characters themselves`)
			}
			name, only := strings.CutPrefix(strings.TrimSpace(string(s.text[i+2:end])), "?")
			f := fieldOf(name)
			if f == nil {
				return nil, s.fail(i, "there is no field %q; the fields are %s", name, names())
			}
			out = append(out, use{field: f, from: i, to: end + 2, only: only})
			i = end + 1
		}
	}
	return out, nil
}

func names() string {
	var out []string
	for _, f := range Fields {
		out = append(out, f.Name)
	}
	return strings.Join(out, ", ")
}

// fill puts values into a line: no line if it is left out, more than one for a list that stands alone.
func (s source) fill(v Values) ([]source, error) {
	us, err := s.uses()
	if err != nil || len(us) == 0 {
		return []source{s}, err
	}
	printed, full, rows := map[string]bool{}, 0, 1
	for _, u := range us {
		n := len(entries(v, u.field))
		switch {
		case u.only && n == 0:
			return nil, nil
		case !u.only:
			printed[u.field.Name] = true
			full += n
			if u.field.Rows {
				rows = n
			}
		}
	}
	if len(printed) > 0 && full == 0 {
		return nil, nil
	}
	if len(printed) > 1 {
		rows = 1
	}
	var out []source
	for n := range rows {
		line := source{row: s.row, next: s.next}
		add := func(text []rune, at int) {
			for _, r := range text {
				line.text, line.col = append(line.text, r), append(line.col, s.col[at])
			}
		}
		at := 0
		for _, u := range us {
			from := max(at, u.from)
			line.text, line.col = append(line.text, s.text[at:from]...), append(line.col, s.col[at:from]...)
			at = u.to
			list := entries(v, u.field)
			switch {
			case u.only:
			case len(list) == 0:
				at = s.without(u, &line)
			case rows > 1:
				add([]rune(escape(list[n])), u.from)
			default:
				add([]rune(escape(strings.Join(list, "、"))), u.from)
			}
		}
		line.text, line.col = append(line.text, s.text[at:]...), append(line.col, s.col[at:]...)
		out = append(out, line)
	}
	return out, nil
}

// without leaves an empty field out of a line such that what stands beside it keeps its column and its side: a blank beside the field goes
// with it, and a column of nothing else stays as one blank. It returns where the line goes on.
func (s source) without(u use, line *source) int {
	edge := func(i int) bool { return i < 0 || i >= len(s.text) || s.text[i] == '|' }
	before, after := u.from-1, u.to
	for !edge(before) && isBlank(s.text[before]) {
		before--
	}
	for !edge(after) && isBlank(s.text[after]) {
		after++
	}
	n := len(line.text)
	switch {
	case edge(before) && edge(after):
		line.text, line.col = append(line.text, '~'), append(line.col, s.col[u.from])
	case u.to < len(s.text) && isBlank(s.text[u.to]) && (edge(u.from-1) || isBlank(s.text[u.from-1])):
		return u.to + 1
	case edge(u.to) && n > 0 && isBlank(line.text[n-1]):
		line.text, line.col = line.text[:n-1], line.col[:n-1]
	}
	return u.to
}

// entries are the values of a field that say something.
func entries(v Values, f *Field) []string {
	var out []string
	for _, s := range v[f.Name] {
		s = clean(s)
		if r := []rune(s); len(r) > maxValue && f.Name != "url" {
			s = string(r[:maxValue]) + "…"
		}
		if s != "" {
			out = append(out, s)
		}
	}
	if len(out) > 1 && !f.List {
		return out[:1]
	}
	return out
}

// lines takes a template apart.
func lines(text string) []source {
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	text = strings.TrimSuffix(text, "\n")
	var out []source
	for i, l := range strings.Split(text, "\n") {
		s := source{row: i + 1, text: []rune(l)}
		s.next = len(s.text) + 1
		for c := range s.text {
			s.col = append(s.col, c+1)
		}
		out = append(out, s)
	}
	return out
}

// Fill puts values into a template. What comes out is plain ReceiptLine without fields.
func Fill(template string, v Values) (string, error) {
	var out []string
	for _, s := range lines(template) {
		filled, err := s.fill(v)
		if err != nil {
			return "", err
		}
		for _, f := range filled {
			out = append(out, string(f.text))
		}
	}
	return strings.Join(out, "\n"), nil
}
