package catalogue

import (
	"slices"
	"time"
)

// Date is a day of the calendar, written 2006-01-02. Dates in this form sort as text. Reading one from a file takes the text as it is,
// so that one bad date does not hide the mistakes behind it: checks find it, and so does Valid.
type Date string

const (
	dateForm       = "2006-01-02"
	firstDate Date = "0001-01-01"
	lastDate  Date = "9999-12-31"
)

// ParseDate reads a date. Its error is a Finding.
func ParseDate(s string) (Date, error) {
	if d := Date(s); d.Valid() {
		return d, nil
	}
	return "", Finding{Code: BadDate, Args: []string{s}}
}

// DateOf makes a date of its parts; what is too much runs over, as in time.Date.
func DateOf(year int, month time.Month, day int) Date {
	return dateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

func dateOf(t time.Time) Date {
	if t.Year() < 1 || t.Year() > 9999 {
		return "" // four digits are the form; there is no date beyond them
	}
	return Date(t.Format(dateForm))
}

// Valid says whether it is a day of the calendar in the right form.
func (d Date) Valid() bool {
	t, err := time.Parse(dateForm, string(d))
	return err == nil && t.Format(dateForm) == string(d) && t.Year() >= 1
}

// utc is the midnight of the date in UTC, where every day has 24 hours.
func (d Date) utc() (time.Time, bool) {
	t, err := time.Parse(dateForm, string(d))
	return t, err == nil && d.Valid()
}

// Year returns the year; 0 for what is no date.
func (d Date) Year() int {
	t, ok := d.utc()
	if !ok {
		return 0
	}
	return t.Year()
}

// Month returns the month; 0 for what is no date.
func (d Date) Month() time.Month {
	t, ok := d.utc()
	if !ok {
		return 0
	}
	return t.Month()
}

// Weekday returns the day of the week; "" for what is no date.
func (d Date) Weekday() Weekday {
	t, ok := d.utc()
	if !ok {
		return ""
	}
	return weekdays[(int(t.Weekday())+6)%7]
}

// AddDays returns the date n days later. What is no date has no neighbours, and there is none before the year 1 or after 9999: then it is "".
func (d Date) AddDays(n int) Date {
	t, ok := d.utc()
	if !ok || n > maxDays || n < -maxDays {
		return ""
	}
	return dateOf(t.AddDate(0, 0, n))
}

// maxDays is more than all days of the calendar's form; beyond it time.AddDate could run over.
const maxDays = 4_000_000

// Days returns the number of days from d to e, negative when e is earlier, and 0 when one of them is no date.
func (d Date) Days(e Date) int {
	a, ok := d.utc()
	b, ok2 := e.utc()
	if !ok || !ok2 {
		return 0
	}
	return int(b.Unix()/86400 - a.Unix()/86400) // whole days: both are midnights of UTC
}

// Start returns the first instant of the date in a zone: the first at which a clock there reads midnight or later.
func (d Date) Start(loc *time.Location) time.Time { return d.At(0, loc) }

// At returns the first instant at which a clock of the zone reads that time of the date or later. So a time that comes twice when summer time ends counts
// the first time, and one that never comes when it begins counts when the clock jumps over it; a later time never comes before an earlier one.
// What is no date gives the zero time.
func (d Date) At(m Minutes, loc *time.Location) time.Time {
	wall, ok := d.utc()
	if !ok {
		return time.Time{}
	}
	wall = wall.Add(time.Duration(m) * time.Minute)
	t := wall.Add(-48 * time.Hour).In(loc) // no zone is 48 hours from UTC: the clock there is still before it
	for {
		_, offset := t.Zone()
		at := wall.Add(-time.Duration(offset) * time.Second)
		if at.Before(t) {
			at = t // the clock jumped over it
		}
		_, end := t.ZoneBounds()
		if end.IsZero() || at.Before(end) {
			return at.In(loc)
		}
		t = end
	}
}

// DayOf returns the date of an instant in a zone. Days follow one another without gap or overlap, also where summer time ends at midnight and
// the clock shows the evening before once more: that hour belongs to the day that has begun.
func DayOf(t time.Time, loc *time.Location) Date {
	d := dateOf(t.In(loc))
	if next := d.AddDays(1); next != "" && !t.Before(next.Start(loc)) {
		return next
	}
	return d
}

// Weekday is a day of the week in the word of the hall file.
type Weekday string

// The days of the week.
const (
	Monday    Weekday = "mon"
	Tuesday   Weekday = "tue"
	Wednesday Weekday = "wed"
	Thursday  Weekday = "thu"
	Friday    Weekday = "fri"
	Saturday  Weekday = "sat"
	Sunday    Weekday = "sun"
)

var weekdays = [7]Weekday{Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday}

// Weekdays returns the days of a week from Monday on.
func Weekdays() []Weekday { return slices.Clone(weekdays[:]) }

// Valid says whether it is one of the seven.
func (w Weekday) Valid() bool { return slices.Contains(weekdays[:], w) }

// weekend says whether it is Saturday or Sunday.
func (w Weekday) weekend() bool { return w == Saturday || w == Sunday }
