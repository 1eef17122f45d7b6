package floor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"halld/devices/speech"
	"halld/queue"
)

// pageAway is how long after its last question a page counts as a voice of its zone.
const pageAway = 8 * time.Second

// pageSlack is how much longer than its sound a page may take to report that a sentence is spoken.
const pageSlack = 6 * time.Second

// Spoken is a sentence that pages of a zone speak now. ID grows, over restarts too; 0: nothing is to be spoken.
type Spoken struct {
	ID     uint64
	Number string
	Window string
	Lang   string
	Text   string
	Lasts  time.Duration // of the sound; 0: there is none
}

// pages are the hall-board pages of a zone that speak: each asks for the next sentence and, by asking again, says that it has spoken.
type pages struct {
	mu      sync.Mutex
	seen    map[string]time.Time // page → its last question, or the end of its waiting
	asking  map[string]int       // questions that wait now
	known   bool
	last    uint64
	now     *Spoken
	wav     []byte
	owing   map[string]bool // pages that have not answered for now
	ok      bool
	why     error
	changed chan struct{} // closed and replaced at every change
}

func newPages() *pages {
	return &pages{seen: map[string]time.Time{}, asking: map[string]int{}, last: uint64(time.Now().UnixMilli()), changed: make(chan struct{})}
}

// ever reports whether a page ever was a voice of the zone.
func (p *pages) ever() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known
}

// present reports whether a page is there, and forgets those that have been away for long.
func (p *pages) present(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.alive(now)) > 0
}

func (p *pages) alive(now time.Time) []string {
	var out []string
	for id, at := range p.seen {
		switch {
		case p.asking[id] > 0 || now.Sub(at) < pageAway:
			out = append(out, id)
		default:
			delete(p.seen, id)
		}
	}
	return out
}

func (p *pages) tell() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// leave forgets a page that speaks no more.
func (p *pages) leave(page string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.seen, page)
	if p.owing[page] {
		delete(p.owing, page)
		p.tell()
	}
}

// answer notes that a page has ended the sentence after, or failed.
func (p *pages) answer(page string, after uint64, failure string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known = true
	p.seen[page] = time.Now()
	if p.now == nil || p.now.ID != after || !p.owing[page] {
		return
	}
	delete(p.owing, page)
	if failure == "" {
		p.ok = true
	} else if p.why == nil {
		p.why = errors.New(failure)
	}
	p.tell()
}

// next returns what a page is to speak, or a zero Spoken when ctx ends first: by its deadline, or because the page hung up.
func (p *pages) next(ctx context.Context, page string) Spoken {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asking[page]++
	defer func() {
		if p.asking[page]--; p.asking[page] == 0 {
			delete(p.asking, page)
		}
		p.seen[page] = time.Now()
		if errors.Is(ctx.Err(), context.Canceled) {
			delete(p.seen, page) // it hung up: closed, or its line is down
		}
	}()
	for {
		if p.now != nil && p.owing[page] {
			return *p.now
		}
		changed := p.changed
		p.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			p.mu.Lock()
			return Spoken{}
		}
		p.mu.Lock()
	}
}

// speak offers a sentence to the pages that are there and returns when each of them has spoken it, failed, or gone.
func (p *pages) speak(ctx context.Context, s Spoken, wav []byte) error {
	limit := s.Lasts
	if limit == 0 {
		limit = time.Duration(utf8.RuneCountInString(s.Text)) * 500 * time.Millisecond
	}
	timeout := time.NewTimer(limit + pageSlack)
	defer timeout.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	s.ID = p.last
	p.now, p.wav, p.ok, p.why, p.owing = &s, wav, false, nil, map[string]bool{}
	for _, id := range p.alive(time.Now()) {
		p.owing[id] = true
	}
	p.tell()
	defer func() {
		p.now, p.wav, p.owing = nil, nil, nil
		p.tell()
	}()
	for len(p.owing) > 0 {
		changed := p.changed
		p.mu.Unlock()
		var err error
		select {
		case <-changed:
		case <-timeout.C:
			err = errors.New("the page did not say that it has spoken")
		case <-ctx.Done():
			err = ctx.Err()
		}
		p.mu.Lock()
		if err != nil {
			if p.ok {
				return nil // another page has spoken
			}
			return err
		}
	}
	if p.ok {
		return nil
	}
	if p.why == nil {
		return errors.New("no page is there")
	}
	return p.why
}

// pageOutput is all pages of a zone together.
type pageOutput struct {
	pages *pages
	sound func(context.Context, speech.Sentence, bool) ([]byte, time.Duration, error)
}

func (pageOutput) name() string { return "board page" }

func (pageOutput) languages() []string { return speech.Languages() }

// say gives the pages the sound; where none can be made, the text alone, which a browser with a voice of its own reads.
func (o pageOutput) say(ctx context.Context, n announcement, s speech.Sentence, chime bool) error {
	out := Spoken{Number: n.number, Window: string(n.window), Lang: s.Lang, Text: s.Text()}
	var wav []byte
	var none error
	if o.sound != nil {
		wav, out.Lasts, none = o.sound(ctx, s, chime)
	}
	if none != nil {
		wav, out.Lasts = nil, 0
	}
	err := o.pages.speak(ctx, out, wav)
	if err != nil && none != nil {
		return fmt.Errorf("%w (%w)", err, none)
	}
	return err
}

// Speaks answers a page of a zone: what it is to speak now. after is what it has spoken last and failure why it could not; asking again is its receipt. An
// empty zone is the first one. A page that leaves is not waited for any more. It waits until ctx ends; then, and for a zone that is not there (ok is false), there is nothing to speak.
func (f *Floor) Speaks(ctx context.Context, zone, page string, after uint64, failure string, leaves bool) (_ Spoken, ok bool) {
	a := f.zone(zone)
	if a == nil {
		return Spoken{}, false
	}
	a.pages.answer(page, after, failure)
	if leaves {
		a.pages.leave(page)
		return Spoken{}, true
	}
	return a.pages.next(ctx, page), true
}

// Sound is the WAV file of what the pages of a zone speak now.
func (f *Floor) Sound(zone string, id uint64) (wav []byte, ok bool) {
	a := f.zone(zone)
	if a == nil {
		return nil, false
	}
	a.pages.mu.Lock()
	defer a.pages.mu.Unlock()
	if a.pages.now == nil || a.pages.now.ID != id || a.pages.wav == nil {
		return nil, false
	}
	return a.pages.wav, true
}

func (f *Floor) zone(id string) *announcer {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id == "" && len(f.zoneOrder) > 0 {
		return f.zones[f.zoneOrder[0]]
	}
	return f.zones[queue.ZoneID(id)]
}
