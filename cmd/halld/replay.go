package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sort"
	"strconv"
	"time"

	"halld/devices/sim"
	"halld/queue"
	"halld/queue/hallfile"
)

type replayCmd struct {
	Visits  string `arg:"" help:"CSV of visits, gzip or not, with the columns office,queue,day,ordinal,arrival,call,wait_min,ahead,open_windows,quality."`
	Office  string `help:"Only this office; default: every office in the file."`
	Day     string `help:"Only this day, 2006-01-02."`
	Windows int    `help:"Serve with this many windows, with service times inferred from the calls, instead of calling at the recorded times."`
	JSON    bool   `help:"One JSON line per office, day and queue."`
}

// replayRow is what came of one queue on one day.
type replayRow struct {
	Office    string  `json:"office"`
	Day       string  `json:"day"`
	Queue     string  `json:"queue"`
	Visits    int     `json:"visits"`
	Called    int     `json:"called"`
	Finished  int     `json:"finished"`
	Uncalled  int     `json:"not_called"`    // the record has no call: expired at the end of the day
	Before    int     `json:"before_record"` // came before the record begins; they are in no mean and no comparison
	Mean      float64 `json:"mean_wait_min"`
	Median    float64 `json:"median_wait_min"`
	P90       float64 `json:"p90_wait_min"`
	Max       float64 `json:"max_wait_min"`
	Recorded  float64 `json:"recorded_mean_wait_min"`
	Differ    int     `json:"waits_differ"`    // visits whose wait is another minute than the recorded one
	OutOfTurn int     `json:"out_of_turn"`     // recorded calls that passed over an earlier arrival
	Reordered int     `json:"calls_reordered"` // calls that came in another order than recorded
}

func (c *replayCmd) Run(env *Env) error {
	f, err := os.Open(c.Visits)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	records, err := sim.ReadVisits(f)
	if err != nil {
		return fmt.Errorf("replay %s: %w", c.Visits, err)
	}
	if c.Windows < 0 {
		return wrongUse{fmt.Errorf("--windows %d: a hall has at least one window", c.Windows)}
	}
	var rows []replayRow
	for _, day := range splitDays(records, c.Office, c.Day) {
		r, err := replayDay(day, c.Windows)
		if err != nil {
			return fmt.Errorf("replay %s %s: %w", day[0].Office, day[0].Day, err)
		}
		rows = append(rows, r...)
	}
	if len(rows) == 0 {
		fmt.Fprintln(env.Stderr, "halld: no visit in this file matches")
		return errNo
	}
	if c.JSON {
		enc := json.NewEncoder(env.Stdout)
		for _, r := range rows {
			if err := enc.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	fmt.Fprintf(env.Stdout, "%-12s %-10s %-6s %6s %6s %6s %6s %6s %6s %6s %9s %7s %7s %7s\n",
		"office", "day", "queue", "visits", "called", "mean", "median", "P90", "max", "rec.", "uncalled", "before", "differ", "passed")
	for _, r := range rows {
		fmt.Fprintf(env.Stdout, "%-12s %-10s %-6s %6d %6d %6.1f %6.1f %6.1f %6.1f %6.1f %9d %7d %7d %7d\n",
			r.Office, r.Day, r.Queue, r.Visits, r.Called, r.Mean, r.Median, r.P90, r.Max, r.Recorded, r.Uncalled, r.Before, r.Differ, r.OutOfTurn)
	}
	return nil
}

// splitDays groups records by office and day, in the order of the file.
func splitDays(records []sim.Record, office, day string) [][]sim.Record {
	index := map[string]int{}
	var days [][]sim.Record
	for _, r := range records {
		if office != "" && r.Office != office || day != "" && r.Day != day {
			continue
		}
		key := r.Office + "\x00" + r.Day
		i, ok := index[key]
		if !ok {
			i = len(days)
			index[key] = i
			days = append(days, nil)
		}
		days[i] = append(days[i], r)
	}
	for _, d := range days {
		beginEarly(d)
	}
	return days
}

// beginEarly lets the visits that came before the record begins come at its beginning; those without a call were called by then.
func beginEarly(day []sim.Record) {
	var start time.Time
	for _, r := range day {
		for _, t := range []time.Time{r.Arrival, r.Call} {
			if !t.IsZero() && (start.IsZero() || t.Before(start)) {
				start = t
			}
		}
	}
	if start.IsZero() { // nothing of this day has a time
		start = time.Date(2000, 1, 1, 8, 0, 0, 0, time.UTC)
		if d, err := time.Parse(time.DateOnly, day[0].Day); err == nil {
			start = d.Add(8 * time.Hour)
		}
	}
	for i := range day {
		r := &day[i]
		if !r.Arrival.IsZero() {
			continue
		}
		r.Before, r.Arrival = true, start
		if r.Call.IsZero() {
			r.Call = start
		}
	}
}

// visitRun is one recorded visit on its way through the core.
type visitRun struct {
	rec      sim.Record
	queue    queue.QueueID
	ticket   queue.TicketID
	called   time.Time
	ended    bool
	overtook int
	service  time.Duration // inferred
}

// dayConfig makes a hall of the queues that a recorded day names: queue n gets the n-th free letter.
func dayConfig(records []sim.Record, windows int) (queue.Config, map[string]queue.QueueID) {
	names := map[string]queue.QueueID{}
	var order []string
	for _, r := range records {
		if _, ok := names[r.Queue]; !ok {
			names[r.Queue] = ""
			order = append(order, r.Queue)
		}
	}
	sort.Strings(order)
	cfg := queue.Config{Name: records[0].Office, Policy: hallfile.Usual().Policy}
	for i, name := range order {
		id := queue.QueueID(prefixOf(i))
		names[name] = id
		cfg.Queues = append(cfg.Queues, queue.Queue{ID: id, Name: name, Prefix: string(id), First: 1, Last: 999, Width: 3, BandEnd: queue.Widen})
	}
	all := make([]queue.QueueID, 0, len(cfg.Queues))
	for _, q := range cfg.Queues {
		all = append(all, q.ID)
	}
	if windows == 0 {
		for i, q := range all {
			cfg.WindowSetup = append(cfg.WindowSetup, queue.WindowSetup{ID: queue.WindowID(strconv.Itoa(i + 1)), Queues: []queue.QueueID{q}})
		}
		return cfg, names
	}
	for i := range windows {
		cfg.WindowSetup = append(cfg.WindowSetup, queue.WindowSetup{ID: queue.WindowID(strconv.Itoa(i + 1)), Queues: all})
	}
	return cfg, names
}

// prefixOf gives the n-th prefix: letters that cannot be taken for digits, then pairs of them.
func prefixOf(n int) string {
	const letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
	if n < len(letters) {
		return letters[n : n+1]
	}
	n -= len(letters)
	return string(letters[n/len(letters)%len(letters)]) + string(letters[n%len(letters)])
}

// runner asks a hall and applies what it decides.
type runner struct{ hall *queue.Hall }

func (r runner) do(cmd queue.Command, now time.Time) (queue.Answer, error) {
	events, err := r.hall.Decide(cmd, queue.When{Now: now, By: byScript})
	if err != nil {
		return queue.Answer{}, fmt.Errorf("%T at %s: %w", cmd, now.Format("15:04:05"), err)
	}
	for _, e := range events {
		r.hall.Apply(e)
	}
	return r.hall.Answer(cmd, events), nil
}

// replayDay runs one office's day through the real core in virtual time.
func replayDay(records []sim.Record, windows int) ([]replayRow, error) {
	cfg, ids := dayConfig(records, windows)
	r := runner{queue.New()}
	visits := make([]*visitRun, 0, len(records))
	start := records[0].Arrival
	for _, rec := range records {
		visits = append(visits, &visitRun{rec: rec, queue: ids[rec.Queue]})
		if rec.Arrival.Before(start) {
			start = rec.Arrival
		}
	}
	// within a queue the number order is the arrival order, whatever order the rows stand in
	slices.SortStableFunc(visits, func(a, b *visitRun) int {
		if d := a.rec.Arrival.Compare(b.rec.Arrival); d != 0 {
			return d
		}
		return a.rec.Ordinal - b.rec.Ordinal
	})
	open := start.Add(-time.Minute)
	if _, err := r.do(queue.Configure{Config: cfg}, open); err != nil {
		return nil, err
	}
	if _, err := r.do(queue.OpenDay{Day: queue.DayID(start.Format(time.DateOnly)), Force: true}, open); err != nil {
		return nil, err
	}
	for _, w := range cfg.WindowSetup {
		if _, err := r.do(queue.OpenWindow{Seat: queue.Seat{Window: w.ID}, Clerk: "replay"}, open); err != nil {
			return nil, err
		}
	}
	var err error
	if windows == 0 {
		err = r.recorded(cfg, visits)
	} else {
		err = r.served(cfg, visits)
	}
	if err != nil {
		return nil, err
	}
	if _, err := r.do(queue.CloseDay{Force: true}, r.hall.LastAt()); err != nil {
		return nil, err
	}
	return rowsOf(cfg, visits), nil
}
