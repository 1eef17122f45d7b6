package queue

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

// ZoneID names an acoustic zone.
type ZoneID string

// Zone 播报区 is a part of the hall in which one announcement is heard at a time. Every window belongs to at most one. The zero value of a field means its
// default; Announced fills them in.
type Zone struct {
	ID        ZoneID        `json:"id"`
	Name      string        `json:"name,omitempty"`
	Windows   []WindowID    `json:"windows,omitempty"`   // whose calls are spoken here; empty in the only zone: all
	Languages []string      `json:"languages,omitempty"` // zh, yue, en, in the order in which they are spoken; default zh
	Repeat    int           `json:"repeat,omitempty"`    // times a call is spoken in all languages, 1 to 5, default 2
	Gap       time.Duration `json:"gap,omitempty"`       // silence between two sentences, default 500 ms
	NoChime   bool          `json:"no_chime,omitempty"`  // no bell before a call
	MaxAge    time.Duration `json:"max_age,omitempty"`   // an announcement older than this when its turn comes is left out, default 45 s
	Yao       bool          `json:"yao,omitempty"`       // 1 is read 幺 in ticket numbers
}

// Defaults returns the zone with every zero field set to its default.
func (z Zone) Defaults() Zone {
	if len(z.Languages) == 0 {
		z.Languages = []string{"zh"}
	}
	if z.Repeat == 0 {
		z.Repeat = 2
	}
	if z.Gap == 0 {
		z.Gap = 500 * time.Millisecond
	}
	if z.MaxAge == 0 {
		z.MaxAge = 45 * time.Second
	}
	return z
}

// Covers reports whether calls to a window are spoken in the zone.
func (z Zone) Covers(w WindowID) bool { return len(z.Windows) == 0 || slices.Contains(z.Windows, w) }

// Announced returns the zones of the hall with their defaults; a hall without any is one zone with the ID "hall".
func (c *Config) Announced() []Zone {
	if len(c.Zones) == 0 {
		return []Zone{Zone{ID: "hall"}.Defaults()}
	}
	out := make([]Zone, len(c.Zones))
	for i, z := range c.Zones {
		out[i] = z.Defaults()
	}
	return out
}

var languageRE = regexp.MustCompile(`^[a-z]{2,3}$`)

func (c *Config) checkZones(windows map[WindowID]bool) error {
	ids, taken := map[ZoneID]bool{}, map[WindowID]ZoneID{}
	for i, z := range c.Zones {
		if err := unique(ids, z.ID, "zones", i); err != nil {
			return err
		}
		if len(z.Windows) == 0 && len(c.Zones) > 1 {
			return fmt.Errorf("zones[%d].windows: zone %s has no window; only a single zone may leave them out", i, z.ID)
		}
		for k, w := range z.Windows {
			if !windows[w] {
				return fmt.Errorf("zones[%d].windows[%d]: there is no window %q", i, k, w)
			}
			if other, is := taken[w]; is {
				return fmt.Errorf("zones[%d].windows[%d]: window %s is in zone %s already; a call is spoken in one zone", i, k, w, other)
			}
			taken[w] = z.ID
		}
		for k, l := range z.Languages {
			if !languageRE.MatchString(l) || slices.Index(z.Languages, l) != k {
				return fmt.Errorf("zones[%d].languages[%d]: %q; write each language once, such as zh, yue, en", i, k, l)
			}
		}
		switch d := z.Defaults(); {
		case d.Repeat < 1 || d.Repeat > 5:
			return fmt.Errorf("zones[%d].repeat: %d; write 1 to 5", i, z.Repeat)
		case d.Gap < 0 || d.Gap > 10*time.Second:
			return fmt.Errorf("zones[%d].gap: %s; write up to 10s", i, z.Gap)
		case d.MaxAge < 5*time.Second || d.MaxAge > 10*time.Minute:
			return fmt.Errorf("zones[%d].max_age: %s; write 5s to 10m", i, z.MaxAge)
		}
	}
	return nil
}
