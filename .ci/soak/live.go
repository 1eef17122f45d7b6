package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"soak/oracle"
)

// Live listens to a hall over restarts: every event once, without a gap, and the hall that they lead to.
type Live struct {
	name, token string

	mu     sync.Mutex
	conn   *websocket.Conn
	closed chan struct{} // of conn
	more   chan struct{} // closed and made anew with every message
	begin  uint64        // the first event follows it
	events []oracle.Event
	hall   map[string]any // the last hall that was told, merged as the description says
	hallAt uint64         // the event up to which hall is told
	fault  error
	snaps  int
}

func newLive(name, token string) *Live {
	return &Live{name: name, token: token, more: make(chan struct{})}
}

// last is the last event that was heard. The lock is held.
func (l *Live) last() uint64 { return l.begin + uint64(len(l.events)) }

// Last is the last event that was heard.
func (l *Live) Last() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last()
}

// connect begins to listen, or goes on where it was before.
func (l *Live) connect(url string) error {
	l.mu.Lock()
	again, after := l.hall != nil, l.last()
	l.mu.Unlock()
	address := "ws" + strings.TrimPrefix(url, "http") + "/api/live"
	if again {
		address += fmt.Sprintf("?after=%d", after)
	}
	conn, _, err := websocket.DefaultDialer.Dial(address, http.Header{"Authorization": {"Bearer " + l.token}})
	if err != nil {
		return fmt.Errorf("live push for %s: %w", l.name, err)
	}
	closed := make(chan struct{})
	l.mu.Lock()
	l.conn, l.closed = conn, closed
	l.mu.Unlock()
	go l.read(conn, closed, again)
	if again {
		return nil
	}
	return l.wait(10*time.Second, func() bool { return l.hall != nil })
}

// wait waits until a condition holds, which is asked under the lock after every message.
func (l *Live) wait(limit time.Duration, ok func() bool) error {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	for {
		l.mu.Lock()
		good, fault, more := ok(), l.fault, l.more
		l.mu.Unlock()
		switch {
		case fault != nil:
			return fault
		case good:
			return nil
		}
		select {
		case <-more:
		case <-deadline.C:
			return errLate
		}
	}
}

var errLate = errors.New("nothing more came over the live push")

// disconnect waits until everything that the dead daemon had sent is read.
func (l *Live) disconnect(hard bool) {
	l.mu.Lock()
	conn, closed := l.conn, l.closed
	l.conn = nil
	l.mu.Unlock()
	if conn == nil {
		return
	}
	if hard {
		_ = conn.Close() // it is given up anyway
	}
	select {
	case <-closed:
	case <-time.After(5 * time.Second):
		_ = conn.Close() // the daemon is gone and its connection is not: nothing can come any more
		<-closed
	}
}

type message struct {
	Type string         `json:"type"`
	Seq  uint64         `json:"seq"`
	At   time.Time      `json:"at"`
	Kind string         `json:"kind"`
	Data map[string]any `json:"data"`
	Hall map[string]any `json:"hall"`
}

func (l *Live) read(conn *websocket.Conn, closed chan struct{}, again bool) {
	defer close(closed)
	defer conn.Close()
	for {
		_, data, err := conn.ReadMessage()
		if err != nil {
			return
		}
		var m message
		err = json.Unmarshal(data, &m)
		l.mu.Lock()
		if err == nil {
			err = l.take(m, again)
		}
		if err != nil && l.fault == nil {
			l.fault = fmt.Errorf("live push for %s: %w: %.300s", l.name, err, data)
		}
		close(l.more)
		l.more = make(chan struct{})
		l.mu.Unlock()
	}
}

// take takes a message in. The lock is held.
func (l *Live) take(m message, again bool) error {
	switch m.Type {
	case "snapshot":
		switch {
		case l.hall == nil:
			l.begin = m.Seq
		case m.Seq != l.last():
			// A snapshot may come at any time, but here nobody is slow: it would hide events.
			return fmt.Errorf("a snapshot of event %d came after event %d, and the events between never came (resumed: %t)", m.Seq, l.last(), again)
		}
		l.snaps++
		l.hall, l.hallAt = m.Hall, m.Seq
	case "event":
		if m.Seq != l.last()+1 {
			return fmt.Errorf("event %d came after event %d", m.Seq, l.last())
		}
		l.events = append(l.events, oracle.Event{Seq: m.Seq, At: m.At, Kind: m.Kind, Data: m.Data})
		if m.Hall != nil {
			l.merge(m.Hall)
			l.hallAt = m.Seq
		}
	default:
		// Other types may be added.
	}
	return nil
}

// merge does what the description of HallUpdate says. The lock is held.
func (l *Live) merge(up map[string]any) {
	full, _ := up["full"].(bool)
	next := maps.Clone(l.hall)
	for k, v := range up {
		switch k {
		case "full":
		case "queues", "windows":
			if full {
				next[k] = v
				continue
			}
			list, _ := next[k].([]any)
			next[k] = mergeByID(list, v)
		default:
			next[k] = v
		}
	}
	l.hall = next
}

func mergeByID(list []any, v any) []any {
	out := append([]any(nil), list...)
	changes, _ := v.([]any)
	for _, c := range changes {
		found := false
		for i, o := range out {
			if idOf(o) == idOf(c) {
				out[i], found = c, true
			}
		}
		if !found {
			out = append(out, c)
		}
	}
	return out
}

func idOf(v any) string {
	m, _ := v.(map[string]any)
	id, _ := m["id"].(string)
	return id
}

// since returns the events after one.
func (l *Live) since(seq uint64) []oracle.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq >= l.last() {
		return nil
	}
	return l.events[seq-l.begin:]
}

// picture is the hall as the events have led to it, and up to which event.
func (l *Live) picture() (map[string]any, uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.hall, l.hallAt
}

// passing are what changes by itself: the clock and what is counted up to it.
var passing = []string{"now", "oldest_wait_seconds", "wait_low", "wait_high", "wait_median", "wait_basis", "wait_n", "over_target"}

// same says where two pictures of a hall differ first, without what passes by itself; empty: nowhere.
func same(a, b any, at string) string {
	if all := changes(a, b, at); len(all) > 0 {
		return all[0]
	}
	return ""
}

// changes lists where two answers differ, without what passes by itself.
func changes(a, b any, at string) []string {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			return []string{at}
		}
		keys := maps.Clone(x)
		maps.Copy(keys, y)
		var out []string
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			if !contains(passing, k) {
				out = append(out, changes(x[k], y[k], at+"."+k)...)
			}
		}
		return out
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return []string{fmt.Sprintf("%s (%v, %v)", at, a, b)}
		}
		var out []string
		for i := range x {
			out = append(out, changes(x[i], y[i], at)...)
		}
		return out
	}
	if !reflect.DeepEqual(a, b) {
		return []string{fmt.Sprintf("%s (%v, %v)", at, a, b)}
	}
	return nil
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
