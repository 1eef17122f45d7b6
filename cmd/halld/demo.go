package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"halld/devices/profile"
	"halld/devices/sim"
	"halld/queue"
	"halld/queue/catalogue"
	"halld/queue/engine"
)

//go:embed demo.toml
var demoHall []byte

// demoSetup is the demo's hall, new at every call.
func demoSetup() (queue.Config, error) { return parseHall("demo.toml", demoHall) }

// demoConfig is the same for measurements and tests: open whenever it runs, and its windows are opened under any name.
func demoConfig() (queue.Config, error) {
	cfg, err := demoSetup()
	cfg.Calendar, cfg.People = catalogue.Calendar{Zone: cfg.Calendar.Zone}, nil
	return cfg, err
}

type demoCmd struct {
	Listen string  `default:"127.0.0.1:0" help:"Address to serve on."`
	Data   string  `help:"Data folder; the same folder continues its day, or begins a new one where that is over. Default: a new temporary one."`
	Crowd  string  `default:"day" help:"Visitors: 'day' generates a plausible day, 'none' leaves the hall to you, else a CSV of recorded visits."`
	Speed  float64 `default:"20" help:"How many seconds of the visitors' day pass in one second."`
	Office string  `help:"With a CSV: this office; default the first one."`
	Day    string  `help:"With a CSV: this day; default the first one."`
	JSON   bool    `help:"When ready print one JSON line with address, tokens and devices."`
}

// demoReady is the line that says where everything is.
type demoReady struct {
	URL     string            `json:"url"`
	Tokens  map[string]string `json:"tokens"`
	Devices []demoDevice      `json:"devices"`
}

type demoDevice struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Profile string `json:"profile"`
	Port    string `json:"port"` // the tty itself
	Link    string `json:"link"` // leads to the tty also after an unplug
}

func (c *demoCmd) Run(ctx context.Context, env *Env) error {
	if c.Speed <= 0 {
		return wrongUse{fmt.Errorf("--speed %g: time must go forward", c.Speed)}
	}
	if c.Data == "" {
		dir, err := os.MkdirTemp("", "halld-demo-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }() // what stays in the folder for temporary files is the system's to clear
		c.Data = dir
	}
	cfg, err := demoSetup()
	if err != nil {
		return err
	}
	day, err := c.visitors(&cfg)
	if err != nil {
		return err
	}
	sims, err := startSims(cfg, filepath.Join(c.Data, "ports"))
	if err != nil {
		return err
	}
	defer sims.close()
	page := newSimPage(sims, cfg)
	listener, err := listen(c.Listen)
	if err != nil {
		return err
	}
	cfg.Address = phoneAddress(listener.Addr())
	sys, err := startSystem(ctx, systemOptions{Data: c.Data, Create: true, Opened: listener, Config: &cfg, Ports: sims.ports, Around: page.around, Log: env.Log})
	if err != nil {
		return err
	}
	defer sys.close()
	page.sys.Store(sys)
	if err := openDemo(ctx, sys.engine, time.Now()); err != nil {
		return err
	}
	go keepDemoOpen(ctx, sys.engine, time.Now, env.Log)
	ready := demoReady{URL: sys.url(), Tokens: map[string]string{}}
	for _, role := range []string{"kiosk", "board", "clerk", "manager", "admin"} {
		if ready.Tokens[role], err = sys.sessions.CreateToken(role, "demo-"+role); err != nil {
			return fmt.Errorf("create token: %w", err)
		}
	}
	for _, d := range cfg.Devices {
		link := sims.ports[d.Port]
		tty, err := filepath.EvalSymlinks(link)
		if err != nil {
			return fmt.Errorf("find the tty of %s: %w", d.ID, err)
		}
		ready.Devices = append(ready.Devices, demoDevice{string(d.ID), d.Kind, d.Profile, tty, link})
	}
	if c.JSON {
		if err := json.NewEncoder(env.Stdout).Encode(ready); err != nil {
			return err
		}
	} else {
		ready.print(env)
	}
	if day != nil {
		go day.play(ctx, sys, sims, c.Speed)
	}
	return sys.wait(ctx)
}

// openDemo opens the day, whatever the hours say: who starts a demo at night wants to see a hall. A day of an earlier date is over.
func openDemo(ctx context.Context, eng *engine.Engine, now time.Time) error {
	v := eng.View()
	if v.Stale(now) {
		if err := asked(ctx, eng, queue.CloseDay{Force: true}, queue.DayNotOpen); err != nil { // the rule may have closed it meanwhile
			return fmt.Errorf("close the demo's last day: %w", err)
		}
	}
	if err := asked(ctx, eng, queue.OpenDay{}, queue.DayIsOpen); err != nil {
		return fmt.Errorf("open the demo's day: %w", err)
	}
	if p := eng.View().Paused; p != nil && p.Rule {
		if err := asked(ctx, eng, queue.ResumeIssue{}, queue.DayNotOpen); err != nil {
			return fmt.Errorf("give numbers again: %w", err)
		}
	}
	return nil
}

// asked gives a command that may be refused for one reason, because then it is so already.
func asked(ctx context.Context, eng *engine.Engine, cmd queue.Command, already queue.Code) error {
	if _, err := eng.Do(ctx, "", byScript, cmd); err != nil && queue.CodeOf(err) != already {
		return err
	}
	return nil
}

// keepDemoOpen opens the next day when a rule has ended one. What a person closes stays closed.
func keepDemoOpen(ctx context.Context, eng *engine.Engine, now func() time.Time, log *slog.Logger) {
	begun := false
	eng.Follow(ctx, 64, func(t engine.Told) {
		if begun && !endedByRule(t.Events) {
			return
		}
		begun = true // at first it is looked at in any case: a rule may have ended the day just before
		if err := openDemo(ctx, eng, now()); err != nil && ctx.Err() == nil {
			log.Warn("the demo's next day could not be opened; open it on the manager's page", "err", err)
		}
	})
}

func endedByRule(events []queue.Event) bool {
	return slices.ContainsFunc(events, func(e queue.Event) bool {
		_, closed := e.Fact.(queue.DayClosed)
		return closed && e.By.Role == queue.Rule
	})
}

// phoneAddress is where a phone of the same network reaches the demo; it stands in the QR codes of its tickets.
func phoneAddress(at net.Addr) string {
	tcp, ok := at.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return "http://" + at.String()
	}
	host := "127.0.0.1"
	all, _ := net.InterfaceAddrs() // without them it is this machine
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast() {
			host = n.IP.String()
			break
		}
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(tcp.Port))
}

func (r demoReady) print(env *Env) {
	fmt.Fprintf(env.Stdout, "The hall is open. 大厅已开放。\n\n")
	for _, s := range []struct{ path, role, what string }{
		{"/kiosk", "kiosk", "取号机 kiosk"}, {"/clerk", "clerk", "窗口 clerk"}, {"/board", "board", "综合屏 hall board"}, {"/manager", "manager", "管理 manager"},
		{"/technician", "admin", "设备维护 technician"},
	} {
		extra := ""
		if s.role == "kiosk" {
			extra = "&printer=printer-1&reader=reader-1,scanner-1"
		}
		fmt.Fprintf(env.Stdout, "  %-20s %s%s#token=%s%s\n", s.what, r.URL, s.path, r.Tokens[s.role], extra)
	}
	fmt.Fprintf(env.Stdout, "  %-20s %s/sim#token=%s\n", "模拟设备 devices", r.URL, r.Tokens["admin"])
	fmt.Fprintf(env.Stdout, "\n  admin token          %s\n\n", r.Tokens["admin"])
	for _, d := range r.Devices {
		fmt.Fprintf(env.Stdout, "  %-10s %-11s %-11s %s\n", d.ID, d.Kind, d.Profile, d.Port)
	}
	fmt.Fprintf(env.Stdout, "\nCtrl-C closes the hall.\n")
}

// visitors reads or makes the day to play. A recorded day brings its own queues and windows, so it changes the hall.
func (c *demoCmd) visitors(cfg *queue.Config) (*crowd, error) {
	switch c.Crowd {
	case "none":
		return nil, nil
	case "day":
		return generatedCrowd(*cfg), nil
	}
	f, err := os.Open(c.Crowd)
	if err != nil {
		return nil, wrongUse{fmt.Errorf("--crowd: %w", err)}
	}
	defer func() { _ = f.Close() }() // it was only read
	records, err := sim.ReadVisits(f)
	if err != nil {
		return nil, wrongUse{fmt.Errorf("--crowd %s: %w", c.Crowd, err)}
	}
	days := splitDays(records, c.Office, c.Day)
	if len(days) == 0 {
		return nil, wrongUse{fmt.Errorf("--crowd %s: no visit matches office %q and day %q", c.Crowd, c.Office, c.Day)}
	}
	return recordedCrowd(days[0], cfg), nil
}

// simulators are the devices of a hall behind real ttys.
type simulators struct {
	ports   map[string]string // by the port's name in the hall file
	devices map[queue.DeviceID]sim.Device
	plugged []sim.Device // by port: a line of boards is one
}

// startSims puts a simulated device behind every port whose name starts with "sim:". Links in dir keep a port's path over an unplug.
func startSims(cfg queue.Config, dir string) (*simulators, error) {
	set, err := profiles()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	s := &simulators{ports: map[string]string{}, devices: map[queue.DeviceID]sim.Device{}}
	for _, d := range cfg.Devices {
		if !strings.HasPrefix(d.Port, "sim:") || s.devices[d.ID] != nil {
			continue
		}
		line := slices.DeleteFunc(slices.Clone(cfg.Devices), func(o queue.Device) bool { return o.Port != d.Port })
		var p *profile.Profile
		if p, err = set.Get(d.Profile); err == nil {
			err = s.start(line, p, filepath.Join(dir, string(d.ID)))
		}
		if err != nil {
			s.close()
			return nil, fmt.Errorf("simulate %s: %w", d.ID, err)
		}
	}
	return s, nil
}

// start plugs in the devices of one port: one device, or the boards of an RS-485 line.
func (s *simulators) start(line []queue.Device, p *profile.Profile, link string) error {
	d := line[0]
	o := sim.Options{ID: string(d.ID), Address: d.Address, Set: d.Set, Link: link}
	var dev sim.Device
	var err error
	if len(line) == 1 {
		dev, err = sim.New(d.Kind, p, o)
	} else {
		dev, err = s.bus(line, p, o)
	}
	if err != nil {
		return err
	}
	port, err := dev.Start()
	if err != nil {
		return err
	}
	s.ports[d.Port] = port
	s.plugged = append(s.plugged, dev)
	for _, d := range line {
		s.devices[d.ID] = dev
		if bus, ok := dev.(*sim.Bus); ok {
			s.devices[d.ID] = bus.Board(d.Address)
		}
	}
	return nil
}

// bus makes the boards of one line. A fault of one is a fault of its cable, so all of them have it.
func (s *simulators) bus(line []queue.Device, p *profile.Profile, o sim.Options) (sim.Device, error) {
	var addresses []int
	for _, d := range line {
		if d.Profile != p.ID || d.Kind != "board" {
			return nil, fmt.Errorf("port %s is shared with %s, another model: only boards of one model are simulated on one line", d.Port, d.ID)
		}
		addresses = append(addresses, d.Address)
	}
	return sim.NewBus(p, o, addresses...)
}

func (s *simulators) close() {
	for _, d := range s.plugged {
		_ = d.Close() // a simulator holds nothing that outlives it
	}
}
