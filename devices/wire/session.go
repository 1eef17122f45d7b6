package wire

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Session is a recorded dialogue. As text it has one piece a line, with the milliseconds since its beginning:
//
//	# halld session
//	# profile: onbon-bx5k
//	# port: /dev/ttyUSB0 57600 8N1
//	0 > A5 A5 A5 … 5A     from the host to the device
//	38 < A5 A5 A5 … 5A    from the device to the host
//
// Lines that begin with # are words for people, but for "# key: value" in front of the first piece.
type Session struct {
	About  map[string]string // profile, port, began
	Pieces []Line
}

// Line is one piece of a session.
type Line struct {
	At    time.Duration // since the beginning
	Out   bool          // from the host to the device
	Bytes []byte
}

// String writes the line of a piece, without its end.
func (l Line) String() string {
	arrow := "<"
	if l.Out {
		arrow = ">"
	}
	return fmt.Sprintf("%d %s % X", l.At.Milliseconds(), arrow, l.Bytes)
}

// Head is what a session begins with. Pairs are keys and values in order.
func Head(pairs ...string) string {
	var b strings.Builder
	b.WriteString("# halld session\n")
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			fmt.Fprintf(&b, "# %s: %s\n", pairs[i], pairs[i+1])
		}
	}
	return b.String()
}

// longestLine is how long a line of a session may be: a piece of 64 kB.
const longestLine = 4 * keepBytes

// ReadSession reads a session strictly. An error names the line and the right form.
func ReadSession(r io.Reader) (*Session, error) {
	s := &Session{About: map[string]string{}}
	in := bufio.NewScanner(r)
	in.Buffer(nil, longestLine)
	for n := 1; in.Scan(); n++ {
		text := strings.TrimSpace(in.Text())
		if words, ok := strings.CutPrefix(text, "#"); ok || text == "" {
			if key, value, ok := strings.Cut(words, ": "); ok && s.Pieces == nil {
				s.About[strings.TrimSpace(key)] = strings.TrimSpace(value)
			}
			continue
		}
		f := strings.Fields(text)
		if len(f) < 3 || f[1] != "<" && f[1] != ">" {
			return nil, fmt.Errorf("line %d: %q; write milliseconds, > or <, and bytes in hex, such as \"120 < 06\"", n, text)
		}
		ms, err := strconv.ParseInt(f[0], 10, 64)
		if err != nil || ms < 0 || ms > 1e12 {
			return nil, fmt.Errorf("line %d: %q is no number of milliseconds", n, f[0])
		}
		b, err := hex.DecodeString(strings.Join(f[2:], ""))
		if err != nil {
			return nil, fmt.Errorf("line %d: the bytes are no hex: %w", n, err)
		}
		s.Pieces = append(s.Pieces, Line{time.Duration(ms) * time.Millisecond, f[1] == ">", b})
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("read the session: %w", err)
	}
	return s, nil
}

// Play is the far end of a session: a port at which a driver is expected to write what the host wrote, and hears what the device said. The answer to
// a piece comes when the piece was written; times are not kept. Close says what was not used.
type Play struct {
	mu       sync.Mutex
	left     []Line
	sent     []byte // written, and not yet matched
	heard    []byte
	deadline time.Time
	wake     chan struct{}
	closed   bool
	err      error
}

// NewPlay makes the port of a session.
func NewPlay(s *Session) *Play {
	p := &Play{left: s.Pieces, wake: make(chan struct{}, 1)}
	p.advance()
	return p
}

// advance hands out what the device says until the host has to speak. The lock is held, or nobody else knows p.
func (p *Play) advance() {
	for len(p.left) > 0 {
		next := p.left[0]
		if next.Out {
			if len(p.sent) < len(next.Bytes) {
				if !bytes.HasPrefix(next.Bytes, p.sent) {
					p.fail(next.Bytes)
				}
				return
			}
			if !bytes.HasPrefix(p.sent, next.Bytes) {
				p.fail(next.Bytes)
				return
			}
			p.sent = p.sent[len(next.Bytes):]
		} else {
			p.heard = append(p.heard, next.Bytes...)
		}
		p.left = p.left[1:]
	}
	if len(p.sent) > 0 {
		p.fail(nil)
	}
}

func (p *Play) fail(want []byte) {
	if p.err == nil {
		p.err = fmt.Errorf("play a session: the host wrote % X; the session has % X there", p.sent, want)
	}
}

// Write takes what the host says. It fails at the first byte that the session does not have.
func (p *Play) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, os.ErrClosed
	}
	p.sent = append(p.sent, b...)
	p.advance()
	p.poke()
	if p.err != nil {
		return 0, p.err
	}
	return len(b), nil
}

// Read brings what the device said.
func (p *Play) Read(b []byte) (int, error) {
	for {
		p.mu.Lock()
		n := copy(b, p.heard)
		p.heard = p.heard[n:]
		closed, until := p.closed, p.deadline
		p.mu.Unlock()
		switch {
		case n > 0:
			return n, nil
		case closed:
			return 0, os.ErrClosed
		case until.IsZero():
			<-p.wake
			continue
		}
		t := time.NewTimer(time.Until(until))
		select {
		case <-p.wake:
			t.Stop()
		case <-t.C:
			return 0, os.ErrDeadlineExceeded
		}
	}
}

// SetReadDeadline ends a Read under way at a moment; zero: never.
func (p *Play) SetReadDeadline(at time.Time) error {
	p.mu.Lock()
	p.deadline = at
	p.mu.Unlock()
	p.poke()
	return nil
}

func (p *Play) poke() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Close ends the play. The error says what the host wrote otherwise than recorded, or what is left of the session.
func (p *Play) Close() error {
	p.mu.Lock()
	p.closed = true
	err, left := p.err, p.left
	p.mu.Unlock()
	p.poke()
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("play a session: %d pieces were not used; next: %s", len(left), left[0])
	}
	return err
}
