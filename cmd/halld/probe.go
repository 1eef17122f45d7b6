package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/wire"
)

type deviceProbeCmd struct {
	Ports []string      `arg:"" optional:"" help:"The ports; none: every one that is plugged in."`
	For   time.Duration `name:"for" default:"2s" help:"How long to listen to each."`
	Ask   bool          `help:"Also ask the harmless questions of every known protocol, each at its speed, and see who answers. Do not do it to what you do not know is a hall's device."`
	JSON  bool          `help:"One JSON line per port."`
	lineFlags
	profileFlags
}

// probed is what was found at a port.
type probed struct {
	Port       string      `json:"port"`
	Name       string      `json:"name,omitempty"`
	Error      string      `json:"error,omitempty"`
	Heard      string      `json:"heard,omitempty"` // in hex
	Candidates []candidate `json:"candidates,omitempty"`
	Answers    []candidate `json:"answers,omitempty"` // to which question something answered
}

// Run listens to every port. Exit 1: nothing is plugged in, or nothing was recognised where ports were named.
func (c *deviceProbeCmd) Run(ctx context.Context, env *Env) error {
	set, err := c.set("")
	if err != nil {
		return err
	}
	var ports []probed
	for _, name := range c.Ports {
		ports = append(ports, probed{Port: name})
	}
	if len(c.Ports) == 0 {
		for _, p := range listPorts(set, "serial", "printer") {
			ports = append(ports, probed{Port: p.Path, Name: p.Name})
		}
	}
	if len(ports) == 0 {
		fmt.Fprintln(env.Stderr, "halld: no serial port or printer is plugged in; network devices are named: halld device probe tcp:HOST:PORT")
		return errNo
	}
	found := false
	for _, p := range ports {
		c.listen(ctx, set, &p)
		if c.Ask && p.Error == "" {
			c.ask(ctx, set, &p)
		}
		found = found || len(p.Candidates)+len(p.Answers) > 0
		if c.JSON {
			if err := jsonLines(env.Stdout, []probed{p}); err != nil {
				return err
			}
			continue
		}
		p.print(env)
	}
	if !found && len(c.Ports) > 0 {
		return errNo
	}
	return nil
}

func (c *deviceProbeCmd) listen(ctx context.Context, set *profile.Set, p *probed) {
	conn, err := port.Open(ctx, p.Port, c.line(nil))
	if err != nil {
		p.Error = err.Error()
		return
	}
	defer conn.Close()
	heard, err := hear(ctx, conn, c.For)
	if err != nil {
		p.Error = err.Error()
		return
	}
	if len(heard) > 0 {
		p.Heard = hexBytes(heard[:min(len(heard), 256)])
		p.Candidates = teach(set, heard)
	}
}

// ask puts the question of every described protocol that has one. What answers with a frame of that protocol is a candidate.
func (c *deviceProbeCmd) ask(ctx context.Context, set *profile.Set, p *probed) {
	for _, id := range set.IDs() {
		prof, err := set.Get(id)
		if err != nil || prof.Protocol == nil || prof.Roles.Probe == "" || ctx.Err() != nil {
			continue
		}
		pieces, err := encodeFor(prof, 0, nil, prof.Roles.Probe, nil)
		if err != nil {
			continue // it cannot be asked without knowing its address
		}
		var got candidate
		for try := 0; try < 2 && got.Frames == 0; try++ { // the question before, of another protocol, may have left it in the middle of a frame
			if got, err = question(ctx, p.Port, c.line(prof), prof, pieces); err != nil {
				p.Error = err.Error()
				return
			}
		}
		if got.Frames > 0 {
			p.Answers = append(p.Answers, got)
		}
	}
	slices.SortStableFunc(p.Answers, func(a, b candidate) int {
		if a.Checked == b.Checked {
			return 0
		}
		if a.Checked {
			return -1
		}
		return 1
	})
}

// question sends pieces and reads what answers.
func question(ctx context.Context, name string, line port.Line, p *profile.Profile, pieces []profile.Piece) (candidate, error) {
	out := candidate{Profile: p.ID, From: "device"}
	conn, err := port.Open(ctx, name, line)
	if err != nil {
		return out, err
	}
	defer conn.Close()
	for _, piece := range p.Line.Paced(pieces) {
		if _, err := conn.Write(piece.Bytes); err != nil {
			return out, fmt.Errorf("ask at %s: %w", name, err)
		}
		if err := sleep(ctx, piece.Pause); err != nil {
			return out, err
		}
	}
	heard, err := hear(ctx, conn, time.Duration(max(p.Line.ReplyMS, 200))*time.Millisecond+300*time.Millisecond)
	if err != nil && !errors.Is(err, os.ErrClosed) {
		return out, err
	}
	taken := 0
	for _, e := range p.Protocol.DecodeAll(heard) {
		if e.Reject == "" {
			out.Frames++
			taken += len(e.Raw)
			out.Checked = out.Checked || e.Checked
			out.Example = wire.Words(e)
		}
	}
	if len(heard) > 0 {
		out.Explained = float64(taken) / float64(len(heard))
	}
	return out, nil
}

func (p probed) print(env *Env) {
	fmt.Fprintf(env.Stdout, "%s  %s\n", p.Port, p.Name)
	switch {
	case p.Error != "":
		fmt.Fprintf(env.Stdout, "  %s\n", p.Error)
	case p.Heard == "":
		fmt.Fprintln(env.Stdout, "  says nothing by itself")
	default:
		fmt.Fprintf(env.Stdout, "  says %s\n", p.Heard)
	}
	for _, a := range p.Answers {
		fmt.Fprintf(env.Stdout, "  answers the question of %s: %s\n", a.Profile, a.Example)
	}
	for _, f := range p.Candidates[:min(5, len(p.Candidates))] {
		fmt.Fprintf(env.Stdout, "  may be %s (%s): %s\n", f.Profile, f.From, f.Example)
	}
}
