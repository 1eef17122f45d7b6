package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"halld/queue"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openTest(t, dir)
	open := func() *Sessions {
		t.Helper()
		s, err := OpenSessions(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	daemon, tool := open(), open() // a token is made beside a running daemon
	token, err := tool.CreateToken("clerk", "window 3")
	if err != nil {
		t.Fatal(err)
	}
	if role, name, ok := daemon.Lookup(token); !ok || role != "clerk" || name != "window 3" {
		t.Errorf("looked up %q %q %v", role, name, ok)
	}
	for _, bad := range []string{"", token + "x", token[1:]} {
		if role, _, ok := daemon.Lookup(bad); ok || role != "" {
			t.Errorf("token %q is let in as %q", bad, role)
		}
	}
	if other, err := tool.CreateToken("clerk", "window 3"); err != nil || other == token || len(other) != 43 {
		t.Errorf("a second token %q, %v", other, err)
	}
	if _, err := tool.CreateToken("", "x"); err == nil {
		t.Error("a token without a role")
	}
	if list, err := daemon.Tokens(t.Context()); err != nil || len(list) != 2 || list[0].Role != "clerk" || time.Since(list[0].Created) > time.Hour {
		t.Errorf("tokens %+v, %v", list, err)
	}
	for _, name := range []string{sessionsFile, sessionsFile + "-wal"} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || bytes.Contains(data, []byte(token)) {
			t.Errorf("%s holds the token itself, or cannot be read: %v", name, err)
		}
	}
	if n, err := tool.DeleteTokens("window 3"); n != 2 || err != nil {
		t.Errorf("%d deleted, %v", n, err)
	}
	if _, _, ok := daemon.Lookup(token); ok {
		t.Error("a deleted token is let in")
	}
}

func TestLogins(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openTest(t, dir)
	s, err := OpenSessions(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	commit := func(key, data string, expiry time.Time) {
		t.Helper()
		if err := s.Commit(key, []byte(data), expiry); err != nil {
			t.Fatal(err)
		}
	}
	commit("a", "one", time.Now().Add(time.Hour))
	commit("a", "two", time.Now().Add(time.Hour))
	commit("old", "x", time.Now().Add(-time.Second))
	if data, ok, err := s.Find("a"); string(data) != "two" || !ok || err != nil {
		t.Errorf("found %q, %v, %v", data, ok, err)
	}
	if _, ok, err := s.Find("old"); ok || err != nil {
		t.Errorf("an expired login is found: %v", err)
	}
	if err := s.Delete("a"); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Find("a"); ok || err != nil {
		t.Errorf("a deleted login is found: %v", err)
	}
}

// bigEnv gives the number of tickets of TestStartWithManyTickets: 1000000 takes about a minute, most of it to write them.
const bigEnv = "HALLD_TICKETS"

func TestStartWithManyTickets(t *testing.T) {
	tickets := 30_000
	if v := os.Getenv(bigEnv); v != "" {
		if _, err := fmt.Sscan(v, &tickets); err != nil {
			t.Fatal(err)
		}
	} else if testing.Short() {
		t.Skip("writes many tickets")
	}
	const perDay = 20_000
	dir := t.TempDir()
	s, err := Create(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWriter(t, s)
	w.do(queue.Configure{Config: testConfig()})
	day := day0
	w.do(queue.OpenDay{Day: queue.DayID(day.Format(time.DateOnly)), Force: true})
	for n := 0; n < tickets; {
		var b queue.Batch
		for range min(250, tickets-n) {
			w.decide(&b, queue.Issue{Queue: []queue.QueueID{"A", "B"}[n%2]})
			n++
		}
		w.commit(&b)
		if n%perDay == 0 && n < tickets {
			w.do(queue.CloseDay{Force: true})
			day = day.AddDate(0, 0, 1)
			w.do(queue.OpenDay{Day: queue.DayID(day.Format(time.DateOnly)), Force: true})
			w.checkpoint()
		}
	}
	want := w.hall.Seq()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if s, err = Open(dir, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Mark(); err != nil {
		t.Fatal(err)
	}
	hall, replayed, err := s.Load()
	took := time.Since(start)
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d tickets, %d events: start in %v, %d events replayed", tickets, want, took, replayed)
	if hall.Seq() != want {
		t.Errorf("loaded event %d, want %d", hall.Seq(), want)
	}
	if took > 2*time.Second {
		t.Errorf("the start took %v with %d events to replay", took, replayed)
	}
}
