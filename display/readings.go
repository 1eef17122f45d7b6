package display

import (
	"context"
	"crypto/rand"
	"regexp"
	"sync"
	"time"

	"halld/devices"
	"halld/queue"
)

const (
	readingWait = 5 * time.Second // a kiosk that asks for the next reading is answered after this at the latest
	readingLife = 2 * time.Minute // so long a reading may be used: then the citizen has gone
)

// Reading is what a reader at a kiosk learnt. Of an identity card it never holds more than stands here.
type Reading struct {
	ID      string      `json:"id" doc:"give it to the next request as after, and to POST /api/tickets as reading; empty: nothing was read"`
	Kind    string      `json:"kind,omitempty" enum:"card,code,unreadable"`
	Class   queue.Class `json:"class,omitempty" doc:"of a card: priority for who is old enough"`
	Name    string      `json:"name,omitempty" doc:"of a card, masked: 张*"`
	Tickets []Held      `json:"tickets" nullable:"false" doc:"of a card: numbers that its holder has already today; of a code: the ticket it stands on"`
	Code    string      `json:"code,omitempty" doc:"of a code that is no ticket of this hall"`
}

// Held is a number that somebody has.
type Held struct {
	ID     queue.TicketID `json:"id"`
	Number string         `json:"number"`
	Queue  queue.QueueID  `json:"queue"`
}

// readings holds what readers read a short time ago, in memory alone. Who has which number the hall knows, by a pseudonym of the day.
type readings struct {
	mu     sync.Mutex
	latest map[string]reading // by device
	byID   map[string]reading
	wake   chan struct{} // closed and replaced at every reading

}

type reading struct {
	devices.Reading
	id string
}

// Read takes what a reader read. It never blocks.
func (s *Server) Read(r devices.Reading) {
	m := &s.readings
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.latest == nil {
		m.latest, m.byID = map[string]reading{}, map[string]reading{}
	}
	for id, old := range m.byID {
		if s.now().Sub(old.At) > readingLife {
			delete(m.byID, id)
		}
	}
	got := reading{r, rand.Text()}
	got.At = s.now()
	m.latest[r.Device], m.byID[got.id] = got, got
	if m.wake != nil {
		close(m.wake)
		m.wake = nil
	}
}

// after returns the latest reading of a device if it is not the one already known, and what to wait for if it is.
func (m *readings) after(device, known string, now time.Time) (reading, bool, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if got, ok := m.latest[device]; ok && got.id != known && now.Sub(got.At) < readingLife {
		return got, true, nil
	}
	if m.wake == nil {
		m.wake = make(chan struct{})
	}
	return reading{}, false, m.wake
}

// use finds a reading that a kiosk refers to.
func (m *readings) use(id string, now time.Time) (reading, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	got, ok := m.byID[id]
	if !ok || now.Sub(got.At) > readingLife {
		return reading{}, fail(ReadingGone, "reading %q is not known or older than %v: read the card again", id, readingLife)
	}
	return got, nil
}

type readingIn struct {
	Device string `path:"device" maxLength:"64"`
	After  string `query:"after" maxLength:"64" doc:"the id of the reading that is known already"`
}

type readingOut struct{ Body Reading }

// getReading waits a short time for a reader to read something new.
func (s *Server) getReading(ctx context.Context, in *readingIn) (*readingOut, error) {
	if !hasReader(configOf(s.view()), in.Device) {
		return nil, fail(NotFound, "there is no reader %s", in.Device)
	}
	t := time.NewTimer(readingWait)
	defer t.Stop()
	for {
		got, ok, wake := s.readings.after(in.Device, in.After, s.now())
		if ok {
			return &readingOut{s.shownReading(ctx, got)}, nil
		}
		select {
		case <-wake:
			continue
		case <-t.C:
		case <-ctx.Done():
		case <-s.closing.Done():
		}
		return &readingOut{Reading{Tickets: []Held{}}}, nil
	}
}

func hasReader(c *queue.Config, id string) bool {
	for i := range c.Devices {
		if string(c.Devices[i].ID) == id && c.Devices[i].Kind == "reader" {
			return true
		}
	}
	return false
}

// ticketCode is what the QR code of a ticket holds: an address that ends with the ticket's id.
var ticketCode = regexp.MustCompile(`/t/([0-9A-Za-z._-]{1,64})$`)

func (s *Server) shownReading(ctx context.Context, r reading) Reading {
	out := Reading{ID: r.id, Tickets: []Held{}}
	switch {
	case r.Failed:
		out.Kind = "unreadable"
	case r.Code != "":
		out.Kind, out.Code = "code", r.Code
		id := r.Code
		if m := ticketCode.FindStringSubmatch(r.Code); m != nil {
			id = m[1]
		}
		if t, _, err := s.findTicket(ctx, id); err == nil {
			out.Code, out.Tickets = "", append(out.Tickets, Held{t.ID, t.Number, t.Queue})
		}
	default:
		out.Kind, out.Class, out.Name = "card", queue.Class(r.Class), r.Name
		held, err := s.engine.HeldBy(ctx, queue.PersonKey(r.Person))
		if err != nil {
			s.log.Warn("tickets of a card", "err", err)
		}
		for _, t := range held {
			out.Tickets = append(out.Tickets, Held{t.ID, t.Number, t.Queue})
		}
	}
	return out
}

// issueTo gives a number to the holder of a card, by the card's class; that nobody gets two is the hall's rule.
func (s *Server) issueTo(ctx context.Context, k Keyed, cmd queue.Issue, id string) (*ticketOut, error) {
	r, err := s.readings.use(id, s.now())
	if err != nil {
		return nil, err
	}
	if class := queue.Class(r.Class); class != "" && (cmd.Class == "" || cmd.Class == class) {
		if _, ok := configOf(s.view()).Class(class); ok { // a hall may have no such class: then its holder has a number like everybody
			cmd.Class, cmd.Proved = class, true
		}
	}
	cmd.Person = queue.PersonKey(r.Person)
	return s.ticketAnswer(ctx, k, cmd)
}
