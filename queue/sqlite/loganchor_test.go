package sqlite_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// This file reads hall.anchor by docs/log-format.md and by nothing else, as logreader_test.go does the log.

// logAnchor is the last event that was stored, as the anchor says.
type logAnchor struct {
	Hall string
	Slot uint64
	Seq  int
	Hash string
	File string
	Size int64
}

func readLogAnchor(dir string) (a logAnchor, err error) {
	data, err := os.ReadFile(filepath.Join(dir, "hall.anchor"))
	if err != nil {
		return a, err
	}
	if len(data) != 4*256 {
		return a, fmt.Errorf("the anchor has %d bytes", len(data))
	}
	whole := func(line int) string { // the text before its sum; empty if that is not right
		text, sum, _ := strings.Cut(strings.TrimRight(string(data[line*256:(line+1)*256-1]), " "), " sum ")
		want := sha256.Sum256([]byte(text))
		if data[(line+1)*256-1] != '\n' || sum != hex.EncodeToString(want[:16]) {
			return ""
		}
		return text
	}
	if _, err := fmt.Sscanf(whole(0), "halld-anchor format 2 hall %s", &a.Hall); err != nil {
		return a, fmt.Errorf("the first line of the anchor: %w", err)
	}
	found := false
	for n := range uint64(2) {
		s := logAnchor{Hall: a.Hall}
		if _, err := fmt.Sscanf(whole(1+int(n)), "slot %d seq %d hash %s file %s size %d", &s.Slot, &s.Seq, &s.Hash, &s.File, &s.Size); err != nil {
			continue // torn, or never written
		}
		if s.Slot%2 != n {
			return a, fmt.Errorf("slot %d stands in the other line", s.Slot)
		}
		if !found || s.Slot > a.Slot {
			a, found = s, true
		}
	}
	if !found {
		return a, errors.New("no slot of the anchor is whole")
	}
	return a, nil
}

// anchors refuses a log that is not the one that the anchor is of, or ends before it.
func (a logAnchor) anchors(db *sql.DB) error {
	var hall string
	if err := db.QueryRow("SELECT value FROM meta WHERE key = 'hall'").Scan(&hall); err != nil {
		return err
	}
	if hall != a.Hall {
		return fmt.Errorf("the anchor is of hall %s, the log of %s", a.Hall, hall)
	}
	hash := make([]byte, 32)
	if a.Seq > 0 {
		if err := db.QueryRow("SELECT hash FROM events WHERE seq = ?", a.Seq).Scan(&hash); err != nil {
			return fmt.Errorf("the anchored event %d: %w", a.Seq, err)
		}
	}
	if hex.EncodeToString(hash) != a.Hash {
		return fmt.Errorf("event %d has another hash than is anchored", a.Seq)
	}
	return nil
}

// of refuses a hall.db that is not as it was when the anchor was written; only for one that was closed.
func (a logAnchor) of(dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, "hall.db"))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(bytes.Clone(data[:100]), uint64(len(data))))
	if int64(len(data)) != a.Size || hex.EncodeToString(sum[:8]) != a.File {
		return fmt.Errorf("hall.db has %d bytes and the mark %x, anchored are %d and %s", len(data), sum[:8], a.Size, a.File)
	}
	return nil
}
