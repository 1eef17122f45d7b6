package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"halld/devices/sim"
	"halld/queue"
)

// crowd is a day of visitors and the clerks who serve them.
type crowd struct {
	guests   []guest
	recorded bool // calls come at their recorded times, not when a clerk is free
}

// guest is one visitor. Times count from the start of the day.
type guest struct {
	queue   queue.QueueID
	class   queue.Class
	arrival time.Duration
	call    time.Duration // recorded; negative: never called
	service time.Duration
	noShow  bool
	level   int // rating, 0: none
}

// generatedCrowd is the demo's own day, the same for the same hall.
func generatedCrowd(cfg queue.Config) *crowd {
	var queues []string
	for _, q := range cfg.Queues {
		queues = append(queues, string(q.ID))
	}
	c := &crowd{}
	visits := sim.Day(20260302, queues, 420)
	for _, v := range visits {
		class := queue.Class(v.Class)
		if class == "" {
			class = queue.Ordinary
		}
		c.guests = append(c.guests, guest{queue: queue.QueueID(v.Queue), class: class, arrival: v.Arrival - visits[0].Arrival, service: v.Service,
			noShow: v.NoShow, level: v.Rating})
	}
	return c
}

// recordedCrowd plays a recorded day. The hall gets the day's queues; its windows take them in turn, devices stay where they are.
func recordedCrowd(records []sim.Record, cfg *queue.Config) *crowd {
	day, ids := dayConfig(records, 0)
	cfg.Queues, cfg.Items, cfg.Departments = day.Queues, nil, nil
	for len(cfg.WindowSetup) < len(day.WindowSetup) {
		cfg.WindowSetup = append(cfg.WindowSetup, queue.WindowSetup{ID: queue.WindowID(strconv.Itoa(len(cfg.WindowSetup) + 1))})
	}
	for i := range cfg.WindowSetup {
		cfg.WindowSetup[i].Department = ""
		cfg.WindowSetup[i].Queues = day.WindowSetup[i%len(day.WindowSetup)].Queues
	}
	start := slices.MinFunc(records, func(a, b sim.Record) int { return a.Arrival.Compare(b.Arrival) }).Arrival
	c := &crowd{recorded: true}
	for _, r := range records {
		g := guest{queue: ids[r.Queue], class: queue.Ordinary, arrival: r.Arrival.Sub(start), call: -1}
		if !r.Call.IsZero() {
			g.call = max(r.Call.Sub(start), g.arrival)
		}
		c.guests = append(c.guests, g)
	}
	slices.SortStableFunc(c.guests, func(a, b guest) int { return int(a.arrival - b.arrival) })
	return c
}

// player runs a crowd against a system.
type player struct {
	*crowd
	sys    *system
	sims   *simulators
	speed  float64
	start  time.Time
	mu     sync.Mutex
	byID   map[queue.TicketID]guest
	issued int
	ended  int
}

// play returns when everybody has left or the context ends.
func (c *crowd) play(ctx context.Context, sys *system, sims *simulators, speed float64) {
	p := &player{crowd: c, sys: sys, sims: sims, speed: speed, start: time.Now(), byID: map[queue.TicketID]guest{}}
	err := p.run(ctx)
	if err != nil && ctx.Err() == nil {
		sys.log.Error("the visitors' day stopped", "err", err)
		return
	}
	sys.log.Info("the visitors' day is over", "visits", len(c.guests), "issued", p.issued, "finished", p.ended)
}

func (p *player) run(ctx context.Context) error {
	windows := p.sys.engine.View().Windows
	for _, w := range windows {
		if err := p.do(ctx, queue.OpenWindow{Seat: queue.Seat{Window: w.ID}, Clerk: "窗口" + string(w.ID) + "员"}); err != nil && queue.CodeOf(err) == "" {
			return err
		}
	}
	if p.recorded {
		return p.recordedDay(ctx)
	}
	arrivals := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { arrivals <- p.arrive(ctx) }()
	var clerks sync.WaitGroup
	for _, w := range windows {
		clerks.Go(func() { p.clerk(ctx, w.ID) })
	}
	err := <-arrivals
	for err == nil && ctx.Err() == nil && p.left() > 0 {
		p.pause(ctx, time.Minute)
	}
	cancel()
	clerks.Wait()
	return err
}

func (p *player) left() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.issued - p.ended
}

// until waits for a moment of the visitors' day.
func (p *player) until(ctx context.Context, at time.Duration) {
	p.sleep(ctx, time.Until(p.start.Add(time.Duration(float64(at)/p.speed))))
}

// pause lets so much of the visitors' day pass.
func (p *player) pause(ctx context.Context, d time.Duration) {
	p.sleep(ctx, time.Duration(float64(d)/p.speed))
}

func (p *player) sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

func (p *player) do(ctx context.Context, cmd queue.Command) error {
	_, err := p.ask(ctx, cmd)
	return err
}

func (p *player) ask(ctx context.Context, cmd queue.Command) (queue.Answer, error) {
	return p.sys.engine.Do(ctx, "", byScript, cmd)
}

func (p *player) arrive(ctx context.Context) error {
	for i, g := range p.guests {
		p.until(ctx, g.arrival)
		if ctx.Err() != nil {
			return nil
		}
		// most take a paper ticket; one in five keeps the number on the phone
		printer := queue.DeviceID("printer-" + strconv.Itoa(i%2+1))
		if i%5 == 4 || p.speed > 300 {
			printer = ""
		}
		if _, err := p.issue(ctx, g, printer); err != nil {
			return err
		}
	}
	return nil
}

func (p *player) issue(ctx context.Context, g guest, printer queue.DeviceID) (queue.TicketID, error) {
	a, err := p.ask(ctx, queue.Issue{Queue: g.queue, Class: g.class, Printer: printer})
	if err != nil {
		return "", fmt.Errorf("issue a ticket for %s: %w", g.queue, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byID[a.Ticket.ID] = g
	p.issued++
	return a.Ticket.ID, nil
}

func (p *player) end() {
	p.mu.Lock()
	p.ended++
	p.mu.Unlock()
}

// clerk serves at one window until the day is over, and gives way where a person has taken the window.
func (p *player) clerk(ctx context.Context, window queue.WindowID) {
	seat := queue.Seat{Window: window}
	for ctx.Err() == nil {
		p.pause(ctx, time.Duration(10+rand.IntN(20))*time.Second)
		a, err := p.ask(ctx, queue.CallNext{Seat: seat})
		if err != nil {
			if queue.CodeOf(err) == "" && !errors.Is(err, context.Canceled) {
				p.sys.log.Warn("a clerk could not call", "window", window, "err", err)
			}
			p.pause(ctx, 20*time.Second)
			continue
		}
		p.mu.Lock()
		g, mine := p.byID[a.Ticket.ID]
		p.mu.Unlock()
		if !mine {
			g = guest{service: 4 * time.Minute}
		}
		if g.noShow {
			p.pause(ctx, 30*time.Second)
			_ = p.do(ctx, queue.Recall{Seat: seat}) // a refusal here means that a person acted meanwhile
			p.pause(ctx, 30*time.Second)
			_ = p.do(ctx, queue.NoShow{Seat: seat, Force: true})
		} else {
			p.pause(ctx, 20*time.Second)
			_ = p.do(ctx, queue.Serve{Seat: seat})
			p.pause(ctx, g.service)
			_ = p.do(ctx, queue.Finish{Seat: seat, Outcome: queue.DoneAtOnce})
			p.rate(ctx, window, g.level)
		}
		if mine {
			p.end()
		}
	}
}

// rate presses the window's pad, if it has one and the citizen cares.
func (p *player) rate(ctx context.Context, window queue.WindowID, level int) {
	if level == 0 {
		return
	}
	if pad, ok := p.sims.devices[queue.DeviceID("caller-"+string(window))].(*sim.CallerPad); ok {
		p.pause(ctx, 5*time.Second)
		_ = pad.Rate(level) // a pad whose cable somebody has pulled takes no rating
	}
}

// recordedDay issues and calls everybody at the recorded times.
func (p *player) recordedDay(ctx context.Context) error {
	type moment struct {
		at   time.Duration
		call bool
		i    int
	}
	var moments []moment
	for i, g := range p.guests {
		moments = append(moments, moment{g.arrival, false, i})
		if g.call >= 0 {
			moments = append(moments, moment{g.call, true, i})
		}
	}
	slices.SortStableFunc(moments, func(a, b moment) int {
		if a.at != b.at {
			return int(a.at - b.at)
		}
		if a.call == b.call {
			return a.i - b.i
		}
		if a.call {
			return 1 // who arrives in the second of a call is there before it
		}
		return -1
	})
	windows := map[queue.QueueID]queue.WindowID{}
	for _, w := range p.sys.engine.View().Windows {
		for _, q := range w.Queues {
			if _, ok := windows[q]; !ok {
				windows[q] = w.ID
			}
		}
	}
	tickets := make([]queue.TicketID, len(p.guests))
	busy := map[queue.WindowID]bool{}
	finish := func(w queue.WindowID) error {
		if !busy[w] {
			return nil
		}
		busy[w] = false
		p.end()
		return p.do(ctx, queue.Finish{Seat: queue.Seat{Window: w}, Outcome: queue.DoneAtOnce})
	}
	for _, m := range moments {
		p.until(ctx, m.at)
		if ctx.Err() != nil {
			return nil
		}
		g := p.guests[m.i]
		if !m.call {
			id, err := p.issue(ctx, g, "")
			if err != nil {
				return err
			}
			tickets[m.i] = id
			continue
		}
		w := windows[g.queue]
		if err := finish(w); err != nil {
			return err
		}
		if err := p.do(ctx, queue.CallTicket{Seat: queue.Seat{Window: w}, Ticket: tickets[m.i], Reason: "recorded order"}); err != nil {
			return fmt.Errorf("call %s: %w", tickets[m.i], err)
		}
		busy[w] = true
	}
	for w := range busy {
		if err := finish(w); err != nil {
			return err
		}
	}
	return nil
}
