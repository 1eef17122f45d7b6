package hallfile

import (
	"flag"
	"os"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write docs/hall-file.md anew")

// The page that people read is the table that the program reads. After a change of Settings: go test ./queue/hallfile -rewrite
func TestReference(t *testing.T) {
	const page = "../../docs/hall-file.md"
	if *rewrite {
		if err := os.WriteFile(page, []byte(Reference()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	old, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(old) != Reference() {
		t.Error("docs/hall-file.md is not what Settings says; look at the difference, then: go test ./queue/hallfile -run TestReference -rewrite")
	}
}
