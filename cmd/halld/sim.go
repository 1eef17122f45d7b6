package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"halld/devices/sim"
)

type simCmd struct {
	Profile string            `arg:"" optional:"" help:"What to simulate: a profile's ID, or a .toml file."`
	Play    string            `help:"Instead: say what the device says in a session of halld device monitor --record, in its own time."`
	Address int               `help:"Its address on the bus."`
	Link    string            `help:"A path that leads to its port."`
	TCP     string            `name:"tcp" help:"Serve it at this address, as a serial device server does, instead of behind a tty."`
	Fault   []string          `help:"Start with these faults."`
	Set     map[string]string `help:"How a board of modules is wired, as under set in a hall file: across=12."`
	List    bool              `help:"Instead: list what can be simulated, with the faults and keys of each."`
	profileFlags
}

// simLine is one line of what `halld sim` prints.
type simLine struct {
	Port    string   `json:"port,omitempty"`
	Faults  []string `json:"faults,omitempty"` // that it can have, with the port
	Keys    []string `json:"keys,omitempty"`
	Shows   *string  `json:"shows,omitempty"`   // a board's or caller's text
	Printed string   `json:"printed,omitempty"` // a printer's paper
	Error   string   `json:"error,omitempty"`
}

// Run simulates until it is interrupted. Lines on standard input act, as simUsage says.
func (c *simCmd) Run(ctx context.Context, env *Env) error {
	if c.List {
		return listSims(env)
	}
	dev, err := c.device()
	if err != nil {
		return wrongUse{err}
	}
	name, err := dev.Start()
	if err != nil {
		return fmt.Errorf("simulate %s: %w", c.Profile+c.Play, err)
	}
	defer func() { _ = dev.Close() }() // a simulated device: nothing is left to lose
	for _, f := range c.Fault {
		if err := dev.SetFault(f, true); err != nil {
			return wrongUse{err}
		}
	}
	out := json.NewEncoder(env.Stdout)
	if err := out.Encode(simLine{Port: name, Faults: dev.Faults(), Keys: simKeys(dev)}); err != nil {
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
	o := sim.Options{ID: c.Profile, Address: c.Address, Set: c.Set, Link: c.Link, TCP: c.TCP}
	if (c.Profile == "") == (c.Play == "") {
		return nil, errors.New("give a profile, or --play with a record")
	}
	if c.Play != "" {
		session, err := readSession(c.Play)
		if err != nil {
			return nil, err
		}
		var said []sim.Said
		for _, p := range session.Pieces {
			if !p.Out {
				said = append(said, sim.Said{At: p.At, Bytes: p.Bytes})
			}
		}
		return sim.NewPlayback(o, said), nil
	}
	p, err := c.find("", c.Profile)
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

// simUsage is what can be typed at a simulated device.
const simUsage = `write "fault NAME on" or "off", "picture FILE.png", "key NAME", "rate LEVEL", or "say EVENT field=value …"`

// simAct does what a line of standard input says.
func simAct(dev sim.Device, w []string) error {
	arg := func(i int) string { return strings.Join(w[i:min(i+1, len(w))], "") }
	switch {
	case len(w) == 0:
		return nil
	case w[0] == "fault" && len(w) == 3 && (w[2] == "on" || w[2] == "off"):
		return dev.SetFault(w[1], w[2] == "on")
	case w[0] == "picture" && len(w) == 2:
		return savePicture(dev, w[1])
	case w[0] == "key":
		if k, ok := dev.(sim.Keyed); ok && len(w) == 2 {
			return k.Press(w[1])
		}
		return errors.New("it has no keys")
	case w[0] == "rate":
		level, err := strconv.Atoi(arg(1))
		if err != nil {
			return fmt.Errorf("rate %q: write 1 to 5", arg(1))
		}
		if r, ok := dev.(sim.Rated); ok {
			return r.Rate(level)
		}
		return errors.New("it has no pad")
	case w[0] == "say":
		d, ok := dev.(*sim.Described)
		if !ok || len(w) < 2 {
			return errors.New("it says nothing by itself, or no event is given")
		}
		return d.Say(w[1], simFields(w[2:]))
	}
	return fmt.Errorf("%q: %s", strings.Join(w, " "), simUsage)
}

// simFields reads field=value; a whole number is one.
func simFields(w []string) map[string]any {
	fields := map[string]any{}
	for _, f := range w {
		name, value, _ := strings.Cut(f, "=")
		fields[name] = value
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			fields[name] = n
		}
	}
	return fields
}

// simKeys lists the keys of a device that has some.
func simKeys(dev sim.Device) []string {
	if k, ok := dev.(sim.Keyed); ok {
		return k.Keys()
	}
	return nil
}

// savePicture writes what a device shows as PNG.
func savePicture(dev sim.Device, name string) error {
	p, ok := dev.(sim.Pictured)
	if !ok {
		return errors.New("there is nothing to see of it")
	}
	img := p.Picture()
	if img == nil {
		return errors.New("there is nothing to see of it yet")
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(png.Encode(f, img), f.Close())
}

// listSims prints every profile with what its simulator can do.
func listSims(env *Env) error {
	set, err := profiles()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(env.Stdout, 2, 4, 2, ' ', 0)
	fmt.Fprintln(w, "PROFILE\tKIND\tFAULTS\tKEYS")
	for _, id := range set.IDs() {
		p, err := set.Get(id)
		if err != nil {
			return err
		}
		dev, err := sim.New(p.Kind, p, sim.Options{ID: id})
		if err != nil {
			fmt.Fprintf(w, "%s\t%s\t%v\t\n", id, p.Kind, err)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", id, p.Kind, strings.Join(dev.Faults(), " "), strings.Join(simKeys(dev), " "))
		if err := dev.Close(); err != nil {
			return err
		}
	}
	return w.Flush()
}
