package main

import (
	"github.com/pelletier/go-toml/v2"

	"halld/queue"
)

// writeHall is the inverse of parseHall: the hall as a file.
func writeHall(c queue.Config) ([]byte, error) {
	var f hallFile
	f.Hall.Name, f.Hall.NameEn, f.Ticket.Template = c.Name, c.NameEn, c.Ticket
	f.Ticket.Address = c.Address
	p := c.Policy
	f.Policy.RecallLimit, f.Policy.MissAfter, f.Policy.ReturnAfter, f.Policy.ReturnLimit = p.RecallLimit, p.MissAfter, p.ReturnAfter, p.ReturnLimit
	f.Policy.HoldLimit, f.Policy.LegLimit, f.Policy.WarnAt = p.HoldLimit, p.LegLimit, p.WarnAt
	f.Policy.UndoMissWithin, f.Policy.PriorityHead = p.UndoMissWithin.String(), p.PriorityHead.String()
	f.Policy.AppointmentHead, f.Policy.UnprovedGrace = p.AppointmentHead.String(), p.UnprovedGrace.String()
	f.Departments = grow(f.Departments, len(c.Departments))
	for i, d := range c.Departments {
		t := &f.Departments[i]
		t.ID, t.Name, t.NameEn = string(d.ID), d.Name, d.NameEn
	}
	f.Queues = grow(f.Queues, len(c.Queues))
	for i, q := range c.Queues {
		t := &f.Queues[i]
		t.ID, t.Name, t.NameEn, t.Prefix, t.First, t.Last, t.Width = string(q.ID), q.Name, q.NameEn, q.Prefix, q.First, q.Last, q.Width
		t.BandEnd, t.Reserve = string(q.BandEnd), q.Reserve
	}
	f.Items = grow(f.Items, len(c.Items))
	for i, it := range c.Items {
		t := &f.Items[i]
		t.ID, t.Name, t.NameEn, t.Department, t.Queue, t.Bring = string(it.ID), it.Name, it.NameEn, string(it.Department), string(it.Queue), it.Bring
	}
	f.Windows = grow(f.Windows, len(c.WindowSetup))
	for i, w := range c.WindowSetup {
		t := &f.Windows[i]
		t.ID, t.Name, t.Department = string(w.ID), w.Name, string(w.Department)
		for _, q := range w.Queues {
			t.Queues = append(t.Queues, string(q))
		}
	}
	f.Zones = writeZones(c.Zones)
	f.Devices = grow(f.Devices, len(c.Devices))
	for i, d := range c.Devices {
		t := &f.Devices[i]
		t.ID, t.Kind, t.Profile, t.Port, t.Window, t.Address, t.Zone, t.Set, t.Line = string(d.ID), d.Kind, d.Profile, d.Port, string(d.Window), d.Address, string(d.Zone), d.Set, d.Line
	}
	return toml.Marshal(f)
}

func grow[S ~[]T, T any](_ S, n int) S { return make(S, n) }
