// Package max7219 drives window boards of 8 × 8 LED modules, each with a MAX7219 or MAX7221, in a chain on SPI (data sheet 19-4452). It draws text with
// package dots; how the modules are chained and turned is the profile's [matrix]. It knows no cable: one Write is one burst under chip select.
//
// A burst is one word for every chip, register and value, the chip farthest from the host first. For four chips:
//
//	> 0F 00 0F 00 0F 00 0F 00    display test off
//	> 0C 00 0C 00 0C 00 0C 00    dark while it is set up
//	> 0A 04 …                    intensity 0 to F
//	> 0B 07 …                    scan all eight rows
//	> 09 00 …                    no decoding of digits
//	> 01 xx 01 xx 01 xx 01 xx    row 1 of every module; then 2 to 8
//	> 0C 01 …                    light
//
// The chips answer nothing. In noisy rooms they lose their registers, so all of it is sent again every three seconds.
package max7219

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"halld/devices"
	"halld/devices/dots"
	"halld/devices/profile"
)

// The registers beside the eight rows (data sheet, table 2).
const (
	decodeMode  = 0x09
	intensity   = 0x0A
	scanLimit   = 0x0B
	shutdown    = 0x0C
	displayTest = 0x0F
)

const (
	refreshEvery = 3 * time.Second
	blinkEvery   = 400 * time.Millisecond
	startStill   = time.Second // a wide text stands so long before it runs, so that its beginning can be read
	loopGap      = 32          // dots between the end of a running text and its next beginning
)

var font = dots.New("")

// Board is a board of modules.
type Board struct {
	port  devices.Port
	set   devices.Setting
	m     profile.Matrix
	chips []place

	ended chan struct{} // the port is gone
	poke  chan struct{} // there is something new to show
	gone  error         // why; set before ended closes

	mu      sync.Mutex // guards what follows and the order of bursts
	text    string
	picture dots.Dots
	lit     bool      // false after Halt
	since   time.Time // when this text came
	blinks  bool
	sent    [8][]byte // rows as the chips have them; nil: not known
	light   byte      // the shutdown register as the chips have it
	bad     bool      // a character was missing
}

// place is where a module stands, in modules from the left and from the top, and whether it hangs upside down.
type place struct {
	col, row int
	flipped  bool
}

// chain lists the modules from the one next to the host to the farthest.
func chain(m profile.Matrix) []place {
	out := make([]place, m.Chips())
	for k := range out {
		p := place{col: k % m.Across, row: k / m.Across}
		switch m.Order {
		case "columns":
			p = place{col: k / m.Rows, row: k % m.Rows}
		case "snake":
			if p.row%2 == 1 {
				p.col = m.Across - 1 - p.col
				p.flipped = true
			}
		}
		if m.Enters == "right" {
			p.col = m.Across - 1 - p.col
		}
		out[k] = p
	}
	return out
}

// Open sets the chips up, dark.
func Open(ctx context.Context, port devices.Port, set devices.Setting) (devices.Device, error) {
	if set.Profile == nil || set.Profile.Matrix == nil {
		return nil, fmt.Errorf("open %s: its profile has no [matrix]", set.ID)
	}
	m, err := set.Profile.Matrix.With(set.Set)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", set.ID, err)
	}
	b := &Board{port: port, set: set, m: m, chips: chain(m), ended: make(chan struct{}), poke: make(chan struct{}, 1)}
	if err := b.refresh(time.Now()); err != nil {
		return nil, fmt.Errorf("open %s: %w", set.ID, err)
	}
	go b.listen()
	go b.run()
	return b, nil
}

// listen learns that the port is gone. The chips say nothing.
func (b *Board) listen() {
	defer close(b.ended)
	buf := make([]byte, 64)
	if b.gone = b.port.SetReadDeadline(time.Time{}); b.gone != nil {
		return
	}
	for {
		if _, err := b.port.Read(buf); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			b.gone = err
			return
		}
	}
}

// run moves what moves until the port is gone.
func (b *Board) run() {
	t := time.NewTimer(0)
	defer t.Stop()
	again := time.Now().Add(refreshEvery)
	for {
		select {
		case <-b.ended:
			return
		case <-b.poke:
		case <-t.C:
		}
		now := time.Now()
		var err error
		if now.Before(again) {
			b.mu.Lock()
			err = b.draw(now)
			b.mu.Unlock()
		} else {
			err = b.refresh(now)
			again = now.Add(refreshEvery)
		}
		if err != nil {
			b.set.Log.Debug("board takes nothing", "device", b.set.ID, "err", err)
		}
		t.Reset(min(time.Until(again), b.next(now)))
	}
}

// next is how long the picture stands as it is.
func (b *Board) next(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	wait := refreshEvery
	age := now.Sub(b.since)
	if b.blinking(now) {
		wait = blinkEvery - age%blinkEvery
	}
	switch step := time.Duration(b.m.StepMS) * time.Millisecond; {
	case !b.lit || b.picture.Width() <= 8*b.m.Across:
	case age < startStill:
		wait = min(wait, startStill-age)
	default:
		wait = min(wait, step)
	}
	return max(wait, time.Millisecond)
}

func (b *Board) blinking(now time.Time) bool {
	return b.lit && b.blinks && now.Sub(b.since) < time.Duration(b.m.BlinkMS)*time.Millisecond
}

// Show brings the board to the state of its window. A call blinks, then stands. What stands already is not begun anew, unless somebody is called again.
func (b *Board) Show(ctx context.Context, face devices.Face) error {
	show, ok := b.set.Profile.Roles.Board[string(face.Mode)]
	if !ok {
		return fmt.Errorf("show: profile %s says nothing for a window that is %s", b.set.Profile.ID, face.Mode)
	}
	return b.put(ctx, face.Fill(show.Text), face.Mode == devices.Calling)
}

// Identify shows the board's own window.
func (b *Board) Identify(ctx context.Context) (bool, error) {
	if b.set.Window == 0 {
		return false, nil
	}
	return true, b.put(ctx, fmt.Sprintf("%d号窗口", b.set.Window), false)
}

func (b *Board) put(ctx context.Context, text string, calling bool) error {
	picture, err := font.Text(text)
	b.missing(err)
	if err != nil { // dark is better than the number of before
		return errors.Join(fmt.Errorf("show %q: %w", text, err), b.Halt(ctx))
	}
	if err := b.Lost(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	now := time.Now()
	b.mu.Lock()
	if !b.lit || text != b.text || calling != b.blinks || calling && devices.Urgent(ctx) {
		b.text, b.picture, b.blinks, b.lit, b.since = text, picture, calling, true, now
	}
	err = b.draw(now)
	b.mu.Unlock()
	select {
	case b.poke <- struct{}{}:
	default: // it wakes anyway
	}
	return err
}

// missing reports that a character cannot be drawn, or that all can be again.
func (b *Board) missing(err error) {
	b.mu.Lock()
	was := b.bad
	b.bad = err != nil
	b.mu.Unlock()
	if was == (err != nil) {
		return
	}
	p := devices.NewProblem(b.set.ID, "no-character", time.Now())
	p.Cleared = was
	b.set.Report(p)
}

// Probe asks nothing: the chips cannot answer.
func (b *Board) Probe(context.Context) error { return b.Lost() }

// Lost says why the port is gone; nil while it is there.
func (b *Board) Lost() error {
	select {
	case <-b.ended:
		if b.gone == nil {
			return io.ErrUnexpectedEOF
		}
		return b.gone
	default:
		return nil
	}
}

// Halt makes the board dark.
func (b *Board) Halt(context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text, b.picture, b.lit, b.blinks = "", dots.Dots{}, false, false
	return b.draw(time.Now())
}

// refresh sends every register again, whatever the chips have. The shutdown register comes last: what is wrong meanwhile is not seen.
func (b *Board) refresh(now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := b.sent[0] == nil
	set := []word{{displayTest, 0}, {intensity, byte(b.m.Intensity)}, {scanLimit, 7}, {decodeMode, 0}}
	if first {
		set = []word{{displayTest, 0}, {shutdown, 0}, {intensity, byte(b.m.Intensity)}, {scanLimit, 7}, {decodeMode, 0}}
	}
	for _, w := range set {
		if err := b.all(w); err != nil {
			return err
		}
	}
	clear(b.sent[:])
	b.light = 0xFF
	return b.draw(now)
}

type word struct{ register, value byte }

// all sends one word to every chip.
func (b *Board) all(w word) error {
	burst := make([]byte, 0, 2*len(b.chips))
	for range b.chips {
		burst = append(burst, w.register, w.value)
	}
	return b.write(burst)
}

func (b *Board) write(burst []byte) error {
	if _, err := b.port.Write(burst); err != nil {
		clear(b.sent[:]) // what the chips latched is not known
		b.light = 0xFF
		return fmt.Errorf("send to the board: %w", err)
	}
	return nil
}

// draw brings rows and light to what they should be now.
func (b *Board) draw(now time.Time) error {
	seen := b.seen(now)
	for r := range 8 {
		row := b.row(seen, r)
		if b.sent[r] != nil && string(row) == string(b.sent[r]) {
			continue
		}
		burst := make([]byte, 0, 2*len(row))
		for k := len(row) - 1; k >= 0; k-- { // the first word runs on to the farthest chip
			burst = append(burst, byte(r+1), row[k])
		}
		if err := b.write(burst); err != nil {
			return err
		}
		b.sent[r] = row
	}
	light := byte(0)
	if b.lit && (!b.blinking(now) || now.Sub(b.since)/blinkEvery%2 == 0) {
		light = 1
	}
	if light == b.light {
		return nil
	}
	if err := b.all(word{shutdown, light}); err != nil {
		return err
	}
	b.light = light
	return nil
}

// seen is what stands on the board now: a text that fits in the middle, a wide one running to the left.
func (b *Board) seen(now time.Time) dots.Dots {
	width, text := 8*b.m.Across, b.picture.Width()
	if text <= width {
		return b.picture.Cut(-(width-text)/2, width)
	}
	run := max(0, now.Sub(b.since)-startStill)
	at := int(run/(time.Duration(b.m.StepMS)*time.Millisecond)) % (text + loopGap)
	left := b.picture.Cut(at, width)
	if again := text + loopGap - at; again < width {
		left = left.Over(b.picture.Cut(-again, width))
	}
	return left
}

// row is register r+1 of every chip, by its place in the chain.
func (b *Board) row(d dots.Dots, r int) []byte {
	out := make([]byte, len(b.chips))
	top := (8*b.m.Rows - dots.Height) / 2
	for k, p := range b.chips {
		for bit := range 8 {
			x, y := b.turned(bit, r, p.flipped)
			if d.Lit(8*p.col+x, 8*p.row+y-top) {
				out[k] |= 0x80 >> bit
			}
		}
	}
	return out
}

// turned is where a module's dot is seen. u counts from the high bit of a register, v from register 1; x and y from the left top of the module as it hangs.
func (b *Board) turned(u, v int, flipped bool) (x, y int) {
	x, y = u, v
	if b.m.Mirror {
		x = 7 - x
	}
	turn := b.m.Turn
	if flipped {
		turn += 180
	}
	for range turn / 90 % 4 {
		x, y = 7-y, x
	}
	return x, y
}
