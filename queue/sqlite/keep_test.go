package sqlite

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"halld/queue"
)

// keysOf collects the paths of all keys of a JSON value; keys that are names of queues, windows or tickets count as one.
func keysOf(path string, v any, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if strings.ContainsAny(k, "0123456789") || len(k) == 1 {
				k = "*"
			}
			into[path+"."+k] = true
			keysOf(path+"."+k, e, into)
		}
	case []any:
		for _, e := range v {
			keysOf(path+"[]", e, into)
		}
	}
}

// A checkpoint is read back only by programs that write it alike: whoever changes what the whole hall looks like raises checkpointForm
// and writes the list anew (HALLD_REWRITE=1).
func TestCheckpointFormChangesWithTheHall(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	w := someDay(t, s)
	w.do(queue.CallNext{Seat: at("1")})
	var v any
	if err := json.Unmarshal([]byte(mustJSON(t, w.hall)), &v); err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	keysOf("", v, keys)
	list := slices.Sorted(maps.Keys(keys))
	got := mustJSON(t, map[string]any{"form": checkpointForm, "keys": list})
	path := filepath.Join("testdata", "checkpoint.json")
	if os.Getenv("HALLD_REWRITE") != "" {
		if err := os.WriteFile(path, []byte(got+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != strings.TrimSpace(string(want)) {
		t.Errorf("the whole hall is written otherwise than checkpoints of form %d are: raise checkpointForm and write the list anew\n%s\nwas\n%s",
			checkpointForm, got, want)
	}
}

// A checkpoint with a field that this version does not know was written by one that knows more.
func TestCheckpointWithAnUnknownField(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	w := someDay(t, s)
	data := strings.Replace(mustJSON(t, w.hall), "{", `{"mood":"good",`, 1)
	w.commit(&queue.Batch{Checkpoint: []byte(data)})
	hall, replayed, err := s.Load()
	if err != nil || hall.Seq() != s.seq || replayed != int(s.seq)-4 {
		t.Errorf("loaded with %d events replayed, %v; want those after the checkpoint before", replayed, err)
	}
}
