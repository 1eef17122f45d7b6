package hallfile

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"
	"pgregory.net/rapid"

	"halld/queue"
	"halld/queue/catalogue"
)

// halls draws halls that are right in every respect.
func halls(t *rapid.T) queue.Config {
	word := rapid.StringMatching(`[\p{Han}A-Za-z0-9 "'\\#=\[\]{}、（）-]{0,8}[\p{Han}A-Za-z0-9"'\\]`)
	maybe := func(name string) string {
		if rapid.Bool().Draw(t, name+"?") {
			return word.Draw(t, name)
		}
		return ""
	}
	duration := func(key string) time.Duration {
		b, _ := queue.Bounds(key)
		unit := rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, time.Minute}).Draw(t, "unit")
		d := time.Duration(rapid.Int64Range(b.Min, b.Max).Draw(t, key)).Truncate(unit)
		return max(d, time.Duration(b.Min))
	}
	number := func(key string) int {
		b, _ := queue.Bounds(key)
		return int(rapid.Int64Range(b.Min, b.Max).Draw(t, key))
	}
	target := func() queue.Target {
		if rapid.Bool().Draw(t, "target?") {
			return queue.Target{Wait: time.Duration(rapid.IntRange(1, 1440).Draw(t, "wait")) * time.Minute, Share: rapid.IntRange(1, 100).Draw(t, "share")}
		}
		return queue.Target{}
	}
	paper := func(of string) catalogue.Paper {
		return catalogue.Paper{Name: maybe(of), Number: maybe(of + " number"), Date: rapid.SampledFrom([]catalogue.Date{"", "2026-01-05"}).Draw(t, of+" date")}
	}
	c := queue.Config{
		Name: word.Draw(t, "hall"), NameEn: maybe("hall en"),
		Address: rapid.SampledFrom([]string{"", "http://hall.lan:8086", "https://hall.example/a"}).Draw(t, "address"),
		Ticket:  rapid.SampledFrom([]string{"", "zh", "both", "^^{{number}}\n\"a\"\n", "'''\n\"\"\"\\{x\\}\n", "[hall]\nname = \"x\"\n"}).Draw(t, "ticket"),
		Policy: queue.Policy{RecallLimit: number("policy.recall_limit"), ReturnAfter: number("policy.return_after"), ReturnLimit: number("policy.return_limit"),
			UndoMissWithin: duration("policy.undo_miss_within"), HoldLimit: number("policy.hold_limit"), LegLimit: number("policy.leg_limit"), PriorityHead: duration("policy.priority_head"),
			AppointmentHead: duration("policy.appointment_head"), UnprovedGrace: duration("policy.unproved_grace"), FailedGrace: duration("policy.failed_grace"),
			WarnAt: number("policy.warn_at"), RateWithin: duration("policy.rate_within"), DayEnd: rapid.SampledFrom([]queue.DayEnd{queue.WhenEmpty,
				queue.AtClosing}).Draw(t, "day end"),
			Overtime: duration("policy.overtime"), OnePerPerson: rapid.Bool().Draw(t, "one"), ImplyArrival: rapid.Bool().Draw(t, "imply"), Target: target(),
			BatchLimit: number("policy.batch_limit"), StaffedWithin: duration("policy.staffed_within")},
	}
	c.Policy.MissAfter = rapid.IntRange(1, c.Policy.RecallLimit).Draw(t, "miss after")
	c.Calendar = calendars(t, maybe)
	c.Calendar.Zone = rapid.SampledFrom([]string{"UTC", "Asia/Shanghai", "Europe/Warsaw"}).Draw(t, "zone")
	var offices []queue.DepartmentID
	for i := range rapid.IntRange(0, 2).Draw(t, "departments") {
		d := queue.Department{ID: queue.DepartmentID(fmt.Sprint("d", i)), Name: word.Draw(t, "department"), NameEn: maybe("department en")}
		d.Required, d.Liaison, d.LiaisonPhone = rapid.Bool().Draw(t, "required"), maybe("liaison"), maybe("phone")
		if rapid.Bool().Draw(t, "unit") {
			d.Unit, d.UnitPaper, d.Department.From = catalogue.UnitNew, paper("unit"), "2025-01-01"
		}
		c.Departments, offices = append(c.Departments, d), append(offices, d.ID)
	}
	office := func() queue.DepartmentID {
		return rapid.SampledFrom(append(offices, "")).Draw(t, "office")
	}
	rule := func(name string) (queue.Discipline, string, time.Duration) {
		by := rapid.SampledFrom(queue.Disciplines()).Draw(t, name)
		ratio := ""
		if by == queue.RatioOf || rapid.Bool().Draw(t, name+" ratio") {
			ratio = fmt.Sprintf("%d:%d", rapid.IntRange(1, 20).Draw(t, name+" n"), rapid.IntRange(1, 20).Draw(t, name+" m"))
		}
		return by, ratio, duration("policy.wait_cap")
	}
	c.Policy.Discipline, c.Policy.Ratio, c.Policy.WaitCap = rule("rule")
	if rapid.Bool().Draw(t, "classes") {
		c.Classes = []queue.ClassSetup{{ID: queue.Ordinary, Name: "普通", Slope: number("classes.slope")},
			{ID: "p1", Name: word.Draw(t, "class"), NameEn: maybe("class en"), Head: duration("classes.head"), Tier: number("classes.tier"), Slope: number("classes.slope"),
				Evidence: maybe("evidence"), By: []queue.Giver{queue.GivenAtKiosk, queue.GivenByStaff}}}
	}
	var queues []queue.QueueID
	for i := range rapid.IntRange(1, 4).Draw(t, "queues") {
		q := queue.Queue{ID: queue.QueueID(fmt.Sprint("q", i)), Name: word.Draw(t, "queue"), NameEn: maybe("queue en"), Prefix: string(rune('A' + i)),
			Width: rapid.IntRange(3, 4).Draw(t, "width"),
			First: rapid.IntRange(0, 998).Draw(t, "first"), BandEnd: rapid.SampledFrom([]queue.BandEnd{queue.Widen, queue.StopAt, queue.Reserve}).Draw(t,
				"end"), Target: target()}
		q.Last = rapid.IntRange(q.First+1, 999).Draw(t, "last")
		if q.BandEnd == queue.Reserve {
			q.Reserve = "R" + q.Prefix
		}
		if rapid.Bool().Draw(t, "a rule of its own") {
			q.Discipline, q.Ratio, q.WaitCap = rule("its rule")
		}
		q.LastNumber, q.Unserved = rapid.SampledFrom(queue.LastNumbers()).Draw(t, "last number"), rapid.SampledFrom(queue.UnservedRules()).Draw(t, "unserved")
		q.LastMargin, q.LongAt = duration("queues.last_margin"), number("queues.long_at")
		for range rapid.IntRange(0, 2).Draw(t, "quotas") {
			q.Quotas = append(q.Quotas, queue.Quota{Days: some(rapid.SliceOfNDistinct(rapid.SampledFrom(catalogue.Weekdays()), 0, 3, rapid.ID).Draw(t, "quota days")),
				Hours: rapid.SampledFrom([]catalogue.Span{{}, {From: 9 * 60, To: 12 * 60}}).Draw(t, "quota hours"), Limit: number("queues.quotas.limit")})
		}
		c.Queues, queues = append(c.Queues, q), append(queues, q.ID)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "items") {
		it := queue.Item{ID: queue.ItemID(fmt.Sprint("i", i)), Name: word.Draw(t, "item"), NameEn: maybe("item en"), Department: office(),
			Queue: rapid.SampledFrom(queues).Draw(t, "its queue"), Bring: some(rapid.SliceOfN(word, 0, 3).Draw(t, "bring")), Target: target()}
		if rapid.Bool().Draw(t, "published") {
			it.Item = catalogue.Item{Code: maybe("code"), Aliases: some(rapid.SliceOfN(word, 0, 2).Draw(t, "aliases")), Section: maybe("section"), From: "2025-01-01",
				Until: rapid.SampledFrom([]catalogue.Date{"", "2027-12-31"}).Draw(t, "until"), BringEn: some(rapid.SliceOfN(word, 0, 3).Draw(t,
					"bring en")), Minutes: rapid.IntRange(0, 60).Draw(t, "minutes"),
				Kind: rapid.SampledFrom(catalogue.Kinds()).Draw(t, "item kind"), Handling: catalogue.Promised, LegalDays: 20, PromiseDays: rapid.IntRange(1,
					14).Draw(t, "promised"),
				For: []catalogue.Audience{catalogue.Citizens}, NeedsSiteCheck: rapid.Bool().Draw(t, "site"), NeedsHearing: rapid.Bool().Draw(t,
					"hearing"), NeedsTest: rapid.Bool().Draw(t, "test"),
				NotDelegable: rapid.Bool().Draw(t, "not delegable"), Authority: catalogue.Authority{Level: catalogue.Centre,
					Paper: paper("authority")}, Listed: rapid.Bool().Draw(t, "listed"),
				ListPaper: paper("list"), OffHall: rapid.Bool().Draw(t, "off"), Absence: catalogue.Absence{Reason: catalogue.ByLaw, Note: maybe("note"),
					Paper: paper("absence")}, Source: paper("source"),
				Disclosure: catalogue.Disclosure{LegalBasis: maybe("basis"), ProcedureEn: maybe("procedure"), Complaints: maybe("complaints")}}
			if rapid.Bool().Draw(t, "fee") {
				it.Fee = &catalogue.Fee{Lower: rapid.Int64Range(0, 100000).Draw(t, "lower"), Basis: word.Draw(t, "fee basis"), Per: maybe("per"), Paper: paper("fee")}
			}
			for range rapid.IntRange(0, 2).Draw(t, "materials") {
				it.Materials = append(it.Materials, catalogue.Material{Name: word.Draw(t, "material"), Form: maybe("form"), Copies: rapid.IntRange(0, 3).Draw(t,
					"copies"), When: maybe("when")})
			}
			it.NoMaterials = len(it.Materials) == 0
		}
		c.Items = append(c.Items, it)
	}
	var windows []queue.WindowID
	for i := range rapid.IntRange(1, 4).Draw(t, "windows") {
		w := queue.WindowSetup{ID: queue.WindowID(fmt.Sprint(i + 1)), Name: maybe("window"), Department: office(), Queues: queues}
		if i > 0 {
			w.Queues = rapid.Permutation(queues).Draw(t, "serves")[:rapid.IntRange(1, len(queues)).Draw(t, "how many")]
		}
		c.WindowSetup, windows = append(c.WindowSetup, w), append(windows, w.ID)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "people") {
		c.People = append(c.People, queue.Person{ID: queue.PersonID(fmt.Sprint(1000 + i)), Name: word.Draw(t, "person"), NameEn: maybe("person en"),
			Role: rapid.SampledFrom(queue.PersonRoles()).Draw(t, "role"), Department: office(), Post: maybe("post"),
			Staff: rapid.SampledFrom(append(queue.StaffTypes(), "")).Draw(t, "staff"), Windows: some(rapid.SliceOfNDistinct(rapid.SampledFrom(windows), 0,
				len(windows), rapid.ID).Draw(t, "sits at"))})
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "kiosks") {
		c.Kiosks = append(c.Kiosks, queue.KioskSetup{ID: queue.KioskID(fmt.Sprint("kiosk-", i)), Name: maybe("kiosk"),
			Queues: some(rapid.SliceOfNDistinct(rapid.SampledFrom(queues), 0, 2, rapid.ID).Draw(t, "offers"))})
	}
	zone := func(id string, at []queue.WindowID) queue.Zone {
		return queue.Zone{ID: queue.ZoneID(id), Name: maybe("zone name"), Windows: at, Languages: some(rapid.SampledFrom([][]string{{}, {"zh"}, {"en",
			"zh"}}).Draw(t, "languages")),
			Repeat: number("zones.repeat"), Gap: duration("zones.gap"), NoChime: rapid.Bool().Draw(t,
				"no chime"), MaxAge: duration("zones.max_age"), Yao: rapid.Bool().Draw(t, "yao")}
	}
	c.Zones = []queue.Zone{zone("hall", nil)}
	if len(windows) > 1 && rapid.Bool().Draw(t, "two zones") {
		c.Zones = []queue.Zone{zone("east", windows[:1]), zone("west", windows[1:])}
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "devices") {
		d := queue.Device{ID: queue.DeviceID(fmt.Sprint("dev-", i)), Kind: rapid.SampledFrom(Kinds).Draw(t, "kind"), Profile: word.Draw(t, "profile"),
			Port:   word.Draw(t, "port"),
			Window: rapid.SampledFrom(append(windows, "")).Draw(t, "at"), Address: rapid.IntRange(0, 70000).Draw(t,
				"address"), Zone: rapid.SampledFrom([]queue.ZoneID{"", c.Zones[0].ID}).Draw(t, "heard in")}
		if set := rapid.MapOfN(rapid.StringMatching(`[a-z_]{1,6}|[\p{Han}. ]{1,3}`), word, 0, 3).Draw(t, "set"); len(set) > 0 {
			d.Set = set
		}
		if rapid.Bool().Draw(t, "line") {
			d.Line = queue.DeviceLine{Baud: rapid.SampledFrom([]int{0, 9600}).Draw(t, "baud"), Format: rapid.SampledFrom([]string{"", "8N1"}).Draw(t, "format"),
				Flow: rapid.SampledFrom([]string{"", "none"}).Draw(t, "flow"), RS485: rapid.SampledFrom([]string{"", "kernel"}).Draw(t, "rs485")}
		}
		c.Devices = append(c.Devices, d)
	}
	return c
}

// calendars draws a calendar without a mistake.
func calendars(t *rapid.T, maybe func(string) string) catalogue.Calendar {
	var cal catalogue.Calendar
	if rapid.Bool().Draw(t, "hours") {
		morning, afternoon := catalogue.Span{From: 9 * 60, To: 12 * 60}, catalogue.Span{From: 13*60 + 30, To: 17 * 60}
		for _, d := range catalogue.Weekdays()[:5] {
			cal.Hours.Set(d, rapid.SampledFrom([][]catalogue.Span{{morning}, {morning, afternoon}, {{From: 0, To: 1440}}}).Draw(t, string(d)))
		}
		cal.Specials = []catalogue.Special{{Date: "2026-05-05", Until: "2026-05-06", Closed: true, Working: rapid.Bool().Draw(t, "working"),
			Name: maybe("special"), Source: maybe("source")},
			{Date: "2026-05-09", Like: catalogue.Monday, NameEn: maybe("special en")}, {Date: "2026-06-01", Spans: []catalogue.Span{afternoon}}}
		cal.WorkingWeek = some(rapid.SampledFrom([][]catalogue.Weekday{{}, {catalogue.Monday, catalogue.Saturday}}).Draw(t, "week"))
		cal.Holidays, cal.KnownUntil = rapid.SampledFrom([]string{"", "cn"}).Draw(t, "holidays"), rapid.SampledFrom([]int{0, 2027}).Draw(t, "known")
	}
	cal, _ = cal.Fill() // only names that there are
	return cal
}

// some is nil for an empty list, as a configuration has it.
func some[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// Read(Write(hall)) is the hall, and then there is no difference.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := halls(t)
		stored, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var back queue.Config
		if err := json.Unmarshal(stored, &back); err != nil || !reflect.DeepEqual(c, back) {
			t.Fatalf("it does not come back from the log: %v\n%+v\n%+v", err, c, back)
		}
		text, err := Write(c)
		if err != nil {
			t.Fatal(err)
		}
		again, all := Read(text, Options{})
		if len(all) > 0 {
			t.Fatalf("%s\n%s", all[0].In("it", English), text)
		}
		if !reflect.DeepEqual(c, again) {
			t.Fatalf("was %+v\nis  %+v\n%s", c, again, text)
		}
		if d := Difference(c, again); len(d) > 0 {
			t.Fatalf("%v", d)
		}
		if more, err := Write(again); err != nil || string(more) != string(text) {
			t.Fatalf("written again it is another file: %v", err)
		}
	})
}

// Two halls that differ have a difference, it has words, and its order is the same each time.
func TestDifferenceSeesEverything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := halls(t), halls(t)
		d := Difference(a, b)
		if len(d) == 0 && !reflect.DeepEqual(a, b) {
			t.Fatalf("nothing is said of\n%+v\n%+v", a, b)
		}
		for i, c := range Difference(a, b) {
			for _, lang := range []string{Chinese, English} {
				text := c.Text(lang)
				if text != d[i].Text(lang) || text == c.Code || strings.ContainsAny(strings.Join([]string{c.Code}, ""), "{}") || c.Parts(lang) == "" {
					t.Fatalf("%+v: %q", c, text)
				}
			}
		}
	})
}

// Each single value of a hall that changes is told.
func TestDifferenceOfEachField(t *testing.T) {
	t.Parallel()
	full := func() queue.Config {
		return rapid.Custom(func(t *rapid.T) queue.Config {
			for {
				c := halls(t)
				if len(c.Departments) > 0 && len(c.Items) > 0 && c.Items[0].Fee != nil && c.Calendar.Holidays != "" && len(c.People) > 0 && len(c.Devices) > 0 {
					return c
				}
			}
		}).Example(7)
	}
	var walk func(v reflect.Value, path string, change func(string))
	walk = func(v reflect.Value, path string, change func(string)) {
		switch v.Kind() {
		case reflect.Pointer:
			walk(v.Elem(), path, change)
		case reflect.Struct:
			for i := range v.NumField() {
				if catalogued(path, v.Type().Field(i).Name) {
					continue
				}
				walk(v.Field(i), path+"."+v.Type().Field(i).Name, change)
			}
		case reflect.Slice:
			if v.Len() > 0 {
				walk(v.Index(0), path+"[0]", change)
			}
			v.Set(reflect.Append(v, reflect.New(v.Type().Elem()).Elem()))
			change(path + " longer")
			v.Set(v.Slice(0, v.Len()-1))
		case reflect.String:
			old := v.String()
			v.SetString(old + "x")
			change(path)
			v.SetString(old)
		case reflect.Int, reflect.Int64:
			v.SetInt(v.Int() + 1)
			change(path)
			v.SetInt(v.Int() - 1)
		case reflect.Bool:
			v.SetBool(!v.Bool())
			change(path)
			v.SetBool(!v.Bool())
		case reflect.Map:
			old := reflect.New(v.Type()).Elem()
			old.Set(v)
			v.Set(reflect.ValueOf(map[string]string{"a setting": "of its own"}))
			change(path)
			v.Set(old)
		default:
			t.Fatalf("%s is a %s, which nothing changes here", path, v.Kind())
		}
	}
	a, b := full(), full()
	if len(Difference(a, b)) > 0 {
		t.Fatal("the two halls are not the same to begin with")
	}
	n := 0
	walk(reflect.ValueOf(&b).Elem(), "Config", func(path string) {
		n++
		if len(Difference(a, b)) == 0 {
			t.Errorf("nothing is said when %s changes", path)
		}
	})
	if n < 80 {
		t.Errorf("only %d values were changed", n)
	}
}

// catalogued reports whether a field of an embedded part of the catalogue is the one that stands in the configuration itself, and is empty there.
func catalogued(path, field string) bool {
	return strings.HasSuffix(path, ".Departments[0].Department") && slices.Contains([]string{"ID", "Name", "NameEn"}, field) ||
		strings.HasSuffix(path, ".Items[0].Item") && slices.Contains([]string{"ID", "Name", "NameEn", "Department", "Queue", "Bring"}, field)
}

// FuzzRead: whatever the bytes, there is no panic, every mistake has a place in the file and words, and what is right comes back.
func FuzzRead(f *testing.F) {
	f.Add([]byte(good))
	for _, c := range bad {
		f.Add([]byte(strings.Replace(good, c.old, c.new, 1)))
	}
	f.Add([]byte(strings.Replace(good, "[[department]]", offer+"\n[[department]]", 1)))
	f.Add([]byte("[a.b]\nc.d = { e = 1 }\n[[a.b.c]]\n[[queue]]\n[queue.target]\nwait = \"1m\"\nx = 2020-01-01\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, all := Read(data, Options{})
		lines := 1 + strings.Count(string(data), "\n")
		for _, m := range all {
			if m.Line < 1 || m.Line > lines || m.Column < 1 {
				t.Fatalf("%+v: no place in %d lines", m, lines)
			}
			if !Has(string(m.Code)) || m.Text(Chinese) == "" {
				t.Fatalf("%+v has no words", m)
			}
		}
		if !Sound(all) {
			return
		}
		var strict file
		if err := toml.NewDecoder(strings.NewReader(strings.TrimPrefix(string(data), "\ufeff"))).DisallowUnknownFields().Decode(&strict); err != nil {
			if !strings.Contains(err.Error(), "local date") { // a date without quotation marks is a date here
				t.Fatalf("the TOML library refuses it: %v", err)
			}
			return
		}
		complete(reflect.ValueOf(&strict).Elem(), "")
		if len(strict.Zones) > 0 {
			theirs := strict.config()
			theirs.Address = strings.TrimRight(theirs.Address, "/")
			if !reflect.DeepEqual(c, theirs) {
				t.Fatalf("the TOML library reads\n%+v, here is\n%+v", theirs, c)
			}
		}
		text, err := Write(c)
		if err != nil {
			t.Fatal(err)
		}
		if again, bad := Read(text, Options{}); len(bad) > 0 || !reflect.DeepEqual(c, again) {
			t.Fatalf("it does not come back: %v\n%+v\n%+v\n%s", bad, c, again, text)
		}
	})
}
