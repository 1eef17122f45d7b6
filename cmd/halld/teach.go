package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/wire"
)

type deviceTeachCmd struct {
	Port   string        `arg:"" optional:"" help:"The port to listen to."`
	Hex    string        `help:"Bytes that were recorded, instead of a port."`
	Record string        `help:"A record of halld device monitor, instead of a port."`
	Baud   int           `default:"9600" help:"Speed of the line."`
	Format string        `default:"8N1" help:"Data bits, parity, stop bits."`
	For    time.Duration `name:"for" default:"10s" help:"How long to listen."`
	JSON   bool          `help:"One JSON line per candidate."`
	profileFlags
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
	set, err := c.set("")
	if err != nil {
		return err
	}
	heard, err := c.hear(ctx, env)
	if err != nil {
		return err
	}
	found := teach(set, heard)
	if len(found) == 0 {
		fmt.Fprintf(env.Stderr, "halld: %d bytes were heard and no known protocol explains them; try other speeds with --baud, or describe it: firmware-configs/README.md\n", len(heard))
		return errNo
	}
	if c.JSON {
		return jsonLines(env.Stdout, found)
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
		session, err := readSession(c.Record)
		if err != nil {
			return nil, err
		}
		var heard []byte
		for _, p := range session.Pieces {
			heard = append(heard, p.Bytes...)
		}
		return heard, nil
	}
	conn, err := port.Open(ctx, c.Port, port.Line{Baud: c.Baud, Format: c.Format})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	fmt.Fprintf(env.Stderr, "listening to %s for %v; let the device speak: press its keys, call a number from its own program\n", c.Port, c.For)
	return hear(ctx, conn, c.For)
}

// mostHeard bounds what is listened to at once.
const mostHeard = 1 << 16

// hear listens to a port for a time.
func hear(ctx context.Context, conn port.Conn, within time.Duration) ([]byte, error) {
	var heard []byte
	buf := make([]byte, 512)
	for end := time.Now().Add(within); ctx.Err() == nil && time.Now().Before(end) && len(heard) < mostHeard; {
		next := time.Now().Add(200 * time.Millisecond) // so that the end of ctx is seen soon
		if next.After(end) {
			next = end
		}
		if err := conn.SetReadDeadline(next); err != nil {
			return nil, err
		}
		n, err := conn.Read(buf)
		heard = append(heard, buf[:n]...)
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, fmt.Errorf("listen: %w", err)
		}
	}
	return heard, nil
}

// leastExplained is the share of the bytes below which a protocol without a checksum explains them by chance.
const leastExplained = 0.5

// teach ranks the protocols that explain what was heard: with a checksum first, then by how much they explain.
func teach(set *profile.Set, heard []byte) []candidate {
	var found []candidate
	for _, id := range set.IDs() {
		p, err := set.Get(id)
		if err != nil || p.Protocol == nil {
			continue // it went just now, or describes no frames
		}
		for _, end := range []struct {
			from string
			dec  *profile.Decoder
		}{{"device", p.Protocol.NewDecoder()}, {"host", p.Protocol.DeviceSide().NewDecoder()}} {
			c := candidate{Profile: id, From: end.from}
			taken := 0
			for _, e := range append(end.dec.Feed(heard), end.dec.Flush()...) {
				if e.Reject != "" || e.Vague {
					continue // what any bytes would be explains nothing
				}
				c.Frames++
				taken += len(e.Raw)
				c.Checked = c.Checked || e.Checked
				if c.Example == "" {
					c.Example = wire.Words(e)
				}
			}
			if c.Frames > 0 {
				c.Explained = float64(taken) / float64(len(heard))
				if c.Checked || c.Explained >= leastExplained {
					found = append(found, c)
				}
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
	return found
}
