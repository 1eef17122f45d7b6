package sim

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"halld/devices/profile"
)

// CallerPad is a simulated FF68 caller unit with the rating pad behind it.
type CallerPad struct {
	*cable
	buf     []byte
	id      string
	address int // 0: any

	state sync.Mutex
	shown string
	queue bool // what is shown is how many wait, not a ticket
	lit   bool // the pad asks for a rating
	asked int
	acks  [][]byte // bodies that the host sent back

	press sync.Mutex // one key at a time
}

func newCallerPad(p *profile.Profile, o Options) *CallerPad {
	c := &CallerPad{cable: newCable(p, o), id: o.ID, address: o.Address}
	c.receive = c.got
	return c
}

var ff68Keys = map[string]byte{"here": 0x0A, "rate": 0x0B, "call": 0x0C, "recall": 0x0D, "cancel": 0x0E, "confirm": 0x0F, "pause": 0x12, "transfer": 0x13}

func ff68(addr int, body ...byte) []byte {
	in := append([]byte{byte(addr)}, body...)
	var sum byte
	for _, x := range in {
		sum += x
	}
	n := byte(len(in))
	return append(append([]byte{0xFF, 0x68, n, n, 0x68}, in...), sum, 0x16)
}

func (c *CallerPad) got(b []byte) {
	c.buf = append(c.buf, b...)
	for len(c.buf) >= 2 {
		if c.buf[0] != 0xFF || c.buf[1] != 0x68 {
			c.buf = c.buf[1:]
			continue
		}
		if len(c.buf) < 4 || len(c.buf) < int(c.buf[2])+7 {
			return
		}
		n := int(c.buf[2])
		f := c.buf[:n+7]
		if n < 2 || string(ff68(int(f[5]), f[6:5+n]...)) != string(f) {
			c.buf = c.buf[1:]
			continue
		}
		c.take(int(f[5]), slices.Clone(f[6:5+n]))
		c.buf = c.buf[n+7:]
	}
}

func (c *CallerPad) take(addr int, body []byte) {
	if c.address != 0 && addr != c.address {
		return
	}
	c.state.Lock()
	defer c.state.Unlock()
	if len(body) == 7 && body[0] == 2 {
		c.shown, c.queue = "", body[1] <= 9
		c.lit = c.lit && c.queue // the next citizen is not asked about the one before
		for _, d := range body[1:] {
			if d <= 9 {
				c.shown += string(rune('0' + d))
			}
		}
		return
	}
	if len(body) == 2 && body[0] == 1 && body[1] == 0x0B {
		c.asked++
		c.lit = true
	}
	c.acks = append(c.acks, body)
}

// Shown is the three digits on the unit's display.
func (c *CallerPad) Shown() string {
	c.state.Lock()
	defer c.state.Unlock()
	return c.shown
}

// Asked counts how often the pad was lit.
func (c *CallerPad) Asked() int {
	c.state.Lock()
	defer c.state.Unlock()
	return c.asked
}

// Keys are the unit's keys beside its digits.
func (c *CallerPad) Keys() []string {
	return []string{"call", "recall", "here", "confirm", "cancel", "pause", "rate", "transfer"}
}

// Press presses a key, such as call, or digits and a key, such as 12transfer. It repeats until the host answers, three times in all, and fails if it never
// does.
func (c *CallerPad) Press(key string) error {
	name := strings.TrimLeft(key, "0123456789")
	digits := strings.TrimSuffix(key, name)
	k, ok := ff68Keys[name]
	if !ok || len(digits) > 2 {
		return fmt.Errorf("the unit has no key %q; it has %s, and up to two digits before them", key, strings.Join(c.Keys(), ", "))
	}
	body := []byte{1}
	for _, d := range digits {
		body = append(body, byte(d-'0'))
	}
	body = append(body, k)
	return c.report(body, body)
}

// Rate presses a level of the pad, 5 非常满意 to 1 非常不满意, which goes out as 0 to 4.
func (c *CallerPad) Rate(level int) error {
	if level < 1 || level > 5 {
		return fmt.Errorf("the pad has no level %d", level)
	}
	v := byte(5 - level)
	if err := c.report([]byte{0x11, v}, []byte{1, v}); err != nil {
		return err
	}
	c.state.Lock()
	c.lit = false
	c.state.Unlock()
	return nil
}

func (c *CallerPad) report(body, ack []byte) error {
	c.press.Lock()
	defer c.press.Unlock()
	addr := max(1, c.address)
	c.state.Lock()
	c.acks = nil
	c.state.Unlock()
	for range 3 {
		c.send(ff68(addr, body...))
		for end := time.Now().Add(400 * time.Millisecond); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			if c.acked(ack) {
				return nil
			}
		}
	}
	return fmt.Errorf("unit %s: nobody answered % X", c.id, body)
}

func (c *CallerPad) acked(ack []byte) bool {
	c.state.Lock()
	defer c.state.Unlock()
	return slices.ContainsFunc(c.acks, func(b []byte) bool { return string(b) == string(ack) })
}
