package queue

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

// ZoneID names an acoustic zone.
type ZoneID string

// Zone 播报区 is a part of the hall in which one announcement is heard at a time. Every window belongs to at most one. 0 means 0.
type Zone struct {
	ID        ZoneID        `json:"id"`
	Name      string        `json:"name,omitempty"`
	Windows   []WindowID    `json:"windows,omitempty"`   // whose calls are spoken here; empty in the only zone: all
	Languages []string      `json:"languages,omitempty"` // zh, yue, en, in the order in which they are spoken; empty: nothing is spoken
	Repeat    int           `json:"repeat,omitempty"`    // times a call is spoken in all languages, 1 to 5
	Gap       time.Duration `json:"gap,omitempty"`       // silence between two sentences
	NoChime   bool          `json:"no_chime,omitempty"`  // no bell before a call
	MaxAge    time.Duration `json:"max_age,omitempty"`   // an announcement older than this when its turn comes is left out
	Yao       bool          `json:"yao,omitempty"`       // 1 is read 幺 in ticket numbers
}

// Covers reports whether calls to a window are spoken in the zone.
func (z Zone) Covers(w WindowID) bool { return len(z.Windows) == 0 || slices.Contains(z.Windows, w) }

// Announced returns the zones of the hall. A configuration of before there were zones has none: it speaks as it did then, in one zone "hall".
func (c *Config) Announced() []Zone {
	if len(c.Zones) == 0 {
		return []Zone{{ID: "hall", Languages: []string{"zh"}, Repeat: 2, Gap: 500 * time.Millisecond, MaxAge: 45 * time.Second}}
	}
	return slices.Clone(c.Zones)
}

var languageRE = regexp.MustCompile(`^[a-z]{2,3}$`)

func (p *problems) checkZones(c *Config, windows ids[WindowID]) {
	var seen ids[ZoneID]
	type owner struct {
		zone ZoneID
		path string
	}
	taken := map[WindowID]owner{}
	for i, z := range c.Zones {
		at := fmt.Sprintf("zones[%d]", i)
		take(p, &seen, z.ID, at+".id", idRE, BadID)
		p.name(at+".name", z.Name, false)
		if len(z.Windows) == 0 && len(c.Zones) > 1 {
			p.add(at+".windows", ZoneEmpty, "zone", string(z.ID))
		}
		each(p, windows, z.Windows, at+".windows", UnknownWindowID)
		for k, w := range z.Windows {
			path := fmt.Sprintf("%s.windows[%d]", at, k)
			if other, is := taken[w]; is && other.zone != z.ID {
				p.add(path, WindowTwoZones, "window", string(w), "zone", string(other.zone)).Other = other.path
				continue
			}
			taken[w] = owner{z.ID, path}
		}
		for k, l := range z.Languages {
			path := fmt.Sprintf("%s.languages[%d]", at, k)
			if !languageRE.MatchString(l) {
				p.add(path, LanguageForm, "got", l)
			} else if slices.Index(z.Languages, l) != k {
				p.add(path, ListedTwice, "got", l)
			}
		}
		p.bound(at+".repeat", "zones.repeat", int64(z.Repeat), false)
		p.bound(at+".gap", "zones.gap", int64(z.Gap), true)
		p.bound(at+".max_age", "zones.max_age", int64(z.MaxAge), true)
	}
}
