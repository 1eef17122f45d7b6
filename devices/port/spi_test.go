package port

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/conntest"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/conn/v3/spi/spitest"
)

// asked is a port that notes how it is connected, and lets a conn take at most 16 bytes.
type asked struct {
	spitest.Playback
	speed  physic.Frequency
	mode   spi.Mode
	bits   int
	closed int
}

func (a *asked) Connect(f physic.Frequency, mode spi.Mode, bits int) (spi.Conn, error) {
	a.speed, a.mode, a.bits = f, mode, bits
	c, err := a.Playback.Connect(f, mode, bits)
	return small{c}, err
}

func (a *asked) Close() error {
	a.closed++
	return a.Playback.Close()
}

type small struct{ spi.Conn }

func (small) MaxTxSize() int { return 16 }

// TestSPI: every Write is a transaction of its own, a Read ends at its deadline or at Close, and nothing goes out in halves.
func TestSPI(t *testing.T) {
	t.Parallel()
	p := &asked{Playback: spitest.Playback{Playback: conntest.Playback{Ops: []conntest.IO{{W: []byte{0x0C, 1}}, {W: []byte{1, 0xFF, 1, 0x81}}}, DontPanic: true}}}
	s, err := newSPI(p, Line{Baud: 2_000_000})
	if err != nil {
		t.Fatal(err)
	}
	if p.speed != 2*physic.MegaHertz || p.mode != spi.Mode0 || p.bits != 8 {
		t.Errorf("connected at %s, %s, %d bits", p.speed, p.mode, p.bits)
	}
	if _, err := s.Write([]byte{0x0C, 1}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Write([]byte{1, 0xFF, 1, 0x81}); n != 4 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := s.Write(make([]byte, 17)); n != 0 || err == nil || !strings.Contains(err.Error(), "bufsiz") {
		t.Errorf("more than one transaction holds: %d, %v", n, err)
	}
	if _, err := s.Write([]byte{9}); !errors.Is(err, ErrHangup) {
		t.Errorf("a transaction that failed: %v", err)
	}
	if err := s.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("at its deadline: %v", err)
	}
	if err := s.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := s.Read(make([]byte, 1))
		ended <- err
	}()
	if err := s.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a deadline set during a Read: %v", err)
	}
	if err := s.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := s.Read(make([]byte, 1))
		ended <- err
	}()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, os.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := s.Write([]byte{1}); !errors.Is(err, os.ErrClosed) || s.Close() == nil || p.closed != 1 {
		t.Errorf("written to after Close: %v, closed %d times", err, p.closed)
	}
}

func TestSPIIsNamed(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"spi:/dev/spidev97.0": "/dev/spidev97.0", "spi:0.0": "spi:/dev/spidev0.0", "spi:/dev/spidev0.0x": "chip-select", "spi:/dev/ttyS0": "chip-select",
	} {
		_, err := Open(t.Context(), name, Line{Baud: 1_000_000})
		if !errors.Is(err, ErrNotThere) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", name, err, want)
		}
	}
}

// TestRecordedSPI: what a driver writes arrives as it was written.
func TestRecordedSPI(t *testing.T) {
	t.Parallel()
	var wire bytes.Buffer
	s, err := newSPI(spitest.NewRecordRaw(&wire), Line{Baud: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := s.Write([]byte{0x0F, 0}); err != nil {
			t.Fatal(err)
		}
	}
	if wire.String() != "\x0f\x00\x0f\x00\x0f\x00" {
		t.Errorf("on the wire: % X", wire.Bytes())
	}
}
