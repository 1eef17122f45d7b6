// Package sim simulates the devices of a hall behind real ttys, at the speed of their lines and with named faults. It never imports a driver: what a
// driver sends is understood here a second time, so that each checks the other.
package sim

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"halld/devices/port"
	"halld/devices/profile"
)

// Device is a simulated device.
type Device interface {
	// Start plugs it in and returns the path of its port.
	Start() (string, error)
	// Faults lists the faults that it can have.
	Faults() []string
	// SetFault switches one of them on or off.
	SetFault(name string, on bool) error
	// Has says whether one of them is on.
	Has(fault string) bool
	Close() error
}

// Options says how to simulate.
type Options struct {
	ID      string
	Address int
	Set     map[string]string // how the hall file sets a board of modules; other devices do not need it
	Link    string            // a path that always leads to the present port, also after an unplug
	TCP     string            // serve it at this address, as a serial device server does, instead of behind a tty
}

// New makes the simulator for a kind of device.
func New(kind string, p *profile.Profile, o Options) (Device, error) {
	switch {
	case kind == "printer" && p.Printer != nil:
		return newPrinter(p, o), nil
	case kind == "board" && strings.HasPrefix(p.ID, "onbon"):
		return newBoard(p, o, &onbon{}), nil
	case kind == "board" && p.ID == "pinganlihe":
		return newBoard(p, o, &pingan{}), nil
	case strings.Contains(kind, "caller") && p.ID == "caller-ff68":
		return newCallerPad(p, o), nil
	case p.Driver == "idcard":
		return newCardReader(p, o), nil
	case p.GPIO != nil:
		return newContacts(p, o), nil
	case p.Matrix != nil:
		return newMatrix(p, o)
	case p.Protocol != nil:
		return newDescribed(p, o), nil
	}
	return nil, fmt.Errorf("there is no simulator for a %s with profile %s (driver %s): only devices whose bytes a profile describes, ticket printers and boards of modules are simulated", kind, p.ID, p.Driver)
}

// cable is one end of a tty with a line's speed.
type cable struct {
	o       Options
	perByte time.Duration
	can     []string     // its faults
	receive func([]byte) // called from one goroutine, in order
	waits   bool         // over TCP a second host waits until the first has gone
	out     func()       // called when it is unplugged, so that receive does not wait for anything more; may be nil

	mu     sync.Mutex
	pty    end
	fault  map[string]bool
	sendAt time.Time // when the line is free for the next byte to the host
	wg     sync.WaitGroup
}

func newCable(p *profile.Profile, o Options) *cable {
	bits := 10 // start, eight data, stop
	if len(p.Line.Format) == 3 && p.Line.Format[1] != 'N' {
		bits++
	}
	return &cable{o: o, perByte: time.Duration(bits) * time.Second / time.Duration(p.Line.Baud), can: Faults(p), fault: map[string]bool{}}
}

// Start plugs the device in.
func (c *cable) Start() (string, error) {
	pty, err := c.plug()
	if err != nil {
		return "", err
	}
	name := pty.Name()
	if c.o.Link != "" {
		if err := os.Remove(c.o.Link); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", errors.Join(err, pty.Close())
		}
		if err := os.Symlink(name, c.o.Link); err != nil {
			return "", errors.Join(err, pty.Close())
		}
		name = c.o.Link
	}
	c.mu.Lock()
	c.pty = pty
	c.mu.Unlock()
	c.wg.Go(func() { c.listen(pty) })
	return name, nil
}

// plug makes this side of the cable.
func (c *cable) plug() (end, error) {
	if c.o.TCP != "" {
		s, err := listenSocket(c.o.TCP, c.waits)
		if err != nil {
			return nil, err
		}
		c.o.TCP = s.listener.Addr().String() // after an unplug it is the same again
		return s, nil
	}
	return port.OpenPTY()
}

// listen takes bytes no faster than the line could bring them.
func (c *cable) listen(pty end) {
	buf := make([]byte, 16)
	free := time.Now()
	for {
		n, err := pty.Read(buf)
		if err != nil {
			return
		}
		if now := time.Now(); free.Before(now) {
			free = now
		}
		free = free.Add(time.Duration(n) * c.perByte)
		time.Sleep(time.Until(free))
		c.receive(buf[:n])
	}
}

// send brings bytes to the host at the line's speed, spoiled by the faults that are on.
func (c *cable) send(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pty == nil || c.fault["silent"] {
		return
	}
	b = slices.Clone(b)
	if c.fault["garbage"] {
		for i := range b {
			b[i] = byte(0x37 + 73*i)
		}
	}
	if c.fault["bad-checksum"] && len(b) > 1 {
		b[len(b)/2] ^= 0x10
	}
	if now := time.Now(); c.sendAt.Before(now) {
		c.sendAt = now
	}
	if c.fault["slow"] {
		c.sendAt = c.sendAt.Add(400 * time.Millisecond)
	}
	c.sendAt = c.sendAt.Add(time.Duration(len(b)) * c.perByte)
	pty, at := c.pty, c.sendAt
	c.wg.Go(func() {
		time.Sleep(time.Until(at))
		_, _ = pty.Write(b) // nobody listens at an unplugged cable
	})
}

func (c *cable) has(fault string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fault[fault]
}

// SetFault switches a fault on or off.
func (c *cable) SetFault(name string, on bool) error {
	if !slices.Contains(c.can, name) {
		return fmt.Errorf("this device cannot have the fault %q; it can have %s", name, strings.Join(c.can, ", "))
	}
	c.mu.Lock()
	was := c.fault[name]
	c.fault[name] = on
	c.mu.Unlock()
	if name != "unplugged" || was == on {
		return nil
	}
	if on {
		return c.Close()
	}
	_, err := c.Start()
	return err
}

// Close unplugs the device.
func (c *cable) Close() error {
	c.mu.Lock()
	pty := c.pty
	c.pty = nil
	c.mu.Unlock()
	if pty == nil {
		return nil
	}
	err := pty.Close()
	if c.out != nil {
		c.out()
	}
	if c.o.Link != "" {
		err = errors.Join(err, os.Remove(c.o.Link))
	}
	c.wg.Wait()
	return err
}
