// Package wait estimates how long people wait, from the events of the hall: pure, and cheap enough to be asked for every queue at every change. The estimate is
// half of how many are ahead at the pace at which the queue is called, and half of how long the last ones waited. The first is too high where people leave
// before they are called, the second too low while a line grows: together they come out about right.
//
// Where too little was seen it falls back to what one of the two says, then to a constant, and then to nothing: the basis says which.
package wait

import (
	"math"
	"slices"
	"time"

	"halld/queue"
	"halld/queue/report"
)

// Basis says what an estimate rests on.
type Basis string

// The bases of an estimate. The words are sent: never rename one.
const (
	Rate      Basis = "rate"       // the pace of calls and the last waits
	LastWaits Basis = "last-waits" // the last waits alone
	Constant  Basis = "constant"   // so long a person in line as the hall takes elsewhere or took before, or as was set
	None      Basis = "none"       // nothing is known, or no window is open: there is no estimate
)

// Estimate is how long somebody waits from now on. In about eight of ten cases it lies between Low and High.
type Estimate struct {
	Median, Low, High time.Duration
	Basis             Basis
	N                 int // calls or waits that it rests on
}

// Minutes is an estimate as people say it.
type Minutes struct {
	Median, Low, High int
	Basis             Basis
	N                 int
}

// Known reports whether there is anything to say.
func (m Minutes) Known() bool { return m.Basis != None && m.Basis != "" }

// Minutes rounds: whole minutes up to a quarter of an hour, above that steps of five; the range outwards.
func (e Estimate) Minutes() Minutes {
	m := Minutes{Basis: e.Basis, N: e.N}
	if e.Basis == None || e.Basis == "" {
		return Minutes{Basis: None}
	}
	m.Low, m.Median, m.High = said(e.Low, math.Floor), said(e.Median, math.Round), said(e.High, math.Ceil)
	m.High = max(m.High, m.Low+1)
	m.Median = min(max(m.Median, m.Low), m.High)
	return m
}

func said(d time.Duration, round func(float64) float64) int {
	m := d.Minutes()
	if m > 15 {
		return int(5 * round(m/5))
	}
	return int(round(m))
}

const (
	recent   = time.Hour // what is older says nothing of now
	kept     = 20        // gaps and waits that are remembered of a queue
	enough   = 3         // gaps that make a pace
	keptMore = 60        // waits whose spread is remembered
	spreadBy = 10        // that make a range
)

// Estimator follows the hall. It wants every event from a day's opening on, in order. The zero
// value is not ready: New makes one. It is not safe for concurrent use.
type Estimator struct {
	perPerson time.Duration // set; 0: not
	queues    map[queue.QueueID]*line
	legs      map[queue.TicketID]*place
	gaps      mean                    // of the whole hall, since the day's opening and the day before it
	fresh     map[queue.WindowID]bool // opened, and nobody called yet
	still     time.Time               // since when the hall is evacuated; zero: not now
}

// mean is a running one.
type mean struct {
	n   int
	sum time.Duration
}

func (m *mean) add(d time.Duration) { m.n, m.sum = m.n+1, m.sum+d }

func (m *mean) of() time.Duration {
	if m.n == 0 {
		return 0
	}
	return m.sum / time.Duration(m.n)
}

// line is a queue.
type line struct {
	waiting []*place // by when they joined
	since   time.Time
	gaps    []sample // between calls while somebody waited
	waits   []sample
	ever    mean      // gaps of today and the day before
	ratios  []float64 // the last waits, as shares of what was estimated when they began
	low     float64   // how these lie
	high    float64
}

// sample is a duration and when it ended.
type sample struct {
	at   time.Time
	took time.Duration
}

// place is a ticket in line, or one that was called and may come back to it.
type place struct {
	queue    queue.QueueID
	joined   time.Time
	guess    time.Duration // of its wait, when it joined; 0: none
	inLine   bool
	called   bool // once: its wait is over
	calledAt time.Time
	first    bool // the present call is the one that ended the wait
}

// New makes an estimator. perPerson is how long a person takes at a window where nothing else is known; 0: then nothing is said.
func New(perPerson time.Duration) *Estimator {
	return &Estimator{perPerson: perPerson, queues: map[queue.QueueID]*line{}, legs: map[queue.TicketID]*place{}, fresh: map[queue.WindowID]bool{}}
}

func (e *Estimator) line(q queue.QueueID) *line {
	l := e.queues[q]
	if l == nil {
		l = &line{}
		e.queues[q] = l
	}
	return l
}

// See takes the next event.
func (e *Estimator) See(ev queue.Event) {
	switch f := ev.Fact.(type) {
	case queue.DayOpened:
		e.begin()
	case queue.DayClosed:
		clear(e.legs)
		for _, l := range e.queues {
			l.waiting = nil
		}
	case queue.TicketIssued:
		p := &place{queue: f.Queue}
		e.legs[f.Ticket] = p
		if f.State == queue.Waiting {
			e.join(p, ev.At)
		}
	case queue.TicketTransferred:
		e.leave(e.legs[f.Ticket])
		delete(e.legs, f.Ticket)
		p := &place{queue: f.Queue}
		e.legs[f.Next] = p
		e.join(p, ev.At)
	case queue.TicketCalled:
		e.call(e.legs[f.Ticket], f.Why == queue.Undone, e.fresh[f.Window], ev.At)
		delete(e.fresh, f.Window)
	case queue.WindowOpened:
		e.fresh[f.Window] = true
	case queue.TicketQueued:
		e.back(e.legs[f.Ticket], f.Cause, ev.At)
	case queue.TicketMoved:
		e.move(e.legs[f.Ticket], f.Queue, ev.At)
	case queue.TicketEnded:
		e.leave(e.legs[f.Ticket])
		delete(e.legs, f.Ticket)
	case queue.TicketDone:
		delete(e.legs, f.Ticket)
	case queue.ClockConfirmed:
		e.redate(f)
	case queue.HallEvacuated:
		e.still = ev.At
	case queue.HallResumed:
		e.resumed(ev.At)
	}
}

// begin starts a day: what the last one showed counts for as much as a few samples until this one shows more.
func (e *Estimator) begin() {
	clear(e.legs)
	clear(e.fresh)
	e.still = time.Time{}
	for _, l := range e.queues {
		*l = line{ever: l.ever.few()}
	}
	e.gaps = e.gaps.few()
}

// resumed ends an evacuation: for whoever waited through it time stood still.
func (e *Estimator) resumed(at time.Time) {
	by := at.Sub(e.still)
	on := func(t *time.Time) {
		if !t.IsZero() {
			if *t = t.Add(by); t.After(at) {
				*t = at
			}
		}
	}
	for _, l := range e.queues {
		on(&l.since)
		for _, p := range l.waiting {
			on(&p.joined)
		}
	}
	e.still = time.Time{}
}

// asOf is the present, or when the hall stopped.
func (e *Estimator) asOf(now time.Time) time.Time {
	if !e.still.IsZero() && now.After(e.still) {
		return e.still
	}
	return now
}

// redate moves what happened without a clock to its true time.
func (e *Estimator) redate(f queue.ClockConfirmed) {
	if f.Since.IsZero() {
		return
	}
	later := func(t *time.Time) {
		if !t.IsZero() && !t.Before(f.Since) {
			*t = t.Add(f.By)
		}
	}
	later(&e.still)
	for _, p := range e.legs {
		later(&p.joined)
	}
	for _, l := range e.queues {
		later(&l.since)
		for _, list := range [][]sample{l.gaps, l.waits} {
			for i := range list {
				later(&list[i].at)
			}
		}
	}
}

func (m mean) few() mean {
	if m.n == 0 {
		return m
	}
	n := min(m.n, enough)
	return mean{n, time.Duration(n) * m.of()}
}

func (e *Estimator) join(p *place, at time.Time) {
	l := e.line(p.queue)
	if p.joined.IsZero() {
		p.joined = at
		if g := e.Of(p.queue, len(l.waiting), at, 1, false); g.Basis == Rate {
			p.guess = g.Median
		}
	}
	if len(l.waiting) == 0 {
		l.since = at
	}
	p.inLine = true
	i, _ := slices.BinarySearchFunc(l.waiting, p, func(a, b *place) int {
		if c := a.joined.Compare(b.joined); c != 0 {
			return c
		}
		return -1 // behind those who joined at the same moment
	})
	l.waiting = slices.Insert(l.waiting, i, p)
}

func (e *Estimator) leave(p *place) {
	if p == nil || !p.inLine {
		return
	}
	p.inLine = false
	l := e.line(p.queue)
	if i := slices.Index(l.waiting, p); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
}

// call ends a wait. The first call of a window that opened says nothing of the pace: nobody was served before it.
func (e *Estimator) call(p *place, undone, fresh bool, at time.Time) {
	if p == nil {
		return
	}
	waited := p.inLine
	e.leave(p)
	if undone || !waited {
		return
	}
	l := e.line(p.queue)
	gap := at.Sub(l.since)
	l.since = at
	if !fresh {
		l.gaps = remember(l.gaps, sample{at: at, took: gap}, kept)
		l.ever.add(gap)
		e.gaps.add(gap)
	}
	if p.first = !p.called; p.first {
		p.called, p.calledAt = true, at
		d := at.Sub(p.joined)
		l.waits = remember(l.waits, sample{at: at, took: d}, kept)
		if p.guess >= time.Second {
			l.ratios = remember(l.ratios, float64(d)/float64(p.guess), keptMore)
			l.measure()
		}
	}
}

func (e *Estimator) back(p *place, cause queue.Cause, at time.Time) {
	if p == nil {
		return
	}
	if cause == queue.GivenBack && p.first { // the call was none: the wait goes on
		p.called, p.first = false, false
		l := e.line(p.queue)
		l.waits = slices.DeleteFunc(l.waits, func(s sample) bool { return s.at.Equal(p.calledAt) })
	}
	e.join(p, at)
}

func (e *Estimator) move(p *place, to queue.QueueID, at time.Time) {
	if p == nil {
		return
	}
	was := p.inLine
	e.leave(p)
	if p.queue = to; was {
		e.join(p, at)
	}
}

func remember[T any](list []T, v T, most int) []T {
	if len(list) == most {
		list = slices.Delete(list, 0, 1)
	}
	return append(list, v)
}

// measure finds how the last waits lay around what was estimated.
func (l *line) measure() {
	l.low, l.high = 0, 0
	if len(l.ratios) < spreadBy {
		return
	}
	sorted := make([]time.Duration, len(l.ratios)) // thousandths: there is one quantile
	for i, r := range l.ratios {
		sorted[i] = time.Duration(1000 * r)
	}
	slices.Sort(sorted)
	l.low, l.high = float64(report.Quantile(sorted, 10))/1000, float64(report.Quantile(sorted, 90))/1000
}

// Of estimates how long somebody waits from now on who has ahead others of the queue before him. open is how many windows that serve it are open, idle
// whether one of those has nobody.
func (e *Estimator) Of(q queue.QueueID, ahead int, now time.Time, open int, idle bool) Estimate {
	if open <= 0 {
		return Estimate{Basis: None}
	}
	l := e.queues[q]
	if l == nil {
		l = &line{}
	}
	ahead = max(ahead, 0)
	if ahead == 0 && idle {
		return Estimate{Basis: Rate, N: len(l.gaps)}
	}
	now = e.asOf(now)
	pace, gaps := l.pace(now)
	last, waits := l.last(now, ahead)
	places := time.Duration(ahead + 1)
	if gaps >= enough && waits > 0 {
		// Who is called first in the morning has hardly waited: how long the last ones waited says nothing to a long line until it has passed once.
		heed := min(1, float64(waits)/float64(places)) / 2
		return l.ranged(time.Duration((1-heed)*float64(places*pace)+heed*float64(last)), ahead, Rate, gaps)
	}
	each, n := e.each(l, open)
	switch {
	case each > 0:
		return l.ranged(max(places*each, last), ahead, Constant, n)
	case waits > 0:
		return l.ranged(last, ahead, LastWaits, waits)
	}
	return Estimate{Basis: None}
}

// each is how long a person in line takes by what was seen before there is a pace, and of how many: of this queue, of the hall, or as it is set; one or two
// gaps are better than nothing only. What is set is the time at a window, and each of those that are open takes its share. 0: nobody knows.
func (e *Estimator) each(l *line, open int) (time.Duration, int) {
	switch {
	case l.ever.n >= enough:
		return l.ever.of(), l.ever.n
	case e.gaps.n >= enough:
		return e.gaps.of(), e.gaps.n
	case e.perPerson > 0:
		return e.perPerson / time.Duration(open), 0
	case l.ever.n > 0:
		return l.ever.of(), l.ever.n
	case e.gaps.n > 0:
		return e.gaps.of(), e.gaps.n
	}
	return 0, 0
}

// pace is the mean time between calls lately, and of how many. Time that passes without a call while people wait counts as soon as it is longer.
func (l *line) pace(now time.Time) (time.Duration, int) {
	var m mean
	for _, s := range l.gaps {
		if now.Sub(s.at) <= recent {
			m.add(s.took)
		}
	}
	n := m.n
	if len(l.waiting) > 0 && n > 0 {
		if running := now.Sub(l.since); running > m.of() {
			m.add(running)
		}
	}
	return m.of(), n
}

// last is how long the last ones waited, for somebody as far along in the present line as this; and how many were called of late.
func (l *line) last(now time.Time, ahead int) (time.Duration, int) {
	var m mean
	called := 0
	for i := len(l.waits) - 1; i >= 0 && now.Sub(l.waits[i].at) <= recent; i-- {
		if called++; m.n < enough {
			m.add(l.waits[i].took)
		}
	}
	share := 1.0
	if n := len(l.waiting); ahead < n {
		share = float64(ahead+1) / float64(n+1)
	}
	return time.Duration(share * float64(m.of())), called
}

// ranged puts a range around an estimate: as wide as the last waits lay around what was estimated, and no narrower than it must be where services are of very
// different lengths: the more people are ahead, the more those even out.
func (l *line) ranged(d time.Duration, ahead int, b Basis, n int) Estimate {
	wide := 1.28 / math.Sqrt(float64(ahead+1))
	low, high := max(1-wide, .1), 1+wide
	if l.high > 0 && (b == Rate || b == LastWaits) {
		low, high = min(low, l.low), max(high, l.high)
	}
	by := func(f float64) time.Duration { return time.Duration(f * float64(d)) }
	return Estimate{Median: d, Low: by(low), High: by(high), Basis: b, N: n}
}

// Over counts those who wait in a queue for longer than d.
func (e *Estimator) Over(q queue.QueueID, d time.Duration, now time.Time) int {
	l := e.queues[q]
	if l == nil || d <= 0 {
		return 0
	}
	i, _ := slices.BinarySearchFunc(l.waiting, e.asOf(now).Add(-d), func(p *place, t time.Time) int {
		if p.joined.Before(t) {
			return -1
		}
		return 1
	})
	return i
}
