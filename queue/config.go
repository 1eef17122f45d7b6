package queue

import (
	"slices"
	"time"

	"halld/queue/catalogue"
)

// Config is the hall as its people have set it up: what is published, who serves what, by which rules. It is stored as an event,
// so a day can be understood by the rules that held on it. Nothing here has a default: what the hall file leaves out its reader fills in, and 0 means 0.
type Config struct {
	Name        string             `json:"name"`              // 大厅名称
	NameEn      string             `json:"name_en,omitempty"` // its English name
	Departments []Department       `json:"departments"`
	Items       []Item             `json:"items"`
	Queues      []Queue            `json:"queues"`
	WindowSetup []WindowSetup      `json:"windows"`
	People      []Person           `json:"people,omitempty"` // who works here; empty: windows are opened under any name
	Devices     []Device           `json:"devices"`
	Classes     []ClassSetup       `json:"classes,omitempty"` // none: the three usual ones; see ClassList
	Zones       []Zone             `json:"zones,omitempty"`   // none: the whole hall is one zone; see Announced
	Policy      Policy             `json:"policy"`
	Calendar    catalogue.Calendar `json:"calendar,omitzero"` // when the hall is open; its zone is the hall's
	Address     string             `json:"address,omitempty"` // where a phone reaches the hall's pages, without a slash at its end: it stands in the QR codes of tickets; empty: they have none
	Ticket      string             `json:"ticket,omitempty"`  // how a ticket looks: a template's text or name; empty: the usual one. What it says is not the core's business

	Kiosks []KioskSetup `json:"kiosks,omitempty"` // which kiosk offers what; one that is not listed offers everything
}

// Target 等候目标 is a promise about waiting: Share of the people wait no longer than Wait.
type Target struct {
	Wait  time.Duration `json:"wait,omitempty"`  // 0: nothing is promised
	Share int           `json:"share,omitempty"` // percent, 1 to 100
}

// PersonRole 岗位角色 is what somebody is in the hall.
type PersonRole string

// The roles of people.
const (
	Handler PersonRole = "handler" // 经办人
	Chief   PersonRole = "chief"   // 首席代表
	Guide   PersonRole = "guide"   // 导办
	Cashier PersonRole = "cashier" // 收费
	Duty    PersonRole = "duty"    // 值班长
	Leader  PersonRole = "manager" // 大厅管理
)

// PersonRoles lists the roles of people.
func PersonRoles() []PersonRole { return []PersonRole{Handler, Chief, Guide, Cashier, Duty, Leader} }

// StaffType 人员性质 is how somebody is employed.
type StaffType string

// The types of staff.
const (
	Established StaffType = "established" // 在编
	Contract    StaffType = "contract"    // 聘用
	Temporary   StaffType = "temporary"   // 临聘
	Support     StaffType = "support"     // 工勤
)

// StaffTypes lists the types of staff.
func StaffTypes() []StaffType { return []StaffType{Established, Contract, Temporary, Support} }

// Person 工作人员 works in the hall. The staff number is printed on badges and stands in the log; screens show the name.
type Person struct {
	ID         PersonID     `json:"id"` // staff number 工号
	Name       string       `json:"name"`
	NameEn     string       `json:"name_en,omitempty"`
	Role       PersonRole   `json:"role"`
	Department DepartmentID `json:"department,omitempty"`
	Post       string       `json:"post,omitempty"` // 岗位, in words
	Staff      StaffType    `json:"staff,omitempty"`
	Windows    []WindowID   `json:"windows,omitempty"` // where this person may sit; empty: anywhere
}

// mayOpen reports whether the person may staff a window.
func (p *Person) mayOpen(w WindowID) bool {
	return len(p.Windows) == 0 || slices.Contains(p.Windows, w)
}

// Person finds somebody by staff number.
func (c *Config) Person(id PersonID) (*Person, bool) {
	i := slices.IndexFunc(c.People, func(p Person) bool { return p.ID == id })
	if i < 0 {
		return nil, false
	}
	return &c.People[i], true
}

// Department 部门 is an authority with items in the hall. Its id and names stand here; what else is kept of it is the catalogue's, whose own id and names
// are empty: see Catalogue.
type Department struct {
	ID     DepartmentID `json:"id"`
	Name   string       `json:"name"`
	NameEn string       `json:"name_en,omitempty"`
	catalogue.Department
}

// Item 事项 is one piece of business. Items that wait together share a queue. What the hall works with stands here; what else is published of it is the
// catalogue's, whose own id, names, department, queue and lines to bring are empty: see Catalogue.
type Item struct {
	ID         ItemID       `json:"id"`
	Name       string       `json:"name"`
	NameEn     string       `json:"name_en,omitempty"`
	Department DepartmentID `json:"department"`
	Queue      QueueID      `json:"queue"`
	Bring      []string     `json:"bring,omitempty"` // what to bring, at most three lines, printed on the ticket
	Target     Target       `json:"target,omitzero"` // instead of its queue's
	catalogue.Item
}

// Catalogue is what the hall offers, with its dates: departments and items in all their versions.
func (c *Config) Catalogue() catalogue.Catalogue {
	var out catalogue.Catalogue
	for _, d := range c.Departments {
		n := d.Department
		n.ID, n.Name, n.NameEn = string(d.ID), d.Name, d.NameEn
		out.Departments = append(out.Departments, n)
	}
	for _, it := range c.Items {
		n := it.Item
		n.ID, n.Name, n.NameEn, n.Department, n.Queue, n.Bring = string(it.ID), it.Name, it.NameEn, string(it.Department), string(it.Queue), it.Bring
		out.Items = append(out.Items, n)
	}
	return out
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
	Target  Target  `json:"target,omitzero"`   // instead of the hall's

	// Who is next in this queue, instead of the hall's rule; what is empty is the hall's.
	Discipline Discipline    `json:"discipline,omitempty"`
	Ratio      string        `json:"ratio,omitempty"`
	WaitCap    time.Duration `json:"wait_cap,omitempty"`
	Quotas     []Quota       `json:"quotas,omitempty"`
	LastNumber LastNumber    `json:"last_number,omitempty"` // empty: off
	LastMargin time.Duration `json:"last_margin,omitempty"` // so long before closing time somebody has to be served
	LongAt     int           `json:"long_at,omitempty"`     // people in line from which a kiosk asks whether to go on; 0: never
	Unserved   Unserved      `json:"unserved,omitempty"`    // empty: issue
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

// DayEnd is when a service day ends by itself.
type DayEnd string

// The ends of a day. Either way no number is given after closing time.
const (
	WhenEmpty DayEnd = "when-empty" // at closing time, or later as soon as nobody is left, at the latest after Policy.Overtime
	AtClosing DayEnd = "at-closing" // at closing time, whoever waits
)

// Policy holds the hall's rules. 0 means 0.
type Policy struct {
	RecallLimit     int           `json:"recall_limit"`            // calls of one ticket at one window, at least MissAfter
	MissAfter       int           `json:"miss_after"`              // calls before a ticket may be declared missed; 1 allows it at once
	ReturnAfter     int           `json:"return_after"`            // others called before a returned ticket; 0: it takes its old place
	ReturnLimit     int           `json:"return_limit"`            // times a ticket may return; 0: never
	UndoMissWithin  time.Duration `json:"undo_miss_within"`        // how long a miss can be undone; 0: not at all
	HoldLimit       int           `json:"hold_limit"`              // tickets one window may hold; 0: none
	LegLimit        int           `json:"leg_limit"`               // legs of one visit before a transfer is refused, at least 1
	PriorityHead    time.Duration `json:"priority_head"`           // head start of the priority class
	AppointmentHead time.Duration `json:"appointment_head"`        // head start of the appointment class
	UnprovedGrace   time.Duration `json:"unproved_grace"`          // after it a ticket whose print is unknown joins the line all the same
	FailedGrace     time.Duration `json:"failed_grace"`            // after it a ticket whose print failed is void: nobody holds it
	WarnAt          int           `json:"warn_at"`                 // percent of a band at which to warn; 0: never
	RateWithin      time.Duration `json:"rate_within"`             // how long after the end of a service a pad still rates it
	DayEnd          DayEnd        `json:"day_end,omitempty"`       // empty: when-empty
	Overtime        time.Duration `json:"overtime"`                // how long after closing time a day may still last
	OnePerPerson    bool          `json:"one_per_person"`          // a person known to a kiosk has one live ticket in each queue
	ImplyArrival    bool          `json:"imply_arrival,omitempty"` // a called ticket that is finished was served from its call on, without a word; screens then leave "arrived" out
	Target          Target        `json:"target,omitzero"`         // what the hall promises about waiting
	Discipline      Discipline    `json:"discipline,omitempty"`    // who is next; empty: head-start
	Ratio           string        `json:"ratio,omitempty"`         // of the discipline ratio: 2:1 is two ordinary calls, then one favoured
	WaitCap         time.Duration `json:"wait_cap,omitempty"`      // as soon as somebody waits longer, who came first of all is next; 0: never

	BatchLimit    int           `json:"batch_limit,omitempty"`    // cases that one ticket may stand for; 0: one
	StaffedWithin time.Duration `json:"staffed_within,omitempty"` // so long after an opening, and after the last one left, somebody is expected at a window
}
