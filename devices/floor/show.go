package floor

import (
	"context"
	"errors"
	"sync"
	"time"

	"halld/devices"
	"halld/queue"
)

const (
	askWithin   = 8 * time.Second  // a pad that returns later than this after the service does not ask any more
	waitingGap  = 2 * time.Second  // a changed count of people in line goes out at most this often; a changed number goes out at once
	showTimeout = 10 * time.Second // no device takes longer to show a face
	firstRetry  = 250 * time.Millisecond
	lastRetry   = 5 * time.Second
)

// show keeps one board, caller, pad or lamp at the face of its window. Its mailbox holds one face, the latest: a newer call overtakes an
// older one that did not go out yet.
type show struct {
	f      *Floor
	id     string
	window queue.WindowID
	cancel context.CancelFunc
	wake   chan struct{}

	mu     sync.Mutex
	face   devices.Face
	again  bool      // the face goes out although it may be shown already
	asking time.Time // since when a rating is to be asked for; zero: it is not
	quiet  time.Time // until then only what is new goes out
}

func (f *Floor) newShow(id string, window queue.WindowID) *show {
	ctx, cancel := context.WithCancel(f.ctx)
	s := &show{f: f, id: id, window: window, cancel: cancel, wake: make(chan struct{}, 1)}
	f.wg.Go(func() { s.run(ctx) })
	return s
}

// want puts the present face into the mailbox.
func (s *show) want(face devices.Face, again, ask bool) {
	s.mu.Lock()
	changed := again || ask || s.face != face
	s.face = face
	s.again = s.again || again
	switch {
	case ask:
		s.asking = time.Now()
	case face.Mode == devices.Calling || face.Mode == devices.AtWindow:
		s.asking = time.Time{} // the next citizen is not asked about the one before
	}
	s.mu.Unlock()
	if changed {
		s.poke()
	}
}

// force lets the present face go out although it may be shown already.
func (s *show) force() {
	s.mu.Lock()
	s.again = true
	s.mu.Unlock()
	s.poke()
}

// rest lets mere refreshes wait until a moment.
func (s *show) rest(until time.Time) {
	s.mu.Lock()
	s.quiet = until
	s.mu.Unlock()
}

func (s *show) ask() {
	s.mu.Lock()
	s.asking = time.Now()
	s.mu.Unlock()
	s.poke()
}

func (s *show) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run sends what is wanted. A device that is away costs nothing: DeviceUp wakes the worker.
func (s *show) run(ctx context.Context) {
	var (
		shown   devices.Face
		dev     devices.Device
		at      time.Time // of the last face sent
		retry   time.Duration
		failing bool
	)
	timer := time.NewTimer(s.f.o.Refresh)
	defer timer.Stop()
	for {
		timed := false
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
			timed = true
		}
		s.mu.Lock()
		face, again, asking, rests := s.face, s.again, s.asking, time.Now().Before(s.quiet)
		s.mu.Unlock()
		now, present := s.f.o.Devices.Get(s.id)
		if !present || face.Mode == "" {
			dev = nil
			timer.Reset(s.f.o.Refresh)
			continue
		}
		numberOnly := face
		numberOnly.Waiting = shown.Waiting
		due := again || now != dev || failing || numberOnly != shown || timed && time.Since(at) >= s.f.o.Refresh && !rests
		if !due && face != shown && !rests {
			if wait := waitingGap - time.Since(at); wait > 0 {
				timer.Reset(wait)
			} else {
				due = true
			}
		}
		var err error
		if due {
			s.clearAgain()
			out := ctx
			if again || numberOnly != shown {
				out = devices.InHurry(ctx) // not a mere refresh
			}
			if err = s.send(out, now, face); err == nil {
				shown, dev, at = face, now, time.Now()
			}
		}
		if err == nil && !asking.IsZero() {
			err = s.askPad(ctx, now, asking)
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			retry = min(max(2*retry, firstRetry), lastRetry)
			if !failing {
				s.f.log.Warn("device does not show its window", "device", s.id, "window", s.window, "err", err)
			}
			failing = true
			timer.Reset(retry)
		case due:
			if failing {
				s.f.log.Info("device shows its window again", "device", s.id, "window", s.window)
			}
			failing, retry = false, 0
			timer.Reset(s.f.o.Refresh)
		case timed: // nothing was due after all: what the board waited for is taken back, or it rests
			timer.Reset(max(s.f.o.Refresh-time.Since(at), waitingGap))
		}
	}
}

func (s *show) clearAgain() {
	s.mu.Lock()
	s.again = false
	s.mu.Unlock()
}

// send brings every role of the device to the face.
func (s *show) send(ctx context.Context, dev devices.Device, face devices.Face) error {
	ctx, cancel := context.WithTimeout(ctx, showTimeout)
	defer cancel()
	var errs []error
	if b, ok := dev.(devices.Board); ok {
		errs = append(errs, b.Show(ctx, face))
	}
	if c, ok := dev.(devices.Caller); ok {
		errs = append(errs, c.ShowFace(ctx, face))
	}
	if l, ok := dev.(devices.Lamp); ok {
		errs = append(errs, l.Light(ctx, face.Mode == devices.Calling))
	}
	return errors.Join(errs...)
}

// askPad lights the pad up, once for every request and only while the citizen may still be there.
func (s *show) askPad(ctx context.Context, dev devices.Device, since time.Time) error {
	if pad, ok := dev.(devices.Pad); ok && time.Since(since) < askWithin {
		ctx, cancel := context.WithTimeout(ctx, showTimeout)
		defer cancel()
		if err := pad.Ask(ctx); err != nil {
			return err
		}
	}
	s.mu.Lock()
	if s.asking.Equal(since) {
		s.asking = time.Time{}
	}
	s.mu.Unlock()
	return nil
}
