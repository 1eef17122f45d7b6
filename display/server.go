// Package display is what people see in a browser: the API, the live push and the screens. It asks the hall through Engine and reads
// through Store; it decides nothing itself and keeps nothing that is not stored.
//
//	srv := display.New(display.Options{Engine: eng, Store: store, Health: rack, Tokens: tokens, Log: log})
//	httpServer := &http.Server{Handler: srv.Handler(), ReadHeaderTimeout: 10 * time.Second}
//	… httpServer.Shutdown(ctx); srv.Close() // Shutdown leaves the live connections open: Close ends them
package display

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"halld/devices"
	"halld/display/web"
	"halld/queue"
	"halld/queue/report"
	"halld/queue/wait"
)

// Engine is the one writer of the hall, as the display needs it.
type Engine interface {
	// Do has a command decided and stored. An error is a *queue.Refusal, or a fault: then it is not known whether the command was
	// stored, and repeating it with the same key finds out. An empty key stands for no repetition. ctx ends the wait, not the command.
	Do(ctx context.Context, key string, by queue.Actor, cmd queue.Command) (queue.Answer, error)
	// Try tells whether a command would be refused, and changes nothing.
	Try(ctx context.Context, by queue.Actor, cmd queue.Command) error
	// View returns the latest stored picture of the hall. It is never changed after it was returned.
	View() *queue.View
	// Now is hall time, and Clock whether it can be trusted, how far the machine's clock is ahead of it (negative: behind), and what is wrong.
	Now() time.Time
	Clock() (quality queue.Clock, ahead time.Duration, why string)
	// Ticket returns a ticket that the hall holds, by its id or by its number of today, with how many will be called before it.
	Ticket(ctx context.Context, idOrNumber queue.TicketID) (queue.Answer, error)
	// Line returns the first tickets that wait in a queue, in the order in which they will be called, and how many wait in all.
	Line(ctx context.Context, q queue.QueueID, limit int) (line []queue.Answer, total int, err error)
	// HandSheet returns what the hall can go on with on paper.
	HandSheet(ctx context.Context) (queue.HandSheet, error)
	// HeldBy returns the live tickets of a person today.
	HeldBy(ctx context.Context, p queue.PersonKey) ([]queue.Ticket, error)
	// Follow hands what is stored to each, a batch at a time, until the context or the engine ends.
	Follow(ctx context.Context, buffer int, each func(Told))
}

// Told is one stored batch: its events in order, and the hall after the last of them. Anew says that what was told before counts no more.
type Told struct {
	Events []queue.Event
	View   *queue.View
	Anew   bool
}

// Store reads what the engine stored.
type Store interface {
	// Ticket returns one leg; a ticket that never was is refused with queue.UnknownTicket.
	Ticket(ctx context.Context, id queue.TicketID) (queue.Ticket, error)
	// Events returns at most limit events with a sequence number above after, in order and without gaps.
	Events(ctx context.Context, after uint64, limit int) ([]queue.Event, error)
}

// Health lists the devices of the hall.
type Health interface{ Health() []devices.Health }

// Tokens knows who may do what: ok is false for a token that was never given out or was taken back. The name is the same for every
// use of the token and says whose it is (kiosk-1, clerk-zhang).
type Tokens interface {
	Lookup(token string) (role, name string, ok bool)
}

// Records reads what days there were and what happened on them.
type Records interface {
	// Openings returns the service days, newest first, at most limit (0: all), and how many there are.
	Openings(ctx context.Context, limit int) (days []report.Opening, total int, err error)
	// Figures returns the figures of a day, open or closed; ok is false for a day that never was.
	Figures(ctx context.Context, day queue.DayID, now time.Time) (d report.Day, ok bool, err error)
	// Records returns a page of tickets. After a ticket that never was it is refused with queue.UnknownTicket.
	Records(ctx context.Context, f report.Filter) (report.Page, error)
	// Visit returns the legs of a visit and every event about them; no legs: there is no such visit.
	Visit(ctx context.Context, id queue.VisitID) ([]queue.Ticket, []queue.Event, error)
}

// Waits tells how long people wait.
type Waits interface {
	// Estimate says how long somebody waits who has ahead others of a queue before him.
	Estimate(v *queue.View, q queue.QueueID, ahead int) wait.Minutes
	// Over counts those who wait in a queue now for longer than d.
	Over(q queue.QueueID, d time.Duration, now time.Time) int
}

// Options are the parts a Server is built from. Engine, Store and Tokens must be given; the others may be left out.
type Options struct {
	Engine  Engine
	Store   Store
	Health  Health // nil: a hall without devices
	Bench   Bench  // nil: devices are only listed
	Tokens  Tokens
	Setup   Setup        // nil: the set-up is not offered
	Metrics http.Handler // serves /metrics; nil: 404
	Screens fs.FS        // the built screens; nil: those in the binary
	Log     *slog.Logger // nil: nothing is logged
	Waits   Waits        // nil: no estimates
	Records Records      // nil: no figures, and nothing of earlier days
	// Announcer has the hall-board pages speak; nil: they are silent.
	Announcer Announcer
	// Faults lists the faults of the hall itself: its clock, its day, its store; nil: none.
	Faults func() []devices.Problem
	// Ready tells why the hall cannot work now, for /healthz; nil, or a nil error: it can.
	Ready func() error

	// IssueRate is how many tickets one token may ask for in a second, and at once. It guards the numbers of a day against a
	// program gone wild, not against people. 0: 20000.
	IssueRate int
	// MaxLive is how many live connections there may be, 0: 2000. One costs about 12 KB.
	MaxLive int
}

// Server answers everything that comes over HTTP.
type Server struct {
	engine   Engine
	store    Store
	health   Health
	bench    Bench
	benches  sync.WaitGroup // connections that watch a line
	watching chan struct{}  // holds one for each of them
	tokens   Tokens
	setup    Setup
	metrics  http.Handler
	screens  fs.FS
	build    string // of the screens
	log      *slog.Logger
	waits    Waits
	records  Records
	ready    func() error
	faults   func() []devices.Problem
	voice    Announcer
	issues   issueLimits
	readings readings
	hub      *hub
	mux      *http.ServeMux
	api      huma.API
	openapi  func() ([]byte, error)
	handler  http.Handler
	closing  context.Context
	closeAll context.CancelFunc
}

// New builds the server and starts listening to the engine. Close ends it.
func New(o Options) *Server {
	s := &Server{
		engine: o.Engine, store: o.Store, health: o.Health, tokens: o.Tokens, setup: o.Setup, metrics: o.Metrics, screens: o.Screens,
		log: o.Log, waits: o.Waits, records: o.Records, ready: o.Ready, faults: o.Faults, voice: o.Announcer,
		mux: http.NewServeMux(), bench: o.Bench, watching: make(chan struct{}, mostWatching),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.screens == nil {
		s.screens = web.Files()
	}
	s.build = buildOf(s.screens)
	if o.IssueRate <= 0 {
		o.IssueRate = 20000
	}
	if o.MaxLive <= 0 {
		o.MaxLive = 2000
	}
	s.issues.perSecond = o.IssueRate
	s.closing, s.closeAll = context.WithCancel(context.Background())
	s.api = newAPI(s.mux)
	s.routes()
	s.openapi = sync.OnceValues(func() ([]byte, error) { return openAPI(s.api) })
	s.handler = s.guard(s.mux)
	s.hub = newHub(s, o.MaxLive)
	s.hub.start()
	return s
}

// Handler serves the API, the live push and the screens.
func (s *Server) Handler() http.Handler { return s.handler }

// Close ends the live connections, each with the close code 1001, and returns when all of them are gone. New ones are refused.
func (s *Server) Close() {
	s.closeAll()
	// A screen that takes nothing would hold its writer up to the write deadline: its cable is cut.
	cut := time.AfterFunc(closeWithin, s.hub.cut)
	defer cut.Stop()
	s.hub.wait()
	s.benches.Wait()
}

// closeWithin is how long a screen has to take the goodbye.
const closeWithin = time.Second

// LiveStats are the numbers of the live push since the start, except Connections, which is now.
type LiveStats struct {
	Connections int
	Messages    uint64 // written to all connections together
	Snapshots   uint64 // snapshots written, first ones included
	Behind      uint64 // times a connection fell behind and was given a snapshot instead
	Dropped     uint64 // connections closed because they took nothing in time
}

// Live returns the numbers of the live push.
func (s *Server) Live() LiveStats { return s.hub.stats() }

// now is hall time: what people read goes by it, never by the machine's clock.
func (s *Server) now() time.Time { return s.engine.Now() }

// view is the hall as it is stored; an engine that has no picture yet gives an empty one.
func (s *Server) view() *queue.View {
	if v := s.engine.View(); v != nil {
		return v
	}
	return &queue.View{}
}

// configOf is the set-up a view was made under, never nil.
func configOf(v *queue.View) *queue.Config {
	if v.Config != nil {
		return v.Config
	}
	return &queue.Config{}
}
