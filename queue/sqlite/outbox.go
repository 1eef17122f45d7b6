package sqlite

import (
	"context"
	"fmt"

	"halld/queue"
)

// writeOutbox puts jobs in and takes the ended ones out, in this order: a job may do both in one batch.
func (s *Store) writeOutbox(jobs []queue.PrintJob, ended []queue.JobID) error {
	args := make([]any, 0, len(jobs)*upsertOutbox.columns)
	for _, j := range jobs {
		args = append(args, string(j.ID), string(j.Ticket), string(j.Printer), j.Copy, string(j.State))
	}
	if err := s.st.outbox.run(args); err != nil {
		return err
	}
	for _, id := range ended {
		if _, err := s.st.deleteOutbox.ExecContext(context.Background(), string(id)); err != nil {
			return fmt.Errorf("job %s: %w", id, err)
		}
	}
	return nil
}

const selectOutbox = "SELECT id, ticket, printer, copy, state FROM outbox ORDER BY n"

// Outbox returns the prints that are not ended, oldest first. One that is printing when the daemon starts was cut off: paper may or
// may not have come out.
func (r *Reader) Outbox(ctx context.Context) ([]queue.PrintJob, error) { return outbox(ctx, r.db) }

func outbox(ctx context.Context, q querier) ([]queue.PrintJob, error) {
	rows, err := q.QueryContext(ctx, selectOutbox)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	out := []queue.PrintJob{}
	for rows.Next() {
		var j queue.PrintJob
		if err := rows.Scan(&j.ID, &j.Ticket, &j.Printer, &j.Copy, &j.State); err != nil {
			return nil, fmt.Errorf("outbox: %w", err)
		}
		out = append(out, j)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return out, nil
}
