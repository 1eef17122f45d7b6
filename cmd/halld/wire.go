package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"

	"halld/devices"
	"halld/devices/drivers"
	"halld/devices/floor"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/rack"
	"halld/devices/wav"
	"halld/display"
	"halld/queue"
	"halld/queue/engine"
	"halld/queue/hallfile"
	"halld/queue/sqlite"
	"halld/queue/wait"
)

// systemOptions says what to start.
type systemOptions struct {
	Data      string
	Create    bool // make the hall if the folder has none
	Listen    string
	Opened    net.Listener      // instead of Listen, where the address has to be known before; closed with the system
	Config    *queue.Config     // applied first, if it differs from what the store has
	BadConfig error             // why Config cannot be applied; a hall that was set up before runs all the same
	Ports     map[string]string // stands in for ports of the configuration, by their names there
	Log       *slog.Logger

	// Around puts pages before the hall's own; nil: none.
	Around func(http.Handler) http.Handler
}

// core is the store and the engine on it.
type core struct {
	store  *sqlite.Store
	engine *engine.Engine
}

func startCore(o systemOptions) (*core, error) {
	store, err := sqlite.Open(o.Data, storeOptions(o))
	if o.Create && errors.Is(err, sqlite.ErrNoHall) {
		return createCore(o)
	}
	if err != nil {
		return nil, err
	}
	return openCore(store, o)
}

// createCore makes a new hall and starts it.
func createCore(o systemOptions) (*core, error) {
	store, err := sqlite.Create(o.Data, storeOptions(o))
	if err != nil {
		return nil, err
	}
	return openCore(store, o)
}

func openCore(store *sqlite.Store, o systemOptions) (*core, error) {
	eng, err := engine.Open(store, engineOptions(store, o))
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return &core{store, eng}, nil
}

func (c *core) close() {
	_ = c.engine.Close() // every commit is durable already; what fails here is closing what is no longer used
	_ = c.store.Close()
}

// byScript is who acts where the command line does.
var byScript = queue.Actor{Role: queue.Script, Name: "halld"}

// system is the whole daemon.
type system struct {
	*core
	log        *slog.Logger
	sessions   *sqlite.Sessions
	waits      *wait.Live
	rack       *rack.Rack
	floor      *floor.Floor
	server     *display.Server
	warm       *warmer
	technician *technician
	http       *http.Server
	faults     *hallFaults
	listener   net.Listener
	failed     chan error
	stop       context.CancelFunc
	done       chan struct{} // the floor's feed has ended

	devices func(queue.Config) []rack.Config // as the rack keeps them
}

// startSystem starts every part in order: core, screens, devices. On an error what was started is stopped again.
func startSystem(ctx context.Context, o systemOptions) (_ *system, err error) {
	c, err := startCore(o)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := &system{core: c, log: o.Log, waits: wait.NewLive(perPerson), failed: make(chan error, 1), listener: o.Opened, stop: stop, done: make(chan struct{})}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	s.faults = &hallFaults{s: s}
	if o.Config != nil {
		err := o.BadConfig
		if err == nil {
			err = s.configure(ctx, *o.Config)
		}
		if err != nil && s.engine.View().Config == nil {
			return nil, wrongUse{err}
		}
		if err != nil { // a bad file never keeps a hall from opening
			s.faults.refused = err.Error()
			o.Log.Error("the hall file was not applied; the hall runs as it was set up before", "err", err)
		}
	}
	if s.sessions, err = sqlite.OpenSessions(o.Data); err != nil {
		return nil, err
	}
	set, err := hallProfiles(o.Data, o.Log)
	if err != nil {
		return nil, err
	}
	sounds := &wav.Library{Folder: voiceFolder(o.Data), Cache: madeFolder(o.Data)}
	s.floor = floor.New(s.floorOptions(sounds))
	s.rack = rack.New(s.rackOptions(set))
	s.warm = newWarmer(ctx, sounds, set, o)
	s.technician = newTechnician(ctx, s, set, o.Data)
	s.server = display.New(s.displayOptions(o.Data))
	if s.listener == nil {
		if s.listener, err = listen(o.Listen); err != nil {
			return nil, err
		}
	}
	pages := s.server.Handler()
	if o.Around != nil {
		pages = o.Around(pages)
	}
	s.http = &http.Server{Handler: pages, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug)}
	go func() {
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	s.devices = func(c queue.Config) []rack.Config { return withRecordings(rackConfig(c, o.Ports), set, o.Data) }
	now := s.engine.View()
	if now.Config != nil {
		if err := s.rack.Apply(ctx, s.devices(*now.Config)); err != nil {
			return nil, err
		}
	}
	go s.feedFloor(ctx, now)
	return s, nil
}

// What each part is given. wiring_test.go asks of every field that stands empty here why it does.

func storeOptions(o systemOptions) sqlite.Options { return sqlite.Options{Log: o.Log} }

func engineOptions(store *sqlite.Store, o systemOptions) engine.Options {
	opts := engine.Options{Log: o.Log}
	if a, ok := store.Accepted(); ok {
		opts.First, opts.FirstBy = queue.AcceptLog{Seq: a.Seq, Anchored: a.Anchored, Skip: a.Skip, Why: a.Why}, a.By
	}
	return opts
}

func (s *system) floorOptions(sounds *wav.Library) floor.Options {
	return floor.Options{Do: s.engine.Do, Devices: lateRack{s}, Ticket: s.ticket, Ahead: s.ahead, Estimate: s.waits.Estimate,
		Missing: func(id string) string { return s.rack.Missing(id) }, Report: func(p devices.Problem) { s.rack.Report(p) }, Sound: soundOf(sounds, s.log), Log: s.log,
		Clock: func() queue.Clock { return s.engine.Clock().Quality }}
}

// rackOptions is called when the floor is there.
func (s *system) rackOptions(set *profile.Set) rack.Options {
	return rack.Options{Openers: drivers.All, Profiles: set, Log: s.log, Input: s.floor.Input, OnUp: s.floor.DeviceUp, Proved: s.floor.Proved, Exercise: func(ctx context.Context, dev devices.Device, window int) error {
		_, err := exercise(ctx, dev, window)
		return err // the rack knows what was answered
	},
		Read: func(r devices.Reading) { s.server.Read(r) }, Pseudonym: newPseudonyms(func() string { return string(s.engine.View().Day) })}
}

// displayOptions is called when all else is there.
func (s *system) displayOptions(data string) display.Options {
	return display.Options{Engine: engineScreens{s.engine}, Store: s.store, Health: s.rack, Bench: s.technician, Tokens: s.sessions, Setup: hallSetup{data},
		Metrics: newMetrics(s), Log: s.log, Waits: s.waits, Records: s.store, Announcer: pageVoices{s}, Faults: s.faults.list, Ready: s.ready}
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("serve screens: %w; another program has the port, is another halld running? End it, or choose another port with --listen", err)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("serve screens: %w; ports below 1024 are for root: choose another with --listen", err)
	case err != nil:
		return nil, fmt.Errorf("serve screens: %w; choose an address of this machine with --listen", err)
	}
	return l, nil
}

// lateRack lets the floor and the rack know each other although one is made first.
type lateRack struct{ s *system }

func (l lateRack) Get(id string) (devices.Device, bool) { return l.s.rack.Get(id) }

// ticket looks a ticket up for a slip; it is stored by then.
func (s *system) ticket(ctx context.Context, id queue.TicketID) (queue.Ticket, error) {
	return s.store.Ticket(ctx, id)
}

// ahead counts who will be called before a ticket.
func (s *system) ahead(ctx context.Context, id queue.TicketID) (int, error) {
	a, err := s.engine.Ticket(ctx, id)
	return a.Ahead, err
}

// ready tells why the hall cannot work now.
func (s *system) ready() error {
	if err := s.store.State().Fault; err != nil {
		return fmt.Errorf("nothing can be stored: %w", err)
	}
	if s.engine.Faulty() {
		return errors.New("the store does not take writes; see the log, free disk space or check the disk")
	}
	return nil
}

// configure sets the hall up, unless it is so already.
func (s *system) configure(ctx context.Context, cfg queue.Config) error {
	if v := s.engine.View(); v.Config != nil && len(hallfile.Difference(*v.Config, cfg)) == 0 {
		return nil
	}
	if _, err := s.engine.Do(ctx, "", byScript, queue.Configure{Config: cfg}); err != nil {
		return fmt.Errorf("set the hall up: %w", err)
	}
	return nil
}

// feedFloor hands what happens to the devices, which are set up as in a view. A feed that fell behind starts again from the present state.
func (s *system) feedFloor(ctx context.Context, now *queue.View) {
	defer close(s.done)
	var others sync.WaitGroup
	defer others.Wait()
	others.Go(func() { s.feedWaits(ctx) }) // by itself: it reads days of events when it begins
	setups := make(chan *queue.View, 1)
	others.Go(func() { s.feedRack(ctx, setups) }) // by itself: it waits for ports
	setup := now.Setup
	s.engine.Follow(ctx, 256, func(t engine.Told) {
		s.floor.Update(t.View, t.Events) // first: nobody shows anything on what goes
		s.warm.look(t.View.Config)
		if t.View.Setup == setup || t.View.Config == nil {
			return
		}
		setup = t.View.Setup
		select {
		case <-setups: // it was not looked at yet, and does not hold any more
		default:
		}
		setups <- t.View // there is room: nobody else puts anything in
	})
}

// feedRack lets the devices follow the set-up, the latest one where several came meanwhile.
func (s *system) feedRack(ctx context.Context, setups <-chan *queue.View) {
	for {
		select {
		case <-ctx.Done():
			return
		case v := <-setups:
			begun := time.Now()
			err := s.rack.Apply(ctx, s.devices(*v.Config))
			switch {
			case ctx.Err() != nil || errors.Is(err, rack.ErrStopped):
				return
			case err != nil:
				s.log.Error("the devices do not follow the set-up: apply the hall file again", "setup", v.Setup, "err", err)
			default:
				s.log.Info("the devices follow the set-up", "setup", v.Setup, "devices", len(v.Config.Devices), "took", time.Since(begun).Round(time.Millisecond))
			}
		}
	}
}

// perPerson is how long a person takes at a window where the hall has seen nothing yet.
const perPerson = 5 * time.Minute

// feedWaits keeps the estimates of waits.
func (s *system) feedWaits(ctx context.Context) {
	s.engine.Follow(ctx, 256, func(t engine.Told) {
		if !t.Anew {
			s.waits.See(t.Events)
			return
		}
		err := s.waits.Anew(func(see func(queue.Event)) error { return s.store.LatestDays(ctx, t.View.Seq, see) })
		if err != nil && ctx.Err() == nil {
			s.log.Warn("estimates of waits begin with nothing: the events of the latest days could not be read", "err", err)
		}
	})
}

func rackConfig(c queue.Config, ports map[string]string) []rack.Config {
	var out []rack.Config
	for _, d := range c.Devices {
		name := d.Port
		if p, ok := ports[name]; ok {
			name = p
		}
		window, err := strconv.Atoi(string(d.Window))
		if err != nil {
			window = 0 // stands at no window
		}
		out = append(out, rack.Config{ID: string(d.ID), Kind: d.Kind, Profile: d.Profile, Port: name, Window: window, Address: d.Address, Set: d.Set,
			Line: port.Line{Baud: d.Line.Baud, Format: d.Line.Format, Flow: d.Line.Flow, RS485: d.Line.RS485}})
	}
	return out
}

// engineScreens is the engine as the screens see it.
type engineScreens struct{ *engine.Engine }

func (e engineScreens) Clock() (quality queue.Clock, ahead time.Duration, why string) {
	c := e.Engine.Clock()
	return c.Quality, c.Ahead, c.String()
}

func (e engineScreens) Follow(ctx context.Context, buffer int, each func(display.Told)) {
	e.Engine.Follow(ctx, buffer, func(t engine.Told) { each(display.Told(t)) })
}

func (s *system) url() string { return "http://" + s.listener.Addr().String() }

// wait returns when the context ends or serving fails.
func (s *system) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return fmt.Errorf("serve screens: %w", err)
	}
}

// close stops everything in reverse order. Devices are left blank.
func (s *system) close() {
	if s.http != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		s.server.Close()
		_ = s.http.Shutdown(ctx) // what is still open after three seconds is cut
		cancel()
	}
	if s.technician != nil {
		s.technician.close()
	}
	if s.rack != nil {
		s.rack.Stop()
	}
	s.stop()
	if s.floor != nil {
		s.floor.Close()
	}
	if s.warm != nil {
		s.warm.close()
	}
	if s.http != nil {
		<-s.done
	}
	if s.sessions != nil {
		_ = s.sessions.Close()
	}
	s.core.close()
}
