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

func (p *Printer) drain() {
	for {
		select {
		case <-p.in:
		default:
			return
		}
	}
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
		if c&0x93 == 0x12 { // the fixed bits of a status; anything else is noise or a late answer
			return c, nil
		}
	}
}

// look asks for all that can be wrong and reports what begins and what is over. It returns the code of a fault that stops printing.
func (p *Printer) look(ctx context.Context) (string, error) {
	off, err := p.status(ctx, 2)
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() == nil {
			p.mark("silent", true)
			return "silent", err
		}
		return "", err
	}
	fail, err := p.status(ctx, 3)
	if err != nil {
		return "", err
	}
	paper, err := p.status(ctx, 4)
	if err != nil {
		return "", err
	}
	p.mark("silent", false)
	code := ""
	for _, f := range []struct {
		code  string
		on    bool
		stops bool
	}{
		{"cover-open", off&0x04 != 0, true}, {"paper-out", off&0x20 != 0 || paper&0x60 != 0, true}, {"cutter", fail&0x08 != 0, true},
		{"printer-error", fail&0x20 != 0 || off&0x40 != 0 && fail&0x28 == 0, true}, {"paper-low", paper&0x0C != 0 && paper&0x60 == 0, false},
	} {
		p.mark(f.code, f.on)
		if f.on && f.stops && code == "" {
			code = f.code
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
	data, err := p.m.ticket(slip)
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
	mark := []byte{'0' + byte(p.count>>12&0xF), '0' + byte(p.count>>8&0xF), '0' + byte(p.count>>4&0xF), '0' + byte(p.count&0xF)}
	switch p.m.confirm {
	case devices.ByProcessID:
		data = append(append(data, 0x1D, '(', 'H', 6, 0, 0x30, 0x30), mark...)
	case devices.ByStatus:
		data = append(data, 0x1D, 'r', 1)
	}
	p.drain()
	if _, err := p.port.Write(data); err != nil {
		return devices.NoProof, p.failed(false, "unproved", err)
	}
	return p.prove(ctx, len(data), mark)
}

// prove waits for what shows that the paper came out. Bytes that were written are still on the wire: their time is added.
func (p *Printer) prove(ctx context.Context, n int, mark []byte) (devices.Proof, error) {
	wire := p.m.wire(n)
	wait, cancel := context.WithTimeout(ctx, wire+p.m.confirmIn)
	defer cancel()
	var err error
	switch p.m.confirm {
	case devices.ByProcessID:
		want := append(append([]byte{0x37, 0x22}, mark...), 0)
		if err = p.await(wait, func(got []byte) bool { return bytes.HasSuffix(got, want) }); err == nil {
			return devices.ByProcessID, nil
		}
	case devices.ByStatus:
		if err = p.await(wait, func(got []byte) bool { return len(got) > 0 && got[len(got)-1]&0x90 == 0 }); err == nil {
			if code, lookErr := p.look(ctx); lookErr == nil && code == "" {
				return devices.ByStatus, nil
			}
		}
	case devices.ByPoll:
		p.pause(wait, wire+time.Second)
		if code, lookErr := p.look(ctx); lookErr == nil && code == "" {
			return devices.ByPoll, nil
		}
	default:
		p.pause(wait, wire)
	}
	code := "unproved"
	if p.m.status && p.Lost() == nil && ctx.Err() == nil {
		if c, lookErr := p.look(ctx); lookErr == nil && c != "" {
			code = c
		}
	}
	return devices.NoProof, p.failed(false, code, err)
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

func (p *Printer) await(ctx context.Context, done func(got []byte) bool) error {
	var got []byte
	for {
		c, err := p.next(ctx)
		if err != nil {
			return err
		}
		got = append(got, c)
		if done(got) {
			return nil
		}
		if len(got) > 64 {
			got = got[32:]
		}
	}
}

func (p *Printer) failed(nothing bool, code string, err error) error {
	return &devices.PrintError{Nothing: nothing, Problem: devices.NewProblem(p.set.ID, code, time.Now()), Err: err}
}
