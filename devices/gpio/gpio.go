// Package gpio drives call buttons, key dispensers, lamps and the relays of vibrating tags on GPIO lines. Its port says levels and takes levels, one record of
// two bytes each; which chip and line they belong to, the driver does not know. The lines have letters in the order of the profile.
//
//	> a^    watch line a, pulled up (a_ pulled down, a? as it is)
//	< a0    line a is low now: with a button to ground, it is pressed
//	> b1    drive line b high
//
// The first time a line is driven high, Linux' character device drives it low for about a millisecond (seen with periph host v3.8.5 on Linux 6.1): a relay
// that closes at level 0 clicks once when the hall starts.
package gpio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"halld/devices"
	"halld/devices/profile"
)

// Device is the buttons and outputs of one port.
type Device struct {
	port  devices.Port
	set   devices.Setting
	p     profile.GPIO
	lines []profile.GPIOLine // with what the hall file set
	ended chan struct{}      // the reader has stopped
	err   error              // why; set before ended closes

	buttons []*button // by line; nil: an output. The reader's alone

	mu      sync.Mutex    // guards what follows, and the writing
	pressed devices.Heard // a button
	calling bool
	round   int // pulses of an earlier round end when it goes up
	failed  bool
	gone    bool
	stuck   int // how many buttons are
}

// Open sets the lines up, outputs off, and takes over the reading of a port.
func Open(_ context.Context, port devices.Port, set devices.Setting) (devices.Device, error) {
	if set.Profile == nil || set.Profile.GPIO == nil {
		return nil, fmt.Errorf("open %s: its profile has no GPIO lines", set.ID)
	}
	d := &Device{port: port, set: set, p: *set.Profile.GPIO, ended: make(chan struct{})}
	if err := d.settings(); err != nil {
		return nil, fmt.Errorf("open %s: %w", set.ID, err)
	}
	var start []byte
	for i, l := range d.lines {
		var b *button
		if l.Dir == "out" {
			start = append(start, byte('a'+i), level(!l.ActiveLow, false))
		} else {
			start = append(start, byte('a'+i), map[string]byte{"none": '?', "up": '^', "down": '_'}[l.Pull])
			b = &button{debounce: time.Duration(d.p.DebounceMS) * time.Millisecond, stuck: time.Duration(d.p.StuckMS) * time.Millisecond}
		}
		d.buttons = append(d.buttons, b)
	}
	if _, err := port.Write(start); err != nil {
		return nil, fmt.Errorf("open %s: %w", set.ID, err)
	}
	go d.read()
	return d, nil
}

// Answered is when a button was last pressed: an output tells nothing, and a button nothing before that.
func (d *Device) Answered() time.Time {
	return d.pressed.Answered()
}

// level is what to write for on at a line that is on when high.
func level(high, on bool) byte {
	if high == on {
		return '1'
	}
	return '0'
}

// settings takes over what the hall file says: which lines are active low, other times, and the queue of each ticket key.
func (d *Device) settings() error {
	d.lines = slices.Clone(d.p.Lines)
	left := maps.Clone(d.set.Set)
	delete(left, "printer") // of tickets; the floor's
	for key, to := range map[string]*int{"debounce_ms": &d.p.DebounceMS, "stuck_ms": &d.p.StuckMS, "pulse_ms": &d.p.PulseMS, "every_ms": &d.p.EveryMS} {
		v, ok := left[key]
		if !ok {
			continue
		}
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > 3_600_000 || n == 0 && (key == "debounce_ms" || key == "stuck_ms") {
			return fmt.Errorf("set.%s: %q is no number of milliseconds", key, v)
		}
		*to = n
		delete(left, key)
	}
	if v, ok := left["active_low"]; ok {
		low := strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
		for _, name := range low {
			if name != "none" && !slices.ContainsFunc(d.lines, func(l profile.GPIOLine) bool { return l.Name == name }) {
				return fmt.Errorf("set.active_low: there is no line %q; the lines are %s, or write \"none\"", name, d.names())
			}
		}
		for i := range d.lines {
			d.lines[i].ActiveLow = slices.Contains(low, d.lines[i].Name)
		}
		delete(left, "active_low")
	}
	for _, l := range d.lines {
		if l.Key == string(devices.KeyTicket) {
			if left[l.Name] == "" {
				return fmt.Errorf("set.%s: is missing; write the queue whose ticket this key gives", l.Name)
			}
			delete(left, l.Name)
		}
	}
	for key := range left {
		return fmt.Errorf("set.%s: profile %s has no such setting; it has active_low, debounce_ms, stuck_ms, pulse_ms, every_ms, and for ticket keys printer and %s",
			key, d.set.Profile.ID, d.names())
	}
	return nil
}

func (d *Device) names() string {
	var names []string
	for _, l := range d.lines {
		names = append(names, l.Name)
	}
	return strings.Join(names, ", ")
}

// read runs until the port closes or hangs up.
func (d *Device) read() {
	defer close(d.ended)
	defer d.end()
	buf := make([]byte, 256)
	line := -1
	for {
		if err := d.port.SetReadDeadline(d.next()); err != nil {
			d.err = err
			return
		}
		n, err := d.port.Read(buf)
		now := time.Now()
		for _, c := range buf[:n] {
			switch {
			case c >= 'a' && int(c-'a') < len(d.lines):
				line = int(c - 'a')
			case line >= 0 && (c == '0' || c == '1') && d.buttons[line] != nil:
				d.act(line, now) // what was due before this level came
				d.buttons[line].sample((c == '1') != d.lines[line].ActiveLow, now)
				line = -1
			default:
				line = -1
			}
		}
		for i := range d.lines {
			d.act(i, now)
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			d.err = err
			return
		}
	}
}

// next is when something is due although no level comes.
func (d *Device) next() time.Time {
	var first time.Time
	for _, b := range d.buttons {
		if b == nil {
			continue
		}
		if at := b.due(); first.IsZero() || !at.IsZero() && at.Before(first) {
			first = at
		}
	}
	return first
}

// act does what is due at a line.
func (d *Device) act(i int, now time.Time) {
	b := d.buttons[i]
	if b == nil {
		return
	}
	switch b.look(now) {
	case press:
		l := d.lines[i]
		in := devices.Input{Device: d.set.ID, Window: d.set.Window, Key: devices.Key(l.Key), Level: l.Level}
		if in.Key == devices.KeyTicket {
			in.Digits = d.set.Set[l.Name]
		}
		d.pressed.Now()
		d.set.Input(in)
	case stuck:
		d.set.Log.Warn("a button is stuck", "device", d.set.ID, "line", d.lines[i].Name)
		d.stuck++
		if d.stuck == 1 {
			d.report("stuck-button", false)
		}
	case unstuck:
		d.stuck--
		if d.stuck == 0 {
			d.report("stuck-button", true)
		}
	case nothing, release:
	}
}

func (d *Device) report(code string, cleared bool) {
	p := devices.NewProblem(d.set.ID, code, time.Now())
	p.Cleared = cleared
	d.set.Report(p)
}

// end takes back what nobody can know any more; that the port is away says more.
func (d *Device) end() {
	d.mu.Lock()
	d.gone = true
	d.round++
	failed := d.failed
	d.mu.Unlock()
	if d.stuck > 0 {
		d.report("stuck-button", true)
	}
	if failed {
		d.report("output-failed", true)
	}
}

// Light switches the outputs: on as long as the window calls or, with a pulse, for a moment at every call.
func (d *Device) Light(ctx context.Context, on bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	fresh := on && (!d.calling || devices.Urgent(ctx)) // not the mere refresh of a call that was told
	d.calling = on
	switch {
	case d.p.PulseMS == 0 || !on:
		d.round++
		return d.drive(on)
	case fresh:
		d.round++
		return d.pulse(d.round)
	}
	return nil
}

// pulse begins a pulse of a round. The lock is held.
func (d *Device) pulse(round int) error {
	if err := d.drive(true); err != nil {
		return err
	}
	time.AfterFunc(time.Duration(d.p.PulseMS)*time.Millisecond, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.round != round || d.drive(false) != nil || d.p.EveryMS == 0 {
			return // a failure is reported
		}
		time.AfterFunc(time.Duration(d.p.EveryMS)*time.Millisecond, func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.round == round {
				_ = d.pulse(round) // a failure is reported
			}
		})
	})
	return nil
}

// drive switches every output. The lock is held.
func (d *Device) drive(on bool) error {
	var out []byte
	for i, l := range d.lines {
		if l.Dir == "out" {
			out = append(out, byte('a'+i), level(!l.ActiveLow, on))
		}
	}
	if out == nil || d.gone {
		return d.lost()
	}
	_, err := d.port.Write(out)
	if (err != nil) != d.failed {
		d.failed = err != nil
		d.report("output-failed", err == nil)
	}
	if err != nil {
		return fmt.Errorf("switch the outputs of %s: %w", d.set.ID, err)
	}
	return nil
}

func (d *Device) lost() error {
	if !d.gone {
		return nil
	}
	return io.ErrUnexpectedEOF
}

// Lost says why the port is no longer read; nil while it is.
func (d *Device) Lost() error {
	select {
	case <-d.ended:
		return d.err
	default:
		return nil
	}
}

// Probe has nothing to ask: lines do not answer.
func (d *Device) Probe(context.Context) error { return d.Lost() }

// Halt switches every output off.
func (d *Device) Halt(ctx context.Context) error { return d.Light(ctx, false) }
