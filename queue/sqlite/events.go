package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"halld/queue"
)

// stored is an event as it stands in its row.
type stored struct {
	seq             uint64
	at              int64
	form            int
	kind, clock, by string
	data            []byte
}

// link returns the hash of an event after the hash of the one before it (32 zero bytes for the first). In form 1 it is SHA-256 over that
// hash, seq and time in milliseconds (8 bytes each, big endian), the length of the kind (8 bytes), the kind and the data. From form 2 on
// it is over that hash, seq, time and form (8 bytes each), and then kind, clock, actor and data, each after its length (8 bytes).
func (e *stored) link(prev [32]byte) [32]byte {
	buf := make([]byte, 0, 768)
	buf = append(buf, prev[:]...)
	buf = binary.BigEndian.AppendUint64(buf, e.seq)
	buf = binary.BigEndian.AppendUint64(buf, uint64(e.at))
	if e.form < 2 {
		buf = binary.BigEndian.AppendUint64(buf, uint64(len(e.kind)))
		buf = append(buf, e.kind...)
		return sha256.Sum256(append(buf, e.data...))
	}
	buf = binary.BigEndian.AppendUint64(buf, uint64(e.form))
	for _, text := range [...]string{e.kind, e.clock, e.by} {
		buf = binary.BigEndian.AppendUint64(buf, uint64(len(text)))
		buf = append(buf, text...)
	}
	buf = binary.BigEndian.AppendUint64(buf, uint64(len(e.data)))
	return sha256.Sum256(append(buf, e.data...))
}

// actorText is who did the last event, as it stands in a row: many in a row are by the same.
type actorText struct {
	by   queue.Actor
	text string
}

func (a *actorText) of(by queue.Actor) (string, error) {
	switch {
	case by == queue.Actor{}:
		return "", nil
	case by != a.by:
		text, err := json.Marshal(by)
		if err != nil {
			return "", err
		}
		a.by, a.text = by, string(text)
	}
	return a.text, nil
}

// store makes the row of an event.
func store(e *queue.Event, last *actorText) (stored, error) {
	r := stored{seq: e.Seq, at: e.At.UnixMilli(), form: eventForm, kind: e.Fact.Kind(), clock: string(e.Clock)}
	if e.Form != 0 && e.Form != eventForm {
		return r, fmt.Errorf("it is of form %d, and new events are of form %d", e.Form, eventForm)
	}
	var err error
	if r.data, err = json.Marshal(e.Fact); err != nil {
		return r, err
	}
	r.by, err = last.of(e.By)
	return r, err
}

// event reads a row.
func (e *stored) event() (queue.Event, error) {
	out := queue.Event{Seq: e.seq, At: time.UnixMilli(e.at).UTC(), Clock: queue.Clock(e.clock), Form: e.form}
	if e.form > eventForm {
		return out, fmt.Errorf("event %d: %w: the event is of form %d and this halld knows up to %d", e.seq, ErrNewer, e.form, eventForm)
	}
	if e.by != "" {
		d := json.NewDecoder(strings.NewReader(e.by))
		d.DisallowUnknownFields()
		if err := d.Decode(&out.By); err != nil {
			return out, fmt.Errorf("event %d: read who did it: %w", e.seq, err)
		}
	}
	var err error
	if out.Fact, err = queue.ReadFact(e.kind, e.data); err != nil {
		return out, fmt.Errorf("event %d: %w", e.seq, err)
	}
	return out, nil
}

func (s *Store) writeEvents(events []queue.Event) error {
	if len(events) == 0 {
		return nil
	}
	args := make([]any, 0, len(events)*insertEvents.columns)
	seq, hash := s.seq, s.hash
	for i := range events {
		e := &events[i]
		if e.Seq != seq+1 {
			return fmt.Errorf("event %d does not follow event %d: nothing of the batch is stored", e.Seq, seq)
		}
		r, err := store(e, &s.actor)
		if err != nil {
			return fmt.Errorf("event %d, %s: %w", e.Seq, e.Fact.Kind(), err)
		}
		seq, hash = e.Seq, r.link(hash)
		if _, ok := e.Fact.(queue.DayClosed); ok {
			s.dayEnded = true
		}
		args = append(args, int64(r.seq), r.at, r.kind, string(r.data), append([]byte(nil), hash[:]...), r.form, r.clock, r.by)
	}
	if err := s.answerAcceptance(events[0].Fact.Kind()); err != nil {
		return err
	}
	if err := s.st.events.run(args); err != nil {
		return err
	}
	s.seq, s.hash = seq, hash // transact takes it back if the commit fails
	return nil
}

// readTail reads where the chain ends.
func (s *Store) readTail() error {
	m, err := tail(background, s.conn)
	s.seq, s.hash = m.seq, m.hash
	return err
}

// ChainError says where the chain of events is broken.
type ChainError struct {
	Seq uint64 // the first event that does not fit
	Why string
}

func (e *ChainError) Error() string {
	return fmt.Sprintf("the chain of events is broken at event %d: %s", e.Seq, e.Why)
}

// querier is a connection, a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// eventColumns are what a row of events has, in either format.
func eventColumns(format int) string {
	if format < 2 {
		return "seq, at, kind, data, hash, 1, '', ''"
	}
	return `seq, at, kind, data, hash, form, clock, "by"`
}

// eventRow scans the columns.
type eventRow struct {
	stored
	raw, hash sql.RawBytes
}

func (r *eventRow) scan(rows *sql.Rows) error {
	err := rows.Scan(&r.seq, &r.at, &r.kind, &r.raw, &r.hash, &r.form, &r.clock, &r.by)
	r.data = r.raw
	return err
}

// walk reads the events after a seq whose hash is given, checks each against the one before it, and hands it to each. m says from where
// on events are of form 2.
func walk(ctx context.Context, q querier, m meta, after uint64, hash [32]byte, each func(queue.Event) error) (last [32]byte, err error) {
	rows, err := q.QueryContext(ctx, "SELECT "+eventColumns(m.format)+" FROM events WHERE seq > ? ORDER BY seq", int64(after))
	if err != nil {
		return hash, fmt.Errorf("read events: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var r eventRow
	for seq, form := after+1, 1; rows.Next(); seq++ {
		if err := r.scan(rows); err != nil {
			return hash, fmt.Errorf("read event %d: %w", seq, err)
		}
		if r.seq != seq {
			return hash, &ChainError{Seq: seq, Why: fmt.Sprintf("it is missing, event %d comes next", r.seq)}
		}
		if why := wrongForm(m, seq, form, r.form); why != "" {
			return hash, &ChainError{Seq: seq, Why: why}
		}
		form = r.form
		hash = r.link(hash)
		if string(hash[:]) != string(r.hash) {
			return hash, &ChainError{Seq: seq, Why: "its content or an event before it was changed"}
		}
		e, err := r.event()
		if err != nil {
			return hash, err
		}
		if err := each(e); err != nil {
			return hash, err
		}
	}
	if err := rows.Err(); err != nil {
		return hash, fmt.Errorf("read events: %w", err)
	}
	return hash, nil
}

// wrongForm says what is wrong with the form of an event: it never goes down, and form 2 begins where the store says.
func wrongForm(m meta, seq uint64, before, form int) string {
	switch {
	case form < 1:
		return fmt.Sprintf("it is of form %d", form)
	case seq < m.form2 && form != 1:
		return fmt.Sprintf("it is of form %d, and the store says that form 2 begins with event %d", form, m.form2)
	case seq >= m.form2 && form < 2:
		return fmt.Sprintf("it is of form 1, and the store says that form 2 began with event %d", m.form2)
	case form < before:
		return fmt.Sprintf("it is of form %d, the one before it of form %d", form, before)
	}
	return ""
}

// ImpossibleError says that an event is one that no hall makes, whatever wrote it.
type ImpossibleError struct {
	Seq  uint64
	Kind string
	Why  string
}

func (e *ImpossibleError) Error() string {
	return fmt.Sprintf("event %d (%s) is one that no hall makes: it does not fit the hall as it was then (%s); restore a backup", e.Seq, e.Kind, e.Why)
}

// possibly does what applies an event, and makes an error of a panic: Apply relies on what Decide made sure of, but what is read back may
// have been written by anybody.
func possibly(e queue.Event, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &ImpossibleError{Seq: e.Seq, Kind: e.Fact.Kind(), Why: fmt.Sprint(p)}
		}
	}()
	return f()
}

// Load rebuilds the hall from the newest checkpoint that can be read and the events after it, which are checked against the chain.
func (s *Store) Load() (*queue.Hall, int, error) {
	if s.inTx {
		if err := s.rollback(); err != nil {
			return nil, 0, fmt.Errorf("load the hall: %w", err)
		}
	}
	hall, from, hash, err := loadHall(background, s.conn, s.meta, s.log)
	if err != nil {
		return nil, 0, fmt.Errorf("load the hall: %w", err)
	}
	if err := s.readTail(); err != nil {
		return nil, 0, fmt.Errorf("load the hall: %w", err)
	}
	if s.hash != hash || s.seq != hall.Seq() {
		return nil, 0, fmt.Errorf("load the hall: %w",
			&ChainError{Seq: s.seq, Why: fmt.Sprintf("the checkpoint after event %d does not lead to it", from)})
	}
	if err := s.anchored(); err != nil {
		return nil, 0, fmt.Errorf("load the hall: %w", err)
	}
	return hall, int(hall.Seq() - from), nil
}

// Hall is the hall as the log has it, whether a daemon runs on the folder or not.
func (r *Reader) Hall(ctx context.Context) (*queue.Hall, error) {
	tx, err := r.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("load the hall: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // it only read
	hall, _, _, err := loadHall(ctx, tx, r.meta, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, fmt.Errorf("load the hall: %w", err)
	}
	return hall, nil
}

// loadHall makes the hall of the newest checkpoint that can be read, which is after event from, and the events behind it; hash is of the last.
func loadHall(ctx context.Context, q querier, m meta, log *slog.Logger) (hall *queue.Hall, from uint64, hash [32]byte, err error) {
	if hall, hash, err = readCheckpoint(ctx, q, log); err != nil {
		return nil, 0, hash, err
	}
	from = hall.Seq()
	hash, err = walk(ctx, q, m, from, hash, func(e queue.Event) error {
		return possibly(e, func() error { hall.Apply(e); return nil })
	})
	return hall, from, hash, err
}

// readCheckpoint returns the hall of the newest checkpoint that is as it was written, of this version's form, and agrees with the chain,
// or an empty hall. A checkpoint only saves time, so a bad one is passed over and said.
func readCheckpoint(ctx context.Context, q querier, log *slog.Logger) (*queue.Hall, [32]byte, error) {
	rows, err := q.QueryContext(ctx, `SELECT c.seq, c.hash, c.data, c.form, c.sum, e.hash IS c.hash
		FROM checkpoints c LEFT JOIN events e USING (seq) ORDER BY c.seq DESC`)
	if err != nil {
		return nil, [32]byte{}, fmt.Errorf("read checkpoints: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var c checkpoint
		var fits bool
		if err := rows.Scan(&c.seq, &c.hash, &c.data, &c.form, &c.sum, &fits); err != nil {
			return nil, [32]byte{}, fmt.Errorf("read checkpoints: %w", err)
		}
		hall, err := c.read()
		if err == nil && !fits {
			err = errors.New("its hash is not the event's")
		}
		if err == nil {
			return hall, [32]byte(c.hash), nil
		}
		if c.form < checkpointForm {
			log.Info("a checkpoint is of an older form; loading takes longer, once", "seq", c.seq, "form", c.form)
			continue
		}
		log.Warn("a checkpoint is passed over; loading takes longer", "seq", c.seq, "err", err)
	}
	if err := rows.Err(); err != nil {
		return nil, [32]byte{}, fmt.Errorf("read checkpoints: %w", err)
	}
	return queue.New(), [32]byte{}, nil
}

// checkpoint is a row of the whole hall.
type checkpoint struct {
	seq             uint64
	hash, data, sum []byte
	form            int
}

// read makes the hall of a checkpoint that is as it was written.
func (c *checkpoint) read() (h *queue.Hall, err error) {
	if c.form != checkpointForm {
		return nil, fmt.Errorf("it is of form %d, this version's is %d", c.form, checkpointForm)
	}
	if sum := checkpointSum(c.seq, c.form, c.data); string(sum) != string(c.sum) {
		return nil, errors.New("its content was changed")
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it is no hall: %v", p)
		}
	}()
	h = queue.New()
	if err := json.Unmarshal(c.data, h); err != nil {
		return nil, err
	}
	if h.Seq() != c.seq {
		return nil, fmt.Errorf("it holds the hall after event %d", h.Seq())
	}
	return h, nil
}

// checkpointSum is SHA-256 over seq and form (8 bytes each, big endian) and the content.
func checkpointSum(seq uint64, form int, data []byte) []byte {
	buf := binary.BigEndian.AppendUint64(make([]byte, 0, 16+len(data)), seq)
	buf = binary.BigEndian.AppendUint64(buf, uint64(form))
	sum := sha256.Sum256(append(buf, data...))
	return sum[:]
}

// writeCheckpoint keeps the newest two.
func (s *Store) writeCheckpoint(data []byte) error {
	if data == nil || s.seq == 0 {
		return nil
	}
	ctx := background
	if _, err := s.conn.ExecContext(ctx, "INSERT OR REPLACE INTO checkpoints (seq, hash, data, form, sum) VALUES (?, ?, ?, ?, ?)",
		int64(s.seq), s.hash[:], string(data), checkpointForm, checkpointSum(s.seq, checkpointForm, data)); err != nil {
		return err
	}
	_, err := s.conn.ExecContext(ctx, "DELETE FROM checkpoints WHERE seq NOT IN (SELECT seq FROM checkpoints ORDER BY seq DESC LIMIT 2)")
	return err
}
