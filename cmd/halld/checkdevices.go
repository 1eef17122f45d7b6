package main

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"halld/devices/escpos"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/speech"
	"halld/queue"
	"halld/queue/hallfile"
)

// What only the device side knows to be wrong with a hall, and the arguments of its words, which stand in package hallfile.
const (
	profileUnknown  queue.ProblemCode = "profile-unknown"  // got; Known. A warning: it may have been made at the bench of that hall
	profileKind     queue.ProblemCode = "profile-kind"     // profile, is, kind
	windowNeeded    queue.ProblemCode = "window-needed"    // kind
	portWindows     queue.ProblemCode = "port-windows"     // got
	portForm        queue.ProblemCode = "port-form"        // got
	portAddress     queue.ProblemCode = "port-address"     // got, scheme
	portNoNumber    queue.ProblemCode = "port-no-number"   // got
	portUSB         queue.ProblemCode = "port-usb"         // got
	portShared      queue.ProblemCode = "port-shared"      // got, device; Other
	addressTaken    queue.ProblemCode = "address-taken"    // got, port, device; Other
	addressRange    queue.ProblemCode = "address-range"    // got, profile, why
	addressUnused   queue.ProblemCode = "address-unused"   // got, profile. A warning
	gpioNoLine      queue.ProblemCode = "gpio-no-line"     // got
	gpioTaken       queue.ProblemCode = "gpio-taken"       // got, device; Other
	lineFormat      queue.ProblemCode = "line-format"      // got
	zoneOfOthers    queue.ProblemCode = "zone-of-others"   // kind
	deviceSetting   queue.ProblemCode = "device-setting"   // profile, why
	templateMissing queue.ProblemCode = "template-missing" // got, why
	templateWrong   queue.ProblemCode = "template-wrong"   // file, row, column, why
)

var deviceCodes = []queue.ProblemCode{profileUnknown, profileKind, windowNeeded, portWindows, portForm, portAddress, portNoNumber, portUSB, portShared,
	addressTaken, addressRange,
	addressUnused, gpioNoLine, gpioTaken, lineFormat, zoneOfOthers, deviceSetting, templateMissing, templateWrong}

// deviceProblems collects what is wrong with the devices of a hall.
type deviceProblems struct{ found []queue.ConfigProblem }

func (p *deviceProblems) add(path string, code queue.ProblemCode, args ...string) *queue.ConfigProblem {
	p.found = append(p.found, queue.Problem(path, code, args...))
	return &p.found[len(p.found)-1]
}

func (p *deviceProblems) choice(path, got string, known ...string) {
	if !slices.Contains(known, got) {
		p.add(path, queue.NotAChoice, "got", got).Known = known
	}
}

// checkDevices finds what only the device side knows to be impossible.
func checkDevices(set *profile.Set) func(*queue.Config) []queue.ConfigProblem {
	return func(c *queue.Config) []queue.ConfigProblem {
		var p deviceProblems
		for i, z := range c.Zones {
			for k, l := range z.Languages {
				p.choice(fmt.Sprintf("zones[%d].languages[%d]", i, k), l, speech.Languages()...)
			}
		}
		for i, d := range c.Devices {
			at := fmt.Sprintf("devices[%d]", i)
			model, err := set.Get(d.Profile)
			switch {
			case d.Profile == "":
				p.add(at+".profile", queue.Missing)
			case err != nil:
				n := p.add(at+".profile", profileUnknown, "got", d.Profile)
				n.Known, n.Warning = set.IDs(), true
			}
			p.kind(at, d, model)
			p.port(at+".port", d.Port, model)
			p.line(at+".line", d.Line)
			p.settings(at, d, model)
		}
		p.gpio(c.Devices)
		p.buses(c.Devices)
		return p.found
	}
}

// kind checks what a device is meant to be against what its model is, and whether it needs a window. model is nil where it is not known here.
func (p *deviceProblems) kind(at string, d queue.Device, model *profile.Profile) {
	switch {
	case d.Kind == "":
		p.add(at+".kind", queue.Missing)
		return
	case !slices.Contains(hallfile.Kinds, d.Kind):
		p.choice(at+".kind", d.Kind, hallfile.Kinds...)
		return
	}
	if fits := model != nil && p.misfits(at, d, model); !fits && d.Window == "" && atWindow(d.Kind) {
		p.add(at+".window", windowNeeded, "kind", d.Kind)
	}
	if d.Zone != "" && d.Kind != "voice" {
		p.add(at+".zone", zoneOfOthers, "kind", d.Kind)
	}
}

// misfits finds what the rack would refuse to open: the same function says so there. It reports whether the model is of the kind at all.
func (p *deviceProblems) misfits(at string, d queue.Device, model *profile.Profile) (fits bool) {
	fits = true
	for _, m := range model.Misfits(d.Kind, string(d.Window)) {
		switch {
		case m.Key == "window":
			p.add(at+".window", windowNeeded, "kind", d.Kind)
		case fits: // once, however many of its kinds the model is not
			p.add(at+".profile", profileKind, "profile", d.Profile, "is", model.Kind, "kind", d.Kind)
			fits = false
		}
	}
	return fits
}

// atWindow reports whether devices of a kind have nothing to do without a window, as far as can be said without knowing the model.
func atWindow(kind string) bool {
	return slices.ContainsFunc(strings.Split(kind, "+"), func(k string) bool { return k == "board" || k == "caller" || k == "pad" || k == "lamp" })
}

var (
	comPort = regexp.MustCompile(`(?i)^(\\\\\.\\)?com\d+:?$`)
	usbPort = regexp.MustCompile(`^usb:[0-9a-fA-F]{4}:[0-9a-fA-F]{4}(:.+)?$`)
	hostRE  = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)
	onlyIP  = regexp.MustCompile(`^[0-9.]+$`)
)

// port checks the form of a port's name, so that a mistyped one is no device that never comes.
func (p *deviceProblems) port(at, name string, model *profile.Profile) {
	scheme, rest, named := strings.Cut(name, ":")
	switch {
	case name == "":
		p.add(at, queue.Missing)
	case comPort.MatchString(name):
		p.add(at, portWindows, "got", name)
	case strings.HasPrefix(name, "/"):
	case !named || rest == "" && scheme != "gpio":
		p.add(at, portForm, "got", name)
	case scheme == "tcp" || scheme == "rfc2217":
		number := 1 // of a model that is not known here the number is the model's business
		if model != nil {
			number = model.Line.TCP
		}
		whole, err := port.Whole(name, number) // rfc2217 always names its own
		switch {
		case err != nil:
			p.add(at, portNoNumber, "got", name)
		case !goodAddress(strings.TrimPrefix(whole, scheme+":")):
			p.add(at, portAddress, "got", name, "scheme", scheme)
		}
	case scheme == "usb":
		if !usbPort.MatchString(name) {
			p.add(at, portUSB, "got", name)
		}
	case !slices.Contains([]string{"input", "gpio", "sound", "spi", "sim"}, scheme):
		p.add(at, portForm, "got", name)
	}
}

// goodAddress reports whether host:port can be dialled at all.
func goodAddress(s string) bool {
	host, number, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	if n, err := strconv.Atoi(number); err != nil || n < 1 || n > 65535 {
		return false
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return hostRE.MatchString(host) && !onlyIP.MatchString(host)
}

var formatRE = regexp.MustCompile(`^[5-8][NEOMS][12]$`)

const lowestBaud, highestBaud = 300, 4000000

// line finds line settings that no line has.
func (p *deviceProblems) line(at string, l queue.DeviceLine) {
	if l.Baud != 0 && (l.Baud < lowestBaud || l.Baud > highestBaud) {
		p.add(at+".baud", queue.OutOfRange, "got", strconv.Itoa(l.Baud), "min", strconv.Itoa(lowestBaud), "max", strconv.Itoa(highestBaud))
	}
	if l.Format != "" && !formatRE.MatchString(l.Format) {
		p.add(at+".format", lineFormat, "got", l.Format)
	}
	if l.Flow != "" {
		p.choice(at+".flow", l.Flow, "none", "rtscts", "xonxoff")
	}
	if l.RS485 != "" {
		p.choice(at+".rs485", l.RS485, "kernel")
	}
}

// settings checks an address and settings against the model. Of models made at the bench nothing is known here: the device itself says it.
func (p *deviceProblems) settings(at string, d queue.Device, model *profile.Profile) {
	if mode := d.Set["mode"]; d.Kind == "printer" && mode != "" && mode != "text" && mode != "raster" {
		p.choice(at+".set.mode", mode, "text", "raster")
		return
	}
	if model == nil || len(model.Misfits(d.Kind, "any")) > 0 {
		return
	}
	if model.Driver == "escpos" {
		if err := escpos.Check(model, d.Set); err != nil {
			p.add(culprit(at+".set", model, d.Set), deviceSetting, "profile", d.Profile, "why", err.Error())
		}
	}
	if key, err := model.CheckSet(d.Set); err != nil {
		p.add(at+".set."+key, deviceSetting, "profile", d.Profile, "why", err.Error())
	}
	if d.Address == 0 || model.Protocol == nil {
		return
	}
	if !hasAddress(model) {
		p.add(at+".address", addressUnused, "got", strconv.Itoa(d.Address), "profile", d.Profile).Warning = true
		return
	}
	if _, err := model.CheckSet(map[string]string{"addr": strconv.Itoa(d.Address)}); err != nil {
		p.add(at+".address", addressRange, "got", strconv.Itoa(d.Address), "profile", d.Profile, "why", strings.TrimPrefix(err.Error(), "set.addr: "))
	}
}

// culprit finds the one setting that a printer's model refuses by itself.
func culprit(at string, model *profile.Profile, set map[string]string) string {
	for key, v := range set {
		if escpos.Check(model, map[string]string{key: v}) != nil {
			return at + "." + key
		}
	}
	return at
}

// gpio finds a GPIO line that two devices want: a line is one device's own.
func (p *deviceProblems) gpio(all []queue.Device) {
	type owner struct {
		device queue.DeviceID
		path   string
	}
	owners := map[string]owner{}
	for i, d := range all {
		names, ok := strings.CutPrefix(d.Port, "gpio:")
		if !ok {
			continue
		}
		at := fmt.Sprintf("devices[%d].port", i)
		for l := range strings.SplitSeq(names, ",") {
			l = strings.TrimSpace(l)
			if l == "" {
				p.add(at, gpioNoLine, "got", d.Port)
				break
			}
			if other, taken := owners[l]; taken && other.device != d.ID {
				p.add(at, gpioTaken, "got", l, "device", string(other.device)).Other = other.path
				break
			}
			owners[l] = owner{d.ID, at}
		}
	}
}

// buses finds devices that cannot be told apart on the line that they share.
func (p *deviceProblems) buses(all []queue.Device) {
	type spot struct {
		port, profile string
		address       int
	}
	spots, ports := map[spot]int{}, map[string]int{}
	for i, d := range all {
		if d.Port == "" || strings.HasPrefix(d.Port, "gpio:") {
			continue
		}
		at := fmt.Sprintf("devices[%d]", i)
		here := spot{d.Port, d.Profile, d.Address}
		if k, shared := ports[d.Port]; shared && (d.Address == 0 || all[k].Address == 0) {
			path := at + ".port"
			if all[k].Address != 0 {
				path = at + ".address"
			}
			p.add(path, portShared, "got", d.Port, "device", string(all[k].ID)).Other = fmt.Sprintf("devices[%d].port", k)
			continue
		}
		if k, taken := spots[here]; taken {
			p.add(at+".address", addressTaken, "got", strconv.Itoa(d.Address), "port", d.Port, "device", string(all[k].ID)).Other = fmt.Sprintf("devices[%d].address", k)
			continue
		}
		spots[here], ports[d.Port] = i, i
	}
}
