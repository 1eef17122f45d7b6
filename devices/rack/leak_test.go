package rack_test

import (
	"os"
	"runtime"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/rack"
)

// resources counts what a device that is plugged in and out could leave behind.
func resources(t *testing.T) (files, routines int) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(fds), runtime.NumGoroutine()
}

// A line that is opened anew forty times, some of them because its cable was out: the device works, and no file and no goroutine is left over from
// any of them.
func TestOpenedManyTimes(t *testing.T) {
	b, _, cfgs := bus(t, 3)
	up := make(chan string, 1000)
	r := start(t, rack.Options{OnUp: func(id string) {
		if id == "board-1" {
			up <- id
		}
	}}, cfgs...)
	arrived := func() {
		t.Helper()
		select {
		case <-up:
		case <-time.After(20 * time.Second):
			t.Fatal("the board is not back")
		}
	}
	arrived()
	if err := show(t.Context(), r, 1, "A001"); err != nil {
		t.Fatal(err)
	}
	files, routines := resources(t)
	const rounds = 40
	for i := range rounds {
		go func() { // somebody is always being called
			if d, ok := r.Get("board-1"); ok {
				_ = d.(devices.Board).Show(t.Context(), devices.Face{Window: 1, Number: "A002", Mode: devices.Calling})
			}
		}()
		if i%20 < 18 { // and a technician has the port opened anew
			if _, err := r.Restart("board-1"); err != nil {
				t.Fatal(err)
			}
			arrived()
			continue
		}
		if err := b.SetFault("unplugged", true); err != nil {
			t.Fatal(err)
		}
		if i%20 == 18 { // else it is back before anybody looks
			within(t, 20*time.Second, "nobody noticed the cable", func() bool { _, ok := r.Get("board-1"); return !ok })
		}
		if err := b.SetFault("unplugged", false); err != nil {
			t.Fatal(err)
		}
		arrived()
	}
	within(t, 20*time.Second, "the board does not work", func() bool { return show(t.Context(), r, 1, "A003") == nil })
	var nowFiles, nowRoutines int
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if nowFiles, nowRoutines = resources(t); nowFiles <= files+2 && nowRoutines <= routines+4 {
			return
		}
	}
	t.Errorf("after %d times: %d files, before %d; %d goroutines, before %d", rounds, nowFiles, files, nowRoutines, routines)
}
