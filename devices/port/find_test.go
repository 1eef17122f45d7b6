package port

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree makes a /sys and a /dev with two adapters of one kind without serial numbers, one with, a printer, and what is no port.
func tree(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	file := func(path, text string) {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lead := func(path, to string) {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
	}
	usb := func(at, vendor, product, serial, about string) {
		dir := "sys/devices/pci0000:00/usb1/" + at
		file(dir+"/idVendor", vendor)
		file(dir+"/idProduct", product)
		file(dir+"/product", about)
		if serial != "" {
			file(dir+"/serial", serial)
		}
	}
	tty := func(name, at, driver string) {
		file("sys/devices/pci0000:00/usb1/"+at+"/"+at+":1.0/"+name+"/port_number", "0")
		lead("sys/class/tty/"+name+"/device", filepath.Join(root, "sys/devices/pci0000:00/usb1/"+at+"/"+at+":1.0/"+name))
		lead("sys/devices/pci0000:00/usb1/"+at+"/"+at+":1.0/"+name+"/driver", "../../../../../../bus/drivers/"+driver)
	}
	usb("1-1", "1a86", "7523", "", "USB Serial")
	tty("ttyUSB0", "1-1", "ch341-uart")
	usb("1-2", "1a86", "7523", "", "USB Serial")
	tty("ttyUSB1", "1-2", "ch341-uart")
	usb("1-3", "0403", "6001", "A10K", "FT232R USB UART")
	tty("ttyUSB7", "1-3", "ftdi_sio")
	usb("1-4", "04b8", "0202", "TM88", "TM-T88V")
	lead("sys/class/usbmisc/lp0/device", filepath.Join(root, "sys/devices/pci0000:00/usb1/1-4"))
	file("sys/class/tty/tty0/dev", "4:0") // a console
	file("sys/class/tty/ttyS3/type", "0") // a place without a chip
	file("sys/devices/platform/serial8250/x", "")
	lead("sys/class/tty/ttyS3/device", filepath.Join(root, "sys/devices/platform/serial8250"))
	lead("sys/devices/platform/serial8250/driver", "../../../bus/platform/drivers/serial8250")
	lead("dev/serial/by-id/usb-FTDI_FT232R_A10K-if00-port0", "../../ttyUSB7")
	lead("dev/serial/by-path/pci-0000:00-usb-0:1:1.0-port0", "../../ttyUSB0")
	lead("dev/serial/by-path/pci-0000:00-usb-0:3:1.0-port0", "../../ttyUSB7")
	lead("dev/input/by-id/usb-Newland_Scanner-event-kbd", "../event5")
	return root
}

func TestWhatIsPluggedIn(t *testing.T) {
	t.Parallel()
	all, err := list(tree(t))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, f := range all {
		names[f.Path] = f.Name
	}
	for path, name := range map[string]string{
		"/dev/ttyUSB0": "/dev/serial/by-path/pci-0000:00-usb-0:1:1.0-port0", "/dev/ttyUSB7": "/dev/serial/by-id/usb-FTDI_FT232R_A10K-if00-port0", "/dev/ttyUSB1": "/dev/ttyUSB1",
		"/dev/usb/lp0": "usb:04b8:0202:TM88", "/dev/input/event5": "input:/dev/input/by-id/usb-Newland_Scanner-event-kbd",
	} {
		if names[path] != name {
			t.Errorf("%s is called %q, want %q", path, names[path], name)
		}
	}
	if len(all) != 5 {
		t.Errorf("%d ports: %+v", len(all), all)
	}
}

// An adapter is found by what it is, whatever the kernel calls it today; where two are alike the error says what to write.
//
// Hard case: serial_ports_renumbered.
func TestFoundByWhatItIs(t *testing.T) {
	t.Parallel()
	root := tree(t)
	for want, path := range map[string]string{"0403:6001": "/dev/ttyUSB7", "0403:6001:A10K": "/dev/ttyUSB7", "04B8:0202": "/dev/usb/lp0"} {
		if got, err := findUSB(root, want); err != nil || got != path {
			t.Errorf("usb:%s is %q, %v", want, got, err)
		}
	}
	for want, words := range map[string]string{"0403:6001:A99": "plugged in", "1a86:7523": "by-path"} {
		if got, err := findUSB(root, want); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("usb:%s is %q, %v", want, got, err)
		}
	}
}
