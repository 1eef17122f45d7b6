package profile_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"halld/devices/profile"
)

var update = flag.Bool("update", false, "write firmware-configs/profile.schema.json anew")

// TestSchemaIsPublished: the file that editors read says what the program takes.
func TestSchemaIsPublished(t *testing.T) {
	got, err := profile.Schema()
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	const name = "../../firmware-configs/profile.schema.json"
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the program takes (%v); write it anew: make golden", name, err)
	}
	var s struct {
		Defs map[string]struct {
			Properties map[string]any
		} `json:"$defs"`
	}
	if err := json.Unmarshal(got, &s); err != nil {
		t.Fatal(err)
	}
	for def, keys := range map[string][]string{"part": {"hex", "u8", "digits", "sum", "pre"}, "printer": {"bits", "charset"}, "op": {"reply", "done", "steps"}} {
		for _, k := range keys {
			if s.Defs[def].Properties[k] == nil {
				t.Errorf("the schema of %s lacks %s", def, k)
			}
		}
	}
}
