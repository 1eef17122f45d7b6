package display

import "halld/queue"

// word is one thing said in both languages.
type word struct{ zh, en string }

// wordsIn chooses between two wordings of a page.
func wordsIn(en bool) func(zh, english string) string {
	return func(zh, english string) string {
		if en {
			return english
		}
		return zh
	}
}

// titles words every refusal and fault, for people.
var titles = map[queue.Code]word{
	queue.UnknownQueue:   {"没有这个业务队列", "There is no such queue."},
	queue.UnknownWindow:  {"没有这个窗口", "There is no such window."},
	queue.UnknownTicket:  {"没有这个号", "There is no such ticket."},
	queue.UnknownItem:    {"没有这个事项", "There is no such item here."},
	queue.UnknownPrinter: {"没有这台打印机", "There is no such printer."},
	queue.UnknownJob:     {"没有这个打印任务", "There is no such print job."},
	queue.BadClass:       {"号的类别不对", "The class of ticket is wrong."},
	queue.ClassNotGiven:  {"这类号要由工作人员或预约报到给出，请到咨询台", "This class is given by staff or at a check-in: please ask at the desk."},
	queue.NoClaim:        {"这个号没有待核对的申请", "This ticket claims nothing that is still to be confirmed."},
	queue.BadOutcome:     {"办理结果不对", "The outcome is wrong."},
	queue.BadLevel:       {"评价等级不对", "The rating must be 1 to 5."},
	queue.BadPrintResult: {"打印结果不对", "The print result is wrong."},
	queue.BadDay:         {"日期格式不对", "The date is wrong."},
	queue.BadConfig:      {"大厅设置有误", "The set-up of the hall is wrong."},
	queue.ReasonNeeded:   {"请填写原因", "A reason is needed."},
	queue.DayNotOpen:     {"大厅现在没有开门，由大厅管理人员开门", "The hall is not open: whoever leads it opens the service day."},
	queue.DayIsOpen:      {"营业日已经开始", "The service day is open already."},
	queue.DayUsed:        {"这个营业日已经用过", "That service day was opened before."},
	queue.NotSkipped:     {"那一天没有说过不开门", "The hall does not stay closed on that date."},
	queue.DayBusy:        {"还有人正在办理，不能结束营业", "People are still being served: the day cannot be closed."},
	queue.NotConfigured:  {"大厅还没有设置", "The hall is not set up yet."},
	queue.NumbersUsedUp:  {"今天的号已经取完，请到咨询台", "Today's numbers are used up: please ask at the desk."},
	queue.IllegalMove:    {"这个号现在不能这样操作", "The ticket's state does not allow this."},
	queue.NobodyWaiting:  {"没有人在等候", "Nobody is waiting."},
	queue.WindowNotOpen:  {"窗口没有开放", "The window is not open."},
	queue.WindowStaffed:  {"窗口已由他人使用", "Somebody else works at this window."},
	queue.WindowBusy:     {"窗口还有号没有办完", "The window has a ticket already: finish it first."},
	queue.WindowIdle:     {"窗口现在没有号", "No ticket is at this window."},
	queue.HoldsTickets:   {"窗口还有挂起的号", "The window still holds tickets."},
	queue.NotYetMissed:   {"呼叫次数还不够，不能过号", "It was not called often enough to be missed."},
	queue.RecallLimit:    {"已达到最多呼叫次数", "It cannot be called more often."},
	queue.ReturnLimit:    {"已达到过号恢复次数，请重新取号", "It cannot return again: please take a new number."},
	queue.HoldLimit:      {"挂起的号太多", "The window holds as many tickets as it may."},
	queue.LegLimit:       {"转办次数太多", "This visit was transferred as often as it may be."},
	queue.NothingToUndo:  {"没有可撤销的过号", "There is no miss to undo."},
	queue.NotServedHere:  {"本窗口不办这项业务", "This window does not serve that queue."},
	queue.PrintUnderWay:  {"号票正在打印", "The ticket is being printed."},
	queue.AlreadyRated:   {"已经评价过了", "It was rated already."},
	queue.NotRatable:     {"现在不能评价", "It cannot be rated now."},
	queue.Evacuated:      {"大厅正在疏散，暂停叫号和取号", "The hall is evacuated: nobody is called and no numbers are given."},
	queue.StrandsTickets: {"还有人在等候，不能这样修改", "People are waiting there: this change would strand them."},
	SetupChanged:         {"设置已被他人修改，请重新读取后再改", "The set-up was changed meanwhile: read it again."},
	queue.DiskFull:       {"磁盘已满，暂停取号，请联系管理员", "The disk is full: no numbers are given for now."},
	queue.NobodyServes:   {"没有窗口办理这项业务，请到导办台", "No window serves this: please ask at the desk."},
	queue.IssueStopped:   {"现在不取号，请看大厅通知", "No numbers are given now: see the notice."},
	queue.TextRefused:    {"文字里有不能使用的字符", "The text holds characters that cannot be used."},
	queue.PersonNeeded:   {"请选择由谁在此窗口办公", "Say who works at this window."},
	queue.UnknownPerson:  {"没有这位工作人员", "Nobody here has this staff number."},
	queue.NotYourWindow:  {"这位工作人员不在此窗口办公", "This person works at another window."},
	queue.ClockBehind:    {"机器时间落后于大厅时间，大厅时间不会倒退", "The machine's clock is behind hall time, which never goes back."},
	queue.KeyReused:      {"同一请求编号用于不同操作", "The Idempotency-Key was used for something else."},

	queue.UnknownKiosk:    {"没有这台取号机", "There is no such kiosk."},
	queue.QueueStopped:    {"这项业务暂停取号", "No numbers are given for this now."},
	queue.KioskLocked:     {"这台取号机暂停使用，请到其他取号机或导办台取号", "This kiosk gives no numbers now: use another one, or ask at the desk."},
	queue.NotAtKiosk:      {"这台取号机不办这项业务，请到其他取号机或导办台取号", "This kiosk does not offer that: use another one, or ask at the desk."},
	queue.QuotaUsed:       {"这项业务现在的号已取完", "All numbers for this are taken for now."},
	queue.TooLate:         {"前面的人较多，今天下班前预计办不到", "There are too many ahead to be served before closing time."},
	queue.NobodyThere:     {"现在没有窗口办理这项业务，请到导办台", "No window serves this now: please ask at the desk."},
	queue.SetupPassed:     {"业务有调整，请重新选择", "What the hall offers has changed: please choose again."},
	queue.BatchTooLarge:   {"一个号办不了这么多件，请分开取号", "One number cannot stand for so many cases: take several."},
	queue.OverrideRefused: {"取号机不能破例取号，请到导办台", "A kiosk may not make an exception: please ask at the desk."},

	ReadingGone:     {"读卡已过时，请重新刷卡", "The card was read too long ago: please read it again."},
	queue.HasNumber: {"您已取过这项业务的号，不能重复取号", "You have a number for this already."},
	NoToken:         {"需要访问令牌", "A token is needed."},
	WrongToken:      {"访问令牌无效", "The token is not valid."},
	NotAllowed:      {"没有权限", "This token may not do that."},
	BadJSON:         {"请求内容无法读取", "The body cannot be read as JSON."},
	BadValue:        {"请求内容有误", "The request has a wrong value."},
	BadKey:          {"请求编号格式不对", "The Idempotency-Key is wrong."},
	TooLarge:        {"请求内容太大", "The body is too large."},
	BadContentType:  {"请求内容必须是 JSON", "The body must be application/json."},
	SlowBody:        {"请求接收超时", "The body did not arrive in time."},
	NotFound:        {"没有这个地址", "There is nothing at this address."},
	BadMethod:       {"不支持这种请求方法", "This address does not take that method."},
	NotWebSocket:    {"这里只接受 WebSocket 连接", "This address takes WebSocket connections only."},
	TooMany:         {"请求太频繁，请稍候", "Too many requests: wait a moment."},
	TooManyScreens:  {"连接的屏幕太多", "Too many screens are connected."},
	NotKnown:        {"暂时不能确认是否成功，请重试", "It is not known whether this was done: repeat it with the same key."},
	Unavailable:     {"系统暂时不可用，请稍候", "The hall cannot answer now: try again in a moment."},
	Internal:        {"系统内部错误", "Something went wrong inside."},

	UnknownDevice:  {"没有这台设备", "There is no such device."},
	UnknownProfile: {"没有这个型号", "There is no such profile."},
	DeviceAway:     {"设备现在不在线，请先检查电源和数据线", "The device is away: check its power and cable first."},
	DeviceCannot:   {"这台设备不支持这个操作", "The device has nothing for that."},
	BenchBusy:      {"端口正在试用中，请稍候", "Something is being tried there already: wait a moment."},
	ConfirmNeeded:  {"大厅正在营业，请确认后再做", "The hall is open: confirm that you mean it."},
	PortRefused:    {"端口打不开", "The port cannot be opened."},
	BadBytes:       {"要发送的内容不对", "What is to be sent is wrong."},
	BadProfile:     {"型号描述有误", "The profile is wrong."},
	ProfileTaken:   {"这个型号编号已被使用，请换一个 id", "Another profile has this id: choose another."},
}

var outcomeWords = map[queue.Outcome]word{
	queue.DoneAtOnce:  {"当场办结", "Done at once"},
	queue.Accepted:    {"受理（转后台）", "Accepted, goes to the back office"},
	queue.Supplement:  {"一次性告知补正", "Papers missing, all told at once"},
	queue.Advice:      {"咨询/答复", "Advice given"},
	queue.OtherWindow: {"转窗（本厅）", "Sent to another window"},
	queue.OtherOffice: {"转部门（厅外）", "Sent to another office"},
	queue.Refused:     {"不予受理", "Not accepted"},
	queue.Collected:   {"领证/取件", "Document collected"},
	queue.Paid:        {"缴费", "Payment made"},
	queue.CouldNot:    {"无法办理（办不成事）", "Could not be done"},
	queue.NotThere:    {"未到（过号）", "Nobody came"},
	queue.WrongTicket: {"误取号", "Took the wrong ticket"},
	queue.NotStated:   {"未说明", "Not stated"},
}

var pauseWords = map[queue.PauseReason]word{
	queue.Meeting:  {"会议", "Meeting"},
	queue.Restroom: {"如厕", "Restroom"},
	queue.Fault:    {"系统故障", "System fault"},
	queue.Lunch:    {"午休", "Lunch"},
	queue.TidyUp:   {"整理", "Tidying up"},
}

// levelWords holds the five levels by number (国办发〔2019〕51号).
var levelWords = map[int]word{
	5: {"非常满意", "Very satisfied"},
	4: {"满意", "Satisfied"},
	3: {"基本满意", "Fairly satisfied"},
	2: {"不满意", "Dissatisfied"},
	1: {"非常不满意", "Very dissatisfied"},
}

// outcomeList and pauseList are what a clerk is offered, in order: the same for every answer, so made once.
var (
	outcomeList = func() []OutcomeWord {
		var list []OutcomeWord
		for _, o := range queue.Outcomes() {
			w := outcomeWords[o]
			list = append(list, OutcomeWord{Code: o, Name: w.zh, NameEn: w.en, NeedsNote: o.NeedsNote()})
		}
		return list
	}()
	pauseList = func() []PauseWord {
		var list []PauseWord
		for _, p := range queue.PauseReasons() {
			w := pauseWords[p]
			list = append(list, PauseWord{Code: p, Name: w.zh, NameEn: w.en})
		}
		return list
	}()
	levelList = func() []LevelWord {
		var list []LevelWord
		for l := queue.HighestLevel; l >= queue.LowestLevel; l-- {
			w := levelWords[l]
			list = append(list, LevelWord{Level: l, Name: w.zh, NameEn: w.en})
		}
		return list
	}()
)

// OutcomeWord is an outcome a clerk can choose.
type OutcomeWord struct {
	Code      queue.Outcome `json:"code"`
	Name      string        `json:"name"`
	NameEn    string        `json:"name_en"`
	NeedsNote bool          `json:"needs_note" doc:"it must be given with a reason in words"`
}

// PauseWord is a reason of a pause a clerk can choose.
type PauseWord struct {
	Code   queue.PauseReason `json:"code"`
	Name   string            `json:"name"`
	NameEn string            `json:"name_en"`
}

// LevelWord is a level of satisfaction.
type LevelWord struct {
	Level  int    `json:"level"`
	Name   string `json:"name"`
	NameEn string `json:"name_en"`
}
