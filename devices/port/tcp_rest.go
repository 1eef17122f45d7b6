package port

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"
)

// resting is a raw connection to a printer that serves one host at a time. Between two dialogues it is let go, so that other hosts are served; the next
// Write makes it anew. A Read waits meanwhile.
type resting struct {
	address string
	write   sync.Mutex // one frame at a time

	mu       sync.Mutex
	changed  *sync.Cond
	conn     *tcpPort // nil: at rest
	closed   bool
	deadline time.Time
	wake     *time.Timer // ends a Read that waits while at rest
}

// openResting connects at once: whether the printer is there is known now, not with the first ticket.
func openResting(ctx context.Context, address string) (*resting, error) {
	c, err := openTCP(ctx, address)
	if err != nil {
		return nil, err
	}
	r := &resting{address: address, conn: c}
	r.changed = sync.NewCond(&r.mu)
	return r, nil
}

// Read returns what came; at rest it waits for the next connection.
func (r *resting) Read(b []byte) (int, error) {
	for {
		r.mu.Lock()
		for r.conn == nil && !r.closed && (r.deadline.IsZero() || time.Now().Before(r.deadline)) {
			r.changed.Wait()
		}
		conn, closed := r.conn, r.closed
		r.mu.Unlock()
		switch {
		case closed:
			return 0, os.ErrClosed
		case conn == nil:
			return 0, os.ErrDeadlineExceeded
		}
		n, err := conn.Read(b)
		r.mu.Lock()
		let := r.conn != conn && !r.closed
		r.mu.Unlock()
		if n > 0 || err == nil || !let {
			return n, err
		}
	}
}

// Write sends a frame in one piece, over a new connection if there is none. A printer that cannot be reached has hung up.
func (r *resting) Write(b []byte) (int, error) {
	r.write.Lock()
	defer r.write.Unlock()
	r.mu.Lock()
	conn, closed := r.conn, r.closed
	r.mu.Unlock()
	if closed {
		return 0, os.ErrClosed
	}
	if conn == nil {
		var err error
		if conn, err = openTCP(context.Background(), r.address); err != nil { // it bounds itself
			return 0, fmt.Errorf("%w: %w", ErrHangup, err)
		}
		if err := r.take(conn); err != nil {
			return 0, err
		}
	}
	return conn.Write(b)
}

func (r *resting) take(conn *tcpPort) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		_ = conn.Close() // nobody wants it any more
		return os.ErrClosed
	}
	r.conn = conn
	r.changed.Broadcast()
	return conn.SetReadDeadline(r.deadline)
}

// Rest lets the connection go, in good order. What is sent is still delivered.
func (r *resting) Rest() error {
	r.write.Lock()
	defer r.write.Unlock()
	r.mu.Lock()
	conn := r.conn
	r.conn = nil
	r.mu.Unlock()
	if conn == nil {
		return nil
	}
	return conn.Close()
}

// SetReadDeadline ends a Read under way at a moment; zero: never.
func (r *resting) SetReadDeadline(t time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return os.ErrClosed
	}
	r.deadline = t
	if r.wake != nil {
		r.wake.Stop()
	}
	if !t.IsZero() {
		r.wake = time.AfterFunc(time.Until(t), func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.changed.Broadcast()
		})
	}
	if r.conn != nil {
		return r.conn.SetReadDeadline(t)
	}
	return nil
}

// Close ends a Read or Write under way.
func (r *resting) Close() error {
	r.mu.Lock()
	conn := r.conn
	r.closed, r.conn = true, nil
	if r.wake != nil {
		r.wake.Stop()
	}
	r.changed.Broadcast()
	r.mu.Unlock()
	if conn == nil {
		return nil
	}
	return conn.Close()
}
