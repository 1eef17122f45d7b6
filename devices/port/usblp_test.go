package port

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// stalled is a printer that takes what a pipe holds and then nothing, and its far end.
func stalled(t *testing.T) (*usbPrinter, *os.File) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "lp0")
	if err := unix.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := openUSBPrinter(name)
	if err != nil {
		t.Fatal(err)
	}
	far, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = far.Close() })
	return p, far
}

// A ticket larger than the printer's buffer goes out whole as the printer takes it, and one that is not taken can be given up at once.
func TestPrinterThatTakesItsTime(t *testing.T) {
	t.Parallel()
	p, far := stalled(t)
	ticket := bytes.Repeat([]byte("ticket\n"), 40000)
	sent := make(chan error, 1)
	go func() {
		n, err := p.Write(ticket)
		if n != len(ticket) && err == nil {
			err = io.ErrShortWrite
		}
		sent <- err
	}()
	got := make([]byte, len(ticket))
	for at := 0; at < len(got); {
		n, err := far.Read(got[at:min(len(got), at+3000)])
		if err != nil {
			t.Fatal(err)
		}
		at += n
	}
	if err := <-sent; err != nil || !bytes.Equal(got, ticket) {
		t.Fatalf("the ticket did not arrive as it was: %v", err)
	}
	go func() {
		_, err := p.Write(ticket)
		sent <- err
	}()
	time.Sleep(100 * time.Millisecond) // it is stuck now; the test holds without it too
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-sent:
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("a write given up: %v", err)
		}
	case <-time.After(3 * time.Second):
		t.Fatal("Close does not end a stuck write")
	}
}

// An empty answer is no hang-up: the printer is read again, until the deadline or Close.
func TestPrinterThatSaysNothing(t *testing.T) {
	t.Parallel()
	p, far := stalled(t)
	read := func(within time.Duration) (int, error) {
		if err := p.SetReadDeadline(time.Now().Add(within)); err != nil {
			t.Fatal(err)
		}
		return p.Read(make([]byte, 8))
	}
	_ = far.Close()
	only, err := os.OpenFile(p.file.Name(), os.O_RDONLY|unix.O_NONBLOCK, 0) // with p's own writing end closed a read of the pipe is empty
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p = &usbPrinter{file: only}
	defer p.Close()
	if _, err := p.file.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Fatalf("the test does not make an empty answer: %v", err)
	}
	if _, err := read(200 * time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("empty answers until the deadline: %v", err)
	}
	again, err := os.OpenFile(p.file.Name(), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := again.Write([]byte{0x12}); err != nil {
		t.Fatal(err)
	}
	if n, err := read(5 * time.Second); n != 1 || err != nil {
		t.Errorf("the answer after empty ones: %d, %v", n, err)
	}
}

// A printer that takes nothing says why, where its status tells; one that takes everything is not asked, and a status that nobody fills in is no fault.
func TestPrinterSaysWhyItTakesNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status          int
		broken          error // of the question itself
		stalled, atRest error
	}{
		{status: 0x18}, {status: 0x38, stalled: ErrNoPaper, atRest: ErrNoPaper}, {status: 0x20, stalled: ErrNoPaper, atRest: ErrNoPaper},
		{status: 0x08, stalled: ErrOffLine, atRest: ErrOffLine}, {status: 0x10, stalled: ErrFault, atRest: ErrFault}, {status: 0, stalled: ErrOffLine},
		{status: 0x38, broken: unix.EIO},
	} {
		p, _ := stalled(t)
		p.status = func() (int, error) { return c.status, c.broken }
		if err := p.Trouble(); !errors.Is(err, c.atRest) || (err == nil) != (c.atRest == nil) {
			t.Errorf("status %02X at rest: %v, want %v", c.status, err, c.atRest)
		}
		if c.status == 0x18 || c.status == 0x20 || c.broken != nil {
			continue // each of the others waits five seconds below
		}
		t.Run("", func(t *testing.T) {
			t.Parallel()
			n, err := p.Write(bytes.Repeat([]byte("ticket\n"), 40000))
			if n == 0 || n == 280000 || !errors.Is(err, os.ErrDeadlineExceeded) || !errors.Is(err, c.stalled) {
				t.Errorf("status %02X: %d bytes, %v; want %v", c.status, n, err, c.stalled)
			}
			var known interface{ ProblemCode() string }
			var want *PrinterFault
			if !errors.As(err, &known) || !errors.As(c.stalled, &want) || known.ProblemCode() != want.code {
				t.Errorf("status %02X: the error does not say which problem it is: %v", c.status, err)
			}
		})
	}
}
