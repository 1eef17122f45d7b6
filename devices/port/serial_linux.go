package port

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
	"unsafe"

	"github.com/tarm/serial"
	"golang.org/x/sys/unix"
)

// writeTime bounds one Write: a line that takes nothing for so long is stalled.
const writeTime = 5 * time.Second

// Serial is a serial line. tarm/serial has no deadlines and takes a hang-up for a timeout, so a second descriptor on the same tty is polled, and
// tarm's Read and Write are entered only when they cannot block.
type Serial struct {
	p        *serial.Port
	side     int
	wake     [2]int
	inUse    sync.RWMutex // Read and Write hold it for reading; Close takes it before it closes descriptors
	mu       sync.Mutex   // guards what follows
	closed   bool
	deadline time.Time
}

func openSerial(name string, line Line) (*Serial, error) {
	// tarm knows no other rate, no mark and no space parity: it opens with what it knows, and the rest is set below
	cfg := &serial.Config{Name: name, Baud: 9600, ReadTimeout: 100 * time.Millisecond, Size: 8, Parity: serial.ParityNone, StopBits: serial.Stop1}
	if len(line.Format) == 3 {
		cfg.Size = line.Format[0] - '0'
		cfg.StopBits = serial.StopBits(line.Format[2] - '0')
		if p := line.Format[1]; p == 'E' || p == 'O' {
			cfg.Parity = serial.Parity(p)
		}
	}
	if path, err := filepath.EvalSymlinks(name); err == nil {
		cfg.Name = path // both descriptors are of one tty, although udev may give its stable name to another one meanwhile
	}
	side, err := unix.Open(cfg.Name, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w: %w", name, why(err), err)
	}
	// Root passes TIOCEXCL. A lock holds back whoever asks for it: terminal programs, and the other device of this hall that is set up at the same cable by
	// another name. It comes first: tarm's opening changes the settings of the line.
	if err := unix.Flock(side, unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		return nil, errors.Join(fmt.Errorf("open %s: %w: it is open already, perhaps by another name", name, ErrBusy), unix.Close(side))
	} else if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", name, err), unix.Close(side))
	}
	p, err := serial.OpenPort(cfg)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w: %w", name, why(err), err), unlocked(side))
	}
	s := &Serial{p: p, side: side}
	if err := unix.Pipe2(s.wake[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", name, err), p.Close(), unlocked(s.side))
	}
	if err := unix.IoctlSetInt(s.side, unix.TIOCEXCL, 0); err != nil {
		return nil, errors.Join(fmt.Errorf("claim %s: %w", name, err), s.Close())
	}
	if err := s.set(line); err != nil {
		return nil, errors.Join(fmt.Errorf("set up %s: %w", name, err), s.Close())
	}
	return s, nil
}

// unlocked gives the lock back before it closes: a program that is just being started (aplay, espeak-ng) holds a copy of every descriptor until it runs,
// and the lock would stay with the copy.
func unlocked(side int) error { return errors.Join(unix.Flock(side, unix.LOCK_UN), unix.Close(side)) }

// set sets what tarm cannot: any rate, flow control, mark and space parity, and RS-485. The settings belong to the tty, not to a descriptor.
func (s *Serial) set(line Line) error {
	t, err := unix.IoctlGetTermios(s.side, unix.TCGETS2)
	if err != nil {
		return err
	}
	t.Cflag = t.Cflag&^(unix.CBAUD|unix.CBAUDEX|unix.CRTSCTS|unix.CMSPAR) | unix.BOTHER
	t.Ispeed, t.Ospeed = uint32(line.Baud), uint32(line.Baud)
	t.Iflag &^= unix.IXON | unix.IXOFF | unix.IXANY // with IXANY any status byte of a printer would end its own pause
	switch line.Flow {
	case "rtscts":
		t.Cflag |= unix.CRTSCTS
	case "xonxoff":
		t.Iflag |= unix.IXON | unix.IXOFF
		t.Cc[unix.VSTART], t.Cc[unix.VSTOP] = 0x11, 0x13 // tarm leaves them 0, and then no byte is either
	}
	if len(line.Format) == 3 {
		switch line.Format[1] {
		case 'M':
			t.Cflag |= unix.PARENB | unix.CMSPAR | unix.PARODD
		case 'S':
			t.Cflag = t.Cflag&^unix.PARODD | unix.PARENB | unix.CMSPAR
		}
	}
	if err := unix.IoctlSetTermios(s.side, unix.TCSETS2, t); err != nil {
		return err
	}
	if got, err := unix.IoctlGetTermios(s.side, unix.TCGETS2); err != nil {
		return err
	} else if off := int(got.Ospeed) - line.Baud; off < -line.Baud/30 || off > line.Baud/30 {
		return fmt.Errorf("%w: it makes %d baud out of %d, more than three per cent off; choose a rate that it can make", ErrSetting, got.Ospeed, line.Baud)
	}
	if line.RS485 == "kernel" {
		return s.rs485()
	}
	return nil
}

// rs485 lets the driver switch the direction of the line with RTS: on while it sends, off behind it (linux/serial.h, struct serial_rs485).
func (s *Serial) rs485() error {
	const tiocsrs485, enabled, onSend = 0x542F, 1, 2
	var r struct {
		flags, before, after uint32
		_                    [5]uint32
	}
	r.flags = enabled | onSend
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(s.side), tiocsrs485, uintptr(unsafe.Pointer(&r))); errno != 0 {
		return fmt.Errorf("%w: its driver cannot switch an RS-485 line (%w); if the adapter does that by itself, leave rs485 out of the hall file", ErrSetting, errno)
	}
	return nil
}

func why(err error) error {
	switch {
	case errors.Is(err, unix.EBUSY):
		return ErrBusy
	case errors.Is(err, os.ErrPermission):
		return ErrDenied
	default:
		return ErrNotThere
	}
}

// SetReadDeadline bounds the Reads that start after it; the zero time means no bound.
func (s *Serial) SetReadDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return os.ErrClosed
	}
	s.deadline = t
	return nil
}

// wait returns when the tty is ready, or with the reason why it will not be.
func (s *Serial) wait(events int16, until time.Time) error {
	for {
		ms := -1
		if !until.IsZero() {
			ms = int((time.Until(until) + time.Millisecond - 1) / time.Millisecond)
			if ms <= 0 {
				ms = 0
			}
		}
		fds := []unix.PollFd{{Fd: int32(s.side), Events: events}, {Fd: int32(s.wake[0]), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, ms)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return fmt.Errorf("poll: %w", err)
		case fds[1].Revents != 0:
			return os.ErrClosed
		case fds[0].Revents&(unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0:
			return ErrHangup
		case fds[0].Revents&events != 0:
			return nil
		case n == 0 && !until.IsZero() && !time.Now().Before(until):
			return os.ErrDeadlineExceeded
		}
	}
}

func (s *Serial) enter() (time.Time, error) {
	s.inUse.RLock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		s.inUse.RUnlock()
		return time.Time{}, os.ErrClosed
	}
	return s.deadline, nil
}

// Read waits for bytes until the deadline.
func (s *Serial) Read(b []byte) (int, error) {
	until, err := s.enter()
	if err != nil {
		return 0, err
	}
	defer s.inUse.RUnlock()
	for range 3 {
		if err := s.wait(unix.POLLIN, until); err != nil {
			return 0, err
		}
		n, err := s.p.Read(b)
		if n > 0 {
			return n, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, errors.Join(ErrHangup, err)
		}
	}
	return 0, ErrHangup // three times readable, three times nothing: an unplugged adapter
}

// Write sends all of b, at most 64 bytes at a time, and fails when the line takes nothing for five seconds.
func (s *Serial) Write(b []byte) (int, error) {
	if _, err := s.enter(); err != nil {
		return 0, err
	}
	defer s.inUse.RUnlock()
	done := 0
	for done < len(b) {
		if err := s.wait(unix.POLLOUT, time.Now().Add(writeTime)); err != nil {
			return done, err
		}
		n, err := s.p.Write(b[done:min(len(b), done+64)])
		done += n
		if err != nil {
			return done, errors.Join(ErrHangup, err)
		}
	}
	return done, nil
}

// heldTime is how long a line may take nothing before what it still has to send is given up.
const heldTime = 300 * time.Millisecond

// drain waits for what is still to be sent while the line takes it, and throws the rest away: at a held line the kernel's close would wait for half a minute.
func (s *Serial) drain() {
	left, since := -1, time.Now()
	for {
		n, err := unix.IoctlGetInt(s.side, unix.TIOCOUTQ)
		switch {
		case err != nil || n == 0:
			return // gone, or all sent
		case n != left:
			left, since = n, time.Now()
		case time.Since(since) > heldTime:
			_ = unix.IoctlSetInt(s.side, unix.TCFLSH, unix.TCOFLUSH) // a line that is gone has nothing to throw away
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Close ends a Read or Write under way and gives the port back. What was written goes out first, unless the line is held.
func (s *Serial) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return os.ErrClosed
	}
	s.closed = true
	s.mu.Unlock()
	_, err := unix.Write(s.wake[1], []byte{1})
	s.inUse.Lock()
	defer s.inUse.Unlock()
	s.drain()
	return errors.Join(err, unix.IoctlSetInt(s.side, unix.TIOCNXCL, 0), s.p.Close(), unlocked(s.side), unix.Close(s.wake[0]), unix.Close(s.wake[1]))
}
