package hallfile

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"halld/queue"
)

// Sheet is one kind of the tables of a hall file as a spreadsheet has it: a row of column names, then a row for each table. A cell that is empty is a key
// that is left out. A list has one entry in each line of its cell; the keys of an inline table have columns of their own: target.wait. A list of tables
// (materials) has a line for each, its keys apart by " | ": 身份证 | form=原件 | copies=1; the first key may stand without its name, and a list in it has
// commas: mon, tue | limit=60.
type Sheet struct {
	Name string     // of the table: item
	Rows [][]string // the first is the header: a key, or a name and the key in brackets, as in 名称 (name)
}

// Sheets lists the tables of a hall file that can be sheets, in the order of the file.
func Sheets() []string {
	var out []string
	for f := range reflect.TypeFor[file]().Fields() {
		if f.Type.Kind() == reflect.Slice {
			out = append(out, tagOf(&f))
		}
	}
	return out
}

// ErrNoSheet says that a hall file has no tables of this name.
var ErrNoSheet = errors.New("there is no such table")

// column is one key of a table.
type column struct {
	key  string
	typ  reflect.Type
	path [][]int // fields from the table down; a pointer may stand between two
	// omit says that a zero is left out: the key has no zero of its own.
	omit bool
}

func tagOf(f *reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
	return name
}

// columns lists the keys of a table, those of inline tables included.
func columns(t reflect.Type, before string, path [][]int) []column {
	var out []column
	for f := range t.Fields() {
		at := append(slices.Clone(path), f.Index)
		name := tagOf(&f)
		if f.Anonymous && name == "" {
			out = append(out, columns(f.Type, before, at)...)
			continue
		}
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && !written(inner) {
			out = append(out, columns(inner, before+name+".", at)...)
			continue
		}
		out = append(out, column{key: before + name, typ: f.Type, path: at, omit: strings.Contains(f.Tag.Get("toml"), "omitempty")})
	}
	return out
}

// written reports whether a type is a text in a file: a duration, a span.
func written(t reflect.Type) bool {
	return t == durationType || t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

// SheetOf writes the tables of one name. lang is the language of the column names.
func SheetOf(c *queue.Config, name, lang string) (Sheet, error) {
	rows, row, err := rowsOf(reflect.ValueOf(fileOf(c)).Elem(), name)
	if err != nil {
		return Sheet{}, err
	}
	cols := columns(row, "", nil)
	out := Sheet{Name: name, Rows: make([][]string, 1, rows.Len()+1)}
	for _, c := range cols {
		out.Rows[0] = append(out.Rows[0], c.title(name, lang))
	}
	for i := range rows.Len() {
		line := make([]string, len(cols))
		for k, c := range cols {
			line[k] = c.cell(rows.Index(i))
		}
		out.Rows = append(out.Rows, line)
	}
	return out, nil
}

func rowsOf(f reflect.Value, name string) (rows reflect.Value, row reflect.Type, err error) {
	for field := range f.Type().Fields() {
		if tagOf(&field) == name && field.Type.Kind() == reflect.Slice {
			v := f.FieldByIndex(field.Index)
			return v, v.Type().Elem(), nil
		}
	}
	return rows, nil, fmt.Errorf("%w as %q: one of %s", ErrNoSheet, name, strings.Join(Sheets(), ", "))
}

// title is the name of a column: the words of its setting, and the key in brackets.
func (c *column) title(table, lang string) string {
	first, _, _ := strings.Cut(c.key, ".")
	s, ok := Find(table + "." + first)
	if !ok {
		return c.key
	}
	return s.Words(lang) + " (" + c.key + ")"
}

// cell is what stands in a row's cell.
func (c *column) cell(row reflect.Value) string {
	v := row
	for _, i := range c.path {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return ""
			}
			v = v.Elem()
		}
		v = v.FieldByIndex(i)
	}
	if c.omit && v.IsZero() {
		return ""
	}
	return cellOf(v)
}

func cellOf(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		if err != nil {
			return ""
		}
		return string(text)
	}
	switch v.Kind() {
	case reflect.Slice:
		if v.Len() == 0 && !v.IsNil() {
			return none
		}
		lines := make([]string, v.Len())
		for i := range lines {
			lines[i] = entryOf(v.Index(i))
		}
		return strings.Join(lines, "\n")
	case reflect.Map:
		var lines []string
		for _, k := range slices.SortedFunc(slices.Values(v.MapKeys()), func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) }) {
			lines = append(lines, k.String()+"="+v.MapIndex(k).String())
		}
		return strings.Join(lines, "\n")
	default:
		return fmt.Sprint(v.Interface())
	}
}

// none is a list in which nothing stands; an empty cell says nothing about it.
const none = "[]"

// between stands between the keys of one table of a list.
const between = " | "

func entryOf(v reflect.Value) string {
	if v.Kind() != reflect.Struct || written(v.Type()) {
		return cellOf(v)
	}
	var parts []string
	for i, c := range columns(v.Type(), "", nil) {
		text := strings.ReplaceAll(c.cell(v), "|", `\|`)
		if c.typ.Kind() == reflect.Slice {
			text = strings.ReplaceAll(text, "\n", ", ")
		}
		switch {
		case i == 0 && strings.Contains(text, "="):
			parts = append(parts, c.key+"="+text)
		case i == 0:
			parts = append(parts, text)
		case text != "":
			parts = append(parts, c.key+"="+text)
		}
	}
	return strings.Join(parts, between)
}

// WithSheet is a hall whose tables of one name are those of a sheet. It finds every mistake at once, as Read does: line and column of one are the row and the
// cell of the sheet, and 0 where the mistake stands elsewhere in the hall.
func WithSheet(c *queue.Config, s Sheet, o Options) (queue.Config, []Mistake, error) {
	f := fileOf(c)
	rows, row, err := rowsOf(reflect.ValueOf(f).Elem(), s.Name)
	if err != nil {
		return queue.Config{}, nil, err
	}
	rows.SetZero()
	text, err := toml.Marshal(f)
	if err != nil {
		return queue.Config{}, nil, fmt.Errorf("write the rest of the hall: %w", err)
	}
	w := sheetWriter{lines: strings.Count(string(text), "\n"), at: map[int]place{}}
	w.WriteString(string(text))
	bad := w.sheet(&s, columns(row, "", nil))
	if len(bad) > 0 {
		return queue.Config{}, bad, nil
	}
	next, all := Read([]byte(w.String()), o)
	for i := range all {
		m := &all[i]
		at := w.at[m.Line]
		m.Line, m.Column = at.line, at.column
		if other, ok := m.Args["line"]; ok {
			delete(m.Args, "line")
			if n, _ := strconv.Atoi(other); w.at[n].line > 0 {
				m.Args["line"] = strconv.Itoa(w.at[n].line)
			}
		}
	}
	return next, all, nil
}

// sheetWriter writes a sheet as the tables of a hall file, one key a line, and knows from which cell each line came.
type sheetWriter struct {
	strings.Builder
	lines int
	at    map[int]place
}

func (w *sheetWriter) line(row, col int, text string) {
	w.lines++
	w.at[w.lines] = place{row, col}
	w.WriteString(text + "\n")
}

func (w *sheetWriter) sheet(s *Sheet, cols []column) []Mistake {
	if len(s.Rows) == 0 {
		return nil
	}
	var n notes
	heads := make([]*column, len(s.Rows[0]))
	known := make([]string, len(cols))
	for i := range cols {
		known[i] = cols[i].key
	}
	for i, head := range s.Rows[0] {
		if strings.TrimSpace(head) == "" {
			continue
		}
		at := slices.IndexFunc(cols, func(c column) bool { return c.is(s.Name, head) })
		switch {
		case at < 0:
			n.add(place{1, i + 1}, s.Name+"."+head, UnknownKey, "got", head, "table", bracketed(s.Name), "belongs", "").Known = known
		case slices.Contains(heads, &cols[at]):
			n.add(place{1, i + 1}, s.Name+"."+head, DuplicateKey, "got", head)
		default:
			heads[i] = &cols[at]
		}
	}
	if len(n.list) > 0 {
		return mistakes(n.list)
	}
	for r, cells := range s.Rows[1:] {
		if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
			continue
		}
		w.line(r+2, 1, "[["+s.Name+"]]")
		for i, cell := range cells {
			if strings.TrimSpace(cell) != "" && i < len(heads) && heads[i] != nil {
				w.line(r+2, i+1, heads[i].key+" = "+literal(heads[i].typ, cell))
			}
		}
	}
	return nil
}

// is reports whether a head names the column: by its key, its title, or the words of its setting.
func (c *column) is(table, head string) bool {
	head = strings.TrimSpace(head)
	if at := strings.LastIndexAny(head, "(（"); at >= 0 {
		if inner := strings.Trim(head[at:], "()（） "); inner == c.key {
			return true
		}
	}
	if head == c.key {
		return true
	}
	s, ok := Find(table + "." + c.key)
	return ok && (head == s.Zh || strings.EqualFold(head, s.En))
}

// literal is a cell as a hall file has it. What does not look like its kind is a text there: the reader says what is wrong with it.
func literal(t reflect.Type, cell string) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if written(t) {
		return quote(cell)
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int64:
		if n, err := strconv.ParseInt(strings.TrimSpace(cell), 10, 64); err == nil {
			return strconv.FormatInt(n, 10)
		}
	case reflect.Bool:
		switch strings.ToLower(strings.TrimSpace(cell)) {
		case "true", "yes", "1", "是", "√":
			return "true"
		case "false", "no", "0", "否", "×":
			return "false"
		}
	case reflect.Slice:
		if strings.TrimSpace(cell) == none {
			return none
		}
		return "[" + strings.Join(entries(t.Elem(), cell), ", ") + "]"
	case reflect.Map:
		var pairs []string
		for _, line := range entriesOf(cell) {
			k, v, _ := strings.Cut(line, "=")
			pairs = append(pairs, quote(strings.TrimSpace(k))+" = "+quote(v))
		}
		return "{ " + strings.Join(pairs, ", ") + " }"
	default:
	}
	return quote(cell)
}

func entriesOf(cell string) []string {
	var out []string
	for line := range strings.SplitSeq(cell, "\n") {
		if line = strings.TrimSuffix(line, "\r"); strings.TrimSpace(line) != "" {
			out = append(out, line)
		}
	}
	return out
}

// entries are the elements of a list, one a line.
func entries(t reflect.Type, cell string) []string {
	list := entriesOf(cell)
	for i, line := range list {
		if t.Kind() != reflect.Struct || written(t) {
			list[i] = literal(t, line)
			continue
		}
		cols := columns(t, "", nil)
		var pairs []string
		for k, part := range partsOf(line) {
			key, value, ok := strings.Cut(part, "=")
			at := slices.IndexFunc(cols, func(c column) bool { return ok && c.key == strings.TrimSpace(key) })
			if at < 0 && k == 0 {
				at, value = 0, part
			}
			switch {
			case at >= 0 && cols[at].typ.Kind() == reflect.Slice:
				if lines := strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' }); len(lines) > 0 {
					pairs = append(pairs, cols[at].key+" = "+literal(cols[at].typ, strings.Join(lines, "\n")))
				}
			case at >= 0:
				pairs = append(pairs, cols[at].key+" = "+literal(cols[at].typ, value))
			case ok:
				pairs = append(pairs, quote(strings.TrimSpace(key))+" = "+quote(value))
			default:
				pairs = append(pairs, quote(part)+` = ""`) // the reader says that there is no such key
			}
		}
		list[i] = "{ " + strings.Join(pairs, ", ") + " }"
	}
	return list
}

// partsOf cuts an entry at its bars; one behind a backslash is a bar of a text.
func partsOf(line string) []string {
	var out []string
	var part strings.Builder
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && i+1 < len(line) && line[i+1] == '|':
			part.WriteByte('|')
			i++
		case line[i] == '|':
			out = append(out, strings.TrimSuffix(part.String(), " "))
			part.Reset()
			if i+1 < len(line) && line[i+1] == ' ' {
				i++
			}
		default:
			part.WriteByte(line[i])
		}
	}
	return append(out, part.String())
}

// quote writes a basic string of TOML in one line.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
