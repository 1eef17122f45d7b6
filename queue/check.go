package queue

import (
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"halld/queue/catalogue"
)

var (
	prefixRE = regexp.MustCompile(`^[A-Z]{1,2}$`)
	idRE     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$`)
)

// What a text may be, so that it fits on screens, boards and paper.
const (
	LongestName    = 100 // characters
	LongestAddress = 80  // characters: it keeps the QR codes of tickets small enough for 58 mm paper
)

// Bound is what a number of the configuration may be, both ends included. Durations are in nanoseconds.
type Bound struct{ Min, Max int64 }

// bounds has every number, by its path without positions in lists.
var bounds = map[string]Bound{
	"policy.recall_limit":     {1, 99},
	"policy.miss_after":       {1, 99},
	"policy.return_after":     {0, 99},
	"policy.return_limit":     {0, 99},
	"policy.undo_miss_within": {0, int64(24 * time.Hour)},
	"policy.hold_limit":       {0, 99},
	"policy.leg_limit":        {1, 99},
	"policy.priority_head":    {0, int64(24 * time.Hour)},
	"policy.appointment_head": {0, int64(24 * time.Hour)},
	"policy.unproved_grace":   {0, int64(time.Hour)},
	"policy.failed_grace":     {0, int64(time.Hour)},
	"policy.warn_at":          {0, 100},
	"policy.rate_within":      {0, int64(time.Hour)},
	"policy.overtime":         {0, int64(12 * time.Hour)},
	"policy.batch_limit":      {0, 999},
	"policy.staffed_within":   {0, int64(4 * time.Hour)},
	"queues.last_margin":      {0, int64(4 * time.Hour)},
	"queues.long_at":          {0, 9999},
	"queues.quotas.limit":     {0, 99999},
	"policy.target.wait":      {0, int64(24 * time.Hour)},
	"policy.target.share":     {0, 100},
	"queues.target.wait":      {0, int64(24 * time.Hour)},
	"queues.target.share":     {0, 100},
	"items.target.wait":       {0, int64(24 * time.Hour)},
	"items.target.share":      {0, 100},
	"queues.first":            {0, 9998},
	"queues.last":             {1, 9999},
	"queues.width":            {3, 4},
	"zones.repeat":            {1, 5},
	"zones.gap":               {0, int64(10 * time.Second)},
	"zones.max_age":           {int64(5 * time.Second), int64(10 * time.Minute)},
	"devices.address":         {0, 1<<31 - 1},
	"policy.wait_cap":         {0, int64(24 * time.Hour)},
	"queues.wait_cap":         {0, int64(24 * time.Hour)},
	"classes.head":            {0, int64(24 * time.Hour)},
	"classes.tier":            {0, 9},
	"classes.slope":           {1, 1000},
}

// Bounds says what a number may be, by its path without positions in lists: policy.recall_limit, queues.first.
func Bounds(path string) (Bound, bool) {
	b, ok := bounds[path]
	return b, ok
}

// Check refuses a configuration that no hall can have: the last guard, whoever made it. The error is a *ConfigError.
func (c *Config) Check() error {
	bad := slices.DeleteFunc(c.Problems(), func(p ConfigProblem) bool { return p.Warning })
	if len(bad) == 0 {
		return nil
	}
	return &ConfigError{Problems: bad}
}

// Problems finds everything in the configuration that cannot be. What only devices know is not looked at.
func (c *Config) Problems() []ConfigProblem {
	var p problems
	p.name("name", c.Name, true)
	p.name("name_en", c.NameEn, false)
	if _, err := time.LoadLocation(c.Calendar.Zone); err != nil || c.Calendar.Zone == "Local" {
		p.add("zone", BadTimeZone, "got", c.Calendar.Zone).Known = commonZones
	}
	p.address(c.Address)
	offices := p.checkDepartments(c)
	queues := p.checkQueues(c)
	p.checkItems(c, queues)
	p.findings(c.Catalogue().Check(), offices.order)
	p.findings(c.Calendar.Check(), nil)
	windows := p.checkWindows(c, queues, offices)
	p.checkServed(c)
	p.checkPeople(c, windows, offices)
	p.checkZones(c, windows)
	p.checkDevices(c, windows)
	p.checkKiosks(c, queues, offices)
	p.checkPolicy(&c.Policy)
	p.checkClasses(c)
	return p
}

// commonZones are proposed where a time zone is mistyped.
var commonZones = []string{"Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei", "Asia/Singapore", "UTC", "Europe/Warsaw",
	"Europe/London", "America/New_York"}

// TextProblem says what is wrong with a text that people wrote and others will read; empty: nothing. The second value is its argument: a character, or the length.
// An empty text is blank.
func TextProblem(s string, longest int) (ProblemCode, string) {
	for _, r := range s {
		switch {
		case unicode.IsControl(r) || r == utf8.RuneError || r == 0x2028 || r == 0x2029 || r == 0xFEFF:
			return TextControl, fmt.Sprintf("U+%04X", r)
		case r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x061C:
			return TextDirection, fmt.Sprintf("U+%04X", r)
		}
	}
	if n := utf8.RuneCountInString(s); n > longest {
		return TextLong, strconv.Itoa(n)
	}
	if strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == 0x3000 || r == 0x200B }) == "" {
		return TextBlank, ""
	}
	return "", ""
}

func (p *problems) name(path, s string, must bool) {
	if s == "" {
		if must {
			p.add(path, Missing)
		}
		return
	}
	switch code, arg := TextProblem(s, LongestName); code {
	case "":
	case TextLong:
		p.add(path, code, "got", arg, "max", strconv.Itoa(LongestName))
	case TextBlank:
		p.add(path, code)
	default:
		p.add(path, code, "char", arg)
	}
}

func (p *problems) address(a string) {
	if a == "" {
		return
	}
	u, err := url.Parse(a)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		len(a) > LongestAddress || strings.HasSuffix(a, "/") {
		p.add("address", BadAddress, "got", a, "max", strconv.Itoa(LongestAddress))
	}
}

// ids collects the identifiers of one list and where each stands.
type ids[K ~string] struct {
	at    map[K]string
	order []string
}

// take notes an identifier; one that is malformed or taken is a problem.
func take[K ~string](p *problems, seen *ids[K], id K, path string, form *regexp.Regexp, bad ProblemCode) {
	switch other, taken := seen.at[id]; {
	case id == "":
		p.add(path, Missing)
		return
	case !form.MatchString(string(id)):
		p.add(path, bad, "got", string(id))
	case taken:
		p.add(path, IDTaken, "got", string(id)).Other = other
		return
	}
	if seen.at == nil {
		seen.at = map[K]string{}
	}
	seen.at[id] = path
	seen.order = append(seen.order, string(id))
}

// find notes a reference to something that is not there.
func find[K ~string](p *problems, in ids[K], id K, path string, code ProblemCode) {
	if _, ok := in.at[id]; !ok {
		p.add(path, code, "got", string(id)).Known = in.order
	}
}

// each checks a list of references: each is there, and once.
func each[K ~string](p *problems, in ids[K], list []K, path string, code ProblemCode) {
	for k, id := range list {
		at := fmt.Sprintf("%s[%d]", path, k)
		if slices.Index(list, id) != k {
			p.add(at, ListedTwice, "got", string(id))
			continue
		}
		find(p, in, id, at, code)
	}
}

func choice[K ~string](p *problems, path string, got K, from []K) {
	if slices.Contains(from, got) {
		return
	}
	if got == "" {
		p.add(path, Missing)
		return
	}
	n := p.add(path, NotAChoice, "got", string(got))
	for _, k := range from {
		n.Known = append(n.Known, string(k))
	}
}

// bound notes a number that is out of its bounds.
func (p *problems) bound(path, key string, v int64, duration bool) bool {
	b := bounds[key]
	if v >= b.Min && v <= b.Max {
		return true
	}
	text := func(v int64) string { return strconv.FormatInt(v, 10) }
	if duration {
		text = func(v int64) string { return DurationText(time.Duration(v)) }
	}
	p.add(path, OutOfRange, "got", text(v), "min", text(b.Min), "max", text(b.Max))
	return false
}

// DurationText writes a duration as people do: 90s, 15m, 1h30m, 500ms.
func DurationText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func (p *problems) checkDepartments(c *Config) ids[DepartmentID] {
	var seen ids[DepartmentID]
	for i, d := range c.Departments {
		at := fmt.Sprintf("departments[%d]", i)
		if seen.at == nil {
			seen.at = map[DepartmentID]string{}
		}
		if _, version := seen.at[d.ID]; !version { // what one id must be and when it holds, the catalogue checks
			seen.at[d.ID], seen.order = at+".id", append(seen.order, string(d.ID))
		}
		p.name(at+".name", d.Name, false)
		p.name(at+".name_en", d.NameEn, false)
	}
	return seen
}

func (p *problems) checkQueues(c *Config) ids[QueueID] {
	var seen ids[QueueID]
	if len(c.Queues) == 0 {
		p.add("queues", NoQueue)
	}
	type owner struct {
		queue QueueID
		path  string
	}
	prefixes := map[string]owner{}
	prefix := func(path, s string, q QueueID) {
		switch first, taken := prefixes[s]; {
		case s == "":
			p.add(path, Missing)
		case !prefixRE.MatchString(s):
			p.add(path, PrefixForm, "got", s)
		case taken:
			p.add(path, PrefixTaken, "got", s, "queue", string(first.queue)).Other = first.path
		default:
			prefixes[s] = owner{q, path}
		}
	}
	for i, q := range c.Queues {
		at := fmt.Sprintf("queues[%d]", i)
		take(p, &seen, q.ID, at+".id", idRE, BadID)
		p.name(at+".name", q.Name, true)
		p.name(at+".name_en", q.NameEn, false)
		prefix(at+".prefix", q.Prefix, q.ID)
		if p.bound(at+".width", "queues.width", int64(q.Width), false) && p.bound(at+".first", "queues.first", int64(q.First), false) {
			largest := 999
			if q.Width == 4 {
				largest = 9999
			}
			if q.Last <= q.First || q.Last > largest {
				p.add(at+".last", LastBelowFirst, "got", strconv.Itoa(q.Last), "first", strconv.Itoa(q.First), "max", strconv.Itoa(largest))
			}
		}
		choice(p, at+".band_end", q.BandEnd, []BandEnd{Widen, Reserve, StopAt})
		if q.BandEnd == Reserve {
			prefix(at+".reserve", q.Reserve, q.ID)
		}
		p.target(at+".target", "queues.target", q.Target)
		p.issueRules(at, &q)
	}
	return seen
}

func (p *problems) target(path, key string, t Target) {
	p.bound(path+".wait", key+".wait", int64(t.Wait), true)
	if p.bound(path+".share", key+".share", int64(t.Share), false) && t.Wait > 0 && t.Share == 0 {
		p.add(path+".share", OutOfRange, "got", "0", "min", "1", "max", "100")
	}
}

func (p *problems) checkItems(c *Config, queues ids[QueueID]) {
	for i, it := range c.Items {
		at := fmt.Sprintf("items[%d]", i)
		p.name(at+".name", it.Name, false)
		p.name(at+".name_en", it.NameEn, false)
		if it.Queue != "" {
			find(p, queues, it.Queue, at+".queue", UnknownQueueID)
		}
		for k, line := range it.Bring {
			p.name(fmt.Sprintf("%s.bring[%d]", at, k), line, true)
		}
		p.target(at+".target", "items.target", it.Target)
	}
}

// findings takes over what the catalogue finds, in the words of this package where both have some.
func (p *problems) findings(found []catalogue.Finding, offices []string) {
	for _, f := range found {
		n := FindingProblem(f)
		switch f.Code {
		case catalogue.NoName, catalogue.NoQueue:
			n.Code, n.Args = Missing, nil
		case catalogue.BadID:
			n.Code, n.Args = BadID, map[string]string{"got": f.Args[0]}
			if f.Args[0] == "" {
				n.Code, n.Args = Missing, nil
			}
		case catalogue.UnknownDepartment:
			n.Code, n.Args, n.Known = UnknownOffice, map[string]string{"got": f.Args[0]}, offices
		case catalogue.TooManyLines:
			n.Code, n.Args = TooManyLines, map[string]string{"got": f.Args[0], "max": f.Args[1]}
		case catalogue.BadZone:
			continue // it is the hall's, which has been looked at
		default: // the catalogue's own word
		}
		*p = append(*p, n)
	}
}

// FindingProblem is a finding of the catalogue as a problem of the configuration.
func FindingProblem(f catalogue.Finding) ConfigProblem {
	n := ConfigProblem{Path: f.Place.String(), Code: ProblemCode(FromCatalogue + string(f.Code)), Warning: f.Severity() == catalogue.Warn}
	for i, a := range f.Args {
		if n.Args == nil {
			n.Args = map[string]string{}
		}
		n.Args[strconv.Itoa(i)] = a
	}
	for _, l := range []string{"specials", "hours"} {
		if strings.HasPrefix(n.Path, l) {
			n.Path = "calendar." + n.Path
		}
	}
	return n
}

var windowRE = regexp.MustCompile(`^[1-9][0-9]{0,2}$`)

func (p *problems) checkWindows(c *Config, queues ids[QueueID], offices ids[DepartmentID]) ids[WindowID] {
	var seen ids[WindowID]
	for i, w := range c.WindowSetup {
		at := fmt.Sprintf("windows[%d]", i)
		take(p, &seen, w.ID, at+".id", windowRE, WindowNumber)
		p.name(at+".name", w.Name, false)
		if len(w.Queues) == 0 {
			p.add(at+".queues", WindowUseless, "window", string(w.ID))
		}
		each(p, queues, w.Queues, at+".queues", UnknownQueueID)
		if w.Department != "" {
			find(p, offices, w.Department, at+".department", UnknownOffice)
		}
	}
	return seen
}

// checkServed finds queues whose tickets nobody could call.
func (p *problems) checkServed(c *Config) {
	for i, q := range c.Queues {
		if q.ID != "" && !slices.ContainsFunc(c.WindowSetup, func(w WindowSetup) bool { return slices.Contains(w.Queues, q.ID) }) {
			p.add(fmt.Sprintf("queues[%d].id", i), QueueUnserved, "queue", string(q.ID))
		}
	}
}

func (p *problems) checkPeople(c *Config, windows ids[WindowID], offices ids[DepartmentID]) {
	var seen ids[PersonID]
	for i, h := range c.People {
		at := fmt.Sprintf("people[%d]", i)
		take(p, &seen, h.ID, at+".id", idRE, BadID)
		p.name(at+".name", h.Name, true)
		p.name(at+".name_en", h.NameEn, false)
		p.name(at+".post", h.Post, false)
		choice(p, at+".role", h.Role, PersonRoles())
		if h.Staff != "" {
			choice(p, at+".staff", h.Staff, StaffTypes())
		}
		if h.Department != "" {
			find(p, offices, h.Department, at+".department", UnknownOffice)
		}
		each(p, windows, h.Windows, at+".windows", UnknownWindowID)
	}
}

func (p *problems) checkDevices(c *Config, windows ids[WindowID]) {
	var seen ids[DeviceID]
	var zones ids[ZoneID]
	for _, z := range c.Zones {
		zones.order = append(zones.order, string(z.ID))
	}
	for i, d := range c.Devices {
		at := fmt.Sprintf("devices[%d]", i)
		take(p, &seen, d.ID, at+".id", idRE, BadID)
		p.bound(at+".address", "devices.address", int64(d.Address), false)
		if d.Window != "" {
			find(p, windows, d.Window, at+".window", UnknownWindowID)
		}
		if d.Zone != "" && !slices.Contains(zones.order, string(d.Zone)) {
			p.add(at+".zone", UnknownZone, "got", string(d.Zone)).Known = zones.order
		}
	}
}

// checkPolicy looks at every number of the policy: a field without bounds fails its test.
func (p *problems) checkPolicy(pol *Policy) {
	v := reflect.ValueOf(pol).Elem()
	inBounds := true
	for i := range v.NumField() {
		key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if f := v.Field(i); f.CanInt() {
			inBounds = p.bound("policy."+key, "policy."+key, f.Int(), f.Type() == reflect.TypeFor[time.Duration]()) && inBounds
		}
	}
	if inBounds && pol.RecallLimit < pol.MissAfter {
		p.add("policy.recall_limit", RecallBelowMiss, "got", strconv.Itoa(pol.RecallLimit), "miss", strconv.Itoa(pol.MissAfter))
	}
	if pol.DayEnd != "" {
		choice(p, "policy.day_end", pol.DayEnd, []DayEnd{WhenEmpty, AtClosing})
	}
	p.target("policy.target", "policy.target", pol.Target)
}
