package port_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"halld/cmd/testmain"
	"halld/devices/port"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(testmain.SideBySide(m, 16)) }

func pair(t *testing.T) (*port.PTY, port.Conn) {
	t.Helper()
	pty, err := port.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pty.Close() })
	c, err := port.Open(context.Background(), pty.Name(), port.Line{Baud: 9600, Format: "8N1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return pty, c
}

// within fails if do takes longer than the bound.
func within(t *testing.T, bound time.Duration, what string, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { do(); close(done) }()
	select {
	case <-done:
	case <-time.After(bound):
		t.Fatalf("%s takes longer than %v", what, bound)
	}
}

func TestEveryByteArrives(t *testing.T) {
	t.Parallel()
	pty, c := pair(t)
	sent := make([]byte, 20000)
	for i := range sent {
		sent[i] = byte(rand.IntN(256))
	}
	for _, way := range []struct {
		from io.Writer
		to   io.Reader
	}{{pty, c}, {c, pty}} {
		go func() { _, _ = way.from.Write(sent) }()
		got := make([]byte, len(sent))
		within(t, 5*time.Second, "the transfer", func() {
			if _, err := io.ReadFull(way.to, got); err != nil {
				t.Error(err)
			}
		})
		if !bytes.Equal(got, sent) {
			t.Fatal("bytes were changed on the way")
		}
	}
}

func TestDeadlineIsKept(t *testing.T) {
	t.Parallel()
	_, c := pair(t)
	start := time.Now()
	if err := c.SetReadDeadline(start.Add(60 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	_, err := c.Read(make([]byte, 1))
	if took := time.Since(start); !errors.Is(err, os.ErrDeadlineExceeded) || took < 55*time.Millisecond || took > 2*time.Second {
		t.Fatalf("%v after %v", err, took)
	}
}

func TestHangupIsSeenWhileReading(t *testing.T) {
	t.Parallel()
	pty, c := pair(t)
	got := make(chan error, 1)
	go func() {
		_, err := c.Read(make([]byte, 1))
		got <- err
	}()
	if err := pty.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-got:
		if !errors.Is(err, port.ErrHangup) {
			t.Fatalf("got %v", err)
		}
	case <-time.After(2 * time.Second):
		t.Fatal("a hang-up goes unnoticed")
	}
	if _, err := c.Write([]byte("x")); !errors.Is(err, port.ErrHangup) {
		t.Fatalf("write after a hang-up: %v", err)
	}
}

func TestCloseEndsReadAndStalledWrite(t *testing.T) {
	t.Parallel()
	_, c := pair(t)
	ends := make(chan error, 2)
	go func() { _, err := c.Read(make([]byte, 1)); ends <- err }()
	go func() { _, err := c.Write(make([]byte, 1<<20)); ends <- err }() // nobody reads: the line stalls
	time.Sleep(50 * time.Millisecond)                                   // lets both get stuck; the test holds without it too
	within(t, time.Second, "Close", func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	for range 2 {
		within(t, time.Second, "what was under way", func() {
			if err := <-ends; !errors.Is(err, os.ErrClosed) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestWhatCannotBeOpened(t *testing.T) {
	t.Parallel()
	if _, err := port.Open(context.Background(), "/dev/no-such-tty", port.Line{Baud: 9600}); !errors.Is(err, port.ErrNotThere) {
		t.Fatalf("got %v", err)
	}
}
