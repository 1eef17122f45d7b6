package floor

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"halld/devices"
	"halld/queue"
)

// sayWithin is how old an announcement may be when its turn comes.
const sayWithin = 45 * time.Second

// announcement is one call to be spoken.
type announcement struct {
	ticket queue.TicketID
	window queue.WindowID
	number string
	again  bool // it was called before
	at     time.Time
}

// voice speaks the calls of its zone one after the other. A call that is over when its turn comes is left out, and logged.
type voice struct {
	f      *Floor
	id     string
	window queue.WindowID // empty: all windows
	cancel context.CancelFunc
	wake   chan struct{}

	mu   sync.Mutex
	line []announcement
}

func (f *Floor) newVoice(id string, window queue.WindowID) *voice {
	ctx, cancel := context.WithCancel(f.ctx)
	v := &voice{f: f, id: id, window: window, cancel: cancel, wake: make(chan struct{}, 1)}
	f.wg.Go(func() { v.run(ctx) })
	return v
}

// announce hands a call to the voices of its zone. The lock is held.
func (f *Floor) announce(v *queue.View, e queue.Event) {
	var a announcement
	switch fact := e.Fact.(type) {
	case queue.TicketCalled:
		a = announcement{ticket: fact.Ticket, window: fact.Window}
	case queue.TicketRecalled:
		a = announcement{ticket: fact.Ticket, window: fact.Window, again: true}
	default:
		return
	}
	for _, c := range v.Calls {
		if c.Ticket == a.ticket {
			a.number = c.Number
		}
	}
	if a.number == "" {
		return // so many calls came at once that this one is over
	}
	a.at = time.Now()
	for _, speaker := range f.voices {
		if speaker.window == "" || speaker.window == a.window {
			speaker.add(a)
		}
	}
}

// add puts an announcement into the line; a recall of a number that still waits there is not spoken twice.
func (v *voice) add(a announcement) {
	v.mu.Lock()
	for _, o := range v.line {
		if o.ticket == a.ticket && o.window == a.window {
			v.mu.Unlock()
			return
		}
	}
	v.line = append(v.line, a)
	v.mu.Unlock()
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

func (v *voice) pop() (announcement, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.line) == 0 {
		return announcement{}, false
	}
	a := v.line[0]
	v.line = v.line[1:]
	return a, true
}

func (v *voice) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-v.wake:
		}
		for a, ok := v.pop(); ok && ctx.Err() == nil; a, ok = v.pop() {
			if why := v.say(ctx, a); why != "" {
				v.f.log.Warn("announcement skipped", "voice", v.id, "ticket", a.ticket, "window", a.window, "reason", why)
			}
		}
	}
}

// say speaks one call, or tells why not.
func (v *voice) say(ctx context.Context, a announcement) string {
	if time.Since(a.at) > sayWithin {
		return "too old"
	}
	if !stillCalled(v.f.View(), a) {
		return "not called any more"
	}
	dev, ok := v.f.o.Devices.Get(v.id)
	if !ok {
		return "the voice is away"
	}
	speaker, ok := dev.(devices.Voice)
	if !ok {
		return "its profile cannot speak"
	}
	ctx, cancel := context.WithTimeout(ctx, sayWithin)
	defer cancel()
	if err := speaker.Say(ctx, sentence(a)); err != nil {
		return err.Error()
	}
	return ""
}

func stillCalled(view *queue.View, a announcement) bool {
	for _, w := range view.Windows {
		if w.ID == a.window {
			return w.Ticket != nil && w.Ticket.ID == a.ticket && w.Ticket.State == queue.Called
		}
	}
	return false
}

// sentence reads digits of a ticket one by one and the window as a cardinal number.
func sentence(a announcement) string {
	var b strings.Builder
	for _, r := range a.number {
		if r >= '0' && r <= '9' {
			b.WriteRune([]rune(digitWords)[r-'0'])
			continue
		}
		b.WriteRune(r)
	}
	again := ""
	if a.again {
		again = ",再次呼叫"
	}
	return fmt.Sprintf("请%s号到%s号窗口%s", b.String(), cardinal(string(a.window)), again)
}

const digitWords = "零一二三四五六七八九"

// cardinal writes 1 to 999 as it is spoken: 12 is 十二, 105 is 一百零五.
func cardinal(id string) string {
	n, err := strconv.Atoi(id)
	if err != nil || n < 0 || n > 999 {
		return id
	}
	d := []rune(digitWords)
	switch {
	case n < 10:
		return string(d[n])
	case n < 20:
		return strings.TrimSuffix("十"+string(d[n-10]), "零")
	case n < 100:
		return string(d[n/10]) + strings.TrimSuffix("十"+string(d[n%10]), "零")
	}
	h, rest := string(d[n/100])+"百", n%100
	switch {
	case rest == 0:
		return h
	case rest < 10:
		return h + "零" + string(d[rest])
	}
	return h + string(d[rest/10]) + strings.TrimSuffix("十"+string(d[rest%10]), "零")
}
