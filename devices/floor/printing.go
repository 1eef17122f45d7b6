package floor

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"halld/devices"
	"halld/queue"
)

const (
	startWithin = 5 * time.Second  // a print is given up, unsent, if the hall cannot store its start so long
	endWithin   = 3 * time.Second  // of a closing floor: how long it tries to store how its print ended
	printLimit  = 10 * time.Minute // a driver bounds itself; this only catches one that does not
	lookAgain   = 500 * time.Millisecond
)

// printing takes the jobs of one printer in order, one at a time. A job is sent at most once in the life of the hall: its start is stored
// before the first byte, and a job found started by an earlier run is recorded as unknown.
type printing struct {
	f      *Floor
	id     string
	cancel context.CancelFunc
	wake   chan struct{}
	gone   atomic.Bool // it was taken out of the set-up: what waits for it fails at once

	// of the worker alone
	ended   map[queue.JobID]bool      // ended by this worker; the view may not show it yet
	since   map[queue.JobID]time.Time // jobs whose slip cannot be made now: since when
	absence absence
	torn    bool // the last print was broken off

	mu      sync.Mutex
	unclear queue.JobID // the last print that was not proved, if that was reported
}

// absence is how long a printer has not been there, whatever jobs came meanwhile: who comes to a printer that has been away for long is told at once.
type absence struct {
	since time.Time // zero: it is there, as far as is known
	last  time.Time // when it was missed last
	open  bool      // its port is there, but it takes nothing
}

// missed notes that the printer is not there, and says since when. A printer at an open port is only seen to be away when something is printed on it:
// what was found out long ago says nothing of now. tried is when the try began that found it away: it may take longer than the patience itself.
func (a *absence) missed(tried time.Time, open bool, patience time.Duration) time.Time {
	if a.since.IsZero() || open && tried.Sub(a.last) > patience {
		a.since = tried
	}
	a.last, a.open = time.Now(), open
	return a.since
}

func (f *Floor) newPrinting(id string) *printing {
	ctx, cancel := context.WithCancel(f.ctx)
	p := &printing{f: f, id: id, cancel: cancel, wake: make(chan struct{}, 1), ended: map[queue.JobID]bool{}, since: map[queue.JobID]time.Time{}}
	f.wg.Go(func() { p.run(ctx) })
	return p
}

func (p *printing) poke() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *printing) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		case <-timer.C:
		}
		for ctx.Err() == nil {
			again, wait := p.next(ctx)
			if wait > 0 {
				timer.Reset(wait)
			}
			if !again {
				break
			}
		}
	}
}

// next does one job. It says whether to look at once for another one, or how long to wait for a printer that is away.
func (p *printing) next(ctx context.Context) (again bool, wait time.Duration) {
	v := p.f.View()
	if v == nil {
		return false, 0
	}
	dev, present := p.f.o.Devices.Get(p.id)
	switch {
	case !present:
		p.absence.missed(time.Now(), false, p.f.o.PrinterWait)
	case !p.absence.open:
		p.absence = absence{}
	}
	j, ok := p.first(v)
	if !ok {
		return false, 0
	}
	if j.State != queue.PrintPending {
		p.f.log.Warn("print was under way when its floor ended: it is not repeated", "job", j.ID, "printer", p.id)
		p.torn = true // nobody knows how far it came
		return p.end(ctx, j, queue.PrintUnknown, "", "unproved"), lookAgain
	}
	if p.gone.Load() {
		p.f.log.Warn("tickets wait for a printer that was taken out of the set-up: print them again on another one", "printer", p.id, "job", j.ID)
		return p.fail(ctx, v, "unplugged"), lookAgain
	}
	printer, ok := dev.(devices.Printer)
	if present && !ok {
		p.f.log.Error("device takes print jobs but its profile is no printer", "printer", p.id, "job", j.ID)
		return p.end(ctx, j, queue.PrintFailed, "", "bad-profile"), lookAgain
	}
	if !present {
		return p.away(ctx, v, time.Now(), false, "")
	}
	slip, err := p.f.slip(ctx, v, j)
	if err != nil {
		if ctx.Err() != nil {
			return false, 0
		}
		p.f.log.Error("make a slip", "job", j.ID, "err", err)
		return p.noSlip(ctx, j)
	}
	return p.print(ctx, printer, v, j, slip)
}

// first is the oldest job of this printer that is not ended.
func (p *printing) first(v *queue.View) (queue.PrintJob, bool) {
	var found *queue.PrintJob
	shown := map[queue.JobID]bool{}
	for i := range v.Jobs {
		j := &v.Jobs[i]
		if string(j.Printer) != p.id {
			continue
		}
		shown[j.ID] = true
		if found == nil && !p.ended[j.ID] {
			found = j
		}
	}
	for id := range p.ended {
		if !shown[id] {
			delete(p.ended, id)
		}
	}
	for id := range p.since {
		if !shown[id] {
			delete(p.since, id)
		}
	}
	if found == nil {
		return queue.PrintJob{}, false
	}
	return *found, true
}

// away lets the jobs of a printer wait a short time for it; then they fail together, so that each citizen is offered another one.
func (p *printing) away(ctx context.Context, v *queue.View, tried time.Time, open bool, code string) (again bool, wait time.Duration) {
	since := p.absence.missed(tried, open, p.f.o.PrinterWait)
	if left := p.f.o.PrinterWait - time.Since(since); left > 0 {
		return false, min(left, lookAgain)
	}
	if code == "" && p.f.o.Missing != nil {
		code = p.f.o.Missing(p.id)
	}
	return p.fail(ctx, v, cmp.Or(code, "unplugged")), lookAgain
}

// fail ends all jobs of the printer that did not begin, and says whether that could be stored.
func (p *printing) fail(ctx context.Context, v *queue.View, code string) bool {
	for i := range v.Jobs {
		j := &v.Jobs[i]
		if string(j.Printer) != p.id || p.ended[j.ID] || j.State != queue.PrintPending {
			continue
		}
		if !p.end(ctx, *j, queue.PrintFailed, "", code) {
			return false
		}
	}
	return true
}

// noSlip lets a job wait a short time until its slip can be made.
func (p *printing) noSlip(ctx context.Context, j queue.PrintJob) (again bool, wait time.Duration) {
	since, known := p.since[j.ID]
	if !known {
		since = time.Now()
		p.since[j.ID] = since
	}
	if left := p.f.o.PrinterWait - time.Since(since); left > 0 {
		return false, min(left, lookAgain)
	}
	return p.end(ctx, j, queue.PrintFailed, "", "printer-error"), lookAgain
}

// passing are the faults that a printer may overcome by itself within PrinterWait.
var passing = map[string]bool{"unplugged": true, "silent": true, "offline": true, "port-busy": true, "write-stalled": true}

// print sends one slip. The start is stored before the first byte; how it ended is stored whatever happens.
func (p *printing) print(ctx context.Context, printer devices.Printer, v *queue.View, j queue.PrintJob, slip devices.Slip) (again bool, wait time.Duration) {
	startKey := p.f.key("start/" + string(j.ID))
	begun := false // the start may be stored
	gone := false  // the hall does not know the job any more, or it was started elsewhere
	started := func() error {
		ctx, cancel := context.WithTimeout(ctx, startWithin)
		defer cancel()
		begun = true
		_, err := p.f.do(ctx, startKey, p.id, queue.StartPrint{Job: j.ID})
		if err != nil && queue.CodeOf(err) != "" {
			begun, gone = false, true
		}
		return err
	}
	limit, cancel := context.WithTimeout(ctx, printLimit)
	slip.Torn = p.torn
	tried := time.Now()
	proof, err := printer.Print(limit, slip, started)
	cancel()
	if gone {
		p.ended[j.ID] = true
		p.f.log.Warn("print not started: the hall refused", "job", j.ID, "printer", p.id, "err", err)
		return true, 0
	}
	if err == nil {
		p.absence, p.torn = absence{}, false
		p.f.log.Info("ticket printed", "job", j.ID, "printer", p.id, "proof", string(proof))
		p.report("")
		return p.end(ctx, j, queue.PrintPrinted, string(proof), ""), lookAgain
	}
	var pe *devices.PrintError
	if !errors.As(err, &pe) {
		pe = &devices.PrintError{Nothing: !begun, Torn: begun, Err: err}
	}
	if !pe.Nothing {
		p.torn = pe.Torn
	}
	code := cmp.Or(pe.Problem.Code, devices.ProblemOf(err))
	switch {
	case pe.Nothing && !begun && ctx.Err() != nil:
		return false, 0 // closing; the job stays pending for the next run
	case pe.Nothing && !begun && (passing[code] || code == ""):
		return p.away(ctx, v, tried, true, code)
	}
	p.absence = absence{}
	switch {
	case pe.Nothing:
		p.f.log.Warn("print failed, nothing was sent", "job", j.ID, "printer", p.id, "problem", code, "err", err)
		if code == "" {
			code = "printer-error"
		}
		return p.end(ctx, j, queue.PrintFailed, "", code), lookAgain
	}
	p.f.log.Warn("print not proved: paper may have come out", "job", j.ID, "printer", p.id, "problem", code, "err", err)
	p.report(j.ID)
	if code == "" {
		code = "unproved"
	}
	return p.end(ctx, j, queue.PrintUnknown, "", code), lookAgain
}

// end stores how a job ended. On a closing floor it still tries for a short time.
func (p *printing) end(ctx context.Context, j queue.PrintJob, result queue.PrintState, method, problem string) bool {
	c, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(endWithin, cancel) })()
	_, err := p.f.do(c, p.f.key("end/"+string(j.ID)), p.id, queue.EndPrint{Job: j.ID, Result: result, Method: method, Problem: problem})
	if err != nil && queue.CodeOf(err) == "" {
		p.f.log.Error("store how a print ended", "job", j.ID, "result", result, "err", err)
		return false
	}
	if err != nil {
		p.f.log.Warn("the hall refused the end of a print", "job", j.ID, "result", result, "err", err)
	}
	p.ended[j.ID] = true
	return true
}

// report tells of an unproved print once, and of its end with the next proved one (empty).
func (p *printing) report(unproved queue.JobID) {
	p.mu.Lock()
	was := p.unclear
	p.unclear = unproved
	p.mu.Unlock()
	if p.f.o.Report == nil || (was == "") == (unproved == "") {
		return
	}
	problem := devices.NewProblem(p.id, "unproved", time.Now())
	problem.Cleared = unproved == ""
	p.f.o.Report(problem)
}

// Proved says that a print which ended unproved is proved after all: its ticket need not wait for anybody. It never blocks.
func (f *Floor) Proved(printer, job string, proof devices.Proof) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	p := f.printer(printer)
	f.wg.Go(func() { p.late(f.ctx, queue.JobID(job), proof) })
}

// late stores a proof that came late. It may come before the doubt is stored: then the doubt is refused. That it is refused itself is no fault: the
// ticket was printed again, or given up.
func (p *printing) late(ctx context.Context, job queue.JobID, proof devices.Proof) {
	_, err := p.f.do(ctx, p.f.key("late/"+string(job)), p.id, queue.EndPrint{Job: job, Result: queue.PrintPrinted, Method: string(proof)})
	if err != nil {
		p.f.log.Warn("a late proof of a print changes nothing", "job", job, "printer", p.id, "err", err)
		return
	}
	p.f.log.Info("ticket printed, proved late", "job", job, "printer", p.id, "proof", string(proof))
	p.mu.Lock()
	last := p.unclear == job
	p.mu.Unlock()
	if last {
		p.report("")
	}
}
