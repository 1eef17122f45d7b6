package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"halld/devices/profile"
	"halld/display"
	firmware "halld/firmware-configs"
	"halld/queue"
)

// profileFlags say where profiles are besides those that are built in.
type profileFlags struct {
	Profiles string `help:"A folder with profiles of one's own, besides the built-in ones." placeholder:"DIR"`
}

// set loads the built-in profiles, those of the folder, and those of a hall's data folder, if it is not empty.
func (f profileFlags) set(data string) (*profile.Set, error) {
	set, err := profiles()
	if err != nil {
		return nil, err
	}
	dirs := []string{f.Profiles}
	if data != "" {
		dirs = append(dirs, filepath.Join(data, "profiles"))
	}
	for _, dir := range dirs {
		if dir == "" {
			continue
		}
		if err := errors.Join(addProfiles(set, dir)...); err != nil {
			return nil, wrongUse{err}
		}
	}
	if f.Profiles != "" {
		if _, err := os.Stat(f.Profiles); err != nil {
			return nil, wrongUse{fmt.Errorf("--profiles: %w", err)}
		}
	}
	return set, nil
}

// find takes a profile by its ID, or reads it from a file whose name ends in .toml.
func (f profileFlags) find(data, id string) (*profile.Profile, error) {
	if filepath.Ext(id) == ".toml" {
		text, err := os.ReadFile(id)
		if err != nil {
			return nil, wrongUse{err}
		}
		all, err := profile.ReadFile(id, text)
		if err != nil {
			return nil, wrongUse{err}
		}
		return all[0], nil
	}
	set, err := f.set(data)
	if err != nil {
		return nil, err
	}
	p, err := set.Get(id)
	if err != nil {
		return nil, wrongUse{err}
	}
	return p, nil
}

// addProfiles adds every file of a folder that can be used, and says what is wrong with the others. A folder that is not there holds none.
func addProfiles(set *profile.Set, dir string) []error {
	names, err := filepath.Glob(filepath.Join(dir, "*.toml"))
	if err != nil {
		return []error{err}
	}
	var errs []error
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all, err := profile.ReadFile(name, text)
		if err == nil {
			err = set.Put(name, all)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// hallProfiles are the profiles of a running hall. A broken file of its own costs the devices that need it, not the hall.
func hallProfiles(data string, log *slog.Logger) (*profile.Set, error) {
	set, err := profiles()
	if err != nil {
		return nil, err
	}
	for _, err := range addProfiles(set, filepath.Join(data, "profiles")) {
		log.Warn("a profile cannot be used", "err", err)
	}
	return set, nil
}

var (
	placeRE = regexp.MustCompile(`^profile:(\d+)(?::(\d+))?: (?s)(.*)$`)
	safeID  = regexp.MustCompile(`^[a-z0-9][a-z0-9.+-]{0,63}$`)
)

// mistake is a message in both languages.
func mistake(line int, message string) display.BenchMistake {
	zh, _ := profile.Chinese(message) // none: the page says so, and shows the English
	return display.BenchMistake{Line: line, Message: message, MessageZh: zh}
}

// reason is why something is refused, in both languages.
func reason(place, message string) display.BadDetail {
	zh, _ := profile.Chinese(message)
	return display.BadDetail{Location: place, Message: message, MessageZh: zh}
}

// badProfile refuses a text with its first mistake.
func badProfile(c display.BenchCheck) error {
	m := c.Mistakes[0]
	return display.Explain(display.BadProfile, display.BadDetail{Location: fmt.Sprintf("line %d", m.Line), Message: m.Message, MessageZh: m.MessageZh})
}

// checkText reads the text of a profile, tries its vectors, and says what is wrong where.
func checkText(text string) (display.BenchCheck, []*profile.Profile) {
	out := display.BenchCheck{IDs: []string{}, Models: []display.BenchModel{}, Mistakes: []display.BenchMistake{}}
	all, err := profile.ReadFile("profile", []byte(text))
	if err != nil {
		m := mistake(0, err.Error())
		if at := placeRE.FindStringSubmatch(err.Error()); at != nil {
			line, _ := strconv.Atoi(at[1]) // digits
			m = mistake(line, at[3])
			m.Column, _ = strconv.Atoi(at[2]) // digits, or nothing
		}
		out.Mistakes = append(out.Mistakes, m)
		return out, nil
	}
	for _, p := range all {
		out.IDs = append(out.IDs, p.ID)
		out.Models = append(out.Models, modelForm(p))
		out.Vectors += len(p.Vectors)
		if !safeID.MatchString(p.ID) {
			out.Mistakes = append(out.Mistakes, mistake(lineWith(text, "id", 1),
				fmt.Sprintf("id: %q; write 1 to 64 lower-case letters, digits, points, plus and minus signs, such as \"maker-model\"", p.ID)))
		}
		for _, m := range p.WrongVectors() {
			out.Mistakes = append(out.Mistakes, mistake(m.Line, m.Err.Error()))
		}
	}
	out.OK = len(out.Mistakes) == 0
	return out, all
}

// lineWith is the n-th line that starts with these words; 0 if there are fewer.
func lineWith(text, start string, n int) int {
	for i, l := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(l), start) {
			if n--; n == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// Check says whether the text of a profile is right, and whether its names are free.
func (t *technician) Check(text string) display.BenchCheck {
	out, all := checkText(text)
	for _, p := range all {
		if old, err := t.profiles.Get(p.ID); err == nil && old.From() != t.file(all[0].ID) {
			out.OK = false
			out.Mistakes = append(out.Mistakes, mistake(lineWith(text, "id", 1), fmt.Sprintf("id: %q is taken by another profile; choose another id", p.ID)))
		}
	}
	return out
}

func (t *technician) file(id string) string { return filepath.Join(t.dir, id+".toml") }

// Use keeps a profile in the data folder and opens its devices anew.
func (t *technician) Use(who, text string) (display.BenchUsed, error) {
	check, all := checkText(text)
	if !check.OK {
		return display.BenchUsed{}, badProfile(check)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	name := t.file(all[0].ID)
	if err := os.MkdirAll(t.dir, 0o755); err != nil {
		return display.BenchUsed{}, fmt.Errorf("keep profile %s: %w", all[0].ID, err)
	}
	next := name + ".next" // not .toml: a crash leaves nothing that is read
	if err := os.WriteFile(next, []byte(text), 0o644); err != nil {
		return display.BenchUsed{}, fmt.Errorf("keep profile %s: %w", all[0].ID, err)
	}
	if err := t.profiles.Put(name, all); err != nil {
		return display.BenchUsed{}, display.Explain(display.ProfileTaken, reason("id", errors.Join(err, os.Remove(next)).Error()))
	}
	if err := os.Rename(next, name); err != nil {
		return display.BenchUsed{}, fmt.Errorf("keep profile %s: %w", all[0].ID, err)
	}
	t.log.Info("bench: a profile is used", "who", who, "profile", all[0].ID, "file", name)
	out := display.BenchUsed{IDs: check.IDs, File: name, Restarted: []string{}}
	for _, h := range t.s.rack.Health() {
		if !slices.Contains(check.IDs, h.Profile) {
			continue
		}
		if _, err := t.s.rack.Restart(h.ID); err == nil {
			out.Restarted = append(out.Restarted, h.ID)
		}
	}
	return out, nil
}

// ProfileText is the file of a profile: one's own, or a built-in one to start from.
func (t *technician) ProfileText(id string) (display.BenchText, error) {
	p, err := t.profiles.Get(id)
	if err != nil {
		return display.BenchText{}, queue.Refuse(display.UnknownProfile, "there is no profile %q", id)
	}
	if p.From() != "" {
		text, err := os.ReadFile(p.From())
		return display.BenchText{ID: id, Text: string(text), Own: true}, err
	}
	out := display.BenchText{ID: id}
	err = fs.WalkDir(firmware.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".toml" {
			return err
		}
		text, err := fs.ReadFile(firmware.FS, name)
		if err != nil {
			return err
		}
		all, err := profile.ReadFile(name, text)
		if err == nil && slices.ContainsFunc(all, func(p *profile.Profile) bool { return p.ID == id }) {
			out.Text = string(text)
			return fs.SkipAll
		}
		return err
	})
	return out, err
}

// Profiles lists the models that are known, with their forms.
func (t *technician) Profiles() []display.BenchProfile {
	var out []display.BenchProfile
	for _, id := range t.profiles.IDs() {
		p, err := t.profiles.Get(id)
		if err != nil {
			continue // it went just now
		}
		b := display.BenchProfile{ID: p.ID, Maker: p.Maker, Model: p.Model, Kind: p.Kind, Driver: p.Driver, Proof: p.Proof, Line: lineText(p), Own: p.From() != "",
			Caveats: append([]string{}, p.Caveats...), Ops: []display.BenchOp{}, Set: []display.BenchAsks{}}
		if p.Protocol != nil {
			b.Ops, b.Set = forms(p)
		}
		out = append(out, b)
	}
	return out
}

// forms makes the forms of the operations, and of what a hall file may set.
func forms(p *profile.Profile) (ops []display.BenchOp, set []display.BenchAsks) {
	ops = []display.BenchOp{}
	for _, name := range p.Protocol.Ops() {
		o := p.Protocol.Op(name)
		op := display.BenchOp{Name: name, Asks: []display.BenchAsks{}, Steps: stepWords(o)}
		can, must := takes(p.Protocol, name)
		delete(can, "seq") // counted by the driver
		for _, arg := range slices.Sorted(maps.Keys(can)) {
			a := asks(p.Protocol.Field(arg))
			a.Needed = slices.Contains(must, arg) && a.Default == ""
			op.Asks = append(op.Asks, a)
		}
		slices.SortStableFunc(op.Asks, func(a, b display.BenchAsks) int { // what must be given comes first
			switch {
			case a.Needed == b.Needed:
				return 0
			case a.Needed:
				return -1
			}
			return 1
		})
		ops = append(ops, op)
	}
	return ops, modelForm(p).Set
}

// modelForm is what a hall file may set of a model.
func modelForm(p *profile.Profile) display.BenchModel {
	out := display.BenchModel{ID: p.ID, Kind: p.Kind, Blind: p.SendOnly(), Set: []display.BenchAsks{},
		Presses: slices.ContainsFunc([]string{"caller", "pad", "button", "reader"}, func(k string) bool { return strings.Contains(p.Kind, k) })}
	for _, f := range p.Form() {
		switch {
		case f.Name == "addr":
			a := asks(f)
			out.Address = &a
		case !f.Call && len(f.Ops) > 0:
			out.Set = append(out.Set, asks(f))
		}
	}
	return out
}

// hasAddress reports whether devices of a model are told apart by an address.
func hasAddress(p *profile.Profile) bool {
	return slices.ContainsFunc(p.Form(), func(f profile.Field) bool { return f.Name == "addr" })
}

func asks(f profile.Field) display.BenchAsks {
	return display.BenchAsks{Name: f.Name, Kind: f.Kind, Label: f.Label, LabelEn: f.LabelEn, Default: f.Default, Min: f.Min, Max: f.Max, Of: f.Choices}
}
