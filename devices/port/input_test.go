package port_test

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"halld/devices/port"
)

// typed makes the events of keys as the kernel of a 64-bit machine hands them out: each key down, a mark, up, a mark.
func typed(codes ...uint16) []byte {
	var out []byte
	event := func(kind, code uint16, value uint32) {
		out = append(out, make([]byte, 16)...)
		out = binary.NativeEndian.AppendUint16(out, kind)
		out = binary.NativeEndian.AppendUint16(out, code)
		out = binary.NativeEndian.AppendUint32(out, value)
	}
	for _, c := range codes {
		up := c >= 0x1000
		c &= 0xFFF
		if !up {
			event(4, 4, uint32(c)) // the scan code comes first
			event(1, c, 1)
			event(0, 0, 0)
		}
		if up || c != 42 {
			event(1, c, 0)
			event(0, 0, 0)
		}
	}
	return out
}

func TestAReaderThatTypes(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "event-kbd")
	if err := unix.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	far, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	c, err := port.Open(context.Background(), "input:"+name, port.Line{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const shift, release = 42, 0x1000 | 42
	// https://h/t/A-7 and Enter, cut into pieces of 7 bytes
	keys := typed(35, 20, 20, 25, 31, shift, 39, release, 53, 53, 35, 53, 20, 53, shift, 30, release, 12, 8, 28)
	go func() {
		for len(keys) > 0 {
			n := min(7, len(keys))
			_, _ = far.Write(keys[:n])
			keys = keys[n:]
		}
	}()
	var got []byte
	buf := make([]byte, 3)
	for len(got) < 16 {
		if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := c.Read(buf)
		if err != nil {
			t.Fatalf("after %q: %v", got, err)
		}
		got = append(got, buf[:n]...)
	}
	if want := "https://h/t/A-7\r"; string(got) != want {
		t.Errorf("typed %q, read %q", want, got)
	}
	if err := c.SetReadDeadline(time.Now().Add(30 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("nothing was typed: %v", err)
	}
	if _, err := c.Write([]byte("x")); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("write: %v", err)
	}
}
