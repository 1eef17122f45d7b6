package queue

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

var (
	prefixRE = regexp.MustCompile(`^[A-Z]{1,2}$`)
	idRE     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$`)
)

// Check finds the first impossible value. Its message starts with where it stands, such as queues[2].prefix, and says what would be right.
func (c *Config) Check() error {
	if c.Name == "" {
		return fmt.Errorf("hall.name: is missing; write the name that stands on tickets")
	}
	departments := map[DepartmentID]bool{"": true}
	for i, d := range c.Departments {
		if err := unique(departments, d.ID, "departments", i); err != nil {
			return err
		}
	}
	if err := c.checkQueues(); err != nil {
		return err
	}
	queues := map[QueueID]bool{}
	for _, q := range c.Queues {
		queues[q.ID] = true
	}
	items := map[ItemID]bool{}
	for i, it := range c.Items {
		if err := unique(items, it.ID, "items", i); err != nil {
			return err
		}
		if it.Name == "" {
			return fmt.Errorf("items[%d].name: item %s has no name", i, it.ID)
		}
		if !queues[it.Queue] {
			return fmt.Errorf("items[%d].queue: there is no queue %q", i, it.Queue)
		}
		if !departments[it.Department] {
			return fmt.Errorf("items[%d].department: there is no department %q", i, it.Department)
		}
		if len(it.Bring) > 3 {
			return fmt.Errorf("items[%d].bring: has %d lines; a ticket has room for 3", i, len(it.Bring))
		}
	}
	windows := map[WindowID]bool{}
	for i, w := range c.WindowSetup {
		if n, err := strconv.Atoi(string(w.ID)); err != nil || n < 1 || n > 999 || strconv.Itoa(n) != string(w.ID) {
			return fmt.Errorf("windows[%d].id: %q is no window number; write 1 to 999", i, w.ID)
		}
		if err := unique(windows, w.ID, "windows", i); err != nil {
			return err
		}
		if len(w.Queues) == 0 {
			return fmt.Errorf("windows[%d].queues: window %s serves no queue", i, w.ID)
		}
		for k, q := range w.Queues {
			if !queues[q] {
				return fmt.Errorf("windows[%d].queues[%d]: there is no queue %q", i, k, q)
			}
			if slices.Index(w.Queues, q) != k {
				return fmt.Errorf("windows[%d].queues[%d]: queue %s stands twice", i, k, q)
			}
		}
		if !departments[w.Department] {
			return fmt.Errorf("windows[%d].department: there is no department %q", i, w.Department)
		}
	}
	if err := c.checkZones(windows); err != nil {
		return err
	}
	devices := map[DeviceID]bool{}
	for i, d := range c.Devices {
		if err := unique(devices, d.ID, "devices", i); err != nil {
			return err
		}
		if d.Window != "" && !windows[d.Window] {
			return fmt.Errorf("devices[%d].window: there is no window %q", i, d.Window)
		}
		if d.Zone != "" && !slices.ContainsFunc(c.Zones, func(z Zone) bool { return z.ID == d.Zone }) {
			return fmt.Errorf("devices[%d].zone: there is no zone %q", i, d.Zone)
		}
	}
	return c.Policy.check()
}

func unique[K ~string](seen map[K]bool, id K, list string, i int) error {
	if !idRE.MatchString(string(id)) {
		return fmt.Errorf("%s[%d].id: %q is no identifier; write letters, digits, - and _", list, i, id)
	}
	if seen[id] {
		return fmt.Errorf("%s[%d].id: %q is taken by an earlier one", list, i, id)
	}
	seen[id] = true
	return nil
}

func (c *Config) checkQueues() error {
	if len(c.Queues) == 0 {
		return fmt.Errorf("queues: a hall needs at least one queue")
	}
	ids, prefixes := map[QueueID]bool{}, map[string]bool{}
	take := func(p string, i int, key string) error {
		if !prefixRE.MatchString(p) {
			return fmt.Errorf("queues[%d].%s: %q is no prefix; write one or two capital letters", i, key, p)
		}
		if prefixes[p] {
			return fmt.Errorf("queues[%d].%s: prefix %s is taken by another queue", i, key, p)
		}
		prefixes[p] = true
		return nil
	}
	for i, q := range c.Queues {
		if err := unique(ids, q.ID, "queues", i); err != nil {
			return err
		}
		if q.Name == "" {
			return fmt.Errorf("queues[%d].name: queue %s has no name", i, q.ID)
		}
		if err := take(q.Prefix, i, "prefix"); err != nil {
			return err
		}
		if q.Width != 3 && q.Width != 4 {
			return fmt.Errorf("queues[%d].width: %d; a number has 3 or 4 digits", i, q.Width)
		}
		largest := 999
		if q.Width == 4 {
			largest = 9999
		}
		if q.First < 0 || q.Last <= q.First || q.Last > largest {
			return fmt.Errorf("queues[%d].last: %d; write a number above first (%d) and up to %d", i, q.Last, q.First, largest)
		}
		switch q.BandEnd {
		case Widen, StopAt:
		case Reserve:
			if err := take(q.Reserve, i, "reserve"); err != nil {
				return err
			}
		default:
			return fmt.Errorf("queues[%d].band_end: %q; write widen, reserve or refuse", i, q.BandEnd)
		}
	}
	return nil
}

func (p Policy) check() error {
	d := p
	switch {
	case d.MissAfter < 1 || d.RecallLimit < d.MissAfter:
		return fmt.Errorf("policy.recall_limit: %d is less than miss_after (%d), so nobody could ever be missed", d.RecallLimit, d.MissAfter)
	case d.ReturnAfter < 0 || d.ReturnLimit < 0 || d.HoldLimit < 0 || d.LegLimit < 1:
		return fmt.Errorf("policy: a limit is negative")
	case d.WarnAt < 0 || d.WarnAt > 100:
		return fmt.Errorf("policy.warn_at: %d; write a percentage from 1 to 100", d.WarnAt)
	case d.PriorityHead < 0 || d.AppointmentHead < 0 || d.UnprovedGrace < 0 || d.UndoMissWithin < 0:
		return fmt.Errorf("policy: a duration is negative")
	}
	return nil
}
