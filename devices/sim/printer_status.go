package sim

import (
	"bytes"
	"time"
)

// stopped says that a fault is on with which the model does not print.
func (p *Printer) stopped() bool {
	if p.has("offline") {
		return true
	}
	for _, b := range p.m.Bits {
		if b.Stops && p.has(b.Means) {
			return true
		}
	}
	return false
}

// is says whether a problem of the model's table is there.
func (p *Printer) is(means string) bool {
	if means == "ticket-not-taken" {
		return p.hangs()
	}
	return p.has(means) || means == "paper-low" && p.has("paper-out")
}

// hangs says whether a ticket hangs in the mouth: it was handed out a moment ago, or nobody takes it.
func (p *Printer) hangs() bool {
	forgotten := p.has("ticket-not-taken")
	p.state.Lock()
	defer p.state.Unlock()
	return forgotten && !p.tookBack || time.Now().Before(p.atBezel)
}

// realTime answers DLE EOT n with the bits of the model (fixed bits 1 and 4: Epson ESC/POS reference).
func (p *Printer) realTime(n byte) {
	p.state.Lock()
	feeding := p.feeding
	p.state.Unlock()
	if p.m.Silent && feeding {
		return
	}
	if n == 20 && p.m.Full {
		s := []byte{0x10, 0x0F, 0, 0, 0, 0}
		for _, b := range p.m.Bits {
			if b.Query == 20 && b.Byte > 2 && p.is(b.Means) {
				s[b.Byte-1] |= byte(b.Equals)
			}
		}
		p.send(s)
		return
	}
	s := byte(0x12)
	if p.m.Loose {
		s = 0
	}
	for _, f := range p.m.Strict {
		if f.Query == int(n) {
			s = byte(f.Equals)
		}
	}
	if n == 1 && p.stopped() {
		s |= 0x08 // off line
	}
	for _, b := range p.m.Bits {
		if b.Query == int(n) && p.is(b.Means) {
			s |= byte(b.Equals)
		}
		if n == 2 && b.Query == 3 && b.Stops && p.is(b.Means) {
			s |= 0x40 // an error, of which DLE EOT 3 tells more
		}
	}
	p.send([]byte{s})
}

// automatic is the four bytes of GS a (Epson): how it is.
func (p *Printer) automatic() []byte {
	s := []byte{0x10, 0, 0, 0}
	if p.stopped() {
		s[0] |= 0x08
	}
	for _, f := range []struct {
		fault    string
		at, mask byte
	}{{"cover-open", 0, 0x20}, {"cutter", 1, 0x08}, {"printer-error", 1, 0x20}, {"overheated", 1, 0x40}, {"paper-low", 2, 0x03}, {"paper-out", 2, 0x0C}} {
		if p.has(f.fault) {
			s[f.at] |= f.mask
		}
	}
	return s
}

// tellChange tells what changed, to a host that asked for it.
func (p *Printer) tellChange() {
	now := p.automatic()
	p.state.Lock()
	on := p.asb != 0 && !bytes.Equal(now, p.lastASB)
	p.lastASB = now
	p.state.Unlock()
	if on {
		p.send(now)
	}
}

// setASB obeys GS a: the state now, and every change from now on.
func (p *Printer) setASB(n byte) {
	if !p.m.ASB {
		return
	}
	now := p.automatic()
	p.state.Lock()
	p.asb, p.lastASB = n, now
	p.state.Unlock()
	if n != 0 {
		p.send(now)
	}
}

// paperStatus answers GS r. A printer that is off line does not come to it.
func (p *Printer) paperStatus(n byte) {
	p.ready()
	if !p.m.Status || p.has("weak-proof") {
		return
	}
	var s byte
	if n == 1 || n == 49 {
		if p.has("paper-low") {
			s = 0x03
		}
	}
	p.send([]byte{s})
}

// processID answers GS ( H 48, where the model knows it.
func (p *Printer) processID(id []byte) {
	p.ready()
	if p.m.Confirm == "process-id" && !p.has("weak-proof") {
		p.send(append(append([]byte{0x37, 0x22}, id...), 0))
	}
}

// identity answers GS I.
func (p *Printer) identity(n byte) {
	if !p.m.Status {
		return
	}
	if names := map[byte]string{0x41: "1.00", 0x42: "halld", 0x43: "simulated printer", 0x44: "0001", 0x45: "CHINA GB18030"}; names[n] != "" {
		p.send(append(append([]byte{0x5F}, names[n]...), 0))
	} else {
		p.send([]byte{0x02}) // it has a cutter
	}
}
