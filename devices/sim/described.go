package sim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
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

	p *profile.Profile

	state sync.Mutex
	text  string
	led   led
	ops   []profile.Event
	said  []string // by a voice, oldest first
	told  [][]byte // what was pressed and is told when it is asked for
}

// mostSaid is how many sentences a voice remembers.
const mostSaid = 20

func newDescribed(p *profile.Profile, o Options) *Described {
	side := p.Protocol.DeviceSide()
	d := &Described{cable: newCable(p, o), side: side, answers: p.Line.ReplyMS > 0, dec: side.NewDecoder(), p: p, led: led{looks: p.Looks}}
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
		if text, ok := shownBy(e); ok {
			if d.p.Roles.Voice.Say != "" {
				text = d.spoken(text)
			}
			d.text = text
			colour, _ := e.Fields["color"].(string)
			d.led.show(text, colour)
		} else if d.blanks(e.Name) {
			d.text = ""
			d.led.show("", "")
		}
		d.state.Unlock()
		if !d.answers {
			continue
		}
		now, done, err := d.side.Answer(e.Name, e.Fields, e.Raw)
		if e.Name == d.p.Roles.Poll {
			d.state.Lock()
			if len(d.told) > 0 {
				now, d.told = d.told[0], d.told[1:]
			}
			d.state.Unlock()
		}
		if err != nil {
			continue // it has nothing to say to that
		}
		if now != nil {
			d.send(now)
		}
		if done != nil {
			text, _ := e.Fields["text"].(string)
			d.wg.Go(func() {
				time.Sleep(time.Duration(len([]rune(text))) * 20 * time.Millisecond) // ten times as fast as one speaks
				d.send(done)
			})
		}
	}
}

// blanks says that an operation without a text stands for a window's state: it takes away what was shown.
func (d *Described) blanks(op string) bool {
	for _, show := range d.p.Roles.Board {
		if show.Op == op && show.Text == "" && len(show.Args) == 0 {
			return true
		}
	}
	return false
}

// shownBy is the text or the number that an operation shows.
func shownBy(e profile.Event) (string, bool) {
	if text, ok := e.Fields["text"].(string); ok {
		return text, true
	}
	value, ok := e.Fields["value"].(int64)
	return strconv.FormatInt(value, 10), ok
}

// spoken notes what a voice says: its own chime is a bell, not words.
func (d *Described) spoken(text string) string {
	if rest, chimes := strings.CutPrefix(text, d.p.Roles.Voice.Chime); chimes && d.p.Roles.Voice.Chime != "" {
		text = "♪ " + rest
	}
	d.said = append(d.said, text)
	if len(d.said) > mostSaid {
		d.said = slices.Delete(d.said, 0, 1)
	}
	return text
}

// Said lists what a voice said, the last first.
func (d *Described) Said() []string {
	d.state.Lock()
	defer d.state.Unlock()
	out := slices.Clone(d.said)
	slices.Reverse(out)
	return out
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

// Say lets it speak by itself, or when it is asked for what was pressed: an event of its profile.
func (d *Described) Say(event string, fields map[string]any) error {
	b, err := d.side.Say(event, fields)
	if err != nil {
		return fmt.Errorf("%s: %w", d.o.ID, err)
	}
	if d.p.Roles.Poll != "" {
		d.state.Lock()
		d.told = append(d.told, b)
		d.state.Unlock()
		return nil
	}
	d.send(b)
	return nil
}

// Scans says whether it reads codes.
func (d *Described) Scans() bool { return d.side.Says("code") }

// Scan reads a code, as a scanner does that somebody holds a ticket to.
func (d *Described) Scan(code string) error {
	d.state.Lock()
	d.text = code
	d.state.Unlock()
	return d.Say("code", map[string]any{"text": code})
}

// Keys are the keys that its profile gives a meaning to.
func (d *Described) Keys() []string { return slices.Sorted(maps.Keys(d.p.Roles.Caller)) }

// Press presses a key. Who answers it is not waited for.
func (d *Described) Press(key string) error {
	if d.p.Roles.Caller[key] == "" {
		return fmt.Errorf("%s has no key %q; its keys: %s", d.p.ID, key, strings.Join(d.Keys(), ", "))
	}
	return d.Say("key", map[string]any{"key": key, "addr": int64(max(1, d.o.Address))})
}

// Levels are the levels of its pad, the best first; none: it has no pad.
func (d *Described) Levels() []int {
	levels := slices.Collect(maps.Values(d.p.Roles.Pad.Levels))
	slices.Sort(levels)
	slices.Reverse(levels)
	return slices.Compact(levels)
}

// Rate presses a level of its pad.
func (d *Described) Rate(level int) error {
	for wire, l := range d.p.Roles.Pad.Levels {
		if l != level {
			continue
		}
		fields := map[string]any{"value": wire, "addr": int64(max(1, d.o.Address))}
		if v, err := strconv.ParseInt(wire, 10, 64); err == nil {
			fields["value"] = v
		}
		return d.Say("rated", fields)
	}
	return fmt.Errorf("%s has no level %d", d.p.ID, level)
}
