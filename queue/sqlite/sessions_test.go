package sqlite_test

import (
	"strings"
	"testing"

	"halld/queue/sqlite"
)

// A token can be written behind --token on a command line: it never looks like an option. One in 64 would.
func TestNoTokenLooksLikeAnOption(t *testing.T) {
	s, err := sqlite.OpenSessions(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 500 {
		token, err := s.CreateToken("technician", "bench")
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(token, "-") {
			t.Fatalf("token %s", token)
		}
	}
}
