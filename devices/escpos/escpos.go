// Package escpos drives ticket printers that speak ESC/POS, and proves that a ticket came out.
//
//	> 10 04 n                     DLE EOT: status at once (n 1 printer, 2 off line, 3 error, 4 paper)
//	< 12                          bits 1 and 4 always set; 1: 08 off line; 2: 04 cover, 20 paper end, 40 error; 3: 08 cutter; 4: 0C near end, 60 end
//	> 1D 61 FF                    GS a: tell every change by itself, four bytes each (ASB); ESC @ switches it off
//	> … 1D 56 42 00               the ticket, then feed and cut
//	> 1D 28 48 06 00 30 30 d1..d4 GS ( H 48: answer with these four digits when all before is printed
//	< 37 22 d1..d4 00             it is printed
//	> 1D 72 01                    GS r: paper status, answered in the order of printing; the weaker proof
//
// Source: Epson ESC/POS command reference.
package escpos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
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
	log  *slog.Logger

	busy sync.Mutex // one dialogue at a time
	// of the dialogue
	begun   bool          // the start-up questions are answered
	proof   devices.Proof // what it can prove, at most what the profile says
	serial  int           // the last process ID sent, 1 to 9999
	said    time.Time     // when it was last spoken to
	off     time.Time     // when what was written is off the wire
	works   time.Time     // until then it may be at work on a ticket, and answer nothing
	mouth   mouth
	prints  bool // a proof is awaited
	doubt   bool // the last print ended unproved: part of it may hang in the printer
	torn    bool // and the rest of it was thrown away
	unheard int  // looks in a row that were not answered
	unsaid  int  // looks in a row that were not answered, before it ever answered

	ended chan struct{}
	err   error

	state    sync.Mutex
	d        demux
	answered devices.Heard // saying something that made sense
	id       string        // the newest process ID that came
	held     time.Time
	news     chan struct{} // holds one token while something came that a print waits for
	asb      []byte        // the newest; nil: none came
	problems map[string]bool
	owed     map[string]string       // prints that were given up unproved: by process ID, their jobs
	giveUp   context.CancelCauseFunc // ends the print under way; nil: none is
	faulted  string                  // a fault that the printer told since the present print was begun, also if it is over
	portSaid string                  // the problem that the port told last
}

// Open takes over the reading of a port, and begins to ask what the printer can prove.
func Open(_ context.Context, port devices.Port, set devices.Setting) (devices.Device, error) {
	m, err := modelOf(set.Profile, set.Set)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", set.ID, err)
	}
	if _, err := rasterMode(set.Set); err != nil {
		return nil, fmt.Errorf("open %s: %w", set.ID, err)
	}
	p := &Printer{port: port, set: set, m: m, log: set.Log, proof: m.confirm, ended: make(chan struct{}), news: make(chan struct{}, 1), problems: map[string]bool{}, owed: map[string]string{}}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.d = demux{emit: p.heard, loose: m.loose, full: m.full, flow: m.xonxoff, fixed: m.strict}
	if err := port.SetReadDeadline(time.Time{}); err != nil {
		return nil, err
	}
	go p.read()
	return p, nil
}

// read hands on what arrives until the port closes.
func (p *Printer) read() {
	defer close(p.ended)
	buf := make([]byte, 64)
	for {
		n, err := p.port.Read(buf)
		p.state.Lock()
		p.d.feed(buf[:n])
		p.state.Unlock()
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			p.err = err
			return
		}
	}
}

// Answered is when the printer said something that made sense.
func (p *Printer) Answered() time.Time {
	return p.answered.Answered()
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

// Probe looks whether the printer answers and is well. On a network it also keeps the connection from being closed for silence.
func (p *Printer) Probe(ctx context.Context) error {
	if err := p.Lost(); err != nil {
		return err
	}
	if !p.busy.TryLock() {
		return nil // it is printing
	}
	defer p.busy.Unlock()
	if !p.m.status {
		p.portTells()
		if p.m.idle > 0 && time.Since(p.said) > p.m.idle/2 {
			return p.write([]byte{0}) // NUL prints nothing
		}
		return nil
	}
	if p.m.perJob {
		if p.begun && time.Since(p.said) < visitEvery {
			return nil // others may have it
		}
		defer p.rest()
	}
	code, err := p.look(ctx)
	if p.mute(code) {
		return nil
	}
	if err != nil || code != "" {
		return err
	}
	if !p.begun {
		if err := p.begin(ctx); err != nil {
			return err
		}
	}
	return p.atRest(ctx)
}

// visitEvery is how often a printer that others use, too, is looked after.
const visitEvery = 10 * time.Second

// rest lets a connection go that keeps others waiting.
func (p *Printer) rest() {
	if r, ok := p.port.(devices.Rester); ok && p.m.perJob {
		if err := r.Rest(); err != nil {
			p.log.Debug("let a connection go", "device", p.set.ID, "err", err)
		}
	}
}

// Halt has nothing to do: a printer at rest is inert.
func (p *Printer) Halt(context.Context) error { return nil }
