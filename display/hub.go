package display

import (
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/gorilla/websocket"

	"halld/queue"
)

// hub turns what the engine tells into messages, once for each audience, and hands them to every connection. It waits for nobody.
type hub struct {
	s     *Server
	most  int
	group sync.WaitGroup // the hub's own goroutine and two for each connection

	mu     sync.Mutex
	view   *queue.View // as last handed on
	shown  *Hall       // as last told event by event; nil: the view. The hub's goroutine's alone
	conns  map[*conn]struct{}
	fresh  [2]*snapshot // the latest snapshot by audience, made when first asked for
	closed bool

	messages, snapshots, behind, dropped atomic.Uint64
}

// snapshot is a prepared message that shows the hall as of seq.
type snapshot struct {
	seq uint64
	msg *websocket.PreparedMessage
}

// The audiences of the push: one set of messages is made for each.
const (
	public = iota
	private
)

func audienceOf(c caller) int {
	if c.private() {
		return private
	}
	return public
}

func newHub(s *Server, most int) *hub {
	return &hub{s: s, most: most, view: s.view(), conns: map[*conn]struct{}{}}
}

// hubBuffer is how many batches the hub may be behind the engine before it starts again from the present view.
const hubBuffer = 256

// start follows the engine until the server closes.
func (h *hub) start() {
	h.group.Go(func() {
		defer h.closeConns()
		h.s.engine.Follow(h.s.closing, hubBuffer, func(t Told) {
			if t.Anew {
				h.restart(t.View)
			} else {
				h.tell(t)
			}
		})
		<-h.s.closing.Done() // an engine that ended has nothing more to tell; screens stay until the server closes
	})
}

// tell hands a batch to all connections; only the hub's goroutine calls it. Events that were handed on before are left out; a gap is a restart.
func (h *hub) tell(t Told) {
	h.mu.Lock()
	old, alone := h.view, len(h.conns) == 0 // only this goroutine changes view
	h.mu.Unlock()
	events := t.Events
	for len(events) > 0 && events[0].Seq <= old.Seq {
		events = events[1:]
	}
	v := t.View
	if v == nil {
		v = h.s.view()
	}
	switch {
	case len(events) == 0 && v.Seq == old.Seq:
		return
	case len(events) == 0 || events[0].Seq != old.Seq+1 || events[len(events)-1].Seq != v.Seq:
		h.restart(v)
		return
	}
	if alone { // whoever joins meanwhile is given a snapshot
		h.restart(v)
		return
	}
	full := false
	for i := range events {
		if _, ok := events[i].Fact.(queue.Configured); ok {
			full = true
		}
	}
	if h.shown == nil {
		before := h.s.hall(old)
		h.shown = &before
	}
	shown := h.s.hall(v)
	update := change(h.shown, &shown, full)
	h.shown = &shown
	var batches [2]batch
	for audience := range batches {
		var err error
		if batches[audience], err = makeBatch(events, update, audience); err != nil {
			h.s.log.Error("an event cannot be shown", "after", old.Seq, "err", err)
			h.restart(v)
			return
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.view = v
	for c := range h.conns {
		c.push(batches[c.audience])
	}
}

// batch is the prepared messages of one stored batch, for one audience.
type batch []*websocket.PreparedMessage

// makeBatch prepares the messages of a stored batch for one audience.
func makeBatch(events []queue.Event, update *HallUpdate, audience int) (batch, error) {
	out := make(batch, 0, len(events))
	for i, e := range events {
		var u *HallUpdate
		if i == len(events)-1 {
			u = update
		}
		m, err := prepare(e, u, audience == private)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func prepare(e queue.Event, update *HallUpdate, private bool) (*websocket.PreparedMessage, error) {
	data, err := eventMessage(e, update, private)
	if err != nil {
		return nil, err
	}
	return websocket.NewPreparedMessage(websocket.TextMessage, data)
}

// restart gives everybody a snapshot of the view next, and what is told afterwards is told against it. Only the hub's goroutine calls it.
func (h *hub) restart(v *queue.View) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if v.Seq <= h.view.Seq {
		return // nothing was missed
	}
	h.view, h.shown = v, nil
	for c := range h.conns {
		c.fallBehind()
	}
}

// snapshot prepares the hall as last handed on; mu is held. It is made once for all that ask before the next batch.
func (h *hub) snapshot(audience int) (*snapshot, error) {
	if f := h.fresh[audience]; f != nil && f.seq == h.view.Seq {
		return f, nil
	}
	data, err := json.Marshal(LiveSnapshot{Type: "snapshot", Seq: h.view.Seq, Hall: h.s.hall(h.view)})
	if err != nil {
		return nil, err
	}
	m, err := websocket.NewPreparedMessage(websocket.TextMessage, data)
	if err != nil {
		return nil, err
	}
	f := &snapshot{seq: h.view.Seq, msg: m}
	h.fresh = [2]*snapshot{f, f} // a snapshot holds nothing that only managers may see
	return f, nil
}

var errHubClosed = errors.New("the hall is closing down")

// join takes a connection in. What is told from now on reaches it; it will not be told what led to the view returned here.
func (h *hub) join(c *conn) (*queue.View, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed || h.s.closing.Err() != nil:
		return nil, errHubClosed
	case len(h.conns) >= h.most:
		return nil, fail(TooManyScreens, "%d screens are connected, and no more are allowed", h.most)
	}
	h.conns[c] = struct{}{}
	h.group.Add(2)
	return h.view, nil
}

func (h *hub) leave(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, c)
}

// room reports whether one more connection would be taken in.
func (h *hub) room() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed || h.s.closing.Err() != nil:
		return &fault{code: Unavailable, doing: "open a live connection", err: errHubClosed}
	case len(h.conns) >= h.most:
		return fail(TooManyScreens, "%d screens are connected, and no more are allowed", h.most)
	}
	return nil
}

// closeConns ends every connection: their own goroutines say goodbye and leave.
func (h *hub) closeConns() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.conns {
		c.end(websocket.CloseGoingAway)
	}
}

// cut closes the sockets of the connections that are still there. Their writers fail and leave.
func (h *hub) cut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.conns {
		if err := c.ws.NetConn().Close(); err != nil {
			h.s.log.Debug("cut live connection", "err", err)
		}
	}
}

func (h *hub) wait() { h.group.Wait() }

func (h *hub) stats() LiveStats {
	h.mu.Lock()
	n := len(h.conns)
	h.mu.Unlock()
	return LiveStats{Connections: n, Messages: h.messages.Load(), Snapshots: h.snapshots.Load(), Behind: h.behind.Load(), Dropped: h.dropped.Load()}
}
