package profile_test

import (
	"strings"
	"testing"

	"halld/devices/profile"
)

// What a hall file sets is checked before a byte is sent: its name, its range, its word; and every refusal has Chinese words.
func TestCheckSet(t *testing.T) {
	all, err := profile.ReadFile("good.toml", []byte(good1))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ key, value, say string }{
		{"speed", "9", ""}, {"colour", "green", ""}, {"data", "0A FF", ""}, {"text", "anything", ""}, {"substitute", "㛃=A", ""},
		{"speed", "10", "10 is out of range; write 1 to 9"}, {"speed", "fast", `"fast" is no whole number`}, {"speed", "1.5", "no whole number"}, {"speed", "", "no whole number"},
		{"colour", "blue", "not one of green, red"}, {"colour", "1", "not one of green, red"}, {"data", "XY", "write bytes in hex"}, {"data", "00 11 22 33 44 55 66 77 88", "has 9 bytes"},
		{"hue", "1", "profile x has no such parameter; it has colour, data, speed, substitute, text"}, {"substitute", "㛃=洁", "cannot show either"}, {"text", "文字", "the device's character set ascii has no"},
	} {
		key, err := all[0].CheckSet(map[string]string{c.key: c.value})
		switch {
		case c.say == "":
			if err != nil {
				t.Errorf("%s = %q: %v", c.key, c.value, err)
			}
		case err == nil || key != c.key || !strings.HasPrefix(err.Error(), "set."+c.key+": ") || !strings.Contains(err.Error(), c.say):
			t.Errorf("%s = %q: %s: %v", c.key, c.value, key, err)
		default:
			if zh, ok := profile.Chinese(err.Error()); !ok {
				t.Errorf("%v has no Chinese words", err)
			} else {
				t.Log(zh)
			}
		}
	}
}

// The default of every parameter of every built-in profile is a setting that is taken.
func TestDefaultsCanBeSet(t *testing.T) {
	set := builtIn(t)
	n := 0
	for _, id := range set.IDs() {
		p, err := set.Get(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range p.Form() {
			if f.Default == "" || len(f.Ops) == 0 {
				continue
			}
			n++
			if _, err := p.CheckSet(map[string]string{f.Name: f.Default}); err != nil {
				t.Errorf("%s: %v", id, err)
			}
			for _, word := range f.Choices {
				if _, err := p.CheckSet(map[string]string{f.Name: word}); err != nil {
					t.Errorf("%s: %v", id, err)
				}
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d defaults were tried", n)
	}
}
