package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"halld/queue"
)

// hallFile is HALL.toml as people write it.
type hallFile struct {
	Hall struct {
		Name   string `toml:"name" comment:"what stands on tickets and screens"`
		NameEn string `toml:"name_en,omitempty"`
	} `toml:"hall"`
	Policy struct {
		RecallLimit     int    `toml:"recall_limit,omitempty"`
		MissAfter       int    `toml:"miss_after,omitempty"`
		ReturnAfter     int    `toml:"return_after,omitempty"`
		ReturnLimit     int    `toml:"return_limit,omitempty"`
		UndoMissWithin  string `toml:"undo_miss_within,omitempty"`
		HoldLimit       int    `toml:"hold_limit,omitempty"`
		LegLimit        int    `toml:"leg_limit,omitempty"`
		PriorityHead    string `toml:"priority_head,omitempty"`
		AppointmentHead string `toml:"appointment_head,omitempty"`
		UnprovedGrace   string `toml:"unproved_grace,omitempty"`
		WarnAt          int    `toml:"warn_at,omitempty"`
	} `toml:"policy"`
	Ticket      ticketTable `toml:"ticket,omitempty"`
	Departments []struct {
		ID     string `toml:"id"`
		Name   string `toml:"name"`
		NameEn string `toml:"name_en,omitempty"`
	} `toml:"department"`
	Queues []struct {
		ID      string `toml:"id"`
		Name    string `toml:"name"`
		NameEn  string `toml:"name_en,omitempty"`
		Prefix  string `toml:"prefix,omitempty"`
		First   int    `toml:"first,omitempty"`
		Last    int    `toml:"last,omitempty"`
		Width   int    `toml:"width,omitempty"`
		BandEnd string `toml:"band_end,omitempty"`
		Reserve string `toml:"reserve,omitempty"`
	} `toml:"queue"`
	Items []struct {
		ID         string   `toml:"id"`
		Name       string   `toml:"name"`
		NameEn     string   `toml:"name_en,omitempty"`
		Department string   `toml:"department"`
		Queue      string   `toml:"queue"`
		Bring      []string `toml:"bring,omitempty"`
	} `toml:"item"`
	Windows []struct {
		ID         string   `toml:"id"`
		Name       string   `toml:"name,omitempty"`
		Department string   `toml:"department,omitempty"`
		Queues     []string `toml:"queues"`
	} `toml:"window"`
	Zones   []zoneFile `toml:"zone"`
	Devices []struct {
		ID      string            `toml:"id"`
		Kind    string            `toml:"kind"`
		Profile string            `toml:"profile"`
		Port    string            `toml:"port"`
		Window  string            `toml:"window,omitempty"`
		Address int               `toml:"address,omitempty"`
		Zone    string            `toml:"zone,omitempty"`
		Set     map[string]string `toml:"set,omitempty"`
		Line    queue.DeviceLine  `toml:"line,inline,omitempty"`
	} `toml:"device"`
}

// kinds lists what a device can be, with the word the file uses.
var kinds = []string{"printer", "board", "caller", "pad", "caller+pad", "voice", "button", "lamp", "reader"}

// readHallFile reads a hall file strictly. Every mistake is an error that names the file, line, key and what would be right.
func readHallFile(name string) (queue.Config, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return queue.Config{}, fmt.Errorf("read hall file: %w", err)
	}
	return parseHall(name, data)
}

func parseHall(name string, data []byte) (queue.Config, error) {
	var f hallFile
	dec := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return queue.Config{}, placed(name, err)
	}
	cfg, err := f.config()
	if err == nil {
		cfg.Ticket, err = ticketText(name, f.Ticket.Template)
	}
	if err == nil {
		cfg.Address, err = ticketAddress(f.Ticket.Address)
	}
	if err == nil {
		err = cfg.Check()
	}
	if err == nil {
		err = checkDevices(cfg)
	}
	if err != nil {
		return queue.Config{}, fmt.Errorf("%s:%d: %w", name, lineOf(data, err.Error()), err)
	}
	return cfg, nil
}

// placed puts file, line and key in front of what the TOML reader found.
func placed(name string, err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		var lines []string
		for _, e := range strict.Errors {
			row, col := e.Position()
			lines = append(lines, fmt.Sprintf("%s:%d:%d: unknown key %q; see the keys in `halld export`", name, row, col, strings.Join(e.Key(), ".")))
		}
		return errors.New(strings.Join(lines, "\n"))
	}
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		row, col := bad.Position()
		return fmt.Errorf("%s:%d:%d: %s: %s", name, row, col, strings.Join(bad.Key(), "."), strings.TrimPrefix(bad.Error(), "toml: "))
	}
	return fmt.Errorf("%s: %w", name, err)
}

var (
	pathRE  = regexp.MustCompile(`^(departments|queues|items|windows|devices|zones)\[(\d+)\]`)
	headers = map[string]string{"departments": "[[department]]", "queues": "[[queue]]", "items": "[[item]]", "windows": "[[window]]", "devices": "[[device]]", "zones": "[[zone]]"}
)

var ticketKey = regexp.MustCompile(`^ticket\.(template|address)`)

// lineOf finds the line of the table that a message such as "queues[2].prefix: …" speaks of; 1 if it names none.
func lineOf(data []byte, msg string) int {
	if m := ticketKey.FindStringSubmatch(msg); m != nil {
		for i, line := range strings.Split(string(data), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), m[1]) {
				return i + 1
			}
		}
	}
	m := pathRE.FindStringSubmatch(msg)
	if m == nil {
		return 1
	}
	var n int
	fmt.Sscanf(m[2], "%d", &n)
	for i, line := range strings.Split(string(data), "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), headers[m[1]]) {
			if n == 0 {
				return i + 1
			}
			n--
		}
	}
	return 1
}

func (f hallFile) config() (queue.Config, error) {
	c := queue.Config{Name: f.Hall.Name, NameEn: f.Hall.NameEn}
	p := f.Policy
	c.Policy = queue.Policy{RecallLimit: p.RecallLimit, MissAfter: p.MissAfter, ReturnAfter: p.ReturnAfter, ReturnLimit: p.ReturnLimit,
		HoldLimit: p.HoldLimit, LegLimit: p.LegLimit, WarnAt: p.WarnAt}
	for _, d := range []struct {
		key, text string
		to        *time.Duration
	}{
		{"undo_miss_within", p.UndoMissWithin, &c.Policy.UndoMissWithin}, {"priority_head", p.PriorityHead, &c.Policy.PriorityHead},
		{"appointment_head", p.AppointmentHead, &c.Policy.AppointmentHead}, {"unproved_grace", p.UnprovedGrace, &c.Policy.UnprovedGrace},
	} {
		if d.text == "" {
			continue
		}
		v, err := time.ParseDuration(d.text)
		if err != nil || v < 0 {
			return c, fmt.Errorf("policy.%s: %q is no duration; write for example \"90s\" or \"15m\"", d.key, d.text)
		}
		*d.to = v
	}
	c.Policy = usualPolicy(c.Policy)
	for _, d := range f.Departments {
		c.Departments = append(c.Departments, queue.Department{ID: queue.DepartmentID(d.ID), Name: d.Name, NameEn: d.NameEn})
	}
	for _, q := range f.Queues {
		n := queue.Queue{ID: queue.QueueID(q.ID), Name: q.Name, NameEn: q.NameEn, Prefix: q.Prefix, First: q.First, Last: q.Last, Width: q.Width,
			BandEnd: queue.BandEnd(q.BandEnd), Reserve: q.Reserve}
		if n.Prefix == "" {
			n.Prefix = q.ID
		}
		if n.Width == 0 {
			n.Width = 3
		}
		if n.First == 0 {
			n.First = 1
		}
		if n.Last == 0 {
			n.Last = 999
		}
		if n.BandEnd == "" {
			n.BandEnd = queue.Widen
		}
		c.Queues = append(c.Queues, n)
	}
	for _, i := range f.Items {
		c.Items = append(c.Items, queue.Item{ID: queue.ItemID(i.ID), Name: i.Name, NameEn: i.NameEn, Department: queue.DepartmentID(i.Department),
			Queue: queue.QueueID(i.Queue), Bring: i.Bring})
	}
	for _, w := range f.Windows {
		n := queue.WindowSetup{ID: queue.WindowID(w.ID), Name: w.Name, Department: queue.DepartmentID(w.Department)}
		for _, q := range w.Queues {
			n.Queues = append(n.Queues, queue.QueueID(q))
		}
		c.WindowSetup = append(c.WindowSetup, n)
	}
	zones, err := readZones(f.Zones)
	if err != nil {
		return c, err
	}
	c.Zones = zones
	for _, d := range f.Devices {
		c.Devices = append(c.Devices, queue.Device{ID: queue.DeviceID(d.ID), Kind: d.Kind, Profile: d.Profile, Port: d.Port,
			Window: queue.WindowID(d.Window), Address: d.Address, Zone: queue.ZoneID(d.Zone), Set: d.Set, Line: d.Line})
	}
	return c, nil
}

// checkDevices finds what only the device side knows to be impossible.
func checkDevices(c queue.Config) error {
	type place struct {
		port    string
		kind    string
		address int
	}
	if err := checkLanguages(c); err != nil {
		return err
	}
	if err := checkGPIO(c.Devices); err != nil {
		return err
	}
	places := map[place]queue.DeviceID{}
	ports := map[string]queue.Device{}
	for i, d := range c.Devices {
		known := false
		for _, k := range kinds {
			known = known || d.Kind == k
		}
		if !known {
			return fmt.Errorf("devices[%d].kind: %q is no kind of device; it is one of %s", i, d.Kind, strings.Join(kinds, ", "))
		}
		if err := checkLine(d.Line); err != nil {
			return fmt.Errorf("devices[%d].line.%w", i, err)
		}
		if mode := d.Set["mode"]; d.Kind == "printer" && mode != "" && mode != "text" && mode != "raster" {
			return fmt.Errorf("devices[%d].set.mode: %q; write text or raster", i, mode)
		}
		if d.Port == "" {
			return fmt.Errorf("devices[%d].port: device %s has no port; write a path such as /dev/serial/by-path/… or tcp:192.0.2.7:9100", i, d.ID)
		}
		if other, shared := ports[d.Port]; shared && (d.Address == 0 || other.Address == 0) {
			return fmt.Errorf("devices[%d].address: %s shares %s with %s; give each device of a bus its address", i, d.ID, d.Port, other.ID)
		}
		at := place{d.Port, d.Profile, d.Address}
		if other, taken := places[at]; taken {
			return fmt.Errorf("devices[%d].address: %s has address %d on %s, which %s already has", i, d.ID, d.Address, d.Port, other)
		}
		places[at] = d.ID
		ports[d.Port] = d
	}
	return checkPrinters(c.Devices)
}

// checkLine finds line settings that no line has. The error begins with the key.
func checkLine(l queue.DeviceLine) error {
	switch {
	case l.Baud != 0 && (l.Baud < 300 || l.Baud > 4000000):
		return fmt.Errorf("baud: %d; write 300 to 4000000", l.Baud)
	case l.Format != "" && !formatRE.MatchString(l.Format):
		return fmt.Errorf("format: %q; write data bits, parity and stop bits such as 8N1, 7E1 or 8N2", l.Format)
	case l.Flow != "" && l.Flow != "none" && l.Flow != "rtscts" && l.Flow != "xonxoff":
		return fmt.Errorf("flow: %q; write none, rtscts or xonxoff", l.Flow)
	case l.RS485 != "" && l.RS485 != "kernel":
		return fmt.Errorf("rs485: %q; write kernel, or leave it out for an adapter that switches by itself", l.RS485)
	}
	return nil
}

var formatRE = regexp.MustCompile(`^[5-8][NEOMS][12]$`)
