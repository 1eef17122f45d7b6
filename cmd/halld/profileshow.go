package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"halld/devices/profile"
)

type profileShowCmd struct {
	ID   string `arg:"" help:"A protocol or model, or a .toml file."`
	JSON bool   `help:"One JSON object."`
	Data string `help:"The data folder of a hall: its own profiles, too."`
	profileFlags
}

func (c *profileShowCmd) Run(env *Env) error {
	p, err := c.find(c.Data, c.ID)
	if err != nil {
		return err
	}
	if !c.JSON {
		showProfile(env.Stdout, p)
		return nil
	}
	ops, events := []string{}, []string{}
	if p.Protocol != nil {
		ops, events = p.Protocol.Ops(), p.Protocol.Events()
	}
	line, err := json.Marshal(map[string]any{"id": p.ID, "maker": p.Maker, "model": p.Model, "kind": p.Kind, "driver": p.Driver, "proof": p.Proof,
		"source": append([]string{}, p.Source...), "caveats": append([]string{}, p.Caveats...), "line": lineWords(p.Line), "form": p.Form(), "ops": ops, "events": events})
	if err != nil {
		return err
	}
	fmt.Fprintln(env.Stdout, string(line))
	return nil
}

// showProfile writes a model for people.
func showProfile(w io.Writer, p *profile.Profile) {
	row := func(key, text string) { fmt.Fprintf(w, "%-8s %s\n", key, text) }
	row(p.ID, strings.TrimSpace(p.Maker+" "+p.Model))
	row("kind", p.Kind+", driver "+p.Driver)
	row("proof", p.Proof)
	for _, s := range p.Source {
		row("source", s)
	}
	for _, s := range p.Caveats {
		row("caveat", s)
	}
	if p.GPIO == nil { // contacts have no speed
		row("line", lineWords(p.Line))
	}
	if n := p.Line.TCP; n > 0 {
		row("network", fmt.Sprintf("TCP port %d, if the hall file names none", n))
	}
	for _, f := range p.Form() {
		row("set", f.Name+"  "+f.Label+" / "+f.LabelEn+fieldRange(f))
	}
	for _, mode := range []string{"calling", "serving", "idle", "paused", "closed"} {
		if s, ok := p.Roles.Board[mode]; ok {
			row(mode, s.Op+": "+s.Text)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.Roles.Caller)) {
		row("key", key+": "+p.Roles.Caller[key])
	}
	for _, v := range slices.Sorted(maps.Keys(p.Roles.Pad.Levels)) {
		row("rating", fmt.Sprintf("%s: level %d", v, p.Roles.Pad.Levels[v]))
	}
	if p.Roles.Voice.Say != "" {
		row("voice", p.Roles.Voice.Say+", languages "+strings.Join(p.Roles.Voice.Languages, ", "))
	}
	if p.Roles.Probe != "" {
		row("probe", p.Roles.Probe)
	}
	if p.Roles.Poll != "" {
		row("poll", fmt.Sprintf("%s, every %d ms", p.Roles.Poll, p.Roles.PollMS))
	}
	if p.Protocol == nil {
		return
	}
	for _, op := range p.Protocol.Ops() {
		takes := p.Protocol.Arguments(op)
		delete(takes, "seq") // counted by the driver
		row("op", strings.TrimSpace(op+" "+strings.Join(slices.Sorted(maps.Keys(takes)), " ")))
	}
	for _, e := range p.Protocol.Events() {
		row("event", e)
	}
}

// fieldRange says what a field takes and what stands there if nothing is set.
func fieldRange(f profile.Field) string {
	var out []string
	switch {
	case len(f.Choices) > 0:
		out = append(out, strings.Join(f.Choices, ", "))
	case f.Min != nil && f.Max != nil:
		out = append(out, fmt.Sprintf("%d to %d", *f.Min, *f.Max))
	}
	if f.Default != "" {
		out = append(out, "default "+f.Default)
	}
	if len(out) == 0 {
		return ""
	}
	sep := ", "
	if len(f.Choices) > 0 {
		sep = "; "
	}
	return ": " + strings.Join(out, sep)
}

func lineWords(l profile.Line) string {
	out := fmt.Sprintf("%d %s", l.Baud, l.Format)
	if l.Flow != "" {
		out += ", " + l.Flow
	}
	if gap := l.Gap(); gap > 0 {
		out += fmt.Sprintf(", %d ms between frames", gap.Milliseconds())
	}
	if l.ByteMS > 0 {
		out += fmt.Sprintf(", %d ms between bytes", l.ByteMS)
	}
	if l.ReplyMS > 0 {
		out += fmt.Sprintf(", answers within %d ms, asked again %d times", l.ReplyMS, l.Retries)
	}
	if l.Times > 1 {
		out += fmt.Sprintf(", every frame %d times, %d ms apart", l.Times, l.TimesMS)
	}
	return out
}
