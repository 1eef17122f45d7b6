package main

import (
	"fmt"
	"path/filepath"

	"halld/display"
	"halld/queue"
	"halld/queue/hallfile"
)

// hallSetup is the set-up of the hall as the API shows and takes it: a hall file.
type hallSetup struct{ data string }

func (hallSetup) Text(c queue.Config) (string, error) {
	text, err := hallfile.Write(c)
	return string(text), err
}

// Read reads a hall file that came over the API; a template that it names is looked for in the folder of the data.
func (h hallSetup) Read(text string) (queue.Config, []display.BadDetail) {
	cfg, all, err := lookAtHall(filepath.Join(h.data, "hall.toml"), []byte(text))
	if err != nil {
		return cfg, []display.BadDetail{{Location: "hall", Message: err.Error()}}
	}
	var bad []display.BadDetail
	for _, m := range all {
		if m.Warning {
			continue
		}
		bad = append(bad, display.BadDetail{Location: fmt.Sprintf("hall:%d:%d", m.Line, m.Column), Message: m.Text(hallfile.English), MessageZh: m.Text(hallfile.Chinese), Value: m.Key})
	}
	return cfg, bad
}

func (hallSetup) Changes(old, now queue.Config) []display.SetupChange {
	if old.Name == "" {
		old = hallfile.Usual()
	}
	var out []display.SetupChange
	for _, c := range hallfile.Difference(old, now) {
		out = append(out, display.SetupChange{Zh: c.Text(hallfile.Chinese), En: c.Text(hallfile.English), Parts: c.Parts(hallfile.English), PartsZh: c.Parts(hallfile.Chinese)})
	}
	return out
}
