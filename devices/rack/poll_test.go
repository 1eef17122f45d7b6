package rack_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/drivers"
	"halld/devices/profile"
	"halld/devices/rack"
	"halld/devices/sim"
	firmware "halld/firmware-configs"
)

// TestPolledPads: units that tell nothing by themselves are asked for their keys in turn; a dead one is named and costs the others little; when it is back
// its keys are heard again.
func TestPolledPads(t *testing.T) {
	t.Parallel()
	set, err := profile.Load(firmware.FS)
	if err != nil {
		t.Fatal(err)
	}
	const file = "../profile/testdata/foreign/polled-pad.toml"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all, err := profile.ReadFile(file, text)
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Put(file, all); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "pad")
	unit, err := sim.New("caller+pad", all[0], sim.Options{ID: "pad", Link: link, Address: 5})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unit.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unit.Close() })
	pad := unit.(*sim.Described)
	var mu sync.Mutex
	var pressed []string
	r := rack.New(rack.Options{Openers: drivers.All, Profiles: set, Log: slog.New(slog.DiscardHandler), Input: func(in devices.Input) {
		mu.Lock()
		defer mu.Unlock()
		pressed = append(pressed, fmt.Sprint(in.Key, in.Level))
	}})
	if err := r.Start(t.Context(), []rack.Config{
		{ID: "there", Kind: "caller+pad", Profile: "polled-pad", Port: link, Window: 1, Address: 5},
		{ID: "dead", Kind: "caller+pad", Profile: "polled-pad", Port: link, Window: 2, Address: 6},
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	heard := func(want ...string) func() bool {
		return func() bool { mu.Lock(); defer mu.Unlock(); return slices.Equal(pressed, want) }
	}
	within(t, 20*time.Second, "the unit that is there is not", func() bool { _, ok := r.Get("there"); return ok })
	if err := pad.Press("call"); err != nil {
		t.Fatal(err)
	}
	if err := pad.Rate(5); err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, "what was pressed is not heard once each", heard("call0", "rate5"))
	within(t, 20*time.Second, "the dead one is not named", func() bool { return has(r, "dead", "silent") && !has(r, "there", "silent") })
	dev, _ := r.Get("there")
	if err := dev.(devices.Caller).ShowFace(t.Context(), devices.Face{Window: 1, Mode: devices.Idle, Waiting: 37}); err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, "it is not told how many wait", func() bool {
		ops := pad.Ops()
		return slices.ContainsFunc(ops, func(e profile.Event) bool { return e.Name == "keys" && fmt.Sprint(e.Fields["waiting"]) == "37" })
	})
	if err := unit.SetFault("silent", true); err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, "the unit that fell silent is not named", func() bool { return has(r, "there", "silent") })
	if err := unit.SetFault("silent", false); err != nil {
		t.Fatal(err)
	}
	if err := pad.Press("here"); err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, "it is not heard again", heard("call0", "rate5", "here0"))
	within(t, 20*time.Second, "it is still called silent", func() bool { return !has(r, "there", "silent") })
}
