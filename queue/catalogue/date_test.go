package catalogue_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"halld/queue/catalogue"
)

type date = catalogue.Date

// places are zones with every habit of changing clocks: at night, at midnight, by half an hour, over a whole day, not at all.
var places = []struct {
	zone   string
	around date // a date near which a clock is changed there
}{
	{"Europe/Warsaw", "2026-03-29"}, {"Europe/Warsaw", "2026-10-25"}, {"America/New_York", "2026-03-08"}, {"America/New_York", "2026-11-01"},
	{"America/Sao_Paulo", "2017-10-15"}, {"America/Sao_Paulo", "2018-02-18"}, // at midnight, forward and back
	{"America/Havana", "2025-03-09"}, {"America/Havana", "2025-11-02"}, {"Australia/Lord_Howe", "2026-04-05"}, {"Australia/Lord_Howe", "2026-10-04"},
	{"America/St_Johns", "2008-03-09"}, {"America/St_Johns", "2008-11-02"}, // at 00:01: back into the day before
	{"Pacific/Apia", "2011-12-30"}, // that date never was
	{"Asia/Shanghai", "1988-04-17"}, {"Asia/Shanghai", "1988-09-11"}, {"Asia/Shanghai", "2026-03-29"}, {"UTC", "2026-03-29"},
}

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	loc, err := catalogue.Calendar{Zone: name}.Location()
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{"2026-03-02": true, "2024-02-29": true, "0001-01-01": true, "9999-12-31": true,
		"": false, "2026-02-29": false, "2026-13-01": false, "2026-3-2": false, "26-03-02": false,
		"2026/03/02": false, " 2026-03-02": false, "2026-03-02 ": false,
		"0000-01-01": false, "２０２６-03-02": false, "2026-03-02T00:00:00Z": false, "today": false} {
		d, err := catalogue.ParseDate(s)
		if (err == nil) != want || want && d != date(s) {
			t.Errorf("ParseDate(%q) = %q, %v", s, d, err)
		}
	}
	_, err := catalogue.ParseDate("morgen")
	if err == nil || err.Error() != `"morgen" is no date; write it like 2026-03-02` {
		t.Errorf("the mistake reads %v", err)
	}
}

// The end of a year is where week-years and formats go wrong: 2020-12-30 has been seen for 2019-12-30.
func TestYearEndDates(t *testing.T) {
	t.Parallel()
	shanghai := zone(t, "Asia/Shanghai")
	for year := 2018; year <= 2030; year++ {
		d := catalogue.DateOf(year, time.December, 28)
		for i := range 7 {
			noon := time.Date(year, time.December, 28+i, 12, 0, 0, 0, shanghai)
			want := date(noon.Format(time.RFC3339)[:10])
			if d != want || catalogue.DayOf(noon, shanghai) != want || d.Year() != noon.Year() || d.Month() != noon.Month() {
				t.Errorf("day %d after %d-12-28 is %s, DayOf %s; want %s", i, year, d, catalogue.DayOf(noon, shanghai), want)
			}
			if got := catalogue.DayOf(noon.Add(11*time.Hour+59*time.Minute), shanghai); got != want {
				t.Errorf("23:59 of %s is of %s", want, got)
			}
			d = d.AddDays(1)
		}
	}
	if got := date("2019-12-30").Weekday(); got != catalogue.Monday {
		t.Errorf("2019-12-30 is a %s", got)
	}
}

func TestNoDateHasNoNeighbours(t *testing.T) {
	t.Parallel()
	for _, d := range []date{"", "x", "2026-02-30"} {
		if d.AddDays(1) != "" || d.Weekday() != "" || d.Year() != 0 || d.Month() != 0 || !d.Start(time.UTC).IsZero() || d.Days("2026-01-01") != 0 {
			t.Errorf("%q behaves like a date", d)
		}
	}
	for _, got := range []date{date("9999-12-31").AddDays(1), date("0001-01-01").AddDays(-1), date("2026-01-01").AddDays(1 << 60),
		date("2026-01-01").AddDays(-1 << 60)} {
		if got != "" {
			t.Errorf("a date beyond all dates: %q", got)
		}
	}
}

func anyDate(t *rapid.T, label string) date {
	return date("1990-01-01").AddDays(rapid.IntRange(0, 20000).Draw(t, label))
}

func TestAddDaysIsUndone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d, n := anyDate(t, "date"), rapid.IntRange(-5000, 5000).Draw(t, "n")
		e := d.AddDays(n)
		if e.AddDays(-n) != d || d.Days(e) != n || (n > 0) != (e > d) {
			t.Fatalf("%s + %d = %s, %d days, back %s", d, n, e, d.Days(e), e.AddDays(-n))
		}
		weekdays := catalogue.Weekdays()
		i := 0
		for weekdays[i] != d.Weekday() {
			i++
		}
		if e.Weekday() != weekdays[((i+n)%7+7)%7] {
			t.Fatalf("%s is a %s and %s a %s", d, d.Weekday(), e, e.Weekday())
		}
	})
}

// TestAt holds At to what it promises: nothing is computed, a clock on the wall is watched minute by minute.
func TestAt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(places).Draw(t, "place")
		loc := zone(t, p.zone)
		d := p.around.AddDays(rapid.IntRange(-1, 1).Draw(t, "beside"))
		m := catalogue.Minutes(rapid.OneOf(rapid.IntRange(0, 1440), rapid.SampledFrom([]int{0, 60, 90, 120, 150, 180, 1440})).Draw(t, "minutes"))
		want := string(d) + " " + m.String()
		if m == 24*60 {
			want = string(d.AddDays(1)) + " 00:00"
		}
		watch, err := time.Parse("2006-01-02", string(d))
		if err != nil {
			t.Fatal(err)
		}
		watch = watch.Add(-30 * time.Hour).In(loc)
		for watch.Format("2006-01-02 15:04") < want {
			watch = watch.Add(time.Minute)
		}
		if got := d.At(m, loc); !got.Equal(watch) {
			t.Fatalf("%s %s in %s is %s; the clock on the wall shows it at %s", d, m, p.zone, got, watch)
		}
	})
}

func TestDaysFollowOneAnother(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(places).Draw(t, "place")
		loc := zone(t, p.zone)
		at := p.around.Start(time.UTC).Add(time.Duration(rapid.IntRange(-3*86400, 3*86400).Draw(t, "seconds")) * time.Second)
		d := catalogue.DayOf(at, loc)
		if at.Before(d.Start(loc)) || !at.Before(d.AddDays(1).Start(loc)) {
			t.Fatalf("%s in %s is of %s, which goes from %s to %s", at, p.zone, d, d.Start(loc), d.AddDays(1).Start(loc))
		}
		later := at.Add(time.Duration(rapid.IntRange(0, 2*86400).Draw(t, "later")) * time.Second)
		if catalogue.DayOf(later, loc) < d {
			t.Fatalf("%s is of %s, and later %s of %s", at, d, later, catalogue.DayOf(later, loc))
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-03-02", "2024-02-29", "2026-02-30", "0000-00-00", "", "2026-3-2", "９999-12-31", "2026-12-31"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := catalogue.ParseDate(s)
		if err != nil {
			if d != "" || err.Error() == "" {
				t.Fatalf("refused %q with %q and %q", s, d, err)
			}
			return
		}
		if string(d) != s || d.Weekday() == "" || d.Days(d.AddDays(1)) != 1 && d != "9999-12-31" {
			t.Fatalf("%q became %q, a %q", s, d, d.Weekday())
		}
		var back date
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &back); err != nil || back != d {
			t.Fatalf("%s came back as %q: %v", text, back, err)
		}
	})
}
