package catalogue

// words holds the words of every code, by language. {0}, {1} … are the finding's arguments.
var words = map[string]map[Code]string{"zh": wordsZh, "en": wordsEn}

var wordsZh = map[Code]string{
	BadDate:           "“{0}”不是日期；请写成 2026-03-02 这样",
	BadTime:           "“{0}”不是时刻；请写成 09:00 这样，最晚 24:00",
	BadSpan:           "“{0}”不是时段；请写成 09:00-12:00 这样",
	SpanBackward:      "时段“{0}”的结束不晚于开始；跨过半夜的请分写在两天：到 24:00，再从 00:00 起",
	SpanOverlap:       "时段 {0} 与 {1} 重叠或次序颠倒；请按先后写，互不重叠",
	BadWeekday:        "“{0}”不是星期几；请写 mon、tue、wed、thu、fri、sat、sun 之一",
	BadZone:           "没有时区“{0}”；请写如 Asia/Shanghai",
	UnknownHolidays:   "本程序没有“{0}”的节假日；可写 cn，或去掉它而自列 special",
	BadYear:           "{0} 不是年份；请写四位数字，如 2026",
	SpecialUnclear:    "每个特别日须且只须写一项：closed（不开门）、spans（另定时段）或 like（按周几上班）",
	SpecialOverlap:    "{0} 已有另一个特别日；请每天只写一个",
	DatesBackward:     "结束日期 {1} 早于开始日期 {0}",
	BadID:             "“{0}”不能作编号；请用字母、数字、-、_ 和 .，最多 40 个",
	TakenTwice:        "编号“{0}”在 {1} 有两个同时有效的版本；请改编号，或用 from、until 把日期错开",
	NoName:            "缺少名称",
	NoQueue:           "没有写排哪个队列；不进驻大厅的事项请写 off_hall = true",
	UnknownDepartment: "没有部门“{0}”",
	UnknownWord:       "“{0}”不在可选之列；可写：{1}",
	BadNumber:         "{0} 不行；请写 {1} 到 {2}",
	TooManyLines:      "有 {0} 行；票上只有 {1} 行的地方",
	FeeBackward:       "收费下限 {0} 分高于上限 {1} 分",
	FeeWithoutBasis:   "收费 {0} 分而没有收费依据；请写 basis，依法不收费的写 lower = 0",
	PromiseTooLong:    "承诺 {0} 个工作日，比法定的 {1} 个还长",
	AtOnceWithDays:    "即办件当场办结，不应有承诺工作日（写了 {0}）；请改为承诺件，或去掉天数",
	SaidTwice:         "写了不需要材料，又列出 {0} 份材料；请去掉一个",

	YearMissing:           "还没有 {0} 年的节假日安排；请更新程序，或按国务院办公厅通知自列 special 并写 known_until = {0}",
	LikeClosed:            "按 {0} 上班，而 {0} 没有开放时间，当天仍不开门",
	SpecialWithoutHours:   "没有写平日的开放时间，特别日对开门没有作用；请先写 hours",
	DepartmentEnds:        "部门“{0}”在 {1} 无效，而事项当天仍有效",
	KindMissing:           "没有写事项类型；可写：{0}",
	NotShortened:          "承诺 {0} 个工作日，法定 {1} 个；压缩 30% 以上应不超过 {2} 个",
	MustBeAtOnce:          "法定 1 个工作日，压缩 30% 以上就是当场办结；请改为即办件",
	LimitMissing:          "没有写承诺工作日；法律没有规定时限的，也要合理确定",
	CouldBeAtOnce:         "不需要现场查验、听证或检测，材料齐全就应当场办结，却列为承诺件",
	NotDisclosed:          "办事七公开只有 {0}/7，缺：{1}",
	Unserved:              "没有窗口办理队列“{0}”；取了号也无处可办",
	NotListed:             "“{0}”属于审批或许可，而不在公布的事项清单里，不得受理，因此不出号",
	AbsenceUnexplained:    "不进驻大厅而没有写理由；可写：{0}，并写明文件",
	AuthorityWithoutPaper: "已声明授权而没有写授权文件",
	NotYet:                "“{0}”自 {1} 起办理",
	NoLonger:              "“{0}”办理到 {1} 为止",
	IsOffHall:             "“{0}”不在本大厅办理",
}

var wordsEn = map[Code]string{
	BadDate:           `"{0}" is no date; write it like 2026-03-02`,
	BadTime:           `"{0}" is no time of day; write it like 09:00, at most 24:00`,
	BadSpan:           `"{0}" is no span of time; write it like 09:00-12:00`,
	SpanBackward:      `the span "{0}" does not end after it begins; over midnight write two: one to 24:00 and one from 00:00 on the next day`,
	SpanOverlap:       "the span {0} overlaps {1} or stands before it; write spans in order and apart",
	BadWeekday:        `"{0}" is no day of the week; write mon, tue, wed, thu, fri, sat or sun`,
	BadZone:           `there is no time zone "{0}"; write one such as Asia/Shanghai`,
	UnknownHolidays:   `this program knows no holidays "{0}"; write cn, or leave it out and list your own as special`,
	BadYear:           "{0} is no year; write four digits, such as 2026",
	SpecialUnclear:    "a special day has exactly one of closed, spans (hours of its own) and like (the hours of a day of the week)",
	SpecialOverlap:    "{0} has another special already; write one for each day",
	DatesBackward:     "it ends on {1}, before it begins on {0}",
	BadID:             `"{0}" is no identifier; write letters, digits, -, _ and ., at most 40`,
	TakenTwice:        `"{0}" has two versions that hold on {1}; take another id, or keep their dates apart with from and until`,
	NoName:            "has no name",
	NoQueue:           "says no queue; an item that is not in the hall has off_hall = true",
	UnknownDepartment: `there is no department "{0}"`,
	UnknownWord:       `"{0}" is none of the words it can be: {1}`,
	BadNumber:         "{0} cannot be; write {1} to {2}",
	TooManyLines:      "has {0} lines; a ticket has room for {1}",
	FeeBackward:       "the lower bound of the fee, {0} fen, is above the upper, {1} fen",
	FeeWithoutBasis:   "a fee of {0} fen has no legal basis; write basis, or lower = 0 where the law takes none",
	PromiseTooLong:    "{0} working days are promised, more than the {1} that the law allows",
	AtOnceWithDays:    "is done at once and promises {0} working days; make it promised, or leave the days out",
	SaidTwice:         "says that no materials are needed, and lists {0}; leave one out",

	YearMissing:           "the holidays of {0} are not known; update the program, or list them from the State Council's notice and write known_until = {0}",
	LikeClosed:            "works like {0}, which has no hours: it stays closed",
	SpecialWithoutHours:   "does nothing to the opening while no weekly hours are kept; write hours first",
	DepartmentEnds:        `the department "{0}" does not hold on {1}, the item does`,
	KindMissing:           "says no kind; write one of {0}",
	NotShortened:          "promises {0} working days of a statutory {1}; 30 % shorter is at most {2}",
	MustBeAtOnce:          "has a statutory limit of 1 working day; 30 % shorter is at once, so make it at-once",
	LimitMissing:          "promises no number of working days; where the law sets no limit, set a reasonable one",
	CouldBeAtOnce:         "needs no site check, hearing or test, so it is finished at once when its papers are complete, and yet it is promised",
	NotDisclosed:          "makes {0} of the 7 disclosures public; missing: {1}",
	Unserved:              `no window serves the queue "{0}": a ticket would wait for nobody`,
	NotListed:             `"{0}" is an approval or permit and not on the published list: it may not be handled, so no ticket is issued`,
	AbsenceUnexplained:    "is kept out of the hall without a reason; write one of {0}, and the paper",
	AuthorityWithoutPaper: "declares an authority without the paper that grants it",
	NotYet:                `"{0}" is handled from {1} on`,
	NoLonger:              `"{0}" was handled until {1}`,
	IsOffHall:             `"{0}" is not handled in this hall`,
}

// names holds the names of words that people choose by, in both languages.
var names = map[string]map[string]string{
	"zh": {
		string(Approval): "审批", string(Permit): "许可", string(Registration): "登记", string(Confirmation): "确认",
		string(Advice): "咨询", string(Collection): "领证", string(Payment): "缴费", string(Other): "其他",
		string(AtOnce): "即办件", string(Promised): "承诺件", string(Enterprises): "企业", string(Citizens): "群众",
		string(AtWindow): "授权窗口", string(BackOffice): "部门后台", string(Centre): "集中授权政务中心",
		string(ByLaw): "法律法规规定", string(ByMeeting): "政府常务会议批准",
		string(UnitNew): "新设行政许可股", string(UnitAdded): "加挂牌子", string(UnitNone): "暂不设",
		string(LegalBasis): "法律依据", string(Procedure): "办事程序", string(Conditions): "申请条件", string(Materials): "申报材料",
		string(FeeBasis): "收费依据及标准", string(TimeLimit): "办事时限", string(Complaints): "投诉渠道",
	},
	"en": {
		string(Approval): "approval", string(Permit): "permit", string(Registration): "registration", string(Confirmation): "confirmation",
		string(Advice): "advice", string(Collection): "collection", string(Payment): "payment", string(Other): "other",
		string(AtOnce): "at once", string(Promised): "promised", string(Enterprises): "enterprises", string(Citizens): "citizens",
		string(AtWindow): "at the window", string(BackOffice): "back office", string(Centre): "service centre",
		string(ByLaw): "law or regulation", string(ByMeeting): "government meeting",
		string(UnitNew): "new unit", string(UnitAdded): "added to a unit", string(UnitNone): "none yet",
		string(LegalBasis): "legal basis", string(Procedure): "procedure", string(Conditions): "conditions", string(Materials): "materials",
		string(FeeBasis): "fee and its basis", string(TimeLimit): "time limit", string(Complaints): "where to complain",
	},
}

// NameOf returns the name of a kind, handling, audience, level, exemption, unit form or one of the seven in a language (zh or en);
// a word without a name is its own.
func NameOf[W ~string](lang string, w W) string {
	if name, ok := names[lang][string(w)]; ok {
		return name
	}
	return string(w)
}
