// Package described drives boards, callers and pads whose protocol a profile describes. What the models differ in is data; the driver knows only how a
// host talks on a line: one frame at a time, a gap, an answer within its time, retries, and an immediate answer to what a device says by itself.
//
//	> A5 … 5A    show text on a board (op of [role.board.calling])
//	< A5 … 5A    its reply, where the model gives one
//	< FF 68 …    a key of a caller or pad; the answer goes out before anything else
package described

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"halld/devices"
	"halld/devices/profile"
)

// Device is one described device. It is a devices.Board, Caller and Pad as far as its profile has those roles.
type Device struct {
	port devices.Port
	set  devices.Setting
	p    *profile.Profile

	speak   sync.Mutex    // held until the late word that something is carried out
	seq     atomic.Uint32 // frames sent, for protocols that count them
	rolled  atomic.Uint32 // operations carried out, for parameters that go round
	replies chan answered
	ended   chan struct{} // the reader has stopped
	err     error         // why; set before ended closes

	turn   *devices.Turn // of the line
	wire   sync.Mutex    // one frame at a time: an answer to a key does not wait for a dialogue
	asking atomic.Bool   // a dialogue is under way
	polls  atomic.Bool   // and asks for what was pressed

	received atomic.Pointer[time.Time] // when something arrived last; nil: nothing yet. No number: a step of the wall clock must not make the line wait

	pace     pace          // how fast it answers
	answered devices.Heard // saying something that made sense

	state    sync.Mutex
	own      []byte // sent, and to come back on a line that echoes
	problems map[string]bool
	rejects  int
	waiting  int // people in line, as the caller was last told
}

// Open takes over the reading of a port.
func Open(_ context.Context, port devices.Port, set devices.Setting) (devices.Device, error) {
	if set.Profile == nil || set.Profile.Protocol == nil {
		return nil, fmt.Errorf("open %s: its profile describes no protocol", set.ID)
	}
	if err := known(set); err != nil {
		return nil, fmt.Errorf("open %s: %w", set.ID, err)
	}
	if words := set.Set["substitute"]; words != "" {
		proto, err := set.Profile.Protocol.WithSubstitutes(words)
		if err != nil {
			return nil, fmt.Errorf("open %s: set.%w", set.ID, err)
		}
		own := *set.Profile
		own.Protocol, set.Profile = proto, &own
	}
	d := &Device{port: port, set: set, p: set.Profile, replies: make(chan answered, 8), ended: make(chan struct{}), problems: map[string]bool{}, turn: set.Turn}
	if d.turn == nil {
		d.turn = new(devices.Turn)
	}
	go d.read()
	if d.p.Roles.Poll != "" {
		go d.poll()
	}
	return d, nil
}

// known refuses settings that no operation takes: a misspelt one would be forgotten in silence, and a wrong value spoil every frame.
func known(set devices.Setting) error {
	_, err := set.Profile.CheckSet(set.Set)
	return err
}

// read runs until the port closes or hangs up.
func (d *Device) read() {
	defer close(d.ended)
	dec := d.p.Protocol.NewDecoder()
	buf := make([]byte, 512)
	for {
		wait := time.Time{}
		if dec.Pending() {
			wait = time.Now().Add(d.p.Line.Idle()) // silence this long ends an unfinished frame
		}
		if err := d.port.SetReadDeadline(wait); err != nil {
			d.err = err
			return
		}
		n, err := d.port.Read(buf)
		if n > 0 {
			now := time.Now()
			d.received.Store(&now)
		}
		for _, e := range dec.Feed(d.others(buf[:n])) {
			d.event(e)
		}
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded):
			for _, e := range dec.Flush() {
				d.event(e)
			}
		default:
			d.err = err
			return
		}
	}
}

func (d *Device) event(e profile.Event) {
	if e.Reject != "" {
		if d.set.Turn != nil && !d.asking.Load() {
			return // what others on the line say in other words
		}
		d.state.Lock()
		d.rejects++
		many := d.rejects >= 3
		d.state.Unlock()
		d.set.Log.Debug("bytes passed over", "device", d.set.ID, "why", e.Reject)
		if many {
			code := "garbage"
			if strings.Contains(e.Reject, "checksum") {
				code = "bad-checksum"
			}
			d.problem(code)
		}
		return
	}
	d.state.Lock()
	d.rejects = 0
	d.state.Unlock()
	d.clear("garbage")
	d.clear("bad-checksum")
	named, mine := d.addressed(e)
	if !mine {
		return // another device of the same line
	}
	if named || d.set.Turn == nil || d.asking.Load() && !d.whoseIsIt(named) {
		d.answered.Now()
		if d.set.Heard != nil {
			d.set.Heard()
		}
	}
	if e.Ack != nil {
		if err := d.emit(e.Ack); err != nil {
			return // the reader sees the hang-up too
		}
	}
	if named {
		d.pace.late(time.Now())
	}
	if d.polls.Load() {
		d.reply(e, named)
	}
	switch e.Name {
	case "key":
		key, digits := word(e.Fields["key"]), word(e.Fields["digits"])
		if k := d.p.Roles.Caller[key]; k != "" {
			d.set.Input(devices.Input{Device: d.set.ID, Window: d.set.Window, Key: devices.Key(k), Digits: digits})
		}
	case "rated":
		if level := d.p.Roles.Pad.Levels[word(e.Fields["value"])]; level != 0 {
			d.set.Input(devices.Input{Device: d.set.ID, Window: d.set.Window, Key: devices.KeyRate, Level: level})
		}
	case "code":
		if text, _ := e.Fields["text"].(string); d.set.Read != nil && text != "" {
			d.set.Read(devices.Reading{Device: d.set.ID, At: time.Now(), Code: text})
		}
	default:
		if !d.polls.Load() {
			d.reply(e, named)
		}
	}
}

// addressed says whether an event names a device of the line, and whether it can be of this one.
func (d *Device) addressed(e profile.Event) (named, mine bool) {
	switch addr := e.Fields["addr"].(type) {
	case int64:
		return true, d.set.Address == 0 || int(addr) == d.set.Address
	case string: // it is a word of the hall file
		own := d.set.Set["addr"]
		return true, own == "" || addr == own
	}
	return false, true
}

// word is a field as a profile's tables name it; empty if it is not there.
func word(field any) string {
	if field == nil {
		return ""
	}
	return fmt.Sprint(field)
}

// answered is an event that may be an answer.
type answered struct {
	profile.Event
	named bool // it says whose it is
}

// reply hands an event to whoever asked.
func (d *Device) reply(e profile.Event, named bool) {
	select {
	case d.replies <- answered{e, named}:
	default: // nobody asked so much
	}
}

func (d *Device) problem(code string) {
	d.state.Lock()
	was := d.problems[code]
	d.problems[code] = true
	d.state.Unlock()
	if !was {
		d.set.Report(devices.NewProblem(d.set.ID, code, time.Now()))
	}
}

func (d *Device) has(code string) bool {
	d.state.Lock()
	defer d.state.Unlock()
	return d.problems[code]
}

func (d *Device) clear(code string) {
	d.state.Lock()
	was := d.problems[code]
	delete(d.problems, code)
	d.state.Unlock()
	if was {
		p := devices.NewProblem(d.set.ID, code, time.Now())
		p.Cleared = true
		d.set.Report(p)
	}
}

// Show brings a board to the state of its window.
func (d *Device) Show(ctx context.Context, face devices.Face) error {
	if len(d.p.Roles.Board) == 0 {
		return nil // a caller is no board
	}
	show, ok := d.p.Roles.Board[string(face.Mode)]
	if !ok {
		return fmt.Errorf("show: profile %s says nothing for a window that is %s", d.p.ID, face.Mode)
	}
	args := filled(show.Args, face)
	if show.Text != "" {
		args["text"] = face.Fill(show.Text)
	}
	return d.send(ctx, show.Op, args)
}

// filled are the arguments that a role gives to its operation, with the face put into their texts.
func filled(args map[string]any, face devices.Face) map[string]any {
	out := map[string]any{}
	for name, v := range args {
		if text, is := v.(string); is {
			v = face.Fill(text)
		}
		out[name] = v
	}
	return out
}

// ShowFace shows a caller unit the number at its window, or how many wait.
func (d *Device) ShowFace(ctx context.Context, face devices.Face) error {
	digits := face.Fill("{digits}")
	if len(d.p.Roles.Caller) == 0 || digits == "" || d.p.Protocol.Op("show_ticket") == nil {
		return d.Count(ctx, face)
	}
	d.counted(face)
	return d.send(ctx, "show_ticket", map[string]any{"ticket": digits})
}

// Count shows a caller unit how many wait, where no number stands in its place. Who asks for its keys tells it with the next question.
func (d *Device) Count(ctx context.Context, face devices.Face) error {
	if len(d.p.Roles.Caller) == 0 {
		return nil
	}
	d.counted(face)
	if face.Fill("{digits}") != "" || d.p.Protocol.Op("show_waiting") == nil {
		return nil
	}
	return d.send(ctx, "show_waiting", map[string]any{"waiting": min(face.Waiting, 999)})
}

func (d *Device) counted(face devices.Face) {
	d.state.Lock()
	d.waiting = face.Waiting
	d.state.Unlock()
}

// Ask lights the pad up.
func (d *Device) Ask(ctx context.Context) error {
	if d.p.Roles.Pad.Ask == "" {
		return nil
	}
	return d.send(ctx, d.p.Roles.Pad.Ask, nil)
}

// Answered is when it said something that made sense.
func (d *Device) Answered() time.Time {
	return d.answered.Answered()
}

// Lost says why the port is no longer read; nil while it is.
func (d *Device) Lost() error {
	select {
	case <-d.ended:
		return d.gone()
	default:
		return nil
	}
}

// Probe asks for a sign of life, where the protocol has a question that is answered.
func (d *Device) Probe(ctx context.Context) error {
	select {
	case <-d.ended:
		return d.gone()
	default:
	}
	if d.p.Roles.Probe == "" || !d.speak.TryLock() {
		return nil // it says nothing, or is speaking
	}
	d.speak.Unlock()
	return d.send(ctx, d.p.Roles.Probe, nil)
}

// Halt blanks a board.
func (d *Device) Halt(ctx context.Context) error {
	if _, ok := d.p.Roles.Board["closed"]; !ok {
		return nil
	}
	return d.Show(ctx, devices.Face{Window: d.set.Window, Mode: devices.Closed})
}
