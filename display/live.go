package display

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"halld/queue"
)

// The times and sizes of a live connection.
const (
	writeWithin  = 10 * time.Second // a screen that takes nothing for so long is closed
	pingEvery    = 20 * time.Second
	pongWithin   = 50 * time.Second // two pings unanswered, and some
	catchUpMost  = 2000             // events a returning screen is given one by one; further behind, it gets a snapshot
	pendingMost  = 512              // messages that may wait for a screen; more, and it gets a snapshot instead
	snapshotRest = 200 * time.Millisecond
	liveProtocol = "halld"
	bearerPrefix = "bearer."
)

// conn is one screen. One goroutine writes to it, one reads; the hub only fills pending.
type conn struct {
	hub      *hub
	ws       *websocket.Conn
	audience int

	mu      sync.Mutex
	pending batch
	behind  bool // pending was thrown away: a snapshot is due
	code    int  // why to close; 0 while open

	wake chan struct{} // holds one: something is pending, or the end
	gone chan struct{} // closed by the reader: the screen has left
}

// push gives a batch to the connection, or marks it as behind. It never waits.
func (c *conn) push(b batch) {
	c.mu.Lock()
	if !c.behind {
		if len(c.pending)+len(b) > pendingMost {
			c.pending, c.behind = nil, true
			c.hub.behind.Add(1)
		} else {
			c.pending = append(c.pending, b...)
		}
	}
	c.mu.Unlock()
	c.poke()
}

// fallBehind makes a snapshot the next message.
func (c *conn) fallBehind() {
	c.mu.Lock()
	c.pending, c.behind = nil, true
	c.mu.Unlock()
	c.poke()
}

// end makes the writer close the connection.
func (c *conn) end(code int) {
	c.mu.Lock()
	if c.code == 0 {
		c.code = code
	}
	c.mu.Unlock()
	c.poke()
}

func (c *conn) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// live answers GET /api/live: it upgrades to a WebSocket and serves it in goroutines of its own.
func (s *Server) live(w http.ResponseWriter, r *http.Request) {
	who, err := s.identify(liveToken(r), everybody)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if err := onlyQuery(r, "after"); err != nil {
		s.refuse(w, r, err)
		return
	}
	after, err := afterOf(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if !websocket.IsWebSocketUpgrade(r) {
		w.Header().Set("Upgrade", "websocket")
		s.refuse(w, r, fail(NotWebSocket, "connect with a WebSocket, protocols halld and bearer.TOKEN"))
		return
	}
	if err := s.hub.room(); err != nil {
		s.refuse(w, r, err)
		return
	}
	up := websocket.Upgrader{
		HandshakeTimeout: writeWithin, ReadBufferSize: 1024, WriteBufferSize: 4096, Subprotocols: []string{liveProtocol},
		Error: func(w http.ResponseWriter, r *http.Request, status int, reason error) {
			if status == http.StatusForbidden {
				s.refuse(w, r, fail(NotAllowed, "the page comes from another host"))
				return
			}
			s.refuse(w, r, fail(NotWebSocket, "%v", reason))
		},
	}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // Error has answered
	}
	c := &conn{hub: s.hub, ws: ws, audience: audienceOf(who), wake: make(chan struct{}, 1), gone: make(chan struct{})}
	v, err := s.hub.join(c)
	if err != nil {
		code := websocket.CloseTryAgainLater
		if errors.Is(err, errHubClosed) {
			code = websocket.CloseGoingAway
		}
		c.bye(code)
		c.closeSocket()
		return
	}
	go c.read()
	go c.write(after, v)
}

// liveToken finds the token: in the Authorization header, or among the protocols, where a browser can put it. A token in the address
// would end up in logs.
func liveToken(r *http.Request) string {
	if t := bearer(r.Header); t != "" {
		return t
	}
	for _, p := range websocket.Subprotocols(r) {
		if t, ok := strings.CutPrefix(p, bearerPrefix); ok {
			return t
		}
	}
	return ""
}

// afterOf reads the event a screen has; 0: none.
func afterOf(r *http.Request) (uint64, error) {
	text := r.URL.Query().Get("after")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		p := newProblem(BadValue, "after must be a sequence number")
		p.Errors = []BadDetail{{Location: "query.after", Message: "expected a sequence number", Value: text}}
		return 0, p
	}
	return n, nil
}

// read waits for the screen to leave. Screens say nothing but pongs.
func (c *conn) read() {
	defer c.hub.group.Done()
	defer close(c.gone)
	c.ws.SetReadLimit(4096)
	alive := func() error { return c.ws.SetReadDeadline(time.Now().Add(pongWithin)) }
	c.ws.SetPongHandler(func(string) error { return alive() })
	if err := alive(); err != nil {
		return
	}
	for {
		if _, _, err := c.ws.ReadMessage(); err != nil {
			return
		}
	}
}

// write is the only writer of the connection, from the first message to the last.
func (c *conn) write(after uint64, v *queue.View) {
	defer c.hub.group.Done()
	defer c.closeSocket()
	defer c.hub.leave(c)
	if err := c.begin(after, v); err != nil {
		c.lost(err)
		return
	}
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	var last time.Time // when a snapshot was written instead of what was missed
	for {
		select {
		case <-c.gone:
			return
		case <-ping.C:
			if err := c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWithin)); err != nil {
				c.lost(err)
				return
			}
		case <-c.wake:
			code, err := c.flush(&last)
			if err != nil {
				c.lost(err)
				return
			}
			if code != 0 {
				c.bye(code)
				return
			}
		}
	}
}

// begin writes the first messages: the events that a returning screen missed up to the view it joined at, or a snapshot. What is told
// meanwhile waits in pending.
func (c *conn) begin(after uint64, v *queue.View) error {
	if after == 0 || after > v.Seq || v.Seq-after > catchUpMost {
		c.fallBehind()
		return nil
	}
	if after == v.Seq {
		return nil
	}
	s := c.hub.s
	ctx, cancel := context.WithTimeout(s.closing, writeWithin)
	defer cancel()
	events, err := s.store.Events(ctx, after, int(v.Seq-after))
	if err == nil && (len(events) == 0 || events[0].Seq != after+1 || events[len(events)-1].Seq != v.Seq) {
		err = errors.New("the log has a gap")
	}
	if err != nil {
		s.log.Warn("a returning screen gets a snapshot", "after", after, "err", err)
		c.fallBehind()
		return nil
	}
	shown := s.hall(v)
	b, err := makeBatch(events, change(nil, &shown, true), c.audience)
	if err != nil {
		return err
	}
	return c.send(b)
}

// flush writes what is pending. A screen that fell behind gets a snapshot of the present instead, but not more often than it can be
// of use: in a flood of events the hall has better things to do.
func (c *conn) flush(last *time.Time) (code int, err error) {
	c.mu.Lock()
	behind := c.behind
	c.mu.Unlock()
	if behind {
		if rest := snapshotRest - time.Since(*last); !last.IsZero() && rest > 0 {
			select {
			case <-time.After(rest):
			case <-c.gone:
				return 0, nil // the writer's loop sees it too
			case <-c.hub.s.closing.Done():
			}
		}
		*last = time.Now()
		snap, err := c.catchUp()
		if err != nil {
			return 0, err
		}
		if err := c.send(batch{snap}); err != nil {
			return 0, err
		}
		c.hub.snapshots.Add(1)
	}
	for {
		c.mu.Lock()
		b := c.pending
		c.pending = nil
		c.mu.Unlock()
		if len(b) == 0 {
			return c.ended(), nil
		}
		for _, m := range b {
			if c.stale() { // the rest is dropped; wake is set
				return c.ended(), nil
			}
			if err := c.send(batch{m}); err != nil {
				return 0, err
			}
		}
	}
}

// stale reports whether what the writer has in hand need not be sent any more: a snapshot is due, or the end.
func (c *conn) stale() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.behind || c.code != 0
}

// ended returns the close code, 0 while the connection is to go on.
func (c *conn) ended() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.code
}

// catchUp takes the hall's present snapshot; what is told after it waits in pending, so nothing is missing in between.
func (c *conn) catchUp() (*websocket.PreparedMessage, error) {
	h := c.hub
	h.mu.Lock() // push runs under it: no batch slips in between
	defer h.mu.Unlock()
	snap, err := h.snapshot(c.audience)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.pending, c.behind = nil, false
	c.mu.Unlock()
	return snap.msg, nil
}

// send writes messages, each within the deadline.
func (c *conn) send(b batch) error {
	for _, m := range b {
		if err := c.ws.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
			return err
		}
		if err := c.ws.WritePreparedMessage(m); err != nil {
			return err
		}
		c.hub.messages.Add(1)
	}
	return nil
}

// bye tells the screen why the connection ends. It may be gone already.
func (c *conn) bye(code int) {
	msg := websocket.FormatCloseMessage(code, "")
	if err := c.ws.WriteControl(websocket.CloseMessage, msg, time.Now().Add(time.Second)); err != nil {
		c.hub.s.log.Debug("close live connection", "err", err)
	}
}

// lost notes a screen that took nothing any more.
func (c *conn) lost(err error) {
	var n net.Error
	if errors.As(err, &n) && n.Timeout() {
		c.hub.dropped.Add(1)
		c.hub.s.log.Warn("a screen takes nothing and was closed", "remote", c.ws.RemoteAddr().String(), "within", writeWithin)
	}
}

func (c *conn) closeSocket() {
	if err := c.ws.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		c.hub.s.log.Debug("close live connection", "err", err)
	}
}
