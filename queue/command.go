package queue

import "reflect"

// Command is something that can be asked of the hall. The set is closed; each stands, with its rule and its fact, in the file of its noun, and as one line
// in the table Commands.
type Command interface {
	// Kind names the command where it is logged.
	Kind() string
	// decide says what the command leads to, or refuses it with a *Refusal. It changes nothing.
	decide(h *Hall, w When) ([]Fact, error)
	// seat is the window it is given at; the zero Seat: at none.
	seat() Seat
}

// Addressed returns the command with what an address names filled in: the window, or the ticket, that it is about.
func Addressed(cmd Command, seat Seat, ticket TicketID) Command {
	v := reflect.New(reflect.TypeOf(cmd)).Elem()
	v.Set(reflect.ValueOf(cmd))
	if f := v.FieldByName("Seat"); f.IsValid() {
		f.Set(reflect.ValueOf(seat))
	}
	if f := v.FieldByName("Ticket"); f.IsValid() && ticket != "" {
		f.Set(reflect.ValueOf(ticket))
	}
	return v.Interface().(Command)
}

// Seat names the window a command acts at and who acts. Holder is the session that holds the window; it may be left out by devices, managers and scripts,
// which act for whoever holds it.
type Seat struct {
	Window WindowID
	Holder string
}

func (s Seat) seat() Seat { return s }

// hallwide is embedded by commands that are given at no window.
type hallwide struct{}

func (hallwide) seat() Seat { return Seat{} }

// Spec is one line of the table of commands.
type Spec struct {
	Command Command // its zero value
	Zh, En  string  // what it does, for lists of who may do what
	By      []Role  // who may ask for it through the API, besides admin
	Route   string  // its address in the API; empty: only the hall's own parts ask for it
}

// Who may ask for what, in groups.
var (
	atWindow  = []Role{Clerk}
	giving    = []Role{Kiosk, Manager}
	atKiosk   = []Role{Kiosk}
	helping   = []Role{Clerk, Manager}
	leading   = []Role{Manager}
	settingUp = []Role{Admin}
	itself    []Role
)

// Commands is the table of all commands: a new one is a file with the command, its rule and its fact, and a line here.
func Commands() []Spec {
	return []Spec{
		{Configure{}, "设置大厅", "Set the hall up", settingUp, "PUT /api/config"},
		{OpenDay{}, "开始营业", "Open the service day", leading, "POST /api/day/open"},
		{CloseDay{}, "结束营业", "Close the service day", leading, "POST /api/day/close"},
		{SkipDay{}, "今日不开放", "Stay closed on a date", leading, "POST /api/day/skip"},
		{UnskipDay{}, "恢复开放", "Open after all on a date that was to be skipped", leading, "POST /api/day/unskip"},
		{PauseIssue{}, "暂停取号", "Give no numbers for now", leading, "POST /api/day/pause"},
		{ResumeIssue{}, "恢复取号", "Give numbers again", leading, "POST /api/day/resume"},
		{Evacuate{}, "紧急疏散", "Empty the hall: nobody is called, every place is kept", helping, "POST /api/hall/evacuate"},
		{EndEvacuation{}, "解除疏散", "Go on after an evacuation", leading, "POST /api/hall/resume"},
		{PauseQueue{}, "暂停一个队列取号", "Give no numbers of a queue for now", leading, "POST /api/queues/{id}/pause"},
		{ResumeQueue{}, "恢复一个队列取号", "Give numbers of a queue again", leading, "POST /api/queues/{id}/resume"},
		{LockKiosk{}, "锁定取号机", "Lock a kiosk", leading, "POST /api/kiosks/{id}/lock"},
		{UnlockKiosk{}, "解锁取号机", "Unlock a kiosk", leading, "POST /api/kiosks/{id}/unlock"},
		{ConfirmClock{}, "确认时间", "Confirm the machine's clock", leading, "POST /api/clock/confirm"},
		{AcceptLog{}, "接受日志", "Take a log for good whose end is gone", itself, ""},
		{Issue{}, "取号", "Give a number", giving, "POST /api/tickets"},
		{StartPrint{}, "开始打印", "Start a print", itself, ""},
		{EndPrint{}, "打印结束", "End a print", itself, ""},
		{Reprint{}, "补打", "Print a ticket again", atKiosk, "POST /api/tickets/{id}/reprint"},
		{KeepWithoutPaper{}, "无纸等候", "Wait without a proved print", atKiosk, "POST /api/tickets/{id}/keep"},
		{VoidUnprinted{}, "作废未打印号", "Void a ticket that was never printed", itself, ""},
		{Cancel{}, "取消号", "Give a place up", giving, "POST /api/tickets/{id}/cancel"},
		{Reclassify{}, "改类别", "Give a waiting ticket another class", helping, "POST /api/tickets/{id}/class"},
		{AnswerClaim{}, "核对优先", "Answer a class that was claimed at a kiosk", helping, "POST /api/tickets/{id}/claim"},
		{Return{}, "过号恢复", "Put a missed ticket back in line", helping, "POST /api/tickets/{id}/return"},
		{Rate{}, "评价", "Rate a service", atKiosk, "POST /api/tickets/{id}/rating"},
		{RateWindow{}, "评价器评价", "Rate at a window's pad", itself, ""},
		{OpenWindow{}, "开窗", "Staff a window, or end its pause", atWindow, "POST /api/windows/{window}/open"},
		{PauseWindow{}, "暂停窗口", "Stop calls to a window", atWindow, "POST /api/windows/{window}/pause"},
		{CloseWindow{}, "关窗", "End the staffing of a window", atWindow, "POST /api/windows/{window}/close"},
		{CallNext{}, "叫下一位", "Call the next ticket", atWindow, "POST /api/windows/{window}/call"},
		{CallTicket{}, "点呼", "Call one ticket out of turn", atWindow, "POST /api/windows/{window}/call"},
		{Recall{}, "重呼", "Call the same ticket again", atWindow, "POST /api/windows/{window}/recall"},
		{Serve{}, "已到", "The citizen is at the window", atWindow, "POST /api/windows/{window}/serve"},
		{Finish{}, "办结", "End the service with an outcome", atWindow, "POST /api/windows/{window}/finish"},
		{NoShow{}, "过号", "Nobody came", atWindow, "POST /api/windows/{window}/no-show"},
		{UndoMiss{}, "撤销过号", "Take the last miss back", atWindow, "POST /api/windows/{window}/undo-miss"},
		{GiveBack{}, "退回", "Put the called ticket back to its place", atWindow, "POST /api/windows/{window}/give-back"},
		{Hold{}, "挂起", "Lay the ticket aside", atWindow, "POST /api/windows/{window}/hold"},
		{Resume{}, "继续", "Go on with a held ticket, or end a pause", atWindow, "POST /api/windows/{window}/resume"},
		{Transfer{}, "转窗", "Send the visit on to another queue", atWindow, "POST /api/windows/{window}/transfer"},
	}
}
