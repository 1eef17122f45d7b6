package profile_test

import (
	"strings"
	"testing"

	"halld/devices/profile"
)

// TestWrongVectorsNameTheirLine: each wrong example is told with the line at which it stands.
func TestWrongVectorsNameTheirLine(t *testing.T) {
	text := good1 + `
[[vector]]
op = "show"
args = { text = "A1" }
hex = "AA 02 41 31 72"

[[vector]]
op = "show"
args = { text = "A2" }
hex = "AA 02 41 32 00"
`
	all, err := profile.ReadFile("mine.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Count(text[:strings.LastIndex(text, "[[vector]]")], "\n") + 1
	wrong := all[0].WrongVectors()
	if len(wrong) != 1 || wrong[0].Line != line || !strings.HasPrefix(wrong[0].Err.Error(), "vector 2 of ") {
		t.Errorf("%+v, want one mistake at line %d", wrong, line)
	}
	if err := all[0].CheckVectors(); err == nil || !strings.HasPrefix(err.Error(), "mine.toml:") {
		t.Errorf("%v", err)
	}
}
