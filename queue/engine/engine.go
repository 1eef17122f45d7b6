// Package engine runs the hall: one goroutine decides and applies commands in memory, stores a whole batch durably, and only then
// publishes, answers and tells. It declares the store it needs and knows nothing of SQL, devices or screens.
//
// Its duties, in this order, for every batch:
//
//  1. Take what queued up while the last batch was stored: at most MaxBatch commands, without waiting for more.
//  2. Decide and apply each in memory. Nobody sees it yet.
//  3. Store events, projections, outbox rows and answers in one durable transaction.
//  4. Publish the new View, answer the callers, tell the listeners.
//
// If step 3 fails, memory is thrown away and the hall is rebuilt from the store; the callers of the batch hear ErrNotKnown.
package engine

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"halld/queue"
)

// MaxBatch is how many commands one commit holds at most.
const MaxBatch = 256

// checkpointEvery is after how many events at least the whole hall is stored, so that a start replays few.
const checkpointEvery = 20_000

// ErrNotKnown says that the store failed and it is not known whether the command was stored. Repeating it with the same idempotency
// key is safe: it is done once, or its first answer comes back.
var ErrNotKnown = errors.New("not known whether it was stored; repeat with the same key")

// ErrClosed says that the engine takes no commands any more: the daemon is stopping.
var ErrClosed = errors.New("the hall is closing down")

// Options are what an engine may be told. The zero value works.
type Options struct {
	Log *slog.Logger     // nil: nothing is logged
	Now func() time.Time // nil: time.Now. Readings with a monotonic part are ordered by it
	// Boot is how long the machine has been on, sleep included: what a step of the clock is told by. Nil: the machine's own with its own clock, with another
	// Now the monotonic part of that alone.
	Boot func() time.Duration
	// First is done before anything else, on behalf of FirstBy; nil: nothing has to be.
	First   queue.Command
	FirstBy queue.Actor
	// OnFault is told of a store fault when it begins, and with nil when the store works again. It is called from the engine's goroutine and must not
	// block or call the engine.
	OnFault func(error)
}

// Engine owns a hall. Its methods may be called from any goroutine.
type Engine struct {
	store   Store
	log     *slog.Logger
	onFault func(error)
	clock   *clock

	hall        *queue.Hall // the loop's alone
	sinceCheck  int         // events since the last checkpoint
	nextDue     time.Time   // not before this moment are due commands asked for; holds back ones that were refused
	requests    chan *request
	looks       chan func(*queue.Hall) // called with nil while the store is away
	closing     chan struct{}
	closeOnce   sync.Once
	done        chan struct{}
	closeErr    error // set before done is closed
	view        atomic.Pointer[queue.View]
	beat        atomic.Int64
	faulty      atomic.Bool
	listeners   listeners
	stats       stats
	buffer      []*request // reused from batch to batch
	batch       queue.Batch
	checkFailed bool // the last checkpoint could not be made: logged once
	clockWas    queue.Clock
	first       *request // what has to be done before anything else
}

// request is one command on its way.
type request struct {
	key    string
	digest [32]byte
	by     queue.Actor
	cmd    queue.Command
	reply  chan reply // of capacity 1; nil for a command that the engine gives itself
}

type reply struct {
	answer queue.Answer
	err    error
}

// Open loads the hall from the store and starts its goroutine. Close ends it; the store stays open and belongs to the caller.
func Open(store Store, opts Options) (*Engine, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Now == nil {
		opts.Now = time.Now
		if opts.Boot == nil {
			opts.Boot = sinceBoot
		}
	}
	if opts.OnFault == nil {
		opts.OnFault = func(error) {}
	}
	// A commit of the last run that failed and was not yet buried must be settled before anything is read.
	if err := store.Mark(); err != nil {
		return nil, fmt.Errorf("open the hall: mark the store: %w", err)
	}
	hall, replayed, err := store.Load()
	if err != nil {
		return nil, fmt.Errorf("open the hall: %w", err)
	}
	e := &Engine{
		store: store, log: opts.Log, onFault: opts.OnFault,
		hall: hall, sinceCheck: replayed,
		requests: make(chan *request, 4*MaxBatch),
		looks:    make(chan func(*queue.Hall)),
		closing:  make(chan struct{}),
		done:     make(chan struct{}),
		buffer:   make([]*request, 0, MaxBatch),
	}
	if opts.First != nil {
		e.first = &request{by: opts.FirstBy, cmd: opts.First}
	}
	e.clock, e.clockWas = newClock(opts.Now, opts.Boot, hall.LastAt()), queue.Trusted
	view := hall.View()
	e.view.Store(view)
	e.listeners.start(view)
	e.beat.Store(time.Now().UnixNano())
	go e.run()
	return e, nil
}

// Do asks the hall for something on behalf of somebody and waits until the answer is stored. With a key the same command is done once, however often it
// is asked, also across restarts: the first answer or refusal comes back. Errors are a *queue.Refusal, ErrNotKnown, ErrClosed, or
// the context's: a context that ends ends the wait, not the command.
func (e *Engine) Do(ctx context.Context, key string, by queue.Actor, cmd queue.Command) (queue.Answer, error) {
	r := &request{key: key, by: by, cmd: cmd, reply: make(chan reply, 1)}
	if key != "" {
		var err error
		if r.digest, err = digest(cmd); err != nil {
			return queue.Answer{}, fmt.Errorf("do %T: %w", cmd, err)
		}
	}
	if err := ctx.Err(); err != nil {
		return queue.Answer{}, fmt.Errorf("do %T: not asked: %w", cmd, err)
	}
	select {
	case <-e.closing:
		return queue.Answer{}, ErrClosed
	default:
	}
	select {
	case e.requests <- r:
	case <-e.closing:
		return queue.Answer{}, ErrClosed
	case <-ctx.Done():
		return queue.Answer{}, fmt.Errorf("do %T: not asked: %w", cmd, ctx.Err())
	}
	select {
	case a := <-r.reply:
		return a.answer, a.err
	case <-ctx.Done():
		return queue.Answer{}, fmt.Errorf("do %T: gave up waiting, it may still be done: %w", cmd, ctx.Err())
	case <-e.done:
		select {
		case a := <-r.reply: // answered by the last batch
			return a.answer, a.err
		default:
			return queue.Answer{}, ErrClosed // taken after the last batch: never decided
		}
	}
}

// digest tells commands apart.
func digest(cmd queue.Command) ([32]byte, error) {
	data, err := json.Marshal(cmd)
	if err != nil {
		return [32]byte{}, fmt.Errorf("digest: %w", err)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%T\x00", cmd)
	h.Write(data)
	return [32]byte(h.Sum(nil)), nil
}

// View returns the picture of the hall after the last stored batch. It never shows what is not stored.
func (e *Engine) View() *queue.View { return e.view.Load() }

// Ticket returns a ticket of the hall's memory as stored, by its ID or by its number of today, with how many will be called before it. It is refused with
// unknown-ticket if the hall does not hold it (any more); the store may know tickets of earlier days.
func (e *Engine) Ticket(ctx context.Context, id queue.TicketID) (queue.Answer, error) {
	var a queue.Answer
	found := false
	now, _ := e.clock.now()
	err := e.look(ctx, func(h *queue.Hall) {
		t, ok := h.Ticket(id)
		if !ok {
			t, ok = h.Find(id)
		}
		if found = ok; ok {
			t.Overtaken = h.Overtaken(t.ID)
			a = queue.Answer{Ticket: &t, Ahead: h.AheadAt(now, t.ID), Seq: h.Seq()}
		}
	})
	if err != nil {
		return queue.Answer{}, fmt.Errorf("ticket %s: %w", id, err)
	}
	if !found {
		return queue.Answer{}, queue.Refuse(queue.UnknownTicket, "ticket %s is not in the hall", id)
	}
	return a, nil
}

// Try tells whether the hall would refuse a command now, and changes nothing.
func (e *Engine) Try(ctx context.Context, by queue.Actor, cmd queue.Command) error {
	var refusal error
	now, quality := e.clock.now()
	err := e.look(ctx, func(h *queue.Hall) { _, refusal = h.Decide(cmd, queue.When{Now: now, By: by, Clock: quality}) })
	if err != nil {
		return fmt.Errorf("try %T: %w", cmd, err)
	}
	return refusal
}

// Line returns who waits in a queue, in the order in which they will be called, at most limit tickets, each with how many will be called before it,
// those being printed included, and how many wait in all.
func (e *Engine) Line(ctx context.Context, q queue.QueueID, limit int) (line []queue.Answer, total int, err error) {
	now, _ := e.clock.now()
	err = e.look(ctx, func(h *queue.Hall) {
		ahead := h.AheadsAt(now, q)
		for _, t := range h.LineAt(now, q, limit) {
			line = append(line, queue.Answer{Ticket: &t, Ahead: ahead(t.ID), Seq: h.Seq()})
		}
		total = h.Waiting(q)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("line of queue %s: %w", q, err)
	}
	return line, total, nil
}

// HandSheet returns what the hall can go on with on paper.
func (e *Engine) HandSheet(ctx context.Context) (out queue.HandSheet, err error) {
	if err = e.look(ctx, func(h *queue.Hall) { out = h.HandSheet() }); err != nil {
		return queue.HandSheet{}, fmt.Errorf("hand-calling sheet: %w", err)
	}
	return out, nil
}

// HeldBy returns the live tickets of a person today.
func (e *Engine) HeldBy(ctx context.Context, p queue.PersonKey) (out []queue.Ticket, err error) {
	if err = e.look(ctx, func(h *queue.Hall) { out = h.HeldBy(p) }); err != nil {
		return nil, fmt.Errorf("tickets of a person: %w", err)
	}
	return out, nil
}

// look runs f on the hall between two batches, when memory is what the store has. While the store is away it says so at once.
func (e *Engine) look(ctx context.Context, f func(*queue.Hall)) error {
	done := make(chan error, 1)
	select {
	case e.looks <- func(h *queue.Hall) {
		if h == nil {
			done <- fmt.Errorf("%w: the store is away", ErrNotKnown)
			return
		}
		f(h)
		done <- nil
	}:
		return <-done
	case <-e.done:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Beat returns when the engine's goroutine last went round. It does so at least every ten seconds unless the store hangs: what feeds
// a watchdog.
func (e *Engine) Beat() time.Time { return time.Unix(0, e.beat.Load()) }

// Faulty reports whether the store failed and the hall is not yet rebuilt: commands are refused with ErrNotKnown meanwhile.
func (e *Engine) Faulty() bool { return e.faulty.Load() }

// Close does what was already asked, stores a checkpoint, drops the listeners and returns. The error is the checkpoint's: it costs
// time at the next start and loses nothing. Later calls return the same.
func (e *Engine) Close() error {
	e.closeOnce.Do(func() { close(e.closing) })
	<-e.done
	return e.closeErr
}
