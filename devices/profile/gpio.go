package profile

import (
	"fmt"
	"regexp"
	"slices"
)

// GPIO is what the gpio driver must know of buttons, lamps and relays on GPIO lines.
type GPIO struct {
	Lines      []GPIOLine `toml:"lines"`       // in the order in which the port names them
	DebounceMS int        `toml:"debounce_ms"` // a level counts once it has lasted so long, 1 to 1000; default 30
	StuckMS    int        `toml:"stuck_ms"`    // pressed for longer is an alarm, up to an hour; default 30 s
	PulseMS    int        `toml:"pulse_ms"`    // outputs are on for so long instead of as long as the window calls; 0: no pulse
	EveryMS    int        `toml:"every_ms"`    // the rest between two pulses while the window calls; 0: one pulse a call
}

// GPIOLine is one line.
type GPIOLine struct {
	Name      string `toml:"name"`       // settings of the hall file name it so
	Dir       string `toml:"dir"`        // in or out
	Pull      string `toml:"pull"`       // of an input: none, up or down; default none
	ActiveLow bool   `toml:"active_low"` // pressed, or on, at level 0
	Key       string `toml:"key"`        // of an input: what a press means in a hall; "ticket": set.NAME says of which queue
	Level     int    `toml:"level"`      // of key "rate": 1 to 5
}

// gpioKeys are what a button can mean.
var gpioKeys = []string{"call", "recall", "here", "finish", "miss", "pause", "ask-rating", "rate", "ticket"}

var gpioName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// check looks at what the table says, and fills in defaults. It returns the key at fault with the error.
func (g *GPIO) check() (string, error) {
	if g.DebounceMS == 0 {
		g.DebounceMS = 30
	}
	if g.StuckMS == 0 {
		g.StuckMS = 30_000
	}
	for _, n := range []struct {
		key         string
		v, low, top int
	}{
		{"debounce_ms", g.DebounceMS, 1, 1000}, {"stuck_ms", g.StuckMS, 1000, 3_600_000}, {"pulse_ms", g.PulseMS, 0, 60_000}, {"every_ms", g.EveryMS, 0, 600_000},
	} {
		if n.v < n.low || n.v > n.top {
			return n.key, fmt.Errorf("gpio.%s: %d; write %d to %d", n.key, n.v, n.low, n.top)
		}
	}
	if len(g.Lines) == 0 || len(g.Lines) > 16 {
		return "lines", fmt.Errorf("gpio.lines: %d lines; write 1 to 16", len(g.Lines))
	}
	known := map[string]bool{}
	for i := range g.Lines {
		l := &g.Lines[i]
		if l.Pull == "" {
			l.Pull = "none"
		}
		what := ""
		switch {
		case !gpioName.MatchString(l.Name) || known[l.Name]:
			what = fmt.Sprintf("name %q; write lower-case letters and digits, each name once", l.Name)
		case l.Dir != "in" && l.Dir != "out":
			what = fmt.Sprintf("dir %q; write in or out", l.Dir)
		case !slices.Contains([]string{"none", "up", "down"}, l.Pull):
			what = fmt.Sprintf("pull %q; write none, up or down", l.Pull)
		case l.Dir == "out" && (l.Key != "" || l.Pull != "none"):
			what = "an output has no key and no pull"
		case l.Dir == "in" && !slices.Contains(gpioKeys, l.Key):
			what = fmt.Sprintf("key %q; write one of %v", l.Key, gpioKeys)
		case (l.Key == "rate") != (l.Level >= 1 && l.Level <= 5) || l.Level < 0 || l.Level > 5:
			what = fmt.Sprintf("level %d; write 1 to 5 with key \"rate\", and none with others", l.Level)
		}
		if what != "" {
			return fmt.Sprintf("lines[%d]", i), fmt.Errorf("gpio.lines: line %d: %s", i+1, what)
		}
		known[l.Name] = true
	}
	return "", nil
}
