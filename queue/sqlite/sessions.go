package sqlite

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

// Sessions keeps who may do what: tokens of devices and scripts, and logins of people. It is a file of its own beside hall.db, so that
// only the engine writes to that; several processes may use it at a time.
type Sessions struct {
	db     *sql.DB
	lookup *sql.Stmt // every request asks for its token
	log    *slog.Logger
}

// OpenSessions opens the sessions.db of a hall's folder, and makes it if there is none. ErrNoHall if there is no hall. At most one Options
// is used.
func OpenSessions(dir string, opts ...Options) (*Sessions, error) {
	s := &Sessions{log: slog.New(slog.DiscardHandler)}
	if len(opts) > 0 && opts[0].Log != nil {
		s.log = opts[0].Log
	}
	if err := s.open(dir); err != nil {
		return nil, fmt.Errorf("open the logins in %s: %w", dir, err)
	}
	return s, nil
}

func (s *Sessions) open(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(filepath.Join(dir, hallFile)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; make one with halld init, or correct --data", ErrNoHall)
	} else if err != nil {
		return err
	}
	path := filepath.Join(dir, sessionsFile)
	if err := newFile(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := regular(path); err != nil {
		return err
	}
	if s.db, err = open(path, writing, 1); err != nil {
		return err
	}
	if err := migrate(s.db, "sessions"); err != nil {
		return joinClose(err, s.db)
	}
	if s.lookup, err = s.db.PrepareContext(background, selectToken); err != nil {
		return joinClose(err, s.db)
	}
	return nil
}

// Close releases the file.
func (s *Sessions) Close() error { return errors.Join(s.lookup.Close(), s.db.Close()) }

// Token is what is known of a token; the token itself is known only to its holder.
type Token struct {
	Role    string
	Name    string
	Created time.Time
}

const (
	insertToken   = "INSERT INTO tokens (hash, role, name, created) VALUES (?, ?, ?, ?)"
	selectToken   = "SELECT role, name FROM tokens WHERE hash = ?"
	selectTokens  = "SELECT role, name, created FROM tokens ORDER BY created, name"
	deleteTokens  = "DELETE FROM tokens WHERE name = ?"
	selectSession = "SELECT data FROM sessions WHERE key = ? AND expiry > ?"
	upsertSession = "INSERT INTO sessions (key, data, expiry) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET data = excluded.data, expiry = excluded.expiry"
	deleteSession = "DELETE FROM sessions WHERE key = ?"
	expireSession = "DELETE FROM sessions WHERE expiry <= ?"
)

// CreateToken makes a token of 256 random bits for a role and returns it: it is shown once and stored only as its SHA-256.
func (s *Sessions) CreateToken(role, name string) (string, error) {
	if role == "" {
		return "", errors.New("create a token: a role is needed")
	}
	token := "-"
	for token[0] == '-' { // on a command line it would read as an option
		var raw [32]byte
		_, _ = rand.Read(raw[:]) // never fails: the program ends where the system has no randomness
		token = base64.RawURLEncoding.EncodeToString(raw[:])
	}
	hash := sha256.Sum256([]byte(token))
	if _, err := s.db.Exec(insertToken, hash[:], role, name, time.Now().UnixMilli()); err != nil {
		return "", fmt.Errorf("create a token for %s: %w", role, err)
	}
	return token, nil
}

// Lookup returns the role and name of a token. A fault of the file is logged and means no: nobody gets in by it.
func (s *Sessions) Lookup(token string) (role, name string, ok bool) {
	hash := sha256.Sum256([]byte(token))
	err := s.lookup.QueryRow(hash[:]).Scan(&role, &name)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		s.log.Error("a token could not be looked up; its holder is refused", "err", err)
	}
	return role, name, err == nil
}

// Tokens lists who holds tokens, oldest first.
func (s *Sessions) Tokens(ctx context.Context) ([]Token, error) {
	rows, err := s.db.QueryContext(ctx, selectTokens)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	out := []Token{}
	for rows.Next() {
		var t Token
		var created int64
		if err := rows.Scan(&t.Role, &t.Name, &created); err != nil {
			return nil, fmt.Errorf("tokens: %w", err)
		}
		t.Created = time.UnixMilli(created)
		out = append(out, t)
	}
	return out, rows.Err()
}

// DeleteTokens takes every token of a name away and returns how many there were.
func (s *Sessions) DeleteTokens(name string) (int, error) {
	res, err := s.db.Exec(deleteTokens, name)
	if err != nil {
		return 0, fmt.Errorf("delete the tokens of %s: %w", name, err)
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// Find returns the data of a login session. Find, Commit and Delete are what the session keeper of the screens asks of a store.
func (s *Sessions) Find(key string) (data []byte, found bool, err error) {
	err = s.db.QueryRow(selectSession, key, time.Now().UnixMilli()).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("find a login: %w", err)
	}
	return data, true, nil
}

// Commit stores a login session until expiry, and forgets the expired ones.
func (s *Sessions) Commit(key string, data []byte, expiry time.Time) error {
	if _, err := s.db.Exec(expireSession, time.Now().UnixMilli()); err != nil {
		return fmt.Errorf("forget expired logins: %w", err)
	}
	if _, err := s.db.Exec(upsertSession, key, data, expiry.UnixMilli()); err != nil {
		return fmt.Errorf("store a login: %w", err)
	}
	return nil
}

// Delete forgets a login session.
func (s *Sessions) Delete(key string) error {
	if _, err := s.db.Exec(deleteSession, key); err != nil {
		return fmt.Errorf("forget a login: %w", err)
	}
	return nil
}
