package sqlite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"halld/queue"
)

// faultsShown is how many faults a report lists; the rest is only counted.
const faultsShown = 100

// Report is what Verify found.
type Report struct {
	Events      uint64   `json:"events"`
	LastHash    string   `json:"last_hash"` // of the last event, in hex: write it down elsewhere to prove later that nothing was changed
	Days        int      `json:"days"`
	Tickets     int      `json:"tickets"`
	Outbox      int      `json:"outbox"`
	Checkpoints int      `json:"checkpoints"`
	FaultCount  int      `json:"fault_count"`
	Faults      []string `json:"faults"` // the first hundred, in plain words
}

// OK reports whether everything is as it should be.
func (r *Report) OK() bool { return r.FaultCount == 0 }

func (r *Report) fault(format string, args ...any) {
	if r.FaultCount++; len(r.Faults) < faultsShown {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}

// checks chooses what is checked beside the file's integrity and the chain.
type checks struct {
	derived     bool // tickets and outbox
	checkpoints bool
	anchor      bool
}

// Verify checks a hall.db from the first event on: the file's integrity; the hash chain and its end against the anchor; that no number
// was given twice on a day and no ticket or window was at two at a time; that tickets, outbox and checkpoints are what the events lead
// to. It reads one moment of a running hall, and writes nothing. The error says that the check itself could not be made; faults found
// are in the report.
func (r *Reader) Verify(ctx context.Context) (Report, error) {
	rep, err := r.verify(ctx, checks{derived: true, checkpoints: true, anchor: !r.copied})
	if err != nil {
		return rep, fmt.Errorf("verify: %w", err)
	}
	return rep, nil
}

func (r *Reader) verify(ctx context.Context, what checks) (Report, error) {
	rep := Report{Faults: []string{}}
	before, err := stateOf(r.dir)
	if err != nil {
		return rep, err
	}
	a, noAnchor := readAnchor(r.dir) // before the moment that is read: the log may have grown since, but is never behind
	conn, err := r.db.Conn(ctx)
	if err != nil {
		return rep, err
	}
	defer conn.Close() //nolint:errcheck // reading only
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return rep, err
	}
	defer conn.ExecContext(background, "ROLLBACK") //nolint:errcheck // reading only
	v := verifier{rep: &rep, q: conn, what: what, rules: newRules(&rep), tickets: make(map[queue.TicketID][16]byte), jobs: make(map[queue.JobID]queue.PrintJob)}
	if v.meta, err = readMeta(ctx, conn); err != nil {
		return rep, err
	}
	for _, check := range []struct {
		wanted bool
		f      func(context.Context) error
	}{
		{true, v.integrity}, {what.checkpoints, v.readCheckpoints}, {true, v.replay}, {what.derived, v.compareTickets}, {what.derived, v.compareOutbox}, {what.derived, v.verifyProjections},
		{what.anchor, func(ctx context.Context) error { return v.compareAnchor(ctx, &a, noAnchor) }},
	} {
		if !check.wanted {
			continue
		}
		if err := check.f(ctx); err != nil {
			return rep, err
		}
	}
	if after, err := stateOf(r.dir); r.unused && (err != nil || !slices.Equal(before, after)) {
		return rep, errors.New("somebody wrote to the folder meanwhile, perhaps a halld that was started: what was found means nothing; verify again")
	}
	return rep, nil
}

type verifier struct {
	rep         *Report
	q           querier
	what        checks
	meta        meta
	rules       *rules
	broken      bool                        // the chain is: what is derived from it cannot be compared
	tickets     map[queue.TicketID][16]byte // as the events lead to, hashed to save memory
	jobs        map[queue.JobID]queue.PrintJob
	checkpoints map[uint64]*checkpoint
	projected   projected
}

// compareAnchor holds the log against what stands outside the database.
func (v *verifier) compareAnchor(ctx context.Context, a *anchor, noAnchor error) error {
	last, err := tail(ctx, v.q)
	if err != nil {
		return err
	}
	f := found{meta: v.meta, noEnd: noAnchor, end: last}
	if noAnchor == nil {
		f.anchor = *a
	}
	err = f.compare(ctx, v.q)
	if errors.Is(err, ErrLogCut) {
		v.rep.fault("%v", err)
		return nil
	}
	return err
}

func (v *verifier) integrity(ctx context.Context) error {
	rows, err := v.q.QueryContext(ctx, "PRAGMA integrity_check(20)")
	if err != nil {
		return fmt.Errorf("integrity: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return fmt.Errorf("integrity: %w", err)
		}
		if line != "ok" {
			v.rep.fault("the file is damaged: %s", line)
		}
	}
	return rows.Err()
}

func (v *verifier) readCheckpoints(ctx context.Context) error {
	columns := "form, sum"
	if v.meta.format < 2 {
		columns = "1, x''"
	}
	rows, err := v.q.QueryContext(ctx, "SELECT seq, hash, data, "+columns+" FROM checkpoints")
	if err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	v.checkpoints = make(map[uint64]*checkpoint)
	for rows.Next() {
		c := new(checkpoint)
		if err := rows.Scan(&c.seq, &c.hash, &c.data, &c.form, &c.sum); err != nil {
			return fmt.Errorf("checkpoints: %w", err)
		}
		v.checkpoints[c.seq] = c
	}
	v.rep.Checkpoints = len(v.checkpoints)
	return rows.Err()
}

// replay applies every event to an empty hall.
func (v *verifier) replay(ctx context.Context) error {
	hall := queue.New()
	var hash [32]byte
	_, err := walk(ctx, v.q, v.meta, 0, hash, func(e queue.Event) error {
		v.rules.see(e)
		if err := possibly(e, func() error { return v.apply(hall, e) }); err != nil {
			return err
		}
		v.projected.see(e)
		v.rep.Events = e.Seq
		if c, ok := v.checkpoints[e.Seq]; ok {
			delete(v.checkpoints, e.Seq)
			return v.compareCheckpoint(c, hall)
		}
		return nil
	})
	var broken *ChainError
	var impossible *ImpossibleError
	if errors.As(err, &broken) || errors.As(err, &impossible) {
		v.rep.fault("%v; nothing after event %d is checked", err, v.rep.Events)
		v.broken = true
	} else if err != nil {
		return err
	}
	if err := v.lastHash(ctx); err != nil {
		return err
	}
	v.rep.Days = v.rules.days
	for _, seq := range slices.Sorted(maps.Keys(v.checkpoints)) {
		if v.checkpoints[seq].form >= checkpointForm {
			v.rep.fault("there is a checkpoint after event %d, but no such event was read", seq)
		}
	}
	return nil
}

// apply makes an event part of the hall, and remembers what should be stored of it.
func (v *verifier) apply(hall *queue.Hall, e queue.Event) error {
	hall.Apply(e)
	var b queue.Batch
	b.Add(hall, e)
	for i := range b.Tickets {
		if v.meta.format < 2 {
			asInFormat1(&b.Tickets[i])
		}
		data, err := json.Marshal(&b.Tickets[i])
		if err != nil {
			return err
		}
		v.tickets[b.Tickets[i].ID] = brief(data)
	}
	v.takeJobs(&b)
	return nil
}

// lastHash reports the hash of the last event that was read and found good.
func (v *verifier) lastHash(ctx context.Context) error {
	hash := make([]byte, 32)
	err := v.q.QueryRowContext(ctx, "SELECT hash FROM events WHERE seq = ?", int64(v.rep.Events)).Scan(&hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read the last hash: %w", err)
	}
	v.rep.LastHash = hex.EncodeToString(hash)
	return nil
}

func brief(data []byte) [16]byte {
	sum := sha256.Sum256(data)
	return [16]byte(sum[:16])
}

func (v *verifier) takeJobs(b *queue.Batch) {
	for _, j := range b.Jobs {
		if old, ok := v.jobs[j.ID]; ok {
			old.State = j.State
			j = old
		}
		v.jobs[j.ID] = j
	}
	for _, id := range b.Ended {
		delete(v.jobs, id)
	}
}

// compareCheckpoint compares two halls in the form this version writes. Checkpoints of older forms are never read again.
func (v *verifier) compareCheckpoint(c *checkpoint, hall *queue.Hall) error {
	if c.form < checkpointForm {
		return nil
	}
	stored, err := c.read()
	if err != nil {
		v.rep.fault("the checkpoint after event %d cannot be used: %v", c.seq, err)
		return nil
	}
	want, err := json.Marshal(hall)
	if err != nil {
		return fmt.Errorf("hall after event %d: %w", c.seq, err)
	}
	got, err := json.Marshal(stored)
	if err != nil {
		return fmt.Errorf("hall after event %d: %w", c.seq, err)
	}
	if !bytes.Equal(got, want) {
		v.rep.fault("the checkpoint after event %d is not the hall that the events lead to", c.seq)
	}
	return nil
}

func (v *verifier) compareTickets(ctx context.Context) error {
	rows, err := v.q.QueryContext(ctx, `SELECT id, data, queue = data ->> '$.queue' AND state = data ->> '$.state' AND id = data ->> '$.id'
		AND "window" = ifnull(data ->> '$.window', '') AND ordinal = data ->> '$.ordinal' FROM tickets`)
	if err != nil {
		return fmt.Errorf("tickets: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var data sql.RawBytes
	for rows.Next() {
		var id queue.TicketID
		var fits sql.NullBool
		if err := rows.Scan(&id, &data, &fits); err != nil {
			return fmt.Errorf("tickets: %w", err)
		}
		v.rep.Tickets++
		want, ok := v.tickets[id]
		delete(v.tickets, id)
		switch {
		case v.broken:
		case !ok:
			v.rep.fault("ticket %s is stored, but no event made it", id)
		case brief(data) != want && !v.sameTicket(data, want):
			v.rep.fault("ticket %s is not what the events lead to", id)
		}
		if !fits.Bool {
			v.rep.fault("ticket %s: the columns searched by differ from the ticket", id)
		}
	}
	if !v.broken {
		for _, id := range slices.Sorted(maps.Keys(v.tickets)) {
			v.rep.fault("ticket %s is missing", id)
		}
	}
	return rows.Err()
}

// sameTicket allows for a ticket written by an older version, which had fewer fields.
func (v *verifier) sameTicket(data []byte, want [16]byte) bool {
	var t queue.Ticket
	if json.Unmarshal(data, &t) != nil {
		return false
	}
	if v.meta.format < 2 {
		asInFormat1(&t)
	}
	again, err := json.Marshal(&t)
	return err == nil && brief(again) == want
}

// asInFormat1 leaves of a ticket what a store of format 1 kept of it, and kept right: of a ticket that came back after a miss it did not follow how many were
// still to be called first.
func asInFormat1(t *queue.Ticket) {
	t.ItemName, t.ItemNameEn, t.Setup, t.Person, t.Clerk, t.FirstCalled, t.Misses, t.PrintEnded, t.After = "", "", 0, "", "", time.Time{}, 0, time.Time{}, 0
}

func (v *verifier) compareOutbox(ctx context.Context) error {
	stored, err := outbox(ctx, v.q)
	if err != nil {
		return err
	}
	v.rep.Outbox = len(stored)
	if v.broken {
		return nil
	}
	for _, j := range stored {
		want, ok := v.jobs[j.ID]
		delete(v.jobs, j.ID)
		if !ok {
			v.rep.fault("print %s stands in the outbox, but by the events it has ended or never began", j.ID)
		} else if want != j {
			v.rep.fault("print %s in the outbox is not what the events lead to", j.ID)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(v.jobs)) {
		v.rep.fault("print %s is missing in the outbox", id)
	}
	return nil
}
