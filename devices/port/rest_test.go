package port

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// A connection that is let go is over for the far end, a Read waits for the next one and not in vain, and a printer that is not there has hung up.
func TestConnectionThatRests(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(t.Context(), "tcp:"+l.Addr().String(), Line{PerJob: true})
	if err != nil {
		t.Fatal(err)
	}
	accept := func() net.Conn {
		t.Helper()
		far, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if err := far.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		return far
	}
	came := make(chan string, 4)
	over := make(chan error, 1)
	go func() {
		for buf := make([]byte, 8); ; {
			n, err := c.Read(buf)
			if err != nil {
				over <- err
				return
			}
			came <- string(buf[:n])
		}
	}()
	for _, word := range []string{"one", "two"} {
		if _, err := c.Write([]byte(word)); err != nil {
			t.Fatal(err)
		}
		far := accept()
		if _, err := far.Write([]byte("ok")); err != nil {
			t.Fatal(err)
		}
		if got := <-came; got != "ok" {
			t.Errorf("came %q", got)
		}
		if err := c.(interface{ Rest() error }).Rest(); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(far); string(got) != word || err != nil { // all of it, and a goodbye in good order
			t.Errorf("the far end got %q, %v", got, err)
		}
		_ = far.Close()
	}
	select {
	case err := <-over:
		t.Fatalf("a Read at rest ended: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if err := <-over; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("at the deadline: %v", err)
	}
	_ = l.Close()
	if _, err := c.Write([]byte("three")); !errors.Is(err, ErrHangup) {
		t.Errorf("nobody is there: %v", err)
	}
	if err := c.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := c.Read(make([]byte, 1))
		over <- err
	}()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := <-over; !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if _, err := c.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a Write behind Close: %v", err)
	}
}
