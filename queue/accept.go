package queue

// AcceptLog answers that a person took a log for good whose last events are gone: no number that may have been given in them is given again. The store takes
// nothing else before it.
type AcceptLog struct {
	hallwide
	Seq      uint64 // the last event of the log as it was taken
	Anchored uint64 // the last event that was ever noted; 0: not known
	Skip     int    // how many numbers of any queue may have been given and are not in the log
	Why      string
}

// LogAccepted passes over the numbers that may have been given in the events that are gone: those of the open day, and of the next one of the same date.
type LogAccepted struct {
	ofHall
	Seq      uint64 `json:"seq"`
	Anchored uint64 `json:"anchored,omitempty"`
	Skip     int    `json:"skip"`
	Why      string `json:"why,omitempty"`
}

// Kind names the command.
func (AcceptLog) Kind() string { return "log.accept" }

func (c AcceptLog) decide(*Hall, When) ([]Fact, error) {
	return []Fact{LogAccepted{Seq: c.Seq, Anchored: c.Anchored, Skip: c.Skip, Why: c.Why}}, nil
}

func (f LogAccepted) apply(h *Hall, e Event) {
	h.book.ordinal += uint64(f.Skip)
	h.book.pass, h.book.passOn = f.Skip, h.dateOf(e.At)
	for _, s := range h.day.series {
		s.Next += f.Skip
	}
}

// Kind names the fact where it is stored and sent.
func (LogAccepted) Kind() string { return "log.accepted" }

// Public is nothing: it is for the manager.
func (LogAccepted) Public() Fact { return nil }
