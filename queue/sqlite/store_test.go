package sqlite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"halld/cmd/testmain"
	"halld/queue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(testmain.SideBySide(m, 16)) }

func TestReadBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := openTest(t, t.TempDir())
	w := someDay(t, s)

	got, err := s.Ticket(ctx, "20260302-1")
	if want, _ := w.hall.Ticket("20260302-1"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("ticket %+v, %v; want %+v", got, err, want)
	}
	if _, err := s.Ticket(ctx, "20260302-Z0000"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a ticket that is not there: %v", err)
	}
	numbers := func(tickets []queue.Ticket, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		out := make([]string, 0, len(tickets))
		for _, tk := range tickets {
			out = append(out, string(tk.ID[9:]))
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct{ what, got, want string }{
		{"day", numbers(s.Tickets(ctx, Filter{Day: testDay})), "1 2 2.2 3 4 5 6"},
		{"another day", numbers(s.Tickets(ctx, Filter{Day: "2026-03-03"})), ""},
		{"second opening", numbers(s.Tickets(ctx, Filter{Day: testDay + "-2"})), ""},
		{"visit", numbers(s.Tickets(ctx, Filter{Day: testDay, Number: "A0001"})), "2 2.2"},
		{"cancelled", numbers(s.Tickets(ctx, Filter{State: queue.Cancelled})), "4"},
		{"window 1", numbers(s.Tickets(ctx, Filter{Window: "1", Queue: "A", Limit: 5})), "1"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
	jobs, err := s.Outbox(ctx)
	if want := w.hall.View().Jobs; err != nil || !reflect.DeepEqual(jobs, want) || len(jobs) != 1 {
		t.Errorf("outbox %+v, %v; want %+v", jobs, err, want)
	}
	events, err := s.Events(ctx, 0, 0)
	if err != nil || len(events) != int(w.hall.Seq()) {
		t.Fatalf("%d events, %v; want %d", len(events), err, w.hall.Seq())
	}
	again := queue.New()
	for _, e := range events {
		again.Apply(e)
	}
	if a, b := mustJSON(t, again), mustJSON(t, w.hall); a != b {
		t.Errorf("the events lead to\n%s\nwant\n%s", a, b)
	}
	if events, err = s.Events(ctx, 5, 3); err != nil || len(events) != 3 || events[0].Seq != 6 {
		t.Errorf("three events after 5: %v, %v", events, err)
	}
	if days, err := s.Days(ctx); err != nil || !reflect.DeepEqual(days, []string{testDay}) {
		t.Errorf("days %v, %v", days, err)
	}
	if rep := mustVerify(t, s.Reader); !rep.OK() || rep.Tickets != 7 || rep.Outbox != 1 || rep.Days != 1 || rep.Checkpoints != 1 {
		t.Errorf("verify: %+v", rep)
	}
}

func mustJSON(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestLoadFromCheckpoint(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var log bytes.Buffer
	s, err := Create(dir, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := someDay(t, s)
	check := func(wantReplayed int) {
		t.Helper()
		hall, replayed, err := s.Load()
		if err != nil {
			t.Fatal(err)
		}
		if a, b := mustJSON(t, hall), mustJSON(t, w.hall); a != b {
			t.Errorf("loaded\n%s\nwant\n%s", a, b)
		}
		if replayed != wantReplayed {
			t.Errorf("%d events were replayed, want %d", replayed, wantReplayed)
		}
	}
	check(int(w.hall.Seq()) - 4)
	w.checkpoint()
	check(0)
	w.do(queue.Issue{Queue: "A"})
	check(1)
	// A checkpoint that cannot be read, or does not fit the chain, only costs time.
	if _, err := s.conn.ExecContext(t.Context(), "UPDATE checkpoints SET data = '{' WHERE seq > 4"); err != nil {
		t.Fatal(err)
	}
	check(int(w.hall.Seq()) - 4)
	if _, err := s.conn.ExecContext(t.Context(), "UPDATE checkpoints SET hash = zeroblob(32)"); err != nil {
		t.Fatal(err)
	}
	check(int(w.hall.Seq()))
	if n := strings.Count(log.String(), "a checkpoint is passed over"); n != 3 {
		t.Errorf("%d warnings, want 3:\n%s", n, log.String())
	}
	// A gap in the chain is refused.
	if _, err := s.conn.ExecContext(t.Context(), "DELETE FROM events WHERE seq = 6"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Load(); !isChainError(err, 6) {
		t.Errorf("a missing event: %v", err)
	}
}

func isChainError(err error, seq uint64) bool {
	var c *ChainError
	return errors.As(err, &c) && c.Seq == seq
}

func TestBatchOutOfOrderIsRefusedWhole(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	w := someDay(t, s)
	var b queue.Batch
	w.decide(&b, queue.Issue{Queue: "A"})
	b.Events[0].Seq += 3
	if err := s.Commit(&b); err == nil {
		t.Fatal("a batch with a gap was stored")
	}
	b.Events[0].Seq -= 3
	w.commit(&b)
	if rep := mustVerify(t, s.Reader); !rep.OK() {
		t.Errorf("verify: %q", rep.Faults)
	}
}

// Hard cases: second_daemon_is_fenced, second_daemon_refuses_to_start.
func TestSecondDaemonIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir)
	_, err := Open(dir, Options{})
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "stop it first") {
		t.Errorf("a second daemon: %v", err)
	}
	r, err := OpenReader(dir)
	if err != nil {
		t.Fatalf("reading beside a daemon: %v", err)
	}
	if err := errors.Join(r.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	s, err = Open(dir, Options{})
	if err != nil {
		t.Fatalf("after the first was closed: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReader(t.TempDir()); !errors.Is(err, ErrNoHall) {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestStrangePaths(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "大厅 100%?a=b#c&d")
	s := openTest(t, dir)
	someDay(t, s)
	if names, err := filepath.Glob(filepath.Join(filepath.Dir(dir), "*", hallFile)); err != nil || len(names) != 1 {
		t.Errorf("the file is at %q, %v", names, err)
	}
}

func TestAnswersAreKeptForTwoDays(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	store := func(key string, at time.Time) {
		t.Helper()
		if err := s.Commit(&queue.Batch{Answers: []queue.StoredAnswer{{Key: key, At: at, Digest: [32]byte{1}, Refusal: &queue.Refusal{Code: queue.WindowIdle, Text: "x"}}}}); err != nil {
			t.Fatal(err)
		}
	}
	store("old", day0)
	for i := range pruneEvery {
		store(fmt.Sprint(i), day0.Add(KeepAnswers-time.Hour))
	}
	if a, ok, err := s.AnswerTo("old"); err != nil || !ok || a.Refusal.Code != queue.WindowIdle || a.Digest[0] != 1 || !a.At.Equal(day0) {
		t.Errorf("after 47 hours: %+v, %v, %v", a, ok, err)
	}
	for i := range pruneEvery {
		store(fmt.Sprint("b", i), day0.Add(KeepAnswers+time.Hour))
	}
	if _, ok, err := s.AnswerTo("old"); ok || err != nil {
		t.Errorf("after 49 hours: %v, %v", ok, err)
	}
	if _, ok, err := s.AnswerTo("0"); !ok || err != nil {
		t.Errorf("a younger one is gone: %v", err)
	}
}

func TestEveryStatementPrepares(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := openTest(t, t.TempDir()) // prepares the writer's
	for _, text := range []string{selectTicket, selectOutbox, selectMeta, selectDays, deleteOutbox, selectAnswer} {
		stmt, err := s.Reader.db.PrepareContext(ctx, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		stmt.Close()
	}
	if n := len(s.st.all); n != 4+4*len(sizes) {
		t.Errorf("the writer prepared %d statements", n)
	}
	ses, err := OpenSessions(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer ses.Close()
	for _, text := range []string{insertToken, selectToken, selectTokens, deleteTokens, selectSession, upsertSession, deleteSession, expireSession} {
		stmt, err := ses.db.Prepare(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		stmt.Close()
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir)
	if _, err := s.conn.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "newer halld") {
		t.Errorf("a database of version 999: %v", err)
	}
}
