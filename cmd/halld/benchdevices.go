package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"halld/devices"
	"halld/devices/drivers"
	"halld/devices/escpos"
	"halld/devices/profile"
	"halld/devices/rack"
	"halld/devices/sim"
)

// bus measures a call on a line with forty boards that are being refreshed while one of them is dead, and while forty caller units on a second line are
// refreshed under noise, beside the wire time of the call's frame.
func (c *benchCmd) bus(ctx context.Context, env *Env, dir string, show func(figure) error) error {
	const devicesEach, dead, called = 40, 7, 20
	set, err := profiles()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	boards, cfgs, err := benchBus(set, "onbon-bx5k", "board", dir, devicesEach)
	if err != nil {
		return err
	}
	defer func() { _ = boards.Close() }() // a simulated bus: nothing is left to lose
	callers, more, err := benchBus(set, "caller-ff68", "caller", dir, devicesEach)
	if err != nil {
		return err
	}
	defer func() { _ = callers.Close() }() // likewise
	r := rack.New(rack.Options{Openers: drivers.All, Profiles: set, Log: env.Log, Input: func(devices.Input) {}})
	defer r.Stop()
	if err := r.Start(ctx, append(cfgs, more...)); err != nil {
		return err
	}
	time.Sleep(time.Second) // all are open
	callers.JabberOn(true)
	var refreshers sync.WaitGroup
	for a := 1; a <= devicesEach; a++ {
		if a != called {
			refreshers.Go(func() { refresh(ctx, r, a) })
		}
	}
	wire := time.Duration(0)
	measure := func() ([]time.Duration, error) {
		var took []time.Duration
		for i := range 30 {
			time.Sleep(150 * time.Millisecond)
			number := fmt.Sprintf("A%03d", i)
			start := time.Now()
			if err := showOn(devices.InHurry(ctx), r, called, number); err != nil {
				return nil, err
			}
			at, w, err := awaitFrame(boards.Board(called), number, start)
			if err != nil {
				return nil, err
			}
			took, wire = append(took, at.Sub(start)), w
		}
		slices.Sort(took)
		return took, nil
	}
	well, err := measure()
	if err != nil {
		return err
	}
	boards.Kill(dead, true)
	spoiled, err := measure()
	if err != nil {
		return err
	}
	stop()
	refreshers.Wait()
	for _, f := range []struct {
		name string
		took time.Duration
	}{
		{"call on two buses of 40, all well (median)", well[len(well)/2]}, {"the longest of 30 such calls", well[len(well)-1]},
		{"the same with one board dead (median)", spoiled[len(spoiled)/2]}, {"the longest of 30 such calls", spoiled[len(spoiled)-1]},
	} {
		if err := show(figure{Name: f.name, Value: ms(f.took), Unit: "ms", Reference: fmt.Sprintf("wire time of the frame (%.1f ms)", ms(wire)),
			Ratio: float64(f.took) / float64(wire)}); err != nil {
			return err
		}
	}
	return nil
}

// benchBus plugs in a line with so many simulated devices of one profile, and says how they are set up.
func benchBus(set *profile.Set, id, name, dir string, n int) (*sim.Bus, []rack.Config, error) {
	p, err := set.Get(id)
	if err != nil {
		return nil, nil, err
	}
	var cfgs []rack.Config
	var addresses []int
	link := filepath.Join(dir, name)
	for a := 1; a <= n; a++ {
		addresses = append(addresses, a)
		cfgs = append(cfgs, rack.Config{ID: fmt.Sprint(name, "-", a), Kind: p.Kind, Profile: p.ID, Port: link, Window: a, Address: a})
	}
	bus, err := sim.NewBus(p, sim.Options{Link: link}, addresses...)
	if err != nil {
		return nil, nil, err
	}
	_, err = bus.Start()
	return bus, cfgs, err
}

func showOn(ctx context.Context, r *rack.Rack, i int, number string) error {
	d, ok := r.Get(fmt.Sprint("board-", i))
	if !ok {
		return fmt.Errorf("board-%d is away", i)
	}
	b, ok := d.(devices.Board)
	if !ok {
		return fmt.Errorf("board-%d is no board", i)
	}
	return b.Show(ctx, devices.Face{Window: i, Number: number, Mode: devices.Calling})
}

// refresh shows a board and a caller their faces again every two seconds, which is fifteen times as often as a hall does.
func refresh(ctx context.Context, r *rack.Rack, i int) {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for ctx.Err() == nil {
		_ = showOn(ctx, r, i, "B001") // one of them is dead: that is the point
		if d, ok := r.Get(fmt.Sprint("caller-", i)); ok {
			if caller, ok := d.(devices.Caller); ok {
				_ = caller.ShowFace(ctx, devices.Face{Window: i, Mode: devices.Idle, Waiting: i}) // the line is full of noise: the same
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// paper measures a ticket's bytes as text and drawn, beside its text alone, and how fast frames are made and read.
func (c *benchCmd) paper(_ context.Context, _ *Env, _ string, show func(figure) error) error {
	set, err := profiles()
	if err != nil {
		return err
	}
	p, err := set.Get("epson-tm")
	if err != nil {
		return err
	}
	slip := sampleSlip()
	ideal := 0
	for _, s := range []string{slip.Hall, slip.HallEn, slip.Number, slip.Business, slip.BusinessEn, slip.Department, slip.Missed} {
		ideal += len(s)
	}
	for _, form := range []struct{ name, mode string }{{"as text", "text"}, {"drawn", "raster"}} {
		ticket, err := escpos.Render(slip, p, map[string]string{"mode": form.mode})
		if err != nil {
			return err
		}
		data := ticket.Bytes
		wire := float64(len(data)) * 10 / float64(p.Line.Baud)
		if err := show(figure{Name: "a ticket " + form.name + fmt.Sprintf(" (%.2f s at %d baud)", wire, p.Line.Baud), Value: float64(len(data)), Unit: "bytes",
			Reference: fmt.Sprintf("its words alone (%d bytes)", ideal), Ratio: float64(len(data)) / float64(ideal)}); err != nil {
			return err
		}
	}
	board, err := set.Get("onbon-bx5k")
	if err != nil {
		return err
	}
	args := map[string]any{"addr": 3, "text": "请A001号到3号窗口"}
	made, _, err := c.load(1, func(int) error {
		_, err := board.Protocol.Encode("show", args)
		return err
	})
	if err != nil {
		return err
	}
	answer, err := board.Protocol.DeviceSide().Say("reply", map[string]any{"addr": 3, "group": 0xA0, "cmd": 0, "error": 0, "data": ""})
	if err != nil {
		return err
	}
	if events := board.Protocol.DecodeAll(answer); len(events) != 1 || events[0].Reject != "" {
		return fmt.Errorf("the answer to be read is no answer: % X", answer)
	}
	copied := make([]byte, len(answer))
	reference, _, err := c.load(1, func(int) error { copy(copied, answer); return nil })
	if err != nil {
		return err
	}
	read, _, err := c.load(1, func(int) error { board.Protocol.DecodeAll(answer); return nil })
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		rate float64
	}{{"frames made", made}, {"frames read", read}} {
		if err := show(figure{Name: f.name, Value: f.rate, Unit: "1/s", Reference: fmt.Sprintf("copying their bytes (%.0f/s)", reference), Ratio: f.rate / reference}); err != nil {
			return err
		}
	}
	return nil
}
