// Package port opens cables: serial lines, TCP and GPIO lines, with deadlines, hang-ups seen at once, and a Close that never waits. It knows no device.
package port

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"
)

// Line is how a serial line is set.
type Line struct {
	Baud   int    // bits per second; any that the hardware can make; of a sound port samples per second
	Format string // data bits, parity N, E, O, M (mark) or S (space), stop bits: 8N1, 7E1, 8N2 …; empty: 8N1
	Flow   string // "", "rtscts" or "xonxoff"
	RS485  string // "": the adapter switches its direction by itself; "kernel": the driver does it with RTS
	TCP    int    // the port number where a tcp: name has none, 1 to 65535; 0: it must have one
	PerJob bool   // of a name tcp:…: the connection can be let go with Rest, and is made anew with the next Write
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
	ErrSetting  = errors.New("the line cannot be set so")
)

// Open opens a port by its name:
//
//	/dev/serial/by-id/…   a serial line; every other path is one, too
//	/dev/usb/lp0          a USB printer
//	usb:0403:6001         the serial line or printer with this vendor and product, wherever it is plugged in; usb:0403:6001:A10K with this serial number
//	tcp:host:port         a serial device server in raw mode, or a network printer; without :port that of the line
//	rfc2217:host:port     a serial device server whose line is set from here
//	input:path            a reader that types like a keyboard
//	gpio:line,line        lines of a GPIO chip: buttons, keys, lamps, relays
//	sound:card            a loudspeaker at a sound card
//	spi:/dev/spidev0.0    a chip on an SPI bus: one write, one transaction
func Open(ctx context.Context, name string, line Line) (Conn, error) {
	name, err := Whole(name, line.TCP)
	if err != nil {
		return nil, err
	}
	scheme, rest, _ := strings.Cut(name, ":")
	switch scheme {
	case "tcp":
		if line.PerJob {
			return openResting(ctx, rest)
		}
		return openTCP(ctx, rest)
	case "rfc2217":
		return openNetSerial(ctx, rest, line)
	case "input":
		return openKeyboard(rest)
	case "gpio":
		return openGPIO(name)
	case "sound":
		return openSound(ctx, rest, line)
	case "spi":
		return openSPI(rest, line)
	case "usb":
		path, err := findUSB("/", rest)
		if err != nil {
			return nil, err
		}
		name = path
	}
	if strings.HasPrefix(name, "/dev/usb/lp") {
		return openUSBPrinter(name)
	}
	return openSerial(name, line)
}
