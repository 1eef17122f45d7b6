package floor

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"halld/devices"
	"halld/queue"
)

const (
	// repeated is how soon after a press the same one again is a frame that the device repeated, not a second press.
	repeated = 700 * time.Millisecond
	// confirmed is how soon after a refused miss a second press of the same key confirms that nobody came.
	confirmed = 6 * time.Second
	// inputWithin is how long a press is worth trying: nobody expects it to act later.
	inputWithin = 5 * time.Second
	inboxSize   = 16
)

// inbox takes the presses of one device in order.
type inbox struct {
	ch     chan pressed
	cancel context.CancelFunc
	last   devices.Input
	lastAt time.Time

	missed   queue.TicketID // whose miss was refused, to be confirmed
	missedAt time.Time
	given    map[string]queue.TicketID // by ticket key: what it gave last
}

// pressed is a press and when it came.
type pressed struct {
	devices.Input
	at time.Time
}

// Input takes a press. It never blocks: a device that sends faster than the hall decides loses presses, with a log line.
func (f *Floor) Input(in devices.Input) {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	b := f.inputs[in.Device]
	if b == nil {
		ctx, cancel := context.WithCancel(f.ctx)
		b = &inbox{ch: make(chan pressed, inboxSize), cancel: cancel}
		f.inputs[in.Device] = b
		f.wg.Go(func() { f.read(ctx, b) })
	}
	if in == b.last && now.Sub(b.lastAt) < repeated {
		b.lastAt = now
		f.log.Debug("repeated frame", "device", in.Device, "key", in.Key)
		return
	}
	b.last, b.lastAt = in, now
	if in.Window == 0 && in.Key != devices.KeyTicket {
		n, err := strconv.Atoi(string(f.setup[in.Device].Window))
		if err != nil {
			f.log.Warn("press from a device that stands at no window", "device", in.Device, "key", in.Key)
			return
		}
		in.Window = n
	}
	select {
	case b.ch <- pressed{in, now}:
	default:
		f.log.Warn("press dropped: the hall is slower than the presses", "device", in.Device, "key", in.Key)
	}
}

func (f *Floor) read(life context.Context, b *inbox) {
	var seq uint64 // of the last answer: the next press is judged by a view that has it
	for {
		select {
		case <-life.Done():
			return
		case in := <-b.ch:
			if age := time.Since(in.at); age >= inputWithin {
				f.log.Warn("press dropped: it waited too long for the hall", "device", in.Device, "key", in.Key, "age", age.Round(time.Millisecond))
				f.refresh(in.Device)
				continue
			}
			ctx, cancel := context.WithDeadline(life, in.at.Add(inputWithin))
			v := f.wait(ctx, seq)
			if v != nil {
				p := press{f: f, in: in.Input, box: b, view: v, seat: queue.Seat{Window: queue.WindowID(strconv.Itoa(in.Window))}}
				if err := p.act(ctx); err != nil {
					f.log.Info("press not carried out", "device", in.Device, "window", in.Window, "key", in.Key, "why", err)
					f.refresh(in.Device) // the unit shows again what holds
				}
				seq = max(seq, p.seq)
			}
			cancel()
		}
	}
}

func (f *Floor) refresh(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.shows[id]; s != nil {
		s.force()
	}
}

// press is one press being turned into commands.
type press struct {
	f    *Floor
	in   devices.Input
	box  *inbox
	view *queue.View
	seat queue.Seat
	seq  uint64
}

func (p *press) do(ctx context.Context, cmd queue.Command) error {
	a, err := p.f.do(ctx, p.f.key("press/"+p.in.Device+"/"+string(p.in.Key)), p.in.Device, cmd)
	p.seq = max(p.seq, a.Seq)
	return err
}

func (p *press) window() *queue.WindowView {
	for i := range p.view.Windows {
		if p.view.Windows[i].ID == p.seat.Window {
			return &p.view.Windows[i]
		}
	}
	return nil
}

// act does what a key means at its window. Holder stays empty: a device acts for whoever holds the window.
func (p *press) act(ctx context.Context) error {
	if p.in.Key == devices.KeyTicket {
		return p.ticket(ctx)
	}
	w := p.window()
	if w == nil {
		return queue.Refuse(queue.UnknownWindow, "device %s stands at window %s, which this hall does not have", p.in.Device, p.seat.Window)
	}
	switch p.in.Key {
	case devices.KeyCall:
		return p.call(ctx, w)
	case devices.KeyRecall:
		return p.do(ctx, queue.Recall{Seat: p.seat})
	case devices.KeyHere:
		return p.do(ctx, queue.Serve{Seat: p.seat})
	case devices.KeyFinish:
		return p.do(ctx, queue.Finish{Seat: p.seat, Outcome: keyOutcome})
	case devices.KeyMiss:
		return p.miss(ctx, w)
	case devices.KeyPause:
		if w.State == queue.WindowOpen {
			return p.do(ctx, queue.PauseWindow{Seat: p.seat, Reason: queue.TidyUp})
		}
		if w.State == queue.WindowPaused {
			return p.do(ctx, queue.Resume{Seat: p.seat})
		}
		return p.do(ctx, queue.OpenWindow{Seat: p.seat})
	case devices.KeyTransfer:
		return p.transfer(ctx)
	case devices.KeyAsk:
		p.f.askAt(p.seat.Window)
		return nil
	case devices.KeyRate:
		return p.do(ctx, queue.RateWindow{Window: p.seat.Window, Level: p.in.Level})
	default: // devices.KeyTicket, and what no key of ours is
		return queue.Refuse(queue.IllegalMove, "key %q means nothing at a window", p.in.Key)
	}
}

// call calls the next one; while somebody is served it finishes first, as caller units do. A called ticket is not passed over so: the
// clerk says whether the citizen came.
func (p *press) call(ctx context.Context, w *queue.WindowView) error {
	if w.Ticket != nil && w.Ticket.State == queue.Serving {
		return p.do(ctx, queue.Finish{Seat: p.seat, Outcome: keyOutcome, Next: true})
	}
	return p.do(ctx, queue.CallNext{Seat: p.seat})
}

// miss declares the called ticket missed. Before the hall's number of calls it takes a second press.
func (p *press) miss(ctx context.Context, w *queue.WindowView) error {
	force := w.Ticket != nil && w.Ticket.ID == p.box.missed && time.Since(p.box.missedAt) < confirmed
	p.box.missed = ""
	err := p.do(ctx, queue.NoShow{Seat: p.seat, Force: force})
	if queue.CodeOf(err) == queue.NotYetMissed && w.Ticket != nil {
		p.box.missed, p.box.missedAt = w.Ticket.ID, time.Now()
	}
	return err
}

// transfer sends the citizen on: the digits are a queue's letters or, as caller units have only digits, a window's number, which stands
// for the first queue that it serves and this window does not, or its first queue.
func (p *press) transfer(ctx context.Context) error {
	to := strings.TrimLeft(p.in.Digits, "0")
	here := p.window()
	for _, q := range p.view.Queues {
		if strings.EqualFold(string(q.ID), p.in.Digits) {
			return p.do(ctx, queue.Transfer{Seat: p.seat, Queue: q.ID})
		}
	}
	for _, w := range p.view.Windows {
		if string(w.ID) != to || len(w.Queues) == 0 {
			continue
		}
		target := w.Queues[0]
		for _, q := range w.Queues {
			if !slices.Contains(here.Queues, q) {
				target = q
				break
			}
		}
		return p.do(ctx, queue.Transfer{Seat: p.seat, Queue: target})
	}
	return queue.Refuse(queue.UnknownQueue, "%q names no queue or window to transfer to: type a window's number first", p.in.Digits)
}

// askAt lights the pads of a window up.
func (f *Floor) askAt(id queue.WindowID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.shows {
		if s.window == id {
			s.ask()
		}
	}
}
