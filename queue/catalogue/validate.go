package catalogue

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Check finds all that cannot be in a calendar, and what in it does nothing. The public holidays that Fill brings are not looked at.
func (c Calendar) Check() []Finding {
	var found []Finding
	add := func(code Code, field string, args ...string) {
		found = append(found, Finding{Code: code, Place: Place{List: "calendar", Field: field}, Args: args})
	}
	if c.Zone != "" || c.HasHours() || len(c.Specials) > 0 || c.Holidays != "" {
		if _, err := c.Location(); err != nil {
			add(BadZone, "zone", c.Zone)
		}
	}
	if c.Holidays != "" && c.Holidays != HolidaysCN {
		add(UnknownHolidays, "holidays", c.Holidays)
	}
	if c.KnownUntil != 0 && (c.KnownUntil < 1000 || c.KnownUntil > 9999) {
		add(BadYear, "known_until", strconv.Itoa(c.KnownUntil))
	}
	for i, w := range c.WorkingWeek {
		if !w.Valid() {
			found = append(found, Finding{Code: BadWeekday, Place: Place{List: "calendar", Field: "working_week", Sub: i + 1}, Args: []string{string(w)}})
		}
	}
	for _, w := range weekdays {
		found = append(found, at(Place{List: "hours", Field: string(w)}, checkSpans(c.Hours.On(w)))...)
	}
	for i, s := range c.Specials {
		found = append(found, c.checkSpecial(i, s)...)
	}
	return found
}

func (c Calendar) checkSpecial(i int, s Special) []Finding {
	var found []Finding
	add := func(code Code, field string, args ...string) {
		found = append(found, Finding{Code: code, Place: Place{List: "specials", Row: i + 1, Field: field}, Args: args})
	}
	dated := true
	if !s.Date.Valid() {
		add(BadDate, "date", string(s.Date))
		dated = false
	}
	if s.Until != "" && !s.Until.Valid() {
		add(BadDate, "until", string(s.Until))
		dated = false
	}
	if dated && s.Last() < s.Date {
		add(DatesBackward, "until", string(s.Date), string(s.Until))
		dated = false
	}
	if dated {
		for _, earlier := range c.Specials[:i] {
			if earlier.Date.Valid() && earlier.Last().Valid() && earlier.Date <= s.Last() && s.Date <= earlier.Last() {
				add(SpecialOverlap, "date", string(max(s.Date, earlier.Date)))
				break
			}
		}
	}
	said := 0
	for _, is := range []bool{s.Closed, len(s.Spans) > 0, s.Like != ""} {
		if is {
			said++
		}
	}
	if said != 1 {
		add(SpecialUnclear, "")
	}
	found = append(found, at(Place{List: "specials", Row: i + 1, Field: "spans"}, checkSpans(s.Spans))...)
	switch {
	case s.Like != "" && !s.Like.Valid():
		add(BadWeekday, "like", string(s.Like))
	case !c.HasHours() && len(s.Spans) > 0:
		add(SpecialWithoutHours, "spans")
	case c.HasHours() && s.Like != "" && len(c.Hours.On(s.Like)) == 0:
		add(LikeClosed, "like", string(s.Like))
	}
	return found
}

// Review finds what the calendar lacks on a date: the holidays of this year, or from December on those of the next.
func (c Calendar) Review(today Date) []Finding {
	if year, missing := c.MissingYear(today); missing {
		return []Finding{{Code: YearMissing, Place: Place{List: "calendar", Field: "holidays"}, Args: []string{strconv.Itoa(year)}}}
	}
	return nil
}

var idRE = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$`)

const (
	bringLines = 3    // as many as a ticket has room for
	mostDays   = 3660 // ten years: more is a slip of the hand
	mostFen    = 1_000_000_000_00
)

// reader gathers findings about one entry of a list.
type reader struct {
	place Place
	found []Finding
}

func (r *reader) add(code Code, field string, args ...string) {
	p := r.place
	p.Field = field
	r.found = append(r.found, Finding{Code: code, Place: p, Args: args})
}

// named finds a bad id and a missing name.
func (r *reader) named(id, name string) {
	if !idRE.MatchString(id) {
		r.add(BadID, "id", id)
	}
	if strings.TrimSpace(name) == "" {
		r.add(NoName, "name")
	}
}

// dates finds bad dates and says whether the pair can be relied on.
func (r *reader) dates(from, until Date) bool {
	fine := r.date("from", from)
	fine = r.date("until", until) && fine
	if fine && from != "" && until != "" && until < from {
		r.add(DatesBackward, "until", string(from), string(until))
		return false
	}
	return fine
}

func (r *reader) date(field string, d Date) bool {
	if d == "" || d.Valid() {
		return true
	}
	r.add(BadDate, field, string(d))
	return false
}

func (r *reader) paper(field string, p Paper) { r.date(field+".date", p.Date) }

func (r *reader) number(field string, n, least, most int64) {
	if n < least || n > most {
		r.add(BadNumber, field, strconv.FormatInt(n, 10), strconv.FormatInt(least, 10), strconv.FormatInt(most, 10))
	}
}

func (r *reader) lines(field string, lines []string) {
	if len(lines) > bringLines {
		r.add(TooManyLines, field, strconv.Itoa(len(lines)), strconv.Itoa(bringLines))
	}
}

// oneOf finds a word that is none of those it can be.
func oneOf[W ~string](r *reader, field string, w W, all ...W) {
	if w != "" && !slices.Contains(all, w) {
		r.add(UnknownWord, field, string(w), list(all))
	}
}

func list[W ~string](all []W) string {
	var s []string
	for _, w := range all {
		s = append(s, string(w))
	}
	return strings.Join(s, ", ")
}

// period is when one version of an id holds.
type period struct{ from, until Date }

// meets returns the first date on which both hold.
func (p period) meets(q period) (Date, bool) {
	from := max(p.from, q.from)
	if p.until != "" && p.until < from || q.until != "" && q.until < from {
		return "", false
	}
	if from == "" { // both have always held: any date will do to show it
		from = min(cmp.Or(p.until, lastDate), cmp.Or(q.until, lastDate))
	}
	return from, true
}

// taken remembers the versions of every id.
type taken map[string][]period

func (t taken) add(r *reader, id string, p period) {
	for _, earlier := range t[id] {
		if d, ok := p.meets(earlier); ok {
			r.add(TakenTwice, "id", id, string(d))
			break
		}
	}
	t[id] = append(t[id], p)
}

// Check finds all that cannot be in a catalogue.
func (c Catalogue) Check() []Finding {
	var found []Finding
	departments := taken{}
	for i, d := range c.Departments {
		r := &reader{place: Place{List: "departments", Row: i + 1, ID: d.ID}}
		r.named(d.ID, d.Name)
		if r.dates(d.From, d.Until) {
			departments.add(r, d.ID, period{d.From, d.Until})
		}
		oneOf(r, "unit", d.Unit, UnitNew, UnitAdded, UnitNone)
		r.paper("unit_paper", d.UnitPaper)
		found = append(found, r.found...)
	}
	known := map[string]bool{"": true} // an item of no department is everybody's
	for _, d := range c.Departments {
		known[d.ID] = true
	}
	items := taken{}
	for i, it := range c.Items {
		r := &reader{place: Place{List: "items", Row: i + 1, ID: it.ID}}
		r.named(it.ID, it.Name)
		if r.dates(it.From, it.Until) {
			items.add(r, it.ID, period{it.From, it.Until})
		}
		if !known[it.Department] {
			r.add(UnknownDepartment, "department", it.Department)
		}
		r.item(it)
		found = append(found, r.found...)
	}
	return found
}

// item finds what cannot be in an item by itself.
func (r *reader) item(it Item) {
	if it.Queue == "" && !it.OffHall {
		r.add(NoQueue, "queue")
	}
	oneOf(r, "kind", it.Kind, kinds...)
	oneOf(r, "handling", it.Handling, AtOnce, Promised)
	for _, a := range it.For {
		oneOf(r, "for", a, Enterprises, Citizens)
	}
	oneOf(r, "authority.level", it.Authority.Level, AtWindow, BackOffice, Centre)
	oneOf(r, "absence.reason", it.Absence.Reason, ByLaw, ByMeeting)
	r.lines("bring", it.Bring)
	r.lines("bring_en", it.BringEn)
	r.number("statutory_days", int64(it.LegalDays), 0, mostDays)
	r.number("promised_days", int64(it.PromiseDays), 0, mostDays)
	r.number("usual_minutes", int64(it.Minutes), 0, int64(dayMinutes))
	if it.LegalDays > 0 && it.PromiseDays > it.LegalDays {
		r.add(PromiseTooLong, "promised_days", strconv.Itoa(it.PromiseDays), strconv.Itoa(it.LegalDays))
	}
	if it.Handling == AtOnce && it.PromiseDays > 0 {
		r.add(AtOnceWithDays, "promised_days", strconv.Itoa(it.PromiseDays))
	}
	for i, m := range it.Materials {
		if strings.TrimSpace(m.Name) == "" {
			r.add(NoName, "materials")
			r.found[len(r.found)-1].Place.Sub = i + 1
		}
	}
	if it.NoMaterials && len(it.Materials) > 0 {
		r.add(SaidTwice, "no_materials", strconv.Itoa(len(it.Materials)))
	}
	if it.Fee != nil {
		r.fee(*it.Fee)
	}
	r.paper("authority.paper", it.Authority.Paper)
	r.paper("list_paper", it.ListPaper)
	r.paper("absence.paper", it.Absence.Paper)
	r.paper("source", it.Source)
}

func (r *reader) fee(f Fee) {
	r.number("fee.lower", f.Lower, 0, mostFen)
	r.number("fee.upper", f.Upper, 0, mostFen)
	if f.Upper != 0 && f.Lower > f.Upper {
		r.add(FeeBackward, "fee.lower", strconv.FormatInt(f.Lower, 10), strconv.FormatInt(f.Upper, 10))
	}
	if max(f.Lower, f.Upper) > 0 && strings.TrimSpace(f.Basis) == "" {
		r.add(FeeWithoutBasis, "fee.basis", strconv.FormatInt(max(f.Lower, f.Upper), 10))
	}
	r.paper("fee.paper", f.Paper)
}

// Review finds what breaks a rule of the hall in the versions that hold on a date or later. served says which queues some window serves;
// nil leaves that out.
func (c Catalogue) Review(from Date, served map[string]bool) []Finding {
	// A hall whose items say no kind keeps a plain list; the rules of the catalogue are for those who keep one.
	kept := slices.ContainsFunc(c.Items, func(it Item) bool { return it.Kind != "" })
	var found []Finding
	for i, it := range c.Items {
		if it.Until != "" && it.Until < from {
			continue
		}
		r := &reader{place: Place{List: "items", Row: i + 1, ID: it.ID}}
		if d, ok := c.departmentGap(it, from); ok {
			r.add(DepartmentEnds, "department", it.Department, string(d))
		}
		switch {
		case it.OffHall:
			if it.Absence.Reason == "" {
				r.add(AbsenceUnexplained, "absence.reason", list([]Exemption{ByLaw, ByMeeting}))
			}
		case served != nil && !served[it.Queue]:
			r.add(Unserved, "queue", it.Queue)
		}
		switch {
		case it.Kind != "":
			r.rules(it)
		case kept:
			r.add(KindMissing, "kind", list(kinds))
		}
		found = append(found, r.found...)
	}
	return found
}

// rules finds what an item that says its kind breaks.
func (r *reader) rules(it Item) {
	if it.Kind.NeedsListing() && !it.Listed && !it.OffHall {
		r.add(NotListed, "listed", it.Name)
	}
	if !it.Authority.IsZero() && it.Authority.Paper.IsZero() {
		r.add(AuthorityWithoutPaper, "authority.paper")
	}
	if it.Handling != AtOnce {
		r.limit(it)
	}
	if it.Handling == Promised && it.FinishedAtOnce() {
		r.add(CouldBeAtOnce, "handling")
	}
	if out := it.Withheld(); len(out) > 0 && !it.OffHall {
		r.add(NotDisclosed, "disclosure", strconv.Itoa(len(seven)-len(out)), list(out))
	}
}

// limit finds what is wrong with a promise of days.
func (r *reader) limit(it Item) {
	longest := LongestPromise(it.LegalDays)
	switch {
	case it.LegalDays > 0 && longest == 0:
		r.add(MustBeAtOnce, "handling")
	case it.PromiseDays == 0:
		if it.LegalDays > 0 || it.Handling == Promised {
			r.add(LimitMissing, "promised_days")
		}
	case it.LegalDays > 0 && it.PromiseDays <= it.LegalDays && it.PromiseDays > longest: // longer than the law: Check says so
		r.add(NotShortened, "promised_days", strconv.Itoa(it.PromiseDays), strconv.Itoa(it.LegalDays), strconv.Itoa(longest))
	}
}

// departmentGap returns the first date, of those from a date on, on which an item holds and its department does not.
func (c Catalogue) departmentGap(it Item, from Date) (Date, bool) {
	if it.Department == "" || !slices.ContainsFunc(c.Departments, func(d Department) bool { return d.ID == it.Department }) {
		return "", false // Check says that there is none
	}
	start := max(it.From, from, firstDate)
	tries := []Date{start} // a gap begins there, or on the day after a version of the department
	for _, d := range c.Departments {
		if d.ID == it.Department && d.Until.Valid() {
			tries = append(tries, d.Until.AddDays(1))
		}
	}
	slices.Sort(tries)
	for _, d := range tries {
		if d < start || !it.On(d) {
			continue
		}
		if _, ok := c.Department(it.Department, d); !ok {
			return d, true
		}
	}
	return "", false
}
