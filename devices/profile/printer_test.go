package profile_test

import (
	"fmt"
	"strings"
	"testing"

	"halld/devices/profile"
)

// kiosk is a printer with a presenter that is right.
const kiosk = `id = "k"
kind = "printer"
driver = "escpos"
proof = "manual"
[line]
baud = 9600
format = "8N1"
tcp = 9100
[printer]
dots = 576
columns = 48
band_rows = 64
confirm = "gs-r"
status = true
serial_only = true
bits = [
  { query = 2, mask = 0x20, means = "paper-out", stops = true },
  { query = 4, mask = 0x40, means = "ticket-not-taken" },
]
[printer.presenter]
eject = "1D 65 05"
present = "1D 65 03 {steps}"
step_um = 625
retract = "1D 65 02"
`

// A printer's file says nothing that would be without effect, and every such line is refused with its number and what would be right.
func TestPrinterMistakesNameTheirLine(t *testing.T) {
	if _, err := profile.ReadFile("good.toml", []byte(kiosk)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, at, say string }{
		{`retract = "1D 65 02"`, "query = \"1D 65 06\"", `query = "`, "write bit, such as 0x08"},
		{`retract = "1D 65 02"`, "bit = 0x08", `bit = `, "of no answer; write query"},
		{`retract = "1D 65 02"`, "query = \"1D 65 06\"\nbit = 0x08", `query = "`, "bits tell of a ticket that waits already"},
		{"  { query = 4, mask = 0x40, means = \"ticket-not-taken\" },\n", "", `retract`, "nobody would know that a ticket waits"},
		{`step_um = 625`, ``, `[printer.presenter]`, "write both or neither"},
		{`{steps}`, `50`, `step_um`, "write both or neither"},
		{`eject = "1D 65 05"`, ``, `present = `, "write eject for those that do not"},
		{"present = \"1D 65 03 {steps}\"\nstep_um = 625", `present = "1D 65 03 50"`, `eject`, "leave one out"},
		{`{steps}`, `{step}`, `present = `, "write pairs of hex digits"},
		{`status = true`, "status = true\ndensities = [\"1D 7C 00\"]", `densities`, "write eleven"},
		{`status = true`, "status = true\ntcp = { port = 9100 }", `tcp = {`, "unknown key"},
		{`status = true`, "status = true\ntcp = { per_job = true, idle_s = 300 }", `tcp = {`, "write one of the two"},
	} {
		if strings.Count(kiosk, c.old) != 1 {
			t.Fatalf("%q stands %d times in the file", c.old, strings.Count(kiosk, c.old))
		}
		text := strings.Replace(kiosk, c.old, c.new, 1)
		where := fmt.Sprintf("bad.toml:%d:", strings.Count(text[:strings.Index(text, c.at)], "\n")+1)
		if _, err := profile.ReadFile("bad.toml", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), where) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%q → %q:\n  got  %v\n  want %s … %s", c.old, c.new, err, where, c.say)
		}
	}
}

// What answers on a serial line only is known to answer there, and nowhere else; a profile that is shared stays as it is.
func TestSerialOnlyIsOfTheCable(t *testing.T) {
	all, err := profile.ReadFile("good.toml", []byte(kiosk))
	if err != nil {
		t.Fatal(err)
	}
	for port, serial := range map[string]bool{
		"/dev/ttyS0": true, "/dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0": true, "/dev/pts/3": true, "rfc2217:192.0.2.7:4001": true,
		"/dev/usb/lp0": false, "usb:04b8:0202": false, "tcp:192.0.2.7:9100": false, "tcp:192.0.2.7": false,
	} {
		if got := !all[0].At(port).Printer.OnSerial; got != serial {
			t.Errorf("%s: taken for serial %v", port, got)
		}
	}
	if !all[0].Printer.OnSerial {
		t.Error("the profile itself was changed")
	}
}
