package catalogue

import (
	"cmp"
	"fmt"
	"slices"
)

// HolidaysCN names the public holidays of China in a hall file: holidays = "cn".
const HolidaysCN = "cn"

// noticeCN is one year's notice of the State Council's General Office. Dates are written month-day, or with their year when it is another
// (a New Year's Day off may begin in December).
type noticeCN struct {
	year   int
	source string
	off    []offCN
}

// offCN is one holiday with its make-up working days.
type offCN struct {
	name, nameEn string
	from, to     string
	work         []string
}

// noticesCN are the notices, newest last. A year is added when its notice is out, never before: nobody can compute the make-up days.
var noticesCN = []noticeCN{
	{2025, "国务院办公厅关于2025年部分节假日安排的通知（国办发明电〔2024〕12号，2024年11月12日）", []offCN{
		{"元旦", "New Year's Day", "01-01", "01-01", nil},
		{"春节", "Spring Festival", "01-28", "02-04", []string{"01-26", "02-08"}},
		{"清明节", "Qingming Festival", "04-04", "04-06", nil},
		{"劳动节", "Labour Day", "05-01", "05-05", []string{"04-27"}},
		{"端午节", "Dragon Boat Festival", "05-31", "06-02", nil},
		{"国庆节、中秋节", "National Day and Mid-Autumn Festival", "10-01", "10-08", []string{"09-28", "10-11"}},
	}},
	{2026, "国务院办公厅关于2026年部分节假日安排的通知（国办发明电〔2025〕7号，2025年11月4日）", []offCN{
		{"元旦", "New Year's Day", "01-01", "01-03", []string{"01-04"}},
		{"春节", "Spring Festival", "02-15", "02-23", []string{"02-14", "02-28"}},
		{"清明节", "Qingming Festival", "04-04", "04-06", nil},
		{"劳动节", "Labour Day", "05-01", "05-05", []string{"05-09"}},
		{"端午节", "Dragon Boat Festival", "06-19", "06-21", nil},
		{"中秋节", "Mid-Autumn Festival", "09-25", "09-27", nil},
		{"国庆节", "National Day", "10-01", "10-07", []string{"09-20", "10-10"}},
	}},
}

func yearsCN() []int {
	var years []int
	for _, n := range noticesCN {
		years = append(years, n.year)
	}
	return years
}

// PublicHolidaysCN returns the public holidays and make-up working days of a year, in order of date, each with the notice that says so.
// It is false for a year whose notice this program does not know.
//
// The notices say that a Saturday or Sunday is worked, not by whose hours. Here it is the working day next to it: Friday's on a Saturday, Monday's on a Sunday.
// A hall that does otherwise writes a special of its own for the date.
func PublicHolidaysCN(year int) ([]Special, bool) {
	i := slices.IndexFunc(noticesCN, func(n noticeCN) bool { return n.year == year })
	if i < 0 {
		return nil, false
	}
	n := noticesCN[i]
	date := func(day string) Date {
		if len(day) == len(dateForm) {
			return Date(day)
		}
		return Date(fmt.Sprintf("%04d-%s", year, day))
	}
	var all []Special
	for _, o := range n.off {
		s := Special{Date: date(o.from), Closed: true, Name: o.name, NameEn: o.nameEn, Source: n.source}
		if o.to != o.from {
			s.Until = date(o.to)
		}
		all = append(all, s)
		for _, day := range o.work {
			like := Friday
			if date(day).Weekday() == Sunday {
				like = Monday
			}
			all = append(all, Special{Date: date(day), Like: like, Name: o.name + "调休上班", NameEn: "working day for " + o.nameEn, Source: n.source})
		}
	}
	slices.SortFunc(all, func(a, b Special) int { return cmp.Compare(a.Date, b.Date) })
	return all, true
}
