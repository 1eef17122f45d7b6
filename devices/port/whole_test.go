package port_test

import (
	"errors"
	"net"
	"strconv"
	"testing"
	"time"

	"halld/devices/port"
)

// TestWholeName: only a tcp: name without a number gets one.
func TestWholeName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		number int
		want   string
	}{
		{"tcp:10.0.0.7", 5200, "tcp:10.0.0.7:5200"},
		{"tcp:10.0.0.7:4001", 5200, "tcp:10.0.0.7:4001"},
		{"tcp:board-3.hall", 9100, "tcp:board-3.hall:9100"},
		{"tcp:board-3.hall:9100", 0, "tcp:board-3.hall:9100"},
		{"tcp:fe80::1", 5200, "tcp:[fe80::1]:5200"},
		{"tcp:[fe80::1]", 5200, "tcp:[fe80::1]:5200"},
		{"tcp:[fe80::1]:7", 5200, "tcp:[fe80::1]:7"},
		{"rfc2217:10.0.0.7", 5200, "rfc2217:10.0.0.7"}, // a device server has a number of its own
		{"/dev/ttyUSB0", 5200, "/dev/ttyUSB0"},
	} {
		if got, err := port.Whole(c.name, c.number); err != nil || got != c.want {
			t.Errorf("%s, %d: %q, %v; want %q", c.name, c.number, got, err, c.want)
		}
	}
	if got, err := port.Whole("tcp:10.0.0.7", 0); !errors.Is(err, port.ErrNotThere) {
		t.Errorf("no number at all: %q, %v", got, err)
	}
}

// TestOpenTakesTheNumberOfTheLine: a name without a number reaches whoever listens at the line's.
func TestOpenTakesTheNumberOfTheLine(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			_, _ = c.Write([]byte("here"))
			_ = c.Close()
		}
	}()
	_, word, _ := net.SplitHostPort(l.Addr().String())
	number, err := strconv.Atoi(word)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := port.Open(t.Context(), "tcp:127.0.0.1", port.Line{}); err == nil {
		_ = c.Close()
		t.Error("opened a port without a number")
	}
	c, err := port.Open(t.Context(), "tcp:127.0.0.1", port.Line{TCP: number})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4)
	if n, err := c.Read(buf); err != nil || string(buf[:n]) != "here" {
		t.Errorf("%q, %v", buf[:n], err)
	}
}
