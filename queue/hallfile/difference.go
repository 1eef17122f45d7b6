package hallfile

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"halld/queue"
	"halld/queue/catalogue"
)

// Change is one thing in which two halls differ, as people say it. Its words come from Text.
type Change struct {
	Code    string            `json:"code"`
	Args    map[string]string `json:"args,omitempty"`
	Touches []Part            `json:"touches"`

	setting *Setting // whose name belongs into the words
	kind    string   // of a device: printer
}

// Text says the change.
func (c Change) Text(lang string) string {
	args := maps.Clone(c.Args)
	if c.setting != nil {
		args["what"] = c.setting.Words(lang)
	}
	if c.kind != "" {
		args["kind"] = kindWords(c.kind, lang)
	}
	if args["to"] == "" {
		args["to"] = fill(lang, "nothing", nil)
	}
	if args["from"] == "" {
		args["from"] = fill(lang, "nothing", nil)
	}
	return fill(lang, c.Code, args)
}

// Parts names the parts that the change touches.
func (c Change) Parts(lang string) string {
	out := make([]string, len(c.Touches))
	for i, p := range c.Touches {
		out[i] = fill(lang, "touches-"+string(p), nil)
	}
	if lang == Chinese {
		return strings.Join(out, "、")
	}
	return strings.Join(out, ", ")
}

// kindWords names a kind of device: caller+pad is a caller and a pad.
func kindWords(kind, lang string) string {
	var out []string
	for k := range strings.SplitSeq(kind, "+") {
		out = append(out, fill(lang, "kind-"+k, nil))
	}
	return strings.Join(out, "+")
}

// The changes. Those of lists have the table of the file in their code: queue-new, queue-gone, queue-changed.
const (
	changed    = "changed"     // what, from, to: of the hall, its rules and tickets
	reworded   = "reworded"    // what: of a text too long to show
	isNew      = "-new"        // id, name
	isGone     = "-gone"       // id, name
	isChanged  = "-changed"    // id, what, from, to
	isReworded = "-reworded"   // id, what
	moved      = "-order"      // the same ones in another order
	serves     = "serves"      // window, queue
	servesNot  = "serves-not"  // window, queue
	prefers    = "prefers"     // window, from, to
	setDevice  = "set-device"  // kind, id, name, from, to
	lineDevice = "line-device" // kind, id, name, from, to

	holidaysKnown = "holidays-known" // from, to: the program knows the public holidays of other years
)

// differ collects changes.
type differ struct{ out []Change }

// Difference says in what the new hall differs from the old one: nothing if they are the same.
func Difference(old, next queue.Config) []Change {
	a, b := fileOf(&old), fileOf(&next)
	var d differ
	d.table("hall", a.Hall, b.Hall)
	d.table("day", a.Day, b.Day)
	d.table("policy", a.Policy, b.Policy)
	d.table("target", a.Target, b.Target)
	d.table("ticket", a.Ticket, b.Ticket)
	d.table("hours", a.Hours, b.Hours)
	if x, y := old.Calendar, next.Calendar; x.Holidays == y.Holidays && (x.PublicUntil != y.PublicUntil || !reflect.DeepEqual(x.Public, y.Public)) {
		holidays, _ := Find("hours.holidays")
		d.add(holidaysKnown, holidays, map[string]string{"from": strconv.Itoa(x.PublicUntil), "to": strconv.Itoa(y.PublicUntil)})
	}
	list(&d, "special", a.Specials, b.Specials)
	list(&d, "class", a.Classes, b.Classes)
	list(&d, "department", a.Departments, b.Departments)
	list(&d, "queue", a.Queues, b.Queues)
	list(&d, "item", a.Items, b.Items)
	list(&d, "window", a.Windows, b.Windows)
	list(&d, "person", a.People, b.People)
	list(&d, "kiosk", a.Kiosks, b.Kiosks)
	list(&d, "zone", a.Zones, b.Zones)
	list(&d, "device", a.Devices, b.Devices)
	return d.out
}

func (d *differ) add(code string, s *Setting, args map[string]string) *Change {
	c := Change{Code: code, Args: args, setting: s}
	if s != nil {
		c.Touches = s.Touches
		args["key"] = s.Key
	}
	d.out = append(d.out, c)
	return &d.out[len(d.out)-1]
}

// field is one key of a table and how its value reads.
type field struct {
	setting *Setting
	value   string
	list    []string
	pairs   map[string]string
	opaque  bool // too much to show
}

func (f field) same(g field) bool { return f.value == g.value && slices.Equal(f.list, g.list) }

// tooMuch reports whether two values are too much to show.
func tooMuch(f, g field) bool {
	return f.opaque || g.opaque || strings.Contains(f.value+g.value, "\n")
}

// table compares two tables of which there is one.
func (d *differ) table(table string, a, b any) {
	x, y := fieldsOf(table, a), fieldsOf(table, b)
	for i := range x {
		if x[i].same(y[i]) {
			continue
		}
		if tooMuch(x[i], y[i]) {
			d.add(reworded, x[i].setting, map[string]string{})
			continue
		}
		d.add(changed, x[i].setting, map[string]string{"from": x[i].value, "to": y[i].value})
	}
}

// list compares two lists of tables by their ids.
func list[T any](d *differ, table string, a, b []T) {
	old, next := map[string][]field{}, map[string][]field{}
	var was, is []string
	for _, t := range a {
		f := fieldsOf(table, t)
		id := identity(f)
		was, old[id] = append(was, id), f
	}
	for _, t := range b {
		f := fieldsOf(table, t)
		id := identity(f)
		is, next[id] = append(is, id), f
	}
	var whole *Setting
	for i := range Settings {
		if Settings[i].Table() == table {
			whole = &Settings[i] // the first, by which people name it
			break
		}
	}
	for _, id := range was {
		if next[id] == nil {
			d.entry(table, isGone, whole, old[id])
		}
	}
	for _, id := range is {
		if old[id] == nil {
			d.entry(table, isNew, whole, next[id])
		}
	}
	both := func(ids []string, in map[string][]field) []string {
		return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return in[id] == nil })
	}
	stay := both(is, old)
	if !slices.Equal(both(was, next), stay) {
		d.add(table+moved, whole, map[string]string{})
	}
	for _, id := range stay {
		d.same(table, id, old[id], next[id])
	}
}

// identity is what tells an entry of a list: its id, and the date from which this version of it holds.
func identity(f []field) string {
	for _, v := range f[1:] {
		if v.setting.Name() == "from" && v.value != "" {
			return f[0].value + " " + v.value
		}
	}
	return f[0].value
}

// entry says that something is new or gone.
func (d *differ) entry(table, code string, whole *Setting, f []field) {
	c := d.add(table+code, whole, map[string]string{"id": identity(f)})
	for _, v := range f {
		switch v.setting.Key {
		case table + ".name":
			c.Args["name"] = v.value
		case "device.kind":
			c.kind = v.value
		case "device.port":
			c.Args["port"] = v.value
		}
	}
	delete(c.Args, "key")
}

// same compares what has one id in both halls.
func (d *differ) same(table, id string, a, b []field) {
	kind := ""
	for i := range b {
		if b[i].setting.Key == "device.kind" {
			kind = b[i].value
		}
	}
	for i := range a {
		x, y := a[i], b[i]
		if x.same(y) {
			continue
		}
		switch x.setting.Key {
		case "window.queues":
			d.served(id, x, y)
			continue
		case "device.set", "device.line":
			d.pairs(id, kind, x, y)
			continue
		}
		if tooMuch(x, y) {
			d.add(table+isReworded, x.setting, map[string]string{"id": id})
			continue
		}
		d.add(table+isChanged, x.setting, map[string]string{"id": id, "from": x.value, "to": y.value}).kind = kind
	}
}

// served says which queues a window serves no longer, which anew, and which first.
func (d *differ) served(window string, x, y field) {
	gone := slices.DeleteFunc(slices.Clone(x.list), func(q string) bool { return slices.Contains(y.list, q) })
	fresh := slices.DeleteFunc(slices.Clone(y.list), func(q string) bool { return slices.Contains(x.list, q) })
	for _, q := range gone {
		d.add(servesNot, x.setting, map[string]string{"window": window, "queue": q})
	}
	for _, q := range fresh {
		d.add(serves, x.setting, map[string]string{"window": window, "queue": q})
	}
	if len(gone)+len(fresh) == 0 {
		d.add(prefers, x.setting, map[string]string{"window": window, "from": x.value, "to": y.value})
	}
}

// pairs says which settings of a device changed.
func (d *differ) pairs(id, kind string, x, y field) {
	code := setDevice
	if x.setting.Key == "device.line" {
		code = lineDevice
	}
	all := maps.Clone(y.pairs)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, x.pairs)
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if x.pairs[k] != y.pairs[k] {
			d.add(code, x.setting, map[string]string{"id": id, "name": k, "from": x.pairs[k], "to": y.pairs[k]}).kind = kind
		}
	}
}

// fieldsOf reads a table of the file by its keys, in their order.
func fieldsOf(table string, of any) []field {
	var out []field
	for key, v := range valuesOf(of) {
		s, ok := Find(table + "." + key)
		if !ok {
			panic("hallfile: " + table + "." + key + " is not in Settings") // a test compares them
		}
		f := field{setting: s}
		switch v := v.(type) {
		case *string:
			f.value = val(v)
		case *int:
			if v != nil {
				f.value = strconv.Itoa(*v) + s.Unit
			}
		case *bool:
			if v != nil {
				f.value = strconv.FormatBool(*v)
			}
		case *duration:
			if v != nil {
				f.value = queue.DurationText(long(v))
			}
		case []string:
			f.list, f.value = v, strings.Join(v, ", ")
		case map[string]string:
			f.pairs = v
		case *targetTable:
			if v != nil {
				f.value = fmt.Sprintf("%s %d%%", queue.DurationText(long(v.Wait)), val(v.Share))
			}
		case *lineTable:
			f.pairs = map[string]string{}
			if v != nil {
				for key, p := range valuesOf(*v) {
					switch p := p.(type) {
					case *string:
						f.pairs[key] = val(p)
					case *int:
						if p != nil {
							f.pairs[key] = strconv.Itoa(*p)
						}
					}
				}
			}
		default:
			f.plain(reflect.ValueOf(v))
		}
		for _, k := range slices.Sorted(maps.Keys(f.pairs)) {
			f.value += fmt.Sprintf("%s=%q ", k, f.pairs[k])
		}
		out = append(out, f)
	}
	return out
}

// plain reads the values of the catalogue, which are no pointers: what is nothing is left out.
func (f *field) plain(v reflect.Value) {
	switch {
	case v.IsZero():
	case v.Kind() == reflect.String:
		f.value = v.String()
	case v.CanInt():
		f.value = strconv.FormatInt(v.Int(), 10)
	case v.Kind() == reflect.Bool:
		f.value = strconv.FormatBool(v.Bool())
	case v.Kind() == reflect.Slice && (v.Type().Elem().Kind() == reflect.String || v.Type().Elem() == reflect.TypeFor[catalogue.Span]()):
		for i := range v.Len() {
			f.list = append(f.list, fmt.Sprint(v.Index(i).Interface()))
		}
		f.value = strings.Join(f.list, ", ")
	default:
		text, err := json.Marshal(v.Interface())
		if err != nil {
			panic(fmt.Sprintf("hallfile: %s: %v", f.setting.Key, err)) // plain data
		}
		f.value, f.opaque = string(text), true
	}
}
