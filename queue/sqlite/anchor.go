package sqlite

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// The anchor holds the end of the log outside the database, so that a log whose tail is gone is seen. It is four lines of text, each
// padded with blanks to anchorLine bytes and ending in a newline:
//
//	halld-anchor format 2 hall <32 hex> sum <32 hex>
//	slot 41 seq 5000 hash <64 hex> file <16 hex> size 409600 sum <32 hex>
//	slot 42 seq 5003 hash <64 hex> file <16 hex> size 409600 sum <32 hex>
//	pid 1234
//
// Each commit of events writes the older of the two slots, so one that is torn leaves the other. A slot is written after its commit is
// durable and before anybody is answered, and synced right after: the anchor is never ahead of the log, and whoever kills the process
// finds it at the last answered event.
const (
	anchorLine = 256
	anchorSize = 4 * anchorLine
	anchorHead = "halld-anchor format "
)

// mark is an end of the log, and the database file as it was then.
type mark struct {
	seq  uint64
	hash [32]byte
	file [8]byte // of hall.db's header and size; see shape
	size int64   // of hall.db: it only grows
}

// anchor is what a hall.anchor says.
type anchor struct {
	format int
	hall   string
	n      uint64 // of the newest slot; 0: none was ever written
	end    mark
	torn   bool // one slot cannot be read: a write was cut off
}

// Why an anchor cannot be used.
var (
	errNoAnchor  = errors.New("hall.anchor is missing")
	errBadAnchor = errors.New("hall.anchor is damaged")
)

func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

func sealed(text string) []byte {
	return pad(text + " sum " + sumOf(text))
}

func pad(text string) []byte {
	line := make([]byte, anchorLine)
	for i := copy(line, text); i < len(line); i++ {
		line[i] = ' '
	}
	line[anchorLine-1] = '\n'
	return line
}

// unseal returns the words of a line whose sum is right.
func unseal(line []byte) ([]string, bool) {
	text, sum, ok := strings.Cut(strings.TrimRight(string(line), " \n"), " sum ")
	return strings.Fields(text), ok && sum == sumOf(text)
}

func headLine(format int, hall string) []byte {
	return sealed(anchorHead + strconv.Itoa(format) + " hall " + hall)
}

func slotLine(n uint64, m *mark) []byte {
	buf := make([]byte, 0, anchorLine)
	buf = strconv.AppendUint(append(buf, "slot "...), n, 10)
	buf = strconv.AppendUint(append(buf, " seq "...), m.seq, 10)
	buf = hex.AppendEncode(append(buf, " hash "...), m.hash[:])
	buf = hex.AppendEncode(append(buf, " file "...), m.file[:])
	buf = strconv.AppendInt(append(buf, " size "...), m.size, 10)
	return sealed(string(buf))
}

func readSlot(line []byte) (n uint64, m mark, ok bool) {
	w, ok := unseal(line)
	if !ok || len(w) != 10 || w[0] != "slot" || w[2] != "seq" || w[4] != "hash" || w[6] != "file" || w[8] != "size" {
		return 0, m, false
	}
	n, err1 := strconv.ParseUint(w[1], 10, 64)
	seq, err2 := strconv.ParseUint(w[3], 10, 64)
	hash, err3 := hex.DecodeString(w[5])
	file, err4 := hex.DecodeString(w[7])
	size, err5 := strconv.ParseInt(w[9], 10, 64)
	if errors.Join(err1, err2, err3, err4, err5) != nil || len(hash) != len(m.hash) || len(file) != len(m.file) {
		return 0, m, false
	}
	return n, mark{seq: seq, hash: [32]byte(hash), file: [8]byte(file), size: size}, true
}

// readAnchor reads a folder's anchor. errNoAnchor if there is none, errBadAnchor if it cannot be read, ErrNewer if it is of a format
// that this version does not know.
func readAnchor(dir string) (anchor, error) {
	path := filepath.Join(dir, anchorFile)
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return anchor{}, errNoAnchor
	}
	if err != nil {
		return anchor{}, fmt.Errorf("%w: %w", errBadAnchor, err)
	}
	defer f.Close() //nolint:errcheck // reading only
	data := make([]byte, anchorSize)
	n, err := f.ReadAt(data, 0)
	if n < anchorSize {
		return anchor{}, fmt.Errorf("%w: it is cut short (%w)", errBadAnchor, err)
	}
	return parseAnchor(data)
}

func parseAnchor(data []byte) (anchor, error) {
	line := func(i int) []byte { return data[i*anchorLine : (i+1)*anchorLine] }
	var a anchor
	head, ok := strings.CutPrefix(string(line(0)), anchorHead)
	if !ok {
		return a, fmt.Errorf("%w: it does not begin as one", errBadAnchor)
	}
	number, _, _ := strings.Cut(head, " ")
	format, err := strconv.Atoi(number)
	if err != nil {
		return a, fmt.Errorf("%w: its format is %q", errBadAnchor, number)
	}
	if format > formatNumber {
		return a, newer(format)
	}
	w, ok := unseal(line(0))
	if !ok || len(w) != 5 {
		return a, fmt.Errorf("%w: its first line was changed", errBadAnchor)
	}
	a.format, a.hall = format, w[4]
	n1, m1, ok1 := readSlot(line(1))
	n2, m2, ok2 := readSlot(line(2))
	switch {
	case !ok1 && !ok2:
		return a, fmt.Errorf("%w: neither of its ends of the log can be read", errBadAnchor)
	case !ok2 || ok1 && n1 > n2:
		a.n, a.end = n1, m1
	default:
		a.n, a.end = n2, m2
	}
	a.torn = !ok1 || !ok2
	return a, nil
}

// anchorPID is who last opened the folder for writing; empty if that is not known.
func anchorPID(dir string) string {
	data, err := os.ReadFile(filepath.Join(dir, anchorFile))
	if err != nil || len(data) < anchorSize {
		return ""
	}
	pid, ok := strings.CutPrefix(strings.TrimRight(string(data[3*anchorLine:]), " \n"), "pid ")
	if !ok {
		return ""
	}
	return pid
}

// writeAnchor puts a whole new anchor in the place of the old one, durably.
func writeAnchor(dir string, a *anchor) (*os.File, error) {
	path := filepath.Join(dir, anchorFile)
	next := path + ".new"
	if err := removeIfThere(next); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(next, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	a.n += a.n % 2 // slot n stands in line 1 + n % 2
	data := append(headLine(a.format, a.hall), slotLine(a.n, &a.end)...)
	data = append(data, slotLine(a.n+1, &a.end)...)
	data = append(data, pad("pid "+strconv.Itoa(os.Getpid()))...)
	_, err = f.WriteAt(data, 0)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Rename(next, path)
	}
	if err == nil {
		err = syncFolder(dir)
	}
	if err != nil {
		return nil, joinClose(err, f)
	}
	a.n++
	return f, nil
}

// set writes the end of the log into the older slot. It is not yet durable.
func (a *anchor) set(f *os.File, m *mark) error {
	line := slotLine(a.n+1, m)
	if _, err := f.WriteAt(line, int64(1+(a.n+1)%2)*anchorLine); err != nil {
		return err
	}
	a.n++
	a.end = *m
	return nil
}
