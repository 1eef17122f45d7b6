package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"halld/queue"
)

func (s *Store) writeAnswers(answers []queue.StoredAnswer) error {
	if len(answers) == 0 {
		return nil
	}
	args := make([]any, 0, len(answers)*insertAnswers.columns)
	for i := range answers {
		a := &answers[i]
		data, err := json.Marshal(a.Answer)
		if err != nil {
			return err
		}
		var refusal any
		if a.Refusal != nil {
			text, err := json.Marshal(a.Refusal)
			if err != nil {
				return err
			}
			refusal = string(text)
		}
		args = append(args, a.Key, append([]byte(nil), a.Digest[:]...), a.At.UnixMilli(), string(data), refusal)
	}
	if err := s.st.answers.run(args); err != nil {
		return err
	}
	if s.commits++; s.commits%pruneEvery == 0 {
		return s.prune(answers[len(answers)-1].At)
	}
	return nil
}

// prune forgets answers that are too old, a bounded number at a time so that no commit takes long.
func (s *Store) prune(now time.Time) error {
	_, err := s.conn.ExecContext(context.Background(),
		"DELETE FROM answers WHERE n IN (SELECT n FROM answers ORDER BY n LIMIT 20000) AND at < ?", now.Add(-KeepAnswers).UnixMilli())
	if err != nil {
		return fmt.Errorf("forget old answers: %w", err)
	}
	return nil
}

// AnswerTo returns the answer stored under an idempotency key.
func (s *Store) AnswerTo(key string) (queue.StoredAnswer, bool, error) {
	var digest, answer []byte
	var at int64
	var refusal sql.NullString
	err := s.st.selectAnswer.QueryRowContext(context.Background(), key).Scan(&digest, &at, &answer, &refusal)
	if errors.Is(err, sql.ErrNoRows) {
		return queue.StoredAnswer{}, false, nil
	}
	if err != nil {
		return queue.StoredAnswer{}, false, fmt.Errorf("answer by key: %w", err)
	}
	a := queue.StoredAnswer{Key: key, At: time.UnixMilli(at).UTC(), Digest: [32]byte(digest)}
	if err := json.Unmarshal(answer, &a.Answer); err != nil {
		return a, false, fmt.Errorf("answer by key: %w", err)
	}
	if refusal.Valid {
		a.Refusal = new(queue.Refusal)
		if err := json.Unmarshal([]byte(refusal.String), a.Refusal); err != nil {
			return a, false, fmt.Errorf("answer by key: %w", err)
		}
	}
	return a, true, nil
}
