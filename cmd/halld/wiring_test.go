package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"halld/devices/wav"
	"halld/queue"
	"halld/queue/engine"
)

// leftEmpty are the fields of the parts' options that the daemon leaves empty on purpose.
var leftEmpty = map[string]string{
	"sqlite.Options.Now":     "the machine's clock is the default",
	"sqlite.Options.Reserve": "the default fits the disk that the hall is on",

	"engine.Options.Now":     "the machine's clock is the default; the engine judges it",
	"engine.Options.Boot":    "the time since the machine was switched on is the default",
	"engine.Options.First":   "set where somebody accepted a log (TestAcceptedLogIsWired)",
	"engine.Options.FirstBy": "with First",
	"engine.Options.OnFault": "nobody has to be woken: /healthz, the metrics and the hall's faults ask Faulty, and the engine logs both ends itself",

	"floor.Options.Refresh":     "the default is what a hall has; tests shorten it",
	"floor.Options.PrinterWait": "likewise",

	"display.Options.Screens":   "the screens in the binary; tests and the vite server bring their own",
	"display.Options.IssueRate": "the default guards the numbers of a day",
	"display.Options.MaxLive":   "the default is measured",
}

// TestOptionsAreWired: whatever a part can be given, the daemon gives, or says here why not. A port that is declared and never connected is a
// function that the hall does not have and that no test of the part alone misses.
func TestOptionsAreWired(t *testing.T) {
	t.Parallel()
	h := newTestHall(t)
	o := systemOptions{Data: h.data, Log: h.log}
	set, err := hallProfiles(o.Data, o.Log)
	if err != nil {
		t.Fatal(err)
	}
	empty := map[string]bool{}
	for _, given := range []any{storeOptions(o), engineOptions(h.store, o), h.floorOptions(&wav.Library{}), h.rackOptions(set), h.displayOptions(o.Data)} {
		v := reflect.ValueOf(given)
		for i := range v.NumField() {
			field := v.Type().String() + "." + v.Type().Field(i).Name
			if !unset(v.Field(i)) {
				continue
			}
			empty[field] = true
			if leftEmpty[field] == "" {
				t.Errorf("%s is left empty: give it something in wire.go, or its reason in leftEmpty", field)
			}
		}
	}
	for field := range leftEmpty {
		if !empty[field] {
			t.Errorf("%s stands in leftEmpty, and is given or gone", field)
		}
	}
}

// A log whose end somebody accepted is answered before anything else happens: the numbers that may be on paper are passed over, and the log says who
// decided it.
func TestAcceptedLogIsWired(t *testing.T) {
	t.Parallel()
	cfg, err := demoConfig()
	if err != nil {
		t.Fatal(err)
	}
	cfg.Devices = nil
	dir := t.TempDir()
	o := systemOptions{Data: dir, Create: true, Listen: "127.0.0.1:0", Config: &cfg, Log: slog.New(slog.DiscardHandler)}
	start := func() testHall {
		t.Helper()
		sys, err := startSystem(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return testHall{system: sys, t: t, data: dir}
	}
	h := start()
	before := h.do(queue.Issue{Queue: "A"}).Ticket
	h.close()
	if err := os.Remove(filepath.Join(dir, "hall.anchor")); err != nil {
		t.Fatal(err)
	}
	if sys, err := startSystem(t.Context(), o); err == nil {
		sys.close()
		t.Fatal("a log without its anchor was taken without a word")
	}
	var out, fault strings.Builder
	if code := run(t.Context(), []string{"verify", "--data", dir, "--accept-log", "--by", "赵"}, &out, &fault); code != 0 {
		t.Fatalf("exit %d\n%s%s", code, &out, &fault)
	}
	h = start()
	t.Cleanup(h.close)
	after := h.do(queue.Issue{Queue: "A"}).Ticket
	if before.Number != "A001" || after.Number != "A202" {
		t.Errorf("%s came before the loss, %s after it: 200 numbers are not passed over", before.Number, after.Number)
	}
	events, err := h.store.Events(t.Context(), 0, 1000)
	if err != nil || !slices.ContainsFunc(events, func(e queue.Event) bool { _, ok := e.Fact.(queue.LogAccepted); return ok && e.By.Name == "赵" }) {
		t.Errorf("the log does not say who accepted it (%v)", err)
	}
}

// unset is whether nothing is there, be it behind an interface: a nil pointer in an interface is no part either.
func unset(v reflect.Value) bool {
	if v.Kind() == reflect.Interface && !v.IsNil() {
		v = v.Elem()
		if v.Kind() != reflect.Pointer && v.Kind() != reflect.Func {
			return false // a value that answers without a field of its own
		}
	}
	return v.IsZero()
}

func TestUnset(t *testing.T) {
	t.Parallel()
	var none *engine.Engine
	for _, c := range []struct {
		of    any
		unset bool
	}{
		{struct{ V any }{}, true}, {struct{ V any }{none}, true}, {struct{ V func() }{}, true}, {struct{ V int }{}, true},
		{struct{ V any }{struct{}{}}, false}, {struct{ V any }{&engine.Engine{}}, false}, {struct{ V func() }{func() {}}, false}, {struct{ V int }{1}, false},
	} {
		if got := unset(reflect.ValueOf(c.of).Field(0)); got != c.unset {
			t.Errorf("%#v: %v", c.of, got)
		}
	}
}
