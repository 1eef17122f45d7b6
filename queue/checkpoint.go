package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// checkpointForm is raised whenever a checkpoint would be read as another hall by an older or newer program. A checkpoint of another form is not read:
// the events are replayed.
const checkpointForm = 3

// ErrForm says that a checkpoint was written in another form than this program's.
var ErrForm = errors.New("the checkpoint has another form")

// snapshot is the stored form of a hall: its state and nothing that is derived from it.
type snapshot struct {
	Form       int                 `json:"form"`
	Seq        uint64              `json:"seq"`
	At         time.Time           `json:"at"`
	Config     *Config             `json:"config,omitempty"`
	SetupSeq   uint64              `json:"setup,omitempty"`
	Days       []DayID             `json:"days"`
	Ordinal    uint64              `json:"ordinal"`
	Pass       int                 `json:"pass,omitempty"`
	PassOn     string              `json:"pass_on,omitempty"`
	Skipped    map[string]skip     `json:"skipped,omitempty"`
	Jobs       []PrintJob          `json:"jobs"`
	Day        DayID               `json:"day"`
	Date       string              `json:"date,omitempty"`
	Opened     time.Time           `json:"opened,omitzero"`
	Late       bool                `json:"late,omitempty"`
	Paused     *pause              `json:"paused,omitempty"`
	Evacuation *evacuation         `json:"evacuation,omitempty"`
	Frozen     []stretch           `json:"frozen,omitempty"`
	Tickets    []*Ticket           `json:"tickets"`
	Series     map[QueueID]*series `json:"series"`
	Windows    []*Window           `json:"windows"`
	Done       map[WindowID]int    `json:"done"`
	Calls      []CallView          `json:"calls"`

	Overtaken map[TicketID]int   `json:"overtaken,omitempty"` // of those in line, where it is more than their tickets say
	Locked    map[KioskID]string `json:"locked,omitempty"`
	Stopped   map[QueueID]string `json:"stopped,omitempty"`
}

// MarshalJSON writes the whole hall, for a checkpoint.
func (h *Hall) MarshalJSON() ([]byte, error) {
	d := h.day
	s := snapshot{Form: checkpointForm, Seq: h.seq, At: h.at, Config: h.cfg, SetupSeq: h.setupSeq, Ordinal: h.book.ordinal, Pass: h.book.pass, PassOn: h.book.passOn, Skipped: h.book.skipped, Jobs: h.jobs,
		Day: d.id, Date: d.date, Opened: d.opened, Late: d.late, Paused: d.paused, Evacuation: d.evacuation, Frozen: d.frozen, Series: d.series, Done: d.done, Calls: d.calls,
		Locked: h.book.locked, Stopped: d.stopped,
		Days: slices.Sorted(maps.Keys(h.book.days)), Tickets: slices.SortedFunc(maps.Values(d.tickets), byArrival)}
	for _, id := range slices.Sorted(maps.Keys(d.windows)) {
		s.Windows = append(s.Windows, d.windows[id])
	}
	for id, t := range d.tickets {
		if n := h.Overtaken(id); n != t.Overtaken {
			if s.Overtaken == nil {
				s.Overtaken = map[TicketID]int{}
			}
			s.Overtaken[id] = n
		}
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads a hall back. A checkpoint of another form is ErrForm; an unknown field is an error.
func (h *Hall) UnmarshalJSON(data []byte) error {
	var form struct {
		Form int `json:"form"`
	}
	if err := json.Unmarshal(data, &form); err != nil {
		return err
	}
	if form.Form != checkpointForm {
		return fmt.Errorf("%w: %d, this program writes %d", ErrForm, form.Form, checkpointForm)
	}
	var s snapshot
	if err := strictly(data, &s); err != nil {
		return err
	}
	*h = *New()
	h.seq, h.at, h.cfg, h.setupSeq, h.jobs = s.Seq, s.At, s.Config, s.SetupSeq, s.Jobs
	for _, d := range s.Days {
		h.book.days[d] = true
	}
	h.book.ordinal, h.book.pass, h.book.passOn = s.Ordinal, s.Pass, s.PassOn
	maps.Copy(h.book.skipped, s.Skipped)
	maps.Copy(h.book.locked, s.Locked)
	d := h.day
	d.id, d.date, d.opened, d.late, d.paused, d.calls = s.Day, s.Date, s.Opened, s.Late, s.Paused, s.Calls
	d.evacuation, d.frozen = s.Evacuation, s.Frozen
	maps.Copy(d.series, s.Series)
	maps.Copy(d.done, s.Done)
	maps.Copy(d.stopped, s.Stopped)
	for _, w := range s.Windows {
		d.windows[w.ID] = w
	}
	for _, t := range s.Tickets {
		d.add(t)
		if t.State.present() {
			d.present++
		}
		if t.State.inLine() {
			c := t.candidate()
			if n, ok := s.Overtaken[t.ID]; ok {
				c.Overtaken = n
			}
			d.pool.Add(c)
		}
	}
	h.locate()
	h.countAll()
	h.planAll()
	return nil
}
