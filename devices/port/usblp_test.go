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
