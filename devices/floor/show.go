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
	again  bool          // the face goes out although it may be shown already
	asking time.Time     // since when a rating is to be asked for; zero: it is not
	quiet  time.Time     // until then only what is new goes out
	newer  chan struct{} // closed when the face that is being sent is not the one to be shown any more; nil: none is being sent
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
	if again || !same(s.face, face) {
		s.overtake()
	}
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

// same says whether two faces differ in nothing but how many people are in line.
func same(a, b devices.Face) bool {
	a.Waiting = b.Waiting
	return a == b
}

// overtake keeps what still waits for its turn on the line from going out: a call would wait behind the refresh of its own board. The lock is held.
func (s *show) overtake() {
	if s.newer != nil {
		close(s.newer)
		s.newer = nil
	}
}

// force lets the present face go out although it may be shown already.
func (s *show) force() {
	s.mu.Lock()
	s.again = true
	s.overtake()
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

// shown is what a worker knows of its device.
type shown struct {
	dev     devices.Device
	face    devices.Face
	tried   devices.Face // the last one sent or not
	at      time.Time    // of the last face sent
	counted time.Time    // of the last count sent
	failing bool
	retry   time.Duration
}

// run sends what is wanted. A device that is away costs nothing: DeviceUp wakes the worker.
func (s *show) run(ctx context.Context) {
	var was shown
	timer := time.NewTimer(s.f.o.Refresh)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
		}
		timer.Reset(s.next(ctx, &was))
	}
}

// next sends what is due, and says when to look again.
func (s *show) next(ctx context.Context, was *shown) time.Duration {
	s.mu.Lock()
	face, again, asking, quiet := s.face, s.again, s.asking, time.Until(s.quiet)
	s.mu.Unlock()
	dev, present := s.f.o.Devices.Get(s.id)
	if !present || face.Mode == "" {
		was.dev = nil
		return s.f.o.Refresh
	}
	refresh := s.f.o.Refresh * 5 / 6 // the rest is for its turn on a full line
	counts := face.Waiting != was.face.Waiting
	var err error
	switch {
	case again || !same(face, was.tried) || dev != was.dev && !was.failing:
		err = s.show(hurried(ctx, face), was, dev, face)
	case was.failing: // others are not called later because this one is tried again
		err = s.show(ctx, was, dev, face)
	case quiet > 0:
	case time.Since(was.at) >= refresh:
		err = s.show(devices.AtLeisure(ctx), was, dev, face)
	case counts && time.Since(was.counted) >= waitingGap:
		err = s.count(devices.AtLeisure(ctx), was, dev, face)
	}
	if err == nil && !asking.IsZero() {
		err = s.askPad(ctx, dev, asking)
	}
	if s.failed(ctx, was, err) {
		return was.retry
	}
	wait := refresh - time.Since(was.at)
	if face.Waiting != was.face.Waiting {
		wait = min(wait, waitingGap-time.Since(was.counted))
	}
	return max(wait, time.Until(s.quietUntil()), time.Millisecond)
}

// hurried lets a call overtake what other windows show between two calls.
func hurried(ctx context.Context, face devices.Face) context.Context {
	if face.Mode == devices.Calling {
		return devices.InHurry(ctx)
	}
	return ctx
}

// show sends a face, unless a newer one is wanted before its turn comes.
func (s *show) show(ctx context.Context, was *shown, dev devices.Device, face devices.Face) error {
	out, over, err := s.begin(ctx, face, true)
	if err != nil {
		return err
	}
	defer over()
	was.tried = face
	if err := s.send(out, dev, face); err != nil {
		return err
	}
	now := time.Now()
	was.dev, was.face, was.at, was.counted = dev, face, now, now
	return nil
}

// count tells a device that shows it how many people are in line. Others need not be told: what they show is the same.
func (s *show) count(ctx context.Context, was *shown, dev devices.Device, face devices.Face) error {
	if c, ok := dev.(devices.Counter); ok {
		out, over, err := s.begin(ctx, face, false)
		if err != nil {
			return err
		}
		defer over()
		if err := c.Count(out, face); err != nil {
			return err
		}
		was.counted = time.Now()
	}
	was.face.Waiting, was.tried.Waiting = face.Waiting, face.Waiting
	return nil
}

// begin makes the context in which a face, or only its count, is sent: it ends when another face is to be shown and this one still waits for its turn.
func (s *show) begin(ctx context.Context, face devices.Face, whole bool) (out context.Context, over func(), err error) {
	newer := make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	if !same(s.face, face) {
		return nil, nil, devices.ErrOvertaken
	}
	if whole {
		s.again = false
	}
	s.newer = newer
	out, cancel := context.WithTimeout(devices.UntilNewer(ctx, newer), showTimeout)
	return out, func() {
		cancel()
		s.mu.Lock()
		s.newer = nil
		s.mu.Unlock()
	}, nil
}

// failed notes how sending ended, and says whether it is to be tried again.
func (s *show) failed(ctx context.Context, was *shown, err error) bool {
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, devices.ErrOvertaken):
		was.retry = time.Millisecond
		return true
	case err != nil:
		was.retry = min(max(2*was.retry, firstRetry), lastRetry)
		if !was.failing {
			s.f.log.Warn("device does not show its window", "device", s.id, "window", s.window, "err", err)
		}
		was.failing = true
		return true
	case was.failing:
		s.f.log.Info("device shows its window again", "device", s.id, "window", s.window)
	}
	was.failing, was.retry = false, 0
	return false
}

func (s *show) quietUntil() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.quiet
}

// send brings every role of the device to the face.
func (s *show) send(ctx context.Context, dev devices.Device, face devices.Face) error {
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
