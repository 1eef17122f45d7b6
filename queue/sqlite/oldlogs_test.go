package sqlite_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"halld/queue"
	"halld/queue/sqlite"
)

// rewriteEnv says what to make anew, deliberately: "golden" the halls that old logs lead to, "folder" the log of the present format too. A golden is rewritten
// only if its hall has a field that it had not; a folder only as long as no hall of its format runs anywhere.
const rewriteEnv = "HALLD_REWRITE"

// presentFolder is the folder of the format that is written today.
const presentFolder = "format-2"

// TestOldLogs: an old log leads to the same hall for ever.
//
// Hard case: old_logs_replay_bit_identically.
func TestOldLogs(t *testing.T) {
	if os.Getenv(rewriteEnv) == "folder" {
		makeFolder(t, filepath.Join("testdata", presentFolder))
	}
	folders, err := filepath.Glob(filepath.Join("testdata", "format-*"))
	if err != nil || len(folders) < 2 {
		t.Fatalf("%v, %v", folders, err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			dir := t.TempDir()
			copyFolder(t, folder, dir)
			r, err := sqlite.OpenReader(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			events, err := r.Events(t.Context(), 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			hall := queue.New()
			for _, e := range events {
				if err := hall.Replay(e); err != nil {
					t.Fatal(err)
				}
			}
			data, err := json.Marshal(hall)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, append(data, '\n'), "", " "); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join(folder, "hall.json")
			if os.Getenv(rewriteEnv) != "" {
				if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("the log of %s leads to another hall than ever before; %s says to which:\n%s", folder, golden, got.Bytes())
			}
			// The same by the daemon's way, and by the reader that knows the document alone.
			s, err := sqlite.Open(dir, sqlite.Options{Reserve: -1})
			if err != nil {
				t.Fatal(err)
			}
			loaded, _, err := s.Load()
			if err != nil {
				t.Fatal(err)
			}
			if again, err := json.Marshal(loaded); err != nil || !bytes.Equal(again, data) {
				t.Errorf("loaded is another hall than replayed (%v):\n%s\n%s", err, again, data)
			}
			if rep, err := s.Verify(t.Context()); err != nil || !rep.OK() {
				t.Errorf("verify: %v, %q", err, rep.Faults)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			h := sameAsStored(t, dir, t.TempDir())
			if folder == filepath.Join("testdata", presentFolder) {
				for _, f := range queue.Facts() {
					if h.kinds[f.Kind()] == 0 {
						t.Errorf("%s has no %s: make a folder that has, with %s=folder", folder, f.Kind(), rewriteEnv)
					}
				}
			}
		})
	}
}

func copyFolder(t testing.TB, from, to string) {
	t.Helper()
	for _, name := range []string{"hall.db", "hall.anchor"} {
		data, err := os.ReadFile(filepath.Join(from, name))
		if errors.Is(err, os.ErrNotExist) && name == "hall.anchor" { // format 1 had none
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// makeFolder makes a small hall in which everything happened that can.
func makeFolder(t *testing.T, into string) {
	d := &driven{t: t, dir: t.TempDir(), clock: machine{truth: time.Date(2026, 12, 1, 0, 30, 0, 0, time.UTC)}}
	d.start()
	d.everything()
	d.stop()
	if err := os.MkdirAll(into, 0o750); err != nil {
		t.Fatal(err)
	}
	copyFolder(t, d.dir, into)
}

// TestMakesEverything: what makes the folder still runs, and makes every kind of event.
func TestMakesEverything(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	makeFolder(t, dir)
	info, err := os.Stat(filepath.Join(dir, "hall.db"))
	if err != nil || info.Size() > 250_000 {
		t.Errorf("%v, %v", info, err)
	}
	h := sameAsStored(t, dir, t.TempDir())
	for _, f := range queue.Facts() {
		if h.kinds[f.Kind()] == 0 {
			t.Errorf("there is no %s", f.Kind())
		}
	}
}

// everything drives the hall through two days on which everything happens.
func (d *driven) everything() {
	at := func(w queue.WindowID) queue.Seat { return queue.Seat{Window: w} }
	do := func(cmds ...queue.Command) {
		d.t.Helper()
		for _, cmd := range cmds {
			d.clock.pass(13*time.Second + 70*time.Millisecond)
			d.must(cmd)
		}
	}
	number := func(cmd queue.Issue) queue.TicketID {
		d.t.Helper()
		d.clock.pass(41 * time.Second)
		return d.must(cmd).Ticket.ID
	}
	first := func(id queue.TicketID) queue.JobID { return queue.JobID(id + "#1") }
	do(queue.Configure{Config: variant(2)})
	do(queue.OpenWindow{Seat: at("1"), Clerk: "1001"}, queue.OpenWindow{Seat: at("2"), Clerk: "1002"}, queue.OpenWindow{Seat: queue.Seat{Window: "3", Holder: "s"}, Clerk: "王"})

	// Paper: proved, failed and void, unknown and kept, proved late, printed again, given up.
	proved, failed, silent := number(queue.Issue{Item: "i", Printer: "p", Person: "k1"}), number(queue.Issue{Queue: "A", Printer: "p"}), number(queue.Issue{Queue: "A", Printer: "p"})
	do(queue.StartPrint{Job: first(proved)}, queue.EndPrint{Job: first(proved), Result: queue.PrintPrinted, Method: "process-id"},
		queue.StartPrint{Job: first(failed)}, queue.EndPrint{Job: first(failed), Result: queue.PrintFailed, Problem: "paper-out"},
		queue.StartPrint{Job: first(silent)}, queue.EndPrint{Job: first(silent), Result: queue.PrintUnknown, Problem: "silent"})
	d.clock.pass(2 * time.Minute) // void, and kept
	do(queue.EndPrint{Job: first(silent), Result: queue.PrintPrinted, Method: "poll"}, queue.Reprint{Ticket: proved})
	gone := number(queue.Issue{Queue: "B", Printer: "p"})
	do(queue.Cancel{Ticket: gone, Reason: "走了"})

	// A class that was claimed at a kiosk, and the evidence seen.
	d.clock.pass(20 * time.Second)
	claimed, err := d.askAs(queue.Actor{Role: queue.Kiosk, Name: "kiosk-1"}, queue.Issue{Queue: "B", Class: queue.Priority})
	if err != nil {
		d.t.Fatal(err)
	}
	do(queue.AnswerClaim{Ticket: claimed.Ticket.ID, Granted: true})

	// Numbers beyond the band, classes, legs, outcomes.
	var given []queue.TicketID
	for i := range 7 {
		given = append(given, number(queue.Issue{Queue: "A", Class: []queue.Class{"", queue.Priority, queue.Appointment}[i%3]}))
	}
	for range 6 {
		number(queue.Issue{Item: "j"})
	}
	do(queue.Reclassify{Ticket: given[0], Class: queue.Priority, Reason: "老人证"}, queue.CallNext{Seat: at("1")}, queue.Recall{Seat: at("1")}, queue.Serve{Seat: at("1")},
		queue.Hold{Seat: at("1"), Reason: "复印"}, queue.CallNext{Seat: at("1")}, queue.NoShow{Seat: at("1"), Force: true}, queue.UndoMiss{Seat: at("1")},
		queue.NoShow{Seat: at("1"), Force: true})
	missed := d.must(queue.Resume{Seat: at("1")})
	do(queue.Transfer{Seat: at("1"), Item: "j", Reason: "改办"}, queue.RateWindow{Window: "1", Level: 5})
	for _, tk := range given {
		if a, err := d.ask(queue.Return{Ticket: tk}); err == nil {
			missed = a
		}
	}
	do(queue.CallNext{Seat: at("2")}, queue.GiveBack{Seat: at("2"), Reason: "换人"}, queue.CallTicket{Seat: at("1"), Ticket: missed.Ticket.ID, Reason: "赶车"},
		queue.Finish{Seat: at("1"), Outcome: queue.Refused, Note: "缺件", Item: "i", Next: true}, queue.PauseWindow{Seat: at("2"), Reason: queue.Lunch},
		queue.Finish{Seat: at("1")}, queue.Resume{Seat: at("2")}, queue.PauseIssue{Reason: "系统故障"}, queue.ResumeIssue{},
		queue.Evacuate{Reason: "演习"}, queue.EndEvacuation{},
		queue.PauseQueue{Queue: "A", Reason: "系统故障"}, queue.PauseQueue{Queue: "B", Reason: "停电"}, queue.ResumeQueue{Queue: "A"},
		queue.LockKiosk{Kiosk: "k", Reason: "缺纸"}, queue.UnlockKiosk{Kiosk: "k"}, queue.LockKiosk{Kiosk: "k", Reason: "检修"})
	number(queue.Issue{Queue: "A", Quantity: 2})
	number(queue.Issue{Queue: "B", Override: "首席代表同意"})

	// Another set-up while people wait, and a day that ends early.
	number(queue.Issue{Queue: "C"})
	do(queue.Configure{Config: variant(1), Move: map[queue.QueueID]queue.QueueID{"C": "A"}}, queue.CallNext{Seat: at("2")}, queue.Serve{Seat: at("2")},
		queue.SkipDay{Reason: "停电", Force: true}, queue.SkipDay{Date: "2026-12-24", Reason: "培训"}, queue.SkipDay{Date: "2026-12-25", Reason: "检修"}, queue.UnskipDay{Date: "2026-12-24"})

	// A morning without a clock, which comes later; a log that had lost its end; a day that stays open.
	d.stop()
	d.clock.set(true, 0)
	d.clock.pass(26 * time.Hour)
	d.start()
	do(queue.OpenWindow{Seat: at("1"), Clerk: "1001"})
	number(queue.Issue{Queue: "A"})
	number(queue.Issue{Item: "j", Class: queue.Priority, Person: "k2"})
	do(queue.CallNext{Seat: at("1")}, queue.Serve{Seat: at("1")})
	d.clock.set(false, 0)
	do(queue.Finish{Seat: at("1"), Outcome: queue.Collected}, queue.AcceptLog{Seq: 100, Anchored: 102, Skip: 2, Why: "an older copy"})
	number(queue.Issue{Queue: "B", Printer: "p"})
	number(queue.Issue{Queue: "A"})
	do(queue.CallNext{Seat: at("1")})
}
