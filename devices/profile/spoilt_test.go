package profile_test

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"halld/devices/profile"
	firmware "halld/firmware-configs"
)

var words = regexp.MustCompile(`"[^"\n]*"|[a-z_0-9]+|[{}\[\]=,]`)

// TestSpoiltFiles: whatever becomes of a file under somebody's hands is refused with its name and line, or is a protocol that writes and reads.
func TestSpoiltFiles(t *testing.T) {
	var texts []string
	err := fs.WalkDir(firmware.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".toml" {
			return err
		}
		text, err := fs.ReadFile(firmware.FS, name)
		texts = append(texts, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/foreign/*.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	r := rand.New(rand.NewPCG(3, 14))
	noise := make([]byte, 200)
	read, refused := 0, 0
	for range 3000 {
		text := spoilText(r, texts)
		all, err := profile.ReadFile("spoilt.toml", []byte(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "spoilt.toml:") {
				t.Fatalf("a mistake without its place: %v\n%s", err, text)
			}
			refused++
			continue
		}
		read++
		for i := range noise {
			noise[i] = byte(r.IntN(256))
		}
		for _, p := range all {
			_ = p.WrongVectors() // wrong they may be
			p.Form()
			if p.Protocol == nil {
				continue
			}
			p.Protocol.DecodeAll(noise)
			side := p.Protocol.DeviceSide()
			d := side.NewDecoder()
			d.Feed(noise)
			d.Flush()
			for _, e := range p.Protocol.Events() {
				_, _ = side.Say(e, nil) // fields may have no harmless value
			}
			for _, op := range p.Protocol.Ops() {
				args := map[string]any{}
				for name := range p.Protocol.Arguments(op) {
					args[name] = []any{int64(1), int64(-1), "A012", "", "01 02", int64(1) << 40}[r.IntN(6)]
				}
				_, _ = p.Protocol.Encode(op, args) // most of it is refused
			}
		}
	}
	t.Logf("%d read, %d refused", read, refused)
	if read < 150 || refused < 150 {
		t.Errorf("%d read, %d refused: nothing is tried", read, refused)
	}
}

// spoilText takes a file and puts words of others into it, takes some away, and changes numbers.
func spoilText(r *rand.Rand, texts []string) string {
	text := texts[r.IntN(len(texts))]
	for range r.IntN(3) + 1 {
		places := words.FindAllStringIndex(text, -1)
		if len(places) == 0 {
			return text
		}
		at := places[r.IntN(len(places))]
		other := words.FindAllString(texts[r.IntN(len(texts))], -1)
		instead := other[r.IntN(len(other))]
		switch r.IntN(6) {
		case 0: // a number that nobody wants
			instead = []string{"0", "-1", "255", "256", "65536", "4294967296", "9223372036854775807", "1.5"}[r.IntN(8)]
		case 1: // a line less
			lines := strings.Split(text, "\n")
			i := r.IntN(len(lines))
			text = strings.Join(slices.Delete(lines, i, i+1), "\n")
			continue
		case 2: // a part more
			instead = text[at[0]:at[1]] + []string{", min = 3", ", max = 2", `, unit = "chars", chars = "text"`, ", per = 0", ", width = 0", `, of = "^..$"`, ", mask = 1", ", xor = 255"}[r.IntN(8)]
		}
		text = text[:at[0]] + instead + text[at[1]:]
	}
	return text
}
