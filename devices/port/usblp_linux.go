package port

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// ErrNoPaper is a printer that takes nothing more because its paper is out (usblp, LPGETSTATUS).
var ErrNoPaper = errors.New("the printer is out of paper")

// lpGetStatus asks a printer for its status byte (linux/lp.h); the bits are those of a parallel port.
const (
	lpGetStatus = 0x060B
	lpNoPaper   = 0x20
)

// printerChunk is what one write takes. A larger one that is broken off loses a part that nobody can name.
const printerChunk = 4096

// usbPrinter is a printer behind usblp. The kernel's own write blocks for ever when paper is out; this one is opened without blocking, writes in chunks,
// and asks for the status when nothing goes on.
type usbPrinter struct {
	file *os.File
	mu   sync.Mutex // one ticket at a time
}

func openUSBPrinter(name string) (*usbPrinter, error) {
	file, err := os.OpenFile(name, os.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w: %w", name, why(err), err)
	}
	return &usbPrinter{file: file}, nil
}

// saysNothing is the pause after an empty answer.
const saysNothing = 50 * time.Millisecond

// Read returns what the printer says: most answer status requests over USB too. Some answer with empty packets, which read as an end of file; a pulled
// cable is ENODEV.
func (p *usbPrinter) Read(b []byte) (int, error) {
	for {
		n, err := p.file.Read(b)
		switch {
		case n > 0 || len(b) == 0:
			return n, nil
		case !errors.Is(err, io.EOF):
			return 0, fileError(err)
		}
		time.Sleep(saysNothing) // the deadline and Close are seen at the next turn
	}
}

// Write sends a ticket. It goes on for as long as the printer takes something; after five seconds of nothing it says why, if the printer tells.
func (p *usbPrinter) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	done := 0
	for done < len(b) {
		if err := p.file.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
			return done, fileError(err)
		}
		n, err := p.file.Write(b[done:min(len(b), done+printerChunk)])
		done += n
		switch {
		case err == nil, n > 0 && errors.Is(err, os.ErrDeadlineExceeded):
		case errors.Is(err, unix.ENOSPC):
			return done, fmt.Errorf("%w: %w", ErrNoPaper, err)
		case errors.Is(err, os.ErrDeadlineExceeded) && p.noPaper():
			return done, fmt.Errorf("%w: %w", ErrNoPaper, err)
		default:
			return done, fileError(err)
		}
	}
	return done, nil
}

func (p *usbPrinter) noPaper() bool {
	raw, err := p.file.SyscallConn()
	if err != nil {
		return false
	}
	status := 0
	err = raw.Control(func(fd uintptr) {
		if v, e := unix.IoctlGetInt(int(fd), lpGetStatus); e == nil {
			status = v
		}
	})
	return err == nil && status&lpNoPaper != 0
}

// SetReadDeadline ends a Read under way at a moment; zero: never.
func (p *usbPrinter) SetReadDeadline(t time.Time) error { return p.file.SetReadDeadline(t) }

// Close gives the printer back and ends a Read or Write under way.
func (p *usbPrinter) Close() error { return p.file.Close() }

// fileError tells a device that is gone from a deadline and from a port that was closed here.
func fileError(err error) error {
	switch {
	case err == nil, errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, os.ErrClosed):
		return err
	default: // ENODEV and EIO of a pulled cable
		return fmt.Errorf("%w: %w", ErrHangup, err)
	}
}
