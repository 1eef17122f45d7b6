package main

import (
	"fmt"
	"slices"

	"halld/devices/escpos"
	"halld/queue"
)

// checkPrinters finds settings that a ticket printer's model cannot follow. Of profiles made at the bench nothing is known here: the device itself says it.
func checkPrinters(all []queue.Device) error {
	if !slices.ContainsFunc(all, func(d queue.Device) bool { return d.Kind == "printer" }) {
		return nil // and no profile is read for nothing
	}
	set, err := profiles()
	if err != nil {
		return err
	}
	for i, d := range all {
		p, err := set.Get(d.Profile)
		if err != nil || p.Driver != "escpos" {
			continue
		}
		if err := escpos.Check(p, d.Set); err != nil {
			return fmt.Errorf("devices[%d].set: %s: %w", i, d.ID, err)
		}
	}
	return nil
}
