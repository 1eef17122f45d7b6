package hallfile

import (
	"cmp"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"halld/queue"
	"halld/queue/catalogue"
)

// Options hand in what this package does not know.
type Options struct {
	// Devices finds what only the device side knows to be impossible. Its paths are those of the configuration: devices[2].port. Nil: nothing is looked at.
	Devices func(*queue.Config) []queue.ConfigProblem
	// Template makes the setting of a hall out of what stands at ticket.template: a template's name, a file beside the hall file, or the text. Nil: it stays as it is.
	Template func(string) (string, []queue.ConfigProblem)
	// Today is the date for which warnings are given: what breaks a rule of the hall, what is not known yet. Empty: none are given.
	Today catalogue.Date
}

// Read reads a hall file and finds every mistake at once, in the order of their lines. The configuration is complete and may be used if Sound says so.
func Read(data []byte, o Options) (queue.Config, []Mistake) {
	var n notes
	data, ok := plain(data, &n)
	if !ok {
		return queue.Config{}, mistakes(n.list)
	}
	root, ok := parseTree(data, &n)
	if !ok {
		return queue.Config{}, mistakes(n.list) // the rest is unread: nothing can be said of it
	}
	var f file
	d := decoder{notes: &n, at: map[string]place{}}
	d.table(root, reflect.ValueOf(&f).Elem(), "")
	if len(n.list) == 0 {
		guard(data, &n)
	}
	complete(reflect.ValueOf(&f).Elem(), "")
	if len(f.Zones) == 0 {
		whole := zoneTable{ID: new("hall")}
		complete(reflect.ValueOf(&whole).Elem(), "zone")
		f.Zones = []zoneTable{whole} // one zone, all of the hall
	}
	c := f.config()
	c.Address = strings.TrimRight(c.Address, "/")
	var found []queue.ConfigProblem
	if o.Template != nil && c.Ticket != "" {
		var bad []queue.ConfigProblem
		c.Ticket, bad = o.Template(c.Ticket)
		found = append(found, bad...)
	}
	found = append(found, c.Problems()...)
	if o.Today != "" {
		found = append(found, review(&c, o.Today)...)
	}
	if o.Devices != nil {
		found = append(found, o.Devices(&c)...)
	}
	for i := range found {
		found[i].Path, found[i].Other = filePath(found[i].Path), filePath(found[i].Other)
	}
	for _, p := range d.causes(found) {
		n.list = append(n.list, d.placed(p))
	}
	return c, mistakes(n.list)
}

// review finds what can be, and should not.
func review(c *queue.Config, today catalogue.Date) []queue.ConfigProblem {
	var out []queue.ConfigProblem
	if !c.Calendar.HasHours() {
		out = append(out, queue.ConfigProblem{Path: "calendar", Code: NoHours, Warning: true})
	}
	for _, f := range append(c.Calendar.Review(today), c.Catalogue().Review(today, nil)...) { // which queues are served has been looked at
		out = append(out, queue.FindingProblem(f))
	}
	return out
}

// Usual is a hall about which nothing has been said: what an empty file is. A hall that was never set up differs from a new one as this does.
func Usual() queue.Config {
	c, _ := Read(nil, Options{}) // an empty file lacks a name and queues: that is the point
	return c
}

// guard lets the TOML library look at the file, too: what is no TOML for a reason that is not known here is refused.
func guard(data []byte, n *notes) {
	err := toml.Unmarshal(data, &map[string]any{})
	var bad *toml.DecodeError
	switch {
	case errors.As(err, &bad):
		line, column := bad.Position()
		n.add(place{line, column}, strings.Join(bad.Key(), "."), Syntax)
	case err != nil:
		n.add(place{1, 1}, "", Syntax)
	}
}

// placed finds where a problem stands: at its key, or at what the key is missing from.
func (d *decoder) placed(p queue.ConfigProblem) *note {
	n := &note{ConfigProblem: p, at: d.find(p.Path)}
	if p.Other != "" {
		n.other = d.find(p.Other)
	}
	return n
}

func (d *decoder) find(path string) place {
	for path != "" {
		if at, ok := d.at[path]; ok && at.line > 0 {
			return at
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return place{1, 1}
}

func mistakes(list []*note) []Mistake {
	out := make([]Mistake, 0, len(list))
	for _, n := range list {
		out = append(out, n.mistake())
	}
	slices.SortStableFunc(out, func(a, b Mistake) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
	return out
}
