package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"halld/devices"
	"halld/devices/devicetest"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/rack"
	"halld/devices/wire"
	"halld/display"
	"halld/queue"
)

const (
	benchTime   = 90 * time.Second       // no exercise takes longer: a printer with a proof that does not come, a voice that speaks a sentence
	settleTime  = 300 * time.Millisecond // silence after which nothing more is expected
	settleMost  = 1500 * time.Millisecond
	watchBuffer = 256 // pieces a page may be behind
)

// technician is the bench of a running hall: what the display asks it to do, done with the rack.
type technician struct {
	s        *system
	profiles *profile.Set
	dir      string // where profiles made here are kept
	log      *slog.Logger
	ctx      context.Context // of the system

	mu       sync.Mutex
	identify map[string]*time.Timer // boards that show their window, and what brings them back
}

func newTechnician(ctx context.Context, s *system, set *profile.Set, data string) *technician {
	return &technician{s: s, profiles: set, dir: filepath.Join(data, "profiles"), log: s.log, ctx: ctx, identify: map[string]*time.Timer{}}
}

// refused says what the rack means in the words of the API; what a device does wrong is none of them.
func refused(err error) error {
	for _, r := range []struct {
		is   error
		code queue.Code
	}{{rack.ErrUnknown, display.UnknownDevice}, {rack.ErrAway, display.DeviceAway}, {rack.ErrCannot, display.DeviceCannot}, {rack.ErrLent, display.BenchBusy},
		{port.ErrNotThere, display.PortRefused}, {port.ErrDenied, display.PortRefused}, {port.ErrBusy, display.PortRefused}} {
		if errors.Is(err, r.is) {
			return queue.Refuse(r.code, "%v", err)
		}
	}
	return nil
}

func lineText(p *profile.Profile) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", p.Line.Baud, p.Line.Format, p.Line.Flow))
}

// Devices lists every device with its line.
func (t *technician) Devices() []display.BenchDevice {
	var out []display.BenchDevice
	for _, h := range t.s.rack.Health() {
		d := display.BenchDevice{Health: h, Past: []display.BenchPast{}}
		d.Words, d.WordsEn = display.HealthWords(h)
		for _, p := range t.s.rack.Past(h.ID) {
			d.Past = append(d.Past, display.BenchPast{Problem: p.Problem, Ended: p.Ended})
		}
		if cfg, err := t.s.rack.Config(h.ID); err == nil {
			d.Address, d.Set = cfg.Address, cfg.Set
		}
		if p, err := t.s.rack.Profile(h.ID); err == nil {
			d.Model, d.Line = strings.TrimSpace(p.Maker+" "+p.Model), lineText(p)
			d.Board = len(p.Roles.Board) > 0 && h.Window != ""
		}
		if l, err := t.s.rack.Line(h.ID); err == nil {
			c := l.Counts()
			d.Received, d.Sent = c.In, c.Out
		}
		out = append(out, d)
	}
	return out
}

// Ports lists what is plugged in, and behind it the ports of the hall that are no device files.
func (t *technician) Ports() []display.BenchPort {
	out := listPorts(t.profiles)
	for _, h := range t.s.rack.Health() {
		same := slices.IndexFunc(out, func(p display.BenchPort) bool { return p.Path == h.Port || p.Device == h.Port })
		if same < 0 {
			out = append(out, display.BenchPort{Path: h.Port, Devices: []string{}})
			same = len(out) - 1
		}
		out[same].Devices = append(out[same].Devices, h.ID)
	}
	return out
}

// lineReader says what goes over the line of a device in words: what another device of it is told, in that one's words.
type lineReader struct {
	t    *technician
	own  string
	read map[string]*wire.Reader
}

func (t *technician) reader(device string) *lineReader {
	return &lineReader{t: t, own: device, read: map[string]*wire.Reader{}}
}

func (r *lineReader) piece(p wire.Piece) display.BenchPiece {
	whose := p.Device
	if whose == "" {
		whose = r.own
	}
	words := r.read[whose]
	if words == nil {
		prof, _ := r.t.s.rack.Profile(whose) // none: only bytes
		words = wire.NewReader(prof)
		r.read[whose] = words
	}
	return benchPiece(p, words)
}

func benchPiece(p wire.Piece, words *wire.Reader) display.BenchPiece {
	out := display.BenchPiece{At: p.At, Out: p.Out, Device: p.Device, Hex: hexBytes(p.Bytes), Hidden: p.Hidden}
	for _, e := range words.Read(p) {
		out.Said = append(out.Said, wire.Words(e))
	}
	return out
}

// Watch gives what went over the line of a device and what goes.
func (t *technician) Watch(device string) ([]display.BenchPiece, <-chan display.BenchPiece, func(), error) {
	l, err := t.s.rack.Line(device)
	if err != nil {
		return nil, nil, nil, refused(err)
	}
	kept, ch, stop := l.Watch(watchBuffer)
	words := t.reader(device)
	past := make([]display.BenchPiece, 0, len(kept))
	for _, p := range kept {
		past = append(past, words.piece(p))
	}
	next := make(chan display.BenchPiece, watchBuffer)
	go func() {
		defer close(next)
		for p := range ch {
			select {
			case next <- words.piece(p):
			default:
				stop()
				return
			}
		}
	}()
	return past, next, stop, nil
}

// Session is all that is kept of a line, as a .session file.
func (t *technician) Session(device string) (string, error) {
	l, err := t.s.rack.Line(device)
	if err != nil {
		return "", refused(err)
	}
	cfg, err := t.s.rack.Config(device)
	if err != nil {
		return "", refused(err)
	}
	pieces := l.Past()
	began := ""
	if len(pieces) > 0 {
		began = pieces[0].At.Format(time.RFC3339)
	}
	var b strings.Builder
	b.WriteString(wire.Head("profile", cfg.Profile, "port", cfg.Port, "began", began))
	for _, p := range pieces {
		if p.Hidden == 0 {
			fmt.Fprintln(&b, wire.Line{At: p.At.Sub(pieces[0].At), Out: p.Out, Bytes: p.Bytes})
		}
	}
	return b.String(), nil
}

// during does something to a device and gathers what goes over its line meanwhile, up to the silence behind it.
func (t *technician) during(device string, do func(context.Context) error) (display.BenchResult, error) {
	l, err := t.s.rack.Line(device)
	if err != nil {
		return display.BenchResult{}, refused(err)
	}
	_, ch, stop := l.Watch(4 * watchBuffer)
	defer stop()
	ctx, cancel := context.WithTimeout(t.ctx, benchTime)
	defer cancel()
	before := t.s.rack.Answered(device)
	err = do(ctx)
	if no := refused(err); no != nil {
		return display.BenchResult{}, no
	}
	out := display.BenchResult{OK: err == nil, Problems: []devices.Problem{}, Pieces: gather(ch, t.reader(device).piece)}
	out.Answered = t.s.rack.Answered(device).After(before)
	if err != nil {
		out.Error = err.Error()
	}
	for _, h := range t.s.rack.Health() {
		if h.ID == device {
			out.Problems = append(out.Problems, h.Problems...)
		}
	}
	return out, nil
}

// gather takes what a watcher was told, and waits for a silence.
func gather(ch <-chan wire.Piece, piece func(wire.Piece) display.BenchPiece) []display.BenchPiece {
	out := []display.BenchPiece{}
	for end := time.Now().Add(settleMost); time.Now().Before(end); {
		select {
		case p, ok := <-ch:
			if !ok {
				return out
			}
			out = append(out, piece(p))
			continue
		case <-time.After(settleTime):
		}
		break
	}
	return out
}

// Probe asks a device for a sign of life.
func (t *technician) Probe(_ context.Context, who, device string) (display.BenchResult, error) {
	t.log.Info("bench: probe", "who", who, "device", device)
	return t.during(device, func(ctx context.Context) error { return t.s.rack.Probe(ctx, device) })
}

// Exercise lets a device do all that its roles can.
func (t *technician) Exercise(_ context.Context, who, device string, confirmed bool) (display.BenchResult, error) {
	if err := t.meant(confirmed); err != nil {
		return display.BenchResult{}, err
	}
	t.log.Info("bench: exercise", "who", who, "device", device)
	out, err := t.during(device, func(ctx context.Context) error { return t.s.rack.Exercise(ctx, device) })
	if out.OK {
		saw(&out, devicetest.Seen{Answered: out.Answered})
	}
	return out, err
}

// saw puts what an exercise saw into its result.
func saw(out *display.BenchResult, seen devicetest.Seen) {
	out.Answered = seen.Answered
	out.Seen, out.SeenEn = seen.Words()
}

// Saw notes that somebody stood before a device and saw it work.
func (t *technician) Saw(who, device string, at time.Time) error {
	t.log.Info("bench: seen working", "who", who, "device", device)
	err := t.s.rack.Saw(device, who, at)
	return orElse(refused(err), err)
}

// Clear lets a printer give up what it holds.
func (t *technician) Clear(_ context.Context, who, device string, confirmed bool) (display.BenchResult, error) {
	if err := t.meant(confirmed); err != nil {
		return display.BenchResult{}, err
	}
	t.log.Info("bench: clear", "who", who, "device", device)
	return t.during(device, func(ctx context.Context) error { return t.s.rack.Clear(ctx, device) })
}

// meant refuses what citizens would see or find in their hands while the hall is open, until it is confirmed.
func (t *technician) meant(confirmed bool) error {
	if day := t.s.engine.View().Day; day != "" && !confirmed {
		return queue.Refuse(display.ConfirmNeeded, "the service day %s is open, and people would see it: send confirmed", day)
	}
	return nil
}

// Send writes bytes or an operation, or carries out a dialogue.
func (t *technician) Send(_ context.Context, who, device string, what display.BenchSend) (display.BenchResult, error) {
	if p, err := t.s.rack.Profile(device); err == nil && dialogueOf(p, what.Op) != nil {
		return t.converse(who, device, p, what)
	}
	pieces, err := t.bytesOf(device, what)
	if err != nil {
		return display.BenchResult{}, err
	}
	for _, p := range pieces {
		t.log.Info("bench: send", "who", who, "device", device, "op", what.Op, "bytes", hexBytes(p.Bytes))
	}
	return t.during(device, func(ctx context.Context) error {
		for _, p := range pieces {
			if err := t.s.rack.Send(ctx, device, p.Bytes); err != nil {
				return err
			}
			if err := sleep(ctx, p.Pause); err != nil {
				return err
			}
		}
		return nil
	})
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *technician) bytesOf(device string, what display.BenchSend) ([]profile.Piece, error) {
	if (what.Hex == "") == (what.Op == "") {
		return nil, queue.Refuse(display.BadBytes, "send hex or op")
	}
	if what.Hex != "" {
		b, err := parseHex([]string{what.Hex})
		if err != nil || len(b) == 0 {
			return nil, queue.Refuse(display.BadBytes, "%q is no hex; write for example A0 05 28", what.Hex)
		}
		return []profile.Piece{{Bytes: b}}, nil
	}
	p, err := t.s.rack.Profile(device)
	if err != nil {
		if no := refused(err); no != nil {
			return nil, no
		}
		return nil, queue.Refuse(display.UnknownProfile, "%v", err)
	}
	cfg, err := t.s.rack.Config(device)
	if err != nil {
		return nil, refused(err)
	}
	pieces, err := encodeFor(p, cfg.Address, cfg.Set, what.Op, what.Args)
	if err != nil {
		return nil, display.Explain(display.BadBytes, reason(what.Op, err.Error()))
	}
	return pieces, nil
}

// encodeFor makes the bytes of an operation: what is asked goes before what is set up, and that before the profile's defaults.
func encodeFor(p *profile.Profile, address int, set map[string]string, op string, asked map[string]string) ([]profile.Piece, error) {
	if p.Protocol == nil {
		return nil, fmt.Errorf("profile %s describes no operations: its driver is %s", p.ID, p.Driver)
	}
	if o := p.Protocol.Op(op); o == nil || o.Steps != nil {
		return nil, fmt.Errorf("profile %s has no operation %q to send; it has %s", p.ID, op, strings.Join(p.Protocol.Ops(), ", "))
	}
	takes := p.Protocol.Arguments(op)
	args := map[string]any{}
	for k, v := range set {
		if takes[k] {
			args[k] = v
		}
	}
	if address != 0 && takes["addr"] {
		args["addr"] = address
	}
	if takes["seq"] {
		args["seq"] = p.Protocol.Sequence(op, 1)
	}
	for k, v := range asked {
		if v != "" {
			args[k] = v
		}
	}
	return p.Protocol.EncodePieces(op, args)
}

// Restart opens a device anew.
func (t *technician) Restart(who, device string) (also []string, err error) {
	t.log.Info("bench: restart", "who", who, "device", device)
	also, err = t.s.rack.Restart(device)
	return also, refused(err)
}

// Identify has boards show their own window numbers for some seconds.
func (t *technician) Identify(_ context.Context, who, device string, seconds int) (display.BenchIdentified, error) {
	out := display.BenchIdentified{Devices: []string{}, Away: []string{}}
	if device != "" {
		if _, err := t.s.rack.Config(device); err != nil {
			return out, refused(err)
		}
	}
	t.log.Info("bench: identify", "who", who, "device", device, "seconds", seconds)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, d := range t.Devices() {
		if !d.Board || device != "" && d.ID != device {
			continue
		}
		if seconds == 0 {
			t.present(d.ID)
			out.Devices = append(out.Devices, d.ID)
			continue
		}
		t.s.floor.Quiet(d.ID, time.Now().Add(time.Duration(seconds)*time.Second))
		wg.Go(func() { // boards of other lines do not wait for one that is silent
			ctx, cancel := context.WithTimeout(t.ctx, 10*time.Second)
			defer cancel()
			shown, err := t.s.rack.Identify(ctx, d.ID)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				out.Away = append(out.Away, d.ID)
			case shown:
				out.Devices = append(out.Devices, d.ID)
				t.later(d.ID, time.Duration(seconds)*time.Second)
			}
		})
	}
	wg.Wait()
	slices.Sort(out.Devices)
	slices.Sort(out.Away)
	if device != "" && len(out.Devices)+len(out.Away) == 0 {
		return out, queue.Refuse(display.DeviceCannot, "%s shows no window number", device)
	}
	if seconds > 0 {
		out.Until = time.Now().Add(time.Duration(seconds) * time.Second)
	}
	return out, nil
}

// later brings a board back to the present after a time; asked again meanwhile, after the later one.
func (t *technician) later(device string, after time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if old := t.identify[device]; old != nil {
		old.Stop()
	}
	t.identify[device] = time.AfterFunc(after, func() { t.present(device) })
}

// present brings a board back to the face of its window.
func (t *technician) present(device string) {
	t.mu.Lock()
	if old := t.identify[device]; old != nil {
		old.Stop()
		delete(t.identify, device)
	}
	t.mu.Unlock()
	t.s.floor.Quiet(device, time.Time{})
	t.s.floor.DeviceUp(device)
}

// close forgets the boards that would be brought back.
func (t *technician) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, timer := range t.identify {
		timer.Stop()
	}
	clear(t.identify)
}
