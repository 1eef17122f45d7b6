package profile_test

import (
	"os"
	"strings"
	"testing"

	"halld/devices/profile"
)

// TestWalkOfContributing: the file that CONTRIBUTING.md builds up is right as it stands there, its examples come out, and it makes the frames of the
// built-in profile of the same board.
func TestWalkOfContributing(t *testing.T) {
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, walk, _ := strings.Cut(string(text), "## A board that nobody has heard of")
	walk, _, _ = strings.Cut(walk, "\nThen, ")
	var file strings.Builder
	for _, line := range strings.Split(walk, "\n") {
		if code, ok := strings.CutPrefix(line, "    "); ok {
			file.WriteString(code)
		}
		file.WriteString("\n")
	}
	_, own, ok := strings.Cut(file.String(), "id = ")
	if !ok {
		t.Fatal("the walk has no file")
	}
	all, err := profile.ReadFile("CONTRIBUTING.md", []byte("id = "+own))
	if err != nil {
		t.Fatal(err)
	}
	if err := all[0].CheckVectors(); err != nil || len(all[0].Vectors) != 2 {
		t.Errorf("%d examples: %v", len(all[0].Vectors), err)
	}
	known, err := builtIn(t).Get("yongtai")
	if err != nil {
		t.Fatal(err)
	}
	args := map[string]any{"addr": 3, "text": "请A012号到3号窗口"}
	a, err1 := all[0].Protocol.Encode("show", args)
	b, err2 := known.Protocol.Encode("show", args)
	if err1 != nil || err2 != nil || string(a) != string(b) {
		t.Errorf("the walk makes % X (%v), the built-in profile % X (%v)", a, err1, b, err2)
	}
}
