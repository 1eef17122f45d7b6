// Command gadget joins the far end of a USB printer that usbgadget has made in the guest to a simulator on the host.
//
//	gadget 10.0.2.2:9100 /tmp/off-line
//
// While the file /tmp/off-line exists the printer takes nothing; while a file of this name with .paper behind it exists, its status says that its paper is out.
package main

import (
	"errors"
	"io"
	"log"
	"net"
	"os"
	"syscall"
	"time"
)

// setStatus is GADGET_SET_PRINTER_STATUS of linux/usb/g_printer.h: _IOWR('g', 0x22, unsigned char).
const setStatus = 0xC0016722

// The status bits of a printer (USB Printer Class 1.1, GET_PORT_STATUS).
const (
	noError  = 0x08
	selected = 0x10
	noPaper  = 0x20
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: gadget HOST:PORT FILE")
	}
	log.Fatal(run(os.Args[1], os.Args[2]))
}

// run returns only if it cannot go on.
func run(addr, offline string) error {
	sim, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	// Non-blocking: a read that blocks would hold up every write, and plugging in for ever.
	f, err := os.OpenFile("/dev/g_printer0", os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	go func() {
		for buf := make([]byte, 512); ; {
			n, err := sim.Read(buf)
			if err != nil {
				log.Fatal(err)
			}
			if err := put(f, buf[:n]); err != nil {
				log.Print(err) // the printer is unplugged: nobody hears it
			}
		}
	}()
	told := byte(0)
	for buf := make([]byte, 512); ; {
		status := byte(noError | selected)
		if exists(offline + ".paper") {
			status = selected | noPaper
		}
		if status != told && tell(f, status) == nil { // unplugged, it has none
			told = status
		}
		if exists(offline) {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if err := f.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			return err
		}
		n, err := f.Read(buf)
		if n > 0 {
			if _, err := sim.Write(buf[:n]); err != nil {
				return err
			}
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			time.Sleep(20 * time.Millisecond) // unplugged; it comes back under the same name
			if !errors.Is(err, io.EOF) {
				log.Print(err)
			}
		}
	}
}

func put(f *os.File, b []byte) error {
	if err := f.SetWriteDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return err
	}
	_, err := f.Write(b)
	return err
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func tell(f *os.File, status byte) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var errno syscall.Errno
	// the driver takes the value itself, not its address
	if err := raw.Control(func(fd uintptr) { _, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, setStatus, uintptr(status)) }); err != nil {
		return err
	}
	if errno != 0 {
		return errno
	}
	return nil
}
