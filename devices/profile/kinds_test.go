package profile_test

import (
	"strings"
	"testing"

	"halld/devices/profile"
	firmware "halld/firmware-configs"
)

// Every model can be set up as what it is, at a window; as something else, or without the window that it is for, it is refused with what to write.
func TestMisfits(t *testing.T) {
	t.Parallel()
	set, err := profile.Load(firmware.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range set.IDs() {
		p, err := set.Get(id)
		if err != nil {
			t.Fatal(err)
		}
		if m := p.Misfits(p.Kind, "3"); len(m) > 0 {
			t.Errorf("%s as what it is: %v", id, m)
		}
		for _, k := range p.Kinds() {
			if m := p.Misfits(k, "3"); len(m) > 0 {
				t.Errorf("%s as a %s: %v", id, k, m)
			}
		}
	}
	for _, c := range []struct {
		profile, kind, window string
		key, code, words      string
	}{
		{"epson-tm", "board", "1", "kind", "wrong-kind", `write kind = "printer"`},
		{"yongtai", "printer", "", "kind", "wrong-kind", `write kind = "board"`},
		{"yongtai", "board+pad", "1", "kind", "wrong-kind", "cannot be a pad"},
		{"yongtai", "board", "", "window", "no-window", "without a window"},
		{"caller-ff68", "caller", "", "window", "no-window", "write window"},
		{"gpio-button", "button", "", "window", "no-window", "without a window"},
		{"gpio-lamp", "lamp", "", "window", "no-window", "without a window"},
		{"gpio-dispenser", "button", "", "", "", ""}, {"epson-tm", "printer", "", "", "", ""}, {"syn6288", "voice", "", "", "", ""}, {"qr-7e", "reader", "", "", "", ""},
	} {
		p, err := set.Get(c.profile)
		if err != nil {
			t.Fatal(err)
		}
		got := p.Misfits(c.kind, c.window)
		switch {
		case c.key == "" && len(got) > 0:
			t.Errorf("%s as a %s: %v", c.profile, c.kind, got)
		case c.key != "" && (len(got) != 1 || got[0].Key != c.key || got[0].Code != c.code || !strings.Contains(got[0].Error(), c.words) || got[0].Text == ""):
			t.Errorf("%s as a %s at %q: %+v; want %s with %q", c.profile, c.kind, c.window, got, c.code, c.words)
		}
	}
}
