package port

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Keyboard is a reader that types: a scanner or card reader that the system takes for a keyboard. What it types is read as characters, Enter as CR. It is
// taken for this program alone, so that its keys do not reach a browser on the same machine.
type Keyboard struct {
	file  *os.File
	shift bool
	rest  []byte // half an event
}

// eviocgrab takes an input device for one program (linux/input.h, EVIOCGRAB).
const eviocgrab = 0x40044590

// A struct input_event is a time, then type, code and value.
const (
	timeSize  = int(unsafe.Sizeof(unix.Timeval{}))
	eventSize = timeSize + 8
)

// openKeyboard opens /dev/input/by-id/…-event-kbd, or by-path: the number of an event device changes with every plugging.
func openKeyboard(name string) (*Keyboard, error) {
	file, err := os.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w: %w", name, why(err), err)
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", name, err), file.Close())
	}
	var grab error
	if err := raw.Control(func(fd uintptr) { grab = unix.IoctlSetInt(int(fd), eviocgrab, 1) }); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", name, err), file.Close())
	}
	switch {
	case errors.Is(grab, unix.EBUSY):
		return nil, errors.Join(fmt.Errorf("take %s: %w", name, ErrBusy), file.Close())
	case grab != nil && !errors.Is(grab, unix.ENOTTY): // a pipe in a test cannot be taken
		return nil, errors.Join(fmt.Errorf("take %s: %w", name, grab), file.Close())
	}
	return &Keyboard{file: file}, nil
}

// Read returns what was typed since the last time, at least one character.
func (k *Keyboard) Read(b []byte) (int, error) {
	buf := make([]byte, 64*eventSize)
	for {
		if n := k.typed(b); n > 0 {
			return n, nil // what was read already is not waited for
		}
		at := copy(buf, k.rest)
		n, err := k.file.Read(buf[at:])
		k.rest = append(k.rest[:0], buf[:at+n]...)
		if n := k.typed(b); n > 0 {
			return n, nil
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, os.ErrClosed):
			return 0, err
		case errors.Is(err, io.EOF), errors.Is(err, unix.ENODEV), errors.Is(err, unix.EIO):
			return 0, fmt.Errorf("%w: %w", ErrHangup, err)
		case err != nil:
			return 0, errors.Join(ErrHangup, err)
		}
	}
}

// typed takes whole events out of what was read, as far as their characters have room.
func (k *Keyboard) typed(b []byte) int {
	out, got := 0, k.rest
	for ; len(got) >= eventSize && out < len(b); got = got[eventSize:] {
		if c := k.key(got[timeSize:eventSize]); c != 0 {
			b[out] = c
			out++
		}
	}
	k.rest = append(k.rest[:0], got...)
	return out
}

// key turns an event into the character of a pressed key; 0 for anything else. value is 1 for a press, 0 for a release, 2 for a repeat.
func (k *Keyboard) key(e []byte) byte {
	kind, code, value := binary.NativeEndian.Uint16(e), binary.NativeEndian.Uint16(e[2:]), int32(binary.NativeEndian.Uint32(e[4:]))
	if kind != unix.EV_KEY {
		return 0
	}
	if code == 42 || code == 54 { // left and right shift
		k.shift = value != 0
		return 0
	}
	if value == 0 || int(code) >= len(plainKeys) {
		return 0
	}
	if k.shift {
		return shiftedKeys[code]
	}
	return plainKeys[code]
}

// What the keys of a keyboard with the US layout say, by their codes in linux/input-event-codes.h. Readers that type use this layout as they leave
// the factory.
const (
	plainKeys   = "\x00\x001234567890-=\x00\tqwertyuiop[]\r\x00asdfghjkl;'`\x00\\zxcvbnm,./\x00*\x00 \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00789-456+1230.\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\r\x00/"
	shiftedKeys = "\x00\x00!@#$%^&*()_+\x00\tQWERTYUIOP{}\r\x00ASDFGHJKL:\"~\x00|ZXCVBNM<>?\x00*\x00 \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00789-456+1230.\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\r\x00/"
)

// Write fails: a reader that types cannot be told anything.
func (k *Keyboard) Write([]byte) (int, error) {
	return 0, fmt.Errorf("write to a keyboard: %w", errors.ErrUnsupported)
}

// SetReadDeadline ends a Read under way at a moment; zero: never.
func (k *Keyboard) SetReadDeadline(t time.Time) error { return k.file.SetReadDeadline(t) }

// Close gives the device back and ends a Read under way.
func (k *Keyboard) Close() error { return k.file.Close() }
