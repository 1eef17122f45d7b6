// Package wire keeps what goes over a line: every piece with its time and direction, the last of them for whoever looks later, and all of them for
// whoever watches now. It reads pieces with a profile, and writes and plays sessions. It opens no port and knows no driver.
package wire

import (
	"bytes"
	"io"
	"slices"
	"sync"
	"time"
)

// Piece is what one Read brought or one Write took.
type Piece struct {
	At     time.Time
	Out    bool   // from the host to the device
	Device string // whose driver wrote it, or whose line it is; empty: anybody's on a bus
	Bytes  []byte
	Hidden int // so many bytes are kept back: they may say who a citizen is
}

// How much a log keeps: enough for the last minutes of a quiet line and the last tickets of a printer.
const (
	keepPieces = 400
	keepBytes  = 64 << 10
)

// Log is the memory of one line. The zero value is ready. Noting costs a copy, whether anybody watches or not.
type Log struct {
	mu       sync.Mutex
	ring     []Piece
	size     int
	watchers map[chan Piece]bool
	counts   Counts
}

// Counts says how much went over a line, and when last. Zero times: nothing yet.
type Counts struct {
	In, Out         uint64 // bytes
	LastIn, LastOut time.Time
}

// Note takes a piece. A watcher that does not keep up is let go: its channel is closed.
func (l *Log) Note(p Piece) {
	n := len(p.Bytes) + p.Hidden
	if n == 0 {
		return
	}
	p.Bytes = bytes.Clone(p.Bytes)
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.Out {
		l.counts.Out += uint64(n)
		l.counts.LastOut = p.At
	} else {
		l.counts.In += uint64(n)
		l.counts.LastIn = p.At
	}
	l.ring = append(l.ring, p)
	l.size += len(p.Bytes)
	drop := 0
	for len(l.ring)-drop > keepPieces || l.size > keepBytes && len(l.ring)-drop > 1 {
		l.size -= len(l.ring[drop].Bytes)
		drop++
	}
	if drop > 0 {
		l.ring = slices.Delete(l.ring, 0, drop)
	}
	for ch := range l.watchers {
		select {
		case ch <- p:
		default:
			delete(l.watchers, ch)
			close(ch)
		}
	}
}

// Past lists what is still kept, oldest first.
func (l *Log) Past() []Piece {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.ring)
}

// Watch gives the past and, without a gap, what follows. The channel holds buffer pieces and is closed when its reader falls behind; after stop
// nothing more comes.
func (l *Log) Watch(buffer int) (past []Piece, ch <-chan Piece, stop func()) {
	c := make(chan Piece, buffer)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watchers == nil {
		l.watchers = map[chan Piece]bool{}
	}
	l.watchers[c] = true
	return slices.Clone(l.ring), c, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.watchers[c] {
			delete(l.watchers, c)
			close(c)
		}
	}
}

// Counts says how much went over the line.
func (l *Log) Counts() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts
}

// Port is an open cable.
type Port interface {
	io.ReadWriteCloser
	SetReadDeadline(t time.Time) error
}

// Tap stands between a driver and its port and tells note of every byte, before Write returns and after Read does.
type Tap struct {
	Port
	Note func(out bool, b []byte)
}

// Read reads from the port.
func (t *Tap) Read(b []byte) (int, error) {
	n, err := t.Port.Read(b)
	if n > 0 {
		t.Note(false, b[:n])
	}
	return n, err
}

// Trouble is what the port knows of the device at its end without asking it; nil where it knows nothing (see devices.Teller).
func (t *Tap) Trouble() error {
	if p, ok := t.Port.(interface{ Trouble() error }); ok {
		return p.Trouble()
	}
	return nil
}

// Rest lets a connection go until the next Write, where the port can (see devices.Rester).
func (t *Tap) Rest() error {
	if p, ok := t.Port.(interface{ Rest() error }); ok {
		return p.Rest()
	}
	return nil
}

// Write writes to the port. It is noted first: an answer that comes at once must not stand before its question. A port that does not take it all ends anyway.
func (t *Tap) Write(b []byte) (int, error) {
	if len(b) > 0 {
		t.Note(true, b)
	}
	return t.Port.Write(b)
}
