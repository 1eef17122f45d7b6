package port_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"halld/devices/port"
)

// Two devices that are set up at one cable under two names do not both get it, whoever runs the hall: the exclusive mode of a tty holds everybody back but root.
func TestOneCableUnderTwoNames(t *testing.T) {
	t.Parallel()
	pty, c := pair(t)
	link := filepath.Join(t.TempDir(), "usb-Some_Adapter-if00-port0")
	if err := os.Symlink(pty.Name(), link); err != nil {
		t.Fatal(err)
	}
	other, err := port.Open(t.Context(), link, port.Line{Baud: 9600})
	if err == nil {
		_ = other.Close()
	}
	if !errors.Is(err, port.ErrBusy) {
		t.Errorf("the cable was given a second time: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	other, err = port.Open(t.Context(), link, port.Line{Baud: 9600})
	if err != nil {
		t.Fatalf("the cable is not given back: %v", err)
	}
	_ = other.Close()
}

// A program that is just being started holds a copy of every descriptor until it runs: a port that was closed meanwhile can be opened again all the same.
func TestACopyOfAClosedPortDoesNotHoldIt(t *testing.T) {
	t.Parallel()
	pty, c := pair(t)
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	copies := 0
	for _, f := range files {
		if to, err := os.Readlink("/proc/self/fd/" + f.Name()); err != nil || to != pty.Name() {
			continue
		}
		fd, err := strconv.Atoi(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		twin, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(twin)
		copies++
	}
	if copies == 0 {
		t.Fatal("the port has no descriptor")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := port.Open(t.Context(), pty.Name(), port.Line{Baud: 9600})
	if err != nil {
		t.Fatalf("the copy holds the port: %v", err)
	}
	_ = again.Close()
}

// The stable name of a port is given to another adapter in the very moment of opening: all of the port is the one adapter or the other, never half and half.
func TestANameThatMovesWhileItIsOpened(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "usb-Some_Adapter-if00-port0")
	ends := make([]*port.PTY, 2)
	for i := range ends {
		pty, err := port.OpenPTY()
		if err != nil {
			t.Fatal(err)
		}
		defer pty.Close()
		ends[i] = pty
	}
	point := func(i int) {
		next := link + ".next"
		if err := errors.Join(os.Symlink(ends[i].Name(), next), os.Rename(next, link)); err != nil {
			t.Error(err)
		}
	}
	point(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				point(i % 2)
			}
		}
	}()
	defer func() { close(stop); <-stopped }()
	heard := make(chan int, 2)
	for i, end := range ends {
		go func() {
			buf := make([]byte, 64)
			for {
				n, err := end.Read(buf)
				if err != nil {
					return
				}
				if n > 0 {
					heard <- i
					_, _ = end.Write([]byte{'a' + byte(i)})
				}
			}
		}()
	}
	for range 300 {
		c, err := port.Open(t.Context(), link, port.Line{Baud: 9600})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte{'?'}); err != nil {
			t.Fatal(err)
		}
		want := byte('a' + <-heard)
		got := make([]byte, 1)
		if _, err := c.Read(got); err != nil || got[0] != want {
			t.Fatalf("%c was asked, %c answered, %v", want, got[0], err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
