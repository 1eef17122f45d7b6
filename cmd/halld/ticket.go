package main

import (
	"fmt"
	"image/png"
	"os"
	"time"

	"halld/devices"
	"halld/devices/escpos"
)

type ticketCmd struct {
	Render ticketRenderCmd `cmd:"" help:"Render a sample ticket as the bytes a printer gets and as a picture of the paper."`
}

type ticketRenderCmd struct {
	Profile string `required:"" help:"A printer's profile."`
	Out     string `help:"Write the bytes to this file; default: print them in hex, unless --png is given."`
	PNG     string `name:"png" help:"Write the picture to this file."`
	Copy    int    `default:"1" help:"1 for a first print; higher is marked 补打."`
}

// sampleSlip is a ticket with every field filled.
func sampleSlip() devices.Slip {
	return devices.Slip{
		Job: "sample#1", Hall: "清溪县政务服务中心", HallEn: "Qingxi County Government Service Centre", Number: "A042",
		Business: "居民身份证申领换领", BusinessEn: "Identity card", Department: "公安局", Ahead: 7, WaitLow: 15, WaitHigh: 25, Windows: []string{"1", "2", "8"},
		Issued: time.Date(2026, 3, 2, 9, 41, 0, 0, time.FixedZone("CST", 8*3600)), Bring: []string{"户口簿", "旧证(换领时)"},
		Missed: "过号后请到窗口或导办台报号,再叫 3 位后为您办理。", URL: "http://192.0.2.10/t/20260302-A042", Copy: 1,
	}
}

func (c *ticketRenderCmd) Run(env *Env) error {
	set, err := profiles()
	if err != nil {
		return err
	}
	p, err := set.Get(c.Profile)
	if err != nil {
		return wrongUse{err}
	}
	if p.Printer == nil {
		return wrongUse{fmt.Errorf("profile %s is no printer; halld profile list shows the printers", c.Profile)}
	}
	slip := sampleSlip()
	slip.Copy = c.Copy
	bytes, paper, err := escpos.Render(slip, p)
	if err != nil {
		return fmt.Errorf("render a ticket for %s: %w", c.Profile, err)
	}
	if c.PNG != "" {
		f, err := os.Create(c.PNG)
		if err != nil {
			return err
		}
		if err := png.Encode(f, paper); err != nil {
			f.Close()
			return fmt.Errorf("write %s: %w", c.PNG, err)
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	switch {
	case c.Out != "":
		return os.WriteFile(c.Out, bytes, 0o644)
	case c.PNG == "":
		fmt.Fprintln(env.Stdout, hexBytes(bytes))
	}
	return nil
}
