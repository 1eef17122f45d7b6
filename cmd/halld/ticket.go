package main

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"strconv"
	"strings"
	"time"

	"halld/devices"
	"halld/devices/escpos"
	"halld/devices/receipt"
)

type ticketCmd struct {
	Render   ticketRenderCmd   `cmd:"" help:"Render a sample ticket as the bytes a printer gets and as a picture of the paper."`
	Template ticketTemplateCmd `cmd:"" help:"Print a template to start from, with the fields that it can use."`
	Check    ticketCheckCmd    `cmd:"" help:"Check a template: every mistake with its line, its column and the right form."`
}

type ticketRenderCmd struct {
	Profile  string            `required:"" help:"A printer's profile."`
	Template string            `help:"A template file; default: the one of --lang."`
	Lang     string            `help:"A built-in template: zh, en or both (default)." enum:",zh,en,both" default:""`
	Raster   bool              `help:"Draw every line, for printers without Chinese fonts."`
	Out      string            `help:"Write the bytes to this file; default: print them in hex, unless --png is given."`
	PNG      string            `name:"png" help:"Write the picture to this file."`
	Copy     int               `default:"1" help:"1 for a first print; higher is marked 补打."`
	Set      map[string]string `help:"Change a field of the sample, such as number=B007, bring=A;B or url= (empty). halld ticket template lists the fields." mapsep:"none"`
}

// sampleSlip is a ticket with every field filled.
func sampleSlip() devices.Slip {
	return devices.Slip{
		Job: "sample#1", Hall: "清溪县政务服务中心", HallEn: "Qingxi County Government Service Centre", Number: "A042",
		Business: "居民身份证申领换领", BusinessEn: "Identity card", Department: "公安局", DepartmentEn: "Public Security", Ahead: 7, WaitLow: 15, WaitHigh: 25, Windows: []string{"1", "2", "8"},
		Issued: time.Date(2026, 3, 2, 9, 41, 0, 0, time.FixedZone("CST", 8*3600)), Bring: []string{"户口簿", "旧证（换领时）"},
		Missed: "过号后请到窗口或导办台报号，再叫 3 位后为您办理。", MissedEn: "Missed your call? Report at the window or the desk: you are served after 3 others.",
		URL: "http://192.0.2.10/t/20260302-A042", Copy: 1,
	}
}

// change puts one field into a slip, by its name in templates.
func change(s *devices.Slip, name, value string) error {
	list := func() []string {
		return strings.FieldsFunc(value, func(r rune) bool { return r == ';' })
	}
	number := func(to *int, empty int) error {
		if value == "" {
			*to = empty
			return nil
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return fmt.Errorf("%s=%s: write a whole number, or nothing where it is not known", name, value)
		}
		*to = n
		return nil
	}
	texts := map[string]*string{"hall": &s.Hall, "hall_en": &s.HallEn, "number": &s.Number, "business": &s.Business, "business_en": &s.BusinessEn, "department": &s.Department,
		"department_en": &s.DepartmentEn, "missed": &s.Missed, "missed_en": &s.MissedEn, "url": &s.URL}
	switch name {
	case "windows":
		s.Windows = list()
	case "bring":
		s.Bring = list()
	case "ahead":
		return number(&s.Ahead, -1)
	case "copy":
		n := 0
		err := number(&n, 0)
		s.Copy = n + 1
		return err
	case "wait", "wait_en":
		low, high, span := strings.Cut(value, "-")
		if !span {
			high = low
		}
		value = low
		if err := number(&s.WaitLow, 0); err != nil {
			return err
		}
		value = high
		return number(&s.WaitHigh, 0)
	case "date", "time":
		layout := map[string]string{"date": time.DateOnly, "time": "15:04"}[name]
		t, err := time.Parse(layout, value)
		switch {
		case value == "":
			s.Issued = time.Time{}
		case err != nil:
			return fmt.Errorf("%s=%s: write it as %s", name, value, layout)
		case name == "date":
			s.Issued = time.Date(t.Year(), t.Month(), t.Day(), s.Issued.Hour(), s.Issued.Minute(), 0, 0, time.UTC)
		default:
			s.Issued = time.Date(s.Issued.Year(), s.Issued.Month(), s.Issued.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
		}
	default:
		to := texts[name]
		if to == nil {
			return fmt.Errorf("there is no field %q; halld ticket template lists them", name)
		}
		*to = value
	}
	return nil
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
	if c.Template != "" && c.Lang != "" {
		return wrongUse{errors.New("--template and --lang name two templates; give one of them")}
	}
	slip := sampleSlip()
	slip.Copy, slip.Template = c.Copy, c.Lang
	for name, value := range c.Set {
		if err := change(&slip, name, value); err != nil {
			return wrongUse{err}
		}
	}
	if c.Template != "" {
		if slip.Template, err = readTemplate(c.Template); err != nil {
			return err
		}
	}
	settings := map[string]string{}
	if c.Raster {
		settings["mode"] = "raster"
	}
	ticket, err := escpos.Render(slip, p, settings)
	if err != nil {
		return fmt.Errorf("render a ticket for %s: %w", c.Profile, err)
	}
	if ticket.Template != nil {
		return fmt.Errorf("render a ticket for %s: the template with these fields: %w", c.Profile, ticket.Template)
	}
	if ticket.Lacks {
		fmt.Fprintln(env.Stderr, "halld: no installed font has every character of this ticket; install the package fonts-noto-cjk")
	}
	if c.PNG != "" {
		if ticket.Paper == nil {
			return errors.New("draw the ticket: no font with Chinese characters is installed; install the package fonts-noto-cjk")
		}
		if err := writePNG(c.PNG, ticket.Paper); err != nil {
			return err
		}
	}
	switch {
	case c.Out != "":
		return os.WriteFile(c.Out, ticket.Bytes, 0o644)
	case c.PNG == "":
		fmt.Fprintln(env.Stdout, hexBytes(ticket.Bytes))
	}
	return nil
}

func writePNG(name string, img image.Image) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// readTemplate reads a template file and checks it. The error begins with the file, the line and the column.
func readTemplate(name string) (string, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("read ticket template: %w", err)
	}
	text := strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n")
	var bad *receipt.Error
	if err := receipt.Check(text); errors.As(err, &bad) {
		return "", fmt.Errorf("%s:%d:%d: %s", name, bad.Line, bad.Column, bad.Text)
	} else if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return text, nil
}

type ticketTemplateCmd struct {
	Lang string `enum:"zh,en,both" default:"both" help:"zh, en or both."`
}

func (c *ticketTemplateCmd) Run(env *Env) error {
	_, err := fmt.Fprint(env.Stdout, receipt.Explained(c.Lang))
	return err
}

type ticketCheckCmd struct {
	Files []string `arg:"" name:"file" help:"Template files."`
}

func (c *ticketCheckCmd) Run(env *Env) error {
	bad := false
	for _, name := range c.Files {
		if _, err := readTemplate(name); err != nil {
			fmt.Fprintln(env.Stdout, err)
			bad = true
			continue
		}
		fmt.Fprintf(env.Stdout, "%s: good\n", name)
	}
	if bad {
		return errNo
	}
	return nil
}
