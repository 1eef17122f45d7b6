// Package rack keeps every configured device alive: it opens the port, hands it to the driver, asks for signs of life, and tries again for ever. A dead
// device is a line of health, never a dead hall.
package rack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"halld/devices"
	"halld/devices/port"
	"halld/devices/profile"
)

// Options says what a rack works with.
type Options struct {
	Openers  map[string]devices.Opener
	Profiles *profile.Set
	Log      *slog.Logger
	Input    func(devices.Input)
	Read     func(devices.Reading) // nil: nobody wants to know

	Pseudonym func(number []byte) string                                      // see devices.Setting
	OnUp      func(id string)                                                 // a device is there, for the first time or again
	Proved    func(id, job string, proof devices.Proof)                       // a print that ended unproved is proved after all; nil: nobody wants to know
	Exercise  func(ctx context.Context, dev devices.Device, window int) error // of a device's roles, for the bench; nil: none
}

// Config is one device as set up.
type Config struct {
	ID, Kind, Profile, Port string
	Window, Address         int
	Set                     map[string]string
	Line                    port.Line // where it is set otherwise than the profile says; flow "none" takes the profile's away
}

const (
	retryFirst = 100 * time.Millisecond
	retryLast  = time.Second // so that a device that returns is there within two seconds
	steady     = time.Second // a port that hangs up sooner after its opening is opened again ever more slowly
	probeEvery = 2 * time.Second
	probeTime  = 3 * time.Second
	haltTime   = 500 * time.Millisecond
	haltEach   = 100 * time.Millisecond // more for each device on its line: they are halted one after the other
)

// Rack holds the devices.
type Rack struct {
	o    Options
	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup

	changing sync.Mutex       // held while the set-up changes, and while somebody else takes a port or opens it anew
	lines    map[string]*line // by the name of the port

	mu  sync.Mutex
	all map[string]*slot
	ids []string
}

type slot struct {
	cfg      Config
	every    time.Duration  // between two probes
	dev      devices.Device // nil while it is away
	line     *line
	port     devices.Port  // while it is there
	turn     *devices.Turn // of a line that it shares
	seen     time.Time
	answered time.Time // by a driver that it had before
	witness  *devices.Witness
	sent     time.Time
	problems map[string]devices.Problem
	past     []Past
	why      string          // the problem for which it is away
	opening  int             // counts the drivers it had
	said     map[string]bool // codes that its present driver reported
	flutters map[string]flutter
	spared   bool // the line is opened anew for the sake of others: it is not blanked
}

// New makes an empty rack.
func New(o Options) *Rack {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Read == nil {
		o.Read = func(devices.Reading) {}
	}
	if o.Proved == nil {
		o.Proved = func(string, string, devices.Proof) {}
	}
	r := &Rack{o: o, all: map[string]*slot{}, lines: map[string]*line{}}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

// Stop blanks the boards and closes every port.
func (r *Rack) Stop() {
	r.stop()
	r.changing.Lock() // a change under way has seen it
	defer r.changing.Unlock()
	r.wg.Wait()
}

// code is the problem for which a device could not be opened, or went away.
func code(err error) string {
	var m profile.Misfit
	if errors.As(err, &m) {
		return m.Code
	}
	if known := devices.ProblemOf(err); known != "" {
		return known
	}
	switch {
	case errors.Is(err, port.ErrDenied):
		return "port-denied"
	case errors.Is(err, port.ErrBusy):
		return "port-busy"
	case errors.Is(err, errProfile), errors.Is(err, port.ErrSetting):
		return "bad-profile"
	case errors.Is(err, port.ErrNoSound):
		return "no-sound"
	default:
		return "unplugged"
	}
}

var errProfile = errors.New("the profile cannot be used")

// watch returns when the device hung up or the context ended. A device that only stays silent keeps its port: the driver reports it.
func (r *Rack) watch(ctx context.Context, s *slot, dev devices.Device) error {
	r.mu.Lock()
	s.dev = dev
	s.over(s.why)
	s.why = ""
	every := s.every
	r.mu.Unlock()
	if r.o.OnUp != nil {
		r.o.OnUp(s.cfg.ID)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	hung := time.NewTicker(250 * time.Millisecond)
	defer hung.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-hung.C:
			if l, ok := dev.(interface{ Lost() error }); ok && l.Lost() != nil {
				return l.Lost()
			}
		case <-tick.C:
			probe, cancel := context.WithTimeout(devices.AtLeisure(ctx), max(probeTime, 2*every)) // on a full line it waits for its turn
			err := dev.Probe(probe)
			cancel()
			if errors.Is(err, port.ErrHangup) {
				return err
			}
			if now := r.every(s); now != every { // others came or went
				every = now
				tick.Reset(every)
			}
		}
	}
}

func (r *Rack) every(s *slot) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return s.every
}

func (r *Rack) begin(s *slot, c string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.why != c {
		s.over(s.why) // only the present reason holds
	}
	s.why = c
	if _, known := s.problems[c]; !known {
		p := devices.NewProblem(s.cfg.ID, c, time.Now())
		s.problems[c] = p
		if times, tell := s.loud(c, p.Since); tell {
			r.o.Log.Warn("device is away", "device", s.cfg.ID, "problem", c, "times", times, "err", err)
		}
	}
}

// enter begins with a new driver of a device, and returns how it reports. What an older one still says is not listened to.
func (r *Rack) enter(s *slot) func(devices.Problem) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.opening++
	s.spared = false
	mine := s.opening
	return func(p devices.Problem) {
		r.mu.Lock()
		if s.opening != mine {
			r.mu.Unlock()
			return
		}
		_, was := s.problems[p.Code]
		s.said[p.Code] = true
		back := p.Code == "silent" && p.Cleared && was && s.dev != nil
		r.note(s, p)
		r.mu.Unlock()
		if back && r.o.OnUp != nil {
			r.o.OnUp(s.cfg.ID) // it may have been without power
		}
	}
}

// leave ends what the driver of a device reported: the next one, perhaps of another device at the same port, begins anew.
func (r *Rack) leave(s *slot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.opening++
	for c := range s.said {
		s.over(c)
	}
	clear(s.said)
}

func (r *Rack) report(s *slot, p devices.Problem) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.note(s, p)
}

// note begins or ends a problem. The lock is held.
func (r *Rack) note(s *slot, p devices.Problem) {
	_, known := s.problems[p.Code]
	switch {
	case p.Cleared && known:
		s.over(p.Code)
		if s.flutters[p.Code].told {
			r.o.Log.Info("device problem is over", "device", p.Device, "problem", p.Code)
		}
	case !p.Cleared && !known:
		s.problems[p.Code] = p
		if times, tell := s.loud(p.Code, time.Now()); tell {
			r.o.Log.Warn("device problem", "device", p.Device, "problem", p.Code, "text", p.TextEn, "times", times)
		}
	}
}

// Report takes a problem that only others can see, such as a print that was not proved, into the health of its device.
func (r *Rack) Report(p devices.Problem) {
	r.mu.Lock()
	s := r.all[p.Device]
	r.mu.Unlock()
	if s != nil {
		r.report(s, p)
	}
}

// Get returns a device that is there now.
func (r *Rack) Get(id string) (devices.Device, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.all[id]
	if s == nil || s.dev == nil {
		return nil, false
	}
	return s.dev, true
}

// Missing says why a device is away, as a problem's code; empty if it is not.
func (r *Rack) Missing(id string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.all[id]
	if s == nil || s.dev != nil {
		return ""
	}
	return s.why
}

// Health lists every device in plain words, in the order of the hall file.
func (r *Rack) Health() []devices.Health {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]devices.Health, 0, len(r.ids))
	for _, id := range r.ids {
		s := r.all[id]
		h := devices.Health{ID: id, Kind: s.cfg.Kind, Profile: s.cfg.Profile, Port: s.cfg.Port, State: "ok", LastSeen: s.seen, LastSent: s.sent, SendOnly: r.sendOnly(s.cfg.Profile), Problems: []devices.Problem{},
			Hearing: r.hearing(s), Witness: s.witness}
		if s.cfg.Window > 0 {
			h.Window = fmt.Sprint(s.cfg.Window)
		}
		for _, p := range s.problems {
			h.Problems = append(h.Problems, p)
		}
		slices.SortFunc(h.Problems, func(a, b devices.Problem) int { return a.Since.Compare(b.Since) })
		switch {
		case slices.ContainsFunc(h.Problems, func(p devices.Problem) bool { return p.Severity == devices.Failing }):
			h.State = "failing"
		case len(h.Problems) > 0:
			h.State = "warning"
		case s.dev == nil:
			h.State = "starting"
		}
		out = append(out, h)
	}
	return out
}
