package sim

import (
	"bytes"
	"image"
	"slices"
	"sync"
	"time"

	"halld/devices/profile"
)

// Receipt is one piece of paper that came out, up to its cut.
type Receipt struct {
	Text  string // the printed lines
	Raw   []byte // the bytes that made it
	Image *image.Gray
	At    time.Time
}

// Printer is a simulated ESC/POS ticket printer with Chinese fonts. It answers as its profile says and no better: what the model does not know it does
// not answer. What it has received and not printed it keeps while paper is out or the cover open, and prints when it can, as real ones do.
type Printer struct {
	*cable
	m      profile.Printer
	flow   string
	wake   chan struct{}
	quit   chan struct{}
	live   sync.WaitGroup
	recent []byte // the last bytes, in which real-time commands are found; of the receiving side

	state    sync.Mutex
	come     *sync.Cond
	input    []byte // received and not yet worked on
	most     int    // what the buffer holds
	xoff     bool
	xoffs    int // how often it was said
	lost     int // bytes for which there was no room
	cleared  int // how often the buffer was given up
	closed   bool
	feeding  bool
	asb      byte // which changes are told; 0: none
	lastASB  []byte
	atBezel  time.Time // when the ticket in the mouth will be taken; zero: none
	tookBack bool      // the ticket that nobody took is inside again
	backs    int       // tickets that were taken back
	beeps    int
	steps    byte // that a ticket was held out last
	ran      int  // rows of paper that ran past the head
	receipts []Receipt
	unknown  [][]byte

	engine // of the printing side
}

// takenAfter is how long a presented ticket hangs in the mouth, unless the fault ticket-not-taken holds it there.
const takenAfter = 300 * time.Millisecond

func newPrinter(p *profile.Profile, o Options) *Printer {
	pr := &Printer{cable: newCable(p, o), m: *p.Printer, flow: p.Line.Flow, wake: make(chan struct{}, 1), quit: make(chan struct{}), most: 1 << 16}
	if pr.flow == "xonxoff" {
		pr.most = 4096
	}
	pr.come = sync.NewCond(&pr.state)
	pr.engine.init(pr)
	pr.receive, pr.waits = pr.got, p.Printer.TCP.PerJob
	pr.out = func() {
		pr.state.Lock()
		defer pr.state.Unlock()
		pr.come.Broadcast()
	}
	pr.live.Go(pr.work)
	return pr
}

// Receipts lists what came out, oldest first.
func (p *Printer) Receipts() []Receipt {
	p.state.Lock()
	defer p.state.Unlock()
	return slices.Clone(p.receipts)
}

// Unknown lists commands that it did not understand.
func (p *Printer) Unknown() [][]byte {
	p.state.Lock()
	defer p.state.Unlock()
	return slices.Clone(p.unknown)
}

// Printed says how many rows of paper ran past the head since it was switched on.
func (p *Printer) Printed() int {
	p.state.Lock()
	defer p.state.Unlock()
	return p.ran
}

// Overrun says how many bytes found no room in the buffer.
func (p *Printer) Overrun() int {
	p.state.Lock()
	defer p.state.Unlock()
	return p.lost
}

// TakenBack says how many tickets the presenter took back.
func (p *Printer) TakenBack() int {
	p.state.Lock()
	defer p.state.Unlock()
	return p.backs
}

// Beeps says how often it was told to beep.
func (p *Printer) Beeps() int {
	p.state.Lock()
	defer p.state.Unlock()
	return p.beeps
}

// HeldOut says by how many steps the presenter held the last ticket out; 0: it did not.
func (p *Printer) HeldOut() byte {
	p.state.Lock()
	defer p.state.Unlock()
	return p.steps
}

// Holds says how many bytes wait in the buffer.
func (p *Printer) Holds() int {
	p.state.Lock()
	defer p.state.Unlock()
	return len(p.input)
}

// SetFault switches a fault on or off; a printer that stood still goes on.
func (p *Printer) SetFault(name string, on bool) error {
	err := p.cable.SetFault(name, on)
	if name == "ticket-not-taken" {
		p.state.Lock()
		p.tookBack = false
		p.state.Unlock()
	}
	p.poke()
	p.tellChange()
	return err
}

func (p *Printer) poke() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Close switches the printer off.
func (p *Printer) Close() error {
	err := p.cable.Close()
	p.state.Lock()
	p.closed = true
	p.come.Broadcast()
	p.state.Unlock()
	close(p.quit)
	p.live.Wait()
	return err
}

// clearBuffer is DLE DC4 8 with the bytes that guard it.
var clearBuffer = []byte{0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08}

// got obeys real-time commands at once, wherever they stand, even while printing, inside a picture or out of paper, and puts everything into the buffer.
func (p *Printer) got(b []byte) {
	for _, c := range b {
		p.recent = append(p.recent, c)
		if len(p.recent) > 32 {
			p.recent = slices.Clone(p.recent[16:])
		}
		p.store(c)
		n := len(p.recent)
		switch {
		case n > 2 && p.recent[n-3] == 0x10 && p.recent[n-2] == 0x04 && p.m.Status && !p.m.InOrder:
			p.realTime(c)
		case bytes.HasSuffix(p.recent, clearBuffer):
			p.giveUp()
		}
	}
}

// store keeps a byte until it is worked on. A full buffer is told with XOFF, or holds up the line where the line can be held up; else the byte is lost. A
// line that heeds XOFF brings nothing until XON: what the kernel holds of it meanwhile has not left the host, whose real line would have stopped.
func (p *Printer) store(c byte) {
	p.state.Lock()
	defer p.state.Unlock()
	for !p.closed && p.plugged() && (p.flow == "rtscts" && len(p.input) >= p.most || p.xoff && p.heeded()) {
		p.come.Wait()
	}
	if len(p.input) >= p.most {
		p.lost++
		return
	}
	p.input = append(p.input, c)
	p.come.Broadcast()
	if p.flow == "xonxoff" && !p.xoff && len(p.input) > p.most*3/4 {
		p.xoff = true
		p.xoffs++
		p.send([]byte{0x13})
	}
}

func (p *Printer) plugged() bool {
	p.cable.mu.Lock()
	defer p.cable.mu.Unlock()
	return p.cable.pty != nil
}

// heeded says whether the host's line stops at XOFF.
func (p *Printer) heeded() bool {
	p.cable.mu.Lock()
	defer p.cable.mu.Unlock()
	line, ok := p.cable.pty.(interface{ HeedsXOFF() bool })
	return ok && line.HeedsXOFF()
}

// XOFFs says how often it told the host to stop.
func (p *Printer) XOFFs() int {
	p.state.Lock()
	defer p.state.Unlock()
	return p.xoffs
}

// giveUp throws away what is not printed, paper included that is not cut.
func (p *Printer) giveUp() {
	p.state.Lock()
	p.input = nil
	p.cleared++
	if p.xoff {
		p.xoff = false
		p.send([]byte{0x11})
	}
	p.come.Broadcast()
	p.state.Unlock()
	p.poke()
	p.send([]byte{0x37, 0x25, 0x00})
}

// ended is thrown by next when the work at hand is over: the printer was switched off, or its buffer cleared.
type ended struct{}

// next hands the engine its next byte.
func (p *Printer) next() byte {
	p.state.Lock()
	defer p.state.Unlock()
	for len(p.input) == 0 && !p.closed && p.cleared == p.clearsSeen {
		p.come.Wait()
	}
	if p.closed || p.cleared != p.clearsSeen {
		panic(ended{})
	}
	c := p.input[0]
	p.input = p.input[1:]
	p.come.Broadcast()
	if p.xoff && len(p.input) < p.most/4 {
		p.xoff = false
		p.send([]byte{0x11})
	}
	p.raw = append(p.raw, c)
	return c
}

func (p *Printer) take(n int) []byte {
	out := make([]byte, 0, min(n, 1<<20))
	for range n {
		out = append(out, p.next())
	}
	return out
}

// ready waits while the printer cannot print: paper out, cover open, cutter jammed.
func (p *Printer) ready() {
	for p.stopped() {
		select {
		case <-p.wake:
		case <-p.quit:
		}
		p.state.Lock()
		over := p.closed || p.cleared != p.clearsSeen
		p.state.Unlock()
		if over {
			panic(ended{})
		}
	}
}

// print lets paper run for so many rows.
func (p *Printer) print(rows int) {
	p.state.Lock()
	p.feeding = true
	p.ran += rows
	p.state.Unlock()
	speed := p.m.Speed
	if speed == 0 {
		speed = 200
	}
	time.Sleep(time.Duration(rows) * time.Second / time.Duration(speed*8)) // 8 dots per mm
	p.state.Lock()
	p.feeding = false
	p.state.Unlock()
}

func (p *Printer) note(cmd ...byte) {
	p.state.Lock()
	defer p.state.Unlock()
	if len(p.unknown) < 1000 {
		p.unknown = append(p.unknown, cmd)
	}
}
