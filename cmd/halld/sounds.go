package main

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"time"

	"halld/devices/profile"
	"halld/devices/rack"
	"halld/devices/speech"
	"halld/devices/wav"
	"halld/display"
)

// voiceFolder is where a hall lays its recordings unless a device says another folder.
func voiceFolder(data string) string { return absolute(filepath.Join(data, "voice")) }

// madeFolder is where pieces made by espeak-ng are kept.
func madeFolder(data string) string { return absolute(filepath.Join(data, "voice", "made")) }

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// withRecordings gives loudspeakers the folders of the hall, where they do not say their own.
func withRecordings(all []rack.Config, set *profile.Set, data string) []rack.Config {
	for i, c := range all {
		p, err := set.Get(c.Profile)
		if err != nil || p.Driver != "wav" || c.Set["folder"] != "" {
			continue
		}
		c.Set = maps.Clone(c.Set)
		if c.Set == nil {
			c.Set = map[string]string{}
		}
		c.Set["folder"] = voiceFolder(data)
		if c.Set["cache"] == "" {
			c.Set["cache"] = madeFolder(data)
		}
		all[i] = c
	}
	return all
}

// soundOf makes what hall-board pages speak.
func soundOf(l *wav.Library, log *slog.Logger) func(context.Context, speech.Sentence, bool) ([]byte, time.Duration, error) {
	return func(ctx context.Context, s speech.Sentence, chime bool) ([]byte, time.Duration, error) {
		clip, bad, err := l.Join(ctx, s, chime)
		if len(bad) > 0 {
			log.Warn("recordings cannot be used", "err", errors.Join(bad...))
		}
		if err != nil {
			return nil, 0, err
		}
		return clip.Encode(), clip.Duration(), nil
	}
}

// pageVoices is the floor's announcers as the screens see them.
type pageVoices struct{ s *system }

func (p pageVoices) Next(ctx context.Context, zone, page string, after uint64, failure string, leaves bool) (display.Spoken, bool) {
	p.s.warm.page()
	s, ok := p.s.floor.Speaks(ctx, zone, page, after, failure, leaves)
	return display.Spoken{ID: s.ID, Number: s.Number, Window: s.Window, Lang: s.Lang, Text: s.Text, Seconds: s.Lasts.Seconds()}, ok
}

func (p pageVoices) Sound(zone string, id uint64) ([]byte, bool) { return p.s.floor.Sound(zone, id) }
