package sqlite_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
)

// This file reads a hall's log by docs/log-format.md and by nothing else: no type and no function of the program is used in it (TestReaderIsIndependent).
// Where it and the program differ, one of them or the document is wrong.

// logTicket is a ticket as the document's table of fields has it; moments are milliseconds here and text outside.
type logTicket struct {
	ID          string `json:"id"`
	Number      string `json:"number"`
	Visit       string `json:"visit"`
	Leg         int    `json:"leg"`
	Queue       string `json:"queue"`
	Item        string `json:"item,omitempty"`
	ItemName    string `json:"item_name,omitempty"`
	ItemNameEn  string `json:"item_name_en,omitempty"`
	Setup       uint64 `json:"setup,omitempty"`
	Person      string `json:"person,omitempty"`
	Class       string `json:"class"`
	Claim       string `json:"claim,omitempty"`
	State       string `json:"state"`
	Ordinal     uint64 `json:"ordinal"`
	Issued      moment `json:"issued_at"`
	Queued      moment `json:"queued_at,omitempty"`
	Window      string `json:"window,omitempty"`
	Clerk       string `json:"clerk,omitempty"`
	Calls       int    `json:"calls,omitempty"`
	FirstCalled moment `json:"first_called_at,omitempty"`
	CalledAt    moment `json:"called_at,omitempty"`
	Served      moment `json:"served_at,omitempty"`
	Ended       moment `json:"ended_at,omitempty"`
	Why         string `json:"why,omitempty"`
	Overtook    int    `json:"overtook,omitempty"`
	Rule        string `json:"rule,omitempty"`
	Told        object `json:"told,omitempty"`
	Overtaken   int    `json:"overtaken,omitempty"`
	After       int    `json:"after,omitempty"`
	Returns     int    `json:"returns,omitempty"`
	Misses      int    `json:"misses,omitempty"`
	Outcome     string `json:"outcome,omitempty"`
	Note        string `json:"note,omitempty"`
	Rating      int    `json:"rating,omitempty"`
	Print       string `json:"print,omitempty"`
	Printer     string `json:"printer,omitempty"`
	Prints      int    `json:"prints,omitempty"`
	Problem     string `json:"problem,omitempty"`
	PrintEnded  moment `json:"print_ended_at,omitempty"`

	Quantity int    `json:"quantity,omitempty"`
	Past     moment `json:"past,omitempty"`
	Resumes  moment `json:"resumes,omitempty"`
	Unserved bool   `json:"unserved,omitempty"`
}

// object is a JSON object as it stands.
type object string

func (o object) MarshalJSON() ([]byte, error) { return []byte(o), nil }

func (o *object) UnmarshalJSON(data []byte) error {
	*o = object(data)
	return nil
}

// told is why a ticket was called, in numbers.
type told struct {
	Waited int      `json:"waited_seconds,omitempty"`
	Head   int      `json:"head_seconds,omitempty"`
	Slope  int      `json:"slope,omitempty"`
	Ratio  string   `json:"ratio,omitempty"`
	Tier   int      `json:"tier,omitempty"`
	Cap    int      `json:"cap_seconds,omitempty"`
	Passed []passed `json:"passed,omitempty"`
	Turn   int      `json:"turn,omitempty"`
}

type passed struct {
	Queue string `json:"queue"`
	Count int    `json:"count"`
}

// moment is in milliseconds since 1970; 0: unset.
type moment int64

func (m moment) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.UnixMilli(int64(m)).UTC().Format("2006-01-02T15:04:05.999Z"))
}

func (m *moment) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	t, err := time.Parse("2006-01-02T15:04:05.999Z", text)
	*m = moment(t.UnixMilli())
	return err
}

type logWindow struct {
	State, Reason, Clerk, Name, Holder, Ticket string
	Held                                       []string
}

type logDay struct {
	Day                string
	First, Last        int64
	Opened, Closed     moment
	OpenedBy, ClosedBy string
	Date               string
}

type logJob struct {
	ID, Ticket, Printer string
	Copy                int
	State               string
}

// logHall is what a log adds up to.
type logHall struct {
	tickets map[string]*logTicket // of all days
	today   map[string]*logTicket // of the latest day
	days    []*logDay
	open    bool // the latest day
	windows map[string]*logWindow
	jobs    []logJob
	skipped map[string]string
	paused  bool
	stopped map[string]string // queues
	locked  map[string]string // kiosks
	config  struct {
		Windows []struct {
			ID string `json:"id"`
		} `json:"windows"`
	}
	place  uint64
	passed map[string]int // tickets that calls passed over, and how often
	events int
	kinds  map[string]int
}

// logFact has every field that the data of any kind can have.
type logFact struct {
	Config               json.RawMessage
	Day, Date, Reason    string
	Rule                 any
	To, Since            moment
	By                   int64
	Seq, Anchored        uint64
	Skip                 int
	Why                  string
	Ticket, Number       string
	Queue, Item          string
	ItemName             string `json:"item_name"`
	ItemNameEn           string `json:"item_name_en"`
	Setup                uint64
	Person, Class, State string
	Claim                string
	Granted              bool
	Told                 object
	Used, Of             int
	Prefix               string
	Width, Last          int
	Next                 json.RawMessage
	Job, Printer         string
	Copy                 int
	Result, Method       string
	Problem, Cause       string
	After                int
	Window, Clerk, Name  string
	Holder, Note         string
	Overtook, Calls      int
	Resume               bool
	Outcome              string
	Level                int
	Source               string

	Kiosk         string
	Quantity      int
	Past, Resumes moment
	Unserved      bool
}

// logKinds lists the fields of each kind; those in brackets may be missing.
var logKinds = map[string]string{
	"hall.configured": "config", "day.opened": "day", "day.closed": "day", "day.skipped": "date reason", "day.unskipped": "date", "issue.paused": "[reason rule]", "issue.resumed": "",
	"clock.confirmed": "to [since by date]", "log.accepted": "seq [anchored] skip [why]",
	"ticket.issued": "ticket number queue [item item_name item_name_en setup person] class state [claim quantity past resumes unserved reason]", "band.warned": "queue used of",
	"band.extended": "queue prefix width next last", "print.queued": "job ticket printer copy", "print.started": "job ticket", "print.ended": "job ticket result [method problem]",
	"ticket.queued": "ticket cause [after reason]", "ticket.ended": "ticket state [reason]", "ticket.moved": "ticket queue [reason]", "ticket.reclassified": "ticket class reason", "ticket.claim-answered": "ticket class [granted]",
	"window.opened": "window [clerk name holder]", "window.paused": "window reason", "window.closed": "window",
	"ticket.called": "ticket window [clerk] why [rule note overtook calls told]", "ticket.recalled": "ticket window calls", "ticket.serving": "ticket window [resume]",
	"ticket.done": "ticket window outcome [item item_name item_name_en note]", "ticket.missed": "ticket window", "ticket.held": "ticket window [reason]",
	"ticket.transferred": "ticket window next queue [item item_name item_name_en setup reason]", "ticket.rated": "ticket [window level] source",
	"hall.evacuated": "reason", "hall.resumed": "",
	"queue.paused": "queue reason", "queue.resumed": "queue", "kiosk.locked": "kiosk reason", "kiosk.unlocked": "kiosk",
}

// readLogFact reads data strictly: every field that must be there is, and no other.
func readLogFact(kind, data string) (f logFact, err error) {
	fields, known := logKinds[kind]
	if !known {
		return f, fmt.Errorf("kind %q is not described", kind)
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal([]byte(data), &got); err != nil {
		return f, err
	}
	optional := false
	for word := range strings.FieldsSeq(fields) {
		name := strings.Trim(word, "[]")
		optional = optional || word[0] == '['
		if _, ok := got[name]; !ok && !optional {
			return f, fmt.Errorf("%s without %s: %s", kind, name, data)
		}
		delete(got, name)
		optional = optional && word[len(word)-1] != ']'
	}
	if len(got) > 0 {
		return f, fmt.Errorf("%s has fields that are not described: %v", kind, got)
	}
	return f, json.Unmarshal([]byte(data), &f)
}

// openLog opens the database of a folder without writing, as the document says.
func openLog(dir, scratch string) (*sql.DB, error) {
	file, wal := filepath.Join(dir, "hall.db"), filepath.Join(dir, "hall.db-wal")
	if info, err := os.Stat(wal); errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
		return sql.Open("sqlite3", "file:"+file+"?mode=ro&immutable=1")
	}
	for _, from := range []string{file, wal} {
		data, err := os.ReadFile(from)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(scratch, filepath.Base(from)), data, 0o600); err != nil {
			return nil, err
		}
	}
	return sql.Open("sqlite3", "file:"+filepath.Join(scratch, "hall.db"))
}

// readLog reads the whole log, checks its chain, and adds it up.
func readLog(db *sql.DB) (*logHall, error) {
	h := &logHall{tickets: map[string]*logTicket{}, today: map[string]*logTicket{}, windows: map[string]*logWindow{}, skipped: map[string]string{}, stopped: map[string]string{}, locked: map[string]string{}, passed: map[string]int{}, kinds: map[string]int{}}
	var format, form2 int
	if err := db.QueryRow("PRAGMA user_version").Scan(&format); err != nil {
		return nil, err
	}
	columns := "1, '', ''"
	if format > 3 {
		return nil, fmt.Errorf("format %d", format)
	} else if format >= 2 {
		columns = `form, clock, "by"`
		if err := db.QueryRow("SELECT value FROM meta WHERE key = 'form-2-from'").Scan(&form2); err != nil {
			return nil, err
		}
	}
	rows, err := db.Query("SELECT seq, at, kind, data, hash, " + columns + " FROM events ORDER BY seq")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var prev [32]byte
	var last moment
	for rows.Next() {
		var seq, form int
		var at moment
		var kind, data, clock, by string
		var hash []byte
		if err := rows.Scan(&seq, &at, &kind, &data, &hash, &form, &clock, &by); err != nil {
			return nil, err
		}
		if seq != h.events+1 || at < last {
			return nil, fmt.Errorf("event %d at %d after event %d at %d", seq, at, h.events, last)
		}
		if want := 1 + min(1, max(0, seq-form2+1)); format >= 2 && form != want {
			return nil, fmt.Errorf("event %d is of form %d, and form 2 begins with %d", seq, form, form2)
		}
		if form == 2 && (clock != "trusted" && clock != "suspect" || !strings.HasPrefix(by, `{"role":"`)) {
			return nil, fmt.Errorf("event %d names clock %q and actor %q", seq, clock, by)
		}
		if prev = linkOf(prev, seq, at, form, kind, clock, by, data); !bytes.Equal(prev[:], hash) {
			return nil, fmt.Errorf("the chain breaks at event %d", seq)
		}
		f, err := readLogFact(kind, data)
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", seq, err)
		}
		h.events, last = seq, at
		h.kinds[kind]++
		if err := h.apply(int64(seq), form, at, kind, by, &f); err != nil {
			return nil, fmt.Errorf("event %d, %s: %w", seq, kind, err)
		}
	}
	return h, rows.Err()
}

func linkOf(prev [32]byte, seq int, at moment, form int, kind, clock, by, data string) [32]byte {
	b := append([]byte(nil), prev[:]...)
	number := func(n uint64) { b = binary.BigEndian.AppendUint64(b, n) }
	text := func(s string) { number(uint64(len(s))); b = append(b, s...) }
	number(uint64(seq))
	number(uint64(at))
	if form == 1 {
		text(kind)
		return sha256.Sum256(append(b, data...))
	}
	number(uint64(form))
	text(kind)
	text(clock)
	text(by)
	text(data)
	return sha256.Sum256(b)
}

func (h *logHall) day() *logDay {
	if len(h.days) == 0 {
		return nil
	}
	return h.days[len(h.days)-1]
}

func (h *logHall) apply(seq int64, form int, at moment, kind, by string, f *logFact) error {
	switch kind {
	case "hall.configured":
		h.config.Windows = nil
		if err := json.Unmarshal(f.Config, &h.config); err != nil {
			return err
		}
		was := h.windows
		h.windows = map[string]*logWindow{}
		for _, w := range h.config.Windows {
			if h.windows[w.ID] = was[w.ID]; was[w.ID] == nil {
				h.windows[w.ID] = &logWindow{State: "closed"}
			}
		}
	case "day.opened":
		if by == "" {
			by = `{"role":""}`
		}
		h.days = append(h.days, &logDay{Day: f.Day, First: seq, Opened: at, OpenedBy: by, Date: f.Day[:10]})
		h.stopped = map[string]string{}
		h.open, h.paused, h.today = true, false, map[string]*logTicket{}
		for id := range h.windows {
			h.windows[id] = &logWindow{State: "closed"}
		}
	case "day.closed":
		if by == "" {
			by = `{"role":""}`
		}
		d := h.day()
		d.Last, d.Closed, d.ClosedBy, h.open = seq, at, by, false
		if form == 1 {
			h.jobs = slices.DeleteFunc(h.jobs, func(j logJob) bool { return j.State == "pending" })
		}
	case "day.skipped":
		h.skipped[f.Date] = f.Reason
	case "day.unskipped":
		delete(h.skipped, f.Date)
	case "hall.evacuated", "hall.resumed":
	case "issue.paused", "issue.resumed":
		h.paused = kind == "issue.paused"
	case "queue.paused":
		h.stopped[f.Queue] = f.Reason
	case "queue.resumed":
		delete(h.stopped, f.Queue)
	case "kiosk.locked":
		h.locked[f.Kiosk] = f.Reason
	case "kiosk.unlocked":
		delete(h.locked, f.Kiosk)
	case "clock.confirmed":
		h.confirmed(f)
	case "log.accepted":
		h.place += uint64(f.Skip)
	case "band.warned", "band.extended":
	case "window.opened", "window.paused", "window.closed":
		w := h.windows[f.Window]
		switch kind {
		case "window.opened":
			w.State, w.Reason, w.Clerk, w.Name, w.Holder = "open", "", f.Clerk, f.Name, f.Holder
		case "window.paused":
			w.State, w.Reason = "paused", f.Reason
		default:
			*w = logWindow{State: "closed"}
		}
	case "print.queued", "print.started", "print.ended":
		h.printed(kind, at, f)
	case "ticket.issued":
		h.place++
		t := &logTicket{ID: f.Ticket, Number: f.Number, Visit: f.Ticket, Leg: 1, Queue: f.Queue, Item: f.Item, ItemName: f.ItemName, ItemNameEn: f.ItemNameEn, Setup: f.Setup,
			Person: f.Person, Class: f.Class, Claim: f.Claim, State: f.State, Ordinal: h.place, Issued: at,
			Quantity: f.Quantity, Past: f.Past, Resumes: f.Resumes, Unserved: f.Unserved}
		if f.State == "waiting" {
			t.Queued = at
		}
		if h.tickets[t.ID] != nil {
			return fmt.Errorf("ticket %s is issued twice", t.ID)
		}
		h.tickets[t.ID], h.today[t.ID] = t, t
	default:
		t := h.today[f.Ticket]
		if t == nil {
			return fmt.Errorf("there is no ticket %s", f.Ticket)
		}
		return h.moved(kind, at, f, t)
	}
	return nil
}

func (h *logHall) confirmed(f *logFact) {
	if f.Since == 0 || !h.open {
		return
	}
	later := func(m *moment) {
		if *m != 0 && *m >= f.Since {
			*m += moment(f.By / int64(time.Millisecond))
		}
	}
	for _, t := range h.today {
		for _, m := range []*moment{&t.Issued, &t.Queued, &t.FirstCalled, &t.CalledAt, &t.Served, &t.Ended, &t.PrintEnded} {
			later(m)
		}
		t.Overtaken = h.passed[t.ID]
	}
	later(&h.day().Opened)
	if f.Date != "" {
		h.day().Date = f.Date
	}
}

func (h *logHall) printed(kind string, at moment, f *logFact) {
	i := slices.IndexFunc(h.jobs, func(j logJob) bool { return j.ID == f.Job })
	t := h.today[f.Ticket]
	if t == nil {
		t = &logTicket{} // of an earlier day: it does not change any more
	}
	switch kind {
	case "print.queued":
		h.jobs = append(h.jobs, logJob{ID: f.Job, Ticket: f.Ticket, Printer: f.Printer, Copy: f.Copy, State: "pending"})
		t.Print, t.Printer, t.Prints, t.Problem = "pending", f.Printer, f.Copy, ""
	case "print.started":
		if i >= 0 {
			h.jobs[i].State = "printing"
		}
		t.Print = "printing"
	default:
		if i >= 0 {
			h.jobs = slices.Delete(h.jobs, i, i+1)
		}
		if t.Print, t.Problem = f.Result, f.Problem; t.State == "issued" {
			t.PrintEnded = at
		}
	}
}

// moved applies an event of a ticket of the latest day.
func (h *logHall) moved(kind string, at moment, f *logFact, t *logTicket) error {
	end := func(state string) {
		h.leave(t)
		t.State, t.Ended = state, at
	}
	t.Overtaken = h.passed[t.ID]
	switch kind {
	case "ticket.queued":
		h.leave(t)
		if f.Cause == "returned" {
			t.After, t.Ended = f.After, 0
			t.Returns++
		}
		if t.Queued == 0 {
			t.Queued = at
		}
		t.State, t.Calls = "waiting", 0
	case "ticket.ended":
		end(f.State)
		t.Note = f.Reason
	case "ticket.moved":
		t.Queue = f.Queue
	case "ticket.reclassified":
		t.Class, t.Claim = f.Class, ""
	case "ticket.claim-answered":
		if t.Claim != f.Class {
			return fmt.Errorf("ticket %s claims %q", t.ID, t.Claim)
		}
		if t.Claim = ""; f.Granted {
			t.Class = f.Class
		}
	case "ticket.called":
		return h.called(at, f, t)
	case "ticket.recalled":
		t.Calls = f.Calls
	case "ticket.serving":
		h.leave(t)
		h.windows[f.Window].Ticket, t.State = t.ID, "serving"
		if t.Served == 0 {
			t.Served = at
		}
	case "ticket.held":
		h.leave(t)
		w := h.windows[f.Window]
		w.Held, t.State = append(w.Held, t.ID), "held"
	case "ticket.missed":
		end("missed")
		t.Misses++
	case "ticket.done":
		if t.Served == 0 {
			t.Served = t.CalledAt
		}
		if t.Outcome, t.Note = f.Outcome, f.Note; f.Item != "" {
			t.Item, t.ItemName, t.ItemNameEn = f.Item, f.ItemName, f.ItemNameEn
		}
		end("done")
	case "ticket.transferred":
		end("transferred")
		t.Outcome, t.Note = "other-window", f.Reason
		var next string
		if err := json.Unmarshal(f.Next, &next); err != nil {
			return err
		}
		n := &logTicket{ID: next, Number: t.Number, Visit: t.Visit, Leg: t.Leg + 1, Queue: f.Queue, Item: f.Item, ItemName: f.ItemName, ItemNameEn: f.ItemNameEn, Setup: f.Setup,
			Person: t.Person, Class: t.Class, Claim: t.Claim, State: "waiting", Ordinal: t.Ordinal, Issued: t.Issued, Queued: at,
			Quantity: t.Quantity}
		h.tickets[n.ID], h.today[n.ID] = n, n
	case "ticket.rated":
		t.Rating = f.Level
	default:
		return errors.New("nothing is done with it")
	}
	return nil
}

func (h *logHall) called(at moment, f *logFact, t *logTicket) error {
	if t.Rule, t.Told = "", f.Told; f.Told != "" {
		t.Rule, _ = f.Rule.(string)
		if err := h.pass(t, f); err != nil {
			return err
		}
	}
	if f.Why == "miss-undone" {
		t.Misses--
	} else {
		for _, o := range h.today {
			if o != t && o.Queue == t.Queue && o.State == "waiting" && o.After > 0 {
				o.After--
			}
		}
	}
	t.State, t.Window, t.Clerk, t.CalledAt, t.Why, t.Overtook, t.Calls, t.After, t.Ended = "called", f.Window, f.Clerk, at, f.Why, f.Overtook, max(1, f.Calls), 0, t.Served
	if t.FirstCalled == 0 {
		t.FirstCalled = at
	}
	if f.Note != "" {
		t.Note = f.Note
	}
	h.windows[f.Window].Ticket = t.ID
	return nil
}

// pass counts a call at everybody whom it passes over, and asks whether they are as many as it says.
func (h *logHall) pass(t *logTicket, f *logFact) error {
	var why told
	dec := json.NewDecoder(strings.NewReader(string(f.Told)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&why); err != nil {
		return err
	}
	overtook := f.Overtook
	for _, p := range why.Passed {
		n := 0
		for _, o := range h.today {
			before := o.Issued < t.Issued || o.Issued == t.Issued && o.Ordinal < t.Ordinal
			if o != t && o.Queue == p.Queue && o.State == "waiting" && o.After == 0 && before {
				h.passed[o.ID]++
				n++
			}
		}
		if n != p.Count {
			return fmt.Errorf("the call of %s passed %d of queue %s, not %d", t.ID, n, p.Queue, p.Count)
		}
		overtook -= n
	}
	if overtook != 0 {
		return fmt.Errorf("the call of %s passed %d more than its queues say", t.ID, overtook)
	}
	return nil
}

// leave takes a ticket from whatever window it is at.
func (h *logHall) leave(t *logTicket) {
	for _, w := range h.windows {
		if w.Ticket == t.ID {
			w.Ticket = ""
		}
		w.Held = slices.DeleteFunc(w.Held, func(id string) bool { return id == t.ID })
	}
}
