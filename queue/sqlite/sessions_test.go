package sqlite_test

import (
	"strings"
	"testing"

	"halld/queue/sqlite"
)

// A token can be written behind --token on a command line: it never looks like an option. One in 64 would.
func TestNoTokenLooksLikeAnOption(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	hall, err := sqlite.Create(dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer hall.Close()
	s, err := sqlite.OpenSessions(dir)
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
