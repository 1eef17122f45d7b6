package port_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"halld/devices/port"
)

// freePort finds a TCP port of the loopback that nobody uses.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// deviceServer is Debian's ser2net in front of a pseudo terminal: the far end of its serial line, and its address.
func deviceServer(t *testing.T) (*port.PTY, string) {
	t.Helper()
	program, err := exec.LookPath("ser2net")
	if err != nil {
		t.Skip("ser2net is not installed: apt-get install ser2net")
	}
	pty, err := port.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pty.Close() })
	address := freePort(t)
	host, number, _ := net.SplitHostPort(address)
	config := filepath.Join(t.TempDir(), "ser2net.yaml")
	text := fmt.Sprintf("connection: &hall\n  accepter: telnet(rfc2217),tcp,%s,%s\n  connector: serialdev,%s,9600n81,local\n", host, number, pty.Name())
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command(program, "-n", "-d", "-c", config)
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
			time.Sleep(300 * time.Millisecond) // its only connection is free again
			return pty, address
		}
		if time.Now().After(end) {
			t.Fatalf("ser2net does not listen: %s", said.String())
		}
	}
}

func TestThroughADeviceServer(t *testing.T) {
	t.Parallel()
	pty, address := deviceServer(t)
	c, err := port.Open(t.Context(), "rfc2217:"+address, port.Line{Baud: 19200, Format: "8N1"})
	if err != nil {
		t.Fatal(err)
	}
	slave, err := unix.Open(pty.Name(), unix.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(slave)
	if tio, err := unix.IoctlGetTermios(slave, unix.TCGETS2); err != nil || tio.Ospeed != 19200 {
		t.Errorf("the server's line has %d baud, %v", tio.Ospeed, err)
	}
	frame := []byte("\xFF\x68\x03\x03\x68\x05\x01\x0B\x11\x16\xFF\xFF\xFF\x00\r\n\x11\x13") // a caller's frame begins with FF
	for _, way := range []struct {
		name string
		from io.Writer
		to   io.Reader
	}{{"out", c, pty}, {"in", pty, c}} {
		for range 20 {
			if _, err := way.from.Write(frame); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, len(frame))
			within(t, 10*time.Second, "the frame", func() {
				if _, err := io.ReadFull(way.to, got); err != nil {
					t.Error(err)
				}
			})
			if !bytes.Equal(got, frame) {
				t.Fatalf("%s: % X became % X", way.name, frame, got)
			}
		}
	}
	if _, err := port.Open(t.Context(), "rfc2217:"+address, port.Line{Baud: 19200, Format: "8N1"}); !errors.Is(err, port.ErrBusy) {
		t.Errorf("the server's only connection is taken: %v", err)
	}
	if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 8)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("nothing is there: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.Read(make([]byte, 8)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// What servers do that is not in the book: they answer nothing, something else, too much, or are none.
func TestOddDeviceServers(t *testing.T) {
	t.Parallel()
	const hello = "\xFF\xFB\x00\xFF\xFD\x00\xFF\xFD\x2C"
	for _, c := range []struct {
		name, says, answers string
		fails               string
	}{
		{"answers nothing", hello, "", ""},
		{"adds four zeros to the rate", hello, "\xFF\xFA\x2C\x65\x00\x00\x25\x80\x00\x00\x00\x00\xFF\xF0", ""},
		{"answers 1 to every control", hello, strings.Repeat("\xFF\xFA\x2C\x69\x01\xFF\xF0", 4), ""},
		{"keeps its own rate", hello, "\xFF\xFA\x2C\x65\x00\x00\x4B\x00\xFF\xF0", "19200"},
		{"knows telnet only", "\xFF\xFB\x01\xFF\xFB\x03", "\xFF\xFE\x2C", "RFC 2217"},
		{"is a raw port", "", "", "tcp:"},
		{"talks of data at once", hello + "\xA5\xFF\xFF\x5A", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			served := make(chan struct{})
			go func() {
				defer close(served)
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, c.says)
				_, _ = conn.Read(make([]byte, 256))
				_, _ = io.WriteString(conn, c.answers)
				_, _ = io.Copy(io.Discard, conn)
			}()
			conn, err := port.Open(t.Context(), "rfc2217:"+l.Addr().String(), port.Line{Baud: 9600, Format: "8N1"})
			switch {
			case c.fails == "" && err != nil, c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)):
				t.Errorf("%v", err)
			}
			if conn != nil && err == nil {
				if strings.HasSuffix(c.says, "\x5A") {
					got := make([]byte, 3)
					if _, err := io.ReadFull(conn, got); err != nil || string(got) != "\xA5\xFF\x5A" {
						t.Errorf("early data became % X, %v", got, err)
					}
				}
				_ = conn.Close()
			}
			<-served
		})
	}
}

// A raw connection: whole frames, a goodbye, and a peer that is gone is a hang-up.
func TestRawTCP(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	name := "tcp:" + l.Addr().String()
	peer := make(chan net.Conn, 1)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			peer <- conn
		}
	}()
	c, err := port.Open(context.Background(), name, port.Line{})
	if err != nil {
		t.Fatal(err)
	}
	far := <-peer
	go func() { _, _ = c.Write(bytes.Repeat([]byte("ticket"), 1<<16)) }()
	within(t, 10*time.Second, "the ticket", func() {
		if _, err := io.ReadFull(far, make([]byte, 6<<16)); err != nil {
			t.Error(err)
		}
	})
	if err := far.Close(); err != nil {
		t.Fatal(err)
	}
	within(t, 5*time.Second, "the hang-up", func() {
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, port.ErrHangup) {
			t.Errorf("the peer has gone: %v", err)
		}
	})
	_ = c.Close()
	if _, err := c.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := port.Open(context.Background(), "tcp:"+freePort(t), port.Line{}); !errors.Is(err, port.ErrNotThere) {
		t.Errorf("nobody listens: %v", err)
	}
}

// A port that was given up reads as a goodbye at the far end, not as a connection cut off, though it never read what the printer said.
func TestGoodbyeWithUnreadStatus(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := port.Open(t.Context(), "tcp:"+l.Addr().String(), port.Line{})
	if err != nil {
		t.Fatal(err)
	}
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	if _, err := io.WriteString(far, "\x14\x00\x00\x0F\x14\x00\x00\x0F"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 4)); err != nil { // the rest has come too and stays unread
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "last lines"); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if got, err := io.ReadAll(far); err != nil || string(got) != "last lines" {
		t.Errorf("the printer got %q, %v", got, err)
	}
	raw, err := far.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond) // for a cut to arrive; the test holds without it too
	if err := raw.Control(func(fd uintptr) {
		if cut, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ERROR); err != nil || cut != 0 {
			t.Errorf("the connection was cut off: %v, %v", unix.Errno(cut), err)
		}
	}); err != nil {
		t.Fatal(err)
	}
}

// A telnet answer that is due long after the last frame goes out all the same, and the reader goes on.
func TestAnswerAfterALongPause(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	peer := make(chan net.Conn, 1)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			_, _ = io.WriteString(conn, "\xFF\xFB\x00\xFF\xFD\x00\xFF\xFD\x2C")
		}
		peer <- conn
	}()
	c, err := port.Open(t.Context(), "rfc2217:"+l.Addr().String(), port.Line{Baud: 9600, Format: "8N1"})
	far := <-peer
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	defer far.Close()
	if _, err := io.WriteString(c, "frame"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(5200 * time.Millisecond) // longer than a write may stall
	if _, err := io.WriteString(far, "\xFF\xFD\x1Fok"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 2)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "ok" {
		t.Errorf("read %q, %v", got, err)
	}
	within(t, 10*time.Second, "the answer", func() {
		var all []byte
		buf := make([]byte, 256)
		for !bytes.Contains(all, []byte("\xFF\xFC\x1F")) {
			n, err := far.Read(buf)
			if err != nil {
				t.Errorf("the answer to DO 31 is missing: % X, %v", all, err)
				return
			}
			all = append(all, buf[:n]...)
		}
	})
}
