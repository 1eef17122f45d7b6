package rack_test

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/drivers"
	"halld/devices/profile"
	"halld/devices/rack"
	"halld/devices/sim"
	firmware "halld/firmware-configs"
)

// listening reads a built-in file with another number behind `tcp =`.
func listening(t *testing.T, set *profile.Set, file string, number string) {
	t.Helper()
	text, err := os.ReadFile("../../firmware-configs/" + file)
	if err != nil {
		t.Fatal(err)
	}
	was := regexp.MustCompile(`(?m)^tcp = \d+`)
	if len(was.FindAll(text, -1)) != 1 {
		t.Fatalf("%s does not say once on which port the model listens", file)
	}
	all, err := profile.ReadFile(file, was.ReplaceAll(text, []byte("tcp = "+number)))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		p.ID = "own-" + p.ID
	}
	if err := set.Put(file, all); err != nil {
		t.Fatal(err)
	}
}

// TestPortOfTheProfile: a board whose hall file names only the host is reached at the number of its profile, and shows what it is told.
func TestPortOfTheProfile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ id, file string }{{"cpower-tcp", "cpower/c5200.toml"}, {"onbon-bx5k", "onbon/bx5k.toml"}} {
		t.Run(c.id, func(t *testing.T) {
			set, err := profile.Load(firmware.FS)
			if err != nil {
				t.Fatal(err)
			}
			p, err := set.Get(c.id)
			if err != nil {
				t.Fatal(err)
			}
			board, err := sim.New("board", p, sim.Options{ID: "board", TCP: "127.0.0.1:0"})
			if err != nil {
				t.Fatal(err)
			}
			name, err := board.Start()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = board.Close() })
			host, number, err := net.SplitHostPort(strings.TrimPrefix(name, "tcp:"))
			if err != nil {
				t.Fatal(err)
			}
			listening(t, set, c.file, number)
			r := rack.New(rack.Options{Openers: drivers.All, Profiles: set, Log: slog.New(slog.DiscardHandler)})
			if err := r.Start(t.Context(), []rack.Config{{ID: "b", Kind: "board", Profile: "own-" + c.id, Port: "tcp:" + host, Window: 3}}); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(r.Stop)
			within(t, 20*time.Second, "the board is not there", func() bool { _, ok := r.Get("b"); return ok })
			if a, b := r.OnPort("tcp:"+host), r.OnPort(name); len(a) != 1 || len(b) != 1 {
				t.Errorf("the board stands at its port by neither name: %q, %q", a, b)
			}
			dev, _ := r.Get("b")
			if err := dev.(devices.Board).Show(t.Context(), devices.Face{Window: 3, Number: "A012", Mode: devices.Calling}); err != nil {
				t.Fatal(err)
			}
			within(t, 20*time.Second, "the board does not show the call", func() bool { return strings.Contains(board.(interface{ Text() string }).Text(), "A012") })
		})
	}
}

// TestPortWithoutANumber: two models behind one host that listen on different numbers are no bus, and a host without any number is away with a log line
// that says what to write.
func TestPortWithoutANumber(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	set, err := profile.Load(firmware.FS)
	if err != nil {
		t.Fatal(err)
	}
	listening(t, set, "onbon/bx5k.toml", "1")
	r := rack.New(rack.Options{Openers: drivers.All, Profiles: set, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err := r.Start(t.Context(), []rack.Config{
		{ID: "one", Kind: "board", Profile: "own-onbon-bx5k", Port: "tcp:127.0.0.1", Address: 1, Window: 1},
		{ID: "two", Kind: "board", Profile: "onbon-bx5k", Port: "tcp:127.0.0.1", Address: 2, Window: 1},
		{ID: "none", Kind: "board", Profile: "pinganlihe", Port: "tcp:localhost", Address: 2, Window: 1},
	}); err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, "the second model is not refused", func() bool { return has(r, "two", "bad-profile") })
	within(t, 20*time.Second, "a host without a number is not away", func() bool { return has(r, "none", "unplugged") })
	r.Stop()
	for _, want := range []string{"listens on TCP port 1", fmt.Sprintf("write tcp:%s:PORT", "localhost")} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log.String())
		}
	}
}
