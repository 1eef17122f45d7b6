package sim

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"halld/devices/profile"
)

// Bus is many devices of one model on one RS-485 line: boards, or caller units.
type Bus struct {
	*cable
	boards  map[int]*Board
	callers map[int]*CallerPad

	mu    sync.Mutex
	quiet chan struct{} // closed to end the noise; nil: there is none
}

// NewBus makes a line with devices at these addresses: caller units if the profile is one of a caller, boards otherwise.
func NewBus(p *profile.Profile, o Options, addresses ...int) (*Bus, error) {
	bus := &Bus{cable: newCable(p, o), boards: map[int]*Board{}, callers: map[int]*CallerPad{}}
	var ears []func([]byte)
	for _, a := range addresses {
		if bus.boards[a] != nil || bus.callers[a] != nil {
			return nil, fmt.Errorf("address %d stands twice on the bus", a)
		}
		o.Address = a
		d, err := New(p.Kind, p, o)
		if err != nil {
			return nil, err
		}
		switch d := d.(type) {
		case *Board:
			d.cable = bus.cable
			bus.boards[a] = d
			ears = append(ears, d.got)
		case *CallerPad:
			d.cable = bus.cable
			bus.callers[a] = d
			ears = append(ears, d.got)
		default:
			return nil, fmt.Errorf("several devices of profile %s are not simulated on one line; boards and callers are", p.ID)
		}
	}
	bus.receive = func(data []byte) {
		for _, hear := range ears {
			hear(data)
		}
	}
	return bus, nil
}

// Board is the board at an address; nil if there is none.
func (b *Bus) Board(address int) *Board { return b.boards[address] }

// Caller is the caller unit at an address; nil if there is none.
func (b *Bus) Caller(address int) *CallerPad { return b.callers[address] }

// Kill lets the board at an address fall silent, or revives it.
func (b *Bus) Kill(address int, dead bool) { b.boards[address].dead.Store(dead) }

// Jabber puts noise on the line, as a broken transceiver does.
func (b *Bus) Jabber(bytes int) { b.send(noise(bytes)) }

// JabberOn lets a transceiver talk without end, so that half of the line's time is noise, until it is switched off.
func (b *Bus) JabberOn(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.quiet != nil {
		close(b.quiet)
		b.quiet = nil
	}
	if !on {
		return
	}
	quiet := make(chan struct{})
	b.quiet = quiet
	const burst = 16
	b.wg.Go(func() {
		tick := time.NewTicker(2 * burst * b.perByte)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				b.send(noise(burst))
			case <-quiet:
				return
			}
		}
	})
}

// Close ends the noise and unplugs the bus.
func (b *Bus) Close() error {
	b.JabberOn(false)
	return b.cable.Close()
}

func noise(bytes int) []byte { return []byte(strings.Repeat("\x55\xA5\x00", (bytes+2)/3)[:bytes]) }
