package queue

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Identifiers. What is written here is how each is made; nobody else joins text to an identifier or takes one apart.
//
// A TicketID is the service day without dashes, a dash and the ticket's ordinal: 20260302-17; ".2" follows for the second leg of a visit, and so on.
// Tickets issued before ordinals were used have the number in that place, 20260302-A001, for ever. A VisitID is the ID of the first leg.
// The others are chosen in the hall file.
type (
	TicketID     string
	VisitID      string
	QueueID      string // one or two capital letters, the prefix of its numbers
	WindowID     string // "1" to "999": the number over the window
	ItemID       string
	DepartmentID string
	DeviceID     string
	PersonID     string // staff number 工号
	JobID        string // one print of one ticket: the ticket's ID, "#", and the count from 1
	KioskID      string // the name of its token
	PersonKey    string // a citizen's pseudonym of one service day; never a document's number
)

// DayID names a service day: a business date, 2006-01-02, with "-2" to "-99" for a second and later opening on that date.
type DayID string

var dayForm = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})(?:-([2-9]|[1-9]\d))?$`)

// ParseDay reads a service day strictly.
func ParseDay(s string) (DayID, error) {
	m := dayForm.FindStringSubmatch(s)
	if m == nil {
		return "", fmt.Errorf("%q is no service day: write 2006-01-02, or 2006-01-02-2 for a second opening", s)
	}
	if _, err := time.Parse(time.DateOnly, m[1]); err != nil {
		return "", fmt.Errorf("%q is no service day: there is no such date", s)
	}
	return DayID(s), nil
}

// dayOn is the nth opening of a date, from 1.
func dayOn(date string, n int) DayID {
	if n <= 1 {
		return DayID(date)
	}
	return DayID(date + "-" + strconv.Itoa(n))
}

// mostOpenings is how often one date can be opened.
const mostOpenings = 99

// Date is the business date of the day, 2006-01-02.
func (d DayID) Date() string { return string(d[:min(len(d), len(time.DateOnly))]) }

// Compact is the day as identifiers of its tickets begin.
func (d DayID) Compact() string { return strings.ReplaceAll(string(d), "-", "") }

func ticketID(d DayID, ordinal uint64) TicketID {
	return TicketID(d.Compact() + "-" + strconv.FormatUint(ordinal, 10))
}

func legID(v VisitID, leg int) TicketID { return TicketID(string(v) + "." + strconv.Itoa(leg)) }

func jobID(t TicketID, copyNo int) JobID { return JobID(string(t) + "#" + strconv.Itoa(copyNo)) }

// Ticket is the ticket that a job prints.
func (j JobID) Ticket() TicketID {
	t, _, _ := strings.Cut(string(j), "#")
	return TicketID(t)
}

func numberOf(prefix string, width, n int) string { return fmt.Sprintf("%s%0*d", prefix, width, n) }

var numberForm = regexp.MustCompile(`^[A-Z]{1,2}[0-9]{3,5}$`)

// IsNumber reports whether a text has the form of a number that a citizen reads, and not of a ticket's ID.
func IsNumber(s string) bool { return numberForm.MatchString(s) }
