package queue

import (
	"time"

	"halld/queue/catalogue"
)

// View is a read-only picture of the hall after one event. It is small (queues and windows, not tickets), immutable and safe to share.
type View struct {
	Seq         uint64              `json:"seq"`
	Day         DayID               `json:"service_day"` // empty while no day is open
	Date        string              `json:"-"`           // the business date of the day, 2006-01-02
	Opened      time.Time           `json:"-"`
	Closing     time.Time           `json:"-"` // when the open day should end
	Openings    []catalogue.Opening `json:"-"` // the stretches of that day by the hours, in order; never changed; none in a hall without hours
	Paused      *IssuePaused        `json:"-"` // no numbers are given
	Evacuated   *HallEvacuated      `json:"-"` // everybody is to leave
	EvacuatedAt time.Time           `json:"-"` // since when
	NextOpening time.Time           `json:"-"` // by the hours; zero: none is known
	Skips       []SkipView          `json:"-"` // the dates on which it stays closed, from that of At on, soonest first
	Zone        *time.Location      `json:"-"` // of the hall, never nil
	At          time.Time           `json:"at"`
	Queues      []QueueView         `json:"queues"`
	Windows     []WindowView        `json:"windows"`
	Calls       []CallView          `json:"calls"` // tickets called: those still asked for first, each newest first; at most CallsShown, and all that are asked for
	Setup       uint64              `json:"-"`     // the event that set the hall up as it is
	Config      *Config             `json:"-"`
	Jobs        []PrintJob          `json:"-"` // prints not ended, oldest first

	Late   bool               `json:"-"` // numbers are given after closing time, because a person wants it
	Locked map[KioskID]string `json:"-"` // kiosks that give no numbers, with the reason
}

// Window finds a window; nil: the hall has none of this id.
func (v *View) Window(id WindowID) *WindowView {
	for i := range v.Windows {
		if v.Windows[i].ID == id {
			return &v.Windows[i]
		}
	}
	return nil
}

// Stale reports whether the open day is not today's.
func (v *View) Stale(now time.Time) bool {
	return v.Day != "" && v.Date != now.In(v.Zone).Format(time.DateOnly)
}

// CallsShown is how many calls a View remembers.
const CallsShown = 12

// QueueView is a queue as everybody may see it.
type QueueView struct {
	ID       QueueID   `json:"id"`
	Name     string    `json:"name"`
	NameEn   string    `json:"name_en,omitempty"`
	Waiting  int       `json:"waiting"`
	Printing int       `json:"printing"`              // issued, not in line yet
	Oldest   time.Time `json:"oldest_since,omitzero"` // since when the one who waits longest waits
	Next     string    `json:"next_number,omitempty"` // number that the next citizen would get; empty if none is left
	Left     int       `json:"numbers_left"`
	Issued   int       `json:"issued"` // numbers given out this service day

	More      int           `json:"-"` // cases of those waiting and printing beyond one each
	Stopped   string        `json:"-"` // no numbers are given for now, and why
	Quotas    []QuotaView   `json:"-"` // of the present service day
	Each      time.Duration `json:"-"` // how long a case takes, with the windows as they are; 0: nobody knows, or nobody asks
	Work      time.Duration `json:"-"` // and until who comes now is served
	Unstaffed time.Time     `json:"-"` // since when nobody sits at a window that serves it; zero: somebody does
}

// WindowView is a window as everybody may see it.
type WindowView struct {
	ID      WindowID     `json:"id"`
	Name    string       `json:"name,omitempty"`
	State   WindowState  `json:"state"`
	Pause   PauseReason  `json:"pause,omitempty"`
	Clerk   string       `json:"clerk,omitempty"`    // the name of who sits there
	ClerkID PersonID     `json:"clerk_id,omitempty"` // and the staff number
	Since   time.Time    `json:"since,omitzero"`
	Queues  []QueueID    `json:"queues"`
	Ticket  *TicketView  `json:"ticket"` // called or serving; null when idle
	Held    []TicketView `json:"held,omitempty"`
	Done    int          `json:"done"`                // tickets finished here this service day
	Undo    string       `json:"undo_miss,omitempty"` // number whose miss can be undone here
	// Rate is the ticket a press on this window's pad belongs to now; empty when none does.
	Rate   TicketID `json:"rate,omitempty"`
	Holder string   `json:"holder,omitempty"` // nobody is shown it; it is kept with an answer, so that its repetition says staffed, too
}

// TicketView is a ticket at a window.
type TicketView struct {
	ID         TicketID  `json:"id"`
	Number     string    `json:"number"`
	Queue      QueueID   `json:"queue"`
	Item       ItemID    `json:"item,omitempty"`
	ItemName   string    `json:"item_name,omitempty"` // as it was called when the ticket was issued
	ItemNameEn string    `json:"item_name_en,omitempty"`
	State      State     `json:"state"`
	Class      Class     `json:"class"`
	Calls      int       `json:"calls"`
	Since      time.Time `json:"since"` // of its state
	Why        Reason    `json:"why,omitempty"`
}

// CallView is one line of the hall board.
type CallView struct {
	Ticket TicketID  `json:"ticket"`
	Number string    `json:"number"`
	Window WindowID  `json:"window"`
	Queue  QueueID   `json:"queue"`
	Calls  int       `json:"calls"`
	At     time.Time `json:"at"`
	Active bool      `json:"active"` // still called: the citizen has not been recorded at the window
}

// Answer is what a command leads to: the ticket and the window it acted on, as they are after it. Fields that do not apply are nil.
type Answer struct {
	Ticket *Ticket     `json:"ticket,omitempty"`
	Window *WindowView `json:"window,omitempty"`
	Day    DayID       `json:"day,omitempty"` // of a command about neither: the day that is open now
	Ahead  int         `json:"ahead"`         // for a ticket in line or printing: how many will be called before it
	Seq    uint64      `json:"seq"`           // the last event of the command, or of the hall if nothing changed
}
