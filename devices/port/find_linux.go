package port

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Found is a port that is plugged in.
type Found struct {
	Name   string `json:"name"`             // for a hall file: the most stable name there is
	Path   string `json:"path"`             // /dev/ttyUSB0
	Kind   string `json:"kind"`             // serial, printer, keyboard, gpio or spi
	USB    string `json:"usb,omitempty"`    // vendor and product, such as 0403:6001
	Serial string `json:"serial,omitempty"` // of the adapter; cheap ones have none
	About  string `json:"about,omitempty"`  // maker and product in the device's words
	Driver string `json:"driver,omitempty"` // of the kernel
}

// List looks for everything that a device can hang on. Opening nothing, it disturbs nobody.
func List() ([]Found, error) { return list("/") }

func list(root string) ([]Found, error) {
	var out []Found
	stable := stableNames(root, "dev/serial/by-id", "dev/serial/by-path", "dev/input/by-id", "dev/input/by-path")
	ttys, err := filepath.Glob(filepath.Join(root, "sys/class/tty/*"))
	if err != nil {
		return nil, err
	}
	for _, dir := range ttys {
		device := filepath.Join(dir, "device")
		if _, err := os.Stat(device); err != nil {
			continue // consoles and pseudo terminals
		}
		driver := link(filepath.Join(device, "driver"))
		if driver == "serial8250" && read(filepath.Join(dir, "type")) == "0" {
			continue // a place for a chip that is not there
		}
		out = append(out, found(root, device, "/dev/"+filepath.Base(dir), "serial", driver, stable))
	}
	for _, class := range []struct{ glob, dev, kind string }{
		{"sys/class/usbmisc/lp*", "/dev/usb/", "printer"}, {"sys/class/spidev/*", "/dev/", "spi"}, {"sys/bus/gpio/devices/gpiochip*", "/dev/", "gpio"},
	} {
		dirs, err := filepath.Glob(filepath.Join(root, class.glob))
		if err != nil {
			return nil, err
		}
		for _, dir := range dirs {
			device := filepath.Join(dir, "device")
			out = append(out, found(root, device, class.dev+filepath.Base(dir), class.kind, link(filepath.Join(device, "driver")), stable))
		}
	}
	for path, name := range stable {
		if strings.HasPrefix(path, "/dev/input/") && strings.HasSuffix(name, "-event-kbd") {
			out = append(out, Found{Name: "input:" + name, Path: path, Kind: "keyboard", About: filepath.Base(name)})
		}
	}
	slices.SortFunc(out, func(a, b Found) int { return strings.Compare(a.Kind+a.Path, b.Kind+b.Path) })
	return out, nil
}

func found(root, device, path, kind, driver string, stable map[string]string) Found {
	f := Found{Name: path, Path: path, Kind: kind, Driver: driver}
	if usb := usbDevice(root, device); usb != "" {
		f.USB = read(filepath.Join(usb, "idVendor")) + ":" + read(filepath.Join(usb, "idProduct"))
		f.Serial = read(filepath.Join(usb, "serial"))
		f.About = strings.TrimSpace(read(filepath.Join(usb, "manufacturer")) + " " + read(filepath.Join(usb, "product")))
		if kind == "printer" && f.Serial != "" {
			f.Name = "usb:" + f.USB + ":" + f.Serial
		}
	}
	if name := stable[path]; name != "" {
		f.Name = name
	}
	if kind == "gpio" || kind == "spi" {
		f.Name = kind + ":" + filepath.Base(path)
	}
	return f
}

// usbDevice climbs from an interface to the USB device that it belongs to; empty for what is no USB device.
func usbDevice(root, device string) string {
	dir, err := filepath.EvalSymlinks(device)
	if err != nil {
		return ""
	}
	for dir != root && dir != "/" && dir != "." {
		if _, err := os.Stat(filepath.Join(dir, "idVendor")); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

// stableNames maps a device's path to the name that stays when it is plugged in elsewhere; names by id come before those by place.
func stableNames(root string, folders ...string) map[string]string {
	out := map[string]string{}
	for _, folder := range folders {
		names, _ := filepath.Glob(filepath.Join(root, folder, "*")) // the pattern is sound
		for _, name := range names {
			target, err := os.Readlink(name)
			if err != nil {
				continue
			}
			path := "/" + filepath.Join(folder, target)
			if out[path] == "" {
				out[path] = "/" + filepath.Join(folder, filepath.Base(name))
			}
		}
	}
	return out
}

// findUSB finds the serial line or printer of "vendor:product" or "vendor:product:serial". Where several match, nobody can tell which is meant.
func findUSB(root, want string) (string, error) {
	all, err := list(root)
	if err != nil {
		return "", fmt.Errorf("look for usb:%s: %w", want, err)
	}
	var paths []string
	for _, f := range all {
		if f.USB != "" && (strings.EqualFold(f.USB, want) || strings.EqualFold(f.USB+":"+f.Serial, want)) {
			paths = append(paths, f.Path)
		}
	}
	switch len(paths) {
	case 1:
		return paths[0], nil
	case 0:
		return "", fmt.Errorf("open usb:%s: %w: no such adapter or printer is plugged in", want, ErrNotThere)
	}
	return "", fmt.Errorf("open usb:%s: %w: %s are all of that kind; add the serial number, or write a path of /dev/serial/by-path", want, ErrNotThere, strings.Join(paths, ", "))
}

func read(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return "" // not every device says everything
	}
	return strings.TrimSpace(string(b))
}

func link(path string) string {
	target, err := os.Readlink(path)
	if err != nil {
		return ""
	}
	return filepath.Base(target)
}
