package catalogue

import (
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // zones are known also where the machine has none
)

// Special is a dated exception from the usual week, for one date or for all from Date to Until. It is exactly one of: closed, open by spans of its own,
// or worked like another day of the week (调休).
type Special struct {
	Date   Date    `json:"date" toml:"date"`
	Until  Date    `json:"until,omitempty" toml:"until,omitempty"` // the last date, itself included; empty: Date alone
	Closed bool    `json:"closed,omitempty" toml:"closed,omitempty"`
	Spans  []Span  `json:"spans,omitempty" toml:"spans,omitempty"`
	Like   Weekday `json:"like,omitempty" toml:"like,omitempty"` // the hours of that day of the week; it is a working day
	// a working day all the same, on which time limits run: closed for a repair, open on a Saturday as on any day
	Working bool   `json:"working,omitempty" toml:"working,omitempty"`
	Name    string `json:"name,omitempty" toml:"name,omitempty"` // what people read: 国庆节
	NameEn  string `json:"name_en,omitempty" toml:"name_en,omitempty"`
	Source  string `json:"source,omitempty" toml:"source,omitempty"` // the paper that says so, with number and date
}

// Last returns the last date of it.
func (s Special) Last() Date {
	if s.Until == "" {
		return s.Date
	}
	return s.Until
}

// Covers says whether it holds on a date.
func (s Special) Covers(d Date) bool { return s.Date <= d && d <= s.Last() }

// Calendar says when a hall is open and which days are working days.
type Calendar struct {
	Zone  string `json:"zone,omitempty" toml:"zone,omitempty"` // such as Asia/Shanghai
	Hours Hours  `json:"hours,omitzero" toml:"hours,omitempty"`
	// the days that count for time limits; empty: Monday to Friday. Being open on a Saturday does not make it one
	WorkingWeek []Weekday `json:"working_week,omitempty" toml:"working_week,omitempty"`
	Holidays    string    `json:"holidays,omitempty" toml:"holidays,omitempty"`       // whose public holidays hold: cn; Fill brings them
	Specials    []Special `json:"specials,omitempty" toml:"special,omitempty"`        // the hall's own; they win over public ones
	KnownUntil  int       `json:"known_until,omitempty" toml:"known_until,omitempty"` // the hall says itself that its specials are complete up to this year
	// the public holidays that Fill brought. They are kept, so that an old day is read by what was known then
	Public      []Special `json:"public,omitempty" toml:"-"`
	PublicUntil int       `json:"public_until,omitempty" toml:"-"` // the last year that Fill knew
}

// Fill returns the calendar with the public holidays it names, all years that this program knows. It is false when it knows none of that name.
func (c Calendar) Fill() (Calendar, bool) {
	c.Public, c.PublicUntil = nil, 0
	switch c.Holidays {
	case "":
		return c, true
	case HolidaysCN:
		for _, year := range yearsCN() {
			specials, _ := PublicHolidaysCN(year)
			c.Public, c.PublicUntil = append(c.Public, specials...), year
		}
		return c, true
	default:
		return c, false
	}
}

// HasHours says whether the hall keeps hours. Without them it is open whenever it runs, and a new day begins with each date.
func (c Calendar) HasHours() bool { return !c.Hours.IsZero() }

// zones holds what was loaded before: a zone is asked for at every ticket, and reading one is not free.
var zones sync.Map

// Location returns the hall's zone.
func (c Calendar) Location() (*time.Location, error) {
	if loc, ok := zones.Load(c.Zone); ok {
		return loc.(*time.Location), nil
	}
	bad := Finding{Code: BadZone, Place: Place{List: "calendar", Field: "zone"}, Args: []string{c.Zone}}
	if c.Zone == "" || c.Zone == "Local" {
		return nil, bad // "Local" is another zone on another machine
	}
	loc, err := time.LoadLocation(c.Zone)
	if err != nil {
		return nil, bad
	}
	zones.Store(c.Zone, loc)
	return loc, nil
}

// loc is the zone, or UTC where there is none; Check has refused a calendar with such a zone.
func (c Calendar) loc() *time.Location {
	loc, err := c.Location()
	if err != nil {
		return time.UTC
	}
	return loc
}

// DayOf returns the date of an instant in the hall.
func (c Calendar) DayOf(t time.Time) Date { return DayOf(t, c.loc()) }

// special returns the exception that holds on a date: the hall's own before the public one, and the later in a list before the earlier.
func (c Calendar) special(d Date) (Special, bool) {
	for _, list := range [][]Special{c.Specials, c.Public} {
		for _, s := range slices.Backward(list) {
			if s.Covers(d) {
				return s, true
			}
		}
	}
	return Special{}, false
}

// Rule names what decided the spans of a date.
type Rule string

// The rules.
const (
	NoHours  Rule = "no-hours"  // the hall keeps no hours
	Weekly   Rule = "weekly"    // the usual week
	ClosedOn Rule = "closed"    // a special closes it
	OwnHours Rule = "own-hours" // a special has its own spans
	LikeDay  Rule = "like"      // a special makes it work like another day of the week
)

// Why says why a date has the spans it has.
type Why struct {
	Rule    Rule
	Special Special // of the last three rules
}

// Spans returns when the hall is open on a date, in order, and why. None: it is closed. A hall without hours is open the whole date.
func (c Calendar) Spans(d Date) ([]Span, Why) {
	if !d.Valid() {
		return nil, Why{Rule: Weekly}
	}
	if !c.HasHours() {
		return []Span{{From: 0, To: dayMinutes}}, Why{Rule: NoHours}
	}
	s, ok := c.special(d)
	switch {
	case !ok:
		return c.Hours.On(d.Weekday()), Why{Rule: Weekly}
	case s.Closed:
		return nil, Why{Rule: ClosedOn, Special: s}
	case s.Like != "":
		return c.Hours.On(s.Like), Why{Rule: LikeDay, Special: s}
	default:
		return s.Spans, Why{Rule: OwnHours, Special: s}
	}
}

// WorkingDay says whether a date counts for time limits in working days. It goes by the working week and the holidays, not by the hours:
// a hall that opens on Saturdays as a service has no sixth working day.
func (c Calendar) WorkingDay(d Date) bool {
	if !d.Valid() {
		return false
	}
	if s, ok := c.special(d); ok {
		switch {
		case s.Working || s.Like != "":
			return true
		case s.Closed:
			return false
		}
	}
	if len(c.WorkingWeek) > 0 {
		return slices.Contains(c.WorkingWeek, d.Weekday())
	}
	return !d.Weekday().weekend()
}

// farthest is how many dates a search goes; a hall that is closed for longer has no next opening.
const farthest = 1000

// AddWorkingDays returns the n-th working day after a date; the date itself does not count (a limit begins on the next day). n = 0 is the date itself,
// a negative n goes back. It is false when there is none: a bad date, or no working day within three years. See Known for how sure it is.
func (c Calendar) AddWorkingDays(d Date, n int) (Date, bool) {
	step, left := 1, n
	if n < 0 {
		step, left = -1, -n
	}
	if !d.Valid() || n < -maxDays || n > maxDays {
		return "", false
	}
	for idle := 0; left > 0; {
		d = d.AddDays(step)
		if idle++; d == "" || idle > farthest {
			return "", false
		}
		if c.WorkingDay(d) {
			left, idle = left-1, 0
		}
	}
	return d, true
}

// WorkingDaysBetween returns how many working days come after a up to b, b itself included. When b is earlier it is the negative of the way back,
// so that AddWorkingDays and it agree.
func (c Calendar) WorkingDaysBetween(a, b Date) int {
	if !a.Valid() || !b.Valid() {
		return 0
	}
	n := 0
	for d := a; d < b; {
		if d = d.AddDays(1); c.WorkingDay(d) {
			n++
		}
	}
	for d := a; d > b; {
		if d = d.AddDays(-1); c.WorkingDay(d) {
			n--
		}
	}
	return n
}

// Known says whether the holidays of a date's year are known. Where no public holidays are kept and nothing is said, every date is as known as it can be.
func (c Calendar) Known(d Date) bool {
	until := max(c.KnownUntil, c.PublicUntil)
	return until == 0 && c.Holidays == "" || d.Year() <= until
}

// MissingYear returns the first year whose holidays are missing and needed: this year's at once, and next year's from December on. False: none is.
func (c Calendar) MissingYear(today Date) (int, bool) {
	if !today.Valid() {
		return 0, false
	}
	if !c.Known(today) {
		return today.Year(), true
	}
	next := DateOf(today.Year()+1, time.January, 1)
	if today.Month() == time.December && next != "" && !c.Known(next) {
		return next.Year(), true
	}
	return 0, false
}
