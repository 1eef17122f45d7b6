package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"halld/queue"
)

// link returns the hash of an event: SHA-256 over the hash before it (32 zero bytes for the first), its seq and time in milliseconds
// (8 bytes each, big endian), the length of its kind (8 bytes), its kind and its data.
func link(prev [32]byte, seq uint64, at int64, kind string, data []byte) [32]byte {
	buf := make([]byte, 0, 512)
	buf = append(buf, prev[:]...)
	buf = binary.BigEndian.AppendUint64(buf, seq)
	buf = binary.BigEndian.AppendUint64(buf, uint64(at))
	buf = binary.BigEndian.AppendUint64(buf, uint64(len(kind)))
	buf = append(buf, kind...)
	return sha256.Sum256(append(buf, data...))
}

func (s *Store) writeEvents(events []queue.Event) error {
	args := make([]any, 0, len(events)*insertEvents.columns)
	seq, hash := s.seq, s.hash
	for _, e := range events {
		if e.Seq != seq+1 {
			return fmt.Errorf("event %d does not follow event %d: nothing of the batch is stored", e.Seq, seq)
		}
		data, err := json.Marshal(e.Fact)
		if err != nil {
			return fmt.Errorf("event %d, %s: %w", e.Seq, e.Fact.Kind(), err)
		}
		at := e.At.UnixMilli()
		seq, hash = e.Seq, link(hash, e.Seq, at, e.Fact.Kind(), data)
		args = append(args, int64(seq), at, e.Fact.Kind(), string(data), append([]byte(nil), hash[:]...))
	}
	if err := s.st.events.run(args); err != nil {
		return err
	}
	s.seq, s.hash = seq, hash // transact takes it back if the commit fails
	return nil
}

// readTail reads where the chain ends.
func (s *Store) readTail() error {
	var hash []byte
	s.seq, s.hash = 0, [32]byte{}
	err := s.conn.QueryRowContext(context.Background(), "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").Scan(&s.seq, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the last event: %w", err)
	}
	s.hash = [32]byte(hash)
	return nil
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

// walk reads the events after a seq whose hash is given, checks each against the one before it, and hands it to each.
func walk(ctx context.Context, q querier, after uint64, hash [32]byte, each func(queue.Event) error) (last [32]byte, err error) {
	rows, err := q.QueryContext(ctx, "SELECT seq, at, kind, data, hash FROM events WHERE seq > ? ORDER BY seq", int64(after))
	if err != nil {
		return hash, fmt.Errorf("read events: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var kind string
	var data, sum sql.RawBytes
	for seq := after + 1; rows.Next(); seq++ {
		var got uint64
		var at int64
		if err := rows.Scan(&got, &at, &kind, &data, &sum); err != nil {
			return hash, fmt.Errorf("read event %d: %w", seq, err)
		}
		if got != seq {
			return hash, &ChainError{Seq: seq, Why: fmt.Sprintf("it is missing, event %d comes next", got)}
		}
		hash = link(hash, seq, at, kind, data)
		if string(hash[:]) != string(sum) {
			return hash, &ChainError{Seq: seq, Why: "its content or an event before it was changed"}
		}
		fact, err := queue.ReadFact(kind, data)
		if err != nil {
			return hash, fmt.Errorf("event %d: %w", seq, err)
		}
		if err := each(queue.Event{Seq: seq, At: time.UnixMilli(at).UTC(), Fact: fact}); err != nil {
			return hash, err
		}
	}
	if err := rows.Err(); err != nil {
		return hash, fmt.Errorf("read events: %w", err)
	}
	return hash, nil
}

// Load rebuilds the hall from the newest checkpoint that can be read and the events after it, which are checked against the chain.
func (s *Store) Load() (*queue.Hall, int, error) {
	if s.inTx {
		if err := s.rollback(); err != nil {
			return nil, 0, fmt.Errorf("load the hall: %w", err)
		}
	}
	hall, hash, err := s.readCheckpoint()
	if err != nil {
		return nil, 0, fmt.Errorf("load the hall: %w", err)
	}
	from := hall.Seq()
	hash, err = walk(context.Background(), s.conn, from, hash, func(e queue.Event) error {
		hall.Apply(e)
		return nil
	})
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
	return hall, int(hall.Seq() - from), nil
}

// readCheckpoint returns the hall of the newest checkpoint that this version can read and that agrees with the chain, or an empty
// hall. A checkpoint only saves time, so a bad one is passed over and said.
func (s *Store) readCheckpoint() (*queue.Hall, [32]byte, error) {
	rows, err := s.conn.QueryContext(context.Background(), `SELECT c.seq, c.hash, c.data, e.hash IS c.hash
		FROM checkpoints c LEFT JOIN events e USING (seq) ORDER BY c.seq DESC`)
	if err != nil {
		return nil, [32]byte{}, fmt.Errorf("read checkpoints: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var seq uint64
		var hash, data []byte
		var fits bool
		if err := rows.Scan(&seq, &hash, &data, &fits); err != nil {
			return nil, [32]byte{}, fmt.Errorf("read checkpoints: %w", err)
		}
		hall := queue.New()
		err := json.Unmarshal(data, hall)
		switch {
		case err != nil:
		case !fits:
			err = errors.New("its hash is not the event's")
		case hall.Seq() != seq:
			err = fmt.Errorf("it holds the hall after event %d", hall.Seq())
		default:
			return hall, [32]byte(hash), nil
		}
		s.log.Warn("a checkpoint is passed over; loading takes longer", "seq", seq, "err", err)
	}
	if err := rows.Err(); err != nil {
		return nil, [32]byte{}, fmt.Errorf("read checkpoints: %w", err)
	}
	return queue.New(), [32]byte{}, nil
}

// writeCheckpoint keeps the newest two.
func (s *Store) writeCheckpoint(data []byte) error {
	if data == nil || s.seq == 0 {
		return nil
	}
	ctx := context.Background()
	if _, err := s.conn.ExecContext(ctx, "INSERT OR REPLACE INTO checkpoints (seq, hash, data) VALUES (?, ?, ?)",
		int64(s.seq), s.hash[:], string(data)); err != nil {
		return err
	}
	_, err := s.conn.ExecContext(ctx, "DELETE FROM checkpoints WHERE seq NOT IN (SELECT seq FROM checkpoints ORDER BY seq DESC LIMIT 2)")
	return err
}
