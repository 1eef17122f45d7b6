package display

import (
	"errors"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gorilla/websocket"
)

// BenchLine is a message of the bench's live push: pieces in order, the first message with what is kept of the line.
type BenchLine struct {
	Type   string       `json:"type" enum:"past,pieces"`
	Pieces []BenchPiece `json:"pieces" nullable:"false"`
}

// mostWatching bounds how many lines are watched at once: each costs a decoder and a socket.
const mostWatching = 16

// watchLine shows a line as it is written and read, until the page leaves, falls behind, or the server closes.
func (s *Server) watchLine(w http.ResponseWriter, r *http.Request, b Bench, who caller) {
	if !websocket.IsWebSocketUpgrade(r) {
		w.Header().Set("Upgrade", "websocket")
		s.refuse(w, r, fail(NotWebSocket, "connect with a WebSocket, protocols halld and bearer.TOKEN"))
		return
	}
	select {
	case s.watching <- struct{}{}:
	default:
		s.refuse(w, r, fail(TooManyScreens, "%d lines are watched already", mostWatching))
		return
	}
	defer func() { <-s.watching }()
	s.benches.Add(1)
	defer s.benches.Done()
	past, next, stop, err := b.Watch(r.URL.Query().Get("device"))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	defer stop()
	up := websocket.Upgrader{HandshakeTimeout: writeWithin, ReadBufferSize: 1024, WriteBufferSize: 4096, Subprotocols: []string{liveProtocol},
		Error: func(w http.ResponseWriter, r *http.Request, status int, reason error) {
			if status == http.StatusForbidden {
				s.refuse(w, r, fail(NotAllowed, "the page comes from another host"))
				return
			}
			s.refuse(w, r, fail(NotWebSocket, "%v", reason))
		}}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // Error has answered
	}
	defer func() { _ = ws.Close() }() // the watcher may have gone first
	s.log.Info("a line is watched", "who", who.name, "device", r.URL.Query().Get("device"))
	gone := make(chan struct{})
	s.benches.Go(func() {
		defer close(gone)
		ws.SetReadLimit(4096)
		alive := func() error { return ws.SetReadDeadline(time.Now().Add(pongWithin)) }
		ws.SetPongHandler(func(string) error { return alive() })
		for err := alive(); err == nil; {
			_, _, err = ws.ReadMessage()
		}
	})
	code := s.tellLine(ws, past, next, gone)
	if code != 0 {
		_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second)) // it may be gone
	}
	_ = ws.Close() // ends the reader
	<-gone
}

// tellLine writes until something ends it, and returns the close code; 0: the page has gone.
func (s *Server) tellLine(ws *websocket.Conn, past []BenchPiece, next <-chan BenchPiece, gone <-chan struct{}) int {
	send := func(m BenchLine) error {
		return errors.Join(ws.SetWriteDeadline(time.Now().Add(writeWithin)), ws.WriteJSON(m))
	}
	if send(BenchLine{"past", list(past)}) != nil {
		return 0
	}
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case <-gone:
			return 0
		case <-s.closing.Done():
			return websocket.CloseGoingAway
		case <-ping.C:
			if ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWithin)) != nil {
				return 0
			}
		case p, ok := <-next:
			if !ok {
				return websocket.CloseTryAgainLater // it fell behind, or the bench ended: it starts again
			}
			all := []BenchPiece{p}
			for more := true; more && len(all) < 64; { // what came meanwhile goes into the same message
				select {
				case q, ok := <-next:
					if more = ok; ok {
						all = append(all, q)
					}
				default:
					more = false
				}
			}
			if send(BenchLine{"pieces", all}) != nil {
				return 0
			}
		}
	}
}

// describeBenchLive adds the bench's live push to the description of the API.
func describeBenchLive(api huma.API) {
	line := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[BenchLine](), true, "BenchLine")
	api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "benchLive", Method: "GET", Path: "/api/bench/live", Tags: []string{"bench"}, Summary: "The bytes on a line as they go (WebSocket)",
		Description: "For: admin. Browsers send the token as the WebSocket protocols halld and bearer.TOKEN. The first message holds what is kept of the line.",
		Security:    []map[string][]string{{"token": {}}},
		Parameters:  []*huma.Param{{Name: "device", In: "query", Required: true, Description: "the device whose line is watched", Schema: &huma.Schema{Type: "string"}}},
		Responses: map[string]*huma.Response{
			"101":     {Description: "Text frames, each a BenchLine", Content: map[string]*huma.MediaType{"application/json": {Schema: line}}},
			"default": problemResponse(api),
		},
	})
}
