package queue

import "time"

// Config is the hall as its people have set it up: what is published, who serves what, by which rules. It is stored as an event,
// so a day can be understood by the rules that held on it.
type Config struct {
	Name        string        `json:"name"`              // 大厅名称
	NameEn      string        `json:"name_en,omitempty"` // its English name
	Departments []Department  `json:"departments"`
	Items       []Item        `json:"items"`
	Queues      []Queue       `json:"queues"`
	WindowSetup []WindowSetup `json:"windows"`
	Devices     []Device      `json:"devices"`
	Zones       []Zone        `json:"zones,omitempty"` // none: the whole hall is one zone; see Announced
	Policy      Policy        `json:"policy"`
	Address     string        `json:"address,omitempty"` // where a phone reaches the hall's pages, without a slash at its end: it stands in the QR codes of tickets; empty: they have none
	Ticket      string        `json:"ticket,omitempty"`  // how a ticket looks: a template's text or name; empty: the usual one. What it says is not the core's business
}

// Department 部门 is an authority with items in the hall.
type Department struct {
	ID     DepartmentID `json:"id"`
	Name   string       `json:"name"`
	NameEn string       `json:"name_en,omitempty"`
}

// Item 事项 is one piece of business. Items that wait together share a queue.
type Item struct {
	ID         ItemID       `json:"id"`
	Name       string       `json:"name"`
	NameEn     string       `json:"name_en,omitempty"`
	Department DepartmentID `json:"department"`
	Queue      QueueID      `json:"queue"`
	Bring      []string     `json:"bring,omitempty"` // what to bring, at most three lines, printed on the ticket
}

// BandEnd is what a queue does after its last number.
type BandEnd string

// The settings of a band's end. Numbers never start again within a service day.
const (
	Widen   BandEnd = "widen"   // A999, A1000 …: one digit more, once
	Reserve BandEnd = "reserve" // go on under the reserve prefix, from First
	StopAt  BandEnd = "refuse"  // issue no more, and say why
)

// Queue 业务队列 is a line of tickets under one prefix.
type Queue struct {
	ID      QueueID `json:"id"`
	Name    string  `json:"name"`
	NameEn  string  `json:"name_en,omitempty"`
	Prefix  string  `json:"prefix"` // ^[A-Z]{1,2}$; unique among all prefixes and reserves
	First   int     `json:"first"`  // first number of a day, ≥ 0
	Last    int     `json:"last"`   // last number of the band, > First, of at most Width digits
	Width   int     `json:"width"`  // digits, 3 or 4
	BandEnd BandEnd `json:"band_end"`
	Reserve string  `json:"reserve,omitempty"` // the prefix to go on with when BandEnd is Reserve
}

// WindowSetup is a window as set up: what stands over it and which queues it serves, in order of preference where waits are equal.
type WindowSetup struct {
	ID         WindowID     `json:"id"`
	Name       string       `json:"name,omitempty"`
	Department DepartmentID `json:"department,omitempty"` // empty: 综合窗口
	Queues     []QueueID    `json:"queues"`
}

// Device is a device as set up. The core knows only that it exists, what it is and where it stands.
type Device struct {
	ID      DeviceID          `json:"id"`
	Kind    string            `json:"kind"` // printer, board, caller, pad, voice, button, lamp; "caller+pad" is one unit
	Profile string            `json:"profile"`
	Port    string            `json:"port"`
	Window  WindowID          `json:"window,omitempty"`
	Address int               `json:"address,omitempty"`
	Zone    ZoneID            `json:"zone,omitempty"` // of a voice: where it is heard; empty: the zone of its window, or the first
	Set     map[string]string `json:"set,omitempty"`  // settings of the profile, by its parameter names
	Line    DeviceLine        `json:"line,omitzero"`  // where its line is set otherwise than its profile says
}

// DeviceLine is how the line of one device is set; what is empty is as the profile says.
type DeviceLine struct {
	Baud   int    `json:"baud,omitempty" toml:"baud,omitempty"`     // bits per second
	Format string `json:"format,omitempty" toml:"format,omitempty"` // 8N1, 7E1 …
	Flow   string `json:"flow,omitempty" toml:"flow,omitempty"`     // none, rtscts or xonxoff
	RS485  string `json:"rs485,omitempty" toml:"rs485,omitempty"`   // kernel: its driver switches the direction with RTS; empty: the adapter does
}

// Policy holds the hall's rules. The zero value of a field means its default; Defaults fills them in.
type Policy struct {
	RecallLimit     int           `json:"recall_limit"`     // calls of one ticket at one window, default 5, at least MissAfter
	MissAfter       int           `json:"miss_after"`       // calls before a ticket may be declared missed, default 3; 1 allows it at once
	ReturnAfter     int           `json:"return_after"`     // others called before a returned ticket, default 3
	ReturnLimit     int           `json:"return_limit"`     // times a ticket may return, default 1
	UndoMissWithin  time.Duration `json:"undo_miss_within"` // how long a miss can be undone, default 10 minutes
	HoldLimit       int           `json:"hold_limit"`       // tickets one window may hold, default 3
	LegLimit        int           `json:"leg_limit"`        // legs of one visit before a transfer is refused, default 6
	PriorityHead    time.Duration `json:"priority_head"`    // head start of the priority class, default 15 minutes
	AppointmentHead time.Duration `json:"appointment_head"` // head start of the appointment class, default 10 minutes
	UnprovedGrace   time.Duration `json:"unproved_grace"`   // after it a ticket whose print is unknown or failed joins the line all the same, default 60 seconds
	WarnAt          int           `json:"warn_at"`          // percent of a band at which to warn, default 90
}

// Defaults returns the policy with every zero field set to its default.
func (p Policy) Defaults() Policy {
	set := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	dur := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	set(&p.RecallLimit, 5)
	set(&p.MissAfter, 3)
	set(&p.ReturnAfter, 3)
	set(&p.ReturnLimit, 1)
	dur(&p.UndoMissWithin, 10*time.Minute)
	set(&p.HoldLimit, 3)
	set(&p.LegLimit, 6)
	dur(&p.PriorityHead, 15*time.Minute)
	dur(&p.AppointmentHead, 10*time.Minute)
	dur(&p.UnprovedGrace, 60*time.Second)
	set(&p.WarnAt, 90)
	return p
}
