package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"halld/display"
)

// The dates on which the hall stays closed are said, listed and taken back at the command line.
func TestDaySkipAndUnskip(t *testing.T) {
	t.Parallel()
	cfg, err := demoConfig()
	if err != nil {
		t.Fatal(err)
	}
	cfg.Devices = nil
	sys, err := startSystem(t.Context(), systemOptions{Data: t.TempDir(), Create: true, Listen: "127.0.0.1:0", Config: &cfg, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer sys.close()
	token, err := sys.sessions.CreateToken(display.RoleManager, "li")
	if err != nil {
		t.Fatal(err)
	}
	day := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if code := run(t.Context(), append(append([]string{"day"}, args...), "--url", sys.url(), "--token", token), &out, &out); code != want {
			t.Errorf("day %v: exit %d\n%s", args, code, out.String())
		}
		return out.String()
	}
	date := time.Now().AddDate(0, 0, 9).Format(time.DateOnly)
	day(0, "skip", "--date", date, "--reason", "停电检修")
	if said := day(0, "status"); !strings.Contains(said, "stays closed on "+date+": 停电检修 (li, ") {
		t.Errorf("it is not listed:\n%s", said)
	}
	if said := day(0, "unskip", "--date", date); strings.Contains(said, date) {
		t.Errorf("it is still listed:\n%s", said)
	}
	if said := day(1, "unskip", "--date", date); !strings.Contains(said, "does not stay closed on "+date) {
		t.Errorf("taken back twice:\n%s", said)
	}
}
