package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// sizes are the row counts for which inserts are prepared: one statement with many rows costs far less than many with one.
var sizes = [...]int{64, 16, 4, 1}

// The statements of the writer, next to the functions that fill them: see events.go, tickets.go, outbox.go, answers.go. They stand in
// one list so that a test can prepare them all.
var (
	insertEvents  = insert{head: `INSERT INTO events (seq, at, kind, data, hash, form, clock, "by") VALUES `, columns: 8}
	upsertTickets = insert{head: `INSERT INTO tickets (id, queue, state, "window", ordinal, data, day, number, item, clerk) VALUES `, columns: 10,
		tail: ` ON CONFLICT (id) DO UPDATE SET queue = excluded.queue, state = excluded.state, "window" = excluded."window",
		        data = excluded.data, item = excluded.item, clerk = excluded.clerk WHERE tickets.ordinal = excluded.ordinal`}
	upsertOutbox = insert{head: "INSERT INTO outbox (id, ticket, printer, copy, state) VALUES ", columns: 5,
		tail: " ON CONFLICT (id) DO UPDATE SET state = excluded.state"}
	insertAnswers = insert{head: "INSERT INTO answers (key, digest, at, answer, refusal) VALUES ", columns: 5,
		tail: " ON CONFLICT (key) DO NOTHING"}
)

const (
	deleteOutbox = "DELETE FROM outbox WHERE id = ?"
	selectAnswer = "SELECT digest, at, answer, refusal FROM answers WHERE key = ?"
)

// insert is an INSERT of any number of rows.
type insert struct {
	head, tail string
	columns    int
}

func (i insert) sql(rows int) string {
	row := "(?" + strings.Repeat(",?", i.columns-1) + ")"
	return i.head + row + strings.Repeat(","+row, rows-1) + i.tail
}

// many is an insert prepared for each of the sizes.
type many struct {
	columns int
	stmts   [len(sizes)]*sql.Stmt
}

// run inserts args, a multiple of the columns, in as few statements as there are sizes for.
func (m *many) run(args []any) error {
	_, err := m.count(args)
	return err
}

// count does the same and tells how many rows were written.
func (m *many) count(args []any) (rows int64, err error) {
	for i, size := range sizes {
		for n := size * m.columns; len(args) >= n; args = args[n:] {
			res, err := m.stmts[i].ExecContext(context.Background(), args[:n]...)
			if err != nil {
				return rows, err
			}
			done, err := res.RowsAffected()
			if err != nil {
				return rows, err
			}
			rows += done
		}
	}
	return rows, nil
}

// statements are prepared once on the writer's connection.
type statements struct {
	begin, commit                    *sql.Stmt
	deleteOutbox, selectAnswer       *sql.Stmt
	events, tickets, outbox, answers many
	all                              []*sql.Stmt
}

func (st *statements) prepare(ctx context.Context, conn *sql.Conn) error {
	for _, p := range []struct {
		stmt **sql.Stmt
		sql  string
	}{
		{&st.begin, "BEGIN IMMEDIATE"}, {&st.commit, "COMMIT"}, {&st.deleteOutbox, deleteOutbox}, {&st.selectAnswer, selectAnswer},
	} {
		if err := st.one(ctx, conn, p.stmt, p.sql); err != nil {
			return err
		}
	}
	for _, p := range []struct {
		many *many
		ins  insert
	}{
		{&st.events, insertEvents}, {&st.tickets, upsertTickets}, {&st.outbox, upsertOutbox}, {&st.answers, insertAnswers},
	} {
		p.many.columns = p.ins.columns
		for i, size := range sizes {
			if err := st.one(ctx, conn, &p.many.stmts[i], p.ins.sql(size)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (st *statements) one(ctx context.Context, conn *sql.Conn, into **sql.Stmt, text string) error {
	s, err := conn.PrepareContext(ctx, text)
	if err != nil {
		return fmt.Errorf("prepare %.60q: %w", text, err)
	}
	*into = s
	st.all = append(st.all, s)
	return nil
}

func (st *statements) close() {
	for _, s := range st.all {
		_ = s.Close() // the connection goes next
	}
	st.all = nil
}
