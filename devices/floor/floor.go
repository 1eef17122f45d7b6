// Package floor joins the hall and its devices. What the hall has stored goes out as a desired state: every board, caller and lamp is
// brought to the present face of its window, every pending print is printed once. What is pressed comes in as commands. It knows roles and
// the queue; it knows no protocol, no port and no store.
package floor

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"halld/devices"
	"halld/devices/speech"
	"halld/queue"
	"halld/queue/wait"
)

// Devices finds a device that is present now.
type Devices interface {
	Get(id string) (devices.Device, bool)
}

// Options is what a floor stands on. Do, Devices and Ticket are required.
type Options struct {
	// Do asks the hall. A refusal is a *queue.Refusal; any other error means "not known": the floor repeats with the same key.
	Do func(ctx context.Context, key string, by queue.Actor, cmd queue.Command) (queue.Answer, error)
	// Devices finds present devices; Ticket looks a stored ticket up for its slip.
	Devices Devices
	Ticket  func(ctx context.Context, id queue.TicketID) (queue.Ticket, error)

	Ahead    func(ctx context.Context, id queue.TicketID) (int, error)    // nil: counted from the view for first prints, left out on copies
	Estimate func(v *queue.View, q queue.QueueID, ahead int) wait.Minutes // how long who has ahead others before him waits; nil: no estimate on slips
	Missing  func(device string) (code string)                            // why a device is away; nil or "": unplugged
	Report   func(devices.Problem)                                        // problems that only the floor can see: unproved prints; nil: only logged
	// Sound makes the sound of a sentence as a WAV file, for the voices of pages; nil: pages get the text alone.
	Sound func(ctx context.Context, s speech.Sentence, chime bool) (wav []byte, lasts time.Duration, err error)
	// Clock tells whether the hall knows the time: where it does not, slips have none; nil: it does.
	Clock func() queue.Clock
	Log   *slog.Logger

	Refresh     time.Duration // a board is shown its face again after this, default 30 s
	PrinterWait time.Duration // a job waits so long for a printer that is away before it fails, default 10 s
}

// keyOutcome is what a key that ends a service says of its outcome: nothing. A key has no codes, and 当场办结 would be made up.
const keyOutcome = queue.NotStated

// Floor is the join. Its methods may be called from any goroutine and never wait for a device.
type Floor struct {
	o     Options
	log   *slog.Logger
	boot  string // makes the keys of this run unlike those of every other run
	count atomic.Uint64

	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu        sync.Mutex
	closed    bool
	view      *queue.View
	cfg       *queue.Config           // that the workers were made for
	setup     map[string]queue.Device // by ID
	shows     map[string]*show
	printers  map[string]*printing
	zones     map[queue.ZoneID]*announcer
	zoneOrder []queue.ZoneID
	unzoned   uint64 // calls to windows in no zone
	inputs    map[string]*inbox
	seen      chan struct{} // closed and replaced at every Update
}

// New makes a floor. It does nothing before the first Update.
func New(o Options) *Floor {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Refresh <= 0 {
		o.Refresh = 30 * time.Second
	}
	if o.PrinterWait <= 0 {
		o.PrinterWait = 10 * time.Second
	}
	f := &Floor{o: o, log: o.Log, boot: rand.Text()[:10], setup: map[string]queue.Device{}, shows: map[string]*show{}, printers: map[string]*printing{},
		zones: map[queue.ZoneID]*announcer{}, inputs: map[string]*inbox{}, seen: make(chan struct{})}
	f.ctx, f.stop = context.WithCancel(context.Background())
	return f
}

// Run keeps the floor until ctx ends, then closes it.
func (f *Floor) Run(ctx context.Context) {
	<-ctx.Done()
	f.Close()
}

// Close ends all work and waits for it. A print under way is recorded as unknown.
func (f *Floor) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.stop()
	f.wg.Wait()
}

// Update brings the devices to a new state of the hall. Events are what led to it; nil after a resume, when only the state is known.
func (f *Floor) Update(v *queue.View, events []queue.Event) {
	if v == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || f.view != nil && v.Seq < f.view.Seq {
		return
	}
	calls := events
	if events == nil && f.view != nil {
		calls = unheard(f.view, v)
	}
	first := f.view == nil
	f.view = v
	if v.Config != f.cfg && v.Config != nil {
		f.cfg = v.Config
		f.arrange(v.Config)
	}
	again, asked := touched(events)
	for _, s := range f.shows {
		face := faceOf(v, s.window)
		s.want(face, again[s.window], asked[s.window])
	}
	if first && events == nil {
		f.passOver(v)
	}
	for _, e := range calls {
		f.announce(v, e)
	}
	for _, j := range v.Jobs {
		f.printer(string(j.Printer))
	}
	for id, p := range f.printers {
		if p.gone.Load() && !slices.ContainsFunc(v.Jobs, func(j queue.PrintJob) bool { return string(j.Printer) == id }) {
			p.cancel()
			delete(f.printers, id)
			continue
		}
		p.poke()
	}
	close(f.seen)
	f.seen = make(chan struct{})
}

// touched says which windows must show their face again although it may be the same, and which pads are to ask for a rating.
func touched(events []queue.Event) (again, asked map[queue.WindowID]bool) {
	for _, e := range events {
		switch fact := e.Fact.(type) {
		case queue.TicketRecalled:
			if again == nil {
				again = map[queue.WindowID]bool{}
			}
			again[fact.Window] = true
		case queue.TicketDone:
			if fact.Outcome == queue.NotThere || fact.Outcome == queue.WrongTicket {
				continue // nobody was served
			}
			if asked == nil {
				asked = map[queue.WindowID]bool{}
			}
			asked[fact.Window] = true
		}
	}
	return again, asked
}

// arrange gives every device of the set-up its worker and lets go of those that are gone. The lock is held.
func (f *Floor) arrange(cfg *queue.Config) {
	old := f.setup
	f.setup = make(map[string]queue.Device, len(cfg.Devices))
	for _, d := range cfg.Devices {
		f.setup[string(d.ID)] = d
	}
	for id := range old {
		d, stays := f.setup[id]
		if stays && d.Window == old[id].Window && d.Kind == old[id].Kind {
			continue
		}
		if s := f.shows[id]; s != nil {
			s.cancel()
			delete(f.shows, id)
		}
	}
	for id, b := range f.inputs {
		if _, stays := f.setup[id]; !stays {
			b.cancel()
			delete(f.inputs, id)
		}
	}
	f.arrangeVoices(cfg)
	for id, d := range old {
		if p := f.printers[id]; p != nil && isPrinter(d) {
			p.gone.Store(!isPrinter(f.setup[id]))
		}
	}
	for id, d := range f.setup {
		kinds := strings.Split(d.Kind, "+")
		switch {
		case isPrinter(d):
			f.printer(id).gone.Store(false)
		case slices.Contains(kinds, "voice"): // its zone's
		case d.Window != "" && f.shows[id] == nil:
			f.shows[id] = f.newShow(id, d.Window)
		}
	}
}

// printer finds or makes the print worker of a printer. The lock is held.
func (f *Floor) printer(id string) *printing {
	p := f.printers[id]
	if p == nil {
		p = f.newPrinting(id)
		f.printers[id] = p
	}
	return p
}

// DeviceUp says that a device has come or come back: it is brought to the present state at once.
func (f *Floor) DeviceUp(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.shows[id]; s != nil {
		s.force()
	}
	if p := f.printers[id]; p != nil {
		p.poke()
	}
}

// Quiet keeps a device from being shown its face again merely because time passed, until a moment: somebody shows something else on it. What is called
// meanwhile is shown at once.
func (f *Floor) Quiet(id string, until time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.shows[id]; s != nil {
		s.rest(until)
	}
}

// View is the state the floor was told last; nil before the first Update.
func (f *Floor) View() *queue.View {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.view
}

// key makes an idempotency key that no other command ever had.
func (f *Floor) key(what string) string {
	return "floor/" + f.boot + "/" + what + "/" + strconv.FormatUint(f.count.Add(1), 10)
}

// do asks the hall on behalf of a device, and repeats with the same key while the answer is not known. A refusal is final.
func (f *Floor) do(ctx context.Context, key, device string, cmd queue.Command) (queue.Answer, error) {
	by := queue.Actor{Role: queue.DeviceRole, Device: device}
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		a, err := f.o.Do(ctx, key, by, cmd)
		if err == nil || queue.CodeOf(err) != "" {
			return a, err
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return a, err
		case <-t.C:
		}
	}
}

// wait returns the view once the floor has been told of seq, or the latest one after a short time.
func (f *Floor) wait(ctx context.Context, seq uint64) *queue.View {
	t := time.NewTimer(200 * time.Millisecond)
	defer t.Stop()
	for {
		f.mu.Lock()
		v, seen := f.view, f.seen
		f.mu.Unlock()
		if v != nil && v.Seq >= seq {
			return v
		}
		select {
		case <-seen:
		case <-t.C:
			return v
		case <-ctx.Done():
			return v
		}
	}
}
