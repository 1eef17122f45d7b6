// Package wav speaks through a sound card: it joins recorded pieces and writes the samples to the port, in one write. Pieces that nobody recorded are made
// by espeak-ng, a program of its own. The port takes raw samples, 16 bits, mono; it knows which card they go to, this package does not.
package wav

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"halld/devices"
	"halld/devices/speech"
)

// Device is one loudspeaker.
type Device struct {
	set    devices.Setting
	port   devices.Port
	lib    *Library
	volume float64

	turn chan struct{} // holds one while nobody speaks

	mu   sync.Mutex
	lost error
	bad  map[string]bool // problems that are reported
}

// Open is the driver. Settings: folder (of the recordings), cache (of made pieces; default FOLDER/made), volume (percent, 0 to 100).
func Open(_ context.Context, p devices.Port, set devices.Setting) (devices.Device, error) {
	d := &Device{set: set, port: p, volume: 1, turn: make(chan struct{}, 1), bad: map[string]bool{}}
	d.lib = LibraryOf(set.Set, set.Profile.Line.Baud)
	for key, v := range set.Set {
		switch key {
		case "folder":
			if !filepath.IsAbs(v) {
				return nil, fmt.Errorf("set.folder: %q is no full path; write one such as /var/lib/halld/voice", v)
			}
			if st, err := os.Stat(v); err == nil && !st.IsDir() {
				return nil, fmt.Errorf("set.folder: %s is no folder", v)
			}
		case "cache":
		case "volume":
			n, err := strconv.Atoi(v)
			if err != nil || n < 0 || n > 100 {
				return nil, fmt.Errorf("set.volume: %q; write a percentage from 0 to 100", v)
			}
			d.volume = float64(n) / 100
		default:
			return nil, fmt.Errorf("set.%s: profile %s has no such parameter; it has cache, folder, volume", key, set.Profile.ID)
		}
	}
	d.turn <- struct{}{}
	return d, nil
}

// LibraryOf is where a loudspeaker with these settings takes its pieces from.
func LibraryOf(set map[string]string, rate int) *Library {
	l := &Library{Folder: set["folder"], Cache: set["cache"], Rate: rate}
	if l.Cache == "" && l.Folder != "" {
		l.Cache = filepath.Join(l.Folder, "made")
	}
	return l
}

// Probe has nothing to ask a sound card; one that is gone is noticed by the next sentence.
func (d *Device) Probe(context.Context) error { return nil }

// Halt leaves it silent, as it is between two sentences.
func (d *Device) Halt(context.Context) error { return nil }

// Lost says why the card takes no sound any more; nil while it does.
func (d *Device) Lost() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lost
}

// Languages lists what it speaks.
func (d *Device) Languages() []string { return speech.Languages() }

// Say speaks a text that has no pieces, all of it by espeak-ng in Mandarin.
func (d *Device) Say(ctx context.Context, text string) error {
	return d.Speak(ctx, speech.Sentence{Lang: "zh", Pieces: []speech.Piece{{Name: text, Text: text, Voice: "cmn-latn-pinyin"}}}, false)
}

// Speak speaks a sentence and returns when it is spoken.
func (d *Device) Speak(ctx context.Context, s speech.Sentence, chime bool) error {
	clip, bad, err := d.lib.Join(ctx, s, chime)
	d.problem("bad-recording", len(bad) > 0, errors.Join(bad...))
	var missing *MissingPiece
	d.problem("piece-missing", errors.As(err, &missing), err)
	if err != nil {
		return err
	}
	select {
	case <-d.turn:
	case <-ctx.Done():
		return fmt.Errorf("speak: the last sentence is not over: %w", ctx.Err())
	}
	begun := time.Now()
	ended := make(chan error, 1)
	go func() {
		defer func() { d.turn <- struct{}{} }()
		_, err := d.port.Write(clip.scale(d.volume).PCM())
		if err != nil {
			d.mu.Lock()
			d.lost = err
			d.mu.Unlock()
		}
		ended <- err
	}()
	select {
	case err = <-ended:
	case <-ctx.Done():
		return fmt.Errorf("speak: %w", ctx.Err())
	}
	if err != nil {
		return fmt.Errorf("speak: %w", err)
	}
	// A port that takes samples faster than they sound, such as a file, is waited for all the same: the next sentence comes after this one.
	t := time.NewTimer(clip.Duration() - time.Since(begun))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("speak: %w", ctx.Err())
	}
}

// problem reports a problem when it begins and when it ends.
func (d *Device) problem(code string, is bool, why error) {
	d.mu.Lock()
	was := d.bad[code]
	d.bad[code] = is
	d.mu.Unlock()
	if is == was || d.set.Report == nil {
		return
	}
	p := devices.NewProblem(d.set.ID, code, time.Now())
	p.Cleared = !is
	if is {
		p.TextEn += " (" + why.Error() + ")"
		p.Text += "(" + why.Error() + ")"
	}
	d.set.Report(p)
}
