package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"halld/queue"
)

func (s *Store) writeTickets(tickets []queue.Ticket) error {
	args := make([]any, 0, len(tickets)*upsertTickets.columns)
	for i := range tickets {
		t := &tickets[i]
		data, err := json.Marshal(t)
		if err != nil {
			return fmt.Errorf("ticket %s: %w", t.ID, err)
		}
		args = append(args, string(t.ID), string(t.Queue), string(t.State), string(t.Window), int64(t.Ordinal), string(data), dayPart(t.ID), t.Number, string(t.Item), string(t.Clerk))
	}
	rows, err := s.st.tickets.count(args)
	if err != nil {
		return err
	}
	if rows != int64(len(tickets)) {
		return s.foreignTicket(tickets)
	}
	return nil
}

// foreignTicket names the ticket whose ID another one has: a ticket is never replaced by another.
func (s *Store) foreignTicket(tickets []queue.Ticket) error {
	for i := range tickets {
		var ordinal uint64
		err := s.conn.QueryRowContext(context.Background(), "SELECT ordinal FROM tickets WHERE id = ?", string(tickets[i].ID)).Scan(&ordinal)
		if err != nil {
			return fmt.Errorf("ticket %s: %w", tickets[i].ID, err)
		}
		if ordinal != tickets[i].Ordinal {
			return fmt.Errorf("there is a ticket %s already, with place %d: it would be replaced by the one with place %d", tickets[i].ID, ordinal, tickets[i].Ordinal)
		}
	}
	return errors.New("a ticket was not written")
}

const selectTicket = "SELECT data FROM tickets WHERE id = ?"

// Ticket returns a ticket of any day as it is stored, or ErrNotFound, which is the refusal UnknownTicket, too.
func (r *Reader) Ticket(ctx context.Context, id queue.TicketID) (queue.Ticket, error) {
	var data []byte
	var t queue.Ticket
	err := r.db.QueryRowContext(ctx, selectTicket, string(id)).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return t, fmt.Errorf("%w (%w)", queue.Refuse(queue.UnknownTicket, "there is no ticket %s", id), ErrNotFound)
	}
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	if err != nil {
		return t, fmt.Errorf("ticket %s: %w", id, err)
	}
	return t, nil
}

// Filter chooses tickets. Empty fields choose all.
type Filter struct {
	Day    string // service day, 2006-01-02, with "-2" and so on for a second opening
	Queue  queue.QueueID
	Window queue.WindowID // that called it last
	State  queue.State
	Number string // what the citizen reads; with Day all legs of that visit
	Limit  int    // 0: all
}

// dayPart is how an ID names its service day.
func dayPart(id queue.TicketID) string {
	day, _, _ := strings.Cut(string(id), "-")
	return day
}

// dayPrefix is how the IDs of a service day's tickets begin.
func dayPrefix(day string) string { return strings.ReplaceAll(day, "-", "") + "-" }

// Tickets returns the tickets a filter chooses, in order of arrival.
func (r *Reader) Tickets(ctx context.Context, f Filter) ([]queue.Ticket, error) {
	where := []string{"1 = 1"}
	var args []any
	add := func(cond string, v ...any) { where, args = append(where, cond), append(args, v...) }
	if f.Day != "" {
		p := dayPrefix(f.Day)
		add("id >= ? AND id < ?", p, p[:len(p)-1]+".") // '.' follows '-'
	}
	if f.Queue != "" {
		add("queue = ?", string(f.Queue))
	}
	if f.Window != "" {
		add(`"window" = ?`, string(f.Window))
	}
	if f.State != "" {
		add("state = ?", string(f.State))
	}
	if f.Number != "" {
		add("data ->> '$.number' = ?", f.Number)
	}
	args = append(args, noLimit(f.Limit))
	out, err := r.tickets(ctx, "SELECT data FROM tickets WHERE "+strings.Join(where, " AND ")+" ORDER BY ordinal, id LIMIT ?", args...)
	if err != nil {
		return nil, fmt.Errorf("tickets: %w", err)
	}
	return out, nil
}

func noLimit(limit int) int {
	if limit <= 0 {
		return -1
	}
	return limit
}

func (r *Reader) tickets(ctx context.Context, query string, args ...any) ([]queue.Ticket, error) {
	return readTickets(ctx, r.db, query, args...)
}
