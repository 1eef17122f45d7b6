package display

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"halld/queue"
)

// commandRoutes gives every command of the table that has an address, and no handler of its own, a route: its fields are the body, its window or ticket stands
// in the path. So a new command needs nothing here.
func (s *Server) commandRoutes() {
	for _, spec := range queue.Commands() {
		if _, setup := spec.Command.(queue.Configure); setup || spec.Route == "" || s.described(spec.Route) != nil { // a set-up is a hall file, see setup.go
			continue
		}
		switch {
		case strings.Contains(spec.Route, "{window}"):
			commandRoute(s, spec, s.commandAtWindow)
		case strings.Contains(spec.Route, "{id}"):
			commandRoute(s, spec, s.commandOnTicket)
		default:
			commandRoute(s, spec, s.commandOfHall)
		}
	}
}

func commandRoute[I, O any](s *Server, spec queue.Spec, do func(context.Context, queue.Command, *I) (*O, error)) {
	by := make(roles, len(spec.By))
	for i, r := range spec.By {
		by[i] = string(r)
	}
	route(s, operationOf(spec), spec.Route, by, spec.En, func(ctx context.Context, in *I) (*O, error) { return do(ctx, spec.Command, in) })
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(spec.Command), true, "")
	s.described(spec.Route).RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

// described is the operation that stands at an address already; nil: none does.
func (s *Server) described(route string) *huma.Operation {
	method, path, _ := strings.Cut(route, " ")
	item := s.api.OpenAPI().Paths[path]
	switch {
	case item == nil:
		return nil
	case method == http.MethodPut:
		return item.Put
	}
	return item.Post
}

// operationOf names a command in the description of the API: ticket.reclassify is ticketReclassify.
func operationOf(spec queue.Spec) string {
	var b strings.Builder
	for i, part := range strings.FieldsFunc(spec.Command.Kind(), func(r rune) bool { return r == '.' || r == '-' }) {
		if i > 0 {
			part = strings.ToUpper(part[:1]) + part[1:]
		}
		b.WriteString(part)
	}
	return b.String()
}

// withBody reads the fields of a command; those that the address gives are not among them.
func withBody(cmd queue.Command, body []byte) (queue.Command, error) {
	v := reflect.New(reflect.TypeOf(cmd))
	if len(bytes.TrimSpace(body)) == 0 {
		return v.Elem().Interface().(queue.Command), nil
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v.Interface()); err != nil {
		return nil, fail(BadValue, "the body: %v", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fail(BadJSON, "there is more behind the body's end")
	}
	return v.Elem().Interface().(queue.Command), nil
}

type bodyAtWindow struct {
	Seated
	RawBody []byte
}

func (s *Server) commandAtWindow(ctx context.Context, cmd queue.Command, in *bodyAtWindow) (*windowOut, error) {
	cmd, err := withBody(cmd, in.RawBody)
	if err != nil {
		return nil, err
	}
	return s.windowAnswer(ctx, in.Seated, queue.Addressed(cmd, in.seat(""), ""))
}

type bodyOnTicket struct {
	Keyed
	TicketPath
	RawBody []byte
}

func (s *Server) commandOnTicket(ctx context.Context, cmd queue.Command, in *bodyOnTicket) (*ticketOut, error) {
	cmd, err := withBody(cmd, in.RawBody)
	if err != nil {
		return nil, err
	}
	return s.ticketAnswer(ctx, in.Keyed, queue.Addressed(cmd, queue.Seat{}, queue.TicketID(in.ID)))
}

type bodyOfHall struct {
	Keyed
	RawBody []byte
}

func (s *Server) commandOfHall(ctx context.Context, cmd queue.Command, in *bodyOfHall) (*dayOut, error) {
	cmd, err := withBody(cmd, in.RawBody)
	if err != nil {
		return nil, err
	}
	return s.dayAnswer(ctx, in.Keyed, cmd)
}
