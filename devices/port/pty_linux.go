package port

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// PTY is a pair of pseudo terminals: whoever opens Name talks to whoever holds the PTY. The slave is raw and held open, so that the master does not
// see a hang-up between two openings.
type PTY struct {
	*os.File     // the master; deadlines work
	slave    int // held open
	name     string
}

// OpenPTY makes a pair.
func OpenPTY() (*PTY, error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open a pseudo terminal: %w", err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	name := "/dev/pts/" + strconv.Itoa(n)
	slave := -1
	if err == nil {
		slave, err = unix.Open(name, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	}
	if err == nil {
		err = raw(slave)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open a pseudo terminal: %w", err), unix.Close(fd))
	}
	return &PTY{File: os.NewFile(uintptr(fd), "/dev/ptmx"), slave: slave, name: name}, nil
}

// raw takes every byte as it is; a terminal would echo and turn CR into LF.
func raw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS, t)
}

// Name is the path of the other end.
func (p *PTY) Name() string { return p.name }

// HeedsXOFF says whether the line that Name was opened as stops sending when it gets XOFF (13), as a serial line set so does.
func (p *PTY) HeedsXOFF() bool {
	raw, err := p.SyscallConn()
	if err != nil {
		return false
	}
	heeds := false
	err = raw.Control(func(fd uintptr) { // asked of the master, it is the slave's
		t, err := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		heeds = err == nil && t.Iflag&unix.IXON != 0
	})
	return err == nil && heeds
}

// Close unplugs the cable: the other end hangs up. A second Close closes nothing: the slave's number may be another file's by then.
func (p *PTY) Close() error {
	if err := p.File.Close(); err != nil {
		return err
	}
	return unix.Close(p.slave)
}
