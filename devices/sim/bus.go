package sim

import (
	"fmt"
	"strings"

	"halld/devices/profile"
)

// Bus is many boards of one model on one RS-485 line.
type Bus struct {
	*cable
	boards map[int]*Board
}

// NewBus makes a line with boards at these addresses.
func NewBus(p *profile.Profile, o Options, addresses ...int) (*Bus, error) {
	bus := &Bus{cable: newCable(p, o), boards: map[int]*Board{}}
	var all []*Board
	for _, a := range addresses {
		o.Address = a
		d, err := New("board", p, o)
		if err != nil {
			return nil, err
		}
		b, ok := d.(*Board)
		if !ok || bus.boards[a] != nil {
			return nil, fmt.Errorf("address %d stands twice on the bus", a)
		}
		b.cable = bus.cable
		bus.boards[a] = b
		all = append(all, b)
	}
	bus.receive = func(data []byte) {
		for _, b := range all {
			b.got(data)
		}
	}
	return bus, nil
}

// Board is the board at an address; nil if there is none.
func (b *Bus) Board(address int) *Board { return b.boards[address] }

// Kill lets the board at an address fall silent, or revives it.
func (b *Bus) Kill(address int, dead bool) { b.boards[address].dead.Store(dead) }

// Jabber puts noise on the line, as a broken transceiver does.
func (b *Bus) Jabber(bytes int) { b.send([]byte(strings.Repeat("\x55\xA5\x00", (bytes+2)/3)[:bytes])) }
