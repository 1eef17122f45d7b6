// Package port opens cables: serial lines and TCP, with deadlines, hang-ups seen at once, and a Close that never waits. It knows no device.
package port

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Line is how a serial line is set.
type Line struct {
	Baud   int    // bits per second
	Format string // 8N1, 8E1 …; empty: 8N1
}

// Conn is an open cable.
type Conn interface {
	io.ReadWriteCloser
	SetReadDeadline(t time.Time) error
}

// What can be wrong with a port. Errors of this package wrap one of them, os.ErrDeadlineExceeded or os.ErrClosed.
var (
	ErrNotThere = errors.New("the port does not exist")
	ErrDenied   = errors.New("the port may not be opened")
	ErrBusy     = errors.New("another program holds the port")
	ErrHangup   = errors.New("the port hung up")
)

// Open opens a tty by its path, tcp:host:port, or input:path for a reader that types like a keyboard.
func Open(ctx context.Context, name string, line Line) (Conn, error) {
	if addr, ok := strings.CutPrefix(name, "tcp:"); ok {
		d := net.Dialer{Timeout: 3 * time.Second, KeepAlive: 10 * time.Second}
		c, err := d.DialContext(ctx, "tcp", addr)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w: %w", name, ErrNotThere, err)
		}
		return c, nil
	}
	if device, ok := strings.CutPrefix(name, "input:"); ok {
		return openKeyboard(device)
	}
	return openSerial(name, line)
}
