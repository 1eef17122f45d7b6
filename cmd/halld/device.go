package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"halld/devices"
	"halld/devices/devicetest"
	"halld/devices/drivers"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/display"
	"halld/queue"
)

type deviceCmd struct {
	List     deviceListCmd     `cmd:"" help:"List the devices of a hall: as set up, or as they are in a running one."`
	Probe    deviceProbeCmd    `cmd:"" help:"Show what is plugged in, and listen to it. Nothing is sent without --ask."`
	Exercise deviceExerciseCmd `cmd:"" help:"Run the exercise of a device's role on the real thing."`
	Monitor  deviceMonitorCmd  `cmd:"" help:"Print what arrives at a port, decoded, and record it."`
	Clear    deviceClearCmd    `cmd:"" help:"Let a printer of a running hall give up what it holds and has not printed."`
	Send     deviceSendCmd     `cmd:"" help:"Write bytes or an operation to a port and print what comes back."`
	Teach    deviceTeachCmd    `cmd:"" help:"Find out which protocol is spoken on a port."`
}

type deviceListCmd struct {
	Data  string `help:"The data folder of the hall; the daemon must not run." xor:"of"`
	Hall  string `help:"A hall file." xor:"of"`
	URL   string `name:"url" help:"The address of a running hall, such as http://127.0.0.1:8086." xor:"of"`
	Token string `help:"Its admin token." env:"HALLD_TOKEN"`
	JSON  bool   `help:"One JSON line per device."`
}

func hallDevices(data string, env *Env) ([]queue.Device, error) {
	c, err := startCore(systemOptions{Data: data, Log: env.Log})
	if err != nil {
		return nil, err
	}
	defer c.close()
	v := c.engine.View()
	if v.Config == nil {
		return nil, errors.New("this hall is not set up yet; apply a hall file first")
	}
	return v.Config.Devices, nil
}

func (c *deviceListCmd) Run(ctx context.Context, env *Env) error {
	switch {
	case c.URL != "":
		return c.running(ctx, env)
	case c.Hall != "":
		cfg, err := readHallFile(c.Hall)
		if err != nil {
			return wrongUse{err}
		}
		return c.print(env, cfg.Devices)
	case c.Data != "":
		list, err := hallDevices(c.Data, env)
		if err != nil {
			return err
		}
		return c.print(env, list)
	}
	return wrongUse{errors.New("give --data or --hall of a hall, or --url and --token of a running one")}
}

func (c *deviceListCmd) print(env *Env, list []queue.Device) error {
	if c.JSON {
		return jsonLines(env.Stdout, list)
	}
	w := tabwriter.NewWriter(env.Stdout, 2, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tKIND\tPROFILE\tWINDOW\tPORT\t")
	for _, d := range list {
		there := ""
		if _, err := os.Stat(d.Port); err != nil && d.Port[0] == '/' {
			there = "(not there: check power and cable)"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Kind, d.Profile, d.Window, d.Port, there)
	}
	return w.Flush()
}

// running lists the devices of a running hall as they are.
func (c *deviceListCmd) running(ctx context.Context, env *Env) error {
	var got display.BenchDevices
	if err := askHall(ctx, c.URL, c.Token, "GET", "/api/bench/devices", nil, &got); err != nil {
		return err
	}
	if c.JSON {
		return jsonLines(env.Stdout, got.Devices)
	}
	w := tabwriter.NewWriter(env.Stdout, 2, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tHOW IT IS\tLAST SEEN\tPROFILE\tWINDOW\tPORT\tPROBLEM")
	for _, d := range got.Devices {
		seen := "never"
		switch {
		case !d.LastSeen.IsZero():
			seen = got.Now.Sub(d.LastSeen).Round(time.Second).String() + " ago"
		case d.SendOnly:
			seen = "sent to only"
		}
		var faults []string
		for _, p := range d.Problems {
			faults = append(faults, p.TextEn+" "+p.HintEn)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.WordsEn, seen, d.Profile, d.Window, d.Port, strings.Join(faults, " "))
	}
	return w.Flush()
}

func jsonLines[T any](out io.Writer, list []T) error {
	enc := json.NewEncoder(out)
	for _, x := range list {
		if err := enc.Encode(x); err != nil {
			return err
		}
	}
	return nil
}

type deviceExerciseCmd struct {
	ID      string `arg:"" help:"The device's ID in the hall, or any name with --port and --profile."`
	Data    string `help:"The data folder of the hall; the daemon must not run."`
	URL     string `name:"url" help:"Instead: the address of a running hall; its own device does the exercise."`
	Token   string `help:"The admin token of the running hall." env:"HALLD_TOKEN"`
	Yes     bool   `help:"Go on although the running hall is open and people will see it."`
	Port    string `help:"The port, for a device that is in no hall."`
	Profile string `help:"Its profile: an ID, or a .toml file."`
	Address int    `help:"Its address."`
	profileFlags
}

func (c *deviceExerciseCmd) Run(ctx context.Context, env *Env) error {
	if c.URL != "" {
		return c.running(ctx, env)
	}
	d := queue.Device{ID: queue.DeviceID(c.ID), Port: c.Port, Profile: c.Profile, Address: c.Address}
	if c.Port == "" {
		if c.Data == "" {
			return wrongUse{errors.New("give --data of the hall, --url of a running one, or --port and --profile of the device")}
		}
		list, err := hallDevices(c.Data, env)
		if err != nil {
			return err
		}
		found := false
		for _, x := range list {
			if string(x.ID) == c.ID {
				d, found = x, true
			}
		}
		if !found {
			return wrongUse{fmt.Errorf("no device %q in this hall; halld device list shows them", c.ID)}
		}
	}
	p, err := c.find(c.Data, d.Profile)
	if err != nil {
		return err
	}
	open, ok := drivers.All[p.Driver]
	if !ok {
		return fmt.Errorf("profile %s names driver %q, which this program does not have", p.ID, p.Driver)
	}
	conn, err := port.Open(ctx, d.Port, cable(p))
	if err != nil {
		return err
	}
	defer conn.Close()
	window, err := strconv.Atoi(string(d.Window))
	if err != nil {
		window = 1 // shown by the exercise where the device stands at no window
	}
	dev, err := open(ctx, conn, devices.Setting{ID: c.ID, Profile: p.At(d.Port), Window: window, Address: d.Address, Set: d.Set, Log: env.Log,
		Report: func(p devices.Problem) {
			if !p.Cleared {
				fmt.Fprintf(env.Stdout, "problem %s: %s %s\n", p.Code, p.TextEn, p.HintEn)
			}
		},
		Input: func(in devices.Input) { fmt.Fprintf(env.Stdout, "input %s %s %d\n", in.Key, in.Digits, in.Level) }})
	if err != nil {
		return err
	}
	seen, err := exercise(ctx, dev, window)
	if err != nil {
		fmt.Fprintln(env.Stdout, "failed:", err)
		return errNo
	}
	_, words := seen.Words()
	fmt.Fprintln(env.Stdout, words)
	return nil
}

// faceRest is how long each face of a board stands in an exercise: a technician looks at it.
const faceRest = time.Second

// exercise lets a device do all that its roles can, slowly enough to be seen, and says what was seen of it.
func exercise(ctx context.Context, dev devices.Device, window int) (devicetest.Seen, error) {
	return devicetest.Watch(ctx, dev, devicetest.Way{Window: window, Rest: faceRest})
}

// running asks a running hall for the exercise: it holds the port.
func (c *deviceExerciseCmd) running(ctx context.Context, env *Env) error {
	var r display.BenchResult
	err := askHall(ctx, c.URL, c.Token, "POST", "/api/bench/devices/"+c.ID+"/exercise", map[string]bool{"confirmed": c.Yes}, &r)
	var no *display.Problem
	if errors.As(err, &no) && no.Code == display.ConfirmNeeded {
		fmt.Fprintln(env.Stderr, "halld: the hall is open and people would see it; --yes goes on all the same")
		return errNo
	}
	if err != nil {
		return err
	}
	return printResult(env, r, r.SeenEn)
}

// printResult prints what a device did at the bench of a running hall. A device that did not do it is the answer no.
func printResult(env *Env, r display.BenchResult, done string) error {
	for _, p := range r.Pieces {
		arrow := "<"
		if p.Out {
			arrow = ">"
		}
		fmt.Fprintf(env.Stdout, "%s %s %s\n", p.At.Local().Format(clockForm), arrow, p.Hex)
		for _, said := range p.Said {
			fmt.Fprintf(env.Stdout, "%*s%s\n", len(clockForm)+3, "", said)
		}
	}
	for _, p := range r.Problems {
		fmt.Fprintf(env.Stdout, "problem %s: %s %s\n", p.Code, p.TextEn, p.HintEn)
	}
	if !r.OK {
		fmt.Fprintln(env.Stdout, "failed:", r.Error)
		return errNo
	}
	fmt.Fprintln(env.Stdout, done)
	return nil
}

// cable is the line a profile asks for, as a port wants it.
func cable(p *profile.Profile) port.Line {
	return port.Line{Baud: p.Line.Baud, Format: p.Line.Format, Flow: p.Line.Flow, TCP: p.Line.TCP}
}
