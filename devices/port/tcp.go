package port

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// ackWithin is how long sent bytes may stay without an acknowledgement before the peer is taken for dead: a device server that lost its power says nothing.
const ackWithin = 5 * time.Second

// dial connects to a device server or a network printer. Frames go out at once, each in one piece; a peer that died is noticed.
func dial(ctx context.Context, address string) (*net.TCPConn, error) {
	d := net.Dialer{Timeout: 3 * time.Second, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 3}}
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		if errors.Is(err, unix.ECONNREFUSED) {
			return nil, fmt.Errorf("open %s: %w: nothing listens there, or another program holds the only connection: %w", address, ErrNotThere, err)
		}
		return nil, fmt.Errorf("open %s: %w: %w", address, ErrNotThere, err)
	}
	conn, ok := c.(*net.TCPConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("open %s: no TCP connection", address), c.Close())
	}
	raw, err := conn.SyscallConn()
	if err == nil {
		var set error
		err = raw.Control(func(fd uintptr) {
			set = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(ackWithin.Milliseconds()))
		})
		err = errors.Join(err, set, conn.SetNoDelay(true))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("set up %s: %w", address, err), conn.Close())
	}
	return conn, nil
}

// Whole is the name of a port with the TCP port number that it leaves out: tcp:10.0.0.7 with number 5200 is tcp:10.0.0.7:5200, tcp:[fe80::1] is
// tcp:[fe80::1]:5200. Names that have a number, and those that are no tcp: port, stay as they are. Where a number is missing and none is given (0), the
// error wraps ErrNotThere.
func Whole(name string, number int) (string, error) {
	host, is := strings.CutPrefix(name, "tcp:")
	if !is {
		return name, nil
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if _, _, err := net.SplitHostPort(host); err == nil && net.ParseIP(bare) == nil {
		return name, nil
	}
	switch {
	case bare == "" || strings.Contains(bare, ":") && net.ParseIP(bare) == nil:
		return name, nil // no address at all: opening it says so
	case number == 0:
		return "", fmt.Errorf("open %s: %w: it has no port number, and the profile names none; write tcp:%s:PORT", name, ErrNotThere, host)
	}
	return "tcp:" + net.JoinHostPort(bare, strconv.Itoa(number)), nil
}

// tcpPort is a raw connection: bytes as they are.
type tcpPort struct {
	*net.TCPConn
	mu sync.Mutex // one frame at a time
}

func openTCP(ctx context.Context, address string) (*tcpPort, error) {
	c, err := dial(ctx, address)
	if err != nil {
		return nil, err
	}
	return &tcpPort{TCPConn: c}, nil
}

// Read returns what came.
func (t *tcpPort) Read(b []byte) (int, error) {
	n, err := t.TCPConn.Read(b)
	return n, hungUp(err)
}

// Write sends a frame in one piece and fails when the peer takes nothing for five seconds.
func (t *tcpPort) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return send(t.TCPConn, b)
}

// send writes all of b. Its deadline is of progress, not of the whole: a printer takes a ticket as fast as it prints.
func send(c net.Conn, b []byte) (int, error) {
	done := 0
	for done < len(b) {
		if err := c.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
			return done, hungUp(err)
		}
		n, err := c.Write(b[done:])
		done += n
		if err != nil && (n == 0 || !errors.Is(err, os.ErrDeadlineExceeded)) {
			return done, hungUp(err)
		}
	}
	return done, nil
}

// Close says goodbye before it goes: a printer that is cut off in the middle of its last lines may drop them. What came and was not read is thrown
// away first, or the kernel would cut the connection off (RST) and with it what the printer has yet to print.
func (t *tcpPort) Close() error {
	err := t.CloseWrite()
	if errors.Is(err, unix.ENOTCONN) {
		err = nil // the peer was faster
	}
	if raw, e := t.SyscallConn(); e == nil {
		_ = raw.Control(func(fd uintptr) { // not raw.Read: it would wait for a Read under way
			buf := make([]byte, 4096)
			for range 64 { // bounded: a peer that never stops talking is not waited for
				if n, _, e := unix.Recvfrom(int(fd), buf, unix.MSG_DONTWAIT); n <= 0 || e != nil {
					return
				}
			}
		})
	}
	return errors.Join(err, t.TCPConn.Close())
}

// hungUp tells a connection that is gone from a deadline and from one that was closed here.
func hungUp(err error) error {
	switch {
	case err == nil, errors.Is(err, os.ErrDeadlineExceeded):
		return err
	case errors.Is(err, net.ErrClosed):
		return os.ErrClosed
	default:
		return fmt.Errorf("%w: %w", ErrHangup, err)
	}
}
