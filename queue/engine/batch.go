package engine

import (
	"encoding/json"
	"fmt"
	"runtime"
	"time"

	"halld/queue"
)

const (
	idleAtMost = 10 * time.Second // how long the loop may sleep: the pace of Beat, and how late a jump of the clock is noticed
	dueAgain   = time.Second      // after it due commands are asked for again, if the hall refused one
	dueRounds  = 8                // how often one due command may lead to the next at once: an old day ends, a new one begins
)

// run is the engine's goroutine, the only one that touches the hall and the store.
func (e *Engine) run() {
	defer close(e.done)
	if e.first != nil {
		e.serve([]*request{e.first})
	}
	e.serveDue() // what became due while nobody ran: an old day ends, today's begins
	timer := time.NewTimer(e.idle())
	defer timer.Stop()
	look, stop := e.looking()
	defer stop()
	for {
		e.beat.Store(time.Now().UnixNano())
		select {
		case r := <-e.requests:
			if now, quality := e.clock.now(); e.isDue(now) || quality == queue.Unset || quality != e.clockWas {
				e.serveDue() // first what time asked for before, and a clock that came: what is asked now is dated by it
			}
			e.serve(e.take(r))
		case look := <-e.looks:
			look(e.hall)
		case <-timer.C:
			e.serveDue()
		case <-look:
			e.check()
		case <-e.closing:
			e.finish()
			return
		}
		timer.Reset(e.idle())
	}
}

// take returns the batch that begins with r: what queued up by now. It lets the callers who were just answered run once, so that
// their next commands are in it too, but waits for nobody.
func (e *Engine) take(r *request) []*request {
	batch := e.drain(append(e.buffer[:0], r))
	runtime.Gosched()
	return e.drain(batch)
}

func (e *Engine) drain(batch []*request) []*request {
	for len(batch) < MaxBatch {
		select {
		case r := <-e.requests:
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

// idle is how long the loop may wait for requests.
func (e *Engine) idle() time.Duration {
	now, _ := e.clock.now()
	due, ok := e.hall.NextDue()
	if !ok {
		return idleAtMost
	}
	if due.Before(e.nextDue) {
		due = e.nextDue
	}
	return min(max(due.Sub(now), 0), idleAtMost)
}

func (e *Engine) isDue(now time.Time) bool {
	due, ok := e.hall.NextDue()
	return ok && !due.After(now) && !now.Before(e.nextDue)
}

// serveDue gives the commands that time itself asks for, until none is due.
func (e *Engine) serveDue() {
	e.watchClock()
	for range dueRounds {
		now, quality := e.clock.now()
		if now.Before(e.nextDue) || e.Faulty() {
			return
		}
		due := e.hall.Due(now, quality)
		if len(due) == 0 {
			return
		}
		for len(due) > 0 {
			n := min(len(due), MaxBatch)
			batch := make([]*request, n)
			for i, d := range due[:n] {
				batch[i] = &request{by: d.By, cmd: d.Cmd}
			}
			e.serve(batch)
			due = due[n:]
		}
	}
}

// finish serves what was asked before the close, and stores a checkpoint.
func (e *Engine) finish() {
	for {
		select {
		case r := <-e.requests:
			e.serve(e.take(r))
			continue
		default:
		}
		break
	}
	if e.sinceCheck > 0 {
		b := queue.Batch{}
		if e.checkpoint(&b); b.Checkpoint != nil {
			if err := e.store.Commit(&b); err != nil {
				e.closeErr = fmt.Errorf("close the hall: store a checkpoint: %w", err)
			}
		}
	}
	e.listeners.close()
}

// serve takes a batch all the way: decide, apply, store, publish, answer, tell.
func (e *Engine) serve(requests []*request) {
	replies := make([]reply, len(requests))
	if e.Faulty() { // closing while the store is away: memory is not what the store has
		for i := range replies {
			replies[i] = reply{err: fmt.Errorf("%w: the store is away", ErrNotKnown)}
		}
		e.answer(requests, replies)
		return
	}
	b := &e.batch
	defer b.Reset()
	e.decide(requests, replies, b)
	events := len(b.Events)
	if events > 0 || len(b.Answers) > 0 {
		if e.needsCheckpoint(b) {
			e.checkpoint(b)
		}
		start := time.Now()
		err := e.store.Commit(b)
		if err != nil {
			fault := fmt.Errorf("%w: store %d events: %w", ErrNotKnown, events, err)
			for i := range replies {
				replies[i] = reply{err: fault} // refusals too: they may rest on what is now in doubt
			}
			e.faulty.Store(true) // before anybody hears of it
			e.answer(requests, replies)
			e.rebuild(fault)
			return
		}
		if e.sinceCheck += events; b.Checkpoint != nil {
			e.sinceCheck = 0
		}
		e.stats.stored(len(requests), events, time.Since(start), -e.clock.state().Ahead)
	}
	if events == 0 {
		e.answer(requests, replies)
		return
	}
	// Told first: whoever listens from a number that a view or an answer named has missed nothing and hears nothing twice.
	view := e.hall.View()
	e.listeners.tell(Told{Events: b.Events, View: view})
	e.view.Store(view)
	e.answer(requests, replies)
}

// decide fills replies and batch. Memory runs ahead of the store until the batch is committed.
func (e *Engine) decide(requests []*request, replies []reply, b *queue.Batch) {
	var keys map[string]int // the keys of this batch, by the place of their answer in b.Answers
	for i, r := range requests {
		if r.key != "" {
			first, known, err := e.answered(r.key, keys, b)
			if err != nil {
				replies[i] = reply{err: err}
				continue
			}
			if known {
				replies[i] = repeat(r, first)
				e.stats.repeats.Add(1)
				continue
			}
		}
		now, quality := e.clock.now()
		replies[i] = e.decideOne(r, queue.When{Now: now, By: r.by, Clock: quality}, b)
		if r.key == "" {
			continue
		}
		refusal, ok := replies[i].err.(*queue.Refusal) //nolint:errorlint // decideOne returns it bare
		if replies[i].err != nil && !ok {
			continue
		}
		if keys == nil {
			keys = make(map[string]int, len(requests))
		}
		keys[r.key] = len(b.Answers)
		b.Answers = append(b.Answers, queue.StoredAnswer{Key: r.key, Digest: r.digest, At: now, Answer: replies[i].answer, Refusal: refusal})
	}
}

// decideOne decides and applies one command. The error is a bare *queue.Refusal, or a fault of the core's.
func (e *Engine) decideOne(r *request, when queue.When, b *queue.Batch) reply {
	cmd := r.cmd
	confirm, isClock := cmd.(queue.ConfirmClock)
	if isClock {
		confirm = e.clock.fill(confirm)
		cmd = confirm
	}
	if _, issue := cmd.(queue.Issue); issue && e.full() {
		return reply{err: queue.Refuse(queue.DiskFull, "the disk is full: no numbers are given, so that those who wait can be called; free space on it")}
	}
	events, err := e.hall.Decide(cmd, when)
	if err != nil {
		if r.reply == nil { // the engine's own: nobody else would hear of it, and it would be due again at once
			e.nextDue = when.Now.Add(dueAgain)
			e.log.Warn("a due command was refused", "command", fmt.Sprintf("%T", r.cmd), "code", queue.CodeOf(err), "err", err)
		}
		return reply{err: err}
	}
	for _, ev := range events {
		e.hall.Apply(ev)
		b.Add(e.hall, ev)
	}
	if isClock {
		e.clock.confirm(confirm.To)
	}
	return reply{answer: e.hall.Answer(r.cmd, events)}
}

// answered looks a key up in this batch and in the store.
func (e *Engine) answered(key string, keys map[string]int, b *queue.Batch) (queue.StoredAnswer, bool, error) {
	if i, ok := keys[key]; ok {
		return b.Answers[i], true, nil
	}
	a, ok, err := e.store.AnswerTo(key)
	if err != nil {
		e.stats.faults.Add(1)
		e.log.Error("the store could not look up an answer", "err", err)
		return a, false, fmt.Errorf("%w: look up the key: %w", ErrNotKnown, err)
	}
	return a, ok, nil
}

// repeat gives the first answer again, or refuses a key that was used for something else.
func repeat(r *request, first queue.StoredAnswer) reply {
	switch {
	case first.Digest != r.digest:
		return reply{err: queue.Refuse(queue.KeyReused, "the idempotency key was used before for another command; take a new key")}
	case first.Refusal != nil:
		return reply{err: first.Refusal}
	default:
		return reply{answer: first.Answer}
	}
}

func (e *Engine) answer(requests []*request, replies []reply) {
	var refusals uint64
	for i, r := range requests {
		if queue.CodeOf(replies[i].err) != "" {
			refusals++
		}
		if r.reply != nil {
			r.reply <- replies[i] // never blocks: it has room for the one reply
		}
		requests[i] = nil
	}
	e.stats.commands.Add(uint64(len(requests)))
	e.stats.refusals.Add(refusals)
}

// needsCheckpoint reports whether the batch should carry one: at the ends of a day the hall is small, and it should never be far back. A
// large hall is written less often, so that the cost per event stays the same.
func (e *Engine) needsCheckpoint(b *queue.Batch) bool {
	if e.sinceCheck+len(b.Events) > max(checkpointEvery, 2*e.hall.Size()) {
		return true
	}
	for _, ev := range b.Events {
		switch ev.Fact.(type) {
		case queue.DayOpened, queue.DayClosed:
			return true
		}
	}
	return false
}

// checkpoint puts the hall into the batch. A hall that cannot be written only makes the next start slow.
func (e *Engine) checkpoint(b *queue.Batch) {
	data, err := json.Marshal(e.hall)
	if err != nil {
		if !e.checkFailed {
			e.checkFailed = true
			e.log.Error("no checkpoint: the next start will be slow", "err", err)
		}
		return
	}
	b.Checkpoint = data
}
