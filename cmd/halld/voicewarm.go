package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"halld/devices/profile"
	"halld/devices/rack"
	"halld/devices/speech"
	"halld/devices/wav"
	"halld/queue"
)

// What is made ahead of the first call is bounded: a hall with hundreds of windows goes on without the rest.
const (
	mostWarm = 600 // pieces of one language
	warmTime = 15 * time.Minute
)

// warmer makes the pieces that this hall's calls consist of before they are needed: espeak-ng takes a tenth of a second for each, and the first call would
// wait for all of them. It begins when the hall starts, when its configuration changes, and when the first page speaks, and holds nobody up.
type warmer struct {
	ctx   context.Context // of the system
	log   *slog.Logger
	data  string
	set   *profile.Set
	pages *wav.Library

	mu    sync.Mutex
	cfg   *queue.Config
	spoke bool // a page has asked for something to speak
	stop  context.CancelFunc
	wg    sync.WaitGroup
}

func newWarmer(ctx context.Context, pages *wav.Library, set *profile.Set, o systemOptions) *warmer {
	return &warmer{ctx: ctx, log: o.Log, data: o.Data, set: set, pages: pages, stop: func() {}}
}

// look takes the configuration up, if it is another one.
func (w *warmer) look(cfg *queue.Config) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if cfg != nil && cfg != w.cfg {
		w.cfg = cfg
		w.begin()
	}
}

// page notes that a page speaks.
func (w *warmer) page() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.spoke {
		w.spoke = true
		w.begin()
	}
}

// begin starts anew with what is there already left out. The lock is held.
func (w *warmer) begin() {
	w.stop()
	if w.cfg == nil || w.ctx.Err() != nil {
		return
	}
	libraries, words := w.libraries(), inUse(w.cfg)
	ctx, stop := context.WithTimeout(w.ctx, warmTime)
	w.stop = stop
	w.wg.Go(func() {
		defer stop()
		begun, n := time.Now(), 0
		var errs []error
		for _, l := range libraries {
			for _, lang := range speech.Languages() {
				pieces := words[lang]
				made, err := l.Warm(ctx, lang, pieces[:min(len(pieces), mostWarm)])
				n += made
				errs = append(errs, err)
			}
		}
		if err := errors.Join(errs...); err != nil && ctx.Err() == nil {
			w.log.Warn("pieces of calls cannot be made", "err", err)
		}
		if n > 0 {
			w.log.Info("pieces of calls are made", "pieces", n, "took", time.Since(begun).Round(time.Millisecond))
		}
	})
}

// libraries are those of the loudspeakers, each once, and that of the pages if one speaks.
func (w *warmer) libraries() []*wav.Library {
	type place struct {
		folder, cache string
		rate          int
	}
	seen := map[place]bool{}
	var out []*wav.Library
	add := func(l *wav.Library) {
		at := place{l.Folder, l.Cache, l.Rate}
		if at.rate == 0 {
			at.rate = wav.UsualRate
		}
		if !seen[at] {
			seen[at] = true
			out = append(out, l)
		}
	}
	if w.spoke {
		add(w.pages)
	}
	var all []rack.Config
	for _, d := range rackConfig(*w.cfg, nil) {
		if p, err := w.set.Get(d.Profile); err == nil && p.Driver == "wav" {
			all = append(all, d)
		}
	}
	for _, d := range withRecordings(all, w.set, w.data) {
		p, err := w.set.Get(d.Profile)
		if err != nil {
			continue // it went just now
		}
		rate := p.Line.Baud
		if d.Line.Baud != 0 {
			rate = d.Line.Baud
		}
		add(wav.LibraryOf(d.Set, rate))
	}
	return out
}

// inUse lists by language the pieces that calls of this hall consist of: its words, the digits, the letters of its numbers, its windows.
func inUse(cfg *queue.Config) map[string][]speech.Piece {
	var letters strings.Builder
	for _, q := range cfg.Queues {
		letters.WriteString(q.Prefix + q.Reserve)
	}
	out, seen := map[string][]speech.Piece{}, map[string]bool{}
	for _, z := range cfg.Announced() {
		for _, lang := range z.Languages {
			for _, kind := range []speech.Kind{speech.Call, speech.Again, speech.Onward, speech.Evacuate} {
				for _, win := range cfg.WindowSetup {
					if !z.Covers(win.ID) {
						continue
					}
					s, err := speech.Make(lang, speech.Announcement{Kind: kind, Number: letters.String() + "0123456789", Window: string(win.ID), Yao: z.Yao})
					if err != nil {
						continue // said when the hall file is read
					}
					for _, p := range s.Pieces {
						if key := lang + "|" + p.Name + "|" + p.Voice; !p.Pause && !seen[key] {
							seen[key] = true
							out[lang] = append(out[lang], p)
						}
					}
				}
			}
		}
	}
	return out
}

// close ends what is being made. The context of the system has ended.
func (w *warmer) close() {
	w.mu.Lock()
	w.stop()
	w.mu.Unlock()
	w.wg.Wait()
}
