package described

import (
	"context"
	"time"
)

// slower is how much more seldom a device is asked that does not answer: the others on the line have the time.
const slower = 10

// poll asks a caller or pad again and again for what was pressed, until the port closes. What it answers comes as its events do.
func (d *Device) poll() {
	every := time.Duration(d.p.Roles.PollMS) * time.Millisecond
	takes := d.p.Protocol.Arguments(d.p.Roles.Poll)
	for {
		wait := every
		if d.has("silent") {
			wait *= slower
		}
		if d.sleep(context.Background(), wait) != nil {
			return // the port is closed
		}
		args := map[string]any{}
		if takes["waiting"] {
			d.state.Lock()
			args["waiting"] = min(d.waiting, 999)
			d.state.Unlock()
		}
		if err := d.send(context.Background(), d.p.Roles.Poll, args); err != nil {
			d.set.Log.Debug("asked for keys", "device", d.set.ID, "err", err)
		}
	}
}
