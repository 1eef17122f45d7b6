package described

import (
	"errors"
	"sync"
	"time"
)

const (
	// leastPatience is how long an answer is waited for while somebody is being called, of a device that never answered.
	leastPatience = 15 * time.Millisecond
	// deadPatience is the same for a device that answered once and does not any more.
	deadPatience = 25 * time.Millisecond
	// mostUnheard is how often a question is asked again because its answer was not waited for, or was unclear. Then it counts as not answered: in a busy
	// hall a dead device has its name, too.
	mostUnheard = 5
)

var (
	// errGaveWay says that an answer was not waited for, because somebody is being called.
	errGaveWay = errors.New("not waited for: somebody is being called")
	// errWhose says that an answer came which may be a late one of another device.
	errWhose = errors.New("an answer came, but it may be another device's")
)

// pace is how fast a device answers. Who has always answered within a few milliseconds and does not now is dead as far as a call is concerned.
type pace struct {
	mu      sync.Mutex
	slowest time.Duration // of the answers of late; 0: it never answered
	given   time.Time     // the end of a question whose answer was given up
	until   time.Time     // when that answer cannot come any more
}

// took notes an answer.
func (p *pace) took(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slowest = max(d, p.slowest*7/8, time.Microsecond)
	p.given = time.Time{}
}

// late notes an answer that names its device, also one that nobody waits for any more: it is slow, and not dead.
func (p *pace) late(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.given.IsZero() && now.Before(p.until) {
		p.slowest = max(now.Sub(p.given), p.slowest)
	}
	p.given = time.Time{}
}

// gave notes a question that ended then and whose answer was given up, although it may still come within this time.
func (p *pace) gave(end time.Time, within time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.given, p.until = end, end.Add(within)
}

// patience is how long an answer is worth waiting for while somebody is being called.
func (p *pace) patience(dead bool) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	usual := p.slowest*5/4 + 3*time.Millisecond
	switch {
	case p.slowest == 0:
		return leastPatience
	case dead:
		return min(usual, deadPatience)
	}
	return usual
}
