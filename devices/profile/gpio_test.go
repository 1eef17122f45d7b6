package profile_test

import (
	"strings"
	"testing"

	"halld/devices/profile"
)

func TestMistakesInGPIOProfiles(t *testing.T) {
	const head = "id = \"x\"\nkind = \"button\"\ndriver = \"gpio\"\nproof = \"manual\"\n"
	for name, c := range map[string]struct{ file, says string }{
		"no table":      {"", "the table is missing"},
		"no lines":      {"[gpio]\nlines = []\n", "write 1 to 16"},
		"direction":     {"[gpio]\nlines = [{ name = \"a\", dir = \"input\" }]\n", "dir \"input\"; write in or out"},
		"pull":          {"[gpio]\nlines = [{ name = \"a\", dir = \"in\", pull = \"high\", key = \"call\" }]\n", "write none, up or down"},
		"key":           {"[gpio]\nlines = [{ name = \"a\", dir = \"in\", key = \"next\" }]\n", "key \"next\"; write one of"},
		"name twice":    {"[gpio]\nlines = [{ name = \"a\", dir = \"out\" }, { name = \"a\", dir = \"out\" }]\n", "each name once"},
		"output's key":  {"[gpio]\nlines = [{ name = \"a\", dir = \"out\", key = \"call\" }]\n", "an output has no key"},
		"rating":        {"[gpio]\nlines = [{ name = \"a\", dir = \"in\", key = \"rate\" }]\n", "level 0; write 1 to 5"},
		"level":         {"[gpio]\nlines = [{ name = \"a\", dir = \"in\", key = \"call\", level = 3 }]\n", "none with others"},
		"debounce":      {"[gpio]\ndebounce_ms = 5000\nlines = [{ name = \"a\", dir = \"out\" }]\n", "gpio.debounce_ms: 5000; write 1 to 1000"},
		"misspelt":      {"[gpio]\nlines = [{ name = \"a\", dir = \"out\", activelow = true }]\n", "unknown key"},
		"a line's line": {"[line]\nbaud = 12\nformat = \"8N1\"\n[gpio]\nlines = [{ name = \"a\", dir = \"out\" }]\n", "line.baud"},
	} {
		if _, err := profile.ReadFile("x.toml", []byte(head+c.file)); err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "x.toml:") {
			t.Errorf("%s: %v, want words %q behind the file's name", name, err, c.says)
		}
	}
	all, err := profile.ReadFile("x.toml", []byte(head+"[gpio]\nlines = [{ name = \"a\", dir = \"out\" }]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if g := all[0].GPIO; g.DebounceMS != 30 || g.StuckMS != 30_000 || g.PulseMS != 0 {
		t.Errorf("defaults %+v", g)
	}
}
