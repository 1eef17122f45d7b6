package sim

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"halld/devices/profile"
)

// Described simulates any device whose protocol a profile describes: it understands every operation, shows or says its text, and answers as a
// sound device does.
type Described struct {
	*cable
	side    *profile.DeviceSide
	answers bool
	dec     *profile.Decoder

	state sync.Mutex
	text  string
	ops   []profile.Event
}

func newDescribed(p *profile.Profile, o Options) *Described {
	side := p.Protocol.DeviceSide()
	d := &Described{cable: newCable(p, o), side: side, answers: p.Line.ReplyMS > 0, dec: side.NewDecoder()}
	d.receive = d.got
	return d
}

func (d *Described) got(b []byte) {
	for _, e := range d.dec.Feed(b) {
		if e.Reject != "" {
			continue
		}
		if addr, ok := e.Fields["addr"].(int64); ok && d.o.Address != 0 && addr != int64(d.o.Address) {
			continue // another device of the line
		}
		d.state.Lock()
		d.ops = append(d.ops, e)
		if len(d.ops) > 500 {
			d.ops = slices.Delete(d.ops, 0, 100)
		}
		if text, ok := e.Fields["text"].(string); ok {
			d.text = text
		}
		d.state.Unlock()
		if !d.answers {
			continue
		}
		now, done, err := d.side.Answer(e.Name, e.Fields, e.Raw)
		if err != nil || now == nil {
			continue // it has nothing to say to that
		}
		d.send(now)
		if done != nil {
			text, _ := e.Fields["text"].(string)
			d.wg.Go(func() {
				time.Sleep(time.Duration(len([]rune(text))) * 20 * time.Millisecond) // ten times as fast as one speaks
				d.send(done)
			})
		}
	}
}

// Text is what it shows, or said last.
func (d *Described) Text() string {
	d.state.Lock()
	defer d.state.Unlock()
	return d.text
}

// Ops lists what it was asked, oldest first.
func (d *Described) Ops() []profile.Event {
	d.state.Lock()
	defer d.state.Unlock()
	return slices.Clone(d.ops)
}

// Say lets it speak by itself: an event of its profile.
func (d *Described) Say(event string, fields map[string]any) error {
	b, err := d.side.Say(event, fields)
	if err != nil {
		return fmt.Errorf("%s: %w", d.o.ID, err)
	}
	d.send(b)
	return nil
}
