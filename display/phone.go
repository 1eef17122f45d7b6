package display

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"halld/queue"
	"halld/queue/wait"
)

//go:embed phone.html
var phoneHTML string

//go:embed phone.js
var phoneJS []byte

var phonePage = template.Must(template.New("phone").Parse(phoneHTML))

// phoneView is what a citizen reads behind the QR code of a ticket. A number is no secret, it stands on the hall board; nothing else about a visit is shown.
type phoneView struct {
	Lang, Other, OtherName string // the page's language, and the other one
	Hall                   string
	Number, Business       string
	State                  string // for the colours: waiting, called, over
	Big, Say               string // the one thing to know, and what to do
	Windows                string
	Warn                   string // no window serves it now
	At                     string // when this was so
	Live                   bool   // it can still change
	Away                   string // what stands above when the hall does not answer
}

// ticketPage is where the QR code of a ticket leads: a page of a few hundred bytes that works without scripts, and keeps itself up to date with them.
func (s *Server) ticketPage(w http.ResponseWriter, r *http.Request) {
	en := r.FormValue("lang") == "en" || r.FormValue("lang") == "" && strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en")
	words := wordsIn(en)
	v := s.view()
	c := configOf(v)
	p := phoneView{Lang: words("zh", "en"), Other: words("en", "zh"), OtherName: words("English", "中文"), Hall: words(c.Name, cmp.Or(c.NameEn, c.Name)), At: s.now().In(zoneOf(v)).Format("15:04"),
		Away: words("网络中断，下面是 {time} 的情况", "No connection. This is how it was at {time}")}
	status := http.StatusOK
	t, ahead, err := s.findTicket(r.Context(), r.PathValue("id"))
	if err == nil && t.State == queue.Transferred { // the same number goes on in another queue
		if next, n, nextErr := s.findTicket(r.Context(), t.Number); nextErr == nil && next.Visit == t.Visit {
			t, ahead = next, n
		}
	}
	switch {
	case queue.CodeOf(err) == queue.UnknownTicket && v.Day == "": // a number is of an open day; the slip's code names its ticket for ever
		status = http.StatusNotFound
		p.State, p.Big, p.Say = "over", words("大厅现在没有开门", "The hall is closed now"), words("号码只在大厅开门时能查，请扫号票上的二维码", "A number can be looked up while the hall is open; scan the code on the slip")
		p.Windows = closedWords(v, s.day(v, s.now()), words)
	case queue.CodeOf(err) == queue.UnknownTicket:
		status = http.StatusNotFound
		p.State, p.Big, p.Say = "over", words("没有这个号", "No such number"), words("请核对号票，或到咨询台询问", "Check the slip, or ask at the information desk")
	case err != nil:
		s.log.Warn("page of a ticket", "err", err)
		status = http.StatusServiceUnavailable
		p.Live, p.State, p.Big, p.Say = true, "over", words("暂时查不到", "Not available now"), words("请稍候，或看大厅屏幕", "Please wait, or look at the hall's boards")
	default:
		p.fill(s.ticket(v, t, ahead, false), words)
		p.standing(t, v, s.day(v, s.now()), words)
	}
	var b bytes.Buffer
	if err := phonePage.Execute(&b, p); err != nil {
		s.refuse(w, r, &fault{code: Internal, doing: "make the page of a ticket", err: err})
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	s.write(w, b.Bytes())
}

// waitWords say how long it may still take, and what to do meanwhile.
func waitWords(t Ticket, words func(zh, en string) string) string {
	say := fmt.Sprintf(words("大约还要 %d 到 %d 分钟", "About %d to %d minutes"), t.WaitLow, t.WaitHigh)
	switch {
	case t.WaitLow == 0 && t.WaitHigh == 1:
		say = words("大约还要 1 分钟以内", "Within about 1 minute")
	case t.WaitLow == 0:
		say = fmt.Sprintf(words("大约还要 %d 分钟以内", "Within about %d minutes"), t.WaitHigh)
	}
	if t.WaitBasis == wait.Constant { // nothing was seen of this line yet
		say += words("（按经验值）", " (by experience only)")
	}
	return say + words("，请留意叫号", ". Watch for your number")
}

// either joins windows of which one will call.
func either(windows []string, words func(zh, en string) string) string {
	last := len(windows) - 1
	if last < 1 {
		return strings.Join(windows, "")
	}
	return strings.Join(windows[:last], words("、", ", ")) + words("、", " or ") + windows[last]
}

func (p *phoneView) fill(t Ticket, words func(zh, en string) string) {
	p.Number, p.Business, p.State = t.Number, words(t.QueueName, cmp.Or(t.QueueNameEn, t.QueueName)), "over"
	if t.ItemName != "" {
		p.Business = words(t.ItemName, cmp.Or(t.ItemNameEn, t.ItemName))
	}
	window := string(t.Window)
	var open []string
	for _, w := range t.Windows {
		open = append(open, string(w))
	}
	switch t.State {
	case queue.Issued, queue.Waiting:
		p.Live, p.State = true, "waiting"
		p.Big = fmt.Sprintf(words("前面 %d 人", "%d ahead of you"), t.Ahead)
		if t.Ahead == 0 {
			p.Big = words("下一位就是您", "You are next")
		}
		p.Say = words("请留意叫号", "Watch for your number")
		if t.WaitHigh > 0 {
			p.Say = waitWords(t, words)
		}
		p.Windows = fmt.Sprintf(words("办理窗口：%s", "Windows: %s"), strings.Join(open, words("、", ", ")))
		if t.Ahead == 0 && len(open) > 0 { // so near, where to look comes before how long
			p.Say = fmt.Sprintf(words("请留意 %s 号窗口", "Watch window %s"), either(open, words))
			if t.WaitHigh > 0 {
				p.Windows = waitWords(t, words)
			} else {
				p.Windows = ""
			}
		}
	case queue.Called:
		p.Live, p.State = true, "called"
		p.Big, p.Say = fmt.Sprintf(words("请到 %s 号窗口", "Come to window %s"), window), words("现在轮到您了", "It is your turn now")
	case queue.Serving:
		p.Live, p.State = true, "waiting"
		p.Big, p.Say = fmt.Sprintf(words("正在 %s 号窗口办理", "Being served at window %s"), window), ""
	case queue.Held:
		p.Live, p.State = true, "waiting"
		p.Big, p.Say = words("请稍候", "Please wait"), fmt.Sprintf(words("%s 号窗口还会叫您", "Window %s will call you again"), window)
	case queue.Missed:
		p.Live = true
		p.Big, p.Say = words("已过号", "You missed your call"), words("请到窗口或导办台报号", "Report at the window or at the desk")
	case queue.Transferred:
		p.Live = true
		p.Big, p.Say = words("已转到下一项业务", "On to the next business"), words("请留意叫号", "Watch for your number")
	case queue.Done:
		end, known := endings[t.Outcome]
		if !known {
			end = endings[queue.NotStated]
		}
		p.Big, p.Say = words(end.big.zh, end.big.en), words(end.say.zh, end.say.en)
	case queue.Cancelled, queue.Void:
		p.Big, p.Say = words("这个号已取消", "This number is cancelled"), words("还要办理请重新取号", "Take a new one if you still need it")
	case queue.Expired:
		p.Big, p.Say = words("这个号已过期", "This number has expired"), words("号票只在当天有效", "A number is valid on its day only")
	}
}

// ending is how a service ended, as the citizen reads it.
type ending struct{ big, say word }

var thanks = word{"谢谢您，欢迎到评价器评价", "Thank you. Please rate the service at the pad"}

// endings say what the outcome says, and no more: only what was finished at the window is called done.
var endings = map[queue.Outcome]ending{
	queue.DoneAtOnce:  {word{"已办结", "Done"}, thanks},
	queue.Collected:   {word{"已办结", "Done"}, word{"证件已领取", "Your document was handed to you"}},
	queue.Paid:        {word{"已办结", "Done"}, word{"费用已缴", "Your payment was made"}},
	queue.Accepted:    {word{"已受理，后台办理", "Accepted: the back office goes on with it"}, word{"办理结果另行通知", "You will be told the result"}},
	queue.Supplement:  {word{"需补正材料", "Papers are missing"}, word{"请按窗口告知的清单补齐后再来", "Please come again with the papers on the list you were given"}},
	queue.Advice:      {word{"已答复", "Answered"}, thanks},
	queue.OtherWindow: {word{"请到本厅其他窗口办理", "Please go on at another window of this hall"}, word{"不清楚请问导办台", "Ask at the desk if you are not sure"}},
	queue.OtherOffice: {word{"请到其他部门办理", "Please go to the other office"}, word{"地址请按窗口告知的", "At the address you were given"}},
	queue.Refused:     {word{"不予受理", "Not accepted"}, word{"理由请见窗口的书面告知", "See the written reasons from the window"}},
	queue.CouldNot:    {word{"未能办理", "Could not be done"}, word{"可以到“办不成事”窗口反映", "You may report it at the desk for unsolved matters"}},
	queue.NotThere:    {word{"未到", "You were not there"}, word{"还要办理请重新取号", "Take a new number if you still need it"}},
	queue.WrongTicket: {word{"误取号", "The wrong ticket"}, word{"还要办理请重新取号", "Take a new number if you still need it"}},
	queue.NotStated:   {word{"服务已结束", "The service has ended"}, thanks},
}

// standing adds how the hall stands to the ticket: that nobody serves it now, and that the hall is closed.
func (p *phoneView) standing(t queue.Ticket, v *queue.View, d Day, words func(zh, en string) string) {
	switch {
	case !p.Live:
	case d.Evacuated != "":
		p.State, p.Big = "called", words("请立即离开大厅", "Leave the hall at once")
		p.Say = fmt.Sprintf(words("%s。您的号和位置都保留，恢复后按原顺序叫号", "%s. Your number and place are kept; calling goes on in the same order"), d.Evacuated)
		p.Windows = ""
		return
	case d.Stale:
		p.Warn = words("大厅的营业日不是今天，叫号可能不准，请到导办台询问", "The hall's open day is not today and calls may be wrong: ask at the desk")
	case d.Clock != queue.Trusted:
		p.Warn = words("大厅时间可能不准，等候时间只供参考", "Hall time may be wrong: take the wait as a rough guess")
	}
	if inLine(t.State) && len(openWindows(v, t.Queue)) == 0 {
		p.Warn = words("现在没有窗口办理这项业务，请留意叫号或到导办台询问", "No window serves this now: watch for your number, or ask at the desk")
		p.Say, p.Windows = words("请留意叫号", "Watch for your number"), ""
	}
	if inLine(t.State) && p.Warn == "" && !t.Past.IsZero() {
		p.Warn = pastWords(t, v, words)
	}
	if t.State != queue.Expired || v.Day != "" {
		return
	}
	p.Windows = closedWords(v, d, words)
	if t.Issued.In(zoneOf(v)).Format(time.DateOnly) == d.Date {
		p.Say = words("大厅今天已经结束办理，还要办理请改天来取号", "The hall has closed for today: take a new number another day")
	}
}

// closedWords say why the hall is closed and when it opens.
func closedWords(v *queue.View, d Day, words func(zh, en string) string) string {
	say := words("大厅现在没有开门", "The hall is closed now")
	if d.Skipped != "" {
		say = fmt.Sprintf(words("今天不开门：%s", "Closed today: %s"), d.Skipped)
	}
	if !v.NextOpening.IsZero() {
		at := v.NextOpening.In(zoneOf(v))
		say += words("，", ". ") + at.Format(words("1月2日 15:04 开门", "Opens on 2 January at 15:04"))
	}
	return say
}

// ticketScript keeps the page of a ticket up to date.
func (s *Server) ticketScript(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "phone.js", time.Time{}, bytes.NewReader(phoneJS))
}

// pastWords says that a ticket is not expected to be served before the hall closes, or before its break.
func pastWords(t queue.Ticket, v *queue.View, words func(zh, en string) string) string {
	clock := func(at time.Time) string { return at.In(zoneOf(v)).Format("15:04") }
	if t.Resumes.IsZero() {
		return fmt.Sprintf(words("取号时前面的人较多，预计 %s 下班前办不到", "When this number was given it was not expected to be served before closing time at %s"), clock(t.Past))
	}
	return fmt.Sprintf(words("预计 %s 休息前办不到，%s 起继续叫号", "Not expected to be called before the break at %s: calls go on at %s"), clock(t.Past), clock(t.Resumes))
}
