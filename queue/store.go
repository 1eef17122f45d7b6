package queue

import "time"

// KeyReused refuses an idempotency key that was given before with another command.
const KeyReused Code = "key-reused"

// Batch is what one commit of a store holds: events, and everything derived from them that is stored beside them.
type Batch struct {
	Events  []Event
	Tickets []Ticket   // every ticket the events touched, as it was after the last event that touched it
	Jobs    []PrintJob // print jobs that were queued or went further
	Ended   []JobID    // print jobs that left the outbox
	Answers []StoredAnswer
	// Checkpoint, if not nil, is the JSON form of the whole hall after the last event, stored so that loading need not start from the
	// first event.
	Checkpoint []byte

	tickets map[TicketID]int // where a ticket stands in Tickets
	jobs    map[JobID]int    // where a job stands in Jobs
}

// StoredAnswer is an answer kept under its idempotency key. The same key with another request is refused by its digest.
type StoredAnswer struct {
	Key     string
	Digest  [32]byte // of the command as asked
	At      time.Time
	Answer  Answer
	Refusal *Refusal // nil if the hall said yes
}

// Reset empties a batch that was committed, for the next one. Its events are left to whoever was told of them.
func (b *Batch) Reset() {
	clear(b.Tickets)
	clear(b.Answers)
	clear(b.tickets)
	clear(b.jobs)
	*b = Batch{Tickets: b.Tickets[:0], Jobs: b.Jobs[:0], Ended: b.Ended[:0], Answers: b.Answers[:0], tickets: b.tickets, jobs: b.jobs}
}

// Add records an event that was just applied to the hall, with the tickets that it changed as they are now and what it did to print jobs. What a ticket is
// found to have changed by, not by which fact, decides whether it is stored again.
func (b *Batch) Add(h *Hall, e Event) {
	b.Events = append(b.Events, e)
	for _, t := range h.takeDirty() {
		if i, ok := b.tickets[t.ID]; ok {
			b.Tickets[i] = *t
			continue
		}
		if b.tickets == nil {
			b.tickets = make(map[TicketID]int)
		}
		b.tickets[t.ID] = len(b.Tickets)
		b.Tickets = append(b.Tickets, *t)
	}
	switch f := e.Fact.(type) {
	case PrintQueued:
		b.job(PrintJob{ID: f.Job, Ticket: f.Ticket, Printer: f.Printer, Copy: f.Copy, State: PrintPending})
	case PrintStarted:
		j := PrintJob{ID: f.Job, Ticket: f.Ticket, State: PrintPrinting}
		if i, ok := b.jobs[f.Job]; ok {
			j = b.Jobs[i]
			j.State = PrintPrinting
		}
		b.job(j)
	case PrintEnded:
		b.Ended = append(b.Ended, f.Job)
	}
}

// job keeps the latest form of a print job. A job that only started keeps its printer and copy in the store: they are empty here.
func (b *Batch) job(j PrintJob) {
	if i, ok := b.jobs[j.ID]; ok {
		b.Jobs[i] = j
		return
	}
	if b.jobs == nil {
		b.jobs = make(map[JobID]int)
	}
	b.jobs[j.ID] = len(b.Jobs)
	b.Jobs = append(b.Jobs, j)
}
