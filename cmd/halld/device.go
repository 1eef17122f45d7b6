package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"text/tabwriter"

	"halld/devices"
	"halld/devices/devicetest"
	"halld/devices/drivers"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/queue"
)

type deviceCmd struct {
	List     deviceListCmd     `cmd:"" help:"List the devices of a hall."`
	Exercise deviceExerciseCmd `cmd:"" help:"Run the exercise of a device's role on the real thing. The daemon must not run."`
	Monitor  deviceMonitorCmd  `cmd:"" help:"Print what arrives at a port."`
	Send     deviceSendCmd     `cmd:"" help:"Write bytes to a port and print what comes back."`
	Teach    deviceTeachCmd    `cmd:"" help:"Find out which protocol is spoken on a port."`
}

type deviceListCmd struct {
	Data string `help:"The data folder of the hall." required:""`
	JSON bool   `help:"One JSON line per device."`
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

func (c *deviceListCmd) Run(env *Env) error {
	list, err := hallDevices(c.Data, env)
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(env.Stdout)
		for _, d := range list {
			if err := enc.Encode(d); err != nil {
				return err
			}
		}
		return nil
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

type deviceExerciseCmd struct {
	ID      string `arg:"" help:"The device's ID in the hall, or any name with --port and --profile."`
	Data    string `help:"The data folder of the hall."`
	Port    string `help:"The port, for a device that is in no hall."`
	Profile string `help:"Its profile."`
	Address int    `help:"Its address."`
}

func (c *deviceExerciseCmd) Run(ctx context.Context, env *Env) error {
	d := queue.Device{ID: queue.DeviceID(c.ID), Port: c.Port, Profile: c.Profile, Address: c.Address}
	if c.Port == "" {
		if c.Data == "" {
			return wrongUse{errors.New("give --data of the hall, or --port and --profile of the device")}
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
	set, err := profiles()
	if err != nil {
		return err
	}
	p, err := set.Get(d.Profile)
	if err != nil {
		return wrongUse{err}
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
	dev, err := open(ctx, conn, devices.Setting{ID: c.ID, Profile: p, Window: window, Address: d.Address, Set: d.Set, Log: env.Log,
		Report: func(p devices.Problem) {
			if !p.Cleared {
				fmt.Fprintf(env.Stdout, "problem %s: %s %s\n", p.Code, p.TextEn, p.HintEn)
			}
		},
		Input: func(in devices.Input) { fmt.Fprintf(env.Stdout, "input %s %s %d\n", in.Key, in.Digits, in.Level) }})
	if err != nil {
		return err
	}
	if err := devicetest.Exercise(ctx, dev); err != nil {
		fmt.Fprintln(env.Stdout, "failed:", err)
		return errNo
	}
	fmt.Fprintln(env.Stdout, "the device did all of it")
	return nil
}

// cable is the line a profile asks for, as a port wants it.
func cable(p *profile.Profile) port.Line {
	return port.Line{Baud: p.Line.Baud, Format: p.Line.Format, Flow: p.Line.Flow}
}
