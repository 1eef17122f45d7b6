package hallfile

import (
	"fmt"
	"strings"
	"time"

	"halld/queue"
	"halld/queue/catalogue"
)

// Kind is what the value of a key is.
type Kind string

// The kinds of values.
const (
	Text     Kind = "text"
	Number   Kind = "number"
	Duration Kind = "duration" // a number and its unit: "90s", "15m"
	Switch   Kind = "switch"   // true or false
	Choice   Kind = "choice"   // a text of a closed list
	Name     Kind = "name"     // the id of something else in the file
	List     Kind = "list"     // texts
	Pairs    Kind = "pairs"    // an inline table
)

// Part is a part of the program that a setting touches.
type Part string

// The parts.
const (
	Core    Part = "core"    // who is called when: nothing is opened or drawn anew
	Screens Part = "screens" // what people see in browsers
	Devices Part = "devices" // what stands in the hall
)

// Setting is one key of the hall file. Reader, export, checks, reference and settings page know it from here.
type Setting struct {
	Key      string   `json:"key"` // table and key: queue.prefix. Tables are named as in the file, without brackets
	Kind     Kind     `json:"kind"`
	Unit     string   `json:"unit,omitempty"`    // of numbers: "%"
	Default  string   `json:"default,omitempty"` // as it is written in a file; empty: none
	Required bool     `json:"required,omitempty"`
	Example  string   `json:"example,omitempty"` // of what has no default, as it is written in a file
	Min      int64    `json:"min,omitempty"`     // of numbers and durations (nanoseconds); both 0: as the package queue or the device has it
	Max      int64    `json:"max,omitempty"`
	Choices  []string `json:"choices,omitempty"`
	Touches  []Part   `json:"touches"`
	Zh       string   `json:"zh"` // its name
	En       string   `json:"en"`
	AboutZh  string   `json:"about_zh,omitempty"` // what it does, where the name does not say it
	AboutEn  string   `json:"about_en,omitempty"`
}

// Table is the table of the setting.
func (s *Setting) Table() string { t, _, _ := strings.Cut(s.Key, "."); return t }

// Name is the key in its table.
func (s *Setting) Name() string { _, n, _ := strings.Cut(s.Key, "."); return n }

// Words is the setting's name in a language.
func (s *Setting) Words(lang string) string {
	if lang == Chinese {
		return s.Zh
	}
	return s.En
}

// bound is the range of a number as people write it; empty: none.
func (s *Setting) bound() (least, most string) {
	switch {
	case s.Min == 0 && s.Max == 0:
		return "", ""
	case s.Kind == Duration:
		return queue.DurationText(time.Duration(s.Min)), queue.DurationText(time.Duration(s.Max))
	default:
		return fmt.Sprint(s.Min), fmt.Sprint(s.Max)
	}
}

// Find finds a setting by its key.
func Find(key string) (*Setting, bool) {
	s, ok := byKey[key]
	return s, ok
}

var byKey = func() map[string]*Setting {
	m := map[string]*Setting{}
	for i := range Settings {
		s := &Settings[i]
		path := configPath(s.Key)
		if b, ok := queue.Bounds(path); ok && s.Max == 0 {
			s.Min, s.Max = b.Min, b.Max
		}
		m[s.Key] = s
	}
	return m
}()

var (
	onCore    = []Part{Core}
	onScreens = []Part{Screens}
	onDevices = []Part{Devices}
	onAll     = []Part{Core, Screens, Devices}
	onSight   = []Part{Screens, Devices} // what people read
	onCalls   = []Part{Core, Screens}    // what windows and queues do
)

// choices makes a list of choices out of a list of the core.
func choices[K ~string](list ...K) []string {
	out := make([]string, len(list))
	for i, k := range list {
		out[i] = string(k)
	}
	return out
}

// Kinds lists what a device can be.
var Kinds = []string{"printer", "board", "caller", "pad", "caller+pad", "voice", "button", "lamp", "reader"}

// tableWords says what a table is, in the order of the file.
var tableWords = []struct{ name, zh, en string }{
	{"hall", "大厅", "The hall itself."},
	{"day", "服务日怎样结束", "How a service day ends."},
	{"policy", "叫号规则。0 就是 0，例如 return_limit = 0 表示过号不能恢复", "The rules of calling. 0 means 0: return_limit = 0 lets no missed ticket return."},
	{"target", "对等候时间的承诺", "What the hall promises about waiting."},
	{"hours", "开放时间，每天可分几段，例如 mon = [\"09:00-12:00\", \"13:30-17:00\"]；没有写的日子不开放",
		"When the hall is open, in spans of each day; a day without any is closed. Without this table the hall is open whenever it runs."},
	{"special", "特别日：放假、调休、另定时间", "A dated exception: closed, open by other spans, or worked like another day of the week. One table each; they win over public holidays."},
	{"ticket", "号票", "Tickets on paper, see tickets.md."},
	{"class", "号类：普通、优先、预约等。它只决定怎样排队，不是对人的记载。一个也不写，就是 ordinary、priority、appointment 三种",
		"A class of tickets: by which rule one waits, nothing about the person. One table each; without any there are ordinary, priority and appointment."},
	{"department", "部门", "The authorities with items in the hall. One table each."},
	{"queue", "业务队列：在同一个字母下一起等候", "A line of people under one letter. One table each."},
	{"item", "事项", "A piece of business that people come for. One table each."},
	{"window", "窗口", "A window and what it serves. One table each."},
	{"person", "工作人员", "Who works here. One table each; without any, windows are opened under any name."},
	{"kiosk", "取号机：哪台提供什么；没有写的提供全部", "What a kiosk offers. One table each; one that is not listed offers everything."},
	{"zone", "播报区：同一时间只播一条语音的区域", "A part of the hall in which one announcement is heard at a time. One table each; without any, the hall is one zone."},
	{"device", "设备", "A device of the hall. One table each."},
}

// Settings has every key of the file, in its order.
var Settings = []Setting{
	{Key: "hall.name", Kind: Text, Required: true, Example: `"清溪县政务服务中心"`, Touches: onSight, Zh: "大厅名称", En: "name of the hall",
		AboutZh: "印在号票上、显示在屏幕上", AboutEn: "stands on tickets and screens"},
	{Key: "hall.name_en", Kind: Text, Touches: onSight, Zh: "大厅英文名称", En: "English name of the hall"},
	{Key: "hall.zone", Kind: Text, Default: `"Asia/Shanghai"`, Touches: onAll, Zh: "时区", En: "time zone",
		AboutZh: "日期、号票和屏幕都按它计时，与电脑的设置无关", AboutEn: "of days, tickets and screens, whatever the computer is set to"},

	{Key: "day.day_end", Kind: Choice, Default: `"when-empty"`, Choices: choices(queue.WhenEmpty, queue.AtClosing), Touches: onCore, Zh: "服务日的结束",
		En:      "end of the day",
		AboutZh: "when-empty：下班后等最后一人办完；at-closing：到点就结束。两种都不再发号", AboutEn: "when-empty: after closing time, as soon as nobody is left; at-closing: at once. No number is given after closing time either way"},
	{Key: "day.overtime", Kind: Duration, Default: `"4h"`, Touches: onCore, Zh: "最长延时", En: "longest overtime",
		AboutZh: "下班后服务日最多还能延续多久", AboutEn: "how long after closing time a day may still last"},

	{Key: "policy.recall_limit", Kind: Number, Default: "5", Touches: onCore, Zh: "呼叫次数上限", En: "recall limit",
		AboutZh: "同一个号在一个窗口最多呼叫几次", AboutEn: "calls of one ticket at one window, at least miss_after"},
	{Key: "policy.miss_after", Kind: Number, Default: "3", Touches: onCore, Zh: "过号前的呼叫次数", En: "calls before a miss",
		AboutZh: "呼叫几次后才能判为过号；1 表示第一次就可以", AboutEn: "calls before a ticket may be declared missed; 1 allows it at once"},
	{Key: "policy.return_after", Kind: Number, Default: "3", Touches: onCore, Zh: "恢复后的等候号数", En: "tickets before a returned one",
		AboutZh: "过号恢复后先叫几个别的号；0 表示回到原来的位置", AboutEn: "others called before a returned ticket; 0: it takes its old place"},
	{Key: "policy.return_limit", Kind: Number, Default: "1", Touches: onCore, Zh: "恢复次数上限", En: "return limit",
		AboutZh: "一个号最多恢复几次；0 表示不能恢复", AboutEn: "times a missed ticket may return; 0: never"},
	{Key: "policy.undo_miss_within", Kind: Duration, Default: `"10m"`, Touches: onCore, Zh: "撤销过号的时限", En: "time to undo a miss",
		AboutZh: "0s 表示不能撤销", AboutEn: "0s: not at all"},
	{Key: "policy.hold_limit", Kind: Number, Default: "3", Touches: onCore, Zh: "挂起数上限", En: "hold limit",
		AboutZh: "一个窗口最多挂起几个号；0 表示不能挂起", AboutEn: "tickets one window may hold; 0: none"},
	{Key: "policy.leg_limit", Kind: Number, Default: "6", Touches: onCore, Zh: "一次到厅的环节上限", En: "leg limit",
		AboutZh: "再多的转窗会被拒绝", AboutEn: "legs of one visit before a transfer is refused"},
	{Key: "policy.priority_head", Kind: Duration, Default: `"15m"`, Touches: onCore, Zh: "优先提前量", En: "head start of priority",
		AboutZh: "优先号当作早到这么久", AboutEn: "a priority ticket counts as this much earlier"},
	{Key: "policy.appointment_head", Kind: Duration, Default: `"10m"`, Touches: onCore, Zh: "预约提前量", En: "head start of appointments",
		AboutZh: "预约号当作早到这么久", AboutEn: "a ticket with an appointment counts as this much earlier"},
	{Key: "policy.unproved_grace", Kind: Duration, Default: `"60s"`, Touches: onCore, Zh: "出票不明的等待", En: "grace of an unproved print",
		AboutZh: "不知道号票是否印出时，过这么久仍然排队", AboutEn: "after it a ticket whose print is unknown joins the line all the same"},
	{Key: "policy.failed_grace", Kind: Duration, Default: `"60s"`, Touches: onCore, Zh: "出票失败的等待", En: "grace of a failed print",
		AboutZh: "号票没有印出时，过这么久作废：没有人拿着它", AboutEn: "after it a ticket whose print failed is void: nobody holds it"},
	{Key: "policy.warn_at", Kind: Number, Unit: "%", Default: "90", Touches: onCalls, Zh: "号段用尽的提醒", En: "warning before the last number",
		AboutZh: "号段用到百分之几时提醒；0 表示不提醒", AboutEn: "share of a queue's numbers at which to warn; 0: never"},
	{Key: "policy.rate_within", Kind: Duration, Default: `"3m"`, Touches: onCore, Zh: "评价时限", En: "time to rate",
		AboutZh: "办理结束后多久之内仍可按键评价", AboutEn: "how long after the end of a service a pad still rates it"},
	{Key: "policy.one_per_person", Kind: Switch, Default: "true", Touches: onCore, Zh: "一人一号", En: "one number a person",
		AboutZh: "取号机认出的人在每个队列只能有一个有效号", AboutEn: "a person known to a kiosk has one live ticket in each queue"},
	{Key: "policy.imply_arrival", Kind: Switch, Default: "false", Touches: onCalls, Zh: "呼叫即开始办理", En: "a call implies arrival",
		AboutZh: "没有按“到达”就结束的号，从呼叫起算作办理", AboutEn: "a called ticket that is finished was served from its call on; screens leave \"arrived\" out"},
	{Key: "policy.discipline", Kind: Choice, Default: `"head-start"`, Choices: choices(queue.Disciplines()...), Touches: onCore, Zh: "叫号次序",
		En:      "who is next",
		AboutZh: "head-start：各类号当作早到若干分钟；longest-wait：先到先叫；accumulating：等候按类别加速计；ratio：按比例轮叫；strict：高档在先",
		AboutEn: "head-start: a class counts as so much earlier; longest-wait: by arrival; accumulating: a wait counts faster; ratio: sides in turn; strict: by tier"},
	{Key: "policy.ratio", Kind: Text, Example: `"2:1"`, Touches: onCore, Zh: "轮叫比例", En: "ratio",
		AboutZh: "2:1 表示叫两个普通号再叫一个优先号；discipline 为 ratio 时必写", AboutEn: "2:1 is two ordinary calls, then one of a class with a tier; needed where discipline is ratio"},
	{Key: "policy.wait_cap", Kind: Duration, Default: `"0s"`, Touches: onCore, Zh: "等候上限", En: "cap of a wait",
		AboutZh: "有人等得更久时，先叫最早到的人，不论类别；0s 表示不设", AboutEn: "as soon as somebody waits longer, who came first of all is next, whatever the class; 0s: none"},
	{Key: "policy.batch_limit", Kind: Number, Default: "1", Touches: onCalls, Zh: "一个号最多几件", En: "cases of one ticket",
		AboutZh: "代办人一个号可以办几件；1 表示一号一件", AboutEn: "how many cases an agent may bring under one number; 1: one"},
	{Key: "policy.staffed_within", Kind: Duration, Default: `"15m"`, Touches: onCalls, Zh: "等人到窗的时限", En: "time to staff a window",
		AboutZh: "开门、休息结束或最后一人离开后，过这么久仍没有人到窗，就算无窗可办", AboutEn: "after an opening, a break or the last one's leaving, somebody is expected at a window for so long"},

	{Key: "target.wait", Kind: Duration, Default: `"0s"`, Touches: onScreens, Zh: "承诺等候时间", En: "promised wait",
		AboutZh: "0s 表示不作承诺", AboutEn: "0s: nothing is promised"},
	{Key: "target.share", Kind: Number, Unit: "%", Default: "90", Touches: onScreens, Zh: "承诺比例", En: "promised share",
		AboutZh: "百分之几的人不会等得更久", AboutEn: "share of the people who wait no longer"},

	{Key: "hours.mon", Kind: List, Example: `["09:00-12:00", "13:30-17:00"]`, Touches: onAll, Zh: "星期一", En: "Monday"},
	{Key: "hours.tue", Kind: List, Example: `["09:00-12:00", "13:30-17:00"]`, Touches: onAll, Zh: "星期二", En: "Tuesday"},
	{Key: "hours.wed", Kind: List, Example: `["09:00-12:00", "13:30-17:00"]`, Touches: onAll, Zh: "星期三", En: "Wednesday"},
	{Key: "hours.thu", Kind: List, Example: `["09:00-12:00", "13:30-17:00"]`, Touches: onAll, Zh: "星期四", En: "Thursday"},
	{Key: "hours.fri", Kind: List, Example: `["09:00-12:00", "13:30-17:00"]`, Touches: onAll, Zh: "星期五", En: "Friday"},
	{Key: "hours.sat", Kind: List, Example: `["09:00-12:00", "13:30-17:00"]`, Touches: onAll, Zh: "星期六", En: "Saturday"},
	{Key: "hours.sun", Kind: List, Example: `["09:00-12:00", "13:30-17:00"]`, Touches: onAll, Zh: "星期日", En: "Sunday"},
	{Key: "hours.working_week", Kind: List, Example: `["mon", "tue", "wed", "thu", "fri"]`, Choices: choices(catalogue.Weekdays()...), Touches: onCalls,
		Zh: "工作日", En: "working days",
		AboutZh: "办理时限按这些日子计算；不写就是周一到周五", AboutEn: "the days that count for time limits; left out: Monday to Friday"},
	{Key: "hours.holidays", Kind: Choice, Choices: []string{catalogue.HolidaysCN}, Example: `"cn"`, Touches: onAll, Zh: "公众假日", En: "public holidays",
		AboutZh: "cn：国务院办公厅公布的放假调休", AboutEn: "cn: those of China with their make-up working days"},
	{Key: "hours.known_until", Kind: Number, Min: 2000, Max: 9999, Example: "2027", Touches: onCalls, Zh: "特别日已列到哪一年", En: "special days are complete up to",
		AboutZh: "本大厅自列的特别日已全的最后一年", AboutEn: "the last year whose holidays the hall itself lists"},

	{Key: "special.date", Kind: Text, Required: true, Example: `"2026-10-01"`, Touches: onAll, Zh: "日期", En: "date"},
	{Key: "special.until", Kind: Text, Example: `"2026-10-08"`, Touches: onAll, Zh: "到哪天为止", En: "last date", AboutZh: "包括这一天；不写就只有一天",
		AboutEn: "included; left out: one date alone"},
	{Key: "special.closed", Kind: Switch, Touches: onAll, Zh: "不开放", En: "closed"},
	{Key: "special.spans", Kind: List, Example: `["09:00-12:00"]`, Touches: onAll, Zh: "另定的时段", En: "open by other spans"},
	{Key: "special.like", Kind: Choice, Choices: choices(catalogue.Weekdays()...), Touches: onAll, Zh: "按星期几上班", En: "worked like another day", AboutZh: "调休",
		AboutEn: "it is a working day then"},
	{Key: "special.working", Kind: Switch, Touches: onCalls, Zh: "不开放但算工作日", En: "closed, and a working day all the same", AboutZh: "停电、装修：办理时限照算",
		AboutEn: "no power, repair: time limits run on"},
	{Key: "special.name", Kind: Text, Example: `"国庆节"`, Touches: onSight, Zh: "名称", En: "name"},
	{Key: "special.name_en", Kind: Text, Touches: onSight, Zh: "英文名称", En: "English name"},
	{Key: "special.source", Kind: Text, Touches: onScreens, Zh: "依据", En: "paper that says so", AboutZh: "文号和日期", AboutEn: "with number and date"},

	{Key: "ticket.address", Kind: Text, Example: `"http://hall.lan:8086"`, Touches: onDevices, Zh: "手机查询地址", En: "address for phones",
		AboutZh: "手机访问本大厅的地址，写进号票的二维码；不写就没有二维码", AboutEn: "where phones reach this hall: it stands in the QR codes of tickets; without it they have none"},
	{Key: "ticket.template", Kind: Text, Example: `"ours.receipt"`, Touches: onDevices, Zh: "号票模板", En: "ticket template",
		AboutZh: "zh、en、both，本文件旁边的一个文件，或模板本身", AboutEn: "zh, en, both, a file beside this one, or the template itself"},

	{Key: "class.id", Kind: Text, Required: true, Example: `"p1"`, Touches: onCalls, Zh: "号类代号", En: "id",
		AboutZh: "记在号上的只有它；必须有 ordinary（普通）", AboutEn: "all that is stored with a ticket; there must be one called ordinary"},
	{Key: "class.name", Kind: Text, Required: true, Example: `"老年人"`, Touches: onScreens, Zh: "名称", En: "name"},
	{Key: "class.name_en", Kind: Text, Touches: onScreens, Zh: "英文名称", En: "English name"},
	{Key: "class.head", Kind: Duration, Default: `"0s"`, Touches: onCore, Zh: "提前量", En: "head start", AboutZh: "当作早到这么久（head-start、accumulating）",
		AboutEn: "counts as having come so much earlier (head-start, accumulating)"},
	{Key: "class.tier", Kind: Number, Default: "0", Touches: onCore, Zh: "档次", En: "tier", AboutZh: "高者在先（strict）；大于 0 是比例中优先的一方（ratio）",
		AboutEn: "the higher goes first (strict); above 0 is the favoured side (ratio)"},
	{Key: "class.slope", Kind: Number, Unit: "%", Default: "100", Touches: onCore, Zh: "等候的快慢", En: "speed of a wait",
		AboutZh: "等候按百分之几计（accumulating）", AboutEn: "how fast a wait counts (accumulating)"},
	{Key: "class.evidence", Kind: Text, Example: `"优待证"`, Touches: onScreens, Zh: "凭证", En: "evidence", AboutZh: "工作人员看什么；只看不存",
		AboutEn: "what staff look at; it is seen, never stored"},
	{Key: "class.by", Kind: List, Choices: choices(queue.Givers()...), Example: `["kiosk", "staff"]`, Touches: onCalls, Zh: "谁可给", En: "who may give it",
		AboutZh: "取号机自报 kiosk（有凭证的先待核对）、工作人员 staff、预约报到 booking；不写就是能发号的都可给",
		AboutEn: "kiosk: claimed there, pending where there is evidence to be seen; staff; booking: who is checked in. Left out: whoever gives numbers"},

	{Key: "department.id", Kind: Text, Required: true, Example: `"gongan"`, Touches: onCalls, Zh: "部门代号", En: "id"},
	{Key: "department.name", Kind: Text, Required: true, Example: `"公安局"`, Touches: onScreens, Zh: "部门名称", En: "name"},
	{Key: "department.name_en", Kind: Text, Touches: onScreens, Zh: "部门英文名称", En: "English name"},
	{Key: "department.required_on_hall", Kind: Switch, Touches: onScreens, Zh: "应进驻", En: "belongs into the hall"},
	{Key: "department.unit", Kind: Choice, Choices: choices(catalogue.UnitNew, catalogue.UnitAdded, catalogue.UnitNone), Touches: onScreens, Zh: "审批股室",
		En:      "approvals unit",
		AboutZh: "新设 new、加挂 added、暂不设 none", AboutEn: "how it has its approvals together: new, added to another, none"},
	{Key: "department.unit_paper", Kind: Pairs, Example: `{ name = "…", number = "…", date = "2026-01-05" }`, Touches: onScreens, Zh: "设股室的文件",
		En: "paper of the unit"},
	{Key: "department.liaison", Kind: Text, Touches: onScreens, Zh: "联系人", En: "liaison", AboutZh: "综合窗口有问题找谁", AboutEn: "whom a window of all asks"},
	{Key: "department.liaison_phone", Kind: Text, Touches: onScreens, Zh: "联系电话", En: "the liaison's telephone"},
	{Key: "department.from", Kind: Text, Example: `"2026-01-01"`, Touches: onScreens, Zh: "从哪天起", En: "from"},
	{Key: "department.until", Kind: Text, Example: `"2026-12-31"`, Touches: onScreens, Zh: "到哪天为止", En: "until"},

	{Key: "queue.id", Kind: Text, Required: true, Example: `"A"`, Touches: onCalls, Zh: "队列代号", En: "id"},
	{Key: "queue.name", Kind: Text, Required: true, Example: `"户籍证件"`, Touches: onSight, Zh: "名称", En: "name"},
	{Key: "queue.name_en", Kind: Text, Touches: onSight, Zh: "英文名称", En: "English name"},
	{Key: "queue.prefix", Kind: Text, Example: `"A"`, Touches: onCore, Zh: "号码字头", En: "prefix",
		AboutZh: "一到两个大写字母；不写就是队列代号", AboutEn: "one or two capital letters before each number; left out: the queue's id"},
	{Key: "queue.first", Kind: Number, Default: "1", Touches: onCore, Zh: "首号", En: "first number of a day"},
	{Key: "queue.last", Kind: Number, Default: "999", Touches: onCore, Zh: "末号", En: "last number of the band"},
	{Key: "queue.width", Kind: Number, Default: "3", Touches: onCore, Zh: "号码位数", En: "digits"},
	{Key: "queue.band_end", Kind: Choice, Default: `"widen"`, Choices: choices(queue.Widen, queue.Reserve, queue.StopAt), Touches: onCore, Zh: "号段用尽时",
		En:      "after the last number",
		AboutZh: "widen：加一位数字；reserve：改用备用字头；refuse：不再发号", AboutEn: "widen: one digit more; reserve: go on under the reserve prefix; refuse: give no more"},
	{Key: "queue.reserve", Kind: Text, Example: `"X"`, Touches: onCore, Zh: "备用字头", En: "reserve prefix", AboutZh: "band_end 为 reserve 时必写",
		AboutEn: "needed where band_end is reserve"},
	{Key: "queue.target", Kind: Pairs, Example: `{ wait = "15m", share = 90 }`, Touches: onScreens, Zh: "等候承诺", En: "target", AboutZh: "代替全厅的承诺",
		AboutEn: "instead of the hall's"},
	{Key: "queue.discipline", Kind: Choice, Choices: choices(queue.Disciplines()...), Touches: onCore, Zh: "叫号次序", En: "who is next", AboutZh: "代替全厅的",
		AboutEn: "instead of the hall's"},
	{Key: "queue.ratio", Kind: Text, Example: `"2:1"`, Touches: onCore, Zh: "轮叫比例", En: "ratio", AboutZh: "代替全厅的", AboutEn: "instead of the hall's"},
	{Key: "queue.wait_cap", Kind: Duration, Example: `"40m"`, Touches: onCore, Zh: "等候上限", En: "cap of a wait", AboutZh: "代替全厅的；不写或 0s 就是全厅的",
		AboutEn: "instead of the hall's; left out or 0s: the hall's"},
	{Key: "queue.last_number", Kind: Choice, Default: `"off"`, Choices: choices(queue.LastNumbers()...), Touches: onCalls, Zh: "末号规则", En: "last-number rule",
		AboutZh: "预计下班前办不到的号：off 照发；warn 照发并说明；refuse 不发；refuse-break 预计休息前办不到的也不发",
		AboutEn: "of a number that is not expected to be served before closing time: off gives it; warn gives it and says so; refuse does not; refuse-break also not before a break"},
	{Key: "queue.last_margin", Kind: Duration, Default: `"0s"`, Touches: onCore, Zh: "末号余量", En: "margin before closing time",
		AboutZh: "预计要在下班前多久办完", AboutEn: "so long before closing time the last one has to be served"},
	{Key: "queue.long_at", Kind: Number, Default: "0", Touches: onScreens, Zh: "排队较长的人数", En: "a long queue",
		AboutZh: "等候达到这么多人时，取号机先问是否继续取号；0 表示不问", AboutEn: "from so many people in line a kiosk asks whether to go on; 0: never"},
	{Key: "queue.unserved", Kind: Choice, Default: `"issue"`, Choices: choices(queue.UnservedRules()...), Touches: onCalls, Zh: "无窗可办时", En: "where no window is staffed",
		AboutZh: "没有窗口有人、也等不到人时：issue 照发；warn 照发并说明；refuse 不发", AboutEn: "nor is anybody expected: issue gives numbers; warn gives them and says so; refuse does not"},
	{Key: "queue.quota", Kind: List, Example: `[{ days = ["mon"], hours = "08:30-12:00", limit = 60 }]`, Touches: onCalls, Zh: "限量", En: "quotas",
		AboutZh: "可写成 [[queue.quota]]：days 星期几（不写就是每天）、hours 时段（不写就是全天）、limit 件数；同时有效的都要满足，取消和作废的号退回",
		AboutEn: "also as [[queue.quota]]: days (left out: every day), hours (left out: the whole day), limit in cases; all that hold at a moment bind, and a cancelled or void number is given back"},

	{Key: "item.id", Kind: Text, Required: true, Example: `"idcard"`, Touches: onCalls, Zh: "事项代号", En: "id",
		AboutZh: "内容变更时，用同一代号和不同日期再写一个表", AboutEn: "what changes on a date is a second table of the same id with other dates"},
	{Key: "item.code", Kind: Text, Touches: onScreens, Zh: "实施清单编码", En: "code in the published list"},
	{Key: "item.name", Kind: Text, Required: true, Example: `"居民身份证申领"`, Touches: onSight, Zh: "名称", En: "name"},
	{Key: "item.name_en", Kind: Text, Touches: onSight, Zh: "英文名称", En: "English name"},
	{Key: "item.aliases", Kind: List, Example: `["办身份证"]`, Touches: onScreens, Zh: "别名", En: "other words for it", AboutZh: "人们查找时用的词",
		AboutEn: "by which people look for it"},
	{Key: "item.department", Kind: Name, Example: `"gongan"`, Touches: onCalls, Zh: "部门", En: "department"},
	{Key: "item.section", Kind: Text, Touches: onScreens, Zh: "股室", En: "section"},
	{Key: "item.queue", Kind: Name, Example: `"A"`, Touches: onCalls, Zh: "队列", En: "queue", AboutZh: "不进驻大厅的事项不写",
		AboutEn: "left out where the item is off the hall"},
	{Key: "item.from", Kind: Text, Example: `"2026-01-01"`, Touches: onCalls, Zh: "从哪天起", En: "from"},
	{Key: "item.until", Kind: Text, Example: `"2026-12-31"`, Touches: onCalls, Zh: "到哪天为止", En: "until"},
	{Key: "item.bring", Kind: List, Example: `["户口簿", "旧证"]`, Touches: onSight, Zh: "需带材料", En: "what to bring", AboutZh: "最多三行，印在号票上",
		AboutEn: "at most three lines, printed on the ticket"},
	{Key: "item.bring_en", Kind: List, Touches: onSight, Zh: "需带材料（英文）", En: "what to bring, in English"},
	{Key: "item.usual_minutes", Kind: Number, Max: 1440, Touches: onScreens, Zh: "通常用时（分钟）", En: "usual minutes at the window"},
	{Key: "item.kind", Kind: Choice, Choices: choices(catalogue.Kinds()...), Touches: onCalls, Zh: "事项类型", En: "kind",
		AboutZh: "审批 approval、许可 permit、登记 registration、确认 confirmation、咨询 advice、领证 collection、缴费 payment、其他 other", AboutEn: "what kind of business it is"},
	{Key: "item.handling", Kind: Choice, Choices: choices(catalogue.AtOnce, catalogue.Promised), Touches: onScreens, Zh: "办件类型", En: "handling",
		AboutZh: "即办件 at-once、承诺件 promised", AboutEn: "finished at once, or by a promised day"},
	{Key: "item.statutory_days", Kind: Number, Max: 3660, Touches: onScreens, Zh: "法定时限（工作日）", En: "statutory limit in working days"},
	{Key: "item.promised_days", Kind: Number, Max: 3660, Touches: onScreens, Zh: "承诺时限（工作日）", En: "promised limit in working days"},
	{Key: "item.for", Kind: List, Choices: choices(catalogue.Enterprises, catalogue.Citizens), Touches: onScreens, Zh: "服务对象", En: "for whom",
		AboutZh: "企业 enterprises、群众 citizens", AboutEn: "enterprises, citizens"},
	{Key: "item.needs_site_check", Kind: Switch, Touches: onScreens, Zh: "要现场查验", En: "needs a site check"},
	{Key: "item.needs_hearing", Kind: Switch, Touches: onScreens, Zh: "要听证", En: "needs a hearing"},
	{Key: "item.needs_test", Kind: Switch, Touches: onScreens, Zh: "要检测", En: "needs a test"},
	{Key: "item.not_delegable", Kind: Switch, Touches: onScreens, Zh: "不能授权", En: "cannot be delegated", AboutZh: "审批负责人要到窗口审批",
		AboutEn: "whoever decides comes to the window"},
	{Key: "item.authority", Kind: Pairs, Example: `{ level = "at-window", paper = { name = "…" } }`, Touches: onScreens, Zh: "授权", En: "authority",
		AboutZh: "level：窗口 at-window、部门后台 back-office、集中授权政务中心 centre；paper：文件", AboutEn: "level: at-window, back-office, centre; paper: what declares it"},
	{Key: "item.listed", Kind: Switch, Touches: onCalls, Zh: "列入公布的清单", En: "on the published list", AboutZh: "未列入的审批和许可不出号",
		AboutEn: "an approval or permit that is not gets no ticket"},
	{Key: "item.list_paper", Kind: Pairs, Example: `{ name = "…", number = "…", date = "2026-01-05" }`, Touches: onScreens, Zh: "清单的文件", En: "paper of the list"},
	{Key: "item.off_hall", Kind: Switch, Touches: onCalls, Zh: "不进驻大厅", En: "handled outside the hall"},
	{Key: "item.absence", Kind: Pairs, Example: `{ reason = "law", note = "…" }`, Touches: onScreens, Zh: "不进驻的理由", En: "why it is off the hall",
		AboutZh: "reason：法律法规规定 law、政府常务会议批准 meeting；note：说明；paper：文件", AboutEn: "reason: law or meeting; note; paper"},
	{Key: "item.source", Kind: Pairs, Example: `{ name = "…", number = "…", date = "2026-01-05" }`, Touches: onScreens, Zh: "设定依据", En: "paper that sets it up"},
	{Key: "item.disclosure", Kind: Pairs, Example: `{ legal_basis = "…" }`, Touches: onScreens, Zh: "公开内容", En: "what is made public",
		AboutZh: "legal_basis 法律依据、procedure 办事程序、conditions 申请条件、complaints 投诉渠道，各有 _en", AboutEn: "legal_basis, procedure, conditions, complaints, each also with _en"},
	{Key: "item.fee", Kind: Pairs, Example: `{ lower = 2000, basis = "…" }`, Touches: onScreens, Zh: "收费（分）", En: "fee in fen",
		AboutZh: "lower 下限、upper 上限、basis 收费依据、per 计费单位、paper 文件；lower = 0 表示不收费", AboutEn: "lower, upper, basis, per, paper; lower = 0 says that it is free"},
	{Key: "item.material", Kind: List, Example: `[{ name = "身份证", form = "原件" }]`, Touches: onSight, Zh: "申报材料", En: "materials",
		AboutZh: "可写成 [[item.material]]：name 名称、form 形式、copies 份数、issuer 出具单位、when 何时需要", AboutEn: "also as [[item.material]]: name, form, copies, issuer, when"},
	{Key: "item.no_materials", Kind: Switch, Touches: onSight, Zh: "不需要材料", En: "nothing need be brought"},
	{Key: "item.target", Kind: Pairs, Example: `{ wait = "15m", share = 90 }`, Touches: onScreens, Zh: "等候承诺", En: "target", AboutZh: "代替队列的承诺",
		AboutEn: "instead of its queue's"},

	{Key: "window.id", Kind: Text, Required: true, Example: `"1"`, Touches: onAll, Zh: "窗口号", En: "number", AboutZh: "1 到 999", AboutEn: "1 to 999"},
	{Key: "window.name", Kind: Text, Touches: onSight, Zh: "名称", En: "name"},
	{Key: "window.department", Kind: Name, Touches: onCalls, Zh: "部门", En: "department", AboutZh: "不写就是综合窗口", AboutEn: "left out: a window of all"},
	{Key: "window.queues", Kind: List, Required: true, Example: `["A", "B"]`, Touches: onCalls, Zh: "办理的队列", En: "queues served",
		AboutZh: "等候一样久时在前的先叫", AboutEn: "in order of preference where waits are equal"},

	{Key: "person.id", Kind: Text, Required: true, Example: `"1001"`, Touches: onScreens, Zh: "工号", En: "staff number"},
	{Key: "person.name", Kind: Text, Required: true, Example: `"张敏"`, Touches: onScreens, Zh: "姓名", En: "name"},
	{Key: "person.name_en", Kind: Text, Touches: onScreens, Zh: "英文姓名", En: "name in Latin letters"},
	{Key: "person.role", Kind: Choice, Default: `"handler"`, Choices: choices(queue.PersonRoles()...), Touches: onCalls, Zh: "岗位角色", En: "role",
		AboutZh: "经办人 handler、首席代表 chief、导办 guide、收费 cashier、值班长 duty、大厅管理 manager", AboutEn: "what this person is in the hall"},
	{Key: "person.department", Kind: Name, Touches: onScreens, Zh: "部门", En: "department"},
	{Key: "person.post", Kind: Text, Touches: onScreens, Zh: "岗位", En: "post", AboutZh: "用文字写", AboutEn: "in words"},
	{Key: "person.staff", Kind: Choice, Choices: choices(queue.StaffTypes()...), Touches: onCalls, Zh: "人员性质", En: "type of staff",
		AboutZh: "在编 established、聘用 contract、临聘 temporary、工勤 support", AboutEn: "how this person is employed"},
	{Key: "person.windows", Kind: List, Example: `["1", "2"]`, Touches: onCalls, Zh: "可坐的窗口", En: "windows", AboutZh: "不写就是任何窗口",
		AboutEn: "where this person may sit; left out: anywhere"},

	{Key: "kiosk.id", Kind: Text, Required: true, Example: `"kiosk-1"`, Touches: onCalls, Zh: "取号机代号", En: "id",
		AboutZh: "就是它的令牌的名称：halld token create --role kiosk --name kiosk-1", AboutEn: "the name of its token: halld token create --role kiosk --name kiosk-1"},
	{Key: "kiosk.name", Kind: Text, Example: `"东门取号机"`, Touches: onScreens, Zh: "名称", En: "name"},
	{Key: "kiosk.queues", Kind: List, Example: `["A", "B"]`, Touches: onCalls, Zh: "提供的队列", En: "queues offered",
		AboutZh: "三项都不写就是全部；写了几项，属于任一项的都提供", AboutEn: "without any of the three lists everything is offered; else whatever stands in one of them"},
	{Key: "kiosk.items", Kind: List, Example: `["idcard"]`, Touches: onCalls, Zh: "提供的事项", En: "items offered"},
	{Key: "kiosk.departments", Kind: List, Example: `["gongan"]`, Touches: onCalls, Zh: "提供的部门", En: "departments offered"},

	{Key: "zone.id", Kind: Text, Required: true, Example: `"hall"`, Touches: onDevices, Zh: "播报区代号", En: "id"},
	{Key: "zone.name", Kind: Text, Touches: onDevices, Zh: "名称", En: "name"},
	{Key: "zone.windows", Kind: List, Example: `["1", "2"]`, Touches: onDevices, Zh: "播报的窗口", En: "windows", AboutZh: "唯一的区可以不写，就是全部",
		AboutEn: "whose calls are spoken here; the only zone may leave them out: all"},
	{Key: "zone.languages", Kind: List, Default: `["zh"]`, Touches: onDevices, Zh: "语言", En: "languages", AboutZh: "按播报的先后；[] 表示不播",
		AboutEn: "in the order in which they are spoken; []: nothing is spoken"},
	{Key: "zone.repeat", Kind: Number, Default: "2", Touches: onDevices, Zh: "播报遍数", En: "times"},
	{Key: "zone.gap", Kind: Duration, Default: `"500ms"`, Touches: onDevices, Zh: "句间停顿", En: "silence between sentences"},
	{Key: "zone.chime", Kind: Switch, Default: "true", Touches: onDevices, Zh: "提示音", En: "bell before a call"},
	{Key: "zone.max_age", Kind: Duration, Default: `"45s"`, Touches: onDevices, Zh: "播报时效", En: "oldest announcement",
		AboutZh: "轮到时已经更久的不再播", AboutEn: "an announcement older than this when its turn comes is left out"},
	{Key: "zone.yao", Kind: Switch, Default: "false", Touches: onDevices, Zh: "1 读作幺", En: "1 is read yao"},

	{Key: "device.id", Kind: Text, Required: true, Example: `"printer-1"`, Touches: onDevices, Zh: "设备代号", En: "id"},
	{Key: "device.kind", Kind: Choice, Required: true, Example: `"printer"`, Choices: Kinds, Touches: onDevices, Zh: "种类", En: "kind"},
	{Key: "device.profile", Kind: Text, Required: true, Example: `"epson-tm"`, Touches: onDevices, Zh: "型号", En: "model",
		AboutZh: "halld profile list 列出所有型号", AboutEn: "halld profile list shows them"},
	{Key: "device.port", Kind: Text, Required: true, Example: `"/dev/serial/by-path/…"`, Touches: onDevices, Zh: "端口", En: "port",
		AboutZh: "/dev/…、tcp:地址:端口、usb:…、gpio:… 等", AboutEn: "/dev/…, tcp:host:port, rfc2217:host:port, usb:vendor:product, input:…, gpio:…, sound:…, spi:…"},
	{Key: "device.window", Kind: Name, Example: `"1"`, Touches: onDevices, Zh: "所在窗口", En: "window"},
	{Key: "device.address", Kind: Number, Example: `1`, Touches: onDevices, Zh: "总线地址", En: "address on its bus"},
	{Key: "device.zone", Kind: Name, Example: `"hall"`, Touches: onDevices, Zh: "播报区", En: "zone", AboutZh: "只用于语音；不写就是其窗口的区，或第一个区",
		AboutEn: "of a voice: where it is heard; left out: the zone of its window, or the first"},
	{Key: "device.set", Kind: Pairs, Example: `{ volume = "12" }`, Touches: onDevices, Zh: "型号的参数", En: "settings of its model"},
	{Key: "device.line", Kind: Pairs, Example: `{ baud = 9600, format = "8N1" }`, Touches: onDevices, Zh: "线路参数", En: "line",
		AboutZh: "与型号不同时才写：baud、format、flow、rs485", AboutEn: "where it differs from the model's: baud, format, flow, rs485"},
}
