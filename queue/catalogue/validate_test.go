package catalogue_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"halld/queue/catalogue"
)

// sound is an item that breaks no rule; a test spoils one thing.
func sound(spoil func(*catalogue.Item)) catalogue.Catalogue {
	it := full()
	it.OffHall, it.Absence, it.NoMaterials = false, catalogue.Absence{}, false
	if spoil != nil {
		spoil(&it)
	}
	return catalogue.Catalogue{Departments: []catalogue.Department{{ID: "market", Name: "市场监管局"}}, Items: []catalogue.Item{it}}
}

func TestCheckItems(t *testing.T) {
	t.Parallel()
	type item = catalogue.Item
	for name, c := range map[string]struct {
		spoil func(*item)
		place string
		code  catalogue.Code
	}{
		"id":              {func(it *item) { it.ID = "食品" }, "items[0].id", catalogue.BadID},
		"no id":           {func(it *item) { it.ID = "" }, "items[0].id", catalogue.BadID},
		"name":            {func(it *item) { it.Name = " " }, "items[0].name", catalogue.NoName},
		"department":      {func(it *item) { it.Department = "tax" }, "items[0].department", catalogue.UnknownDepartment},
		"queue":           {func(it *item) { it.Queue = "" }, "items[0].queue", catalogue.NoQueue},
		"from":            {func(it *item) { it.From = "2026-3-1" }, "items[0].from", catalogue.BadDate},
		"backward":        {func(it *item) { it.From = "2027-01-01" }, "items[0].until", catalogue.DatesBackward},
		"kind":            {func(it *item) { it.Kind = "许可" }, "items[0].kind", catalogue.UnknownWord},
		"handling":        {func(it *item) { it.Handling = "now" }, "items[0].handling", catalogue.UnknownWord},
		"for":             {func(it *item) { it.For = []catalogue.Audience{"all"} }, "items[0].for", catalogue.UnknownWord},
		"level":           {func(it *item) { it.Authority.Level = "full" }, "items[0].authority.level", catalogue.UnknownWord},
		"absence":         {func(it *item) { it.Absence.Reason = "space" }, "items[0].absence.reason", catalogue.UnknownWord},
		"bring":           {func(it *item) { it.Bring = make([]string, 4) }, "items[0].bring", catalogue.TooManyLines},
		"bring_en":        {func(it *item) { it.BringEn = make([]string, 4) }, "items[0].bring_en", catalogue.TooManyLines},
		"days":            {func(it *item) { it.LegalDays = 99999 }, "items[0].statutory_days", catalogue.BadNumber},
		"negative days":   {func(it *item) { it.PromiseDays = -1 }, "items[0].promised_days", catalogue.BadNumber},
		"minutes":         {func(it *item) { it.Minutes = 1441 }, "items[0].usual_minutes", catalogue.BadNumber},
		"too long":        {func(it *item) { it.PromiseDays = 21 }, "items[0].promised_days", catalogue.PromiseTooLong},
		"at once in days": {func(it *item) { it.Handling = catalogue.AtOnce }, "items[0].promised_days", catalogue.AtOnceWithDays},
		"material":        {func(it *item) { it.Materials = append(it.Materials, catalogue.Material{Form: "原件"}) }, "items[0].materials[1]", catalogue.NoName},
		"no materials":    {func(it *item) { it.NoMaterials = true }, "items[0].no_materials", catalogue.SaidTwice},
		"fee bounds":      {func(it *item) { it.Fee.Lower = 5001 }, "items[0].fee.lower", catalogue.FeeBackward},
		"fee below zero":  {func(it *item) { it.Fee.Lower = -1 }, "items[0].fee.lower", catalogue.BadNumber},
		"fee basis":       {func(it *item) { it.Fee.Basis = "" }, "items[0].fee.basis", catalogue.FeeWithoutBasis},
		"upper alone":     {func(it *item) { it.Fee.Lower, it.Fee.Basis = 0, "" }, "items[0].fee.basis", catalogue.FeeWithoutBasis},
		"paper":           {func(it *item) { it.Source.Date = "2026" }, "items[0].source.date", catalogue.BadDate},
		"fee paper":       {func(it *item) { it.Fee.Paper.Date = "2026" }, "items[0].fee.paper.date", catalogue.BadDate},
	} {
		found := sound(c.spoil).Check()
		if len(found) != 1 || found[0].Code != c.code || found[0].Place.String() != c.place || found[0].Severity() != catalogue.Refuse {
			t.Errorf("%s: %v; want %s at %s", name, found, c.code, c.place)
		}
		spoken(t, found)
	}
	for name, spoil := range map[string]func(*item){"as it is": nil, "off the hall without a queue": func(it *item) { it.OffHall, it.Queue = true, "" },
		"free": func(it *item) { it.Fee = &catalogue.Fee{} }, "one fee": func(it *item) { it.Fee.Upper = 0 },
		"promise as long as the law": func(it *item) { it.PromiseDays = 20 }} {
		if found := sound(spoil).Check(); len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
}

func TestCheckDepartments(t *testing.T) {
	t.Parallel()
	found := catalogue.Catalogue{Departments: []catalogue.Department{{ID: "a", Name: "甲"}, {ID: "a", Name: "乙", From: "2026-01-01"}, {ID: "b",
		Unit: "big", Until: "x", UnitPaper: catalogue.Paper{Date: "y"}}}}.Check()
	var got []string
	for _, f := range found {
		got = append(got, f.Place.String()+" "+string(f.Code))
	}
	want := []string{"departments[1].id taken-twice", "departments[2].name no-name", "departments[2].until bad-date",
		"departments[2].unit unknown-word", "departments[2].unit_paper.date bad-date"}
	if !slices.Equal(got, want) {
		t.Errorf("found %v; want %v", got, want)
	}
	if len(catalogue.Refused(found)) != len(found) {
		t.Error("something of it does not refuse")
	}
	spoken(t, found)
}

func TestReview(t *testing.T) {
	t.Parallel()
	type item = catalogue.Item
	served := map[string]bool{"B": true}
	for name, c := range map[string]struct {
		spoil func(*item)
		place string
		code  catalogue.Code
	}{
		"29 % shorter": {func(it *item) { it.PromiseDays = 15 }, "items[0].promised_days", catalogue.NotShortened},
		"not shorter":  {func(it *item) { it.LegalDays, it.PromiseDays = 2, 2 }, "items[0].promised_days", catalogue.NotShortened},
		"one day":      {func(it *item) { it.LegalDays, it.PromiseDays = 1, 1 }, "items[0].handling", catalogue.MustBeAtOnce},
		"could be at once": {func(it *item) { it.NeedsSiteCheck, it.NeedsHearing, it.NeedsTest = false, false, false }, "items[0].handling",
			catalogue.CouldBeAtOnce},
		"unserved":            {func(it *item) { it.Queue = "C" }, "items[0].queue", catalogue.Unserved},
		"permit not listed":   {func(it *item) { it.Listed = false }, "items[0].listed", catalogue.NotListed},
		"approval not listed": {func(it *item) { it.Kind, it.Listed = catalogue.Approval, false }, "items[0].listed", catalogue.NotListed},
		"off without reason":  {func(it *item) { it.OffHall = true }, "items[0].absence.reason", catalogue.AbsenceUnexplained},
		"authority":           {func(it *item) { it.Authority.Paper = catalogue.Paper{} }, "items[0].authority.paper", catalogue.AuthorityWithoutPaper},
		"no complaints":       {func(it *item) { it.Disclosure.Complaints = "" }, "items[0].disclosure", catalogue.NotDisclosed},
		"no fee said":         {func(it *item) { it.Fee = nil }, "items[0].disclosure", catalogue.NotDisclosed},
	} {
		found := sound(c.spoil).Review("2026-03-02", served)
		if len(found) != 1 || found[0].Code != c.code || found[0].Place.String() != c.place || found[0].Severity() != catalogue.Warn {
			t.Errorf("%s: %v; want %s at %s", name, found, c.code, c.place)
		}
		spoken(t, found)
	}
	for name, spoil := range map[string]func(*item){
		"as it is":               nil,
		"at once":                func(it *item) { it.Handling, it.PromiseDays = catalogue.AtOnce, 0 },
		"one day at once":        func(it *item) { it.Handling, it.LegalDays, it.PromiseDays = catalogue.AtOnce, 1, 0 },
		"hearing alone":          func(it *item) { it.NeedsSiteCheck, it.NeedsTest = false, false },
		"off by law":             func(it *item) { it.OffHall, it.Queue, it.Absence.Reason = true, "", catalogue.ByLaw },
		"registration":           func(it *item) { it.Kind, it.Listed = catalogue.Registration, false },
		"no statutory limit":     func(it *item) { it.LegalDays, it.PromiseDays = 0, 30 },
		"free":                   func(it *item) { it.Fee = &catalogue.Fee{} },
		"nothing to bring":       func(it *item) { it.Materials, it.NoMaterials = nil, true },
		"over since last year":   func(it *item) { it.From, it.Until, it.Queue, it.Listed = "", "2025-12-31", "Z", false },
		"longer than the law":    func(it *item) { it.PromiseDays = 21 }, // Check refuses it; it is not said twice
		"queue, when it is late": func(it *item) { it.From = "2026-09-01" },
	} {
		if found := sound(spoil).Review("2026-03-02", served); len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
	if found := sound(func(it *item) { it.Queue = "C" }).Review("2026-03-02", nil); len(found) > 0 {
		t.Errorf("who serves was not asked: %v", found)
	}
	none := sound(func(it *item) { it.PromiseDays = 0 }).Review("2026-03-02", served)
	if len(none) != 2 || none[0].Code != catalogue.LimitMissing || none[1].Code != catalogue.NotDisclosed || none[1].Words("zh") != "办事七公开只有 6/7，缺：time_limit" {
		t.Errorf("no promise: %v", none)
	}
	both := sound(nil)
	both.Items = append(both.Items, item{ID: "x", Name: "x", Queue: "B"})
	if found := both.Review("2026-03-02", served); len(found) != 1 || found[0].Code != catalogue.KindMissing || found[0].Place.Row != 2 {
		t.Errorf("an item without a kind among others: %v", found)
	}
	spoken(t, append(none, both.Review("2026-03-02", served)...))
}

func TestDepartmentEnds(t *testing.T) {
	t.Parallel()
	dep := func(from, until date) catalogue.Department {
		return catalogue.Department{ID: "d", Name: "d", From: from, Until: until}
	}
	for _, c := range []struct {
		from, until date
		departments []catalogue.Department
		gap         date
	}{
		{"", "", []catalogue.Department{dep("", "")}, ""},
		{"", "", []catalogue.Department{dep("", "2026-05-31")}, "2026-06-01"},
		{"", "2026-05-31", []catalogue.Department{dep("", "2026-05-31")}, ""},
		{"", "", []catalogue.Department{dep("2026-01-01", "")}, ""}, // before the date that is asked about
		{"", "", []catalogue.Department{dep("2026-04-01", "")}, "2026-03-02"},
		{"2026-04-01", "", []catalogue.Department{dep("2026-04-01", "")}, ""},
		{"", "", []catalogue.Department{dep("2026-06-01", ""), dep("", "2026-05-31")}, ""},
		{"", "", []catalogue.Department{dep("2026-06-02", ""), dep("", "2026-05-31")}, "2026-06-01"},
		{"", "", []catalogue.Department{dep("", "9999-12-31")}, ""},
	} {
		found := catalogue.Catalogue{Departments: c.departments, Items: []catalogue.Item{{ID: "a", Name: "a", Queue: "A", Department: "d",
			From: c.from, Until: c.until}}}.Review("2026-03-02", nil)
		if c.gap == "" && len(found) > 0 || c.gap != "" && (len(found) != 1 || found[0].Code != catalogue.DepartmentEnds || found[0].Args[1] != string(c.gap)) {
			t.Errorf("%+v: %v", c, found)
		}
		spoken(t, found)
	}
}

func TestTicketable(t *testing.T) {
	t.Parallel()
	type item = catalogue.Item
	permit := item{ID: "a", Name: "许可", Kind: catalogue.Permit, Listed: true, From: "2026-03-01", Until: "2026-03-31"}
	for name, c := range map[string]struct {
		spoil func(*item)
		on    date
		code  catalogue.Code
	}{
		"first day": {nil, "2026-03-01", ""}, "last day": {nil, "2026-03-31", ""}, "before": {nil, "2026-02-28", catalogue.NotYet}, "after": {nil,
			"2026-04-01", catalogue.NoLonger},
		"off":      {func(it *item) { it.OffHall = true }, "2026-03-01", catalogue.IsOffHall},
		"permit":   {func(it *item) { it.Listed = false }, "2026-03-01", catalogue.NotListed},
		"approval": {func(it *item) { it.Listed, it.Kind = false, catalogue.Approval }, "2026-03-01", catalogue.NotListed},
	} {
		it := permit
		if c.spoil != nil {
			c.spoil(&it)
		}
		ok, why := catalogue.Ticketable(it, c.on)
		if ok != (c.code == "") || why.Code != c.code {
			t.Errorf("%s: %v, %v; want %q", name, ok, why, c.code)
		}
		if !ok {
			spoken(t, []catalogue.Finding{why})
		}
	}
	for _, k := range append(catalogue.Kinds(), "") {
		ok, _ := catalogue.Ticketable(item{ID: "a", Kind: k}, "2026-03-01")
		if want := k != catalogue.Approval && k != catalogue.Permit; ok != want {
			t.Errorf("%q and not listed: %v", k, ok)
		}
	}
}

func TestLongestPromise(t *testing.T) {
	t.Parallel()
	for statutory, want := range map[int]int{20: 14, 15: 10, 10: 7, 5: 3, 3: 2, 2: 1, 1: 0, 0: 0, -5: 0, 60: 42, 7: 4} {
		if got := catalogue.LongestPromise(statutory); got != want {
			t.Errorf("of %d days %d may be promised; want %d", statutory, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		it := catalogue.Item{Handling: catalogue.Promised, LegalDays: rapid.IntRange(1, 3660).Draw(t, "statutory"), PromiseDays: rapid.IntRange(1,
			5000).Draw(t, "promised")}
		permille, ok := it.Shortened()
		enough := 10*(it.LegalDays-it.PromiseDays) >= 3*it.LegalDays
		if !ok || permille >= 300 != enough || it.PromiseDays <= catalogue.LongestPromise(it.LegalDays) != enough {
			t.Fatalf("%d of %d: shortened by %d ‰", it.PromiseDays, it.LegalDays, permille)
		}
	})
	for _, c := range []struct {
		it       catalogue.Item
		permille int
		ok       bool
	}{
		{catalogue.Item{LegalDays: 20, PromiseDays: 14}, 300, true}, {catalogue.Item{LegalDays: 20, Handling: catalogue.AtOnce}, 1000,
			true}, {catalogue.Item{LegalDays: 20}, 0, false},
		{catalogue.Item{PromiseDays: 5}, 0, false}, {catalogue.Item{LegalDays: 3, PromiseDays: 4}, -334, true},
	} {
		if permille, ok := c.it.Shortened(); permille != c.permille || ok != c.ok {
			t.Errorf("%+v: shortened by %d ‰, %v", c.it, permille, ok)
		}
	}
}

func TestSeven(t *testing.T) {
	t.Parallel()
	if out := (catalogue.Item{}).Withheld(); !slices.Equal(out, catalogue.Seven()) {
		t.Errorf("an empty item withholds %v", out)
	}
	if out := sound(nil).Items[0].Withheld(); len(out) > 0 {
		t.Errorf("a full item withholds %v", out)
	}
	if full().Given("telephone") {
		t.Error("an eighth is public")
	}
	fee := catalogue.Fee{Lower: 1000, Upper: 5000}
	if fee.Shown() != 1000 || (catalogue.Item{Fee: &fee}).Given(catalogue.FeeBasis) {
		t.Error("a fee is shown at its lower bound, and public only with its basis")
	}
}
