package hallfile

import (
	"cmp"
	"reflect"
	"time"

	"halld/queue"
	"halld/queue/catalogue"
)

// file is HALL.toml. A pointer that is nil, and a list that is nil, is a key that the file leaves out.
type file struct {
	Hall        hallTable           `toml:"hall"`
	Day         dayTable            `toml:"day"`
	Policy      policyTable         `toml:"policy"`
	Target      targetTable         `toml:"target"`
	Hours       hoursTable          `toml:"hours,omitempty"`
	Specials    []catalogue.Special `toml:"special,omitempty"`
	Ticket      ticketTable         `toml:"ticket,omitempty"`
	Classes     []classTable        `toml:"class,omitempty"`
	Departments []departmentTable   `toml:"department,omitempty"`
	Queues      []queueTable        `toml:"queue,omitempty"`
	Items       []itemTable         `toml:"item,omitempty"`
	Windows     []windowTable       `toml:"window,omitempty"`
	People      []personTable       `toml:"person,omitempty"`
	Kiosks      []kioskTable        `toml:"kiosk,omitempty"`
	Zones       []zoneTable         `toml:"zone,omitempty"`
	Devices     []deviceTable       `toml:"device,omitempty"`
}

type hallTable struct {
	Name   *string `toml:"name"`
	NameEn *string `toml:"name_en"`
	Zone   *string `toml:"zone"`
}

type dayTable struct {
	DayEnd   *string   `toml:"day_end"`
	Overtime *duration `toml:"overtime"`
}

type policyTable struct {
	RecallLimit     *int      `toml:"recall_limit"`
	MissAfter       *int      `toml:"miss_after"`
	ReturnAfter     *int      `toml:"return_after"`
	ReturnLimit     *int      `toml:"return_limit"`
	UndoMissWithin  *duration `toml:"undo_miss_within"`
	HoldLimit       *int      `toml:"hold_limit"`
	LegLimit        *int      `toml:"leg_limit"`
	PriorityHead    *duration `toml:"priority_head"`
	AppointmentHead *duration `toml:"appointment_head"`
	UnprovedGrace   *duration `toml:"unproved_grace"`
	FailedGrace     *duration `toml:"failed_grace"`
	WarnAt          *int      `toml:"warn_at"`
	RateWithin      *duration `toml:"rate_within"`
	OnePerPerson    *bool     `toml:"one_per_person"`
	ImplyArrival    *bool     `toml:"imply_arrival"`
	Discipline      *string   `toml:"discipline"`
	Ratio           *string   `toml:"ratio"`
	WaitCap         *duration `toml:"wait_cap"`
	BatchLimit      *int      `toml:"batch_limit"`
	StaffedWithin   *duration `toml:"staffed_within"`
}

type targetTable struct {
	Wait  *duration `toml:"wait"`
	Share *int      `toml:"share"`
}

type ticketTable struct {
	Address  *string `toml:"address"`
	Template *string `toml:"template,multiline"`
}

type departmentTable struct{ catalogue.Department }

type hoursTable struct {
	catalogue.Hours
	WorkingWeek []catalogue.Weekday `toml:"working_week,omitempty"`
	Holidays    *string             `toml:"holidays"`
	KnownUntil  *int                `toml:"known_until"`
}

type queueTable struct {
	ID      *string      `toml:"id"`
	Name    *string      `toml:"name"`
	NameEn  *string      `toml:"name_en"`
	Prefix  *string      `toml:"prefix"`
	First   *int         `toml:"first"`
	Last    *int         `toml:"last"`
	Width   *int         `toml:"width"`
	BandEnd *string      `toml:"band_end"`
	Reserve *string      `toml:"reserve"`
	Target  *targetTable `toml:"target,inline"`

	Discipline *string       `toml:"discipline"`
	Ratio      *string       `toml:"ratio"`
	WaitCap    *duration     `toml:"wait_cap"`
	LastNumber *string       `toml:"last_number"`
	LastMargin *duration     `toml:"last_margin"`
	LongAt     *int          `toml:"long_at"`
	Unserved   *string       `toml:"unserved"`
	Quotas     []queue.Quota `toml:"quota,omitempty"`
}

type kioskTable struct {
	ID          *string  `toml:"id"`
	Name        *string  `toml:"name"`
	Queues      []string `toml:"queues,omitempty"`
	Items       []string `toml:"items,omitempty"`
	Departments []string `toml:"departments,omitempty"`
}

type itemTable struct {
	catalogue.Item
	Target *targetTable `toml:"target,inline"`
}

type windowTable struct {
	ID         *string  `toml:"id"`
	Name       *string  `toml:"name"`
	Department *string  `toml:"department"`
	Queues     []string `toml:"queues"`
}

type personTable struct {
	ID         *string  `toml:"id"`
	Name       *string  `toml:"name"`
	NameEn     *string  `toml:"name_en"`
	Role       *string  `toml:"role"`
	Department *string  `toml:"department"`
	Post       *string  `toml:"post"`
	Staff      *string  `toml:"staff"`
	Windows    []string `toml:"windows,omitempty"`
}

type zoneTable struct {
	ID        *string   `toml:"id"`
	Name      *string   `toml:"name"`
	Windows   []string  `toml:"windows,omitempty"`
	Languages []string  `toml:"languages"`
	Repeat    *int      `toml:"repeat"`
	Gap       *duration `toml:"gap"`
	Chime     *bool     `toml:"chime"`
	MaxAge    *duration `toml:"max_age"`
	Yao       *bool     `toml:"yao"`
}

type deviceTable struct {
	ID      *string           `toml:"id"`
	Kind    *string           `toml:"kind"`
	Profile *string           `toml:"profile"`
	Port    *string           `toml:"port"`
	Window  *string           `toml:"window"`
	Address *int              `toml:"address"`
	Zone    *string           `toml:"zone"`
	Set     map[string]string `toml:"set,inline,omitempty"`
	Line    *lineTable        `toml:"line,inline"`
}

type lineTable struct {
	Baud   *int    `toml:"baud"`
	Format *string `toml:"format"`
	Flow   *string `toml:"flow"`
	RS485  *string `toml:"rs485"`
}

// duration is written with its unit.
type duration time.Duration

// MarshalText writes 90s, 15m, 4h.
func (d duration) MarshalText() ([]byte, error) {
	return []byte(queue.DurationText(time.Duration(d))), nil
}

// val is what a pointer points to, and nothing where the file says nothing.
func val[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// may is the pointer to a value that is left out where it is nothing.
func may[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func text[K ~string](v K) *string { return may(string(v)) }

func long(p *duration) time.Duration { return time.Duration(val(p)) }

func short(d time.Duration) *duration { return new(duration(d)) }

func names[K ~string](list []string) []K {
	var out []K
	for _, s := range list {
		out = append(out, K(s))
	}
	return out
}

func texts[K ~string](list []K) []string {
	out := make([]string, 0, len(list))
	for _, k := range list {
		out = append(out, string(k))
	}
	return out
}

// config is the hall that the completed file describes.
func (f *file) config() queue.Config {
	p := f.Policy
	c := queue.Config{Name: val(f.Hall.Name), NameEn: val(f.Hall.NameEn), Address: val(f.Ticket.Address), Ticket: val(f.Ticket.Template),
		Policy: queue.Policy{
			RecallLimit: val(p.RecallLimit), MissAfter: val(p.MissAfter), ReturnAfter: val(p.ReturnAfter), ReturnLimit: val(p.ReturnLimit),
			UndoMissWithin: long(p.UndoMissWithin), HoldLimit: val(p.HoldLimit), LegLimit: val(p.LegLimit), PriorityHead: long(p.PriorityHead),
			AppointmentHead: long(p.AppointmentHead), UnprovedGrace: long(p.UnprovedGrace), FailedGrace: long(p.FailedGrace), WarnAt: val(p.WarnAt),
			RateWithin: long(p.RateWithin), DayEnd: queue.DayEnd(val(f.Day.DayEnd)), Overtime: long(f.Day.Overtime),
			OnePerPerson: val(p.OnePerPerson), ImplyArrival: val(p.ImplyArrival), Target: f.Target.target(),
			Discipline: queue.Discipline(val(p.Discipline)), Ratio: val(p.Ratio), WaitCap: long(p.WaitCap),
			BatchLimit: val(p.BatchLimit), StaffedWithin: long(p.StaffedWithin),
		}}
	h := f.Hours
	c.Calendar = catalogue.Calendar{Zone: val(f.Hall.Zone), Hours: h.Hours, WorkingWeek: h.WorkingWeek, Holidays: val(h.Holidays), Specials: f.Specials, KnownUntil: val(h.KnownUntil)}
	c.Calendar, _ = c.Calendar.Fill() // holidays that nobody knows are found by its Check
	for _, d := range f.Departments {
		n := queue.Department{ID: queue.DepartmentID(d.ID), Name: d.Name, NameEn: d.NameEn, Department: d.Department}
		n.Department.ID, n.Department.Name, n.Department.NameEn = "", "", ""
		c.Departments = append(c.Departments, n)
	}
	for _, k := range f.Classes {
		c.Classes = append(c.Classes, k.class())
	}
	for _, q := range f.Queues {
		n := queue.Queue{ID: queue.QueueID(val(q.ID)), Name: val(q.Name), NameEn: val(q.NameEn), Prefix: val(q.Prefix), First: val(q.First), Last: val(q.Last),
			Width: val(q.Width), BandEnd: queue.BandEnd(val(q.BandEnd)), Reserve: val(q.Reserve),
			Discipline: queue.Discipline(val(q.Discipline)), Ratio: val(q.Ratio), WaitCap: long(q.WaitCap),
			LastNumber: queue.LastNumber(val(q.LastNumber)), LastMargin: long(q.LastMargin), LongAt: val(q.LongAt), Unserved: queue.Unserved(val(q.Unserved)), Quotas: q.Quotas}
		if q.Prefix == nil {
			n.Prefix = val(q.ID)
		}
		if q.Target != nil {
			n.Target = q.Target.target()
		}
		c.Queues = append(c.Queues, n)
	}
	for _, i := range f.Items {
		n := queue.Item{ID: queue.ItemID(i.ID), Name: i.Name, NameEn: i.NameEn, Department: queue.DepartmentID(i.Department), Queue: queue.QueueID(i.Queue),
			Bring: names[string](i.Bring), Item: i.Item}
		n.Item.ID, n.Item.Name, n.Item.NameEn, n.Item.Department, n.Item.Queue, n.Item.Bring = "", "", "", "", "", nil
		if i.Target != nil {
			n.Target = i.Target.target()
		}
		c.Items = append(c.Items, n)
	}
	for _, w := range f.Windows {
		c.WindowSetup = append(c.WindowSetup, queue.WindowSetup{ID: queue.WindowID(val(w.ID)), Name: val(w.Name), Department: queue.DepartmentID(val(w.Department)),
			Queues: names[queue.QueueID](w.Queues)})
	}
	for _, h := range f.People {
		c.People = append(c.People, queue.Person{ID: queue.PersonID(val(h.ID)), Name: val(h.Name), NameEn: val(h.NameEn), Role: queue.PersonRole(val(h.Role)),
			Department: queue.DepartmentID(val(h.Department)), Post: val(h.Post), Staff: queue.StaffType(val(h.Staff)), Windows: names[queue.WindowID](h.Windows)})
	}
	for _, k := range f.Kiosks {
		c.Kiosks = append(c.Kiosks, queue.KioskSetup{ID: queue.KioskID(val(k.ID)), Name: val(k.Name), Queues: names[queue.QueueID](k.Queues),
			Items: names[queue.ItemID](k.Items), Departments: names[queue.DepartmentID](k.Departments)})
	}
	for _, z := range f.Zones {
		c.Zones = append(c.Zones, queue.Zone{ID: queue.ZoneID(val(z.ID)), Name: val(z.Name), Windows: names[queue.WindowID](z.Windows),
			Languages: names[string](z.Languages), Repeat: val(z.Repeat), Gap: long(z.Gap), NoChime: !val(z.Chime), MaxAge: long(z.MaxAge), Yao: val(z.Yao)})
	}
	for _, d := range f.Devices {
		n := queue.Device{ID: queue.DeviceID(val(d.ID)), Kind: val(d.Kind), Profile: val(d.Profile), Port: val(d.Port), Window: queue.WindowID(val(d.Window)),
			Address: val(d.Address), Zone: queue.ZoneID(val(d.Zone)), Set: d.Set}
		if len(n.Set) == 0 {
			n.Set = nil
		}
		if l := d.Line; l != nil {
			n.Line = queue.DeviceLine{Baud: val(l.Baud), Format: val(l.Format), Flow: val(l.Flow), RS485: val(l.RS485)}
		}
		c.Devices = append(c.Devices, n)
	}
	return c
}

// target is nothing where no wait is promised: a share of nothing says nothing.
func (t targetTable) target() queue.Target {
	if long(t.Wait) == 0 {
		return queue.Target{}
	}
	return queue.Target{Wait: long(t.Wait), Share: val(t.Share)}
}

// targetOf writes the usual share where nothing is promised, so that a wait can be written in without it.
func targetOf(t queue.Target) targetTable {
	if t == (queue.Target{}) {
		var usual targetTable
		complete(reflect.ValueOf(&usual).Elem(), "target")
		return usual
	}
	return targetTable{Wait: short(t.Wait), Share: new(t.Share)}
}

// fileOf is the inverse of config: every setting stands in the file.
func fileOf(c *queue.Config) *file {
	p := c.Policy
	dayEnd := p.DayEnd
	if dayEnd == "" {
		dayEnd = queue.WhenEmpty
	}
	f := &file{
		Hall: hallTable{Name: new(c.Name), NameEn: text(c.NameEn), Zone: new(c.Calendar.Zone)},
		Day:  dayTable{DayEnd: new(string(dayEnd)), Overtime: short(p.Overtime)},
		Policy: policyTable{RecallLimit: new(p.RecallLimit), MissAfter: new(p.MissAfter), ReturnAfter: new(p.ReturnAfter), ReturnLimit: new(p.ReturnLimit),
			UndoMissWithin: short(p.UndoMissWithin), HoldLimit: new(p.HoldLimit), LegLimit: new(p.LegLimit), PriorityHead: short(p.PriorityHead),
			AppointmentHead: short(p.AppointmentHead), UnprovedGrace: short(p.UnprovedGrace), FailedGrace: short(p.FailedGrace), WarnAt: new(p.WarnAt),
			RateWithin: short(p.RateWithin), OnePerPerson: new(p.OnePerPerson), ImplyArrival: new(p.ImplyArrival),
			Discipline: new(string(cmp.Or(p.Discipline, queue.HeadStart))), Ratio: text(p.Ratio), WaitCap: short(p.WaitCap),
			BatchLimit: new(p.BatchLimit), StaffedWithin: short(p.StaffedWithin)},
		Target: targetOf(p.Target),
		Ticket: ticketTable{Address: text(c.Address), Template: text(c.Ticket)},
	}
	f.Hours = hoursTable{Hours: c.Calendar.Hours, WorkingWeek: c.Calendar.WorkingWeek, Holidays: text(c.Calendar.Holidays), KnownUntil: may(c.Calendar.KnownUntil)}
	f.Specials = c.Calendar.Specials
	offer := c.Catalogue()
	for _, d := range offer.Departments {
		f.Departments = append(f.Departments, departmentTable{d})
	}
	for _, k := range c.Classes {
		f.Classes = append(f.Classes, classTableOf(k))
	}
	for _, q := range c.Queues {
		t := queueTable{ID: new(string(q.ID)), Name: new(q.Name), NameEn: text(q.NameEn), Prefix: new(q.Prefix), First: new(q.First), Last: new(q.Last),
			Width:   new(q.Width),
			BandEnd: new(string(q.BandEnd)), Reserve: text(q.Reserve),
			Discipline: text(q.Discipline), Ratio: text(q.Ratio),
			LastNumber: new(cmp.Or(string(q.LastNumber), string(queue.LastOff))), LastMargin: short(q.LastMargin), LongAt: new(q.LongAt),
			Unserved: new(cmp.Or(string(q.Unserved), string(queue.UnservedIssue))), Quotas: q.Quotas}
		if q.WaitCap != 0 {
			t.WaitCap = short(q.WaitCap)
		}
		if q.Target != (queue.Target{}) {
			t.Target = new(targetOf(q.Target))
		}
		f.Queues = append(f.Queues, t)
	}
	for k, i := range offer.Items {
		t := itemTable{Item: i}
		if c.Items[k].Target != (queue.Target{}) {
			t.Target = new(targetOf(c.Items[k].Target))
		}
		f.Items = append(f.Items, t)
	}
	for _, w := range c.WindowSetup {
		f.Windows = append(f.Windows, windowTable{ID: new(string(w.ID)), Name: text(w.Name), Department: text(w.Department), Queues: texts(w.Queues)})
	}
	for _, h := range c.People {
		f.People = append(f.People, personTable{ID: new(string(h.ID)), Name: new(h.Name), NameEn: text(h.NameEn), Role: new(string(h.Role)),
			Department: text(h.Department),
			Post:       text(h.Post), Staff: text(h.Staff), Windows: texts(h.Windows)})
	}
	for _, k := range c.Kiosks {
		f.Kiosks = append(f.Kiosks, kioskTable{ID: new(string(k.ID)), Name: text(k.Name), Queues: texts(k.Queues), Items: texts(k.Items), Departments: texts(k.Departments)})
	}
	for _, z := range c.Zones {
		f.Zones = append(f.Zones, zoneTable{ID: new(string(z.ID)), Name: text(z.Name), Windows: texts(z.Windows), Languages: texts(z.Languages),
			Repeat: new(z.Repeat),
			Gap:    short(z.Gap), Chime: new(!z.NoChime), MaxAge: short(z.MaxAge), Yao: new(z.Yao)})
	}
	for _, d := range c.Devices {
		t := deviceTable{ID: new(string(d.ID)), Kind: new(d.Kind), Profile: new(d.Profile), Port: new(d.Port), Window: text(d.Window), Address: may(d.Address),
			Zone: text(d.Zone), Set: d.Set}
		if d.Line != (queue.DeviceLine{}) {
			t.Line = &lineTable{Baud: may(d.Line.Baud), Format: text(d.Line.Format), Flow: text(d.Line.Flow), RS485: text(d.Line.RS485)}
		}
		f.Devices = append(f.Devices, t)
	}
	return f
}
