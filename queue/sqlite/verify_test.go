package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"halld/queue"
)

// TestVerifyFindsWhatWasChanged changes a good hall behind the store's back, one thing at a time.
func TestVerifyFindsWhatWasChanged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir)
	someDay(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ sql, want string }{
		"event changed":       {`UPDATE events SET data = replace(data, 'A0002', 'A0009') WHERE kind = 'ticket.issued'`, "was changed"},
		"time of an event":    {`UPDATE events SET at = at + 1 WHERE seq = 7`, "broken at event 7"},
		"event missing":       {`DELETE FROM events WHERE seq = 9`, "event 9: it is missing"},
		"last event missing":  {`DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)`, "1 events are gone"},
		"form of an event":    {`UPDATE events SET form = 3 WHERE seq = 7`, "broken at event 7"},
		"form goes down":      {`UPDATE events SET form = 1 WHERE seq = 7`, "event 7: it is of form 1"},
		"form begins later":   {`UPDATE meta SET value = 9 WHERE key = 'form-2-from'`, "form 2 begins with event 9"},
		"actor of an event":   {`UPDATE events SET "by" = '{"role":"clerk","name":"x"}' WHERE seq = 7`, "broken at event 7"},
		"clock of an event":   {`UPDATE events SET clock = 'suspect' WHERE seq = 7`, "broken at event 7"},
		"another hall":        {`UPDATE meta SET value = '00112233445566778899aabbccddeeff' WHERE key = 'hall'`, "hall.anchor is of hall"},
		"ticket changed":      {`UPDATE tickets SET data = replace(data, '"rating":5', '"rating":1')`, "ticket 20260302-1 is not what"},
		"column changed":      {`UPDATE tickets SET state = 'waiting' WHERE state = 'done'`, "the columns searched by differ"},
		"called twice":        {`UPDATE tickets SET state = 'called', "window" = '2', data = json_set(data, '$.state', 'called', '$.window', '2') WHERE number IN ('A0002', 'B0000')`, "is not what"},
		"ticket missing":      {`DELETE FROM tickets WHERE id LIKE '%-3'`, "ticket 20260302-3 is missing"},
		"ticket added":        {`INSERT INTO tickets SELECT id || 'x', queue, state, "window", ordinal, data, day, number, item, clerk FROM tickets WHERE ordinal = 1`, "no event made it"},
		"print missing":       {`DELETE FROM outbox`, "is missing in the outbox"},
		"print changed":       {`UPDATE outbox SET printer = 'other'`, "is not what the events lead to"},
		"print added":         {`INSERT INTO outbox (id, ticket, printer, copy, state) VALUES ('x', 'y', 'z', 1, 'pending')`, "has ended or never began"},
		"number searched by":  {`UPDATE tickets SET number = 'A9999' WHERE ordinal = 2`, "the columns searched by differ"},
		"clerk searched by":   {`UPDATE tickets SET clerk = ''`, "the columns searched by differ"},
		"day changed":         {`UPDATE days SET opened_by = ''`, "the figures of day 2026-03-02 are not what"},
		"day missing":         {`DELETE FROM days`, "is missing among the days"},
		"day added":           {`INSERT INTO days (first, day, opened, opened_by) VALUES (9, '2026-03-09', 0, '')`, "no event opened it"},
		"span changed":        {`UPDATE spans SET clerk = '张' WHERE "window" = '2'`, "the span of window 2"},
		"span missing":        {`DELETE FROM spans`, "the span of window 1 from event 3 is missing"},
		"span added":          {`INSERT INTO spans VALUES (1, 'd', '9', 'c', '', 'open', '', 1, 2)`, "no event began it"},
		"checkpoint changed":  {`UPDATE checkpoints SET data = replace(data, '李', '张')`, "its content was changed"},
		"checkpoint damaged":  {`UPDATE checkpoints SET data = '{'`, "its content was changed"},
		"checkpoint too late": {`INSERT INTO checkpoints SELECT 999, hash, data, form, sum FROM checkpoints`, "no such event"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := t.TempDir()
			copyFile(t, filepath.Join(dir, hallFile), filepath.Join(bad, hallFile))
			copyFile(t, filepath.Join(dir, anchorFile), filepath.Join(bad, anchorFile))
			db := plain(t, "file:"+filepath.Join(bad, hallFile))
			res, err := db.Exec(c.sql)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := res.RowsAffected(); n == 0 || err != nil {
				t.Fatalf("nothing was changed: %v", err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			r, err := OpenReader(bad)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			rep := mustVerify(t, r)
			if rep.OK() || !strings.Contains(strings.Join(rep.Faults, "\n"), c.want) {
				t.Errorf("found %q, want %q", rep.Faults, c.want)
			}
		})
	}
	t.Run("damaged file", func(t *testing.T) {
		bad := t.TempDir()
		data, err := os.ReadFile(filepath.Join(dir, hallFile))
		if err != nil {
			t.Fatal(err)
		}
		copy(data[len(data)/2:], strings.Repeat("\xff", 4096))
		if err := os.WriteFile(filepath.Join(bad, hallFile), data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := OpenReader(bad)
		if err != nil {
			return // refused at once: as good
		}
		defer r.Close()
		if rep, err := r.Verify(t.Context()); err == nil && rep.OK() {
			t.Error("a damaged file passes")
		}
	})
	t.Run("good", func(t *testing.T) {
		r, err := OpenReader(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if rep := mustVerify(t, r); !rep.OK() || len(rep.LastHash) != 64 {
			t.Errorf("%+v", rep)
		}
	})
}

// A checkpoint that is whole and of another hall is found out.
func TestVerifyComparesCheckpoints(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	w := someDay(t, s)
	data := strings.Replace(mustJSON(t, w.hall), "李", "张", 1)
	w.commit(&queue.Batch{Checkpoint: []byte(data)})
	if rep := mustVerify(t, s.Reader); !strings.Contains(strings.Join(rep.Faults, "\n"), "is not the hall that the events lead to") {
		t.Errorf("found %q", rep.Faults)
	}
}

// The rules are checked on the events alone: a chain that is whole and was written by a wrong core is found out.
//
// Hard case: planted_double_call_is_found.
func TestVerifyKnowsWhatMayNeverHappen(t *testing.T) {
	t.Parallel()
	issued := func(id, number string) queue.Fact {
		return queue.TicketIssued{Ticket: queue.TicketID(id), Number: number, Queue: "A", State: queue.Waiting}
	}
	called := func(id, window string) queue.Fact {
		return queue.TicketCalled{Ticket: queue.TicketID(id), Window: queue.WindowID(window)}
	}
	for name, c := range map[string]struct {
		facts []queue.Fact
		want  string
	}{
		"number twice":      {[]queue.Fact{issued("d-A1", "A1"), issued("d-A1x", "A1")}, "number A1 was given twice"},
		"ticket twice":      {[]queue.Fact{issued("d-A1", "A1"), issued("d-A1", "A2")}, "ticket d-A1 was issued twice"},
		"two windows":       {[]queue.Fact{called("a", "1"), called("a", "2")}, "ticket a is at windows 1 and 2"},
		"two tickets":       {[]queue.Fact{called("a", "1"), called("b", "1")}, "window 1 has tickets a and b"},
		"resumed too early": {[]queue.Fact{called("a", "1"), queue.TicketHeld{Ticket: "a", Window: "1"}, called("b", "1"), queue.TicketServing{Ticket: "a", Window: "1"}}, "window 1 has tickets b and a"},
		"all well": {[]queue.Fact{issued("d-A1", "A1"), called("a", "1"), called("a", "1"), queue.TicketMissed{Ticket: "a", Window: "1"}, called("a", "2"),
			queue.TicketDone{Ticket: "a", Window: "2"}, queue.DayOpened{Day: "e"}, issued("e-A1", "A1")}, ""},
	} {
		var rep Report
		r := newRules(&rep)
		for i, f := range append([]queue.Fact{queue.DayOpened{Day: "d"}}, c.facts...) {
			r.see(queue.Event{Seq: uint64(i + 1), Fact: f})
		}
		if got := strings.Join(rep.Faults, "\n"); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: found %q, want %q", name, got, c.want)
		}
	}
}

func TestBackup(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	w := someDay(t, s)
	dir := t.TempDir()
	path := filepath.Join(dir, "backup", hallFile)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() { // the hall goes on meanwhile
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				w.do(queue.Issue{Queue: "A"})
			}
		}
	}()
	err := s.Backup(t.Context(), path)
	close(stop)
	<-stopped
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenCopy(path)
	if err != nil {
		t.Fatal(err)
	}
	if rep := mustVerify(t, r); !rep.OK() || rep.Tickets < 7 {
		t.Errorf("the copy: %+v", rep)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), path); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Errorf("over an older copy: %v", err)
	}
	if _, err := os.Stat(path + ".part"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an unfinished copy is left: %v", err)
	}
	// A copy is older than the hall it was made of: it is not gone on with as if nothing had happened since.
	if _, err := Open(filepath.Dir(path), Options{}); !errors.Is(err, ErrLogCut) {
		t.Errorf("a copy opened as a hall: %v", err)
	}
}
