package sim

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"halld/devices/profile"
)

// Contacts simulates buttons and lamps on GPIO lines: it talks on its tty as a GPIO port does. A contact bounces, and a button is held as long as a
// finger holds it.
type Contacts struct {
	*cable
	lines []profile.GPIOLine

	state   sync.Mutex
	half    byte
	watched map[int]bool
	held    map[int]bool
	level   map[int]byte // of outputs, as driven
	blinks  int          // how often an output was switched on
}

const fingerTime = 150 * time.Millisecond

func newContacts(p *profile.Profile, o Options) *Contacts {
	c := &Contacts{cable: newCable(p, o), lines: p.GPIO.Lines, watched: map[int]bool{}, held: map[int]bool{}, level: map[int]byte{}}
	c.perByte = 0 // lines have no speed
	c.receive = c.got
	return c
}

func (c *Contacts) got(b []byte) {
	c.state.Lock()
	defer c.state.Unlock()
	for _, x := range b {
		switch {
		case x >= 'a' && x <= 'p':
			c.half = x
			continue
		case c.half == 0 || int(c.half-'a') >= len(c.lines):
		case x == '?' || x == '^' || x == '_':
			i := int(c.half - 'a')
			c.watched[i] = true
			c.tell(i, c.held[i])
		case x == '0' || x == '1':
			i := int(c.half - 'a')
			if c.lit(i, x) && !c.lit(i, c.level[i]) {
				c.blinks++
			}
			c.level[i] = x
		}
		c.half = 0
	}
}

// lit says whether a level switches an output on.
func (c *Contacts) lit(i int, level byte) bool {
	return level != 0 && (level == '1') != c.lines[i].ActiveLow
}

// tell reports the level of a button. The state is locked.
func (c *Contacts) tell(i int, pressed bool) {
	level := byte('0')
	if pressed != c.lines[i].ActiveLow {
		level = '1'
	}
	c.mu.Lock()
	host := c.pty
	if c.fault["silent"] {
		host = nil
	}
	c.mu.Unlock()
	if c.watched[i] && host != nil {
		_, _ = host.Write([]byte{byte('a' + i), level}) // nobody listens at an unplugged cable
	}
}

// Press presses a button, named as in the profile or by what it means, and lets it go again. Its contact bounces both ways.
func (c *Contacts) Press(name string) error {
	if err := c.Hold(name, true); err != nil {
		return err
	}
	time.Sleep(fingerTime)
	if c.has("stuck-button") {
		return nil
	}
	if err := c.Hold(name, false); err != nil {
		return err
	}
	time.Sleep(fingerTime / 2) // before it can press again
	return nil
}

// Hold presses a button and keeps it, or lets it go.
func (c *Contacts) Hold(name string, down bool) error {
	i := slices.IndexFunc(c.lines, func(l profile.GPIOLine) bool { return l.Dir == "in" && (l.Name == name || l.Key == name) })
	if i < 0 {
		return fmt.Errorf("there is no button %q", name)
	}
	c.state.Lock()
	defer c.state.Unlock()
	for _, pressed := range []bool{down, !down, down, !down, down} {
		c.tell(i, pressed)
		time.Sleep(2 * time.Millisecond)
	}
	c.held[i] = down
	return nil
}

// SetFault also knows stuck-button: what is pressed stays so until the fault is over.
func (c *Contacts) SetFault(name string, on bool) error {
	if name == "unplugged" && on {
		c.state.Lock()
		clear(c.watched) // the next host sets its lines up anew
		clear(c.level)
		c.state.Unlock()
	}
	if err := c.cable.SetFault(name, on); err != nil || name != "stuck-button" || on {
		return err
	}
	for i, l := range c.lines {
		c.state.Lock()
		held := c.held[i]
		c.state.Unlock()
		if held {
			if err := c.Hold(l.Name, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// Text names the outputs that are on.
func (c *Contacts) Text() string {
	c.state.Lock()
	defer c.state.Unlock()
	var on []string
	for i, l := range c.lines {
		if l.Dir == "out" && c.lit(i, c.level[i]) {
			on = append(on, l.Name)
		}
	}
	return strings.Join(on, " ")
}

// Blinks counts how often an output was switched on.
func (c *Contacts) Blinks() int {
	c.state.Lock()
	defer c.state.Unlock()
	return c.blinks
}

// Keys lists its buttons by name.
func (c *Contacts) Keys() []string {
	var out []string
	for _, l := range c.lines {
		if l.Dir == "in" {
			out = append(out, l.Name)
		}
	}
	return out
}
