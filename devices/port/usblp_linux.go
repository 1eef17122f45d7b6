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

// What a USB printer says of itself through the kernel (usblp, LPGETSTATUS). Each knows the code of the problem that it is, so that drivers can name it.
var (
	ErrNoPaper = &PrinterFault{"paper-out", "the printer is out of paper"}
	ErrOffLine = &PrinterFault{"offline", "the printer is off line"}
	ErrFault   = &PrinterFault{"printer-error", "the printer reports a fault"}
)

// PrinterFault is one of them.
type PrinterFault struct{ code, text string }

// Error says it in words.
func (f *PrinterFault) Error() string { return f.text }

// ProblemCode is the code of the problem that it is.
func (f *PrinterFault) ProblemCode() string { return f.code }

// lpGetStatus asks a printer for its status byte (linux/lp.h); the bits are those of a parallel port (USB printer class 1.1, GET_PORT_STATUS).
const (
	lpGetStatus = 0x060B
	lpNoPaper   = 0x20
	lpSelected  = 0x10
	lpNoError   = 0x08
)

// printerChunk is what one write takes. A larger one that is broken off loses a part that nobody can name.
const printerChunk = 4096

// usbPrinter is a printer behind usblp. The kernel's own write blocks for ever when paper is out; this one is opened without blocking, writes in chunks,
// and asks for the status when nothing goes on.
type usbPrinter struct {
	file   *os.File
	mu     sync.Mutex          // one ticket at a time
	status func() (int, error) // LPGETSTATUS
}

func openUSBPrinter(name string) (*usbPrinter, error) {
	file, err := os.OpenFile(name, os.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w: %w", name, why(err), err)
	}
	p := &usbPrinter{file: file}
	p.status = p.askKernel
	return p, nil
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
		case errors.Is(err, os.ErrDeadlineExceeded):
			if f := p.fault(true); f != nil {
				return done, fmt.Errorf("%w: %w", f, err)
			}
			return done, err
		default:
			return done, fileError(err)
		}
	}
	return done, nil
}

// Trouble is what the printer says of itself without being sent anything: one of the faults above, or nil where nothing is wrong or nothing is told.
func (p *usbPrinter) Trouble() error {
	if f := p.fault(false); f != nil {
		return f
	}
	return nil
}

// fault reads the status. Paper comes first, since a printer without it is off line, too. Neither selected nor well (0) is also what printers answer that
// never fill it in: it counts only where bytes are not taken.
func (p *usbPrinter) fault(stalled bool) *PrinterFault {
	status, err := p.status()
	switch {
	case err != nil:
		return nil
	case status&lpNoPaper != 0:
		return ErrNoPaper
	case status&(lpSelected|lpNoError) == 0 && !stalled:
		return nil
	case status&lpSelected == 0:
		return ErrOffLine
	case status&lpNoError == 0:
		return ErrFault
	}
	return nil
}

func (p *usbPrinter) askKernel() (int, error) {
	raw, err := p.file.SyscallConn()
	if err != nil {
		return 0, err
	}
	status := 0
	var told error
	err = raw.Control(func(fd uintptr) { status, told = unix.IoctlGetInt(int(fd), lpGetStatus) })
	return status, errors.Join(err, told)
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
