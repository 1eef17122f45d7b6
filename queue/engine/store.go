// Package engine runs the hall: one goroutine decides and applies commands in memory, stores a whole batch durably, and only then
// answers and tells. It declares the store it needs and knows nothing of SQL, devices or screens.
package engine

import (
	"time"

	"halld/queue"
)

// Store keeps events durably. The engine calls it from one goroutine and gives it no context: a write is never abandoned half-way.
type Store interface {
	// Commit stores the batch in one durable transaction: events, what is derived from them, and answers by key. When it returns an
	// error the batch may or may not be stored; the engine then calls Mark and Load before it goes on.
	Commit(Batch) error
	// Mark commits a small row of its own. After it succeeded, a Commit that failed before cannot come back.
	Mark() error
	// Load rebuilds the hall from the last checkpoint and the events after it.
	Load() (*queue.Hall, error)
	// AnswerTo returns the stored answer to an idempotency key; ok is false if there is none.
	AnswerTo(key string) (a StoredAnswer, ok bool, err error)
}

// Batch is what one commit holds.
type Batch struct {
	Events  []queue.Event
	Tickets []queue.Ticket // every ticket the events touched, as it is after the batch
	Ended   []queue.JobID  // print jobs that left the outbox
	Jobs    []queue.PrintJob
	Answers []StoredAnswer
	// Checkpoint, if not nil, is the JSON form of the whole hall after the last event, stored so that Load need not start from the
	// first event.
	Checkpoint []byte
}

// StoredAnswer is an answer kept under its idempotency key. The same key with another request is refused by its digest.
type StoredAnswer struct {
	Key     string
	Digest  [32]byte // of the command as asked
	At      time.Time
	Answer  queue.Answer
	Refusal *queue.Refusal // nil if the hall said yes
}
