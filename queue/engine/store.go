package engine

import "halld/queue"

// Store keeps events durably. The engine calls it from one goroutine and gives it no context: a write is never abandoned half-way.
type Store interface {
	// Commit stores the batch in one durable transaction: events, what is derived from them, and answers by key. When it returns an
	// error the batch may or may not be stored; the engine then calls Mark and Load before it goes on.
	Commit(*queue.Batch) error
	// Mark commits a small row of its own. After it succeeded, a Commit that failed before cannot come back.
	Mark() error
	// Load rebuilds the hall from the last checkpoint and the events after it; replayed is how many those were.
	Load() (hall *queue.Hall, replayed int, err error)
	// AnswerTo returns the stored answer to an idempotency key; ok is false if there is none.
	AnswerTo(key string) (a queue.StoredAnswer, ok bool, err error)
}

// Filler is a Store that can run out of space. While it is full no numbers are given: what it kept for then is for those who wait.
type Filler interface{ Full() bool }

func (e *Engine) full() bool {
	f, ok := e.store.(Filler)
	return ok && f.Full()
}

// Checker is a Store that is looked at when nothing is to be stored. The engine calls Check from its goroutine twice a second; an error is
// taken like one of Commit: nothing is acknowledged until the store is back.
type Checker interface{ Check() error }
