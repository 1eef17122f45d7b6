package gpio

import "time"

// button makes presses of the levels of one contact. It counts no edges: a level counts once it has lasted, so a contact that bounces, and edges that
// were lost, cost nothing.
type button struct {
	debounce, stuck time.Duration

	known   bool // a level has come
	raw     bool // pressed, by the last sample
	since   time.Time
	pressed bool      // by what has lasted
	at      time.Time // of the press
	alarmed bool
}

// what a button did.
type deed int

const (
	nothing deed = iota
	press        // it was pressed
	release      // it was released
	stuck        // it is pressed for so long that nobody can mean it
	unstuck      // and was released at last
)

// sample takes a level. What is pressed from the first is no press: who knows since when.
func (b *button) sample(pressed bool, now time.Time) {
	switch {
	case !b.known:
		b.known, b.raw, b.pressed, b.since, b.at = true, pressed, pressed, now, now
	case pressed != b.raw:
		b.raw, b.since = pressed, now
	}
}

// due is when to look again although no level came; zero: never.
func (b *button) due() time.Time {
	switch {
	case !b.known:
		return time.Time{}
	case b.raw != b.pressed:
		return b.since.Add(b.debounce)
	case b.pressed && !b.alarmed:
		return b.at.Add(b.stuck)
	}
	return time.Time{}
}

// look says what has become of the levels by now.
func (b *button) look(now time.Time) deed {
	at := b.due()
	switch {
	case at.IsZero() || now.Before(at):
		return nothing
	case b.raw == b.pressed:
		b.alarmed = true
		return stuck
	}
	b.pressed = b.raw
	if b.pressed {
		b.at = b.since
		return press
	}
	if b.alarmed {
		b.alarmed = false
		return unstuck
	}
	return release
}
