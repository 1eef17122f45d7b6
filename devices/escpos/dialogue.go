package escpos

import (
	"cmp"
	"context"
	"errors"
	"os"
	"strconv"
	"time"

	"halld/devices"
)

// write sends bytes that are no ticket.
func (p *Printer) write(b []byte) error {
	n, err := p.port.Write(b)
	p.wrote(n)
	return err
}

// wrote notes that so many bytes were handed to the line: what is asked next waits behind them.
func (p *Printer) wrote(n int) {
	p.said = time.Now()
	if p.off.Before(p.said) {
		p.off = p.said
	}
	p.off = p.off.Add(p.m.wire(n))
}

// question sends a query and waits for its answer.
func (p *Printer) question(ctx context.Context, k kind, n byte, send []byte, within time.Duration) (reply, error) {
	p.state.Lock()
	q := p.d.ask(k, n)
	p.state.Unlock()
	defer func() {
		p.state.Lock()
		p.d.drop(q)
		p.state.Unlock()
	}()
	if err := p.write(send); err != nil {
		return reply{}, err
	}
	timer := time.NewTimer(max(0, time.Until(p.off)) + within)
	defer timer.Stop()
	select {
	case r := <-q.answer:
		return r, nil
	case <-timer.C:
		return reply{}, os.ErrDeadlineExceeded
	case <-ctx.Done():
		return reply{}, os.ErrDeadlineExceeded
	case <-p.ended:
		return reply{}, p.Lost()
	}
}

// status asks DLE EOT n.
func (p *Printer) status(ctx context.Context, n byte) ([]byte, error) {
	k := isStatus
	if n == 20 && p.m.full {
		k = isFull
	}
	r, err := p.question(ctx, k, n, []byte{0x10, 0x04, n}, p.m.replyIn)
	return r.data, err
}

// heard takes what the printer says by itself. The caller holds state.
func (p *Printer) heard(r reply) {
	if r.kind != isStray && r.kind != isXON && r.kind != isXOFF {
		p.answered.Now()
	}
	switch r.kind {
	case isID:
		p.id = string(r.data[2 : len(r.data)-1])
		p.settle(p.id)
	case isASB:
		p.asb = r.data
		for _, b := range asbBits {
			if r.data[b.at]&b.mask != 0 && b.stops && !goesOn[b.means] {
				p.faulted = cmp.Or(p.faulted, b.means)
			}
		}
	case isXOFF:
		if p.held.IsZero() {
			p.held = time.Now()
		}
	case isXON:
		p.held = time.Time{}
	default:
		return
	}
	select {
	case p.news <- struct{}{}:
	default:
	}
}

// reached says whether process ID got proves want: IDs ascend from 0001 to 9999 and begin again, and a host that did not read hears only the newest.
func reached(got, want string) bool {
	g, err := strconv.Atoi(got)
	w, wantErr := strconv.Atoi(want)
	if err != nil || wantErr != nil || len(got) != 4 || g < 1 {
		return false
	}
	return (g-w+9999)%9999 < 5000
}

// asbBits are what an automatic status says (Epson GS a): of the four bytes, this one, masked.
var asbBits = []struct {
	at, mask byte
	means    string
	stops    bool
}{
	{0, 0x20, "cover-open", true}, {2, 0x0C, "paper-out", true}, {1, 0x08, "cutter", true}, {1, 0x20, "printer-error", true}, {1, 0x40, "overheated", true}, {2, 0x03, "paper-low", false},
}

// goesOn are the faults behind which a printer goes on where it stopped: nothing of a ticket is lost by them.
var goesOn = map[string]bool{"": true, "silent": true, "write-stalled": true, "overheated": true, "voltage": true}

// told is the fault that the automatic status reports; empty: none, or it reports nothing. What it says of paper and cover is known at once.
func (p *Printer) told() string {
	p.state.Lock()
	asb := p.asb
	p.state.Unlock()
	if asb == nil {
		return ""
	}
	code := ""
	for _, b := range asbBits {
		if asb[b.at]&b.mask != 0 && b.stops {
			p.mark(b.means, true)
			if code == "" {
				code = b.means
			}
		}
	}
	if code == "" && asb[0]&0x08 != 0 {
		code = "offline"
	}
	return code
}

// look asks for all that can be wrong and reports what begins and what is over. It returns the code of a fault that stops printing.
func (p *Printer) look(ctx context.Context) (string, error) {
	replies := map[int][]byte{}
	ask := func(n int) error {
		if _, asked := replies[n]; asked {
			return nil
		}
		c, err := p.status(ctx, byte(n))
		if err == nil {
			replies[n] = c
		}
		return err
	}
	var err error
	if p.m.bits[0].Query != 20 { // the first answer says whether it is on line at all
		err = ask(1)
	}
	on, stops := map[string]bool{}, map[string]bool{}
	for _, b := range p.m.bits {
		if err == nil {
			err = ask(b.Query)
		}
		if err != nil {
			break
		}
		if c := replies[b.Query]; max(b.Byte, 1) <= len(c) {
			on[b.Means] = on[b.Means] || int(c[max(b.Byte, 1)-1])&b.Mask == b.Equals
		}
		stops[b.Means] = stops[b.Means] || b.Stops
	}
	if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() == nil && p.Lost() == nil {
		if code := cmp.Or(devices.ProblemOf(err), p.trouble()); code != "" {
			p.portMarks(code)
			return code, err
		}
		p.unheard++
		others := p.m.perJob && p.unheard < 3 // it may be printing for another host
		works := p.prints && (p.m.quiet || time.Now().Before(p.works))
		if !others && !works {
			p.mark("silent", true)
		}
		return "silent", err
	}
	if code := devices.ProblemOf(err); code != "" {
		p.portMarks(code)
		return code, err
	}
	if err != nil {
		return "", err
	}
	p.state.Lock()
	if on[p.portSaid] {
		p.portSaid = "" // now the printer says so, too
	}
	p.state.Unlock()
	p.portMarks("")
	p.unheard = 0
	if on["paper-out"] {
		on["paper-low"] = false // the worse word is enough
	}
	p.mark("silent", false)
	code := ""
	for _, b := range p.m.bits {
		if b.Means == "ticket-not-taken" {
			p.waits(on[b.Means])
			continue
		}
		p.mark(b.Means, on[b.Means])
		if on[b.Means] && b.Stops && code == "" {
			code = b.Means
		}
	}
	off := code == "" && len(replies[1]) == 1 && replies[1][0]&0x08 != 0 // off line, and it does not say why
	p.mark("offline", off)
	if off {
		code = "offline"
	}
	if p.m.asb {
		p.state.Lock()
		asb := p.asb
		if code == "" && asb != nil && asb[0]&0x08 != 0 {
			p.asb = nil // an older word than this one
		}
		p.state.Unlock()
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

// begin asks a printer that is well what it can prove, and takes the weaker proof where the stronger question is not answered. A torn print
// may have left it waiting for the rest of a picture: then the question is asked again behind as many zeros as a picture can want.
func (p *Printer) begin(ctx context.Context) error {
	if p.m.asb {
		if err := p.write([]byte{0x1D, 0x61, 0xFF}); err != nil {
			return err
		}
	}
	if p.m.confirm == devices.ByProcessID {
		p.serial = int(time.Now().Unix()) % 9999 // another number than before a restart
	}
	for p.proof == devices.ByProcessID || p.proof == devices.ByStatus {
		for _, filled := range []bool{false, true} {
			if filled {
				if err := p.write(make([]byte, p.m.dots/8*p.m.bandRows)); err != nil {
					return err
				}
				p.pause(ctx, p.m.wire(p.m.dots/8*p.m.bandRows))
			}
			ok, err := p.fence(ctx)
			if err != nil {
				return err
			}
			if ok {
				p.begun = true
				p.mark("weak-proof", p.proof != p.m.confirm)
				return nil
			}
		}
		weaker := map[devices.Proof]devices.Proof{devices.ByProcessID: devices.ByStatus, devices.ByStatus: devices.ByPoll}[p.proof]
		if code, err := p.look(ctx); code != "" || err != nil {
			return err // it was no fair question
		}
		p.log.Warn("the printer does not answer what its profile promises; prints are proved in a weaker way", "device", p.set.ID, "profile", string(p.proof), "now", string(weaker))
		p.proof = weaker
	}
	p.begun = true
	p.mark("weak-proof", p.proof != p.m.confirm)
	return nil
}

// fenceTime is how long a printer at rest may take to answer behind what it still has to print.
const fenceTime = 2 * time.Second

// fence asks the question of the proof behind all that was sent. What arrives later than its answer cannot belong to earlier prints.
func (p *Printer) fence(ctx context.Context) (bool, error) {
	var err error
	if p.proof == devices.ByStatus {
		_, err = p.question(ctx, isPaper, 0, []byte{0x1D, 0x72, 1}, fenceTime)
	} else {
		id := p.nextID()
		var r reply
		if r, err = p.question(ctx, isID, 0, idQuery(id), fenceTime); err == nil && string(r.data[2:len(r.data)-1]) != id {
			return p.fence(ctx) // the answer to an earlier print
		}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) && p.Lost() == nil && ctx.Err() == nil {
		return false, nil
	}
	return err == nil, err
}

// mute takes a printer that may answer nothing on this cable for one that does not, after two looks that nobody answered. Otherwise a printer that
// prints well would be called silent, and never get a ticket.
func (p *Printer) mute(code string) bool {
	if code != "silent" || p.begun || !p.m.maybeMute {
		p.unsaid = 0
		return false
	}
	if p.unsaid++; p.unsaid < 2 {
		return false
	}
	p.log.Warn("the printer answers nothing on this cable: what it prints is not proved", "device", p.set.ID)
	p.m.status, p.m.asb, p.proof, p.begun = false, false, devices.NoProof, true
	p.mark("silent", false)
	p.mark("weak-proof", true)
	return true
}

// nextID is the next process ID. From now on it is the mark of another print.
func (p *Printer) nextID() string {
	p.serial = p.serial%9999 + 1
	s := strconv.Itoa(10000 + p.serial)[1:]
	p.state.Lock()
	delete(p.owed, s)
	p.state.Unlock()
	return s
}

func idQuery(id string) []byte {
	return append([]byte{0x1D, '(', 'H', 6, 0, 0x30, 0x30}, id...)
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
