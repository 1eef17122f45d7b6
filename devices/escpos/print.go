package escpos

import (
	"cmp"
	"context"
	"errors"
	"os"
	"time"

	"halld/devices"
)

const (
	lookEvery = time.Second      // how often a printer that owes a proof is asked how it is
	heldLong  = 10 * time.Second // a printer that takes nothing for so long is reported
)

// Print prints a ticket and proves it, as far as the printer can. See devices.Printer. A fault that a person can put right does not end a begun
// ticket at once: the printer keeps it and prints it when paper is there. Nothing is ever sent a second time.
func (p *Printer) Print(ctx context.Context, slip devices.Slip, started func() error) (devices.Proof, error) {
	p.busy.Lock()
	defer p.busy.Unlock()
	ctx, over := p.underWay(ctx)
	defer over()
	defer p.rest()
	data, err := p.ticket(slip)
	if err != nil {
		return devices.NoProof, p.failed(true, "bad-profile", err)
	}
	if p.m.status {
		code, err := p.look(ctx)
		if err == nil && code == "" && !p.begun {
			if err = p.begin(ctx); err == nil && !p.begun {
				code, err = p.look(ctx)
				code = cmp.Or(code, "silent")
			}
		}
		if p.mute(code) {
			code, err = "", nil
		}
		if err != nil || code != "" {
			return devices.NoProof, p.failed(true, cmp.Or(code, devices.ProblemOf(err), "unplugged"), err)
		}
	} else if code := p.portTells(); code == "paper-out" { // a port that is wrong about the rest must not keep a printer from printing
		return devices.NoProof, p.failed(true, code, nil)
	}
	if err := started(); err != nil {
		return devices.NoProof, p.failed(true, "unproved", err)
	}
	if p.m.asb { // ESC @ at the head of the ticket switched it off
		data = append([]byte{0x1B, 0x40, 0x1D, 0x61, 0xFF}, data[len(escInit(data)):]...)
	}
	p.torn = p.torn || slip.Torn
	data = append(p.cutOff(), data...)
	id := ""
	if p.proof == devices.ByProcessID {
		id = p.nextID()
		data = append(data, idQuery(id)...)
	}
	var fence *question
	p.state.Lock()
	p.asb, p.faulted = nil, ""
	if p.proof == devices.ByStatus {
		data = append(data, 0x1D, 0x72, 1)
		fence = p.d.ask(isPaper, 0)
	}
	p.state.Unlock()
	defer func() {
		p.state.Lock()
		p.d.drop(fence)
		p.state.Unlock()
	}()
	w := waiting{p: p, ctx: ctx}
	p.mouth = mouth{} // a ticket that waits makes room for this one
	n, err := p.send(&w, data)
	p.doubt = n > 0
	p.torn = p.torn && n == 0
	if err != nil { // its mark was not sent
		return devices.NoProof, p.brokenOff(n, cmp.Or(w.code, "unproved"), err)
	}
	proof, err := p.prove(&w, len(data), id, fence)
	var pe *devices.PrintError
	if errors.As(err, &pe) {
		p.owe(id, slip.Job)
		pe.Torn = p.Lost() != nil // what was written may not have gone out
	}
	p.doubt = err != nil
	return proof, err
}

// brokenOff ends a print of which only n bytes were sent. The printer may wait for the rest of a picture: what it can prove is asked anew before the next one.
func (p *Printer) brokenOff(n int, code string, err error) error {
	if n > 0 {
		p.torn, p.begun = true, p.begun && !p.m.status
	}
	return &devices.PrintError{Nothing: n == 0, Torn: n > 0, Problem: devices.NewProblem(p.set.ID, code, time.Now()), Err: err}
}

// escInit is the ESC @ that a ticket begins with, if it does.
func escInit(data []byte) []byte {
	if len(data) > 1 && data[0] == 0x1B && data[1] == 0x40 {
		return data[:2]
	}
	return nil
}

// owe remembers the mark of a print that was given up: it may still come.
func (p *Printer) owe(id, job string) {
	if id == "" {
		return
	}
	p.state.Lock()
	defer p.state.Unlock()
	p.owed[id] = job
	p.settle(p.id) // it came while the print was being given up
}

// settle ends the doubt about a print whose own mark came late. A later mark does not: what the printer held may have been lost meanwhile, when it was
// switched off and on behind an adapter that stayed. The caller holds state.
func (p *Printer) settle(id string) {
	job, owed := p.owed[id]
	if !owed {
		return
	}
	delete(p.owed, id)
	p.log.Info("the ticket that was not proved is printed after all", "device", p.set.ID, "job", job, "process_id", id)
	if p.set.Proved != nil {
		p.set.Proved(job, devices.ByProcessID)
	}
}

// waiting is the patience of one print: the time in which a person must act does not count as the printer's.
type waiting struct {
	p     *Printer
	ctx   context.Context
	code  string    // the fault that holds it up now
	since time.Time // how long
	stood time.Duration
}

// fault notes what holds the print up; empty: nothing. It is false when a person did not come in time.
func (w *waiting) fault(code string) bool {
	now := time.Now()
	switch {
	case code == "" && w.code != "":
		w.stood += now.Sub(w.since)
	case code != "" && w.code == "":
		w.since = now
	}
	w.code = code
	if !goesOn[code] {
		w.p.state.Lock()
		w.p.faulted = cmp.Or(w.p.faulted, code)
		w.p.state.Unlock()
	}
	return code == "" || now.Sub(w.since) < w.p.m.patience
}

// met is the fault that the printer had at any time since the print was begun; empty: none. What stood in its buffer may be lost or half on paper
// even if it went on, and then an answer that only says "all was worked on" proves nothing.
func (w *waiting) met() string {
	w.p.state.Lock()
	defer w.p.state.Unlock()
	return w.p.faulted
}

func (w *waiting) sound() bool { return w.met() == "" }

// send writes a ticket in small pieces. What counts is progress: a printer that takes nothing because its paper is out gets all the patience there is.
func (p *Printer) send(w *waiting, data []byte) (int, error) {
	done := 0
	for done < len(data) {
		if err := p.clearToSend(w); err != nil {
			return done, err
		}
		if err := context.Cause(w.ctx); errors.Is(err, errGivenUp) {
			return done, err
		}
		n, err := p.port.Write(data[done:min(len(data), done+p.m.chunk)])
		p.wrote(n)
		done += n
		switch {
		case err == nil:
			if n > 0 {
				p.mark("write-stalled", false)
				p.portMarks("")
			}
		case !errors.Is(err, os.ErrDeadlineExceeded) && devices.ProblemOf(err) == "" || p.Lost() != nil:
			return done, err
		case w.ctx.Err() != nil:
			return done, w.ctx.Err()
		default: // it takes nothing: full, out of paper, or its flow control is broken
			said := devices.ProblemOf(err)
			p.portMarks(said)
			code := cmp.Or(said, p.told())
			if code == "" {
				p.mark("write-stalled", true)
				code = "write-stalled"
			}
			if !w.fault(code) {
				return done, err
			}
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				p.pause(w.ctx, lookEvery) // it was told at once
			}
		}
	}
	w.fault("")
	return done, nil
}

// clearToSend waits while the printer has said XOFF.
func (p *Printer) clearToSend(w *waiting) error {
	for {
		p.state.Lock()
		held := p.held
		p.state.Unlock()
		if held.IsZero() || !p.m.xonxoff {
			return nil
		}
		code := p.told() // why, if it says so
		if code == "" && time.Since(held) > heldLong {
			p.mark("write-stalled", true)
			code = "write-stalled"
		}
		if !w.fault(code) {
			return os.ErrDeadlineExceeded
		}
		timer := time.NewTimer(lookEvery)
		select {
		case <-p.news:
		case <-timer.C:
		case <-w.ctx.Done():
			return w.ctx.Err()
		case <-p.ended:
			return p.Lost()
		}
		timer.Stop()
	}
}

// prove waits for what shows that the paper came out. Bytes that were written may still be on the wire, and paper takes its time: both are added.
func (p *Printer) prove(w *waiting, n int, id string, fence *question) (devices.Proof, error) {
	wire := p.m.wire(n)
	switch p.proof {
	case devices.ByProcessID, devices.ByStatus:
		return p.proveBy(w, wire, id, fence)
	case devices.ByPoll:
		p.pause(w.ctx, wire+lookEvery+p.paperTime())
		code, err := p.look(w.ctx)
		for err == nil && code != "" && w.fault(code) { // the rest comes out when it is put right
			p.pause(w.ctx, lookEvery)
			code, err = p.look(w.ctx)
			if err == nil && code == "" {
				p.pause(w.ctx, p.paperTime())
				code, err = p.look(w.ctx)
			}
		}
		if code == "" && err == nil && w.ctx.Err() == nil && w.sound() {
			return devices.ByPoll, nil
		}
		return devices.NoProof, p.failed(false, cmp.Or(code, w.met(), "unproved"), err)
	default: // devices.NoProof
		p.pause(w.ctx, wire)
		return devices.NoProof, p.failed(false, cmp.Or(p.portTells(), "unproved"), p.Lost())
	}
}

// ticketMM is the length of a long ticket.
const ticketMM = 200

func (p *Printer) paperTime() time.Duration {
	return ticketMM * time.Second / time.Duration(p.m.speed)
}

// proveBy waits for the process ID, or for the answer of GS r and a look that finds nothing wrong. Meanwhile it asks how the printer is, where that
// is answered at once and cannot be taken for the proof.
func (p *Printer) proveBy(w *waiting, wire time.Duration, id string, fence *question) (devices.Proof, error) {
	var answer chan reply
	if fence != nil {
		answer = fence.answer
	}
	p.prints, p.works = true, time.Now().Add(max(0, time.Until(p.off))+p.paperTime()+lookEvery)
	defer func() { p.prints = false }()
	begin := time.Now()
	mayLook := p.m.status && !p.m.inOrder && (!p.m.loose || fence == nil)
	last := ""
	for wait := max(0, time.Until(p.off)) + lookEvery; ; wait = lookEvery { // a question now would wait behind the ticket
		timer := time.NewTimer(wait)
		var err error
		fenced, news, ended := false, false, false
		select {
		case r := <-answer:
			fenced, ended = true, r.data[0]&0x0C != 0 // GS r: bits 2 and 3, paper end
		case <-p.news:
			news = true
		case <-timer.C:
		case <-w.ctx.Done():
			err = w.ctx.Err()
		case <-p.ended:
			err = p.Lost()
		}
		timer.Stop()
		p.state.Lock()
		printed := id != "" && reached(p.id, id)
		p.state.Unlock()
		switch {
		case printed:
			for c := range passing(p) {
				p.mark(c, false)
			}
			return devices.ByProcessID, nil
		case err != nil:
			return devices.NoProof, p.failed(false, cmp.Or(last, "unproved"), err)
		}
		code := p.told()
		if code == "" && ended {
			code = "paper-out"
			p.mark(code, true)
		}
		if code == "" && (fenced || mayLook && !news && !time.Now().Before(p.off)) {
			var lookErr error
			if code, lookErr = p.look(w.ctx); lookErr != nil && code != "silent" {
				return devices.NoProof, p.failed(false, "unproved", lookErr)
			}
		}
		if fenced && code == "" && w.sound() {
			return devices.ByStatus, nil // a paper status is answered even by a printer that stands still: only a sound one has printed
		}
		last = code
		if code == "silent" {
			if p.m.quiet {
				last = ""
			}
			code = "" // it may be busy feeding; the proof may still come
		}
		waits := w.fault(code)
		stood := w.stood
		if code != "" {
			stood += time.Since(w.since)
		}
		if fenced { // the answer came from a printer that stands still: who knows whether the rest came out
			return devices.NoProof, p.failed(false, cmp.Or(last, w.met(), "unproved"), nil)
		}
		if !waits || time.Since(begin)-stood > wire+p.m.confirmIn {
			return devices.NoProof, p.failed(false, cmp.Or(last, "unproved"), os.ErrDeadlineExceeded)
		}
	}
}

// passing are the problems that a proved print has shown to be over.
func passing(p *Printer) map[string]bool {
	p.state.Lock()
	defer p.state.Unlock()
	over := map[string]bool{}
	for _, c := range []string{"silent", "write-stalled", "offline"} {
		if p.problems[c] {
			over[c] = true
		}
	}
	return over
}

func (p *Printer) failed(nothing bool, code string, err error) error {
	return &devices.PrintError{Nothing: nothing, Problem: devices.NewProblem(p.set.ID, code, time.Now()), Err: err}
}
