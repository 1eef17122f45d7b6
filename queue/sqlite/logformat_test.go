package sqlite_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"halld/queue"
)

// TestReaderRefuses: the reader finds what was changed, left out, or added by a program that knows more.
func TestReaderRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ sql, want string }{
		"nothing":        {"SELECT 1", ""},
		"data":           {"UPDATE events SET data = replace(data, 'A001', 'A009') WHERE kind = 'ticket.issued'", "the chain breaks at event"},
		"actor":          {`UPDATE events SET "by" = replace("by", 'desk', 'kiosk') WHERE seq = 1`, "the chain breaks at event 1"},
		"an event":       {"DELETE FROM events WHERE seq = 7", "event 8"},
		"the last event": {"DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)", "the anchored event"},
		"form":           {"UPDATE events SET form = 1 WHERE seq = 9", "event 9 is of form 1"},
		"hall":           {"UPDATE meta SET value = replace(value, substr(value, 1, 1), 'x') WHERE key = 'hall'", "the anchor is of hall"},
	} {
		dir := t.TempDir()
		copyFolder(t, filepath.Join("testdata", presentFolder), dir)
		db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "hall.db"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(c.sql); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, err = readLog(db)
		a, noAnchor := readLogAnchor(dir)
		if noAnchor != nil {
			t.Fatal(noAnchor)
		}
		err = errors.Join(err, a.anchors(db))
		if got := fmt.Sprint(err); c.want == "" && err != nil || !strings.Contains(got, c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for kind, data := range map[string]string{"ticket.flown": `{"ticket":"x"}`, "ticket.missed": `{"ticket":"x","window":"1","mood":"bad"}`, "ticket.ended": `{"ticket":"x"}`} {
		if _, err := readLogFact(kind, data); err == nil {
			t.Errorf("%s %s was read", kind, data)
		}
	}
}

// TestReaderIsIndependent: the reader's file uses nothing of the program.
func TestReaderIsIndependent(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"logreader_test.go", "loganchor_test.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range f.Imports {
			if strings.HasPrefix(strings.Trim(imp.Path.Value, `"`), "halld/") {
				t.Errorf("%s imports %s: it is to be written from docs/log-format.md alone", file, imp.Path.Value)
			}
		}
	}
}

// TestDocumentKnowsEverything: each kind of event and each field of it and of a ticket stands in docs/log-format.md.
func TestDocumentKnowsEverything(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "log-format.md"))
	if err != nil {
		t.Fatal(err)
	}
	table := map[string][]string{} // the cells of a row, by the words of its first one
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) > 3 {
			for _, word := range strings.Split(cells[1], ",") {
				table[strings.Trim(word, " `")] = cells[2:]
			}
		}
	}
	described := 0
	for _, f := range queue.Facts() {
		row, ok := table[f.Kind()]
		if !ok {
			t.Errorf("%s is not described", f.Kind())
			continue
		}
		described++
		said := strings.Fields(strings.NewReplacer("`", "", "[", "", "]", "").Replace(row[0]))
		if got := fieldsOf(reflect.TypeOf(f)); !slices.Equal(slices.Sorted(slices.Values(said)), got) {
			t.Errorf("%s has the fields %v and is described with %v", f.Kind(), got, said)
		}
		if read := strings.Fields(strings.NewReplacer("[", "", "]", "").Replace(logKinds[f.Kind()])); !slices.Equal(read, said) {
			t.Errorf("%s is described with %v and the reader knows %v", f.Kind(), said, read)
		}
		if strings.TrimSpace(row[1]) == "" {
			t.Errorf("%s: what it means is not said", f.Kind())
		}
	}
	if described != len(logKinds) {
		t.Errorf("%d kinds are described, the reader knows %v", described, slices.Sorted(maps.Keys(logKinds)))
	}
	for _, name := range fieldsOf(reflect.TypeFor[queue.Ticket]()) {
		if _, ok := table[name]; !ok {
			t.Errorf("the field %s of tickets is not described", name)
		}
	}
	for _, o := range queue.Outcomes() {
		if !bytes.Contains(text, []byte(string(o))) {
			t.Errorf("outcome %s is not described", o)
		}
	}
}

func fieldsOf(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "" {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
