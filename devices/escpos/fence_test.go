package escpos

import (
	"bytes"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"

	"halld/devices"
	"halld/devices/profile"
)

// epsonBits is Epson's table as a profile has it once it is read.
func epsonBits() []profile.StatusBit {
	bits := slices.Clone(profile.EpsonBits)
	for i := range bits {
		bits[i].Equals = bits[i].Mask
	}
	return bits
}

// answers is a printer that only answers, as the test says: DLE EOT from its table at once, GS r when it comes to it.
type answers struct {
	far   net.Conn
	mu    sync.Mutex
	dle   map[byte]byte
	seen  []byte                // of the ticket
	asked func(n byte)          // a DLE EOT was answered; nil: nobody wants to know
	begun func(a *answers)      // the first bytes of a ticket came
	fence func(a *answers) byte // GS r behind the ticket came: what it answers
}

func (a *answers) set(n, b byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.dle[n] = b
}

func (a *answers) say(b ...byte) { _, _ = a.far.Write(b) }

// run reads what the driver sends until the line ends.
func (a *answers) run() {
	buf := make([]byte, 256)
	begun := false
	for {
		n, err := a.far.Read(buf)
		if err != nil {
			return
		}
		for _, c := range buf[:n] {
			a.seen = append(a.seen, c)
			switch at := len(a.seen); {
			case at > 2 && a.seen[at-3] == 0x10 && a.seen[at-2] == 0x04:
				a.mu.Lock()
				reply := a.dle[c]
				a.mu.Unlock()
				a.say(reply)
				a.seen = a.seen[:at-3]
				if a.asked != nil {
					a.asked(c)
				}
			case bytes.HasSuffix(a.seen, []byte{0x1B, 0x40}) && !begun:
				begun = true
				if a.begun != nil {
					a.begun(a)
				}
			case bytes.HasSuffix(a.seen, []byte{0x1D, 0x72, 0x01}):
				if !begun { // the question at start-up
					a.say(0)
					continue
				}
				a.say(a.fence(a))
			}
		}
	}
}

// An answer to GS r proves a ticket only if the printer was well from its first byte to that answer. A fault that is still there, that came between the last
// byte and the answer, or that came and went, leaves the print unknown, with the fault's name.
func TestAnsweredFenceIsNoProofAfterAFault(t *testing.T) {
	t.Parallel()
	sound := func() map[byte]byte { return map[byte]byte{1: 0x12, 2: 0x12, 3: 0x12, 4: 0x12} }
	ok := func(*answers) byte { return 0 }
	for name, c := range map[string]struct {
		asb   bool
		begun func(*answers)
		fence func(*answers) byte
		want  string // the problem; empty: it is proved
	}{
		"well":                                      {fence: ok},
		"well, paper nearly out":                    {fence: func(*answers) byte { return 0x03 }},
		"cover open from mid-ticket on":             {begun: func(a *answers) { a.set(2, 0x16) }, fence: ok, want: "cover-open"},
		"cutter stuck behind the last byte":         {fence: func(a *answers) byte { a.set(3, 0x1A); return 0 }, want: "cutter"},
		"paper out, said by the answer itself":      {fence: func(*answers) byte { return 0x0C }, want: "paper-out"},
		"told of paper out in mid-ticket":           {asb: true, begun: func(a *answers) { a.say(0x18, 0, 0x0C, 0) }, fence: ok, want: "paper-out"},
		"told of an open cover behind the last":     {asb: true, fence: func(a *answers) byte { a.say(0x38, 0, 0, 0); return 0 }, want: "cover-open"},
		"told of paper out, and loaded again":       {asb: true, begun: func(a *answers) { a.say(0x18, 0, 0x0C, 0); a.say(0x10, 0, 0, 0) }, fence: ok, want: "paper-out"},
		"told of heat, and cooled again":            {asb: true, begun: func(a *answers) { a.say(0x18, 0x40, 0, 0); a.say(0x10, 0, 0, 0) }, fence: ok},
		"off line for a moment, it did not say why": {asb: true, begun: func(a *answers) { a.say(0x18, 0, 0, 0); a.say(0x10, 0, 0, 0) }, fence: ok},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, far := wired(t, profile.Printer{Confirm: "gs-r", Status: true, ASB: c.asb, Bits: epsonBits()}, profile.Line{}, nil)
			a := &answers{far: far, dle: sound(), begun: c.begun, fence: c.fence}
			go a.run()
			proof, err := p.Print(t.Context(), fullSlip(), func() error { return nil })
			if c.want == "" {
				if err != nil || proof != devices.ByStatus {
					t.Fatalf("%q, %v", proof, err)
				}
				return
			}
			var pe *devices.PrintError
			if !errors.As(err, &pe) || pe.Nothing || pe.Problem.Code != c.want || proof != devices.NoProof {
				t.Errorf("%q, %v; want unknown, %s", proof, err, c.want)
			}
		})
	}
}

// The same where nobody is told and the driver has to ask: a fault that it saw while it waited, and that was put right before the answer came.
func TestFaultSeenWhileWaitingIsRemembered(t *testing.T) {
	t.Parallel()
	p, far := wired(t, profile.Printer{Confirm: "gs-r", Status: true, Bits: epsonBits()}, profile.Line{}, nil)
	saw := make(chan bool, 1)
	a := &answers{far: far, dle: map[byte]byte{1: 0x12, 2: 0x12, 3: 0x12, 4: 0x12}, begun: func(a *answers) { a.set(2, 0x32) }}
	a.asked = func(n byte) {
		a.mu.Lock()
		out := n == 4 && a.dle[2] == 0x32
		a.mu.Unlock()
		if out {
			select {
			case saw <- true:
			default:
			}
		}
	}
	a.fence = func(a *answers) byte {
		go func() { // the answers to DLE EOT go on
			<-saw
			a.set(2, 0x12)
			a.say(0)
		}()
		return 0x12 // stray: no answer to anything
	}
	go a.run()
	_, err := p.Print(t.Context(), fullSlip(), func() error { return nil })
	var pe *devices.PrintError
	if !errors.As(err, &pe) || pe.Nothing || pe.Problem.Code != "paper-out" {
		t.Errorf("%v; want unknown, paper-out", err)
	}
}

// A look that finds the printer well proves nothing either, once it was not.
func TestPollIsNoProofAfterAFault(t *testing.T) {
	t.Parallel()
	p, far := wired(t, profile.Printer{Confirm: "poll", Status: true, Speed: 500, Bits: epsonBits()}, profile.Line{}, nil)
	a := &answers{far: far, dle: map[byte]byte{1: 0x12, 2: 0x12, 3: 0x12, 4: 0x12}, begun: func(a *answers) { a.set(2, 0x16) }}
	looks := 0
	a.asked = func(n byte) {
		if n == 4 && a.seen != nil && len(a.seen) > 2 {
			if looks++; looks == 2 {
				a.set(2, 0x12)
			}
		}
	}
	go a.run()
	_, err := p.Print(t.Context(), fullSlip(), func() error { return nil })
	var pe *devices.PrintError
	if !errors.As(err, &pe) || pe.Nothing || pe.Problem.Code != "cover-open" {
		t.Errorf("%v; want unknown, cover-open", err)
	}
}
