// Package escpos drives ticket printers that speak ESC/POS, and proves that a ticket came out.
//
//	> 10 04 n                     DLE EOT: status at once (n 1 printer, 2 off line, 3 error, 4 paper)
//	< 12                          bits 1 and 4 always set; 1: 08 off line; 2: 04 cover, 20 paper end, 40 error; 3: 08 cutter; 4: 0C near end, 60 end
//	> … 1D 56 42 00               the ticket, then feed and cut
//	> 1D 28 48 06 00 30 30 d1..d4 GS ( H 48: answer with these four bytes when all before is printed
//	< 37 22 d1..d4 00             it is printed
//	> 1D 72 01                    GS r: paper status, answered in the order of printing; the weaker proof
//
// Source: Epson ESC/POS command reference.
package escpos

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"halld/devices"
)

// Printer is one printer.
type Printer struct {
	port devices.Port
	set  devices.Setting
	m    model

	busy  sync.Mutex // one dialogue at a time
	heard []byte     // what came since the last print began, less answers to status requests; of the dialogue
	in    chan byte
	ended chan struct{}
	err   error
	count uint16

	state    sync.Mutex
	problems map[string]bool
}

// Open takes over the reading of a port.
func Open(_ context.Context, port devices.Port, set devices.Setting) (devices.Device, error) {
	m, err := modelOf(set.Profile, set.Set)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", set.ID, err)
	}
	if _, err := rasterMode(set.Set); err != nil {
		return nil, fmt.Errorf("open %s: %w", set.ID, err)
	}
	p := &Printer{port: port, set: set, m: m, in: make(chan byte, 256), ended: make(chan struct{}), problems: map[string]bool{}}
	if err := port.SetReadDeadline(time.Time{}); err != nil {
		return nil, err
	}
	go p.read()
	return p, nil
}

// read hands on what arrives, less flow control, until the port closes.
func (p *Printer) read() {
	defer close(p.ended)
	buf := make([]byte, 64)
	for {
		n, err := p.port.Read(buf)
		for _, c := range buf[:n] {
			if c == 0x11 || c == 0x13 {
				continue
			}
			select {
			case p.in <- c:
			default: // nobody asked for so much
			}
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			p.err = err
			return
		}
	}
}

// Lost says why the port is no longer read; nil while it is.
func (p *Printer) Lost() error {
	select {
	case <-p.ended:
		if p.err == nil {
			return io.ErrUnexpectedEOF
		}
		return p.err
	default:
		return nil
	}
}

// drain takes in what has arrived.
func (p *Printer) drain() {
	for {
		select {
		case c := <-p.in:
			p.hear(c)
		default:
			return
		}
	}
}

// hear keeps a byte that answers no status request: it may belong to the proof of a print.
func (p *Printer) hear(c byte) {
	if len(p.heard) >= 64 {
		p.heard = p.heard[32:]
	}
	p.heard = append(p.heard, c)
}

// next waits for one byte.
func (p *Printer) next(ctx context.Context) (byte, error) {
	select {
	case c := <-p.in:
		return c, nil
	case <-ctx.Done():
		return 0, os.ErrDeadlineExceeded
	case <-p.ended:
		return 0, p.Lost()
	}
}

// status asks DLE EOT n.
func (p *Printer) status(ctx context.Context, n byte) (byte, error) {
	p.drain()
	if _, err := p.port.Write([]byte{0x10, 0x04, n}); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, p.m.replyIn)
	defer cancel()
	for {
		c, err := p.next(ctx)
		if err != nil {
			return 0, err
		}
		if p.m.loose || c&0x93 == 0x12 || n == 1 && c&0x13 == 0x12 { // the fixed bits; in the first answer bit 7 may say that a ticket hangs in the mouth
			return c, nil
		}
		p.hear(c)
	}
}

// look asks for all that can be wrong and reports what begins and what is over. It returns the code of a fault that stops printing.
func (p *Printer) look(ctx context.Context) (string, error) {
	replies := map[int]byte{}
	on, stops := map[string]bool{}, map[string]bool{}
	for _, b := range p.m.bits {
		if _, asked := replies[b.Query]; !asked {
			c, err := p.status(ctx, byte(b.Query))
			if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() == nil {
				p.mark("silent", true)
				return "silent", err
			}
			if err != nil {
				return "", err
			}
			replies[b.Query] = c
		}
		on[b.Means] = on[b.Means] || int(replies[b.Query])&b.Mask == b.Equals
		stops[b.Means] = stops[b.Means] || b.Stops
	}
	if on["paper-out"] {
		on["paper-low"] = false // the worse word is enough
	}
	p.mark("silent", false)
	code := ""
	for _, b := range p.m.bits {
		p.mark(b.Means, on[b.Means])
		if on[b.Means] && stops[b.Means] && code == "" {
			code = b.Means
		}
	}
	return code, nil
}

// mark reports a problem when it begins and when it is over.
func (p *Printer) mark(code string, on bool) {
	p.state.Lock()
	was := p.problems[code]
	p.problems[code] = on
	p.state.Unlock()
	if was == on {
		return
	}
	pr := devices.NewProblem(p.set.ID, code, time.Now())
	pr.Cleared = !on
	p.set.Report(pr)
}

// Probe looks whether the printer answers and is well.
func (p *Printer) Probe(ctx context.Context) error {
	if err := p.Lost(); err != nil {
		return err
	}
	if !p.m.status || !p.busy.TryLock() {
		return nil // it says nothing, or is printing
	}
	defer p.busy.Unlock()
	_, err := p.look(ctx)
	return err
}

// Halt has nothing to do: a printer at rest is inert.
func (p *Printer) Halt(context.Context) error { return nil }

// Print prints a ticket and proves it, as far as the model can. See devices.Printer.
func (p *Printer) Print(ctx context.Context, slip devices.Slip, started func() error) (devices.Proof, error) {
	p.busy.Lock()
	defer p.busy.Unlock()
	data, err := p.ticket(slip)
	if err != nil {
		return devices.NoProof, p.failed(true, "bad-profile", err)
	}
	if p.m.status {
		if code, err := p.look(ctx); err != nil || code != "" {
			if code == "" {
				code = "unplugged"
			}
			return devices.NoProof, p.failed(true, code, err)
		}
	}
	if err := started(); err != nil {
		return devices.NoProof, p.failed(true, "unproved", err)
	}
	p.count++
	// no byte of the mark looks like a status
	mark := []byte{'A' + byte(p.count>>12&0xF), 'A' + byte(p.count>>8&0xF), 'A' + byte(p.count>>4&0xF), 'A' + byte(p.count&0xF)}
	switch p.m.confirm {
	case devices.ByProcessID:
		data = append(append(data, 0x1D, '(', 'H', 6, 0, 0x30, 0x30), mark...)
	case devices.ByStatus:
		data = append(data, 0x1D, 'r', 1)
	}
	p.drain()
	p.heard = p.heard[:0]
	if _, err := p.port.Write(data); err != nil {
		return devices.NoProof, p.failed(false, "unproved", err)
	}
	return p.prove(ctx, len(data), mark)
}

// lookEvery is how often a printer that owes a proof is asked how it is.
const lookEvery = time.Second

// prove waits for what shows that the paper came out. Bytes that were written are still on the wire: their time is added.
func (p *Printer) prove(ctx context.Context, n int, mark []byte) (devices.Proof, error) {
	wire := p.m.wire(n)
	switch p.m.confirm {
	case devices.ByProcessID:
		want := append(append([]byte{0x37, 0x22}, mark...), 0)
		return p.proveBy(ctx, wire, func() bool { return bytes.Contains(p.heard, want) })
	case devices.ByStatus:
		return p.proveBy(ctx, wire, func() bool { return len(p.heard) > 0 && p.heard[len(p.heard)-1]&0x90 == 0 })
	case devices.ByPoll:
		p.pause(ctx, wire+lookEvery)
		code, err := p.look(ctx)
		if code == "" && err == nil {
			return devices.ByPoll, nil
		}
		return devices.NoProof, p.failed(false, cmp.Or(code, "unproved"), err)
	}
	p.pause(ctx, wire)
	return devices.NoProof, p.failed(false, "unproved", nil)
}

// proveBy waits until what was heard is the proof. Meanwhile it asks how the printer is: a fault need not wait for the end of patience.
func (p *Printer) proveBy(ctx context.Context, wire time.Duration, proved func() bool) (devices.Proof, error) {
	end := time.Now().Add(wire + p.m.confirmIn)
	for wait := wire + lookEvery; ; wait = lookEvery {
		slice, cancel := context.WithTimeout(ctx, min(wait, time.Until(end)))
		err := p.await(slice, proved)
		cancel()
		if err == nil && p.m.confirm == devices.ByProcessID {
			return p.m.confirm, nil
		}
		if err != nil && (!errors.Is(err, os.ErrDeadlineExceeded) || ctx.Err() != nil) {
			return devices.NoProof, p.failed(false, "unproved", err)
		}
		code := ""
		if p.m.status {
			var lookErr error
			if code, lookErr = p.look(ctx); lookErr != nil && code == "" {
				return devices.NoProof, p.failed(false, "unproved", lookErr)
			}
		}
		switch {
		case err == nil && code == "":
			return p.m.confirm, nil // a paper status is answered even by a printer that stands still: only a sound one has printed
		case code != "":
			return devices.NoProof, p.failed(false, code, err)
		case time.Now().After(end):
			return devices.NoProof, p.failed(false, "unproved", err)
		}
	}
}

func (p *Printer) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	case <-p.ended:
	}
}

func (p *Printer) await(ctx context.Context, done func() bool) error {
	for !done() {
		c, err := p.next(ctx)
		if err != nil {
			return err
		}
		p.hear(c)
	}
	return nil
}

func (p *Printer) failed(nothing bool, code string, err error) error {
	return &devices.PrintError{Nothing: nothing, Problem: devices.NewProblem(p.set.ID, code, time.Now()), Err: err}
}
