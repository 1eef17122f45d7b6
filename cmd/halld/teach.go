package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"halld/devices/port"
	"halld/devices/profile"
)

type deviceTeachCmd struct {
	Port   string        `arg:"" optional:"" help:"The port to listen to."`
	Hex    string        `help:"Bytes that were recorded, instead of a port."`
	Record string        `help:"A record of halld device monitor, instead of a port."`
	Baud   int           `default:"9600" help:"Speed of the line."`
	Format string        `default:"8N1" help:"Data bits, parity, stop bits."`
	For    time.Duration `name:"for" default:"10s" help:"How long to listen."`
	JSON   bool          `help:"One JSON line per candidate."`
}

// candidate is a protocol that explains some of what was heard.
type candidate struct {
	Profile   string  `json:"profile"`
	From      string  `json:"from"` // who spoke: host or device
	Frames    int     `json:"frames"`
	Explained float64 `json:"explained"` // share of the bytes
	Checked   bool    `json:"checked"`   // its frames carry a checksum: chance is ruled out
	Example   string  `json:"example"`
}

// Run listens and tries every known protocol, from both ends, against what was heard. Exit 1: none explains it.
func (c *deviceTeachCmd) Run(ctx context.Context, env *Env) error {
	heard, err := c.hear(ctx, env)
	if err != nil {
		return err
	}
	found, err := teach(heard)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		fmt.Fprintf(env.Stderr, "halld: %d bytes were heard and no known protocol explains them; try other speeds with --baud, or describe it: firmware-configs/README.md\n", len(heard))
		return errNo
	}
	if c.JSON {
		enc := json.NewEncoder(env.Stdout)
		for _, f := range found {
			if err := enc.Encode(f); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(env.Stdout, 2, 4, 2, ' ', 0)
	fmt.Fprintln(w, "PROFILE\tSPEAKER\tFRAMES\tEXPLAINED\tCHECKSUM\tEXAMPLE")
	for _, f := range found {
		fmt.Fprintf(w, "%s\t%s\t%d\t%.0f %%\t%v\t%s\n", f.Profile, f.From, f.Frames, 100*f.Explained, f.Checked, f.Example)
	}
	return w.Flush()
}

func (c *deviceTeachCmd) hear(ctx context.Context, env *Env) ([]byte, error) {
	sources := 0
	for _, s := range []string{c.Hex, c.Port, c.Record} {
		if s != "" {
			sources++
		}
	}
	switch {
	case sources != 1:
		return nil, wrongUse{errors.New("give a port, or --hex with bytes, or --record with a file of halld device monitor")}
	case c.Hex != "":
		return parseHex([]string{c.Hex})
	case c.Record != "":
		pieces, err := readRecord(c.Record)
		if err != nil {
			return nil, wrongUse{err}
		}
		var heard []byte
		for _, p := range pieces {
			b, err := parseHex([]string{p.Hex})
			if err != nil {
				return nil, err
			}
			heard = append(heard, b...)
		}
		return heard, nil
	}
	conn, err := port.Open(ctx, c.Port, port.Line{Baud: c.Baud, Format: c.Format})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	fmt.Fprintf(env.Stderr, "listening to %s for %v; let the device speak: press its keys, call a number from its own program\n", c.Port, c.For)
	if err := conn.SetReadDeadline(time.Now().Add(c.For)); err != nil {
		return nil, err
	}
	var heard []byte
	buf := make([]byte, 512)
	for ctx.Err() == nil && len(heard) < 1<<16 {
		n, err := conn.Read(buf)
		heard = append(heard, buf[:n]...)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("listen to %s: %w", c.Port, err)
		}
	}
	return heard, nil
}

// teach ranks the protocols that explain what was heard: with a checksum first, then by how much they explain.
func teach(heard []byte) ([]candidate, error) {
	set, err := profiles()
	if err != nil {
		return nil, err
	}
	var found []candidate
	for _, id := range set.IDs() {
		p, err := set.Get(id)
		if err != nil {
			return nil, err
		}
		if p.Protocol == nil {
			continue
		}
		for _, end := range []struct {
			from string
			dec  *profile.Decoder
		}{{"device", p.Protocol.NewDecoder()}, {"host", p.Protocol.DeviceSide().NewDecoder()}} {
			c := candidate{Profile: id, From: end.from}
			taken := 0
			for _, e := range append(end.dec.Feed(heard), end.dec.Flush()...) {
				if e.Reject != "" {
					continue
				}
				c.Frames++
				taken += len(e.Raw)
				c.Checked = c.Checked || e.Checked
				if c.Example == "" {
					c.Example = strings.TrimSpace(fmt.Sprint(e.Name, " ", e.Fields))
				}
			}
			if c.Frames > 0 {
				c.Explained = float64(taken) / float64(len(heard))
				found = append(found, c)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int {
		switch {
		case a.Checked != b.Checked:
			if a.Checked {
				return -1
			}
			return 1
		case a.Explained > b.Explained:
			return -1
		case a.Explained < b.Explained:
			return 1
		}
		return 0
	})
	return found, nil
}
