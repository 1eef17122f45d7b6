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

// crowd is the visitors of a day and the clerks who serve them.
type crowd struct {
	guests   []guest
	next     func(round int) []guest // who comes when they have left
	recorded bool                    // nobody else comes, and calls come at their recorded times, not when a clerk is free
}

// guest is one visitor. Times count from the start of the day.
type guest struct {
	queue   queue.QueueID
	item    queue.ItemID
	unsaid  bool // took a number for the queue alone: the clerk names the item at the end
	class   queue.Class
	arrival time.Duration
	call    time.Duration // recorded; negative: never called
	service time.Duration
	noShow  bool
	outcome queue.Outcome
	note    string
	level   int // rating, 0: none
}

// recordedCrowd plays a recorded day. The hall gets the day's queues; its windows take them in turn, devices stay where they are.
func recordedCrowd(records []sim.Record, cfg *queue.Config) *crowd {
	day, ids := dayConfig(records, 0)
	cfg.Queues, cfg.Items, cfg.Departments, cfg.People = day.Queues, nil, nil, nil // who sat at the recorded windows is not known
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
		g := guest{queue: ids[r.Queue], class: queue.Ordinary, arrival: r.Arrival.Sub(start), call: -1, outcome: queue.NotStated}
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
	turned int // away: no number was given
}

// play returns when nobody comes any more or the context ends.
func (c *crowd) play(ctx context.Context, sys *system, sims *simulators, speed float64) {
	p := &player{crowd: c, sys: sys, sims: sims, speed: speed, start: time.Now(), byID: map[queue.TicketID]guest{}}
	err := p.run(ctx)
	if err != nil && ctx.Err() == nil {
		sys.log.Error("the visitors' day stopped", "err", err)
		return
	}
	sys.log.Info("the visitors' day is over", "visits", len(c.guests), "issued", p.issued, "turned_away", p.turned)
}

func (p *player) run(ctx context.Context) error {
	if p.recorded {
		return p.recordedDay(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var clerks sync.WaitGroup
	for i, w := range p.sys.engine.View().Windows {
		clerks.Go(func() {
			p.pause(ctx, time.Duration(i)*oneByOne)
			p.clerk(ctx, w.ID)
		})
	}
	var err error
	for round := 0; err == nil && ctx.Err() == nil; round++ {
		if round > 0 {
			p.guests, p.start = p.next(round), time.Now()
		}
		err = p.arrive(ctx)
		for i := 0; i < 120 && err == nil && ctx.Err() == nil && somebodyIn(p.sys.engine.View()); i++ { // a ticket may wait for paper that nobody puts in
			p.pause(ctx, time.Minute)
		}
		p.sys.log.Info("the visitors have left", "round", round, "issued", p.issued, "turned_away", p.turned)
	}
	cancel()
	clerks.Wait()
	return err
}

// somebodyIn reports whether anybody waits or is at a window.
func somebodyIn(v *queue.View) bool {
	return slices.ContainsFunc(v.Queues, func(q queue.QueueView) bool { return q.Waiting+q.Printing > 0 }) ||
		slices.ContainsFunc(v.Windows, func(w queue.WindowView) bool { return w.Ticket != nil })
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
		_, err := p.issue(ctx, g, printer)
		switch {
		case err == nil:
		case queue.CodeOf(err) != "": // it is after closing time, somebody has paused the numbers, or the last one is gone
			p.turned++
		default:
			return err
		}
	}
	return nil
}

func (p *player) issue(ctx context.Context, g guest, printer queue.DeviceID) (queue.TicketID, error) {
	cmd := queue.Issue{Queue: g.queue, Item: g.item, Class: g.class, Printer: printer}
	if g.unsaid {
		cmd.Item = ""
	}
	a, err := p.ask(ctx, cmd)
	if err != nil {
		return "", fmt.Errorf("issue a ticket for %s: %w", g.queue, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byID[a.Ticket.ID] = g
	p.issued++
	return a.Ticket.ID, nil
}

// whose takes the guest of a ticket; false: somebody else took it.
func (p *player) whose(id queue.TicketID) (guest, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, mine := p.byID[id]
	delete(p.byID, id)
	return g, mine
}

// clerk serves at one window, and gives way where a person has taken it.
func (p *player) clerk(ctx context.Context, window queue.WindowID) {
	seat := queue.Seat{Window: window}
	opened := queue.DayID("") // once a day: who closes the window wants it closed
	for served := 1; ctx.Err() == nil; {
		p.pause(ctx, time.Duration(10+rand.IntN(20))*time.Second)
		v := p.sys.engine.View()
		w := v.Window(window)
		if v.Day == "" || w == nil || w.Holder != "" {
			p.pause(ctx, time.Minute)
			continue
		}
		if v.Day != opened && w.State == queue.WindowClosed {
			p.tell(ctx, queue.OpenWindow{Seat: seat, Clerk: staffOf(v.Config, window)})
		}
		opened = v.Day
		if a, err := p.ask(ctx, queue.CallNext{Seat: seat}); err == nil {
			p.serve(ctx, seat, *a.Ticket)
			served++
		} else {
			p.refused(err, window)
			p.pause(ctx, 20*time.Second)
		}
		if served%9 == 0 {
			served++
			p.rest(ctx, seat)
		}
	}
}

// serve does what is to be done for one who was called.
func (p *player) serve(ctx context.Context, seat queue.Seat, t queue.Ticket) {
	g, mine := p.whose(t.ID)
	if !mine {
		g = p.stranger(t)
	}
	if g.noShow {
		p.pause(ctx, 30*time.Second)
		p.tell(ctx, queue.Recall{Seat: seat})
		p.pause(ctx, 30*time.Second)
		p.tell(ctx, queue.NoShow{Seat: seat, Force: true})
		return
	}
	p.pause(ctx, 20*time.Second)
	p.tell(ctx, queue.Serve{Seat: seat})
	p.pause(ctx, g.service)
	done := queue.Finish{Seat: seat, Outcome: g.outcome, Note: g.note}
	if g.unsaid {
		done.Item = g.item
	}
	p.tell(ctx, done)
	p.rate(ctx, seat.Window, g.level)
}

// stranger is somebody whose number the crowd did not take: at a kiosk, at a key, or before this start.
func (p *player) stranger(t queue.Ticket) guest {
	g := guest{queue: t.Queue, item: t.Item, service: 4 * time.Minute, outcome: queue.NotStated}
	cfg := p.sys.engine.View().Config
	at := slices.IndexFunc(cfg.Items, func(it queue.Item) bool { return it.ID == t.Item || t.Item == "" && it.Queue == t.Queue })
	if at >= 0 {
		g.item, g.unsaid = cfg.Items[at].ID, t.Item == ""
		g.outcome, g.note = cameOf(cfg.Items[at], 99)
	}
	return g
}

// rest pauses a window for a while.
func (p *player) rest(ctx context.Context, seat queue.Seat) {
	why := queue.Restroom
	if rand.IntN(2) == 0 {
		why = queue.TidyUp
	}
	p.tell(ctx, queue.PauseWindow{Seat: seat, Reason: why})
	p.pause(ctx, 4*time.Minute)
	if w := p.sys.engine.View().Window(seat.Window); w != nil && w.State == queue.WindowPaused && w.Holder == "" {
		p.tell(ctx, queue.Resume{Seat: seat})
	}
}

// tell gives a command that may be refused: a person acts in the same hall.
func (p *player) tell(ctx context.Context, cmd queue.Command) { p.refused(p.do(ctx, cmd), cmd.Kind()) }

func (p *player) refused(err error, what any) {
	if err != nil && queue.CodeOf(err) == "" && !errors.Is(err, context.Canceled) {
		p.sys.log.Warn("a clerk of the crowd could not act", "what", what, "err", err)
	}
}

// staffOf is who sits at a window: of those whose place it is, as many as the windows they share, each at one.
func staffOf(cfg *queue.Config, window queue.WindowID) string {
	taken := map[queue.PersonID]bool{}
	for _, w := range cfg.WindowSetup {
		at := slices.IndexFunc(cfg.People, func(p queue.Person) bool {
			return p.Role == queue.Handler && !taken[p.ID] && slices.Contains(p.Windows, w.ID)
		})
		if at < 0 {
			continue
		}
		if taken[cfg.People[at].ID] = true; w.ID == window {
			return string(cfg.People[at].ID)
		}
	}
	if len(cfg.People) == 0 {
		return "窗口" + string(window) + "员"
	}
	return "" // the hall knows best whose place it is
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
	for _, w := range p.sys.engine.View().Windows {
		p.tell(ctx, queue.OpenWindow{Seat: queue.Seat{Window: w.ID}, Clerk: staffOf(p.sys.engine.View().Config, w.ID)})
	}
	tickets := make([]queue.TicketID, len(p.guests))
	busy := map[queue.WindowID]bool{}
	finish := func(w queue.WindowID) error {
		if !busy[w] {
			return nil
		}
		busy[w] = false
		return p.do(ctx, queue.Finish{Seat: queue.Seat{Window: w}, Outcome: queue.NotStated}) // the record does not say
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
