package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"halld/queue"
	"halld/queue/report"
)

// live counts the open day for whoever asks; the events that came since are read when somebody does.
type live struct {
	mu sync.Mutex
	daily
}

// Figures returns the figures of a service day, with those who wait at a moment if it is open; ok is false for a day that never was.
func (r *Reader) Figures(ctx context.Context, day queue.DayID, now time.Time) (d report.Day, ok bool, err error) {
	var row dayLine
	err = row.scan(r.db.QueryRowContext(ctx, selectDay+"WHERE day = ? ORDER BY first DESC LIMIT 1", string(day)))
	if errors.Is(err, sql.ErrNoRows) {
		return d, false, nil
	}
	if err == nil && row.figures.Valid {
		err = json.Unmarshal([]byte(row.figures.String), &d)
		return d, err == nil, err
	}
	if err == nil {
		d, err = r.openFigures(ctx, uint64(row.first), now)
	}
	if err != nil {
		return d, false, fmt.Errorf("figures of %s: %w", day, err)
	}
	return d, true, nil
}

func (r *Reader) openFigures(ctx context.Context, first uint64, now time.Time) (report.Day, error) {
	l := &r.live
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first != first {
		l.daily = daily{}
		if err := setupBefore(ctx, r.db, r.meta, first, l.see); err != nil {
			return report.Day{}, err
		}
		l.first = first
	}
	err := eachEvent(ctx, r.db, r.meta, max(first, l.counter.Seq()+1), 1<<62, func(e queue.Event) {
		if l.first == first { // the next day may have begun meanwhile
			if _, next := e.Fact.(queue.DayOpened); next && e.Seq != first {
				l.first = 0
				return
			}
			l.see(e)
		}
	})
	if err != nil {
		l.first = 0 // begin again
		return report.Day{}, err
	}
	d, ok := l.counter.Figures(now)
	if !ok {
		l.first = 0
		return d, errors.New("its events are gone")
	}
	return d, nil
}

// LatestDays hands over the events of the latest service day and of the one before it, up to an event: what whoever follows the hall begins with.
func (r *Reader) LatestDays(ctx context.Context, upto uint64, see func(queue.Event)) error {
	var first uint64
	err := r.db.QueryRowContext(ctx, "SELECT min(first) FROM (SELECT first FROM days WHERE first <= ? ORDER BY first DESC LIMIT 2) HAVING min(first) IS NOT NULL",
		int64(min(upto, 1<<62))).Scan(&first)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	} else if err != nil {
		return fmt.Errorf("events of the latest days: %w", err)
	}
	return eachEvent(ctx, r.db, r.meta, first, upto, see)
}

// Openings returns the service days, newest first, at most limit (0: all), and how many there are.
func (r *Reader) Openings(ctx context.Context, limit int) (days []report.Opening, total int, err error) {
	if err := r.db.QueryRowContext(ctx, "SELECT count(*) FROM days").Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("service days: %w", err)
	}
	rows, err := r.db.QueryContext(ctx, selectDay+"ORDER BY first DESC LIMIT ?", noLimit(limit))
	if err != nil {
		return nil, 0, fmt.Errorf("service days: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	days = []report.Opening{}
	for rows.Next() {
		var d dayLine
		if err := d.scan(rows); err != nil {
			return nil, 0, fmt.Errorf("service days: %w", err)
		}
		o, err := d.opening()
		if err != nil {
			return nil, 0, fmt.Errorf("service day %s: %w", d.day, err)
		}
		days = append(days, o)
	}
	return days, total, rows.Err()
}

func (d *dayLine) opening() (report.Opening, error) {
	o := report.Opening{Day: queue.DayID(d.day), First: uint64(d.first), Last: uint64(d.last.Int64), Opened: time.UnixMilli(d.opened).UTC()}
	var err, err2 error
	o.OpenedBy, err = actorOf(d.openedBy)
	o.ClosedBy, err2 = actorOf(d.closedBy)
	if err = errors.Join(err, err2); err != nil || !d.closed.Valid {
		return o, err
	}
	o.Closed = time.UnixMilli(d.closed.Int64).UTC()
	var all struct{ All report.Figures }
	err = json.Unmarshal([]byte(d.figures.String), &all)
	o.All = &all.All
	return o, err
}

// Records returns a page of tickets. New ones may be made while somebody turns the pages. After a ticket that never was it is refused with UnknownTicket.
func (r *Reader) Records(ctx context.Context, f report.Filter) (report.Page, error) {
	p, err := r.records(ctx, f)
	if err != nil {
		return p, fmt.Errorf("tickets: %w", err)
	}
	return p, nil
}

func (r *Reader) records(ctx context.Context, f report.Filter) (report.Page, error) {
	var p report.Page
	where, args := chosen(&f)
	tx, err := r.db.BeginTx(ctx, nil) // total and page are of one moment
	if err != nil {
		return p, err
	}
	defer tx.Rollback() //nolint:errcheck // reading only
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM tickets WHERE "+where, args...).Scan(&p.Total); err != nil {
		return p, err
	}
	after := int64(0)
	if f.After != "" {
		err := tx.QueryRowContext(ctx, "SELECT rowid FROM tickets WHERE id = ?", string(f.After)).Scan(&after)
		if errors.Is(err, sql.ErrNoRows) {
			return p, queue.Refuse(queue.UnknownTicket, "there is no ticket %s to go on after", f.After)
		} else if err != nil {
			return p, err
		}
	}
	limit := noLimit(f.Limit)
	if limit > 0 {
		limit++ // one more tells whether there is another page
	}
	p.Tickets, err = readTickets(ctx, tx, "SELECT data FROM tickets WHERE "+where+" AND rowid > ? ORDER BY rowid LIMIT ?", append(args, after, limit)...)
	if err != nil {
		return p, err
	}
	if f.Limit > 0 && len(p.Tickets) > f.Limit {
		p.Tickets = p.Tickets[:f.Limit]
		p.Next = p.Tickets[f.Limit-1].ID
	}
	return p, nil
}

// chosen is what a filter asks for, as a condition. The rows stand in the order in which they were made.
func chosen(f *report.Filter) (string, []any) {
	where, args := []string{"1 = 1"}, []any{}
	for _, c := range []struct{ cond, value string }{
		{"day = ?", f.Day.Compact()}, {"queue = ?", string(f.Queue)}, {"item = ? AND item <> ''", string(f.Item)}, {`"window" = ?`, string(f.Window)},
		{"clerk = ? AND clerk <> ''", string(f.Clerk)}, {"state = ?", string(f.State)}, {"number = ?", f.Number}, {"data ->> '$.class' = ?", string(f.Class)},
	} {
		if c.value != "" {
			where, args = append(where, c.cond), append(args, c.value)
		}
	}
	return strings.Join(where, " AND "), args
}

func readTickets(ctx context.Context, q querier, query string, args ...any) ([]queue.Ticket, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	out := []queue.Ticket{}
	var data sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&data); err != nil {
			return nil, err
		}
		var t queue.Ticket
		if err := json.Unmarshal(data, &t); err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

// Visit returns the legs of a visit and every event about them, prints included; no legs: there is no such visit.
func (r *Reader) Visit(ctx context.Context, id queue.VisitID) ([]queue.Ticket, []queue.Event, error) {
	day, _, _ := strings.Cut(string(id), "-")
	// A leg's ID is the visit's, with ".2" and so on behind it.
	legs, err := readTickets(ctx, r.db, "SELECT data FROM tickets WHERE id = ?1 OR id > ?1 || '.' AND id < ?1 || '/' ORDER BY rowid", string(id))
	if err != nil || len(legs) == 0 {
		return nil, nil, wrapped("visit", id, err)
	}
	legs = visitOnly(legs, id)
	var from, to int64
	err = r.db.QueryRowContext(ctx, `SELECT first, ifnull((SELECT min(first) FROM days n WHERE n.first > d.first) - 1, 1 << 62)
		FROM days d WHERE replace(day, '-', '') = ? ORDER BY first DESC LIMIT 1`, day).Scan(&from, &to)
	if err != nil {
		return nil, nil, wrapped("the day of visit", id, err)
	}
	var events []queue.Event
	mine := map[queue.TicketID]bool{}
	for _, t := range legs {
		mine[t.ID] = true
	}
	err = someEvents(ctx, r.db, r.meta, "WHERE seq BETWEEN ? AND ? AND instr(data, ?) > 0 ORDER BY seq", func(e queue.Event) {
		for _, t := range e.Fact.Tickets() {
			if mine[t] {
				events = append(events, e)
				return
			}
		}
	}, from, to, `"`+string(id))
	if err != nil {
		return nil, nil, wrapped("the events of visit", id, err)
	}
	return legs, events, nil
}

func visitOnly(legs []queue.Ticket, id queue.VisitID) []queue.Ticket {
	var out []queue.Ticket
	for _, t := range legs {
		if t.Visit == id {
			out = append(out, t)
		}
	}
	return out
}

func wrapped(what string, id queue.VisitID, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", what, id, err)
}
