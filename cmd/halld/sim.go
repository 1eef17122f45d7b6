package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"halld/devices/sim"
)

type simCmd struct {
	Profile string   `arg:"" optional:"" help:"What to simulate: a profile's ID."`
	Play    string   `help:"Instead: say what a record of halld device monitor holds, in its own time."`
	Address int      `help:"Its address on the bus."`
	Link    string   `help:"A path that leads to its port."`
	TCP     string   `name:"tcp" help:"Serve it at this address, as a serial device server does, instead of behind a tty."`
	Fault   []string `help:"Start with these faults."`
}

// simLine is one line of what `halld sim` prints.
type simLine struct {
	Port    string  `json:"port,omitempty"`
	Shows   *string `json:"shows,omitempty"`   // a board's or caller's text
	Printed string  `json:"printed,omitempty"` // a printer's paper
	Error   string  `json:"error,omitempty"`
}

// Run simulates until it is interrupted. Lines on standard input act: "fault NAME on|off", "key NAME", "rate LEVEL".
func (c *simCmd) Run(ctx context.Context, env *Env) error {
	dev, err := c.device()
	if err != nil {
		return wrongUse{err}
	}
	name, err := dev.Start()
	if err != nil {
		return fmt.Errorf("simulate %s: %w", c.Profile+c.Play, err)
	}
	defer dev.Close()
	for _, f := range c.Fault {
		if err := dev.SetFault(f, true); err != nil {
			return wrongUse{err}
		}
	}
	out := json.NewEncoder(env.Stdout)
	if err := out.Encode(simLine{Port: name}); err != nil {
		return err
	}
	words := make(chan string)
	go func() {
		for s := bufio.NewScanner(os.Stdin); s.Scan(); {
			select {
			case words <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var told simTold
	for {
		select {
		case <-ctx.Done():
			return told.tell(dev, out) // what came last, too
		case w := <-words:
			if err := simAct(dev, strings.Fields(w)); err != nil {
				if err := out.Encode(simLine{Error: err.Error()}); err != nil {
					return err
				}
			}
		case <-tick.C:
			if err := told.tell(dev, out); err != nil {
				return err
			}
		}
	}
}

func (c *simCmd) device() (sim.Device, error) {
	o := sim.Options{ID: c.Profile, Address: c.Address, Link: c.Link, TCP: c.TCP}
	if (c.Profile == "") == (c.Play == "") {
		return nil, errors.New("give a profile, or --play with a record")
	}
	if c.Play != "" {
		pieces, err := readRecord(c.Play)
		if err != nil {
			return nil, err
		}
		var said []sim.Said
		for _, p := range pieces {
			b, err := parseHex([]string{p.Hex})
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Play, err)
			}
			said = append(said, sim.Said{At: time.Duration(p.At * float64(time.Second)), Bytes: b})
		}
		return sim.NewPlayback(o, said), nil
	}
	set, err := profiles()
	if err != nil {
		return nil, err
	}
	p, err := set.Get(c.Profile)
	if err != nil {
		return nil, err
	}
	return sim.New(p.Kind, p, o)
}

// simTold is what was printed of a device so far.
type simTold struct {
	shown   string
	printed int
}

func (t *simTold) tell(dev sim.Device, out *json.Encoder) error {
	if text := simText(dev); text != t.shown {
		t.shown = text
		if err := out.Encode(simLine{Shows: &text}); err != nil {
			return err
		}
	}
	printer, ok := dev.(*sim.Printer)
	if !ok {
		return nil
	}
	for _, r := range printer.Receipts()[t.printed:] {
		if err := out.Encode(simLine{Printed: r.Text}); err != nil {
			return err
		}
		t.printed++
	}
	return nil
}

func simText(dev sim.Device) string {
	switch d := dev.(type) {
	case interface{ Text() string }:
		return d.Text()
	case *sim.CallerPad:
		return d.Shown()
	}
	return ""
}

// simAct does what a line of standard input says.
func simAct(dev sim.Device, w []string) error {
	pad, isPad := dev.(*sim.CallerPad)
	keys, hasKeys := dev.(interface{ Press(name string) error })
	switch {
	case len(w) == 3 && w[0] == "fault" && (w[2] == "on" || w[2] == "off"):
		return dev.SetFault(w[1], w[2] == "on")
	case len(w) == 2 && w[0] == "key" && hasKeys:
		return keys.Press(w[1])
	case len(w) == 2 && w[0] == "rate" && isPad:
		level, err := strconv.Atoi(w[1])
		if err != nil {
			return fmt.Errorf("rate %q: write 1 to 5", w[1])
		}
		return pad.Rate(level)
	}
	return fmt.Errorf("%q: write \"fault NAME on\" or \"off\"; at a caller or buttons also \"key NAME\", at a pad \"rate LEVEL\"", strings.Join(w, " "))
}
