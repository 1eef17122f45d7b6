package hallfile

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"halld/queue"
	"halld/queue/catalogue"
)

//go:embed testdata/hall.toml
var good string

func TestReadGood(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{"as it is": good, "from Notepad": "\ufeff" + strings.ReplaceAll(good, "\n", "\r\n")} {
		c, all := Read([]byte(data), Options{})
		if len(all) > 0 {
			t.Fatalf("%s: %v", name, all)
		}
		if c.Name != "清溪县政务服务中心" || c.Queues[1].Prefix != "B" || c.WindowSetup[0].Name != "1号窗口" || c.Devices[0].Line.Baud != 9600 || c.People[0].Windows[0] != "1" {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// What the file leaves out is filled in here, and nowhere else.
func TestDefaults(t *testing.T) {
	t.Parallel()
	c, _ := Read([]byte(good), Options{})
	want := queue.Policy{RecallLimit: 5, MissAfter: 3, ReturnAfter: 3, ReturnLimit: 1, UndoMissWithin: 10 * time.Minute, HoldLimit: 3, LegLimit: 6,
		PriorityHead:    15 * time.Minute,
		AppointmentHead: 10 * time.Minute, UnprovedGrace: time.Minute, FailedGrace: time.Minute, WarnAt: 90, RateWithin: 3 * time.Minute, DayEnd: queue.WhenEmpty, Overtime: 4 * time.Hour,
		OnePerPerson: true, BatchLimit: 1, StaffedWithin: 15 * time.Minute, Discipline: queue.HeadStart}
	if c.Policy != want {
		t.Errorf("policy: %+v", c.Policy)
	}
	q := c.Queues[0]
	if c.Calendar.Zone != "Asia/Shanghai" || q.First != 1 || q.Last != 999 || q.Width != 3 || q.BandEnd != queue.Widen || q.Target != (queue.Target{}) ||
		c.People[0].Role != queue.Handler {
		t.Errorf("%s, %+v, %+v", c.Calendar.Zone, q, c.People[0])
	}
	if len(c.Zones) != 1 {
		t.Fatalf("zones: %+v", c.Zones)
	}
	if z := c.Zones[0]; z.ID != "hall" || !slices.Equal(z.Languages, []string{"zh"}) || z.Repeat != 2 || z.Gap != 500*time.Millisecond || z.NoChime ||
		z.MaxAge != 45*time.Second || z.Yao {
		t.Errorf("zone: %+v", z)
	}
	if again, bad := Read([]byte(strings.Replace(good, `name = "户籍证件"`, "name = \"户籍证件\"\ntarget = { wait = \"20m\" }", 1)), Options{}); len(bad) > 0 ||
		again.Queues[0].Target != (queue.Target{Wait: 20 * time.Minute, Share: 90}) {
		t.Errorf("target of a queue: %+v, %v", again.Queues[0].Target, bad)
	}
}

// offer is what a hall may say of its hours and items.
const offer = `[hours]
mon = ["09:00-12:00", "13:30-17:00"]
sat = ["9:00-11:30"]
holidays = "cn"

[[special]]
date = 2026-05-09
like = "mon"
name = "调休"

[[special]]
date = "2026-06-01"
until = "2026-06-03"
closed = true

[[item]]
id = "licence"
name = "食品经营许可"
queue = "A"
kind = "permit"
handling = "promised"
statutory_days = 20
promised_days = 14
listed = true
target = { wait = "15m" }
fee = { lower = 0 }
for = ["enterprises"]
[item.authority]
level = "at-window"
[item.authority.paper]
name = "授权书"
[[item.material]]
name = "营业执照"
copies = 2
`

func TestOffer(t *testing.T) {
	t.Parallel()
	c, all := Read([]byte(strings.Replace(good, "[[item]]", offer+"\n[[item]]", 1)), Options{})
	if len(all) > 0 {
		t.Fatal(all[0].In("", English))
	}
	spans, why := c.Calendar.Spans("2026-05-09")
	if len(spans) != 2 || why.Rule != catalogue.LikeDay || c.Calendar.Zone != "Asia/Shanghai" {
		t.Errorf("a Saturday worked like a Monday: %v, %+v", spans, why)
	}
	if spans, why := c.Calendar.Spans("2026-10-01"); len(spans) != 0 || why.Special.Name == "" {
		t.Errorf("National Day: %v, %+v", spans, why)
	}
	if spans, _ := c.Calendar.Spans("2026-06-03"); len(spans) != 0 {
		t.Errorf("the last day of a closure: %v", spans)
	}
	it := c.Items[0]
	if it.ID != "licence" || it.Kind != catalogue.Permit || it.PromiseDays != 14 || it.Fee == nil || it.Fee.Lower != 0 || it.Authority.Paper.Name != "授权书" ||
		len(it.Materials) != 1 ||
		it.Materials[0].Copies != 2 || it.Target != (queue.Target{Wait: 15 * time.Minute, Share: 90}) || it.Item.ID != "" {
		t.Errorf("item: %+v", it)
	}
	if whole, ok := c.Catalogue().Item("licence", "2026-03-02"); !ok || whole.Queue != "A" || whole.Name != "食品经营许可" || whole.Kind != catalogue.Permit {
		t.Errorf("in the catalogue: %+v", whole)
	}
	_, all = Read([]byte(strings.Replace(good, "[[item]]", offer+"\n[[item]]", 1)), Options{Today: "2026-03-02"})
	var codes []string
	for _, m := range all {
		if !m.Warning {
			t.Errorf("a mistake: %+v", m)
		}
		codes = append(codes, string(m.Code))
	}
	if !slices.Contains(codes, "catalogue/not-disclosed") || slices.Contains(codes, "no-hours") || !Sound(all) {
		t.Errorf("warnings: %v", codes)
	}
}

// Absent is not zero: what is written as 0 is 0.
func TestZero(t *testing.T) {
	t.Parallel()
	zero := strings.NewReplacer("miss_after = 3", `miss_after = 1
recall_limit = 1
return_after = 0
return_limit = 0
hold_limit = 0
warn_at = 0
undo_miss_within = "0s"
priority_head = "0s"
appointment_head = "0s"
unproved_grace = "0s"
failed_grace = "0s"
rate_within = "0s"
one_per_person = false
[day]
overtime = "0s"
[[zone]]
id = "hall"
languages = []
gap = "0s"
chime = false`, `prefix = "B"`, "prefix = \"B\"\nfirst = 0").Replace(good)
	c, all := Read([]byte(zero), Options{})
	if len(all) > 0 {
		t.Fatal(all)
	}
	if want := (queue.Policy{MissAfter: 1, RecallLimit: 1, LegLimit: 6, DayEnd: queue.WhenEmpty, BatchLimit: 1, StaffedWithin: 15 * time.Minute, Discipline: queue.HeadStart}); c.Policy != want {
		t.Errorf("policy: %+v", c.Policy)
	}
	if z := c.Zones[0]; len(z.Languages) > 0 || z.Gap != 0 || !z.NoChime {
		t.Errorf("zone: %+v", z)
	}
	if c.Queues[1].First != 0 {
		t.Errorf("first: %d", c.Queues[1].First)
	}
	text, err := Write(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nreturn_limit = 0\n", "\npriority_head = \"0s\"\n", "\nlanguages = []\n", "\nfirst = 0\n", "\none_per_person = false\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the export does not say %q", want)
		}
	}
}

// bad are mistakes in a good file: what is put in the place of what, and what must be said of which line. A line has the form line:column: words.
var bad = map[string]struct {
	old, new string
	want     []string
}{
	"unknown key":          {"miss_after = 3", "mis_after = 3", []string{"6:1: there is no key mis_after in [policy] (did you mean miss_after?)"}},
	"key of another table": {"miss_after = 3", "day_end = \"when-empty\"", []string{"6:1: there is no key day_end in [policy]; it belongs in [day]"}},
	"key outside tables":   {"[hall]\n", "x = 1\n[hall]\n", []string{"1:1: there is no key x"}},
	"unknown table":        {"[policy]", "[polcy]", []string{"5:2: there is no table polcy (did you mean policy?)"}},
	"window twice":         {"id = \"2\"", "id = \"1\"", []string{"35:1: 1 is taken by the one in line 30; give each its own id"}},
	"unknown department": {"department = \"gongan\"", "department = \"gonganx\"",
		[]string{"25:1: there is no department gonganx (did you mean gongan?); there are gongan"}},
	"unknown window":         {"windows = [\"1\"]", "windows = [\n  \"1\",\n  \"88\",\n]", []string{"43:3: there is no window 88; there are 1, 2"}},
	"bare number":            {"miss_after = 3", "unproved_grace = \"60\"", []string{`6:1: unproved_grace is a duration with its unit, not "60"; write "60s"`}},
	"number for a duration":  {"miss_after = 3", "unproved_grace = 60", []string{`6:1: unproved_grace is a duration with its unit, not 60; write "60s"`}},
	"duration in words":      {"miss_after = 3", "rate_within = \"3 minutes\"", []string{`write "3m"`}},
	"no duration":            {"miss_after = 3", "rate_within = \"soon\"", []string{`6:1: rate_within is a duration with its unit, not "soon"; other examples`}},
	"huge duration":          {"miss_after = 3", "unproved_grace = \"9999999h\"", []string{"6:1: unproved_grace: 9999999h; write 0s to 1h"}},
	"long duration":          {"miss_after = 3", "priority_head = \"200000h\"", []string{"6:1: priority_head: 200000h; write 0s to 24h"}},
	"negative duration":      {"miss_after = 3", "priority_head = \"-1m\"", []string{"6:1: priority_head: -1m; write 0s to 24h"}},
	"negative number":        {"miss_after = 3", "recall_limit = -1", []string{"6:1: recall_limit: -1; write 1 to 99"}},
	"huge number":            {"miss_after = 3", "recall_limit = 99999999999999999999", []string{"6:1: recall_limit: 99999999999999999999; write 1 to 99"}},
	"large number":           {"miss_after = 3", "miss_after = 4611686018427387904", []string{"6:1: miss_after: 4611686018427387904; write 1 to 99"}},
	"huge number, no bounds": {"baud = 9600", "baud = 99999999999999999999", []string{"50:10: baud: 99999999999999999999 is too large"}},
	"overtime":               {"miss_after = 3", "miss_after = 3\n[day]\novertime = \"13h\"", []string{"8:1: overtime: 13h; write 0s to 12h"}},
	"recall below miss": {"miss_after = 3", "miss_after = 7",
		[]string{"5:2: recall_limit: 5 is less than miss_after (7), so nobody could ever be missed; write 7 or more"}},
	"prefix clash":         {"prefix = \"B\"", "prefix = \"A\"", []string{"20:1: the prefix A belongs to queue A (line 15); give each queue its own"}},
	"small prefix":         {"prefix = \"B\"", "prefix = \"b\"", []string{"20:1: b is no prefix; write one or two capital letters"}},
	"full-width quotes":    {"id = \"B\"", "id = “B”", []string{"18:6: you typed the Chinese mark “; write \" with the keyboard in English mode"}},
	"full-width comma":     {"queues = [\"B\"]", "queues = [\"B\"，\"A\"]", []string{"36:14: you typed the Chinese mark ，; write ,"}},
	"full-width semicolon": {"id = \"B\"", "id = \"B\"；", []string{"18:9: you typed the Chinese mark ；; leave it out"}},
	"queue without window": {"queues = [\"B\"]", "queues = [\"A\"]", []string{"18:1: no window serves queue B, so nobody could call its tickets"}},
	"window without queue": {"queues = [\"B\"]", "name = \"x\"", []string{"18:1: no window serves queue B", "34:3: window 2 serves no queue"}},
	"unknown queue":        {"queues = [\"B\"]", "queues = [\"b\"]", []string{"36:11: there is no queue b (did you mean B?); there are A, B"}},
	"band end": {"prefix = \"B\"", "prefix = \"B\"\nband_end = \"wrap\"",
		[]string{"21:1: wrap is nothing that band_end can be; it is one of widen, reserve, refuse"}},
	"window with a letter": {"id = \"2\"", "id = \"2号\"", []string{"35:1: 2号 is no window number; write 1 to 999 in digits"}},
	"window as a number":   {"id = \"2\"", "id = 2", []string{"35:1: id is a text in quotation marks, not 2; write \"2\""}},
	"key twice": {"prefix = \"B\"", "prefix = \"B\"\nprefix = \"C\"",
		[]string{"21:1: prefix stands here a second time; it stands in line 20 already"}},
	"table twice": {"[[department]]", "[policy]\nmiss_after = 2\n[[department]]",
		[]string{"8:2: the table policy stands here a second time; it stands in line 5 already"}},
	"comma":                  {"queues = [\"B\"]", "queues = [\"B\" \"A\"]", []string{"36:15: two values without a comma between them"}},
	"no quotes":              {"id = \"B\"", "id = B", []string{"18:1: B has no quotation marks; write id = \"B\""}},
	"open quotes":            {"id = \"B\"", "id = \"B", []string{"18:1: a text is not closed"}},
	"no equals":              {"id = \"B\"", "id \"B\"", []string{"18:1: there is no = between key and value"}},
	"colon":                  {"id = \"B\"", "id: \"B\"", []string{"18:1: there is no = between key and value"}},
	"no value":               {"id = \"B\"", "id =", []string{"18:1: id has no value"}},
	"list open":              {"queues = [\"B\"]", "queues = [\"B\"", []string{"36:1: this list is not closed"}},
	"text open to the end":   {"id = \"B\"", "id = \"\"\"B", []string{"18:6: a text is not closed"}},
	"header broken":          {"[[person]]", "[[person]", []string{"38:9: this line cannot be read"}},
	"one bracket":            {"[[department]]", "[department]", []string{"8:2: a hall has several of these; write [[department]] with two brackets"}},
	"two brackets":           {"[policy]", "[[policy]]", []string{"5:3: there is one of these; write [policy] with one bracket"}},
	"switch in quotes":       {"miss_after = 3", "one_per_person = \"yes\"", []string{`6:1: one_per_person is true or false, without quotation marks, not "yes"`}},
	"number in quotes":       {"miss_after = 3", "miss_after = \"3\"", []string{`6:1: miss_after is a whole number, not "3"; write 3 without quotation marks`}},
	"fraction":               {"miss_after = 3", "miss_after = 3.5", []string{"6:1: miss_after is a whole number, not 3.5"}},
	"text for a list":        {"queues = [\"B\"]", "queues = \"B\"", []string{`36:1: queues is a list in brackets, not "B"; write ["B"]`}},
	"number in a list":       {"queues = [\"B\"]", "queues = [\"B\", 3]", []string{`36:16: queues is a text in quotation marks, not 3; write "3"`}},
	"text for a table":       {"line = { baud = 9600 }", "line = \"9600\"", []string{`50:1: line is a table in braces`}},
	"unknown key of a table": {"baud = 9600", "bauds = 9600", []string{"50:10: there is no key bauds in line (did you mean baud?)"}},
	"id of words":            {"id = \"idcard\"", "id = \"身份证\"", []string{"23:1: 身份证 is no id; write letters, digits, - _ and ., at most 40"}},
	"name missing":           {"name = \"户籍证件\"\n", "", []string{"12:3: name is missing; write for example name = \"户籍证件\""}},
	"name blank":             {"name = \"户籍证件\"", "name = \"  \"", []string{"14:1: name consists of blanks"}},
	"name turned": {"name = \"户籍证件\"", "name = \"户籍\u202e证件\"",
		[]string{"14:1: name contains an invisible character that changes the direction of writing (U+202E)"}},
	"name with a bell": {"name = \"户籍证件\"", "name = \"户籍\\u0007证件\"", []string{"14:1: name contains an invisible control character (U+0007)"}},
	"long name":        {"name = \"户籍证件\"", "name = \"" + strings.Repeat("长", 101) + "\"", []string{"14:1: name has 101 characters; there is room for 100"}},
	"time zone": {"name_en =", "zone = \"Asia/Shanghia\"\nname_en =",
		[]string{"3:1: there is no time zone Asia/Shanghia (did you mean Asia/Shanghai?)"}},
	"role":               {"name = \"张敏\"", "name = \"张敏\"\nrole = \"cheif\"", []string{"41:1: cheif is nothing that role can be (did you mean chief?)"}},
	"address for phones": {"[[department]]", "[ticket]\naddress = \"hall.lan\"\n\n[[department]]", []string{"9:1: hall.lan is no address"}},
	"bad span": {"[[department]]", "[hours]\nmon = [\"09:00-12:00\", \"17:00-13:30\"]\n[[department]]",
		[]string{"9:23: the span \"17:00-13:30\" does not end after it begins"}},
	"spans that meet": {"[[department]]", "[hours]\nmon = [\"09:00-12:00\", \"11:00-17:00\"]\n[[department]]",
		[]string{"9:23: the span 11:00-17:00 overlaps 09:00-12:00"}},
	"span as a number": {"[[department]]", "[hours]\nmon = [9]\n[[department]]", []string{"9:8: mon is a text in quotation marks, not 9"}},
	"day of the week":  {"[[department]]", "[hours]\nmonday = []\n[[department]]", []string{"9:1: there is no key monday in [hours]; there are mon, tue"}},
	"holidays":         {"[[department]]", "[hours]\nholidays = \"pl\"\n[[department]]", []string{"9:1: this program knows no holidays \"pl\""}},
	"special without":  {"[[department]]", "[hours]\nmon = [\"9:00-12:00\"]\n[[special]]\ndate = \"2026-05-04\"\n[[department]]", []string{"10:3: "}},
	"special, no date": {"[[department]]", "[hours]\nmon = [\"9:00-12:00\"]\n[[special]]\ndate = \"4.5.2026\"\nclosed = true\n[[department]]",
		[]string{"11:1: \"4.5.2026\" is no date"}},
	"kind of an item":   {"bring = [", "kind = \"permitt\"\nbring = [", []string{"27:1: "}},
	"key of a fee":      {"bring = [", "fee = { lowr = 2 }\nbring = [", []string{"27:9: there is no key lowr in fee (did you mean lower?)"}},
	"fee without basis": {"bring = [", "fee = { lower = 2000 }\nbring = [", []string{"27:1: "}},
	"item twice":        {"[[window]]", "[[item]]\nid = \"idcard\"\nname = \"x\"\nqueue = \"A\"\n\n[[window]]", []string{"30:1: "}},
	"item without queue": {"department = \"gongan\"\nqueue = \"A\"", "department = \"gongan\"",
		[]string{"22:3: queue is missing; write for example queue = \"A\""}},
	"too much to bring": {"bring = [\"户口簿\"]", "bring = [\"1\", \"2\", \"3\", \"4\"]", []string{"27:1: bring has 4 lines; a ticket has room for 3"}},
	"several": {"miss_after = 3\n", "mis_after = 3\nhold_limit = -3\nwarn_at = 101\nleg_limit = 0\n", []string{"6:1: there is no key mis_after",
		"7:1: hold_limit: -3; write 0 to 99",
		"8:1: warn_at: 101; write 0 to 100", "9:1: leg_limit: 0; write 1 to 99"}},
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for name, c := range bad {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.Count(good, c.old) == 0 {
				t.Fatalf("%q is not in the good file", c.old)
			}
			_, all := Read([]byte(strings.Replace(good, c.old, c.new, 1)), Options{})
			var said []string
			for _, m := range all {
				said = append(said, strings.TrimPrefix(m.In("", English), ":"))
			}
			if len(said) != len(c.want) {
				t.Fatalf("said %q, want %q", said, c.want)
			}
			for i, want := range c.want {
				if !strings.Contains(said[i], want) {
					t.Errorf("said %q, want %q", said[i], want)
				}
			}
		})
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	wide := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(good)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	gbk := []byte(strings.Replace(good, "清溪县政务服务中心", "\xc7\xe5\xcf\xaa\xcf\xd8", 1)) // the rest of the file stays UTF-8, as a careless editor leaves it
	onlyGBK := []byte("[hall]\nname = \"\xc7\xe5\xcf\xaa\xcf\xd8\"\n")
	for name, c := range map[string]struct {
		data []byte
		code queue.ProblemCode
		line int
	}{
		"UTF-16": {wide, WideEncoding, 1}, "UTF-16 without its mark": {wide[2:], WideEncoding, 1},
		"GBK": {onlyGBK, ChineseEncoding, 2}, "mixed": {gbk, BadEncoding, 2}, "Latin": {[]byte("[hall]\n\nname = \"Caf\xe9\"\n"), BadEncoding, 3},
	} {
		_, all := Read(c.data, Options{})
		if len(all) != 1 || all[0].Code != c.code || all[0].Line != c.line {
			t.Errorf("%s: %+v", name, all)
		}
	}
}

// What is handed in is asked, and its problems find their places.
func TestHandedIn(t *testing.T) {
	t.Parallel()
	file := strings.Replace(good, "[[department]]", "[ticket]\ntemplate = \"ours\"\n\n[[department]]", 1)
	c, all := Read([]byte(file), Options{
		Template: func(s string) (string, []queue.ConfigProblem) {
			return s + " read", []queue.ConfigProblem{{Path: "ticket", Code: queue.Missing}}
		},
		Devices: func(c *queue.Config) []queue.ConfigProblem {
			return []queue.ConfigProblem{
				{Path: "devices[0].port", Code: "one", Warning: true}, {Path: "devices[0].set.mode", Code: "two"}, {Path: "devices[0].line.baud", Code: "three",
					Other: "devices[0].id"},
			}
		},
	})
	if c.Ticket != "ours read" {
		t.Errorf("ticket: %q", c.Ticket)
	}
	var got []string
	for _, m := range all {
		got = append(got, m.In(m.Key, "")+m.Args["line"])
	}
	want := []string{"ticket.template:9:1: template is missing; write for example template = \"ours.receipt\"", "device[0].set.mode:46:3: two",
		"device[0].port:50:1: one", "device[0].line.baud:53:10: three47"}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if Sound(all) || !Sound(all[:0]) || !Sound([]Mistake{{Warning: true}}) {
		t.Error("warnings alone are no reason to refuse, mistakes are")
	}
}

// A reference that misses a mistyped entry is not told beside it; with two that miss, somebody else mistyped, too.
func TestConsequences(t *testing.T) {
	t.Parallel()
	codes := func(file string) []string {
		_, all := Read([]byte(file), Options{})
		seen := map[string]bool{}
		for _, m := range all {
			seen[string(m.Code)] = true
		}
		return slices.Sorted(maps.Keys(seen))
	}
	mistyped := strings.Replace(good, "[[window]]\nid = \"1\"", "[[window]]\nid = \"1号\"", 1)
	if got := codes(mistyped); !slices.Equal(got, []string{"window-number"}) {
		t.Errorf("one cause: %v", got)
	}
	if got := codes(strings.Replace(mistyped, "windows = [\"1\"]", "windows = [\"1\", \"7\"]", 1)); !slices.Equal(got, []string{"unknown-window",
		"window-number"}) {
		t.Errorf("two causes: %v", got)
	}
	// A mistake that loses no entry and no key hides nothing elsewhere.
	stray := strings.NewReplacer(`department = "gongan"`, `department = "no"`, `queues = ["B"]`, `queues = ["B", "Q"]`).Replace(good)
	for what, c := range map[string]struct{ old, new, code string }{
		"a queue's number":  {`name = "户籍证件"`, "name = \"户籍证件\"\nwidth = 9", "out-of-range"},
		"a bad span":        {"[hall]", "[hours]\nmon = [\"9-5\"]\n[hall]", "catalogue/bad-time"},
		"an unknown key":    {"[hall]", "[hall]\ncolour = \"red\"", "unknown-key"},
		"an unknown table":  {"[hall]", "[weather]\nrain = true\n[hall]", "unknown-table"},
		"a nameless office": {"[[department]]\nid = \"gongan\"\nname = ", "[[department]]\nid = \"gongan\"\nname_en = ", "missing"},
	} {
		if !strings.Contains(good, c.old) {
			t.Errorf("%s: the file has no %q", what, c.old)
		}
		got := codes(strings.Replace(stray, c.old, c.new, 1))
		for _, want := range []string{c.code, "unknown-queue", "unknown-office"} {
			if !slices.Contains(got, want) {
				t.Errorf("%s hides %s: %v", what, want, got)
			}
		}
	}
	if got := codes(strings.Replace(good, "[[window]]\nid = \"2\"", "[[window\nid = \"2\"", 1)); !slices.Equal(got, []string{"syntax"}) {
		t.Errorf("a header that cannot be read: %v", got)
	}
}

// Nothing that Go calls its things is said to people.
func TestNoGoWords(t *testing.T) {
	t.Parallel()
	for name, c := range bad {
		_, all := Read([]byte(strings.Replace(good, c.old, c.new, 1)), Options{})
		for _, m := range all {
			for _, lang := range []string{Chinese, English} {
				for _, word := range []string{"int64", "string", "struct", "slice", "[]", "toml:", "nil", "{", "⟨", "⟩"} {
					if text := strings.NewReplacer("{ wait", "", "[[]]", "").Replace(m.Text(lang)); strings.Contains(text, word) {
						t.Errorf("%s: %q says %q", name, text, word)
					}
				}
			}
		}
	}
}
