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
	"halld/devices/rack"
	"halld/devices/sim"
)

// bus measures a call on a line with forty boards that are being refreshed while one of them is dead, beside the wire time of its frame.
func (c *benchCmd) bus(ctx context.Context, env *Env, dir string, show func(figure) error) error {
	const boards, dead, called = 40, 7, 20
	set, err := profiles()
	if err != nil {
		return err
	}
	p, err := set.Get("onbon-bx5k")
	if err != nil {
		return err
	}
	var cfgs []rack.Config
	var addresses []int
	link := filepath.Join(dir, "bus")
	for a := 1; a <= boards; a++ {
		addresses = append(addresses, a)
		cfgs = append(cfgs, rack.Config{ID: fmt.Sprint("board-", a), Kind: "board", Profile: p.ID, Port: link, Window: a, Address: a})
	}
	line, err := sim.NewBus(p, sim.Options{Link: link}, addresses...)
	if err != nil {
		return err
	}
	if _, err := line.Start(); err != nil {
		return err
	}
	defer line.Close()
	line.Kill(dead, true)
	r := rack.New(rack.Options{Openers: drivers.All, Profiles: set, Log: env.Log})
	ctx, stop := context.WithCancel(ctx)
	defer r.Stop()
	defer stop()
	if err := r.Start(ctx, cfgs); err != nil {
		return err
	}
	time.Sleep(time.Second) // all are open
	var refreshers sync.WaitGroup
	for a := 1; a <= boards; a++ {
		if a != called {
			refreshers.Go(func() { refresh(ctx, r, a) })
		}
	}
	var took []time.Duration
	var wire time.Duration
	for i := range 30 {
		time.Sleep(150 * time.Millisecond)
		number := fmt.Sprintf("A%03d", i)
		start := time.Now()
		if err := showOn(devices.InHurry(ctx), r, called, number); err != nil {
			return err
		}
		at, w, err := awaitFrame(line.Board(called), number, start)
		if err != nil {
			return err
		}
		took, wire = append(took, at.Sub(start)), w
	}
	stop()
	refreshers.Wait()
	slices.Sort(took)
	if err := show(figure{Name: "call on a bus of 40 boards, one dead (median)", Value: ms(took[len(took)/2]), Unit: "ms",
		Reference: fmt.Sprintf("wire time of the frame (%.1f ms)", ms(wire)), Ratio: float64(took[len(took)/2]) / float64(wire)}); err != nil {
		return err
	}
	worst := took[len(took)-1]
	return show(figure{Name: "the longest of 30 such calls", Value: ms(worst), Unit: "ms",
		Reference: fmt.Sprintf("the dead board's time-out (%d ms)", p.Line.ReplyMS), Ratio: ms(worst) / float64(p.Line.ReplyMS)})
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

// refresh shows a board its face again every two seconds, which is fifteen times as often as a hall does.
func refresh(ctx context.Context, r *rack.Rack, i int) {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for ctx.Err() == nil {
		_ = showOn(ctx, r, i, "B001") // one of them is dead: that is the point
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
	for _, form := range []struct{ name, charset string }{{"as text", "gbk"}, {"drawn", "ascii"}} {
		drawn := *p
		printer := *p.Printer
		printer.Charset = form.charset
		drawn.Printer = &printer
		data, _, err := escpos.Render(slip, &drawn)
		if err != nil {
			return err
		}
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
	answer := []byte{0xA5, 0, 0x80, 3, 0, 0, 0, 0, 0, 0, 0, 0xFE, 2, 5, 0, 0xA0, 0, 0, 0, 0}
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
