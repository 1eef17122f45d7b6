package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"halld/queue"
)

// Acceptance says that a person took a log for good that is not known to be whole. Until the hall has answered it with an event of the
// kind KindAccepted, the store takes no other event: that one moves the numbers of every queue, and the places of the hall, on by Skip.
type Acceptance struct {
	At       time.Time   `json:"at"`
	By       queue.Actor `json:"by"`
	Seq      uint64      `json:"seq"`      // the last event of the log as it was taken
	Anchored uint64      `json:"anchored"` // the last event that was ever noted; 0: not known
	Skip     int         `json:"skip"`     // how many numbers of any queue may have been given and are not in the log
	Why      string      `json:"why"`      // what was wrong, in words
}

// KindAccepted is the kind of the event that answers an Acceptance.
const KindAccepted = "log.accepted"

// skipUnknown is how many numbers are passed over when nothing says how many events are gone.
const skipUnknown = 200

// ErrNothingToAccept says that the log is whole.
var ErrNothingToAccept = errors.New("the log is whole: there is nothing to accept")

// AcceptLog takes a log that Open refuses with ErrLogCut as it is, and anchors it anew. What is gone stays gone, but no number of it is
// given again: every ticket took at least one event, so no queue gave more numbers than events are gone. skip is for who knows better:
// the least of numbers to pass over in every queue. A log with any other fault is not accepted.
func AcceptLog(dir string, by queue.Actor, skip int, opts Options) (Acceptance, error) {
	s, err := newStore(dir, opts)
	if err != nil {
		return Acceptance{}, fmt.Errorf("accept the log in %s: %w", dir, err)
	}
	a, err := s.accept(by, skip)
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		return a, errors.Join(fmt.Errorf("accept the log in %s: %w", dir, err), s.abandon())
	}
	return a, nil
}

func (s *Store) accept(by queue.Actor, skip int) (Acceptance, error) {
	if err := s.lock(); err != nil {
		return Acceptance{}, err
	}
	f, err := inspect(s.dir, s.log)
	if err == nil {
		return Acceptance{}, ErrNothingToAccept
	}
	if !errors.Is(err, ErrLogCut) {
		return Acceptance{}, err
	}
	if err := s.checkForAcceptance(f); err != nil {
		return Acceptance{}, err
	}
	a := Acceptance{At: s.now().UTC().Truncate(time.Millisecond), By: by, Seq: f.end.seq, Why: err.Error(), Skip: max(skip, skipUnknown)}
	if f.noEnd == nil {
		if a.Anchored = f.anchor.end.seq; a.Anchored > a.Seq {
			a.Skip = max(skip, int(a.Anchored-a.Seq))
		}
	}
	if old := f.accepted; old != nil { // accepted once before, and not yet answered
		a.Skip += old.Skip
	}
	f.noEnd, f.anchor = errNoAnchor, anchor{} // the old one is answered
	if err := s.begin(f); err != nil {
		return a, err
	}
	return a, s.pend(&a)
}

// checkForAcceptance refuses a log that has more wrong with it than its end.
func (s *Store) checkForAcceptance(f *found) error {
	r, err := openUnused(s.dir, f.wal)
	if err != nil {
		return fmt.Errorf("%w: %w%s", ErrDamaged, err, restore)
	}
	defer r.Close() //nolint:errcheck // reading only
	return f.deepCheck(r)
}

// pend stores an acceptance that waits for its event.
func (s *Store) pend(a *Acceptance) error {
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	err = s.transact(func() error {
		_, err := s.conn.ExecContext(background, "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", metaAccepted, string(data))
		return err
	})
	if err != nil {
		return err
	}
	s.meta.accepted = a
	s.log.Warn("a log that is not known to be whole was accepted", "file", filepath.Join(s.dir, hallFile), "last_event", a.Seq,
		"last_event_noted", a.Anchored, "numbers_passed_over", a.Skip, "by", a.By.Name)
	return nil
}

// Accepted returns an acceptance that waits for its event.
func (s *Store) Accepted() (Acceptance, bool) {
	if s.meta.accepted == nil {
		return Acceptance{}, false
	}
	return *s.meta.accepted, true
}

// answerAcceptance lets events through unless an acceptance waits: then the first of them answers it.
func (s *Store) answerAcceptance(kind string) error {
	if s.meta.accepted == nil {
		return nil
	}
	if kind != KindAccepted {
		return fmt.Errorf("the log was accepted without its last events, and the hall has not yet passed over the numbers that may have been given: "+
			"the next event must be %s, not %s", KindAccepted, kind)
	}
	if _, err := s.conn.ExecContext(context.Background(), "DELETE FROM meta WHERE key = ?", metaAccepted); err != nil {
		return err
	}
	s.meta.accepted = nil // transact takes it back if the commit fails
	return nil
}
