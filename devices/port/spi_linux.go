package port

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/host/v3/sysfs"
)

// SPI is a chip-select line of an SPI bus, mode 0. One Write is one transaction: chip select falls before its first byte and rises behind its last. Nothing
// is read back: a Read waits for its deadline or for Close.
type SPI struct {
	port spi.PortCloser
	conn spi.Conn
	most int // bytes of one transaction

	mu       sync.Mutex // guards what follows, and one transaction at a time
	closed   bool
	deadline time.Time
	gone     chan struct{} // closed by Close
	moved    chan struct{} // closed when the deadline moves
}

// openSPI opens /dev/spidevBUS.CS at a clock of line.Baud Hz.
func openSPI(device string, line Line) (*SPI, error) {
	var bus, cs int
	if n, err := fmt.Sscanf(device, "/dev/spidev%d.%d", &bus, &cs); n != 2 || err != nil || device != fmt.Sprintf("/dev/spidev%d.%d", bus, cs) {
		return nil, fmt.Errorf("open spi:%s: %w: write spi:/dev/spidev0.0, the bus and its chip-select line", device, ErrNotThere)
	}
	if _, err := os.Stat(device); err != nil { // periph's message does not say why
		return nil, fmt.Errorf("open spi:%s: %w: %w; is SPI switched on in the board's set-up?", device, why(err), err)
	}
	Init()
	p, err := sysfs.NewSPI(bus, cs)
	if err != nil {
		if errors.Is(err, os.ErrPermission) || strings.Contains(err.Error(), os.ErrPermission.Error()) {
			return nil, fmt.Errorf("open spi:%s: %w: %w", device, ErrDenied, err)
		}
		return nil, fmt.Errorf("open spi:%s: %w: %w", device, ErrNotThere, err)
	}
	s, err := newSPI(p, line)
	if err != nil {
		return nil, fmt.Errorf("open spi:%s: %w", device, err)
	}
	return s, nil
}

// newSPI takes a port over; it is closed if it cannot be used.
func newSPI(p spi.PortCloser, line Line) (*SPI, error) {
	c, err := p.Connect(physic.Frequency(line.Baud)*physic.Hertz, spi.Mode0, 8)
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	s := &SPI{port: p, conn: c, gone: make(chan struct{}), moved: make(chan struct{})}
	if l, ok := c.(conn.Limits); ok {
		s.most = l.MaxTxSize()
	}
	return s, nil
}

// Write sends b in one transaction. More than the kernel takes at once (spidev.bufsiz, 4096 bytes by default) is refused, not cut: the chips would latch
// half of it.
func (s *SPI) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return 0, os.ErrClosed
	case len(b) == 0:
		return 0, nil
	case s.most > 0 && len(b) > s.most:
		return 0, fmt.Errorf("%d bytes in one SPI transaction; the kernel takes %d (spidev.bufsiz)", len(b), s.most)
	}
	if err := s.conn.Tx(b, nil); err != nil {
		return 0, errors.Join(ErrHangup, err)
	}
	return len(b), nil
}

// Read brings nothing.
func (s *SPI) Read([]byte) (int, error) {
	for {
		s.mu.Lock()
		at, moved, closed := s.deadline, s.moved, s.closed
		s.mu.Unlock()
		if closed {
			return 0, os.ErrClosed
		}
		var end <-chan time.Time
		if !at.IsZero() {
			wait := time.Until(at)
			if wait <= 0 {
				return 0, os.ErrDeadlineExceeded
			}
			t := time.NewTimer(wait)
			defer t.Stop()
			end = t.C
		}
		select {
		case <-s.gone:
			return 0, os.ErrClosed
		case <-end:
			return 0, os.ErrDeadlineExceeded
		case <-moved:
		}
	}
}

// SetReadDeadline ends a Read at a moment; zero: never.
func (s *SPI) SetReadDeadline(at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return os.ErrClosed
	}
	s.deadline = at
	close(s.moved)
	s.moved = make(chan struct{})
	return nil
}

// Close ends a Read and gives the port back.
func (s *SPI) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return os.ErrClosed
	}
	s.closed = true
	close(s.gone)
	return s.port.Close()
}
