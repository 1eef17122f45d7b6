package sim

import (
	"slices"

	"halld/devices/profile"
)

// Faults are the faults that a simulated device of this profile can have, by the codes of the problems that a hall names them with; besides, a device that
// answers can be slow, which must be no problem. A fault that nobody could notice on the wire is not among them: a device that says nothing has no "silent".
func Faults(p *profile.Profile) []string {
	out := []string{"unplugged"}
	switch {
	case p.Matrix != nil: // its chips say nothing
		return out
	case p.GPIO != nil: // contacts, too
		return append(out, "stuck-button")
	case p.Printer != nil:
		out = append(out, "silent", "garbage", "slow")
		for _, b := range p.Printer.Bits {
			if !slices.Contains(out, b.Means) {
				out = append(out, b.Means)
			}
		}
		if p.Printer.Presenter.Query != "" && !slices.Contains(out, "ticket-not-taken") {
			out = append(out, "ticket-not-taken")
		}
		if p.Printer.Status {
			out = append(out, "offline", "weak-proof") // weak-proof: what proves a print is not answered
		}
		return out
	case p.Protocol == nil: // a record: what it says is not known
		return append(out, "silent", "garbage", "bad-checksum", "slow")
	}
	side := p.Protocol.DeviceSide()
	if !side.Speaks() {
		return out
	}
	out = append(out, "silent", "garbage", "slow")
	if side.Checked() {
		out = append(out, "bad-checksum")
	}
	return out
}

// Faults lists the faults of this device.
func (c *cable) Faults() []string { return slices.Clone(c.can) }

// Has says whether a fault is on.
func (c *cable) Has(fault string) bool { return c.has(fault) }
