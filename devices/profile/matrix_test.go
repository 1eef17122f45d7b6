package profile_test

import (
	"strings"
	"testing"

	"halld/devices/profile"
	firmware "halld/firmware-configs"
)

// TestBadMatrix: every mistake in a board of modules is named with what would be right.
func TestBadMatrix(t *testing.T) {
	good, err := firmware.FS.ReadFile("max7219/dots128.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{"across = 16", "across = 0", "matrix.across: 0; write 1 to 64"},
		{"across = 16", "accross = 16", "accross"},
		{"rows = 2", "rows = 1", "matrix.rows: 1; write 2 to 4"},
		{"turn = 0", "turn = 45", "write 0, 90, 180 or 270"},
		{`order = "rows"`, `order = "row"`, "rows, snake, columns"},
		{`enters = "right"`, `enters = "top"`, "right, left"},
		{"intensity = 4", "intensity = 16", "0 to 15"},
		{"baud = 1000000", "baud = 20000000", "the clock in Hz, 9600 to 10000000"},
		{"[role.board.paused]", "[role.board.pause]", "role.board.paused: is missing"},
		{`text = ""`, `op = "clear"`, "role.board.closed: write text only"},
	} {
		bad := strings.Replace(string(good), c.old, c.new, 1)
		if bad == string(good) {
			t.Fatalf("the profile has no %s", c.old)
		}
		if _, err := profile.ReadFile("bad.toml", []byte(bad)); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "bad.toml:") {
			t.Errorf("%s: %v; want %q", c.new, err, c.want)
		}
	}
	for _, c := range []struct{ new, want string }{
		{"form = \"lamps\"", "dots or segments"}, {"form = \"segments\"", "1 to 16 digits"}, {"width = 8", "16 to 2048"}, {"colour = \"pink\"", "red, green or yellow"},
	} {
		led, err := firmware.FS.ReadFile("zhongyi/a090.toml")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := profile.ReadFile("bad.toml", []byte(string(led)+"\n[looks]\n"+c.new+"\n")); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.new, err, c.want)
		}
	}
}
