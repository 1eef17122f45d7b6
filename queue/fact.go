package queue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"
)

// Form says how an event is written: 1 names no actor and no clock, 2 does. Events are for ever, in the form in which they were written.
const Form = 2

// Event is one thing that happened. Seq counts from 1 without gaps over the life of the store. At is hall time: it never goes back.
type Event struct {
	Seq   uint64
	At    time.Time
	By    Actor // zero in events of form 1
	Clock Clock // empty in events of form 1
	Form  int   // 0 is read as 1
	Fact  Fact
}

// Fact is what happened. The set is closed: each stands in the file of its noun and as one line in the table below. Facts are stored: fields are added,
// never renamed, and what a fact does to a hall is for ever.
type Fact interface {
	// Kind names the fact where it is stored and sent.
	Kind() string
	// apply makes it part of the hall.
	apply(h *Hall, e Event)
	// Tickets lists the tickets it is about, the one acted on first.
	Tickets() []TicketID
	// Where is the window it happened at; empty: at none.
	Where() WindowID
	// Public is what a board or kiosk may hear of it; nil: nothing but that something happened.
	Public() Fact
}

// ofHall is embedded by facts that are about no ticket and no window.
type ofHall struct{}

func (ofHall) Tickets() []TicketID { return nil }
func (ofHall) Where() WindowID     { return "" }

var facts = []Fact{
	Configured{}, DayOpened{}, DayClosed{}, DaySkipped{}, DayUnskipped{}, IssuePaused{}, IssueResumed{}, ClockConfirmed{}, LogAccepted{}, TicketIssued{}, BandWarned{}, BandExtended{},
	PrintQueued{}, PrintStarted{}, PrintEnded{}, TicketQueued{}, TicketEnded{}, TicketMoved{}, TicketReclassified{}, WindowOpened{}, WindowPausedFact{}, WindowClosedFact{},
	TicketCalled{}, TicketRecalled{}, TicketServing{}, TicketDone{}, TicketMissed{}, TicketHeld{}, TicketTransferred{}, TicketRated{},
	HallEvacuated{}, HallResumed{},
	ClaimAnswered{},
	QueuePaused{}, QueueResumed{}, KioskLockedFact{}, KioskUnlocked{},
}

var factTypes = func() map[string]reflect.Type {
	m := make(map[string]reflect.Type, len(facts))
	for _, f := range facts {
		m[f.Kind()] = reflect.TypeOf(f)
	}
	return m
}()

// Facts lists the zero value of every fact.
func Facts() []Fact { return facts }

// ReadFact reads a fact from its kind and its JSON form. It fails on a kind or a field that this version does not know: passing over either would make
// another hall of the same log.
func ReadFact(kind string, data []byte) (Fact, error) {
	t, ok := factTypes[kind]
	if !ok {
		return nil, fmt.Errorf("read fact: kind %q is not known to this version", kind)
	}
	f := reflect.New(t)
	if err := strictly(data, f.Interface()); err != nil {
		return nil, fmt.Errorf("read fact %s: %w", kind, err)
	}
	return f.Elem().Interface().(Fact), nil
}

// strictly reads one JSON value and refuses a field that v does not have: it was written by a program that knows more, and what this one would drop may be
// what matters.
func strictly(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more behind its end")
	}
	return nil
}
