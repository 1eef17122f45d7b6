package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"

	"halld/devices/profile"
	firmware "halld/firmware-configs"
)

type profileCmd struct {
	List   profileListCmd   `cmd:"" help:"List the models and protocols this program knows."`
	Show   profileShowCmd   `cmd:"" help:"Describe a model: proof, sources, caveats, line, parameters, roles, operations and events."`
	Check  profileCheckCmd  `cmd:"" help:"Check profile files, or all that are built in."`
	Encode profileEncodeCmd `cmd:"" help:"Print the bytes of an operation."`
	Decode profileDecodeCmd `cmd:"" help:"Print what received bytes mean."`
}

// profiles loads the profiles that are built in.
func profiles() (*profile.Set, error) {
	set, err := builtIn()
	if err != nil {
		return nil, fmt.Errorf("read the built-in profiles: %w", err)
	}
	return set.Clone(), nil
}

// builtIn are read once: a hall that starts looks at them several times.
var builtIn = sync.OnceValues(func() (*profile.Set, error) { return profile.Load(firmware.FS) })

type profileListCmd struct {
	JSON bool   `help:"One JSON line per profile."`
	Data string `help:"The data folder of a hall: its own profiles, too."`
	profileFlags
}

func (c *profileListCmd) Run(env *Env) error {
	set, err := c.set(c.Data)
	if err != nil {
		return err
	}
	for _, id := range set.IDs() {
		p, err := set.Get(id)
		if err != nil {
			return err
		}
		if c.JSON {
			line, err := json.Marshal(map[string]any{"id": p.ID, "maker": p.Maker, "model": p.Model, "kind": p.Kind, "driver": p.Driver, "proof": p.Proof})
			if err != nil {
				return err
			}
			fmt.Fprintln(env.Stdout, string(line))
			continue
		}
		fmt.Fprintf(env.Stdout, "%-16s %-11s %-10s %-9s %s %s\n", p.ID, p.Kind, p.Driver, p.Proof, p.Maker, p.Model)
	}
	return nil
}

type profileCheckCmd struct {
	Files []string `arg:"" optional:"" help:"Profile files; none: the built-in ones, and those of the folders."`
	Data  string   `help:"The data folder of a hall: its own profiles, too."`
	profileFlags
}

func (c *profileCheckCmd) Run(env *Env) error {
	if len(c.Files) == 0 {
		set, err := c.set(c.Data)
		if err != nil {
			return err
		}
		fmt.Fprintf(env.Stdout, "%d profiles are right\n", len(set.IDs()))
		for _, id := range set.IDs() {
			if p, err := set.Get(id); err == nil {
				printLacks(env, p)
			}
		}
		return nil
	}
	bad := false
	for _, name := range c.Files {
		all, vectors, err := checkProfile(name)
		if err != nil {
			bad = true
			fmt.Fprintln(env.Stderr, err)
			continue
		}
		fmt.Fprintf(env.Stdout, "%s is right (%d vectors)\n", name, vectors)
		for _, p := range all {
			printLacks(env, p)
		}
	}
	if bad {
		return errNo
	}
	return nil
}

// printLacks says what a profile that is right still needs before others can rely on it.
func printLacks(env *Env, p *profile.Profile) {
	for _, what := range p.Lacks() {
		fmt.Fprintf(env.Stdout, "%s still needs %s\n", p.ID, what)
	}
}

// checkProfile reads a file, tries its vectors and says how many there are.
func checkProfile(name string) (all []*profile.Profile, vectors int, err error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, 0, err
	}
	all, err = profile.ReadFile(name, data)
	if err != nil {
		return nil, 0, err
	}
	for _, p := range all {
		vectors += len(p.Vectors)
		if err := p.CheckVectors(); err != nil {
			return nil, 0, err
		}
	}
	return all, vectors, nil
}

// protocol finds the frames of a profile.
func (f profileFlags) protocol(data, id string) (*profile.Protocol, error) {
	p, err := f.find(data, id)
	if err != nil {
		return nil, err
	}
	if p.Protocol == nil {
		return nil, wrongUse{fmt.Errorf("profile %s describes no frames: its driver is %s", id, p.Driver)}
	}
	return p.Protocol, nil
}

type profileEncodeCmd struct {
	ID   string   `arg:"" help:"A protocol or model, or a .toml file."`
	Op   string   `arg:"" help:"The operation."`
	Args []string `arg:"" optional:"" help:"Parameters as k=v."`
	Data string   `help:"The data folder of a hall: its own profiles, too."`
	profileFlags
}

func (c *profileEncodeCmd) Run(env *Env) error {
	proto, err := c.protocol(c.Data, c.ID)
	if err != nil {
		return err
	}
	params := map[string]any{}
	for _, a := range c.Args {
		k, v, ok := strings.Cut(a, "=")
		if !ok {
			return wrongUse{fmt.Errorf("%q is no parameter; write k=v", a)}
		}
		params[k] = v
	}
	frame, err := proto.Encode(c.Op, params)
	if err != nil {
		fmt.Fprintln(env.Stderr, "halld:", err)
		return errNo
	}
	fmt.Fprintln(env.Stdout, hexBytes(frame))
	return nil
}

// hexBytes writes bytes the way manuals print them.
func hexBytes(b []byte) string { return fmt.Sprintf("% X", b) }

// parseHex reads hex with or without spaces.
func parseHex(parts []string) ([]byte, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(strings.Join(parts, ""), " ", ""))
	if err != nil {
		return nil, wrongUse{fmt.Errorf("the bytes are no hex: %w; write for example A0 05 28", err)}
	}
	return b, nil
}

type profileDecodeCmd struct {
	ID   string   `arg:"" help:"A protocol or model, or a .toml file."`
	Hex  []string `arg:"" help:"The bytes received, in hex."`
	Data string   `help:"The data folder of a hall: its own profiles, too."`
	profileFlags
}

func (c *profileDecodeCmd) Run(env *Env) error {
	proto, err := c.protocol(c.Data, c.ID)
	if err != nil {
		return err
	}
	data, err := parseHex(c.Hex)
	if err != nil {
		return err
	}
	events := 0
	why := "no frame of this protocol is in these bytes"
	for _, e := range proto.DecodeAll(data) {
		if e.Reject != "" {
			why = e.Reject
			continue
		}
		events++
		line, err := json.Marshal(struct {
			Event  string         `json:"event"`
			Fields map[string]any `json:"fields"`
			Ack    string         `json:"ack"`
		}{e.Name, e.Fields, hexBytes(e.Ack)})
		if err != nil {
			return err
		}
		fmt.Fprintln(env.Stdout, string(line))
	}
	if events > 0 {
		return nil
	}
	line, err := json.Marshal(map[string]string{"reject": why})
	if err != nil {
		return err
	}
	fmt.Fprintln(env.Stdout, string(line))
	return errNo
}
