package main

import (
	"fmt"
	"strings"

	"halld/queue"
)

// checkGPIO finds a GPIO line that two devices want: a line is one device's own.
func checkGPIO(all []queue.Device) error {
	owner := map[string]queue.DeviceID{}
	for i, d := range all {
		lines, ok := strings.CutPrefix(d.Port, "gpio:")
		if !ok {
			continue
		}
		for l := range strings.SplitSeq(lines, ",") {
			l = strings.TrimSpace(l)
			if l == "" {
				return fmt.Errorf("devices[%d].port: %q names no line; write gpio:LINE or gpio:gpiochip0/7, several with commas in the order of the profile", i, d.Port)
			}
			if other, taken := owner[l]; taken {
				return fmt.Errorf("devices[%d].port: %s wants GPIO line %s, which %s already has", i, d.ID, l, other)
			}
			owner[l] = d.ID
		}
	}
	return nil
}
