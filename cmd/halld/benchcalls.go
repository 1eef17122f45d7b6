package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"halld/devices/sim"
	"halld/queue"
	"halld/queue/sqlite"
)

// calls measures a call until the last byte of its LED frame is on the wire, beside the pure wire time of that frame.
func (c *benchCmd) calls(ctx context.Context, env *Env, dir string, show func(figure) error) error {
	cfg, err := demoConfig()
	if err != nil {
		return err
	}
	cfg.Devices = slices.DeleteFunc(cfg.Devices, func(d queue.Device) bool { return d.ID != "board-1" })
	sims, err := startSims(cfg, filepath.Join(dir, "ports"))
	if err != nil {
		return err
	}
	defer sims.close()
	sys, err := startSystem(ctx, systemOptions{Data: dir, Create: true, Listen: "127.0.0.1:0", Config: &cfg, Ports: sims.ports, Log: env.Log})
	if err != nil {
		return err
	}
	defer sys.close()
	board, ok := sims.devices["board-1"].(*sim.Board)
	if !ok {
		return fmt.Errorf("board-1 of the demo hall is no board")
	}
	seat := queue.Seat{Window: "1"}
	if _, err := sys.engine.Do(ctx, "", byScript, queue.OpenWindow{Seat: seat, Clerk: "bench"}); err != nil {
		return err
	}
	var took []time.Duration
	var wire time.Duration
	for range 20 {
		a, err := sys.engine.Do(ctx, "", byScript, queue.Issue{Queue: "A"})
		if err != nil {
			return err
		}
		time.Sleep(400 * time.Millisecond) // the board is quiet again: this measures a call, not what went before it
		start := time.Now()
		if _, err := sys.engine.Do(ctx, "", byScript, queue.CallNext{Seat: seat}); err != nil {
			return err
		}
		at, w, err := awaitFrame(board, a.Ticket.Number, start)
		if err != nil {
			return err
		}
		took, wire = append(took, at.Sub(start)), w
		if _, err := sys.engine.Do(ctx, "", byScript, queue.Finish{Seat: seat, Outcome: queue.DoneAtOnce}); err != nil {
			return err
		}
	}
	slices.Sort(took)
	median := took[len(took)/2]
	return show(figure{Name: "call to last byte of its LED frame (median)", Value: ms(median), Unit: "ms",
		Reference: fmt.Sprintf("wire time of the frame (%.1f ms)", ms(wire)), Ratio: float64(median) / float64(wire)})
}

// awaitFrame waits until the board shows the number and says when the frame was complete and how long its bytes take at the line's speed.
func awaitFrame(board *sim.Board, number string, after time.Time) (time.Time, time.Duration, error) {
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		for _, f := range board.Frames() {
			if f.At.After(after) && strings.Contains(f.Text, number) {
				return f.At, f.Wire, nil
			}
		}
	}
	return time.Time{}, 0, fmt.Errorf("the board never showed %s", number)
}

// startUp measures starting the program on a store with many tickets of past days, beside an empty one in the same run.
func (c *benchCmd) startUp(ctx context.Context, _ *Env, dir string, show func(figure) error) error {
	if c.Stored == 0 {
		return nil
	}
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o700); err != nil {
		return err
	}
	if err := fillStore(ctx, empty, 0); err != nil {
		return err
	}
	full := filepath.Join(dir, "full")
	if err := os.Mkdir(full, 0o700); err != nil {
		return err
	}
	if err := fillStore(ctx, full, c.Stored); err != nil {
		return err
	}
	var took [2]time.Duration
	for i, data := range []string{empty, full} {
		d, err := startDaemon(ctx, "--data", data)
		if err != nil {
			return err
		}
		took[i] = d.took
		if err := d.stop(); err != nil {
			return err
		}
	}
	return show(figure{Name: fmt.Sprintf("start to first answer, %d stored tickets", c.Stored), Value: ms(took[1]), Unit: "ms",
		Reference: fmt.Sprintf("with none (%.1f ms)", ms(took[0])), Ratio: float64(took[1]) / float64(took[0])})
}

// fillStore writes days of 2,500 tickets through the core, the newest day still open.
func fillStore(ctx context.Context, dir string, tickets int) error {
	store, err := sqlite.Create(dir, sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }() // the figures are taken; the folder goes away
	cfg, err := demoConfig()
	if err != nil {
		return err
	}
	hall := queue.New()
	now := time.Date(2020, 1, 1, 9, 0, 0, 0, time.UTC)
	var batch queue.Batch
	do := func(cmd queue.Command) error {
		now = now.Add(time.Second)
		events, err := hall.Decide(cmd, queue.When{Now: now, By: byScript})
		if err != nil {
			return fmt.Errorf("%T: %w", cmd, err)
		}
		for _, e := range events {
			hall.Apply(e)
			batch.Add(hall, e)
		}
		return nil
	}
	if err := do(queue.Configure{Config: cfg}); err != nil {
		return err
	}
	if err := store.Commit(&batch); err != nil {
		return err
	}
	batch = queue.Batch{}
	for done := 0; done < tickets && ctx.Err() == nil; {
		day := now
		if err := do(queue.OpenDay{Day: queue.DayID(day.Format(time.DateOnly)), Force: true}); err != nil {
			return err
		}
		for i := 0; i < 2500 && done < tickets; i++ {
			if err := do(queue.Issue{Queue: cfg.Queues[i%len(cfg.Queues)].ID}); err != nil {
				return err
			}
			done++
		}
		if done < tickets {
			if err := do(queue.CloseDay{Force: true}); err != nil {
				return err
			}
		}
		if batch.Checkpoint, err = json.Marshal(hall); err != nil {
			return err
		}
		if err := store.Commit(&batch); err != nil {
			return err
		}
		batch = queue.Batch{}
		now = day.AddDate(0, 0, 1)
	}
	return ctx.Err()
}
