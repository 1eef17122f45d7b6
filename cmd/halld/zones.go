package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"halld/devices/speech"
	"halld/queue"
)

// zoneFile is one [[zone]] of HALL.toml.
type zoneFile struct {
	ID        string   `toml:"id"`
	Name      string   `toml:"name,omitempty"`
	Windows   []string `toml:"windows,omitempty"`
	Languages []string `toml:"languages,omitempty"`
	Repeat    int      `toml:"repeat,omitempty"`
	Gap       string   `toml:"gap,omitempty"`
	Chime     *bool    `toml:"chime,omitempty"`
	MaxAge    string   `toml:"max_age,omitempty"`
	Yao       bool     `toml:"yao,omitempty"`
}

func readZones(files []zoneFile) ([]queue.Zone, error) {
	var out []queue.Zone
	for i, f := range files {
		z := queue.Zone{ID: queue.ZoneID(f.ID), Name: f.Name, Languages: f.Languages, Repeat: f.Repeat, NoChime: f.Chime != nil && !*f.Chime, Yao: f.Yao}
		for _, w := range f.Windows {
			z.Windows = append(z.Windows, queue.WindowID(w))
		}
		for _, d := range []struct {
			key, text string
			to        *time.Duration
		}{{"gap", f.Gap, &z.Gap}, {"max_age", f.MaxAge, &z.MaxAge}} {
			if d.text == "" {
				continue
			}
			v, err := time.ParseDuration(d.text)
			if err != nil || v <= 0 {
				return nil, fmt.Errorf("zones[%d].%s: %q is no duration; write for example \"500ms\" or \"45s\"", i, d.key, d.text)
			}
			*d.to = v
		}
		out = append(out, usualZone(z))
	}
	return out, nil
}

// writeZones is the inverse of readZones.
func writeZones(zones []queue.Zone) []zoneFile {
	var out []zoneFile
	for _, z := range zones {
		z = usualZone(z)
		chime := !z.NoChime
		f := zoneFile{ID: string(z.ID), Name: z.Name, Languages: z.Languages, Repeat: z.Repeat, Gap: z.Gap.String(), Chime: &chime, MaxAge: z.MaxAge.String(), Yao: z.Yao}
		for _, w := range z.Windows {
			f.Windows = append(f.Windows, string(w))
		}
		out = append(out, f)
	}
	return out
}

// checkLanguages finds languages that nobody here speaks, and zones of devices that speak nothing.
func checkLanguages(c queue.Config) error {
	for i, z := range c.Zones {
		for k, l := range z.Languages {
			if !slices.Contains(speech.Languages(), l) {
				return fmt.Errorf("zones[%d].languages[%d]: there is no language %q; there are %s", i, k, l, strings.Join(speech.Languages(), ", "))
			}
		}
	}
	for i, d := range c.Devices {
		if d.Zone != "" && d.Kind != "voice" {
			return fmt.Errorf("devices[%d].zone: %s is a %s; only a voice has a zone", i, d.ID, d.Kind)
		}
	}
	return nil
}

// usualZone fills in what a file leaves out.
func usualZone(z queue.Zone) queue.Zone {
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
