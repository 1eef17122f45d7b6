package sqlite

import (
	"path/filepath"
	"testing"
	"time"

	"halld/queue"
)

// Whatever is done to one ticket of many changes its row and no other.
//
// Hard case: one_ticket_one_row.
func TestOneTicketOneRow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir)
	w := someDay(t, s)
	for range 50 {
		w.do(queue.Issue{Queue: "A"})
	}
	db := plain(t, "file:"+filepath.Join(dir, hallFile))
	rows := func() map[string]string {
		t.Helper()
		all, err := db.Query(`SELECT id, queue || state || "window" || ordinal || data || day || number || item || clerk FROM tickets`)
		if err != nil {
			t.Fatal(err)
		}
		defer all.Close()
		out := map[string]string{}
		for all.Next() {
			var id, row string
			if err := all.Scan(&id, &row); err != nil {
				t.Fatal(err)
			}
			out[id] = row
		}
		if err := all.Err(); err != nil {
			t.Fatal(err)
		}
		return out
	}
	writes := func() (n int) { // how many rows of tickets the store wrote, the unchanged ones too
		t.Helper()
		if err := s.conn.QueryRowContext(t.Context(), `SELECT count(*) FROM noted`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, sql := range []string{`CREATE TEMP TABLE noted (id TEXT)`, `CREATE TEMP TRIGGER note_update AFTER UPDATE ON main.tickets BEGIN INSERT INTO noted VALUES (new.id); END`,
		`CREATE TEMP TRIGGER note_insert AFTER INSERT ON main.tickets BEGIN INSERT INTO noted VALUES (new.id); END`, `CREATE TEMP TRIGGER note_delete AFTER DELETE ON main.tickets BEGIN INSERT INTO noted VALUES (old.id); END`} {
		if _, err := s.conn.ExecContext(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	before, written := rows(), writes()
	for _, cmd := range []queue.Command{queue.CallNext{Seat: at("1")}, queue.Recall{Seat: at("1")}, queue.Serve{Seat: at("1")}, queue.Hold{Seat: at("1")}, queue.Resume{Seat: at("1")},
		queue.Finish{Seat: at("1"), Outcome: queue.DoneAtOnce}, queue.RateWindow{Window: "1", Level: 4}, queue.CallNext{Seat: at("1")}, queue.GiveBack{Seat: at("1"), Reason: "r"},
		queue.CallNext{Seat: at("1")}, queue.NoShow{Seat: at("1"), Force: true}, queue.UndoMiss{Seat: at("1")}, queue.Issue{Queue: "A"}, queue.Cancel{Ticket: "A0010", Reason: "r"}} {
		w.do(cmd)
		after, n := rows(), writes()
		changed := 0
		for id, row := range after {
			if before[id] != row {
				changed++
			}
		}
		if len(after) < len(before) || changed != 1 || n-written != 1 {
			t.Errorf("%T changed %d rows of %d and wrote %d, want 1", cmd, changed, len(after), n-written)
		}
		before, written = after, n
	}
}

// A token has no end: the board that was set up two months ago and was off since is let in, by a daemon that was started anew, too.
//
// Hard case: board_needs_no_login_for_60_days.
func TestABoardsTokenLasts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openTest(t, dir)
	s, err := OpenSessions(dir)
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.CreateToken("board", "board-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec("UPDATE tokens SET created = ?", time.Now().Add(-61*24*time.Hour).UnixMilli()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if role, name, ok := s.Lookup(token); !ok || role != "board" || name != "board-1" {
			t.Errorf("after two months the board is %q %q, let in: %v", role, name, ok)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if s, err = OpenSessions(dir); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
