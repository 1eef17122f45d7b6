package pace

import (
	"fmt"
	"io"
	"time"
)

// Line is how a serial line is set: 9600 8N1 is Line{9600, 8, 'N', 1}.
type Line struct {
	Baud     int
	DataBits int
	Parity   byte // 'N', 'E' or 'O'
	StopBits int
}

func (l Line) String() string {
	return fmt.Sprintf("%d %d%c%d", l.Baud, l.DataBits, l.Parity, l.StopBits)
}

// Time is how long n bytes take on the wire, each with a start bit, its data
// bits, a parity bit where there is one, and its stop bits.
func (l Line) Time(n int) time.Duration {
	bits := 1 + l.DataBits + l.StopBits
	if l.Parity != 'N' {
		bits++
	}
	return time.Duration(n) * time.Duration(bits) * time.Second / time.Duration(l.Baud)
}

// batch is the shortest time worth sleeping. Bytes that are due within it are
// written together, as they would come out of a UART's FIFO.
const batch = time.Millisecond

// Pacer writes at wire speed. Byte n of a message is written when the wire would
// have carried it; the times are counted from the start of the message, so that
// sleeping too long for one byte does not delay the last.
type Pacer struct {
	W    io.Writer
	Line Line
}

// Write writes a message and returns when its last byte has been written. Many
// short messages in a row take longer than their bytes, since each starts anew.
func (p *Pacer) Write(b []byte) (int, error) {
	start := time.Now()
	step := max(1, int(batch/p.Line.Time(1)))
	for n := 0; n < len(b); {
		k := min(step, len(b)-n)
		time.Sleep(time.Until(start.Add(p.Line.Time(n + k))))
		w, err := p.W.Write(b[n : n+k])
		n += w
		if err != nil {
			return n, err
		}
	}
	return len(b), nil
}

// PacedReader reads at wire speed: it hands bytes over when the wire would have
// carried them. The writer at the far end is not slowed down; in its own view a
// pty or an emulated UART sends at once.
type PacedReader struct {
	R    io.Reader
	Line Line

	free time.Time // when the wire has carried all that was read
}

// Read reads what is there and returns when the wire would have brought it.
func (p *PacedReader) Read(b []byte) (int, error) {
	n, err := p.R.Read(b)
	if n > 0 {
		if now := time.Now(); p.free.Before(now) {
			p.free = now
		}
		p.free = p.free.Add(p.Line.Time(n))
		time.Sleep(time.Until(p.free))
	}
	return n, err
}
