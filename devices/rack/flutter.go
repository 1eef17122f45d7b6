package rack

import "time"

// A problem that comes and goes is told the first loudTimes times, then every quietEvery-th time, until it has not come for calmAfter.
const (
	loudTimes  = 10
	quietEvery = 100
	calmAfter  = 10 * time.Minute
)

// flutter is how often a problem of a device came of late.
type flutter struct {
	times int
	last  time.Time
	told  bool // the last time was logged, so its end is, too
}

// loud counts a problem that begins, and says whether to log it and how often it came of late. The rack's lock is held.
func (s *slot) loud(code string, now time.Time) (times int, tell bool) {
	f := s.flutters[code]
	if now.Sub(f.last) > calmAfter {
		f.times = 0
	}
	f.times++
	f.last, f.told = now, f.times <= loudTimes || f.times%quietEvery == 0
	s.flutters[code] = f
	return f.times, f.told
}
