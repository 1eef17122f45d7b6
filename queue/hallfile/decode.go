package hallfile

import (
	"encoding"
	"errors"
	"iter"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"halld/queue"
	"halld/queue/catalogue"
)

// decoder fills the file's struct from its nodes. Whatever does not fit is noted with its place, and left out.
type decoder struct {
	notes *notes
	at    map[string]place // by path
}

var durationType, dateType = reflect.TypeFor[duration](), reflect.TypeFor[catalogue.Date]()

// table fills a struct. path is where it stands, "" for the file.
func (d *decoder) table(n *node, to reflect.Value, path string) {
	keys := keysOf(to.Type())
	for _, p := range n.pairs {
		sub := join(path, p.key)
		d.at[sub] = p.value.at
		i, ok := keys[p.key]
		if path == "" && p.key == noTable {
			continue
		}
		if !ok {
			d.unknown(p, path, sub, keys)
			continue
		}
		d.value(p.value, to.FieldByIndex(i), sub)
	}
}

func (d *decoder) unknown(p pair, path, sub string, keys map[string][]int) {
	known := slices.SortedFunc(maps.Keys(keys), func(a, b string) int { return slices.Compare(keys[a], keys[b]) }) // as they stand in files
	if path == "" && (p.value.form == aTable || p.value.form == aList && !p.value.whole) {
		d.notes.add(p.value.at, sub, UnknownTable, "got", p.key).Known = known
		return
	}
	table := withoutPositions(path)
	belongs := ""
	for i := range Settings {
		if s := &Settings[i]; s.Name() == p.key && s.Table() != table {
			if belongs != "" {
				belongs = "" // it stands in several
				break
			}
			belongs = s.Table()
		}
	}
	if belongs != "" {
		belongs = bracketed(belongs)
	}
	if path == "" {
		table = ""
		known = nil
	} else {
		table = bracketed(table)
	}
	d.notes.add(p.value.at, sub, UnknownKey, "got", p.key, "table", table, "belongs", belongs).Known = known
}

// bracketed is the header of a table: [hall], [[queue]].
func bracketed(table string) string {
	if strings.Contains(table, ".") {
		return lastName(table) // an inline table
	}
	if slices.ContainsFunc(lists, func(l [2]string) bool { return l[1] == table }) {
		return "[[" + table + "]]"
	}
	return "[" + table + "]"
}

func (d *decoder) value(n *node, to reflect.Value, path string) {
	if to.Type() == durationType {
		d.duration(n, to, path)
		return
	}
	if u, ok := to.Addr().Interface().(encoding.TextUnmarshaler); ok && to.Kind() == reflect.Struct {
		d.special(n, u, path)
		return
	}
	switch to.Kind() {
	case reflect.Pointer:
		v := reflect.New(to.Type().Elem())
		before := len(d.notes.list)
		d.value(n, v.Elem(), path)
		if to.Type().Elem().Kind() == reflect.Struct || len(d.notes.list) == before {
			to.Set(v)
		}
	case reflect.Struct:
		switch {
		case n.form == aTable:
			d.table(n, to, path)
		case n.form == aList && !n.whole:
			d.notes.add(n.items[0].at, path, OnlyOne, "got", lastName(path))
		default:
			d.notes.add(n.at, path, WantPairs, "got", n.written())
		}
	case reflect.String:
		if n.form != aText && (to.Type() != dateType || !catalogue.Date(n.text).Valid()) { // a date may stand without quotation marks
			d.notes.add(n.at, path, WantText, "got", n.written(), "near", n.quoted())
			return
		}
		to.SetString(n.text)
	case reflect.Bool:
		if n.form != aSwitch {
			d.notes.add(n.at, path, WantSwitch, "got", n.written())
			return
		}
		to.SetBool(n.text == "true")
	case reflect.Int, reflect.Int64:
		d.number(n, to, path)
	case reflect.Slice:
		d.list(n, to, path)
	case reflect.Map:
		d.pairs(n, to, path)
	default:
		panic("hallfile: a field of the file of a kind that nothing reads: " + to.Type().String()) // a test reads every field
	}
}

// special reads a value that knows its own form, such as a span of time. What it finds wrong is the catalogue's.
func (d *decoder) special(n *node, to encoding.TextUnmarshaler, path string) {
	if n.form != aText {
		d.notes.add(n.at, path, WantText, "got", n.written(), "near", n.quoted())
		return
	}
	err := to.UnmarshalText([]byte(n.text))
	if f, ok := errors.AsType[catalogue.Finding](err); ok {
		m := &note{ConfigProblem: queue.FindingProblem(f), at: n.at}
		m.Path = path
		d.notes.list = append(d.notes.list, m)
	} else if err != nil {
		d.notes.add(n.at, path, WantText, "got", n.written(), "near", "")
	}
}

func (d *decoder) list(n *node, to reflect.Value, path string) {
	tables := to.Type().Elem().Kind() == reflect.Struct
	if n.form != aList {
		if tables && n.form == aTable {
			d.notes.add(n.at, path, OneOfMany, "got", lastName(path))
			return
		}
		d.notes.add(n.at, path, WantList, "got", n.written(), "near", n.listed())
		return
	}
	to.Set(reflect.MakeSlice(to.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		sub := path + "[" + strconv.Itoa(i) + "]"
		d.at[sub] = item.at
		d.value(item, to.Index(i), sub)
	}
}

func (d *decoder) pairs(n *node, to reflect.Value, path string) {
	if n.form != aTable {
		d.notes.add(n.at, path, WantPairs, "got", n.written())
		return
	}
	to.Set(reflect.MakeMap(to.Type()))
	for _, p := range n.pairs {
		sub := join(path, p.key)
		d.at[sub] = p.value.at
		v := reflect.New(to.Type().Elem()).Elem()
		d.value(p.value, v, sub)
		to.SetMapIndex(reflect.ValueOf(p.key), v)
	}
}

func (d *decoder) number(n *node, to reflect.Value, path string) {
	if n.form != aNumber {
		near := ""
		if _, err := strconv.Atoi(n.text); err == nil && n.form == aText {
			near = n.text
		}
		d.notes.add(n.at, path, WantNumber, "got", n.written(), "near", near)
		return
	}
	v, err := strconv.ParseInt(strings.TrimPrefix(n.text, "+"), 0, to.Type().Bits())
	if err == nil {
		to.SetInt(v)
		return
	}
	d.tooLarge(n, path, n.text)
}

// tooLarge notes a number that no computer counts to, with its bounds where they are known.
func (d *decoder) tooLarge(n *node, path, got string) {
	if s, ok := Find(withoutPositions(path)); ok {
		if least, most := s.bound(); most != "" {
			d.notes.add(n.at, path, queue.OutOfRange, "got", got, "min", least, "max", most)
			return
		}
	}
	d.notes.add(n.at, path, TooLarge, "got", got)
}

var wellFormed = regexp.MustCompile(`^[+-]?(\d+(\.\d*)?(ns|us|µs|μs|ms|s|m|h))+$`)

func (d *decoder) duration(n *node, to reflect.Value, path string) {
	v, err := time.ParseDuration(n.text)
	switch {
	case n.form == aText && err == nil && n.text != "0":
		to.SetInt(int64(v))
	case n.form == aText && wellFormed.MatchString(n.text):
		d.tooLarge(n, path, n.text)
	default:
		d.notes.add(n.at, path, WantDuration, "got", n.written(), "near", nearDuration(n.text))
	}
}

var units = regexp.MustCompile(`^(\d+) *(s|秒|秒钟|secs?|seconds?|m|分|分钟|mins?|minutes?|h|时|小时|hours?|)$`)

// nearDuration is the duration that somebody meant; of a bare number, seconds.
func nearDuration(text string) string {
	m := units.FindStringSubmatch(strings.ToLower(strings.TrimSpace(text)))
	if m == nil {
		return ""
	}
	unit := "s"
	switch r := []rune(m[2] + " ")[0]; r {
	case 'm', '分':
		unit = "m"
	case 'h', '时', '小':
		unit = "h"
	}
	return m[1] + unit
}

// written is how a value stands in the file, or nearly so.
func (n *node) written() string {
	switch n.form {
	case aText:
		return strconv.Quote(n.text)
	case aList:
		return "[…]"
	case aTable:
		return "{…}"
	default:
		return n.text
	}
}

func (n *node) quoted() string {
	switch n.form {
	case aNumber, aSwitch, another:
		return `"` + n.text + `"`
	default:
		return ""
	}
}

func (n *node) listed() string {
	switch n.form {
	case aText:
		return "[" + strconv.Quote(n.text) + "]"
	case aNumber:
		return `["` + n.text + `"]`
	default:
		return ""
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// fieldKey is the name of a field in the file; empty: it is none.
func fieldKey(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
	if f.Anonymous || name == "-" {
		return ""
	}
	return name
}

// keysOf has the fields of a struct, those of embedded ones too, by their names in the file.
func keysOf(t reflect.Type) map[string][]int {
	out := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		if name := fieldKey(f); name != "" {
			out[name] = f.Index
		}
	}
	return out
}

// complete fills in what the file leaves out and Settings has a default for.
func complete(v reflect.Value, table string) {
	for name, i := range keysOf(v.Type()) {
		field, key := v.FieldByIndex(i), join(table, name)
		switch {
		case field.Kind() == reflect.Struct:
			complete(field, key)
		case field.Kind() == reflect.Slice && field.Type().Elem().Kind() == reflect.Struct:
			for k := range field.Len() {
				complete(field.Index(k), key)
			}
		case field.Type() == reflect.TypeFor[*targetTable]():
			if !field.IsNil() {
				complete(field.Elem(), "target")
			}
		case (field.Kind() == reflect.Pointer || field.Kind() == reflect.Slice) && field.IsNil():
			if s, ok := Find(key); ok && s.Default != "" {
				if err := put(field, s.Default); err != nil {
					panic("hallfile: " + key + ": its default cannot be read: " + err.Error()) // a test reads every default
				}
			}
		}
	}
}

// put sets a field to a value as it is written in a file.
func put(field reflect.Value, written string) error {
	var n notes
	root, _ := parseTree([]byte("v = "+written+"\n"), &n)
	d := decoder{notes: &n, at: map[string]place{}}
	if v := root.get("v"); v != nil {
		d.value(v, field, "v")
	}
	if len(n.list) > 0 || field.IsNil() {
		return errors.New(written)
	}
	return nil
}

// valuesOf walks the fields of a table by their names in the file, in its order.
func valuesOf(table any) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		v := reflect.ValueOf(table)
		for _, f := range reflect.VisibleFields(v.Type()) {
			if name := fieldKey(f); name != "" && !yield(name, v.FieldByIndex(f.Index).Interface()) {
				return
			}
		}
	}
}
