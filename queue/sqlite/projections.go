package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"halld/queue"
	"halld/queue/report"
)

// projector makes the rows of days and spans from the events of one commit after the other. It can be thrown away at any time: what it needs to go on is read
// back from the events of the latest day.
type projector struct {
	daily
	spans report.Spans
}

// daily counts one day from its events.
type daily struct {
	first   uint64 // the event that opened it; 0: none yet
	counter report.Counter
}

func (d *daily) see(e queue.Event) {
	if _, ok := e.Fact.(queue.DayOpened); ok {
		d.first = e.Seq
	}
	d.counter.See(e)
}

// writes reports whether an event that was just seen changes the row of its day. A clock that is confirmed after the close changes none.
func (d *daily) writes(e queue.Event) bool {
	switch e.Fact.(type) {
	case queue.DayOpened, queue.DayClosed:
		return true
	case queue.ClockConfirmed:
		return d.counter.Open()
	default:
		return false
	}
}

// stamped is an event as it will be read back: its row has milliseconds.
func stamped(e queue.Event) queue.Event {
	e.At = time.UnixMilli(e.At.UnixMilli()).UTC()
	return e
}

// project writes what the events of a commit add to days and spans, in its transaction.
func (s *Store) project(events []queue.Event) error {
	if len(events) == 0 {
		return nil
	}
	if s.projector == nil || s.projector.counter.Seq() != events[0].Seq-1 { // the first commit, or the last one failed
		s.projector = new(projector)
		if err := s.projector.catchUp(background, s.conn, s.meta, events[0].Seq-1); err != nil {
			s.projector = nil
			return err
		}
	}
	for i := range events {
		if err := s.projectOne(stamped(events[i])); err != nil {
			s.projector = nil
			return fmt.Errorf("event %d: %w", events[i].Seq, err)
		}
	}
	return nil
}

// catchUp reads the latest day that began at or before an event, up to it.
func (p *projector) catchUp(ctx context.Context, q querier, m meta, upto uint64) error {
	var first uint64
	err := q.QueryRowContext(ctx, "SELECT first FROM days WHERE first <= ? ORDER BY first DESC LIMIT 1", int64(upto)).Scan(&first)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("find the latest day: %w", err)
	}
	if first == 0 { // no day was opened yet
		first = upto
	}
	if err := setupBefore(ctx, q, m, first, p.see); err != nil {
		return err
	}
	return eachEvent(ctx, q, m, first, upto, p.see)
}

func (p *projector) see(e queue.Event) {
	p.daily.see(e)
	p.spans.See(e)
}

// setupBefore hands over the set-up in force when an event came.
func setupBefore(ctx context.Context, q querier, m meta, seq uint64, see func(queue.Event)) error {
	return someEvents(ctx, q, m, "WHERE kind = 'hall.configured' AND seq < ? ORDER BY seq DESC LIMIT 1", see, int64(seq))
}

// eachEvent hands over the events from one to another, both included.
func eachEvent(ctx context.Context, q querier, m meta, from, to uint64, see func(queue.Event)) error {
	return someEvents(ctx, q, m, "WHERE seq BETWEEN ? AND ? ORDER BY seq", see, int64(from), int64(min(to, 1<<62)))
}

func someEvents(ctx context.Context, q querier, m meta, where string, see func(queue.Event), args ...any) error {
	rows, err := q.QueryContext(ctx, "SELECT "+eventColumns(m.format)+" FROM events "+where, args...)
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var r eventRow
	for rows.Next() {
		if err := r.scan(rows); err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		e, err := r.event()
		if err != nil {
			return err
		}
		see(e)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	return nil
}

const (
	upsertSpan = `INSERT INTO spans (seq, day, "window", clerk, name, state, reason, "from", "to") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (seq) DO UPDATE SET "from" = excluded."from", "to" = excluded."to"`
	insertDay = "INSERT INTO days (first, day, opened, opened_by) VALUES (?, ?, ?, ?)"
	endDay    = "UPDATE days SET last = ?, closed = ?, closed_by = ?, figures = ? WHERE first = ?"
	redateDay = "UPDATE days SET opened = ? WHERE first = ?"
)

func (s *Store) projectOne(e queue.Event) error {
	p := s.projector
	p.daily.see(e)
	for _, sp := range p.spans.See(e) {
		if _, err := s.conn.ExecContext(background, upsertSpan, spanRow(&sp)...); err != nil {
			return fmt.Errorf("window %s: %w", sp.Window, err)
		}
	}
	if !p.writes(e) {
		return nil
	}
	d, ok := p.counter.Figures(e.At)
	if !ok || p.first == 0 {
		return nil
	}
	row, err := dayRow(p.first, &d)
	if err != nil {
		return fmt.Errorf("day %s: %w", d.Day, err)
	}
	switch e.Fact.(type) {
	case queue.DayOpened:
		_, err = s.conn.ExecContext(background, insertDay, row.first, row.day, row.opened, row.openedBy)
	case queue.ClockConfirmed:
		_, err = s.conn.ExecContext(background, redateDay, row.opened, row.first)
	case queue.DayClosed:
		_, err = s.conn.ExecContext(background, endDay, row.last, row.closed, row.closedBy, row.figures, row.first)
	}
	if err != nil {
		return fmt.Errorf("day %s: %w", d.Day, err)
	}
	return nil
}

func spanRow(s *report.Span) []any {
	var to any
	if !s.To.IsZero() {
		to = s.To.UnixMilli()
	}
	return []any{int64(s.Seq), string(s.Day), string(s.Window), s.Clerk, s.Name, string(s.State), string(s.Reason), s.From.UnixMilli(), to}
}

// dayLine is a row of days.
type dayLine struct {
	first    int64
	last     sql.NullInt64
	day      string
	opened   int64
	openedBy string
	closed   sql.NullInt64
	closedBy string
	figures  sql.NullString
}

func dayRow(first uint64, d *report.Day) (dayLine, error) {
	r := dayLine{first: int64(first), day: string(d.Day), opened: d.Opened.UnixMilli()}
	by, err := json.Marshal(d.OpenedBy)
	if err != nil {
		return r, err
	}
	r.openedBy = string(by)
	if d.Closed.IsZero() {
		return r, nil
	}
	if by, err = json.Marshal(d.ClosedBy); err != nil {
		return r, err
	}
	figures, err := json.Marshal(d)
	if err != nil {
		return r, err
	}
	r.last, r.closed = sql.NullInt64{Int64: int64(d.Seq), Valid: true}, sql.NullInt64{Int64: d.Closed.UnixMilli(), Valid: true}
	r.closedBy, r.figures = string(by), sql.NullString{String: string(figures), Valid: true}
	return r, nil
}

const fillAtOnce = 5000 // events read at a time

// fillProjections makes days and spans from the whole log, once, where they are missing or of another form. Figures that cannot be made are no reason to keep
// a hall from opening.
func (s *Store) fillProjections() error {
	var form int
	if err := s.conn.QueryRowContext(background, "SELECT form FROM projected").Scan(&form); err != nil {
		return fmt.Errorf("read the form of the figures: %w", err)
	}
	if form == report.Form {
		return nil
	}
	if s.seq > 0 {
		s.log.Info("the figures of all days are made from the log; this is done once", "events", s.seq)
	}
	err := s.transact(func() error {
		if _, err := s.conn.ExecContext(background, "DELETE FROM days; DELETE FROM spans"); err != nil {
			return err
		}
		s.projector = new(projector)
		err := s.inChunks(func(events []queue.Event) error {
			for _, e := range events {
				if err := s.projectOne(e); err != nil {
					return fmt.Errorf("event %d: %w", e.Seq, err)
				}
			}
			return nil
		})
		if err == nil {
			_, err = s.conn.ExecContext(background, "UPDATE projected SET form = ?", report.Form)
		}
		return err
	})
	if err != nil {
		s.projector = nil
		s.log.Error("the figures of earlier days could not be made; the hall opens without them, and they are tried again at the next start", "err", err)
		return nil
	}
	if form > 0 {
		return nil
	}
	if err := s.transact(s.renewTickets); err != nil {
		s.log.Error("the tickets of earlier days stay as an older halld wrote them: without who called them, and when first", "err", err)
	}
	return nil
}

// renewTickets writes all tickets as the events lead to them: an older halld knew less of each.
func (s *Store) renewTickets() error {
	hall := queue.New()
	return s.inChunks(func(events []queue.Event) error {
		var b queue.Batch
		for _, e := range events {
			if err := possibly(e, func() error { hall.Apply(e); b.Add(hall, e); return nil }); err != nil {
				return err
			}
		}
		return s.writeTickets(b.Tickets)
	})
}

// inChunks reads the whole log, many events at a time.
func (s *Store) inChunks(each func([]queue.Event) error) error {
	for after := uint64(0); after < s.seq; {
		events, err := s.Events(background, after, fillAtOnce)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			return fmt.Errorf("there is no event after %d", after)
		}
		if err := each(events); err != nil {
			return err
		}
		after = events[len(events)-1].Seq
	}
	return nil
}

// projected is what days and spans should hold by the events.
type projected struct {
	daily
	spans report.Spans
	days  map[int64]dayLine
	lines map[uint64]report.Span
	err   error
}

func (p *projected) see(e queue.Event) {
	p.daily.see(e)
	if p.days == nil {
		p.days, p.lines = map[int64]dayLine{}, map[uint64]report.Span{}
	}
	for _, s := range p.spans.See(e) {
		p.lines[s.Seq] = s
	}
	if !p.writes(e) {
		return
	}
	if d, ok := p.counter.Figures(e.At); ok {
		row, err := dayRow(p.first, &d)
		p.days[row.first], p.err = row, errors.Join(p.err, err)
	}
}

// verifyProjections holds the rows that are searched by, the days and the spans against the events.
func (v *verifier) verifyProjections(ctx context.Context) error {
	var form int
	err := v.q.QueryRowContext(ctx, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'projected'").Scan(new(string))
	if err == nil {
		err = v.q.QueryRowContext(ctx, "SELECT form FROM projected").Scan(&form)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows): // a folder of an older format
		return nil
	case err != nil:
		return fmt.Errorf("figures: %w", err)
	case form != report.Form: // they are made anew when the hall is opened
		return nil
	}
	if err := v.searched(ctx); err != nil {
		return err
	}
	if v.broken {
		return nil
	}
	if v.projected.err != nil {
		return v.projected.err
	}
	if err := v.compareDays(ctx); err != nil {
		return err
	}
	return v.compareSpans(ctx)
}

func (v *verifier) searched(ctx context.Context) error {
	rows, err := v.q.QueryContext(ctx, `SELECT id FROM tickets WHERE day <> substr(id, 1, instr(id || '-', '-') - 1) OR number <> ifnull(data ->> '$.number', '')
		OR item <> ifnull(data ->> '$.item', '') OR clerk <> ifnull(data ->> '$.clerk', '')`)
	if err != nil {
		return fmt.Errorf("tickets: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return fmt.Errorf("tickets: %w", err)
		}
		v.rep.fault("ticket %s: the columns searched by differ from the ticket", id)
	}
	return rows.Err()
}

const selectDay = "SELECT first, last, day, opened, opened_by, closed, closed_by, figures FROM days "

func (d *dayLine) scan(row interface{ Scan(...any) error }) error {
	return row.Scan(&d.first, &d.last, &d.day, &d.opened, &d.openedBy, &d.closed, &d.closedBy, &d.figures)
}

func (v *verifier) compareDays(ctx context.Context) error {
	rows, err := v.q.QueryContext(ctx, selectDay)
	if err != nil {
		return fmt.Errorf("days: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var got dayLine
		if err := got.scan(rows); err != nil {
			return fmt.Errorf("days: %w", err)
		}
		want, ok := v.projected.days[got.first]
		delete(v.projected.days, got.first)
		if !ok {
			v.rep.fault("day %s from event %d is stored, but no event opened it", got.day, got.first)
		} else if got != want {
			v.rep.fault("the figures of day %s are not what its events lead to", want.day)
		}
	}
	for _, d := range v.projected.days {
		v.rep.fault("day %s from event %d is missing among the days", d.day, d.first)
	}
	return rows.Err()
}

func (v *verifier) compareSpans(ctx context.Context) error {
	spans, err := readSpans(ctx, v.q, "")
	if err != nil {
		return err
	}
	for _, got := range spans {
		want, ok := v.projected.lines[got.Seq]
		delete(v.projected.lines, got.Seq)
		if !ok {
			v.rep.fault("a span of window %s from event %d is stored, but no event began it", got.Window, got.Seq)
		} else if !sameRow(&got, &want) {
			v.rep.fault("the span of window %s from event %d is not what the events lead to", want.Window, want.Seq)
		}
	}
	for _, s := range v.projected.lines {
		v.rep.fault("the span of window %s from event %d is missing", s.Window, s.Seq)
	}
	return nil
}

func sameRow(a, b *report.Span) bool { return slices.Equal(spanRow(a), spanRow(b)) }

// Spans returns when windows were open or paused on a day, in order; day empty: on all.
func (r *Reader) Spans(ctx context.Context, day queue.DayID) ([]report.Span, error) {
	return readSpans(ctx, r.db, day)
}

func readSpans(ctx context.Context, q querier, day queue.DayID) ([]report.Span, error) {
	text, args := `SELECT seq, day, "window", clerk, name, state, reason, "from", "to" FROM spans`, []any(nil)
	if day != "" {
		text, args = text+" WHERE day = ?", []any{string(day)}
	}
	rows, err := q.QueryContext(ctx, text+" ORDER BY seq", args...)
	if err != nil {
		return nil, fmt.Errorf("spans: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	out := []report.Span{}
	for rows.Next() {
		var s report.Span
		var from int64
		var to sql.NullInt64
		if err := rows.Scan(&s.Seq, &s.Day, &s.Window, &s.Clerk, &s.Name, &s.State, &s.Reason, &from, &to); err != nil {
			return nil, fmt.Errorf("spans: %w", err)
		}
		if s.From = time.UnixMilli(from).UTC(); to.Valid {
			s.To = time.UnixMilli(to.Int64).UTC()
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// actorOf reads who did something; the zero actor where nobody was recorded.
func actorOf(text string) (a queue.Actor, err error) {
	if text == "" {
		return a, nil
	}
	return a, json.NewDecoder(bytes.NewReader([]byte(text))).Decode(&a)
}
