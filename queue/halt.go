package queue

// PauseQueue stops giving numbers of one queue, for a reason that its tile on the kiosks shows; calling goes on. It ends with the day at the latest.
type PauseQueue struct {
	hallwide
	Queue  QueueID `json:"-"` // stands in the address
	Reason string  `json:"reason"`
}

// ResumeQueue gives numbers of it again.
type ResumeQueue struct {
	hallwide
	Queue QueueID `json:"-"`
}

// LockKiosk stops a kiosk from giving numbers, for a reason that it shows, until it is unlocked: it is about the machine, so the day's end does not end it.
type LockKiosk struct {
	hallwide
	Kiosk  KioskID `json:"-"`
	Reason string  `json:"reason"`
}

// UnlockKiosk lets it give numbers again.
type UnlockKiosk struct {
	hallwide
	Kiosk KioskID `json:"-"`
}

// QueuePaused says that no numbers of a queue are given for now.
type QueuePaused struct {
	ofHall
	Queue  QueueID `json:"queue"`
	Reason string  `json:"reason"`
}

// QueueResumed says that they are given again.
type QueueResumed struct {
	ofHall
	Queue QueueID `json:"queue"`
}

// KioskLockedFact says that a kiosk gives no numbers until it is unlocked.
type KioskLockedFact struct {
	ofHall
	Kiosk  KioskID `json:"kiosk"`
	Reason string  `json:"reason"`
}

// KioskUnlocked says that it gives numbers again.
type KioskUnlocked struct {
	ofHall
	Kiosk KioskID `json:"kiosk"`
}

// Kind names the command.
func (PauseQueue) Kind() string { return "queue.pause" }

// Kind names the command.
func (ResumeQueue) Kind() string { return "queue.resume" }

// Kind names the command.
func (LockKiosk) Kind() string { return "kiosk.lock" }

// Kind names the command.
func (UnlockKiosk) Kind() string { return "kiosk.unlock" }

func (c PauseQueue) decide(h *Hall, _ When) ([]Fact, error) {
	if _, err := h.queue(c.Queue); err != nil {
		return nil, err
	}
	switch {
	case h.day.id == "":
		return nil, errDayNotOpen()
	case blank(c.Reason):
		return nil, Refuse(ReasonNeeded, "giving no numbers of queue %s needs its reason: it stands on the kiosks", c.Queue)
	case h.day.stopped[c.Queue] == c.Reason:
		return nil, nil
	}
	return []Fact{QueuePaused{Queue: c.Queue, Reason: c.Reason}}, nil
}

func (f QueuePaused) apply(h *Hall, _ Event) { h.day.stopped[f.Queue] = f.Reason }

func (c ResumeQueue) decide(h *Hall, _ When) ([]Fact, error) {
	if _, err := h.queue(c.Queue); err != nil {
		return nil, err
	}
	switch {
	case h.day.id == "":
		return nil, errDayNotOpen()
	case h.day.stopped[c.Queue] == "":
		return nil, nil
	}
	return []Fact{QueueResumed{Queue: c.Queue}}, nil
}

func (f QueueResumed) apply(h *Hall, _ Event) { delete(h.day.stopped, f.Queue) }

func (c LockKiosk) decide(h *Hall, _ When) ([]Fact, error) {
	switch {
	case h.cfg.Kiosk(c.Kiosk) == nil:
		return nil, Refuse(UnknownKiosk, "there is no kiosk %q in this hall", c.Kiosk)
	case blank(c.Reason):
		return nil, Refuse(ReasonNeeded, "locking kiosk %s needs its reason: it stands on it", c.Kiosk)
	case h.book.locked[c.Kiosk] == c.Reason:
		return nil, nil
	}
	return []Fact{KioskLockedFact{Kiosk: c.Kiosk, Reason: c.Reason}}, nil
}

func (f KioskLockedFact) apply(h *Hall, _ Event) { h.book.locked[f.Kiosk] = f.Reason }

func (c UnlockKiosk) decide(h *Hall, _ When) ([]Fact, error) {
	switch {
	case h.book.locked[c.Kiosk] != "":
		return []Fact{KioskUnlocked{Kiosk: c.Kiosk}}, nil
	case h.cfg.Kiosk(c.Kiosk) == nil:
		return nil, Refuse(UnknownKiosk, "there is no kiosk %q in this hall", c.Kiosk)
	}
	return nil, nil
}

func (f KioskUnlocked) apply(h *Hall, _ Event) { delete(h.book.locked, f.Kiosk) }

// Kind names the fact where it is stored and sent.
func (QueuePaused) Kind() string { return "queue.paused" }

// Kind names the fact where it is stored and sent.
func (QueueResumed) Kind() string { return "queue.resumed" }

// Kind names the fact where it is stored and sent.
func (KioskLockedFact) Kind() string { return "kiosk.locked" }

// Kind names the fact where it is stored and sent.
func (KioskUnlocked) Kind() string { return "kiosk.unlocked" }

// Public is the whole fact: the kiosks show the reason.
func (f QueuePaused) Public() Fact { return f }

// Public is the whole fact.
func (f QueueResumed) Public() Fact { return f }

// Public is the whole fact: the kiosk shows the reason.
func (f KioskLockedFact) Public() Fact { return f }

// Public is the whole fact.
func (f KioskUnlocked) Public() Fact { return f }
