package floor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"halld/devices"
	"halld/devices/speech"
	"halld/queue"
)

// Why an announcement was not spoken. The words are stable: metrics count by them.
const (
	tooOld     = "too-old"     // it waited longer than the zone's max_age
	notCalled  = "not-called"  // the ticket was not called any more when its turn came
	noVoice    = "no-voice"    // no output of the zone was there all the time
	noLanguage = "no-language" // none of them speaks a language of the zone
	failed     = "failed"      // all of them failed
	noZone     = "no-zone"     // the window is in no zone, or its zone was taken out of the hall file
	restarted  = "restarted"   // it was called before the hall started anew: whether it was heard then is not known
)

// shortAfter is how long an announcement may wait before it is spoken once only: the line is too long for repetitions.
const shortAfter = 20 * time.Second

// sentenceWithin is how long one sentence may take on one output.
const sentenceWithin = 60 * time.Second

// announcement is one call to be spoken.
type announcement struct {
	ticket queue.TicketID
	window queue.WindowID
	number string
	kind   speech.Kind
	at     time.Time
}

// announcer speaks the calls of a zone one after the other, each on all outputs of the zone at once. Nothing is left out in silence.
type announcer struct {
	f      *Floor
	cancel context.CancelFunc
	wake   chan struct{} // holds one: something was added
	pages  *pages

	mu      sync.Mutex
	setup   queue.Zone
	devices []queue.Device // the zone's voices, by the hall file's order
	line    []announcement
	spoken  uint64
	dropped map[string]uint64 // by reason
	bad     bool              // the last call was not heard
	gone    bool
}

func (f *Floor) newAnnouncer(z queue.Zone) *announcer {
	ctx, cancel := context.WithCancel(f.ctx)
	a := &announcer{f: f, cancel: cancel, wake: make(chan struct{}, 1), pages: newPages(), setup: z, dropped: map[string]uint64{}}
	f.wg.Go(func() { a.run(ctx) })
	return a
}

// arrangeVoices gives every zone its announcer and its outputs. What waits in a zone goes on waiting. The lock is held.
func (f *Floor) arrangeVoices(cfg *queue.Config) {
	zones := cfg.Announced()
	f.zoneOrder = nil
	for i, z := range zones {
		f.zoneOrder = append(f.zoneOrder, z.ID)
		var voices []queue.Device
		for _, d := range cfg.Devices {
			if slices.Contains(strings.Split(d.Kind, "+"), "voice") && zoneOf(d, zones) == i {
				voices = append(voices, d)
			}
		}
		a := f.zones[z.ID]
		if a == nil {
			a = f.newAnnouncer(z)
			f.zones[z.ID] = a
		}
		a.mu.Lock()
		a.setup, a.devices = z, voices
		a.mu.Unlock()
	}
	for id, a := range f.zones {
		if !slices.Contains(f.zoneOrder, id) {
			a.end()
			delete(f.zones, id)
		}
	}
}

// zoneOf is the index of the zone in which a voice is heard.
func zoneOf(d queue.Device, zones []queue.Zone) int {
	for i, z := range zones {
		if d.Zone == z.ID || d.Zone == "" && d.Window != "" && z.Covers(d.Window) {
			return i
		}
	}
	return 0
}

// announce hands a call to the announcer of its zone. The lock is held.
func (f *Floor) announce(v *queue.View, e queue.Event) {
	var a announcement
	switch fact := e.Fact.(type) {
	case queue.TicketCalled:
		a = announcement{ticket: fact.Ticket, window: fact.Window, kind: speech.Call}
	case queue.TicketRecalled:
		a = announcement{ticket: fact.Ticket, window: fact.Window, kind: speech.Again}
	case queue.HallEvacuated:
		for _, id := range f.zoneOrder {
			f.zones[id].add(announcement{kind: speech.Evacuate, at: time.Now()})
		}
		return
	default:
		return
	}
	if v.Config == nil {
		return
	}
	a.at = time.Now()
	for _, w := range v.Windows { // v.Calls knows the last dozen only
		if w.ID == a.window && w.Ticket != nil && w.Ticket.ID == a.ticket {
			a.number = w.Ticket.Number
		}
	}
	for _, id := range f.zoneOrder {
		z := f.zones[id]
		if !z.covers(a.window) {
			continue
		}
		if a.number == "" {
			z.drop(a, notCalled, "it was over before anybody could hear of it")
			return
		}
		z.add(a)
		return
	}
	f.log.Warn("announcement skipped", "number", a.number, "ticket", a.ticket, "window", a.window, "reason", noZone, "detail", "the window is in no zone")
	f.unzoned++
}

// passOver leaves alone who was being called when the hall started anew. Whether they were heard before is not known, and a hall that speaks of eight windows
// at once when it starts helps nobody: boards and screens show the calls, and the clerk calls again. The lock is held.
func (f *Floor) passOver(v *queue.View) {
	for _, w := range v.Windows {
		if w.Ticket == nil || w.Ticket.State != queue.Called {
			continue
		}
		for _, id := range f.zoneOrder {
			if z := f.zones[id]; z.covers(w.ID) {
				if z.speaks() {
					z.drop(announcement{ticket: w.Ticket.ID, window: w.ID, number: w.Ticket.Number, at: time.Now()}, restarted, "it was called before the hall started anew; call it again if nobody comes")
				}
				break
			}
		}
	}
}

// unheard makes the events of calls that only the new state tells of: those between were lost when the feed fell behind. The lock is held.
func unheard(before, now *queue.View) []queue.Event {
	var out []queue.Event
	for i := len(now.Calls) - 1; i >= 0; i-- { // oldest first
		c := now.Calls[i]
		if !c.Active || slices.ContainsFunc(before.Calls, func(o queue.CallView) bool { return o.Ticket == c.Ticket && o.Window == c.Window && o.Calls == c.Calls }) {
			continue
		}
		if c.Calls > 1 {
			out = append(out, queue.Event{Fact: queue.TicketRecalled{Ticket: c.Ticket, Window: c.Window}})
			continue
		}
		out = append(out, queue.Event{Fact: queue.TicketCalled{Ticket: c.Ticket, Window: c.Window}})
	}
	return out
}

func (a *announcer) covers(w queue.WindowID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.setup.Covers(w)
}

// add puts an announcement into the line; a recall of a number that still waits there is not spoken twice. A zone that never had an output has nothing to say.
func (a *announcer) add(n announcement) {
	if !a.speaks() {
		return
	}
	a.mu.Lock()
	for _, o := range a.line {
		if o.ticket == n.ticket && o.window == n.window {
			a.mu.Unlock()
			return
		}
	}
	a.line = append(a.line, n)
	a.mu.Unlock()
	a.poke()
}

// speaks says whether the zone has, or ever had, an output.
func (a *announcer) speaks() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.devices) > 0 || a.pages.ever()
}

func (a *announcer) poke() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// end stops the announcer of a zone that is no more.
func (a *announcer) end() {
	a.cancel()
	a.mu.Lock()
	rest := a.line
	a.line, a.gone = nil, true
	a.mu.Unlock()
	for _, n := range rest {
		a.drop(n, noZone, "the zone was taken out of the hall")
	}
}

// drop logs and counts what is not spoken.
func (a *announcer) drop(n announcement, reason, detail string) {
	a.mu.Lock()
	a.dropped[reason]++
	zone := a.setup.ID
	a.mu.Unlock()
	level := slog.LevelWarn
	if reason == notCalled || reason == restarted {
		level = slog.LevelInfo // nobody waits to hear it
	}
	a.f.log.Log(context.Background(), level, "announcement skipped", "zone", zone, "number", n.number, "ticket", n.ticket, "window", n.window, "reason", reason, "detail", detail,
		"age", time.Since(n.at).Round(time.Millisecond))
}

func (a *announcer) pop() (announcement, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.line) == 0 {
		return announcement{}, false
	}
	n := a.line[0]
	a.line = a.line[1:]
	return n, true
}

func (a *announcer) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.wake:
		}
		for n, ok := a.pop(); ok; n, ok = a.pop() {
			reason, detail := a.speak(ctx, n)
			if ctx.Err() != nil {
				if reason != "" && a.over() {
					a.drop(n, noZone, "the zone was taken out of the hall")
				}
				return // the hall closes
			}
			a.health(reason)
			if reason != "" {
				a.drop(n, reason, detail)
				continue
			}
			a.mu.Lock()
			a.spoken++
			a.mu.Unlock()
		}
	}
}

// health shows on the voices of the zone that calls are not heard, until one is. A ticket that is not called any more is no fault.
func (a *announcer) health(reason string) {
	if reason == notCalled || a.f.o.Report == nil {
		return
	}
	bad := reason != ""
	a.mu.Lock()
	was, voices := a.bad, a.devices
	a.bad = bad
	a.mu.Unlock()
	if was == bad {
		return
	}
	for _, d := range voices {
		p := devices.NewProblem(string(d.ID), "unspoken", time.Now())
		p.Cleared = !bad
		a.f.o.Report(p)
	}
}

func (a *announcer) over() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.gone
}

// speak speaks one call in all languages, as often as the zone wants, or tells why not.
func (a *announcer) speak(ctx context.Context, n announcement) (reason, detail string) {
	outs, zone, reason, detail := a.outputs(ctx, n)
	if reason != "" {
		return reason, detail
	}
	if n.kind == speech.Call {
		if t, err := a.f.o.Ticket(ctx, n.ticket); err == nil && t.Leg > 1 {
			n.kind = speech.Onward // whoever was sent on from another window
		}
	}
	repeat := zone.Repeat
	if time.Since(n.at) > shortAfter {
		repeat = 1
	}
	said, able := false, false
	var first error
	for turn := range repeat {
		for i, lang := range zone.Languages {
			if turn+i > 0 {
				if err := rest(ctx, zone.Gap); err != nil {
					break
				}
				if !stillCalled(a.f.View(), n) {
					if said {
						return "", "" // whoever was called has come
					}
					return notCalled, ""
				}
			}
			s, err := speech.Make(lang, speech.Announcement{Kind: n.kind, Number: n.number, Window: string(n.window), Yao: zone.Yao})
			if err != nil {
				first = errors.Join(first, err)
				continue
			}
			ok, could, err := a.sayOnAll(ctx, outs, n, s, turn+i == 0 && !zone.NoChime)
			said, able = said || ok, able || could
			if first == nil {
				first = err
			}
		}
	}
	switch {
	case said:
		return "", ""
	case !able && first == nil:
		return noLanguage, "no voice of the zone speaks " + strings.Join(zone.Languages, ", ")
	default:
		return failed, fmt.Sprint(first)
	}
}

func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// outputs finds who can speak now. While nobody is there it waits, as long as the announcement is worth it.
func (a *announcer) outputs(ctx context.Context, n announcement) (_ []output, _ queue.Zone, reason, detail string) {
	waited := false
	for {
		a.mu.Lock()
		zone, voices := a.setup, a.devices
		a.mu.Unlock()
		switch age := time.Since(n.at); {
		case !stillCalled(a.f.View(), n):
			return nil, zone, notCalled, ""
		case age > zone.MaxAge && waited:
			return nil, zone, noVoice, fmt.Sprintf("no voice was there within %s", zone.MaxAge)
		case age > zone.MaxAge:
			return nil, zone, tooOld, fmt.Sprintf("older than %s", zone.MaxAge)
		}
		var outs []output
		for _, d := range voices {
			if d.Window != "" && d.Window != n.window && n.kind != speech.Evacuate {
				continue
			}
			if dev, ok := a.f.o.Devices.Get(string(d.ID)); ok {
				if v, ok := dev.(devices.Voice); ok {
					outs = append(outs, voiceOutput{string(d.ID), v})
				}
			}
		}
		if a.pages.present(time.Now()) {
			outs = append(outs, pageOutput{a.pages, a.f.o.Sound})
		}
		if len(outs) > 0 {
			return outs, zone, "", ""
		}
		waited = true
		t := time.NewTimer(100 * time.Millisecond)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil, zone, noVoice, "the hall closes"
		case <-t.C:
		}
	}
}

// sayOnAll speaks a sentence on all outputs that know its language, at once, and returns when the last one has ended.
func (a *announcer) sayOnAll(ctx context.Context, outs []output, n announcement, s speech.Sentence, chime bool) (said, able bool, first error) {
	ctx, cancel := context.WithTimeout(ctx, sentenceWithin)
	defer cancel()
	var wg sync.WaitGroup
	var mu sync.Mutex
	for _, o := range outs {
		if !slices.Contains(o.languages(), s.Lang) {
			continue
		}
		able = true
		wg.Go(func() {
			err := o.say(ctx, n, s, chime)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				said = true
				return
			}
			if first == nil {
				first = fmt.Errorf("%s: %w", o.name(), err)
			}
			if ctx.Err() == nil || errors.Is(ctx.Err(), context.DeadlineExceeded) {
				a.f.log.Warn("a voice did not speak", "voice", o.name(), "number", n.number, "window", n.window, "lang", s.Lang, "err", err)
			}
		})
	}
	wg.Wait()
	return said, able, first
}

func stillCalled(view *queue.View, a announcement) bool {
	if view.Evacuated != nil || a.kind == speech.Evacuate {
		return view.Evacuated != nil && a.kind == speech.Evacuate // nobody is called meanwhile
	}
	for _, w := range view.Windows {
		if w.ID == a.window {
			return w.Ticket != nil && w.Ticket.ID == a.ticket && w.Ticket.State == queue.Called
		}
	}
	return false
}

// output is something in a zone that speaks.
type output interface {
	name() string
	languages() []string
	say(ctx context.Context, n announcement, s speech.Sentence, chime bool) error
}

// voiceOutput is a device.
type voiceOutput struct {
	id    string
	voice devices.Voice
}

func (o voiceOutput) name() string { return o.id }

// languages of a voice that does not say them: Mandarin.
func (o voiceOutput) languages() []string {
	if s, ok := o.voice.(devices.Speaker); ok {
		return s.Languages()
	}
	return []string{"zh"}
}

func (o voiceOutput) say(ctx context.Context, _ announcement, s speech.Sentence, chime bool) error {
	if sp, ok := o.voice.(devices.Speaker); ok {
		return sp.Speak(ctx, s, chime)
	}
	return o.voice.Say(ctx, s.Text())
}

// VoiceStats are the numbers of one zone since the start.
type VoiceStats struct {
	Zone    string
	Waiting int               // announcements in line now
	Spoken  uint64            // announcements that were spoken at least once
	Dropped map[string]uint64 // by reason
}

// VoiceStats counts what was spoken and what was not, zone by zone; calls to windows outside all zones stand under an empty zone.
func (f *Floor) VoiceStats() []VoiceStats {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []VoiceStats
	for _, id := range f.zoneOrder {
		a := f.zones[id]
		a.mu.Lock()
		s := VoiceStats{Zone: string(id), Waiting: len(a.line), Spoken: a.spoken, Dropped: map[string]uint64{}}
		for reason, n := range a.dropped {
			s.Dropped[reason] = n
		}
		a.mu.Unlock()
		out = append(out, s)
	}
	if f.unzoned > 0 {
		out = append(out, VoiceStats{Dropped: map[string]uint64{noZone: f.unzoned}})
	}
	return out
}
