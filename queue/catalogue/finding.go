package catalogue

import (
	"errors"
	"fmt"
	"strings"
)

// Severity is what a finding does to a set-up.
type Severity string

// The severities.
const (
	Refuse Severity = "refuse" // it cannot be: nothing is taken over
	Warn   Severity = "warn"   // it can be, and breaks a rule of the hall
)

// Code names a mistake for programs. The words are part of the API: never rename one.
type Code string

// What cannot be.
const (
	BadDate           Code = "bad-date"
	BadTime           Code = "bad-time"
	BadSpan           Code = "bad-span"
	SpanBackward      Code = "span-backward"
	SpanOverlap       Code = "span-overlap"
	BadWeekday        Code = "bad-weekday"
	BadZone           Code = "bad-zone"
	UnknownHolidays   Code = "unknown-holidays"
	BadYear           Code = "bad-year"
	SpecialUnclear    Code = "special-unclear" // not exactly one of closed, spans, like
	SpecialOverlap    Code = "special-overlap"
	DatesBackward     Code = "dates-backward"
	BadID             Code = "bad-id"
	TakenTwice        Code = "taken-twice" // two versions of one id hold on the same date
	NoName            Code = "no-name"
	NoQueue           Code = "no-queue"
	UnknownDepartment Code = "unknown-department"
	UnknownWord       Code = "unknown-word" // a kind, handling … that is none
	BadNumber         Code = "bad-number"
	TooManyLines      Code = "too-many-lines"
	FeeBackward       Code = "fee-backward" // the lower bound is above the upper
	FeeWithoutBasis   Code = "fee-without-basis"
	PromiseTooLong    Code = "promise-too-long" // longer than the law allows
	AtOnceWithDays    Code = "at-once-with-days"
	SaidTwice         Code = "said-twice" // no materials, and a list of them
)

// What breaks a rule of the hall, and why no ticket may be issued for an item.
const (
	YearMissing           Code = "year-missing"
	LikeClosed            Code = "like-closed"
	SpecialWithoutHours   Code = "special-without-hours"
	DepartmentEnds        Code = "department-ends"
	KindMissing           Code = "kind-missing"
	NotShortened          Code = "not-shortened" // by 30 %
	MustBeAtOnce          Code = "must-be-at-once"
	LimitMissing          Code = "limit-missing"
	CouldBeAtOnce         Code = "could-be-at-once" // nothing to look at, hear or test, and yet promised
	NotDisclosed          Code = "not-disclosed"    // of the seven
	Unserved              Code = "unserved"
	NotListed             Code = "not-listed"
	AbsenceUnexplained    Code = "absence-unexplained"
	AuthorityWithoutPaper Code = "authority-without-paper"
	NotYet                Code = "not-yet"
	NoLonger              Code = "no-longer"
	IsOffHall             Code = "is-off-hall"
)

// refused are the codes that cannot be; all others warn.
var refused = map[Code]bool{
	BadDate: true, BadTime: true, BadSpan: true, SpanBackward: true, SpanOverlap: true, BadWeekday: true, BadZone: true, UnknownHolidays: true, BadYear: true,
	SpecialUnclear: true, SpecialOverlap: true, DatesBackward: true, BadID: true, TakenTwice: true, NoName: true, NoQueue: true, UnknownDepartment: true,
	UnknownWord: true, BadNumber: true, TooManyLines: true, FeeBackward: true, FeeWithoutBasis: true,
	PromiseTooLong: true, AtOnceWithDays: true, SaidTwice: true,
}

// Severity returns what a mistake of this kind does to a set-up.
func (c Code) Severity() Severity {
	if refused[c] {
		return Refuse
	}
	return Warn
}

// Place says where a finding stands: a list (departments, items, specials, hours, calendar), which entry of it, and which key of that.
type Place struct {
	List  string `json:"list,omitempty"`
	Row   int    `json:"row,omitempty"` // which entry, from 1 on; 0: the list has no entries
	ID    string `json:"id,omitempty"`
	Field string `json:"field,omitempty"` // the key in JSON and hall file; a dot leads into a table: fee.lower
	Sub   int    `json:"sub,omitempty"`   // which value of a key that has several, from 1 on; 0: all
}

// String writes a place as a path, its numbers from 0 on: items[2].bring[0].
func (p Place) String() string {
	s := p.List
	if p.Row > 0 {
		s += fmt.Sprintf("[%d]", p.Row-1)
	}
	if p.Field != "" {
		if s != "" {
			s += "."
		}
		s += p.Field
	}
	if p.Sub > 0 {
		s += fmt.Sprintf("[%d]", p.Sub-1)
	}
	return s
}

// Finding is one mistake, as a value. It is an error too, in English.
type Finding struct {
	Code  Code     `json:"code"`
	Place Place    `json:"place"`
	Args  []string `json:"args,omitempty"` // what the words of its code name by {0}, {1} …
}

// Severity returns what it does to a set-up.
func (f Finding) Severity() Severity { return f.Code.Severity() }

// Words says it in a language (zh or en), without its place.
func (f Finding) Words(lang string) string {
	text, ok := words[lang][f.Code]
	if !ok {
		text = words["en"][f.Code]
	}
	pairs := make([]string, 0, 2*len(f.Args))
	for i, a := range f.Args {
		pairs = append(pairs, fmt.Sprintf("{%d}", i), a)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func (f Finding) Error() string {
	if p := f.Place.String(); p != "" {
		return p + ": " + f.Words("en")
	}
	return f.Words("en")
}

// Refused returns the findings that refuse; none: the set-up can be taken over.
func Refused(found []Finding) []Finding {
	var hard []Finding
	for _, f := range found {
		if f.Severity() == Refuse {
			hard = append(hard, f)
		}
	}
	return hard
}

// findingOf returns the finding in an error of this package's parsers.
func findingOf(err error) (Finding, bool) {
	var f Finding
	ok := errors.As(err, &f)
	return f, ok
}

// at puts findings of a part into their place; they keep which value of it they are about.
func at(p Place, found []Finding) []Finding {
	for i := range found {
		p.Sub = found[i].Place.Sub
		found[i].Place = p
	}
	return found
}
