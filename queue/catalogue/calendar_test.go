package catalogue_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"halld/queue/catalogue"
)

// office is a hall in China with a break at noon, short Fridays and Saturday mornings as a service.
func office(t interface{ Fatal(...any) }, specials ...catalogue.Special) catalogue.Calendar {
	c := catalogue.Calendar{Zone: "Asia/Shanghai", Holidays: "cn", Specials: specials}
	for _, w := range catalogue.Weekdays()[:4] {
		c.Hours.Set(w, spans(t, "09:00-12:00", "13:00-17:00"))
	}
	c.Hours.Fri = spans(t, "09:00-12:00", "13:00-16:00")
	c.Hours.Sat = spans(t, "09:00-11:30")
	filled, ok := c.Fill()
	if !ok {
		t.Fatal("cn is not known")
	}
	return filled
}

func written(spans []catalogue.Span) string {
	var s string
	for i, sp := range spans {
		if i > 0 {
			s += " "
		}
		s += sp.String()
	}
	return s
}

func TestHolidaysCN(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		year           int
		off, work      []string // as the notice says, dates written out
		number, issued string
	}{
		{2025, []string{"2025-01-01", "2025-01-28", "2025-01-29", "2025-01-30", "2025-01-31", "2025-02-01", "2025-02-02", "2025-02-03", "2025-02-04",
			"2025-04-04", "2025-04-05", "2025-04-06", "2025-05-01", "2025-05-02", "2025-05-03", "2025-05-04",
			"2025-05-05", "2025-05-31", "2025-06-01", "2025-06-02",
			"2025-10-01", "2025-10-02", "2025-10-03", "2025-10-04", "2025-10-05", "2025-10-06", "2025-10-07", "2025-10-08"},
			[]string{"2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"}, "国办发明电〔2024〕12号", "2024年11月12日"},
		{2026, []string{"2026-01-01", "2026-01-02", "2026-01-03", "2026-02-15", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20",
			"2026-02-21", "2026-02-22",
			"2026-02-23", "2026-04-04", "2026-04-05", "2026-04-06", "2026-05-01", "2026-05-02", "2026-05-03",
			"2026-05-04", "2026-05-05", "2026-06-19", "2026-06-20", "2026-06-21",
			"2026-09-25", "2026-09-26", "2026-09-27", "2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04", "2026-10-05", "2026-10-06", "2026-10-07"},
			[]string{"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"}, "国办发明电〔2025〕7号", "2025年11月4日"},
	} {
		specials, ok := catalogue.PublicHolidaysCN(c.year)
		if !ok {
			t.Errorf("%d is not known", c.year)
		}
		for _, s := range specials {
			if s.Source != "国务院办公厅关于"+string(s.Date[:4])+"年部分节假日安排的通知（"+c.number+"，"+c.issued+"）" || s.Name == "" || s.NameEn == "" {
				t.Errorf("%s says %+v", s.Date, s)
			}
		}
		if found := (catalogue.Calendar{Zone: "Asia/Shanghai", Hours: office(t).Hours, Specials: specials}).Check(); len(found) > 0 {
			t.Errorf("%d: %v", c.year, found)
		}
		cal := office(t)
		working := 0
		for d := catalogue.DateOf(c.year, 1, 1); d.Year() == c.year; d = d.AddDays(1) {
			weekend := d.Weekday() == catalogue.Saturday || d.Weekday() == catalogue.Sunday
			off, work := slices.Contains(c.off, string(d)), slices.Contains(c.work, string(d))
			if want := work || !weekend && !off; cal.WorkingDay(d) != want {
				t.Errorf("%s, a %s: working %v", d, d.Weekday(), !want)
			}
			open, why := cal.Spans(d)
			switch {
			case off && (len(open) > 0 || why.Rule != catalogue.ClosedOn || why.Special.Name == ""),
				work && (d.Weekday() == catalogue.Saturday) != (written(open) == "09:00-12:00 13:00-16:00"),
				work && (d.Weekday() == catalogue.Sunday) != (written(open) == "09:00-12:00 13:00-17:00"),
				work && why.Rule != catalogue.LikeDay:
				t.Errorf("%s: open %s because of %+v", d, written(open), why)
			}
			if cal.WorkingDay(d) {
				working++
			}
		}
		if working != 248 { // 365 days, 104 days of weekends, 13 public holidays: make-up days take nothing and give nothing
			t.Errorf("%d has %d working days; want 248", c.year, working)
		}
	}
	for _, year := range []int{0, 2024, 2027, -1} {
		if s, ok := catalogue.PublicHolidaysCN(year); ok || len(s) > 0 {
			t.Errorf("the notice of %d is known: %v", year, s)
		}
	}
}

func TestYearEndOpens(t *testing.T) {
	t.Parallel()
	c := office(t)
	want := []struct {
		date  date
		spans string
		rule  catalogue.Rule
		work  bool
	}{
		{"2025-12-28", "", catalogue.Weekly, false}, {"2025-12-29", "09:00-12:00 13:00-17:00", catalogue.Weekly, true},
		{"2025-12-30", "09:00-12:00 13:00-17:00", catalogue.Weekly, true}, {"2025-12-31", "09:00-12:00 13:00-17:00", catalogue.Weekly, true},
		{"2026-01-01", "", catalogue.ClosedOn, false}, {"2026-01-02", "", catalogue.ClosedOn, false}, {"2026-01-03", "", catalogue.ClosedOn, false},
		{"2026-01-04", "09:00-12:00 13:00-17:00", catalogue.LikeDay, true}, {"2026-01-05", "09:00-12:00 13:00-17:00", catalogue.Weekly, true},
		{"2026-01-09", "09:00-12:00 13:00-16:00", catalogue.Weekly, true}, {"2026-01-10", "09:00-11:30", catalogue.Weekly, false},
	}
	for _, w := range want {
		got, why := c.Spans(w.date)
		if written(got) != w.spans || why.Rule != w.rule || c.WorkingDay(w.date) != w.work {
			t.Errorf("%s: %q by %s, working %v; want %q by %s, %v", w.date, written(got), why.Rule, c.WorkingDay(w.date), w.spans, w.rule, w.work)
		}
	}
	open, closing, ok := c.NextOpening(time.Date(2025, 12, 31, 17, 0, 0, 0, zone(t, "Asia/Shanghai")))
	if !ok || open.Format(time.RFC3339) != "2026-01-04T09:00:00+08:00" || closing.Format(time.RFC3339) != "2026-01-04T12:00:00+08:00" {
		t.Errorf("after the last closing of 2025 comes %s to %s, %v", open, closing, ok)
	}
	if d, ok := c.AddWorkingDays("2025-12-30", 3); !ok || d != "2026-01-05" {
		t.Errorf("three working days after 2025-12-30 is %s", d)
	}
}

func TestOwnSpecialsWin(t *testing.T) {
	t.Parallel()
	c := office(t,
		catalogue.Special{Date: "2026-10-02", Spans: spans(t, "10:00-12:00"), Name: "国庆值班"},
		catalogue.Special{Date: "2026-10-10", Like: catalogue.Wednesday},
		catalogue.Special{Date: "2026-03-10", Until: "2026-03-12", Closed: true, Working: true, Name: "停电检修"},
		catalogue.Special{Date: "2026-03-20", Closed: true, Name: "民族节日"},
		catalogue.Special{Date: "2026-03-21", Spans: spans(t, "09:00-15:00"), Working: true})
	for _, w := range []struct {
		date  date
		spans string
		work  bool
	}{
		{"2026-10-01", "", false}, {"2026-10-02", "10:00-12:00", true}, {"2026-10-03", "", false}, {"2026-10-10", "09:00-12:00 13:00-17:00", true},
		{"2026-03-09", "09:00-12:00 13:00-17:00", true}, {"2026-03-10", "", true}, {"2026-03-12", "", true}, {"2026-03-13", "09:00-12:00 13:00-16:00", true},
		{"2026-03-20", "", false}, {"2026-03-21", "09:00-15:00", true},
	} {
		got, _ := c.Spans(w.date)
		if written(got) != w.spans || c.WorkingDay(w.date) != w.work {
			t.Errorf("%s: %q, working %v; want %q, %v", w.date, written(got), c.WorkingDay(w.date), w.spans, w.work)
		}
	}
	c.WorkingWeek = []catalogue.Weekday{catalogue.Sunday, catalogue.Monday}
	if !c.WorkingDay("2026-03-08") || c.WorkingDay("2026-03-17") {
		t.Error("a working week of Sunday and Monday is not kept")
	}
}

// Summer time in Warsaw: at 02:00 on 2026-03-29 it is 03:00; at 03:00 on 2026-10-25 it is 02:00 again.
func TestSummerTime(t *testing.T) {
	t.Parallel()
	for _, w := range []struct {
		date date
		span string
		from string // in UTC; empty: no opening
		long time.Duration
	}{
		{"2026-03-29", "09:00-17:00", "07:00", 8 * time.Hour}, {"2026-03-28", "09:00-17:00", "08:00", 8 * time.Hour},
		{"2026-10-25", "09:00-17:00", "08:00", 8 * time.Hour}, {"2026-10-24", "09:00-17:00", "07:00", 8 * time.Hour},
		{"2026-03-29", "01:00-04:00", "00:00", 2 * time.Hour}, {"2026-10-25", "01:00-04:00", "23:00", 4 * time.Hour},
		{"2026-03-29", "02:00-03:00", "", 0}, {"2026-03-29", "02:15-02:45", "", 0}, {"2026-10-25", "02:00-03:00", "00:00", 2 * time.Hour},
		{"2026-03-29", "01:30-02:30", "00:30", 30 * time.Minute}, {"2026-03-29", "02:30-03:30", "01:00", 30 * time.Minute},
		{"2026-10-25", "02:15-02:45", "00:15", 30 * time.Minute},
		{"2026-03-29", "00:00-24:00", "23:00", 23 * time.Hour}, {"2026-10-25", "00:00-24:00", "22:00", 25 * time.Hour},
	} {
		c := catalogue.Calendar{Zone: "Europe/Warsaw", Hours: catalogue.Hours{Sun: spans(t, w.span), Sat: spans(t, w.span)}}
		got := c.Openings(w.date)
		switch {
		case w.from == "" && len(got) > 0, w.from != "" && len(got) != 1:
			t.Errorf("%s %s: %v", w.date, w.span, got)
		case w.from != "" && (got[0].Open.UTC().Format("15:04") != w.from || got[0].Close.Sub(got[0].Open) != w.long):
			t.Errorf("%s %s: from %s UTC for %s; want %s for %s", w.date, w.span, got[0].Open.UTC().Format("15:04"), got[0].Close.Sub(got[0].Open),
				w.from, w.long)
		}
	}
}

func anyCalendar(t *rapid.T) (catalogue.Calendar, date) {
	p := rapid.SampledFrom(places).Draw(t, "place")
	c := catalogue.Calendar{Zone: p.zone}
	for _, w := range catalogue.Weekdays() {
		c.Hours.Set(w, anySpans(t, string(w)))
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "specials") {
		s := catalogue.Special{Date: p.around.AddDays(3*i - 4), Until: p.around.AddDays(3*i - 4 + rapid.IntRange(0, 2).Draw(t, "long"))}
		switch own := anySpans(t, "own"); {
		case len(own) > 0:
			s.Spans = own
		case rapid.Bool().Draw(t, "closed"):
			s.Closed = true
		default:
			s.Like = rapid.SampledFrom(catalogue.Weekdays()).Draw(t, "like")
		}
		c.Specials = append(c.Specials, s)
	}
	return c, p.around
}

// TestOpenings watches a hall around a change of the clock: openings never overlap, lie within their date, and every question gives the same answer.
func TestOpenings(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, around := anyCalendar(t)
		if found := catalogue.Refused(c.Check()); len(found) > 0 {
			t.Fatal(found)
		}
		loc := zone(t, c.Zone)
		var all []catalogue.Opening
		for d := around.AddDays(-6); d <= around.AddDays(20); d = d.AddDays(1) {
			day := c.Openings(d)
			if first, last, ok := c.Hold(d); ok != (len(day) > 0) || ok && (!first.Equal(day[0].Open) || !last.Equal(day[len(day)-1].Close)) {
				t.Fatalf("%s is held from %s to %s, %v; openings %v", d, first, last, ok, day)
			}
			for _, o := range day {
				if o.Open.Before(d.Start(loc)) || o.Close.After(d.AddDays(1).Start(loc)) || !o.Open.Before(o.Close) {
					t.Fatalf("%s: open from %s to %s", d, o.Open, o.Close)
				}
			}
			all = append(all, day...)
		}
		for i := 1; i < len(all); i++ {
			if all[i].Open.Before(all[i-1].Close) {
				t.Fatalf("%v overlaps %v", all[i], all[i-1])
			}
		}
		if !c.HasHours() {
			return
		}
		at := around.Start(loc).Add(time.Duration(rapid.IntRange(-4*24*60, 4*24*60).Draw(t, "minute")) * time.Minute)
		in := slices.IndexFunc(all, func(o catalogue.Opening) bool { return !at.Before(o.Open) && at.Before(o.Close) })
		if c.OpenAt(at) != (in >= 0) {
			t.Fatalf("open at %s: %v; openings %v", at, c.OpenAt(at), all)
		}
		if closing, ok := c.Closing(at); ok != (in >= 0) || ok && !closing.Equal(all[in].Close) {
			t.Fatalf("at %s it closes at %s, %v; openings %v", at, closing, ok, all)
		}
		next := slices.IndexFunc(all, func(o catalogue.Opening) bool { return !o.Open.Before(at) })
		open, closing, ok := c.NextOpening(at)
		if next >= 0 && (!ok || !open.Equal(all[next].Open) || !closing.Equal(all[next].Close)) || next < 0 && ok &&
			open.Before(around.AddDays(20).Start(loc)) {
			t.Fatalf("after %s it opens at %s to %s, %v; openings %v", at, open, closing, ok, all)
		}
	})
}

func TestWithoutHours(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Asia/Shanghai", "Europe/Warsaw"} {
		c := catalogue.Calendar{Zone: name, Specials: []catalogue.Special{{Date: "2026-03-30", Closed: true}}}
		at := time.Date(2026, 3, 29, 22, 30, 0, 0, zone(t, name))
		if _, why := c.Spans("2026-03-30"); c.HasHours() || why.Rule != catalogue.NoHours || !c.OpenAt(at) || !c.OpenAt(at.Add(20*time.Hour)) {
			t.Errorf("%s: a hall without hours is not open when it runs", name)
		}
		if when, ok := c.Closing(at); ok {
			t.Errorf("%s: a hall without hours closes at %s", name, when)
		}
		open, closing, ok := c.NextOpening(at)
		if !ok || !open.Equal(date("2026-03-30").Start(zone(t, name))) || !closing.Equal(date("2026-03-31").Start(zone(t, name))) {
			t.Errorf("%s: the next day goes from %s to %s, %v", name, open, closing, ok)
		}
		if c.WorkingDay("2026-03-30") || !c.WorkingDay("2026-03-31") || c.WorkingDay("2026-03-28") {
			t.Errorf("%s: working days are not kept", name)
		}
	}
}

func TestNothingOpensAnyMore(t *testing.T) {
	t.Parallel()
	c := catalogue.Calendar{Zone: "Asia/Shanghai", Hours: catalogue.Hours{Mon: spans(t, "09:00-12:00")},
		Specials: []catalogue.Special{{Date: "2026-01-01", Until: "9999-12-31", Closed: true}}}
	if open, _, ok := c.NextOpening(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)); ok {
		t.Errorf("a hall closed for ever opens at %s", open)
	}
	for _, n := range []int{1, 1 << 40, 5_000_000} {
		if d, ok := c.AddWorkingDays("2026-03-02", n); ok {
			t.Errorf("%d working days of none end on %s", n, d)
		}
	}
	if d, ok := c.AddWorkingDays("2026-03-02", -1); !ok || d != "2025-12-31" {
		t.Errorf("one working day back is %s, %v", d, ok)
	}
}

func TestWorkingDaysAgree(t *testing.T) {
	t.Parallel()
	c := office(t)
	rapid.Check(t, func(t *rapid.T) {
		a := date("2024-12-01").AddDays(rapid.IntRange(0, 800).Draw(t, "date"))
		n := rapid.IntRange(-200, 200).Draw(t, "n")
		b, ok := c.AddWorkingDays(a, n)
		if !ok {
			t.Fatal("no such day")
		}
		between := c.WorkingDaysBetween(a, b)
		switch {
		case n > 0 && (between != n || !c.WorkingDay(b) || c.WorkingDaysBetween(a, b.AddDays(-1)) != n-1),
			n == 0 && b != a,
			n < 0 && (between != n || !c.WorkingDay(b) || b >= a || c.WorkingDaysBetween(b.AddDays(-1), a.AddDays(-1)) != -n):
			t.Fatalf("%d working days from %s is %s; between them are %d", n, a, b, between)
		}
		d := date("2024-12-01").AddDays(rapid.IntRange(0, 800).Draw(t, "other"))
		if c.WorkingDaysBetween(a, d)+c.WorkingDaysBetween(d, a) > 1 || c.WorkingDaysBetween(a, d)+c.WorkingDaysBetween(d, a) < -1 {
			t.Fatalf("%s to %s: %d, back %d", a, d, c.WorkingDaysBetween(a, d), c.WorkingDaysBetween(d, a))
		}
	})
}

func TestMissingYear(t *testing.T) {
	t.Parallel()
	cn, own := office(t), catalogue.Calendar{Zone: "Asia/Shanghai"}
	claimed := cn
	claimed.KnownUntil = 2027
	never := catalogue.Calendar{Zone: "Asia/Shanghai", Holidays: "cn"} // named and never filled
	for _, w := range []struct {
		cal   catalogue.Calendar
		today date
		year  int
	}{
		{cn, "2025-12-31", 0}, {cn, "2026-11-30", 0}, {cn, "2026-12-01", 2027}, {cn, "2026-12-31", 2027}, {cn, "2027-01-01", 2027}, {cn, "2030-05-01", 2030},
		{claimed, "2026-12-01", 0}, {claimed, "2027-11-30", 0}, {claimed, "2027-12-01", 2028}, {own, "2026-12-31", 0}, {own, "2040-01-01", 0},
		{never, "2026-03-02", 2026}, {cn, "", 0}, {cn, "9999-12-31", 9999},
	} {
		year, missing := w.cal.MissingYear(w.today)
		if year != w.year || missing != (w.year != 0) || len(w.cal.Review(w.today)) > 0 != missing {
			t.Errorf("on %s %d is missing, %v; want %d", w.today, year, missing, w.year)
		}
	}
	found := cn.Review("2026-12-01")
	if len(found) != 1 || found[0].Severity() != catalogue.Warn ||
		found[0].Words("zh") != "还没有 2027 年的节假日安排；请更新程序，或按国务院办公厅通知自列 special 并写 known_until = 2027" {
		t.Errorf("the warning is %v", found)
	}
	if _, ok := (catalogue.Calendar{Holidays: "xx"}).Fill(); ok {
		t.Error("holidays of nobody are known")
	}
}

func TestCheckCalendar(t *testing.T) {
	t.Parallel()
	week := catalogue.Hours{Mon: spans(t, "09:00-12:00")}
	for name, c := range map[string]struct {
		cal   catalogue.Calendar
		place string
		code  catalogue.Code
	}{
		"zone":           {catalogue.Calendar{Zone: "Asia/Chengdu"}, "calendar.zone", catalogue.BadZone},
		"no zone":        {catalogue.Calendar{Hours: week}, "calendar.zone", catalogue.BadZone},
		"machine's zone": {catalogue.Calendar{Zone: "Local"}, "calendar.zone", catalogue.BadZone},
		"path":           {catalogue.Calendar{Zone: "../etc/passwd"}, "calendar.zone", catalogue.BadZone},
		"holidays":       {catalogue.Calendar{Zone: "UTC", Holidays: "de"}, "calendar.holidays", catalogue.UnknownHolidays},
		"year":           {catalogue.Calendar{KnownUntil: 27}, "calendar.known_until", catalogue.BadYear},
		"week":           {catalogue.Calendar{WorkingWeek: []catalogue.Weekday{"mon", "Dienstag"}}, "calendar.working_week[1]", catalogue.BadWeekday},
		"overlap": {catalogue.Calendar{Zone: "UTC", Hours: catalogue.Hours{Tue: []catalogue.Span{{From: 60, To: 120}, {From: 90, To: 150}}}},
			"hours.tue[1]", catalogue.SpanOverlap},
		"backward": {catalogue.Calendar{Zone: "UTC", Hours: catalogue.Hours{Tue: []catalogue.Span{{From: 60, To: 30}}}}, "hours.tue[0]",
			catalogue.SpanBackward},
		"bad date":  {special(week, catalogue.Special{Date: "2026-02-30", Closed: true}), "specials[0].date", catalogue.BadDate},
		"bad until": {special(week, catalogue.Special{Date: "2026-02-03", Until: "soon", Closed: true}), "specials[0].until", catalogue.BadDate},
		"range": {special(week, catalogue.Special{Date: "2026-02-03", Until: "2026-02-02", Closed: true}), "specials[0].until",
			catalogue.DatesBackward},
		"nothing said":    {special(week, catalogue.Special{Date: "2026-02-03"}), "specials[0]", catalogue.SpecialUnclear},
		"too much said":   {special(week, catalogue.Special{Date: "2026-02-03", Closed: true, Like: "mon"}), "specials[0]", catalogue.SpecialUnclear},
		"like no day":     {special(week, catalogue.Special{Date: "2026-02-03", Like: "monday"}), "specials[0].like", catalogue.BadWeekday},
		"like a free day": {special(week, catalogue.Special{Date: "2026-02-03", Like: "sun"}), "specials[0].like", catalogue.LikeClosed},
		"without hours": {special(catalogue.Hours{}, catalogue.Special{Date: "2026-02-03", Spans: week.Mon}), "specials[0].spans",
			catalogue.SpecialWithoutHours},
		"own spans": {special(week, catalogue.Special{Date: "2026-02-03", Spans: []catalogue.Span{{From: 0, To: 1441}}}),
			"specials[0].spans[0]", catalogue.SpanBackward},
		"same date": {special(week, catalogue.Special{Date: "2026-02-03", Until: "2026-02-05", Closed: true}, catalogue.Special{Date: "2026-02-05",
			Like: "mon"}),
			"specials[1].date", catalogue.SpecialOverlap},
	} {
		found := c.cal.Check()
		if len(found) != 1 || found[0].Code != c.code || found[0].Place.String() != c.place {
			t.Errorf("%s: %v; want %s at %s", name, found, c.code, c.place)
		}
		spoken(t, found)
	}
	if found := office(t).Check(); len(found) > 0 {
		t.Errorf("a good calendar: %v", found)
	}
	if found := (catalogue.Calendar{}).Check(); len(found) > 0 {
		t.Errorf("no calendar at all: %v", found)
	}
}

func special(h catalogue.Hours, s ...catalogue.Special) catalogue.Calendar {
	return catalogue.Calendar{Zone: "Asia/Shanghai", Hours: h, Specials: s}
}
