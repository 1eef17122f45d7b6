package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"halld/devices"
	"halld/devices/devicetest"
	"halld/devices/drivers"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/wire"
	"halld/display"
	"halld/queue"
)

// Try runs the exercise with a profile that is not in use yet.
func (t *technician) Try(_ context.Context, who string, what display.BenchTry) (display.BenchResult, error) {
	out := display.BenchResult{Problems: []devices.Problem{}, Pieces: []display.BenchPiece{}}
	check, all := checkText(what.Text)
	if !check.OK {
		return out, badProfile(check)
	}
	p := all[0]
	for _, v := range all {
		if v.ID == what.Profile {
			p = v
		}
	}
	if what.Profile != "" && p.ID != what.Profile {
		return out, queue.Refuse(display.UnknownProfile, "the text has %s, not %q", strings.Join(check.IDs, ", "), what.Profile)
	}
	for k, v := range what.Set {
		if v == "" {
			delete(what.Set, k) // a field that is left empty
		}
	}
	if err := wrongSet(p, what); err != nil {
		return out, err
	}
	if err := t.mayOpen(what.Port); err != nil {
		return out, err
	}
	if len(t.s.rack.OnPort(what.Port)) > 0 {
		if err := t.meant(what.Confirmed); err != nil {
			return out, err
		}
	}
	t.log.Info("bench: try a profile", "who", who, "profile", p.ID, "port", what.Port)
	ctx, cancel := context.WithTimeout(t.ctx, benchTime)
	defer cancel()
	giveBack, err := t.s.rack.Lend(ctx, what.Port)
	if err != nil {
		return out, orElse(refused(err), err)
	}
	defer giveBack()
	conn, err := port.Open(ctx, what.Port, cable(p))
	if err != nil {
		return out, orElse(refused(err), queue.Refuse(display.PortRefused, "%v", err))
	}
	defer conn.Close()
	var line wire.Log
	_, ch, stop := line.Watch(4 * watchBuffer)
	defer stop()
	hidden := p.Kind == "reader"
	tap := &wire.Tap{Port: conn, Note: func(sent bool, b []byte) {
		piece := wire.Piece{At: time.Now(), Out: sent, Bytes: b}
		if hidden && !sent {
			piece.Bytes, piece.Hidden = nil, len(b)
		}
		line.Note(piece)
	}}
	err = t.exercise(ctx, p, what, tap, &out)
	words := wire.NewReader(p)
	out.Pieces = gather(ch, func(p wire.Piece) display.BenchPiece { return benchPiece(p, words) })
	out.OK = err == nil
	if err != nil {
		out.Error = err.Error()
	}
	return out, nil
}

// wrongSet refuses an address or a setting that the model does not take, with the reason.
func wrongSet(p *profile.Profile, what display.BenchTry) error {
	if key, err := p.CheckSet(what.Set); err != nil {
		return display.Explain(display.BadValue, reason("set."+key, err.Error()))
	}
	if what.Address == 0 || p.Protocol == nil {
		return nil
	}
	if !hasAddress(p) {
		return display.Explain(display.BadValue, reason("address", fmt.Sprintf("address: model %s has no address; write 0", p.ID)))
	}
	if _, err := p.CheckSet(map[string]string{"addr": strconv.Itoa(what.Address)}); err != nil {
		return display.Explain(display.BadValue, reason("address", err.Error()))
	}
	return nil
}

func orElse(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func (t *technician) exercise(ctx context.Context, p *profile.Profile, what display.BenchTry, conn devices.Port, out *display.BenchResult) error {
	open, ok := drivers.All[p.Driver]
	if !ok {
		return fmt.Errorf("there is no driver %q", p.Driver)
	}
	var mu sync.Mutex
	reported := map[string]devices.Problem{}
	var inputs []display.BenchInput
	dev, err := open(ctx, conn, devices.Setting{ID: p.ID, Profile: p.At(what.Port), Window: max(1, what.Window), Address: what.Address, Set: what.Set, Log: t.log,
		Input: func(in devices.Input) {
			mu.Lock()
			defer mu.Unlock()
			inputs = append(inputs, display.BenchInput{Key: string(in.Key), Level: in.Level, Digits: in.Digits})
		}, Read: func(devices.Reading) {
			mu.Lock()
			defer mu.Unlock()
			inputs = append(inputs, display.BenchInput{Key: "read"})
		}, Report: func(p devices.Problem) {
			mu.Lock()
			defer mu.Unlock()
			if p.Cleared {
				delete(reported, p.Code)
			} else {
				reported[p.Code] = p
			}
		}})
	if err != nil {
		return err
	}
	seen, err := exercise(ctx, dev, what.Window)
	if err == nil {
		err = sleep(ctx, time.Duration(what.Seconds)*time.Second)
	}
	mu.Lock()
	defer mu.Unlock()
	saw(out, devicetest.Seen{Answered: seen.Answered || len(inputs) > 0})
	out.Inputs = inputs // what comes later has no place any more
	for _, p := range reported {
		out.Problems = append(out.Problems, p)
	}
	slices.SortFunc(out.Problems, func(a, b devices.Problem) int { return strings.Compare(a.Code, b.Code) })
	return err
}

// mayOpen refuses paths that are no ports: the bench opens device files, ports of the hall, and what has a scheme.
func (t *technician) mayOpen(name string) error {
	if strings.HasPrefix(name, "/") && !strings.HasPrefix(filepath.Clean(name), "/dev/") && len(t.s.rack.OnPort(name)) == 0 {
		return queue.Refuse(display.PortRefused, "%s is no port: write a path below /dev, or tcp:host:port", name)
	}
	return nil
}

// Teach listens and tries every known protocol against what arrives. A port of the hall goes on working meanwhile.
func (t *technician) Teach(ctx context.Context, who string, what display.BenchTeach) (display.BenchTaught, error) {
	if err := t.mayOpen(what.Port); err != nil {
		return display.BenchTaught{}, err
	}
	if what.Seconds == 0 {
		what.Seconds = 10
	}
	if what.Baud == 0 {
		what.Baud = 9600
	}
	if what.Format == "" {
		what.Format = "8N1"
	}
	t.log.Info("bench: teach", "who", who, "port", what.Port)
	heard, err := t.listen(ctx, what)
	if err != nil {
		return display.BenchTaught{}, err
	}
	out := display.BenchTaught{Heard: len(heard), Hex: hexBytes(heard[:min(len(heard), 256)]), Candidates: []display.BenchCandidate{}}
	if len(heard) > 0 {
		for _, c := range teach(t.profiles, heard) {
			out.Candidates = append(out.Candidates, display.BenchCandidate(c))
		}
	}
	return out, nil
}

func (t *technician) listen(ctx context.Context, what display.BenchTeach) ([]byte, error) {
	within := time.Duration(what.Seconds) * time.Second
	ids := t.s.rack.OnPort(what.Port)
	if len(ids) == 0 {
		conn, err := port.Open(ctx, what.Port, port.Line{Baud: what.Baud, Format: what.Format})
		if err != nil {
			return nil, orElse(refused(err), queue.Refuse(display.PortRefused, "%v", err))
		}
		defer conn.Close()
		heard, err := hear(ctx, conn, within)
		if err != nil {
			return nil, queue.Refuse(display.PortRefused, "%v", err)
		}
		return heard, nil
	}
	l, err := t.s.rack.Line(ids[0])
	if err != nil {
		return nil, refused(err)
	}
	_, ch, stop := l.Watch(4 * watchBuffer)
	defer stop()
	var heard []byte
	for timeout := time.After(within); ; {
		select {
		case p, ok := <-ch:
			if !ok || len(heard) >= mostHeard {
				return heard, nil
			}
			heard = append(heard, p.Bytes...)
		case <-timeout:
			return heard, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-t.ctx.Done():
			return nil, queue.Refuse(display.Unavailable, "the hall is shutting down")
		}
	}
}

// listPorts lists what is plugged in, by names that stay the same when it is plugged in again, with the models that are known under its USB numbers.
func listPorts(set *profile.Set, kinds ...string) []display.BenchPort {
	out := []display.BenchPort{}
	all, err := port.List()
	if err != nil {
		return out // a system that does not tell has nothing to list
	}
	for _, f := range all {
		if len(kinds) > 0 && !slices.Contains(kinds, f.Kind) {
			continue
		}
		about := strings.TrimSpace(f.About + " " + f.USB)
		if known := modelsOf(set, f.USB); len(known) > 0 {
			about += " (" + strings.Join(known, ", ") + ")"
		}
		out = append(out, display.BenchPort{Path: f.Name, Device: f.Path, Name: cmp.Or(about, f.Driver), Devices: []string{}})
	}
	return out
}

// modelsOf are the printers that were seen under these USB numbers, such as 04b8:0202.
func modelsOf(set *profile.Set, usb string) []string {
	var out []string
	for _, id := range set.IDs() {
		p, err := set.Get(id)
		if err != nil || p.Printer == nil {
			continue
		}
		if slices.ContainsFunc(p.Printer.USB, func(u profile.USB) bool {
			vendor, product, _ := strings.Cut(strings.ToLower(usb), ":")
			return u.Vendor == vendor && (u.Product == "" || u.Product == product)
		}) {
			out = append(out, id)
		}
	}
	return out
}
