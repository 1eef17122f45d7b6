package display

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"halld/queue"
	"halld/queue/report"
)

// Spread says how a duration lay over n tickets, in seconds; all zero when n is 0.
type Spread struct {
	N             int     `json:"n"`
	MeanSeconds   float64 `json:"mean_seconds"`
	MedianSeconds float64 `json:"median_seconds" doc:"the smallest value that at least half of all do not exceed"`
	P90Seconds    float64 `json:"p90_seconds" doc:"the smallest value that at least nine tenths of all do not exceed"`
	MaxSeconds    float64 `json:"max_seconds"`
}

// OutcomeCount is how often services ended so.
type OutcomeCount struct {
	Code queue.Outcome `json:"code"`
	N    int           `json:"n"`
}

// OvertakenCount is how many people were passed over by calls of one reason.
type OvertakenCount struct {
	Why queue.Reason `json:"why"`
	N   int          `json:"n"`
}

// Counts are the figures of a hall or of a part of it. They count legs; of a window or a clerk what happened there.
type Counts struct {
	Issued        int              `json:"issued" doc:"numbers given out"`
	Visits        int              `json:"visits" doc:"people with a number who had a leg here"`
	Called        int              `json:"called" doc:"legs called at least once; a call that was given back is none"`
	Served        int              `json:"served" doc:"services that ended with a citizen there, by whatever outcome, sent on to another queue included"`
	Missed        int              `json:"missed" doc:"times nobody came, also where the person came back; not those that were undone"`
	Returned      int              `json:"returned" doc:"times somebody came back after a miss"`
	GivenBack     int              `json:"given_back" doc:"calls that were put back to their place"`
	Moved         int              `json:"moved" doc:"services that went on in another queue"`
	Cancelled     int              `json:"cancelled"`
	Void          int              `json:"void"`
	Expired       int              `json:"expired"`
	Wait          Spread           `json:"wait" doc:"from joining the line to the first call of each leg that was called; a call given back does not end it"`
	Service       Spread           `json:"service" doc:"of served ones, without the time laid aside"`
	Held          Spread           `json:"held" doc:"the time laid aside, of those who were"`
	TargetSeconds int              `json:"target_seconds" doc:"the wait promised last; 0: none"`
	TargetShare   int              `json:"target_share" doc:"percent of the people of whom it is promised"`
	Promised      int              `json:"promised" doc:"of wait.n: those of whom a wait was promised when they joined the line"`
	WithinTarget  int              `json:"within_target" doc:"of promised: those who waited no longer than was promised to them"`
	Ratings       [6]int           `json:"ratings" doc:"by level; the first is how many ended services were not rated"`
	Outcomes      []OutcomeCount   `json:"outcomes" nullable:"false"`
	Overtaken     []OvertakenCount `json:"overtaken" nullable:"false" doc:"people passed over by calls, by the reason of the call"`
	Waiting       int              `json:"waiting" doc:"now"`
	OverTarget    int              `json:"over_target" doc:"of waiting: longer than was promised"`
	WaitingSince  time.Time        `json:"waiting_since,omitzero" doc:"when who waits longest joined the line"`
}

// PartFigures counts one queue, department, window, item or clerk, under the name that it had on the day.
type PartFigures struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	NameEn string `json:"name_en,omitempty"`
	Counts
	FinishedAtWindow int `json:"finished_at_window" doc:"of served: finished on the spot, not merely received"`
	Rated            int `json:"rated"`
	RatingSum        int `json:"rating_sum" doc:"sum of the levels; the mean is rating_sum / rated"`
}

// Figures counts one service day. They are made from its events alone, so each can be recomputed.
type Figures struct {
	Counts
	ByQueue      []PartFigures `json:"by_queue" nullable:"false"`
	ByDepartment []PartFigures `json:"by_department" nullable:"false"`
	ByWindow     []PartFigures `json:"by_window" nullable:"false"`
	ByItem       []PartFigures `json:"by_item" nullable:"false" doc:"of tickets whose item is known"`
	ByClerk      []PartFigures `json:"by_clerk" nullable:"false" doc:"by staff number, or by name in a hall without people"`
}

// figures shows the figures of a day.
func figures(d *report.Day) Figures {
	return Figures{Counts: counts(&d.All), ByQueue: parts(d.Queues), ByDepartment: parts(d.Departments), ByWindow: parts(d.Windows), ByItem: parts(d.Items),
		ByClerk: parts(d.Clerks)}
}

func parts(in []report.Part) []PartFigures {
	out := make([]PartFigures, len(in))
	for i := range in {
		p := &in[i]
		out[i] = PartFigures{ID: p.ID, Name: p.Name, NameEn: p.NameEn, Counts: counts(&p.Figures), FinishedAtWindow: p.Outcomes[queue.DoneAtOnce]}
		out[i].Rated, out[i].RatingSum = rated(&p.Figures)
	}
	return out
}

// rated is how many services were rated, and the sum of their levels.
func rated(f *report.Figures) (n, sum int) {
	for level := queue.LowestLevel; level <= queue.HighestLevel; level++ {
		n, sum = n+f.Ratings[level], sum+level*f.Ratings[level]
	}
	return n, sum
}

func counts(f *report.Figures) Counts {
	c := Counts{Issued: f.Issued, Visits: f.Visits, Called: f.Called, Served: f.Served, Missed: f.Missed, Returned: f.Returned, GivenBack: f.GivenBack, Moved: f.Moved,
		Cancelled: f.Cancelled, Void: f.Void, Expired: f.Expired, Wait: spread(f.Wait), Service: spread(f.Service), Held: spread(f.Held),
		TargetSeconds: int(f.Target.Wait.Seconds()), TargetShare: f.Target.Share, Promised: f.Promised, WithinTarget: f.Within, Ratings: f.Ratings,
		Outcomes: []OutcomeCount{}, Overtaken: []OvertakenCount{}, Waiting: f.Waiting, OverTarget: f.Over, WaitingSince: f.Since}
	for _, o := range queue.Outcomes() {
		if n := f.Outcomes[o]; n > 0 {
			c.Outcomes = append(c.Outcomes, OutcomeCount{Code: o, N: n})
		}
	}
	for _, why := range slices.Sorted(maps.Keys(f.Overtaken)) {
		c.Overtaken = append(c.Overtaken, OvertakenCount{Why: why, N: f.Overtaken[why]})
	}
	return c
}

func spread(s report.Spread) Spread {
	out := Spread{N: s.N, MedianSeconds: s.Median.Seconds(), P90Seconds: s.P90.Seconds(), MaxSeconds: s.Max.Seconds()}
	if s.N > 0 {
		out.MeanSeconds = s.Sum.Seconds() / float64(s.N)
	}
	return out
}

// DayLine is one service day in the list of all.
type DayLine struct {
	Day      queue.DayID  `json:"day"`
	Open     bool         `json:"open"`
	OpenedAt time.Time    `json:"opened_at"`
	OpenedBy *queue.Actor `json:"opened_by,omitempty" doc:"absent for days before it was recorded"`
	ClosedAt time.Time    `json:"closed_at,omitzero"`
	ClosedBy *queue.Actor `json:"closed_by,omitempty"`

	Issued       int     `json:"issued"`
	Served       int     `json:"served"`
	Missed       int     `json:"missed"`
	Cancelled    int     `json:"cancelled"`
	Expired      int     `json:"expired"`
	Wait         Spread  `json:"wait"`
	Promised     int     `json:"promised"`
	WithinTarget int     `json:"within_target"`
	RatingMean   float64 `json:"rating_mean,omitempty" doc:"of those who rated"`
}

// DaysPage lists service days, newest first.
type DaysPage struct {
	Days  []DayLine `json:"days" nullable:"false"`
	Total int       `json:"total" doc:"how many there are in all"`
}

type daysIn struct {
	Limit int `query:"limit" minimum:"1" maximum:"4000" default:"400"`
}

func actor(a queue.Actor) *queue.Actor {
	if a == (queue.Actor{}) {
		return nil
	}
	return &a
}

func noRecords() error { return fail(NotFound, "this hall keeps no records") }

func (s *Server) getDays(ctx context.Context, in *daysIn) (*table, error) {
	if s.records == nil {
		return nil, noRecords()
	}
	days, total, err := s.records.Openings(ctx, in.Limit)
	if err != nil {
		return nil, notRead("read days", err)
	}
	out := DaysPage{Days: make([]DayLine, len(days)), Total: total}
	for i := range days {
		o := &days[i]
		all := o.All
		if all == nil {
			d, ok, err := s.records.Figures(ctx, o.Day, s.now())
			if err != nil {
				return nil, notRead("read figures", err)
			}
			if all = new(report.Figures); ok {
				all = &d.All
			}
		}
		out.Days[i] = dayLine(o, all)
	}
	return &table{json: out, total: total, header: []string{"day", "opened_at", "opened_by", "closed_at", "closed_by", "issued", "served", "missed", "cancelled", "expired",
		"waits", "wait_median_seconds", "wait_p90_seconds", "promised", "within_target", "rating_mean"}, rows: func(yield func([]string, error) bool) {
		for _, d := range out.Days {
			row := []string{string(d.Day), s.local(d.OpenedAt), actorName(d.OpenedBy), s.local(d.ClosedAt), actorName(d.ClosedBy), itoa(d.Issued), itoa(d.Served),
				itoa(d.Missed), itoa(d.Cancelled), itoa(d.Expired), itoa(d.Wait.N), ftoa(d.Wait.MedianSeconds), ftoa(d.Wait.P90Seconds), itoa(d.Promised),
				itoa(d.WithinTarget), ftoa(d.RatingMean)}
			if !yield(row, nil) {
				return
			}
		}
	}}, nil
}

func dayLine(o *report.Opening, f *report.Figures) DayLine {
	d := DayLine{Day: o.Day, Open: o.Closed.IsZero(), OpenedAt: o.Opened, OpenedBy: actor(o.OpenedBy), ClosedAt: o.Closed, ClosedBy: actor(o.ClosedBy),
		Issued: f.Issued, Served: f.Served, Missed: f.Missed, Cancelled: f.Cancelled, Expired: f.Expired, Wait: spread(f.Wait), Promised: f.Promised, WithinTarget: f.Within}
	if n, sum := rated(f); n > 0 {
		d.RatingMean = float64(sum) / float64(n)
	}
	return d
}

func actorName(a *queue.Actor) string {
	if a == nil {
		return ""
	}
	if a.Name != "" {
		return a.Name
	}
	return string(a.Role)
}

func itoa(n int) string     { return strconv.Itoa(n) }
func ftoa(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// DayFigures is what came of a service day.
type DayFigures struct {
	Day      queue.DayID  `json:"day"`
	Open     bool         `json:"open"`
	OpenedAt time.Time    `json:"opened_at"`
	OpenedBy *queue.Actor `json:"opened_by,omitempty" doc:"absent for days before it was recorded"`
	ClosedAt time.Time    `json:"closed_at,omitzero"`
	ClosedBy *queue.Actor `json:"closed_by,omitempty"`
	Seq      uint64       `json:"seq" doc:"the last event counted"`
	Figures  Figures      `json:"figures"`
}

type dayFiguresIn struct {
	Day string `path:"day" maxLength:"16" doc:"2006-01-02, with -2 and so on for a second opening"`
}

func (s *Server) getDayFigures(ctx context.Context, in *dayFiguresIn) (*table, error) {
	if s.records == nil {
		return nil, noRecords()
	}
	day, err := queue.ParseDay(in.Day)
	if err != nil {
		return nil, fail(queue.BadDay, "%v", err)
	}
	d, ok, err := s.records.Figures(ctx, day, s.now())
	if err != nil {
		return nil, notRead("read figures", err)
	}
	if !ok {
		return nil, fail(NotFound, "service day %s was never opened here; see GET /api/days", day)
	}
	out := DayFigures{Day: d.Day, Open: d.Closed.IsZero(), OpenedAt: d.Opened, OpenedBy: actor(d.OpenedBy), ClosedAt: d.Closed, ClosedBy: actor(d.ClosedBy), Seq: d.Seq,
		Figures: figures(&d)}
	f := &out.Figures
	return &table{json: out, header: figuresHeader(), rows: func(yield func([]string, error) bool) {
		if !yield(figuresRow("hall", &PartFigures{Counts: f.Counts, FinishedAtWindow: d.All.Outcomes[queue.DoneAtOnce]}), nil) {
			return
		}
		for _, of := range []struct {
			name  string
			parts []PartFigures
		}{{"queue", f.ByQueue}, {"department", f.ByDepartment}, {"window", f.ByWindow}, {"item", f.ByItem}, {"clerk", f.ByClerk}} {
			for i := range of.parts {
				if !yield(figuresRow(of.name, &of.parts[i]), nil) {
					return
				}
			}
		}
	}}, nil
}

func figuresHeader() []string {
	h := []string{"part", "id", "name", "issued", "visits", "called", "served", "finished_at_window", "missed", "returned", "given_back", "moved", "cancelled", "void",
		"expired", "waits", "wait_mean_seconds", "wait_median_seconds", "wait_p90_seconds", "wait_max_seconds", "services", "service_mean_seconds",
		"service_median_seconds", "service_p90_seconds", "service_max_seconds", "target_seconds", "promised", "within_target", "not_rated", "rated_1", "rated_2",
		"rated_3", "rated_4", "rated_5"}
	for _, o := range queue.Outcomes() {
		h = append(h, "outcome_"+string(o))
	}
	return h
}

func figuresRow(part string, p *PartFigures) []string {
	row := []string{part, p.ID, p.Name}
	for _, n := range []int{p.Issued, p.Visits, p.Called, p.Served, p.FinishedAtWindow, p.Missed, p.Returned, p.GivenBack, p.Moved, p.Cancelled, p.Void, p.Expired} {
		row = append(row, itoa(n))
	}
	for _, s := range []Spread{p.Wait, p.Service} {
		row = append(row, itoa(s.N), ftoa(s.MeanSeconds), ftoa(s.MedianSeconds), ftoa(s.P90Seconds), ftoa(s.MaxSeconds))
	}
	row = append(row, itoa(p.TargetSeconds), itoa(p.Promised), itoa(p.WithinTarget))
	for _, n := range p.Ratings {
		row = append(row, itoa(n))
	}
	for _, o := range queue.Outcomes() {
		n := 0
		for _, c := range p.Outcomes {
			if c.Code == o {
				n = c.N
			}
		}
		row = append(row, itoa(n))
	}
	return row
}
