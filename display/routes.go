package display

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"halld/devices"
	"halld/queue"
)

// How large a request may be, in bytes. A set-up is larger: a county's catalogue has some two thousand items, each with its materials.
const (
	bodyLimit  = 64 << 10
	setupLimit = 8 << 20
)

// routes holds every address of the server. Handlers are in the file of their noun.
func (s *Server) routes() {
	route(s, "issueTicket", "POST /api/tickets", givesNumber, "Give a number", s.issueTicket, 201)
	route(s, "getTicket", "GET /api/tickets/{id}", insiders, "Show a ticket", s.getTicket)
	route(s, "getTicketCode", "GET /api/tickets/{id}/code", atKiosk, "The QR code of a ticket, for a screen to draw where no paper comes out", s.getTicketCode)
	route(s, "reprintTicket", "POST /api/tickets/{id}/reprint", atKiosk, "Print a ticket again (补打)", s.reprintTicket)
	route(s, "cancelTicket", "POST /api/tickets/{id}/cancel", cancels, "Give a place up", s.cancelTicket)
	route(s, "keepTicket", "POST /api/tickets/{id}/keep", atKiosk, "Wait without a proved print", s.keepTicket)
	route(s, "returnTicket", "POST /api/tickets/{id}/return", takesBack, "Put a missed ticket back in line", s.returnTicket)
	route(s, "rateTicket", "POST /api/tickets/{id}/rating", atKiosk, "Rate a service", s.rateTicket)

	route(s, "openWindow", "POST /api/windows/{window}/open", atWindow, "Staff a window, or end its pause", s.openWindow)
	route(s, "pauseWindow", "POST /api/windows/{window}/pause", atWindow, "Stop calls to a window", s.pauseWindow)
	route(s, "closeWindow", "POST /api/windows/{window}/close", atWindow, "End the staffing of a window", s.closeWindow)
	route(s, "call", "POST /api/windows/{window}/call", atWindow, "Call the next ticket, or one out of turn", s.call)
	route(s, "recall", "POST /api/windows/{window}/recall", atWindow, "Call the same ticket again", s.recall)
	route(s, "serve", "POST /api/windows/{window}/serve", atWindow, "The citizen is at the window", s.serve)
	route(s, "finish", "POST /api/windows/{window}/finish", atWindow, "End the service with an outcome", s.finish)
	route(s, "noShow", "POST /api/windows/{window}/no-show", atWindow, "Nobody came", s.noShow)
	route(s, "undoMiss", "POST /api/windows/{window}/undo-miss", atWindow, "Take the last miss back", s.undoMiss)
	route(s, "giveBack", "POST /api/windows/{window}/give-back", atWindow, "Put the called ticket back to its place", s.giveBack)
	route(s, "hold", "POST /api/windows/{window}/hold", atWindow, "Lay the ticket aside", s.hold)
	route(s, "resume", "POST /api/windows/{window}/resume", atWindow, "Go on with a held ticket, or end a pause", s.resume)
	route(s, "transfer", "POST /api/windows/{window}/transfer", atWindow, "Send the visit on to another queue", s.transfer)

	route(s, "getHall", "GET /api/hall", everybody, "The hall as it is now", s.getHall)
	route(s, "getCatalogue", "GET /api/catalogue", insiders, "What can be done in this hall", s.getCatalogue)
	route(s, "getLine", "GET /api/queues/{id}/tickets", seesLine, "Who waits, in calling order", s.getLine)
	s.handSheetRoute()
	route(s, "getDevices", "GET /api/devices", managing, "What stands in the hall and how it is", s.getDevices)
	route(s, "getOverview", "GET /api/overview", managing, "Is the hall well", s.getOverview)
	tableRoute[DaysPage](s, "getDays", "GET /api/days", managing, "The service days, newest first", s.getDays)
	tableRoute[DayFigures](s, "getDayFigures", "GET /api/days/{day}/figures", managing, "What came of a service day, open or closed", s.getDayFigures)
	tableRoute[TicketsPage](s, "getTickets", "GET /api/tickets", seesLine, "Tickets of any day; a clerk sees those of the window he sits at, today", s.getTickets)
	route(s, "getVisit", "GET /api/visits/{id}", managing, "The whole story of a visit: its legs, and who did what when", s.getVisit)
	route(s, "getDay", "GET /api/day", everybody, "The service day: hours, whether numbers are given, whether the clock is trusted", s.getDay)
	route(s, "openDay", "POST /api/day/open", managing, "Open the service day", s.openDay)
	route(s, "closeDay", "POST /api/day/close", managing, "Close the service day", s.closeDay)
	route(s, "skipDay", "POST /api/day/skip", managing, "Stay closed on a date", s.skipDay)
	route(s, "unskipDay", "POST /api/day/unskip", managing, "Open after all on a date that was to be skipped", s.unskipDay)
	route(s, "pauseIssue", "POST /api/day/pause", managing, "Give no numbers for now", s.pauseIssue)
	route(s, "resumeIssue", "POST /api/day/resume", managing, "Give numbers again", s.resumeIssue)
	route(s, "pauseQueue", "POST /api/queues/{id}/pause", managing, "Give no numbers of a queue for now", s.pauseQueue)
	route(s, "resumeQueue", "POST /api/queues/{id}/resume", managing, "Give numbers of a queue again", s.resumeQueue)
	route(s, "lockKiosk", "POST /api/kiosks/{id}/lock", managing, "Lock a kiosk", s.lockKiosk)
	route(s, "unlockKiosk", "POST /api/kiosks/{id}/unlock", managing, "Unlock a kiosk", s.unlockKiosk)
	route(s, "confirmClock", "POST /api/clock/confirm", managing, "Confirm the machine's clock after a jump", s.confirmClock)

	if s.setup != nil {
		route(s, "getConfig", "GET /api/config", managing, "The hall's set-up as a hall file", s.getConfig)
		route(s, "putConfig", "PUT /api/config", onlyAdmin, "Change the set-up of the running hall, or tell what would change", s.putConfig)
	}

	route(s, "getPrinter", "GET /api/printers/{printer}", atKiosk, "Whether a kiosk's printer prints now, and why not", s.getPrinter)
	route(s, "getReading", "GET /api/readers/{device}/reading", atKiosk, "What a card or code reader read last; waits a short time for something new", s.getReading)

	route(s, "nextSpoken", "GET /api/voice/next", speaks, "What a hall-board page is to speak now; waits a short time for something. Asking again is the receipt", s.nextSpoken)
	route(s, "getSound", "GET /api/voice/sound", speaks, "The sound of what is spoken now, as a WAV file", s.getSound)

	s.benchRoutes()
	s.commandRoutes()

	s.mux.HandleFunc("GET /api/live", s.live)
	s.mux.HandleFunc("GET /api/openapi.json", s.getOpenAPI)
	s.mux.HandleFunc("GET /healthz", s.healthz)
	s.mux.HandleFunc("GET /t/{id}", s.ticketPage)
	s.mux.HandleFunc("GET /ticket.js", s.ticketScript)
	if s.metrics != nil {
		s.mux.Handle("GET /metrics", s.metrics)
	}
	s.mux.HandleFunc("/api/", s.nothingHere)
	s.mux.HandleFunc("/", s.screen)
	describeLive(s.api)
	tidySchemas(s.api)
}

// newAPI makes the router: no docs page (it would load from the internet), no schema links, own errors.
func newAPI(mux *http.ServeMux) huma.API {
	cfg := huma.DefaultConfig("halld", "1")
	cfg.Info.Description = "A service hall: tickets, windows, ratings. Every state change is a POST and may carry Idempotency-Key: " +
		"the same key answers the same thing, and what it says of the hall rather than of what was decided (the windows of a ticket, its expected wait, the day) is of the moment of the answer. Refusals are problem documents with a stable code."
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "", "", ""
	cfg.CreateHooks = nil
	cfg.Transformers = []huma.Transformer{ownErrors}
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "made with halld token create --role kiosk|board|clerk|manager|admin"},
	}
	return humago.New(mux, cfg)
}

// schemaName names a type in the description of the API: those of a device are told apart from ours.
func schemaName(t reflect.Type, hint string) string {
	switch t {
	case reflect.TypeFor[devices.Problem]():
		return "DeviceProblem"
	case reflect.TypeFor[devices.Health]():
		return "DeviceHealth"
	}
	return huma.DefaultSchemaNamer(t, hint)
}

// operation describes one route: who may use it, and what it refuses before a handler sees it.
func (s *Server) operation(id, pattern string, allowed roles, summary string) huma.Operation {
	method, path, _ := strings.Cut(pattern, " ")
	limit := int64(bodyLimit)
	if pattern == "PUT /api/config" {
		limit = setupLimit
	}
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{strings.Split(path, "/")[2]},
		Description:  "For: " + strings.Join(append(allowed[:len(allowed):len(allowed)], RoleAdmin), ", ") + ".",
		MaxBodyBytes: limit + 1, // the router refuses at the limit itself
		Security:     []map[string][]string{{"token": {}}},
		Middlewares:  huma.Middlewares{s.authorise(allowed), s.knownQuery},
		Responses:    map[string]*huma.Response{"default": problemResponse(s.api)},
	}
}

// knownQuery refuses a parameter that the operation does not have: what is passed over in silence is answered wrongly.
func (s *Server) knownQuery(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	var known []string
	for _, p := range ctx.Operation().Parameters {
		if p.In == "query" {
			known = append(known, p.Name)
		}
	}
	if err := onlyQuery(r, known...); err != nil {
		s.refuse(w, r, err)
		return
	}
	next(ctx)
}

// onlyQuery refuses a request with any parameter but these, or with one of them twice.
func onlyQuery(r *http.Request, known ...string) error {
	if r.URL.RawQuery == "" {
		return nil
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return fail(BadValue, "what stands behind the question mark cannot be read: %v", err)
	}
	var bad []BadDetail
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case !slices.Contains(known, name):
			bad = append(bad, BadDetail{Location: "query." + name, Message: "there is no such parameter here", MessageZh: "这里没有这个参数", Value: values.Get(name)})
		case len(values[name]) > 1:
			bad = append(bad, BadDetail{Location: "query." + name, Message: "it is given more than once", MessageZh: "这个参数给了不止一次"})
		}
	}
	if len(bad) == 0 {
		return nil
	}
	p := newProblem(BadValue, "a parameter is not known here; see /api/openapi.json")
	p.Errors = bad
	return p
}

// route registers one operation. Whatever error a handler returns leaves as a Problem.
func route[I, O any](s *Server, id, pattern string, allowed roles, summary string, handler func(context.Context, *I) (*O, error), status ...int) {
	op := s.operation(id, pattern, allowed, summary)
	if len(status) > 0 {
		op.DefaultStatus = status[0]
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, s.problemOf(ctx, err)
		}
		return out, nil
	})
}

// problemResponse documents how every refusal looks.
func problemResponse(api huma.API) *huma.Response {
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	return &huma.Response{Description: "A refusal or a fault", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}}
}

// tidySchemas says in the schemas what the router cannot read from the types.
func tidySchemas(api huma.API) {
	all := api.OpenAPI().Components.Schemas.Map()
	for _, unused := range []string{"ErrorModel", "ErrorDetail"} {
		delete(all, unused) // the router's own error form, which never leaves
	}
	for _, null := range []struct{ schema, field string }{{"Window", "ticket"}, {"WindowAnswer", "ticket"}, {"Overview", "figures"}} {
		f := all[null.schema].Properties[null.field]
		all[null.schema].Properties[null.field] = &huma.Schema{OneOf: []*huma.Schema{{Ref: f.Ref}, {Type: "null"}}, Description: f.Description}
	}
}

// openAPI writes the description of the API. It is the same bytes every time.
func openAPI(api huma.API) ([]byte, error) { return api.OpenAPI().MarshalJSON() }

func (s *Server) getOpenAPI(w http.ResponseWriter, r *http.Request) {
	if err := onlyQuery(r); err != nil {
		s.refuse(w, r, err)
		return
	}
	b, err := s.openapi()
	if err != nil {
		s.refuse(w, r, &fault{code: Internal, doing: "describe the API", err: err})
		return
	}
	w.Header().Set("Content-Type", "application/json")
	s.write(w, b)
}

// nothingHere answers every address below /api/ that no route took: a wrong method, or nothing.
func (s *Server) nothingHere(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = m
		if _, pattern := s.mux.Handler(other); pattern != "/api/" {
			allowed = append(allowed, m)
		}
	}
	if len(allowed) > 0 {
		all := strings.Join(allowed, ", ")
		w.Header().Set("Allow", all)
		s.refuse(w, r, fail(BadMethod, "%s takes %s, not %s", r.URL.Path, all, r.Method))
		return
	}
	s.refuse(w, r, fail(NotFound, "there is no %s; see /api/openapi.json", r.URL.Path))
}

// healthz tells a watchdog whether the hall can work.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	if s.ready != nil {
		if err := s.ready(); err != nil {
			s.refuse(w, r, &fault{code: Unavailable, doing: "health check", err: err})
			return
		}
	}
	v := s.view()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	s.write(w, []byte(`{"status":"ok","seq":`+strconv.FormatUint(v.Seq, 10)+`,"service_day":`+strconv.Quote(string(v.Day))+"}\n"))
}

// write sends a body; a caller that has gone is no fault.
func (s *Server) write(w http.ResponseWriter, b []byte) {
	if _, err := w.Write(b); err != nil {
		s.log.Debug("write answer", "err", err)
	}
}

// Keyed takes the idempotency key of a request.
type Keyed struct {
	Key string `header:"Idempotency-Key" doc:"the same key answers the same thing; at most 200 printable ASCII characters"`
}

// longestKey is how long an idempotency key may be, in bytes.
const longestKey = 200

// keyOf makes the key that the engine sees: tokens cannot reach each other's answers. Empty without a key.
func (k Keyed) keyOf(ctx context.Context) string {
	if k.Key == "" {
		return ""
	}
	return callerOf(ctx).id + ":" + k.Key // the id has no colon
}

// do has a command done for the caller of a request.
func (s *Server) do(ctx context.Context, k Keyed, cmd queue.Command) (queue.Answer, error) {
	if len(k.Key) > longestKey || strings.ContainsFunc(k.Key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return queue.Answer{}, fail(BadKey, "an Idempotency-Key is 1 to %d printable ASCII characters", longestKey)
	}
	a, err := s.engine.Do(ctx, k.keyOf(ctx), callerOf(ctx).actor(), cmd)
	if err != nil {
		return queue.Answer{}, notDone(cmd, err)
	}
	return a, nil
}

// orZero is what an optional body holds.
func orZero[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
