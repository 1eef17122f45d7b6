package profile_test

import (
	"slices"
	"strings"
	"testing"

	"halld/devices/profile"
)

// ASCII boards can show nothing but ASCII: no role may ask them to.
var asciiBoards = []string{"alpha", "amplus", "modbus-led485", "prolite", "epson-dmd", "cd5220"}

// TestEveryProfileIsWhole: whoever sets a described device up finds every parameter named in both languages, where its facts stand, and what a hall wants.
func TestEveryProfileIsWhole(t *testing.T) {
	set := builtIn(t)
	all := vectors(t, set)
	for _, id := range set.IDs() {
		p, _ := set.Get(id)
		if p.Protocol == nil {
			continue
		}
		whole := *p
		whole.Vectors = nil
		for _, v := range slices.Concat(all, p.Vectors) { // some stand in a file of all
			if v.Protocol == id || v.Protocol == "" && slices.ContainsFunc(p.Vectors, func(o profile.Vector) bool { return o.Hex == v.Hex && o.Rx == v.Rx }) {
				whole.Vectors = append(whole.Vectors, v)
			}
		}
		for _, what := range whole.Lacks() {
			t.Errorf("%s lacks %s", id, what)
		}
		for _, f := range p.Form() {
			if f.Kind == "choice" && f.Default != "" && !slices.Contains(f.Choices, f.Default) {
				t.Errorf("%s: the default of %s, %q, is none of its choices", id, f.Name, f.Default)
			}
		}
		if p.Kind != "board" {
			continue
		}
		for _, mode := range []string{"calling", "serving", "idle", "paused", "closed"} {
			show, ok := p.Roles.Board[mode]
			if !ok {
				t.Errorf("%s says nothing for a window that is %s", id, mode)
			}
			if i := strings.IndexFunc(show.Text, func(r rune) bool { return r > 0x7E }); i >= 0 && slices.Contains(asciiBoards, id) {
				t.Errorf("%s: the text of %s is not ASCII: %q", id, mode, show.Text)
			}
		}
	}
}

// TestForm: kinds, bounds and order come from the file.
func TestForm(t *testing.T) {
	p, _ := builtIn(t).Get("cpower")
	for _, f := range p.Form() {
		switch f.Name {
		case "area":
			if f.Kind != "int" || f.Min == nil || *f.Min != 0 || *f.Max != 7 || f.Default != "0" || f.Call {
				t.Errorf("area: %+v", f)
			}
		case "size":
			if f.Kind != "choice" || strings.Join(f.Choices, " ") != "8 12 16 24 32 40 48 56" {
				t.Errorf("size: %+v", f)
			}
		case "text":
			if f.Kind != "text" || !f.Call || strings.Join(f.Ops, " ") != "show" {
				t.Errorf("text: %+v", f)
			}
		}
	}
}
